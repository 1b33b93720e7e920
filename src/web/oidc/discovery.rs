//! Discovery and keys: bytes rendered once, answered from memory.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::flow::site::Document;

use crate::web::etag;
use crate::web::tenant::Tenant;

/// OpenID Connect Discovery 1.0 §4 and RFC 8414 §3.
pub async fn metadata(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    answer(&request, &tenant.discovery, "application/json")
}

/// RFC 7517 §5.
pub async fn jwks(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    answer(&request, &tenant.jwks, "application/json")
}

/// Bytes that stay the same until the tenant changes.
pub fn answer(request: &HttpRequest, document: &Document, content_type: &'static str) -> HttpResponse {
    let unchanged = etag::is_known(request, &document.etag);
    let mut response = if unchanged {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().body(Bytes::from_owner(Arc::clone(&document.bytes)))
    };
    let headers = response.headers_mut();
    if !unchanged {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Ok(etag) = HeaderValue::from_str(&document.etag) {
        headers.insert(header::ETAG, etag);
    }
    for (name, value) in &FOR_EVERYBODY {
        headers.insert(name.clone(), value.clone());
    }
    response
}

static FOR_EVERYBODY: [(HeaderName, HeaderValue); 3] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
];
