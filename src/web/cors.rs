//! Cross-origin requests from browser applications: only from the origins of the tenant's own public clients,
//! only to endpoints that work with tokens, never with cookies.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::application::ClientType;
use crate::flow::Site;

use super::origin_of;
use super::tenant::Tenant;

/// Adds what lets the calling page read the answer, if it belongs to one of the tenant's applications.
pub fn allow(request: &HttpRequest, site: &Site, mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(header::VARY, header::HeaderValue::from_static("Origin"));
    if let Some(origin) = known_origin(request, site) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let cross = header::HeaderValue::from_static("cross-origin");
        headers.insert(header::HeaderName::from_static("cross-origin-resource-policy"), cross);
        let exposed = header::HeaderValue::from_static("WWW-Authenticate, X-Request-Id, Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

/// The preflight of such a request.
pub async fn preflight(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, header::HeaderValue::from_static("GET, POST"));
    let allowed = header::HeaderValue::from_static("Authorization, Content-Type");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, header::HeaderValue::from_static("600"));
    allow(&request, &tenant.site, response)
}

fn known_origin(request: &HttpRequest, site: &Site) -> Option<header::HeaderValue> {
    let value = request.headers().get(header::ORIGIN)?;
    let asked = value.to_str().ok().filter(|origin| *origin != "null")?;
    let mut uris = site
        .applications
        .clients()
        .filter(|application| application.enabled && application.protocol.kind == ClientType::Public)
        .flat_map(|application| application.protocol.redirect_uris.iter());
    uris.any(|uri| origin_of(uri.as_str()) == asked).then(|| value.clone())
}
