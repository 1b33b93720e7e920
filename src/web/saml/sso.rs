//! `/saml/sso` by GET and POST (SAML Profiles §4.1), and `/saml/start/{app}` (§4.1.5).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::flow::Site;
use crate::flow::browser::Browser;
use crate::flow::resume::{Refusal, Turn};
use crate::flow::saml::sso::{Read, begin, hand_over, read, start, take_over};
use crate::protocol::saml::SSO_PATH;
use crate::protocol::saml::binding::{BindingError, Incoming};
use crate::web::pages::see_other;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cookies, form, reply, signin};

const ARRIVAL: &str = "arrival";
/// In octets that need no escape.
const LONGEST: usize = form::ROOMY - 1024;

/// By HTTP-Redirect, or on the way from a POST.
pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let query = request.query_string().to_owned();
    if query.starts_with(ARRIVAL) {
        let arrival = form::roomy_query(&request)?.take(ARRIVAL).unwrap_or_default();
        return arrive(request, app, tenant, move |site, browser| begin(site, browser, take_over(site, &arrival)?))
            .await;
    }
    let incoming = Incoming::redirect(&query).map_err(unreadable)?;
    arrive(request, app, tenant, move |site, browser| match read(site, browser, &incoming)? {
        Read::Asked(waiting) => begin(site, browser, *waiting),
        Read::Refused(turn) => Ok(turn),
    })
    .await
}

/// By HTTP-POST. The request is read; who sits at the browser is seen by the GET that follows.
pub async fn post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::post(form::encoded(&request, &body)?).map_err(unreadable)?;
    let tenant = super::ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    let (browser, _) = cookies::browser(&request, &tenant.site);
    let done = app.run(move || match read(&site, &browser, &incoming)? {
        Read::Asked(waiting) => Ok::<_, Refusal>(Err(hand_over(&site, *waiting)?)),
        Read::Refused(turn) => Ok(Ok(turn)),
    });
    match done.await?? {
        Ok(turn) => Ok(reply::turn(&request, &tenant, turn)),
        // No address carries it, and the sign-in page would have to.
        Err(arrival) if arrival.len() > LONGEST => Err(Problem::new(ErrorCode::RequestTooLarge)),
        Err(arrival) => {
            let query = signin::query(&[(ARRIVAL, &arrival)]);
            Ok(see_other(&format!("{}{SSO_PATH}?{query}", tenant.prefix)))
        }
    }
}

/// A sign-in that begins here.
pub async fn initiate(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    path: web::Path<Application>,
) -> Result<HttpResponse, Problem> {
    let id = ClientId::parse(&path.app).map_err(|_refused| Problem::new(ErrorCode::UnknownApplication))?;
    arrive(request, app, tenant, move |site, browser| begin(site, browser, start(site, &id)?)).await
}

#[derive(serde::Deserialize)]
pub struct Application {
    app: String,
}

async fn arrive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    work: impl FnOnce(&Site, &Browser) -> Result<Turn, Refusal> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let tenant = super::ready(&app, tenant).await?;
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let site = Arc::clone(&tenant.site);
    let turn = app.run(move || work(&site, &browser)).await??;
    cookies::with(reply::turn(&request, &tenant, turn), &fresh)
}

fn unreadable(cause: BindingError) -> Problem {
    Problem::new(ErrorCode::SamlMessage).detail(cause)
}
