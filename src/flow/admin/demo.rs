//! The demonstration tenant: two people and the playground, for looking around. Only made when asked for by
//! `--demo`; its passwords are known to everybody.

use serde_json::{Value, json};

use crate::domain::audit::Origin;
use crate::domain::ids::Slug;
use crate::store;

use super::super::Host;
use super::super::playground;
use super::{AdminError, apply};

const SLUG: &str = "demo";
const ALICE: [&str; 2] = ["alice", "alice-opens-the-door"];
const BOB: [&str; 2] = ["bob", "bob-opens-the-door"];

/// Makes the tenant at the first start; later ones leave it as its visitors have made it.
pub fn ensure(host: &Host) -> Result<(), AdminError> {
    if is_made(host)? {
        return Ok(());
    }
    apply::apply_documents(host, vec![declaration()], false, &Origin::default()).map(|_applied| ())
}

/// A tenant without people is what an interrupted first start leaves.
fn is_made(host: &Host) -> Result<bool, AdminError> {
    let Ok(slug) = Slug::parse(SLUG) else { return Ok(false) };
    match host.store_of(&slug)? {
        Some((_, store)) => Ok(store.read(store::users::count)? > 0),
        None => Ok(false),
    }
}

fn declaration() -> Value {
    json!({ "version": 1, "tenant": [{
        "slug": SLUG,
        "name": "Demo",
        "languages": ["da", "sv", "nb", "en"],
        "playground": true,
        // Their passwords are their names, so that they can be remembered for ten minutes.
        "policy": { "password": { "refuse_own_words": false } },
        "user": [alice(), bob()],
    }] })
}

/// An administrator with every claim that a person can have.
fn alice() -> Value {
    let [username, password] = ALICE;
    json!({
        "username": username,
        "password": password,
        "email": "alice@demo.example",
        "email_verified": true,
        "name": "Alice Åkerlund Sørensen",
        "given_name": "Alice",
        "middle_name": "Åkerlund",
        "family_name": "Sørensen",
        "nickname": "Ali",
        "profile": "https://demo.example/alice",
        "picture": "https://demo.example/alice.jpg",
        "website": "https://alice.example",
        "gender": "female",
        "birthdate": "1990-02-28",
        "zoneinfo": "Europe/Copenhagen",
        "phone_number": "+45 12 34 56 78",
        "phone_number_verified": true,
        "address": {
            "street_address": "Portnergade 1, 2. tv.",
            "postal_code": "1000",
            "locality": "København",
            "country": "DK",
        },
        "locale": "da",
        "roles": ["admin"],
        "groups": ["reception"],
    })
}

/// Somebody of whom little is known.
fn bob() -> Value {
    let [username, password] = BOB;
    json!({
        "username": username,
        "password": password,
        "email": "bob@demo.example",
        "given_name": "Bob",
        "family_name": "Berg",
        "locale": "sv",
        "roles": ["customer"],
    })
}

/// What to tell whoever started it.
pub fn announcement(base: &str) -> Vec<String> {
    let address = |path: &str| format!("{base}/t/{SLUG}{path}");
    let person = |[username, password]: [&str; 2]| format!("  {username} / {password}");
    vec![
        "The demonstration tenant is for looking around: its passwords are known to everybody.".to_owned(),
        format!("  Playground  {}", address(playground::HOME)),
        format!("  Sign in     {}", address("/sign-in")),
        "People (user name / password):".to_owned(),
        format!("{} (administrator)", person(ALICE)),
        person(BOB),
    ]
}
