//! Style sheet, script and pictures: all from the binary, named by content, kept for long.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::fault::ErrorCode;
use crate::view;

use super::etag;
use super::problem::Problem;

pub async fn serve(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("name").unwrap_or_default();
    named(&request, name)
}

pub fn named(request: &HttpRequest, name: &str) -> Result<HttpResponse, Problem> {
    let Some(asset) = view::asset(name) else { return Err(Problem::new(ErrorCode::NotFound)) };
    let lifetime = if asset.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
    if etag::is_known(request, asset.etag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, asset.etag)).finish());
    }
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, lifetime))
        .insert_header((header::ETAG, asset.etag))
        .body(asset.bytes))
}
