//! What an application posts through the browser. A form of another site brings no cookie of ours (all are
//! `SameSite=Lax`), so who sits there is seen by the GET that follows it, or by a form of our own. Before that nothing is
//! decided, set or taken away: whoever looks like nobody may be somebody.
//!
//! SAML has a way of its own, since a message is written differently for each binding (`flow::saml::sso::hand_over`).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::fault::ErrorCode;
use crate::protocol::params::RawParams;
use crate::view::FormPostPage;

use super::form::MAX_BODY;
use super::pages::{self, FormTarget, html, see_other};
use super::problem::Problem;
use super::tenant::Tenant;
use super::{cookies, form};

/// What every proxy and browser carries in an address.
const IN_AN_ADDRESS: usize = 6_000;
/// The one field of our own form. Encoded once more, so that no browser changes an octet of what it carries.
const CARRIED: &str = "carried";
/// Where an application may wait for the browser: our form leads there by redirects.
const PLACES: [&str; 3] = ["redirect_uri", "post_logout_redirect_uri", "wreply"];

pub enum Posted {
    /// The browser is known, or has nothing to be known by.
    Here(RawParams),
    /// It comes again, with its cookies.
    Onward(HttpResponse),
}

/// `path`: where the same is taken by GET and by POST.
pub fn read(request: &HttpRequest, tenant: &Tenant, path: &str, body: &[u8]) -> Result<Posted, Problem> {
    if let Some(params) = carried(request, tenant, body)? {
        return Ok(Posted::Here(params));
    }
    let mut params = form::body(request, body)?;
    if cookies::brought(request, &tenant.slug) {
        return Ok(Posted::Here(params));
    }
    // Worth nothing without the cookie or from elsewhere, and nothing for an address.
    params.take("csrf");
    params.take(CARRIED);
    let (query, path) = (params.to_query(), format!("{}{path}", tenant.prefix));
    Ok(Posted::Onward(match query.len() {
        0 => see_other(&path),
        1..=IN_AN_ADDRESS => see_other(&format!("{path}?{query}")),
        _ => carrying(request, tenant, path, (&params, query)),
    }))
}

/// What our own form brings. It goes round once: a browser that keeps no cookies is nobody after all.
fn carried(request: &HttpRequest, tenant: &Tenant, body: &[u8]) -> Result<Option<RawParams>, Problem> {
    let own = form::same_origin(request, tenant).is_ok();
    if !own || !body.starts_with(CARRIED.as_bytes()) {
        return Ok(None);
    }
    let carried = form::body_within(request, body, MAX_BODY)?.take(CARRIED).unwrap_or_default();
    let params = RawParams::parse(carried.as_bytes());
    params.map(Some).map_err(|cause| Problem::new(ErrorCode::RequestMalformed).detail(cause))
}

/// The script of the page submits the form; without it the button does.
fn carrying(
    request: &HttpRequest,
    tenant: &Tenant,
    action: String,
    (params, query): (&RawParams, String),
) -> HttpResponse {
    let page = FormPostPage {
        frame: pages::frame(request, tenant, params.get("ui_locales")),
        params: vec![(CARRIED.to_owned(), query)],
        application: None,
        action,
    };
    let places: Vec<String> = PLACES.iter().filter_map(|name| params.get(name)).map(str::to_owned).collect();
    html(request, StatusCode::OK, &page, FormTarget::Applications(&places))
}
