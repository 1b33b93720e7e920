//! Reading what a browser or client sends: bounded, typed, each parameter once.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::domain::fault::ErrorCode;
use crate::protocol::params::{MAX_BYTES, RawParams};

use super::problem::Problem;
use super::tenant::Tenant;

/// Bodies of sign-in, protocol and account endpoints.
pub const MAX_BODY: usize = 64 * 1024;

/// Room for what was parked: a request of the greatest length is a third longer once it is sealed.
pub const ROOMY: usize = 32 * 1024;

/// As much of an address as is shown.
const LONGEST_ORIGIN: usize = 200;

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
pub fn same_origin(request: &HttpRequest, tenant: &Tenant) -> Result<(), Problem> {
    let ours = super::origin_of(tenant.base.issuer());
    let said = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let foreign = said("origin").filter(|value| *value != ours && *value != "null");
    let site = said("sec-fetch-site");
    match foreign {
        Some(came) if is_seen_elsewhere(came, site, said("host")) => {
            let came: String = came.chars().take(LONGEST_ORIGIN).collect();
            let detail = format!("the form came from {came}, and sign-in is set up for {ours} (public_url)");
            Err(Problem::new(ErrorCode::WrongAddress).detail(detail).again(page_there(request, tenant)))
        }
        Some(_) => Err(Problem::new(ErrorCode::FormExpired).detail("the form was sent from another site")),
        None if site == Some("cross-site") => {
            Err(Problem::new(ErrorCode::FormExpired).detail("the form was sent from another site"))
        }
        None => Ok(()),
    }
}

/// Whether the form is one of ours, opened at an address that is not the tenant's: `public_url` names another, or a proxy
/// is not told. It only chooses what is said, so the Host header may be looked at. It is refused in either case.
fn is_seen_elsewhere(came: &str, site: Option<&str>, host: Option<&str>) -> bool {
    match site {
        Some(site) => site == "same-origin",
        // Browsers leave it out where the connection is not secure.
        None => came.split_once("://").is_some_and(|(_, authority)| Some(authority) == host),
    }
}

/// The page that the form stands on, where it should be opened.
fn page_there(request: &HttpRequest, tenant: &Tenant) -> String {
    let below = request.path().strip_prefix(&tenant.prefix).unwrap_or_default();
    format!("{}{}", tenant.base.issuer(), super::routes::page_above(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_ours_at_another_address_is_told_from_one_of_another_site() {
        let table = [
            ("http://127.0.0.1:8080", Some("same-origin"), None, true),
            ("http://127.0.0.1:8080", Some("same-origin"), Some("backend:8080"), true),
            ("http://10.0.0.7:8080", None, Some("10.0.0.7:8080"), true),
            ("http://10.0.0.7:8080", None, Some("10.0.0.8:8080"), false),
            ("https://evil.example", None, None, false),
            ("https://evil.example", Some("cross-site"), Some("evil.example"), false),
            ("https://evil.example", Some("same-site"), Some("evil.example"), false),
            ("evil.example", None, Some("evil.example"), false),
        ];
        for (came, site, host, expected) in table {
            assert_eq!(is_seen_elsewhere(came, site, host), expected, "{came} {site:?} {host:?}");
        }
    }
}
