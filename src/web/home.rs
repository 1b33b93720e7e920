//! What is not a tenant's: the root, well-known files, the catalogue of errors.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::fault::ErrorCode;
use crate::view::{ErrorCataloguePage, ErrorCodesPage, Frame, HomePage};

use super::pages::{self, FormTarget, html};
use super::problem::Problem;
use super::tenant::Tenant;

/// Says what this is; names no tenant.
pub async fn root(request: HttpRequest) -> HttpResponse {
    html(&request, StatusCode::OK, &HomePage { frame: pages::bare_frame(&request) }, FormTarget::Own)
}

pub async fn robots() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("User-agent: *\nDisallow: /\n")
}

pub async fn favicon(request: HttpRequest) -> Result<HttpResponse, Problem> {
    super::assets::named(&request, "favicon.ico")
}

/// In the languages of the tenant, where the address is one's.
pub async fn not_found(_whose: Option<Tenant>) -> Result<HttpResponse, Problem> {
    Err(Problem::new(ErrorCode::NotFound))
}

/// `/docs/errors/{code}`: where `error_uri` leads, and the pages themselves.
pub async fn error_page(request: HttpRequest, tenant: Tenant) -> Result<HttpResponse, Problem> {
    explained(&request, pages::frame(&request, &tenant, None))
}

/// The same where no tenant is.
pub async fn bare_error_page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    explained(&request, pages::bare_frame(&request))
}

fn explained(request: &HttpRequest, frame: Frame) -> Result<HttpResponse, Problem> {
    let asked = request.match_info().get("code").unwrap_or_default();
    let code = ErrorCode::ALL.iter().copied().find(|code| code.code().eq_ignore_ascii_case(asked));
    let Some(code) = code else { return Err(Problem::new(ErrorCode::NotFound)) };
    Ok(never_stored(html(request, StatusCode::OK, &ErrorCataloguePage { frame, code }, FormTarget::Own)))
}

/// `/docs/errors`: every code.
pub async fn error_codes(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    let page = ErrorCodesPage { frame: pages::frame(&request, &tenant, None) };
    never_stored(html(&request, StatusCode::OK, &page, FormTarget::Own))
}

pub async fn bare_error_codes(request: HttpRequest) -> HttpResponse {
    let page = ErrorCodesPage { frame: pages::bare_frame(&request) };
    never_stored(html(&request, StatusCode::OK, &page, FormTarget::Own))
}

fn never_stored(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// The tenant's own address, where somebody types only that much: to what is theirs here.
pub async fn front_door(tenant: Tenant) -> HttpResponse {
    pages::see_other(&format!("{}/account", tenant.prefix))
}
