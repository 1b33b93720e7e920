//! UserInfo (OpenID Connect Core §5.3) and which claims go out by which scope (§5.4).

use std::collections::BTreeSet;

use serde_json::json;

use crate::on_each_engine;
use crate::support::{App, CALLBACK, Call, PASSWORD};

#[test]
fn userinfo_answers_by_get_by_post_and_by_form() {
    let app = App::shared();
    let tokens = app.client("web").sign_in(&app);
    let calls = [
        Call::get("/oauth2/userinfo").bearer(tokens.access()),
        Call::new("POST", "/oauth2/userinfo").bearer(tokens.access()),
        Call::form("/oauth2/userinfo", &[("access_token", tokens.access())]),
    ];
    let answers: Vec<_> = calls.iter().map(|call| app.send(call)).collect();
    for reply in &answers {
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json(), answers[0].json());
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    assert_eq!(answers[0].json()["sub"], tokens.id_claims()["sub"]);
}

#[test]
fn a_token_in_the_address_or_in_two_places_is_refused() {
    let app = App::shared();
    let tokens = app.client("web").sign_in(&app);
    let query = app.get(&format!("/oauth2/userinfo?access_token={}", tokens.access()));
    assert!(matches!(query.status, 400 | 401), "RFC 9700 §4.3.2: {}", query.status);
    let both = Call::form("/oauth2/userinfo", &[("access_token", tokens.access())]).bearer(tokens.access());
    assert!(matches!(app.send(&both).status, 400 | 401), "RFC 6750 §2");
}

#[test]
fn a_missing_or_false_token_gets_the_challenge_of_rfc_6750() {
    let app = App::shared();
    let tokens = app.client("web").sign_in(&app);
    let none = app.get("/oauth2/userinfo");
    assert_eq!(none.status, 401);
    let challenge = none.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer") && !challenge.contains("error="), "§3.1: {challenge}");
    for token in ["x", "a.b.c", tokens.id_token(), tokens.refresh()] {
        let reply = app.send(&Call::get("/oauth2/userinfo").bearer(token));
        assert_eq!(reply.status, 401, "{token}");
        assert!(reply.header("www-authenticate").unwrap().contains("invalid_token"), "{token}");
    }
    let basic = app.send(&Call::get("/oauth2/userinfo").basic("web", tokens.access()));
    assert_eq!(basic.status, 401);
}

#[test]
fn each_scope_opens_its_claims_and_no_others() {
    let app = App::shared();
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.user]]
username = "full"
email = "full@acme.example"
email_verified = true
given_name = "Full"
middle_name = "Of"
family_name = "Claims"
nickname = "fc"
profile = "https://acme.example/full"
picture = "https://acme.example/full.png"
website = "https://full.example"
gender = "other"
birthdate = "1980-02-29"
zoneinfo = "Europe/Copenhagen"
locale = "da"
phone_number = "+4512345678"
phone_number_verified = true
password = "{PASSWORD}"
[tenant.user.address]
formatted = "Storegade 1\n8000 Aarhus C"
street_address = "Storegade 1"
locality = "Aarhus C"
region = "Midtjylland"
postal_code = "8000"
country = "DK"
"#
    ));
    let mut browser = app.browser();
    browser.sign_in("full", PASSWORD);
    let mut all = BTreeSet::new();
    for scope in ["openid", "openid profile", "openid email", "openid phone", "openid address"] {
        let rp = app.client("web").with("scope", scope);
        let tokens = rp.redeem(&rp.authorize(&mut browser).answer().code());
        let user = rp.userinfo(tokens.access()).json();
        let names: BTreeSet<String> = user.as_object().unwrap().keys().cloned().collect();
        let expected: &[&str] = match scope {
            "openid" => &["sub"],
            "openid email" => &["sub", "email", "email_verified"],
            "openid phone" => &["sub", "phone_number", "phone_number_verified"],
            "openid address" => &["sub", "address"],
            _ => &[
                "sub",
                "name",
                "family_name",
                "given_name",
                "middle_name",
                "nickname",
                "preferred_username",
                "profile",
                "picture",
                "website",
                "gender",
                "birthdate",
                "zoneinfo",
                "locale",
                "updated_at",
            ],
        };
        let expected: BTreeSet<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names, expected, "{scope}: {user}");
        if scope == "openid address" {
            assert_eq!(user["address"]["postal_code"], "8000");
        }
        all.extend(names);
    }
    assert!(all.len() >= 20);
}

#[test]
fn a_claim_that_is_not_known_is_left_out_not_null() {
    let app = App::shared();
    let tokens = app.client("web").with("scope", "openid profile phone address");
    let tokens = tokens.redeem(&tokens.code(&mut app.signed_in()));
    let user = app.client("web").userinfo(tokens.access()).json();
    for (name, value) in user.as_object().unwrap() {
        assert!(!value.is_null() && *value != json!("") && *value != json!({}), "{name}: {value}");
    }
}

/// The application as it is declared from now on.
fn redeclare(app: &App, scopes: &str, more: &str) {
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.application]]
id = "web"
name = "Webshop"
{more}
[tenant.application.oidc]
type = "confidential"
token_endpoint_auth_method = "client_secret_basic"
redirect_uris = ["{CALLBACK}"]
scopes = [{scopes}]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false
"#
    ));
}

const ALL: &str = r#""openid", "profile", "email", "offline_access""#;

on_each_engine! {
    fn adm13_a_switched_off_application_reads_nobody_any_more(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let tokens = rp.sign_in(&app);
        assert_eq!(rp.userinfo(tokens.access()).status, 200);
        redeclare(&app, ALL, "enabled = false");
        let reply = rp.userinfo(tokens.access());
        assert_eq!((reply.status, reply.header("www-authenticate").is_some()), (401, true), "{}", reply.text());
        redeclare(&app, ALL, "enabled = true");
        assert_eq!(rp.userinfo(tokens.access()).status, 200, "nothing was lost");
    }
}

on_each_engine! {
    fn adm13_what_is_taken_from_an_application_is_gone_from_the_tokens_it_holds(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let tokens = rp.sign_in(&app);
        redeclare(&app, ALL, "require_role = \"customer\"");
        assert_eq!(rp.userinfo(tokens.access()).status, 401, "alice has not that role");
        for token in [tokens.access(), tokens.refresh()] {
            assert_eq!(rp.introspect(token), json!({"active": false}));
        }
        redeclare(&app, r#""openid", "profile""#, "");
        let user = rp.userinfo(tokens.access()).json();
        assert!(user["name"].is_string() && user["email"].is_null(), "the scope was taken away: {user}");
        assert_eq!(rp.introspect(tokens.access())["scope"], "openid profile");
    }
}
