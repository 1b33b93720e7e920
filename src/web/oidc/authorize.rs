//! `/oauth2/authorize` by GET and POST (OpenID Connect Core §3.1.2.1).

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::flow::authorize::begin;
use crate::flow::resume::Turn;
use crate::protocol::params::RawParams;
use crate::protocol::reply::Reply;
use crate::view::{ApplicationInfo, Back, ErrorPage, FormPostPage, Link};
use crate::web::across::{self, Posted};
use crate::web::context::Context;
use crate::web::pages::{self, FormTarget, html, see_other};
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cookies, form, signin};

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let params = form::query(&request)?;
    arrive(request, app, tenant, params).await
}

pub async fn post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let params = match across::read(&request, &tenant, "/oauth2/authorize", &body)? {
        Posted::Here(params) => params,
        Posted::Onward(response) => return Ok(response),
    };
    arrive(request, app, tenant, params).await
}

async fn arrive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    params: RawParams,
) -> Result<HttpResponse, Problem> {
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let site = Arc::clone(&tenant.site);
    let turn = app.run(move || begin(&site, &browser, &params)).await??;
    let mut response = match turn {
        Turn::Reply { reply: answer, application } => reply(&request, &tenant, answer, application),
        Turn::Show { interaction, .. } => see_other(&signin::address(&tenant, &interaction)),
        Turn::Page(path) => see_other(&format!("{}{}", tenant.prefix, path.as_str())),
        Turn::NotForUser { application, back } => not_for_user(&request, &tenant, application, back),
    };
    if let Some(cookie) = fresh {
        response.add_cookie(&cookie).map_err(Problem::internal)?;
    }
    Ok(response)
}

/// The answer to the application, through the browser: 303, or a page that posts itself.
pub fn reply(request: &HttpRequest, tenant: &Tenant, reply: Reply, application: String) -> HttpResponse {
    match reply {
        Reply::Redirect(location) => see_other(&location),
        Reply::FormPost { action, params } => {
            let host = url::Url::parse(&action).ok().and_then(|url| url.host_str().map(str::to_owned));
            let page = FormPostPage {
                frame: pages::frame(request, tenant, None),
                params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                application: Some(ApplicationInfo { name: application, host: host.unwrap_or_default() }),
                action: action.clone(),
            };
            html(request, StatusCode::OK, &page, FormTarget::Application(&action))
        }
    }
}

/// AC-2: the person is told whom it concerns, and may go back.
pub fn not_for_user(request: &HttpRequest, tenant: &Tenant, application: String, back: Option<String>) -> HttpResponse {
    let page = ErrorPage {
        frame: pages::frame(request, tenant, None),
        code: ErrorCode::ApplicationNotForUser,
        at: Some(tenant.now()),
        trace_id: Context::of(request).request_id.clone(),
        back: back.map(|href| Back::Service(Link { text: application, href })),
        detail: None,
        retry_after: None,
    };
    html(request, StatusCode::FORBIDDEN, &page, FormTarget::Own)
}
