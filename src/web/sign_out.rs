//! The round of a sign-out: `/sign-out/progress` leads the browser from one application to the next and shows who was
//! told; `/saml/slo` is where service providers ask for it and answer.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::LogoutId;
use crate::domain::secret::TokenKind;
use crate::flow::browser::{Browser, form_token, form_token_matches};
use crate::flow::logout::oidc::Return;
use crate::flow::logout::saml::{Arrival, Fault, receive};
use crate::flow::logout::{Ending, Next, Outlook, Progress, Told, Wish, proceed};
use crate::protocol::saml::binding::{BindingError, Incoming};
use crate::protocol::saml::logout::LogoutError;
use crate::view::{Link, SignOutOutcome, SignOutResultPage, SignOutRow, SignOutWaitPage, SignedOutPage, StillSignedIn};

use super::pages::{self, FormTarget, html, html_with_images, see_other};
use super::problem::Problem;
use super::signin::query;
use super::tenant::Tenant;
use super::{App, cookies, federation, form, reply};

const FORM: &str = "sign-out-progress";
const PATH: &str = "/sign-out/progress";

/// To the page that leads the browser on. Signed out here already.
pub fn onward(tenant: &Tenant, id: LogoutId) -> HttpResponse {
    let mut response = see_other(&address(tenant, id));
    forget(tenant, &mut response);
    response
}

/// Where the round of this sign-out goes on.
pub fn address(tenant: &Tenant, id: LogoutId) -> String {
    format!("{}{PATH}?{}", tenant.prefix, query(&[("logout", &id.to_string())]))
}

/// Nobody else has to be visited. A session cookie goes only where this request has brought one, which is worth nothing
/// any more: whoever comes without may have left it at home.
pub fn done(
    request: &HttpRequest,
    tenant: &Tenant,
    browser: &Browser,
    (return_to, told): (Option<Return>, Vec<Told>),
) -> HttpResponse {
    let mut response = match return_to {
        Some(back) => see_other(&back.url),
        None if told.is_empty() => over(request, tenant),
        None => {
            let page = SignOutResultPage {
                frame: pages::frame(request, tenant, None),
                rows: rows(told),
                cleanups: Vec::new(),
                back: None,
                still: None,
                forward: false,
            };
            html(request, StatusCode::OK, &page, FormTarget::Own)
        }
    };
    if browser.session.is_some() {
        forget(tenant, &mut response);
    }
    response
}

/// Nobody is signed in here, and nothing more is to be said.
pub fn over(request: &HttpRequest, tenant: &Tenant) -> HttpResponse {
    let page = SignedOutPage { frame: pages::frame(request, tenant, None) };
    html(request, StatusCode::OK, &page, FormTarget::Own)
}

/// The session cookie goes too.
fn forget(tenant: &Tenant, response: &mut HttpResponse) {
    for cookie in [cookies::clear(TokenKind::Session, &tenant.slug), cookies::set_left(&tenant.slug)] {
        if let Err(fault) = response.add_cookie(&cookie) {
            tracing::error!(%fault, "a cookie could not be set");
        }
    }
    clear_site_data(response);
}

/// Nothing of what was shown stays in the browser.
pub fn clear_site_data(response: &mut HttpResponse) {
    let clear = header::HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(header::HeaderName::from_static("clear-site-data"), clear);
}

/// `GET /sign-out/progress`: the next step of a sign-out that this browser is in.
pub async fn progress(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let id = params.take("logout").and_then(|id| id.parse().ok());
    let wish = match (params.take("back"), params.take("upstream")) {
        (Some(_), _) => Wish::Back,
        (None, Some(_)) => Wish::Upstream,
        (None, None) => Wish::Look,
    };
    step(request, app, tenant, (id, wish)).await
}

/// `POST /sign-out/progress`: not to wait any longer.
pub async fn go_on(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    form::same_origin(&request, &tenant)?;
    let mut params = form::body(&request, &body)?;
    let (browser, _) = cookies::browser(&request, &tenant.site);
    let token = params.take("csrf").unwrap_or_default();
    if !form_token_matches(&tenant.site, &browser, FORM, &token) {
        return Err(Problem::new(ErrorCode::FormExpired));
    }
    let id = params.take("logout").and_then(|id| id.parse().ok());
    step(request, app, tenant, (id, Wish::GoOn)).await
}

async fn step(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    (id, wish): (Option<LogoutId>, Wish),
) -> Result<HttpResponse, Problem> {
    let Some(id) = id else { return Ok(over(&request, &tenant)) };
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let token = form_token(&tenant.site, &browser, FORM);
    let look = |wish| {
        let (site, browser) = (Arc::clone(&tenant.site), browser.clone());
        app.run(move || proceed(&site, &browser, id, wish))
    };
    let mut progress = look(wish).await??;
    let mut way = None;
    if let Next::Upstream(errand) = &progress.next {
        way = federation::logout::way(&app, &tenant, errand).await?;
        if way.is_none() {
            // It cannot be reached, or knows no sign-out: the page says so.
            progress = look(Wish::Look).await??;
        }
    }
    let Progress { next, stale_cookie, language } = progress;
    pages::speak(&request, language);
    let mut response = match next {
        // A page's form may be answered anywhere on the round.
        Next::Send { reply, application, addresses } => {
            reply::send(&request, &tenant, reply, (application, Some(&addresses)))
        }
        Next::Upstream(_) => way.map_or_else(|| over(&request, &tenant), |way| see_other(way.as_str())),
        Next::Stalled { waiting_for, told, addresses } => {
            let page = SignOutWaitPage {
                frame: pages::frame(&request, &tenant, None),
                action: format!("{}{PATH}", tenant.prefix),
                csrf: token,
                logout: id.to_string(),
                waiting_for,
                rows: rows(told),
            };
            html(&request, StatusCode::OK, &page, FormTarget::Applications(&addresses))
        }
        Next::Show(ending) => ended(&request, &tenant, id, ending),
        Next::Over => over(&request, &tenant),
    };
    if stale_cookie {
        forget(&tenant, &mut response);
    }
    cookies::with(response, &fresh)
}

fn ended(request: &HttpRequest, tenant: &Tenant, id: LogoutId, ending: Ending) -> HttpResponse {
    let Ending { told, cleanups, back, still } = ending;
    let further = format!("{}&upstream=1", address(tenant, id));
    let still = still.map(|still| StillSignedIn { name: still.name, href: still.offered.then_some(further) });
    let href = format!("{}&back=1", address(tenant, id));
    let page = SignOutResultPage {
        frame: pages::frame(request, tenant, None),
        rows: rows(told),
        forward: back.is_some() && !cleanups.is_empty(),
        back: back.map(|text| Link { text, href }),
        still,
        cleanups,
    };
    html_with_images(request, &page, &page.cleanups)
}

fn rows(told: Vec<Told>) -> Vec<SignOutRow> {
    let row = |Told { name, told }| SignOutRow {
        name,
        outcome: match told {
            Outlook::SignedOut => SignOutOutcome::SignedOut,
            Outlook::Asked => SignOutOutcome::Asked,
            Outlook::Silent => SignOutOutcome::Silent,
            Outlook::Unable => SignOutOutcome::Unable,
        },
    };
    told.into_iter().map(row).collect()
}

/// `GET /saml/slo`.
pub async fn saml_redirect(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::redirect(request.query_string());
    arrive(request, app, tenant, incoming).await
}

/// `POST /saml/slo`: from another site, so without most cookies.
pub async fn saml_post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::post(form::encoded(&request, &body)?);
    arrive(request, app, tenant, incoming).await
}

async fn arrive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    incoming: Result<Incoming, BindingError>,
) -> Result<HttpResponse, Problem> {
    let incoming = incoming.map_err(|error| Problem::from(Fault::from(LogoutError::from(error))))?;
    let (browser, _) = cookies::browser(&request, &tenant.site);
    let site = Arc::clone(&tenant.site);
    let arrival = app.run(move || receive(&site, &browser, &incoming)).await??;
    Ok(match arrival {
        Arrival::Onward(id) => see_other(&address(&tenant, id)),
        Arrival::Answer { reply, application } => reply::send(&request, &tenant, reply, (application, Some(&[]))),
    })
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(fault) => fault.into(),
            Fault::Refused(_) => Self::new(fault.code().unwrap_or(ErrorCode::LogoutMalformed)).detail(fault),
        }
    }
}
