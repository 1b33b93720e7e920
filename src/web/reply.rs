//! The answer to an application's request, whatever it speaks: to the application through the browser, or to the person.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::fault::ErrorCode;
use crate::flow::resume::Turn;
use crate::protocol::reply::Reply;
use crate::view::{ApplicationInfo, Back, ErrorPage, FormPostPage, Link};

use super::context::Context;
use super::pages::{self, FormTarget, html, see_other};
use super::signin;
use super::tenant::Tenant;

/// To a request that has just arrived.
pub fn turn(request: &HttpRequest, tenant: &Tenant, turn: Turn) -> HttpResponse {
    match turn {
        Turn::Reply { reply, application } => send(request, tenant, reply, (application, None)),
        Turn::Show { interaction, .. } => see_other(&signin::address(tenant, &interaction)),
        Turn::Page(path) => see_other(&format!("{}{}", tenant.prefix, path.as_str())),
        Turn::NotForUser { application, back } => not_for_user(request, tenant, application, back),
    }
}

/// To the application: 303, or a page that posts itself. `round`: what comes after it may lead to any of these.
pub fn send(
    request: &HttpRequest,
    tenant: &Tenant,
    reply: Reply,
    (application, round): (String, Option<&[String]>),
) -> HttpResponse {
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
            let target = round.map_or(FormTarget::Application(&action), FormTarget::Applications);
            html(request, StatusCode::OK, &page, target)
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
