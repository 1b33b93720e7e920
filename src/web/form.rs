//! Reading what a browser or client sends: bounded, typed, each parameter once.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::domain::fault::ErrorCode;
use crate::protocol::params::{MAX_BYTES, RawParams};

use super::problem::Problem;

/// Bodies of sign-in, protocol and account endpoints.
pub const MAX_BODY: usize = 64 * 1024;

/// Room for what was parked: a request of the greatest length is a third longer once it is sealed.
pub const ROOMY: usize = 32 * 1024;

/// The query string of a request, as parameters.
pub fn query(request: &HttpRequest) -> Result<RawParams, Problem> {
    query_within(request, MAX_BYTES)
}

/// The same for a page of ours that holds a request which waits.
pub fn roomy_query(request: &HttpRequest) -> Result<RawParams, Problem> {
    query_within(request, ROOMY)
}

fn query_within(request: &HttpRequest, limit: usize) -> Result<RawParams, Problem> {
    RawParams::parse_within(request.query_string().as_bytes(), limit)
        .map_err(|cause| Problem::new(ErrorCode::RequestMalformed).detail(cause))
}

/// A form body, as parameters.
pub fn body(request: &HttpRequest, bytes: &[u8]) -> Result<RawParams, Problem> {
    body_within(request, bytes, MAX_BYTES)
}

/// The same for a form of ours that holds a request which waits.
pub fn roomy_body(request: &HttpRequest, bytes: &[u8]) -> Result<RawParams, Problem> {
    body_within(request, bytes, ROOMY)
}

/// The same where more is to be expected.
pub fn body_within(request: &HttpRequest, bytes: &[u8], limit: usize) -> Result<RawParams, Problem> {
    RawParams::parse_within(encoded(request, bytes)?.as_bytes(), limit)
        .map_err(|cause| Problem::new(ErrorCode::RequestMalformed).detail(cause))
}

/// A form body as it was sent. The content type is part of the contract.
pub fn encoded<'a>(request: &HttpRequest, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let refuse = |detail: &str| Problem::new(ErrorCode::RequestMalformed).detail(detail);
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(refuse("the body must be application/x-www-form-urlencoded"));
    }
    std::str::from_utf8(bytes).map_err(|_not_text| refuse("a parameter is not UTF-8, or contains NUL"))
}

/// A form of our own pages comes from our own origin. A request that does not say where it comes from is
/// judged by its token alone.
pub fn same_origin(request: &HttpRequest, origin: &str) -> Result<(), Problem> {
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let foreign_origin = said("origin").is_some_and(|value| value != origin && value != "null");
    let cross_site = said("sec-fetch-site").is_some_and(|value| value == "cross-site");
    if foreign_origin || cross_site {
        return Err(Problem::new(ErrorCode::FormExpired).detail("the form was sent from another site"));
    }
    Ok(())
}
