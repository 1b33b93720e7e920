//! The demonstration tenant: two people and the test application, for looking around.

use serde_json::json;

use crate::domain::audit::Origin;
use crate::domain::ids::Slug;

use super::super::Host;
use super::{AdminError, apply};

const SLUG: &str = "demo";
/// User name, given name, family name, language, role, password. Known to everybody: nothing real belongs here.
const PEOPLE: [[&str; 6]; 2] = [
    ["freja", "Freja", "Holm", "da", "admin", "doorkeeper-demo-freja"],
    ["nils", "Nils", "Åkesson", "sv", "customer", "doorkeeper-demo-nils"],
];

/// Makes the tenant at the first start. Later ones only keep the test application's addresses right; what
/// visitors have changed stays.
pub fn ensure(host: &Host) -> Result<(), AdminError> {
    let is_new = match Slug::parse(SLUG) {
        Ok(slug) => host.stores.registry().find_by_slug(&slug)?.is_none(),
        Err(_not_a_slug) => false,
    };
    let users = if is_new { PEOPLE.map(person).to_vec() } else { Vec::new() };
    let base = format!("{}/t/{SLUG}", host.public_url);
    let document = json!({ "version": 1, "tenant": [{
        "slug": SLUG,
        "name": "Portner demonstration",
        "playground": true,
        "user": users,
        "application": [{ "id": "playground", "name": "Playground", "oidc": {
            "type": "public",
            "redirect_uris": [format!("{base}/playground/callback")],
            "post_logout_redirect_uris": [format!("{base}/playground")],
            "scopes": ["openid", "profile", "email", "address", "phone", "offline_access"],
        } }],
    }] });
    apply::apply_documents(host, vec![document], false, &Origin::default()).map(|_applied| ())
}

fn person([username, given, family, locale, role, password]: [&str; 6]) -> serde_json::Value {
    json!({
        "username": username, "email": format!("{username}@demo.example"), "email_verified": true,
        "given_name": given, "family_name": family, "locale": locale, "roles": [role], "password": password,
        "phone_number": "+45 12 34 56 78",
        "address": { "street_address": "Portnergade 1", "postal_code": "1000", "locality": "København", "country": "DK" },
    })
}

/// What to tell whoever started it.
pub fn announcement(base: &str) -> Vec<String> {
    let mut lines = vec![
        format!("Demonstration tenant: {base}/t/{SLUG}"),
        format!("Test application:     {base}/t/{SLUG}/playground"),
        "People (user name / password):".to_owned(),
    ];
    lines.extend(PEOPLE.map(|[username, .., password]| format!("  {username} / {password}")));
    lines
}
