//! Discovery and keys: bytes rendered once, answered from memory.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::flow::site::Document;

use crate::web::tenant::Tenant;

/// OpenID Connect Discovery 1.0 §4 and RFC 8414 §3.
pub async fn metadata(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    answer(&request, &tenant.discovery)
}

/// RFC 7517 §5.
pub async fn jwks(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    answer(&request, &tenant.jwks)
}

fn answer(request: &HttpRequest, document: &Document) -> HttpResponse {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known == Some(document.etag.as_str());
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, document.etag.as_str()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"));
    if unchanged {
        return response.finish();
    }
    response.content_type("application/json").body(Bytes::from_owner(Arc::clone(&document.bytes)))
}
