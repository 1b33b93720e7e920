//! What is not a tenant's: the root, well-known files, the catalogue of errors.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::fault::ErrorCode;
use crate::view::{ErrorCataloguePage, HomePage};

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

/// `/docs/errors/{code}`: where `error_uri` leads.
pub async fn error_page(request: HttpRequest, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let asked = request.match_info().get("code").unwrap_or_default();
    let code = ErrorCode::ALL.iter().copied().find(|code| code.code() == asked);
    let Some(code) = code else { return Err(Problem::new(ErrorCode::NotFound)) };
    let page = ErrorCataloguePage { frame: pages::frame(&request, &tenant, None), code };
    let mut response = html(&request, StatusCode::OK, &page, FormTarget::Own);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}
