//! Whose account it is: by provider, issuer and subject, never by name or address.

use std::sync::Barrier;

use serde_json::json;

use super::{Bench, can_run};
use crate::on_each_engine;
use crate::support::idp::{CLIENT, CLIENT_SECRET, Idp};
use crate::support::{App, Engine, PASSWORD};

#[test]
fn a_first_arrival_makes_an_account_and_each_one_after_it_finds_and_refreshes_it() {
    let bench = Bench::new();
    let (browser, page) = bench.arrives();
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    assert!(page.url.path().ends_with("/account"), "{}", page.url);
    let user = bench.user("mette");
    assert_eq!((user["email"].as_str(), user["email_verified"].as_bool()), (Some("mette@up.example"), Some(true)));
    bench.idp.claims(json!({ "preferred_username": "renamed", "given_name": "Mette Marie", "email": "mm@up.example",
        "email_verified": "true" }));
    assert!(bench.arrives().0.is_signed_in());
    assert_eq!(bench.users(), ["alice", "bob", "mette"], "the name it has stays");
    let text = bench.user("mette").to_string();
    assert!(text.contains("Mette Marie") && text.contains("mm@up.example"), "{text}");
    assert_eq!(bench.user("mette")["email_verified"], false, "a text is no `true`");
    let (fields, credential) = bench.idp.redeemed().remove(0);
    assert!(fields.iter().any(|(name, value)| name == "code_verifier" && value.len() >= 43), "{fields:?}");
    let redirect = format!("{}/federation/up/callback", bench.app.base());
    assert!(fields.contains(&("redirect_uri".to_owned(), redirect)), "{fields:?}");
    let escaped: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    assert_eq!(credential, format!("{CLIENT}:{escaped}"));
}

#[test]
fn nobody_is_found_or_linked_by_name_or_address() {
    let bench = Bench::new();
    // Another account's user name, its address as a user name, its address as an address.
    bench.idp.claims(json!({ "preferred_username": "Alice" }));
    bench.assert_refused(&bench.arrives(), "PRT-1407", "name_taken");
    bench.idp.claims(json!({ "preferred_username": "ALICE@acme.example" }));
    bench.assert_refused(&bench.arrives(), "PRT-1407", "name_taken");
    assert_eq!(bench.users(), ["alice", "bob"]);
    bench.idp.claims(json!({ "email": "alice@acme.example", "email_verified": true }));
    assert!(bench.arrives().0.is_signed_in());
    assert!(bench.user("mette")["email"].is_null(), "the address stays with whom it belongs to");
    let mut alice = bench.app.browser();
    alice.sign_in("alice@acme.example", PASSWORD);
    assert!(alice.is_signed_in(), "who is found by it as before");
    // The same subject of another issuer or provider is somebody else.
    bench.idp.claims(json!({ "sub": "sub-2", "preferred_username": "mette" }));
    bench.assert_refused(&bench.arrives(), "PRT-1407", "name_taken");
}

#[test]
fn whoever_is_unknown_is_refused_where_no_accounts_are_made() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "");
    bench.assert_refused(&bench.arrives(), "PRT-1406", "unknown");
    assert_eq!(bench.users(), ["alice", "bob"]);
}

#[test]
fn a_disabled_account_or_provider_lets_nobody_in() {
    let bench = Bench::new();
    assert!(bench.arrives().0.is_signed_in());
    bench.app.cli(&["user", "disable", "mette"]);
    bench.assert_refused(&bench.arrives(), "PRT-1408", "disabled");
    bench.app.cli(&["user", "enable", "mette"]);
    let mut browser = bench.app.browser();
    let trip = bench.set_out(&mut browser);
    bench.declare("oidc", "create_users = true\nenabled = false");
    let page = bench.come_back(&mut browser, &trip);
    assert!(page.status() == 403 && page.reply.text().contains("PRT-1410"), "{}", page.reply.text());
    assert!(!browser.is_signed_in());
    assert_eq!(browser.peek("/federation/up/start").status(), 403);
    assert!(!browser.get("/sign-in").reply.text().contains("/federation/up"));
    assert!(bench.app.signed_in().is_signed_in(), "local accounts are unaffected");
}

#[test]
fn mapped_roles_come_and_go_with_the_claim_and_unknown_counts_as_gone() {
    let bench = Bench::with(
        Engine::Sqlite,
        "oidc",
        Idp::start(),
        "create_users = true\nrole_claims = { \"G-1\" = \"admin\", \"G-2\" = \"sales\" }",
    );
    let roles = |claims| {
        bench.idp.claims(claims);
        let (browser, page) = bench.arrives();
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        bench.user("mette")["roles"].clone()
    };
    assert_eq!(roles(json!({ "groups": ["G-2", "admin", "helpdesk"] })), json!(["sales"]), "only what is configured");
    assert_eq!(roles(json!({ "groups": ["G-1", "G-2"] })), json!(["admin", "sales"]));
    assert_eq!(roles(json!({ "_claim_names": { "groups": "src1" } })), json!([]), "too many to be told is not known");
    assert_eq!(roles(json!({ "groups": ["G-1"] })), json!(["admin"]));
    assert_eq!(roles(json!({})), json!([]));
    assert!(bench.app.audit().iter().any(|event| {
        event["kind"] == "user.changed"
            && event["details"]["changed"] == "roles"
            && event["details"]["provider"] == "up"
    }));
}

#[test]
fn two_factors_at_the_upstream_count_only_where_the_tenant_trusts_it() {
    let bench = Bench::new();
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"email_code\", \"totp\"]\n",
    );
    bench.idp.claims(json!({ "amr": ["pwd", "mfa"] }));
    let (browser, page) = bench.arrives();
    assert!(!browser.is_signed_in() && page.has("input[name=code]"), "Portner asks its own: {}", page.reply.text());
    bench.declare("oidc", "create_users = true\ntrust_mfa = true");
    assert!(bench.arrives().0.is_signed_in(), "now its word counts");
    bench.idp.claims(json!({ "amr": ["pwd"] }));
    let (browser, page) = bench.arrives();
    assert!(!browser.is_signed_in() && page.has("input[name=code]"), "and only its word: {}", page.reply.text());
}

#[test]
fn an_administrator_comes_in_only_from_where_administrators_may() {
    let bench =
        Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true\nrole_claims = { \"G-1\" = \"admin\" }");
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.networks]\nadministrators = [\"10.0.0.0/8\"]\n",
    );
    bench.idp.claims(json!({ "groups": ["G-1"] }));
    bench.assert_refused(&bench.arrives(), "PRT-2004", "network");
    bench.idp.claims(json!({}));
    assert!(bench.arrives().0.is_signed_in());
}

on_each_engine! {
    fn twenty_first_arrivals_at_once_make_one_account(engine) {
        assert!(can_run(engine));
        let bench = Bench { app: App::shared_open_on(engine), idp: Idp::start() };
        bench.declare("oidc", "create_users = true");
        let barrier = Barrier::new(20);
        let signed_in = std::thread::scope(|scope| {
            let arrive = || {
                let mut browser = bench.app.browser();
                let trip = bench.set_out(&mut browser);
                barrier.wait();
                let page = bench.come_back(&mut browser, &trip);
                assert!(browser.is_signed_in(), "{}", page.reply.text());
            };
            let all: Vec<_> = (0..20).map(|_| scope.spawn(arrive)).collect();
            all.into_iter().filter_map(|one| one.join().ok()).count()
        });
        assert_eq!(signed_in, 20);
        assert_eq!(bench.users(), ["alice", "bob", "mette"]);
        assert_eq!(bench.app.count_events("federation.accepted"), 20);
        assert_eq!(bench.app.audit().iter().filter(|event| {
            event["kind"] == "user.created" && event["details"]["provider"] == "up"
        }).count(), 1);
    }
}

on_each_engine! {
    fn an_answer_is_taken_once(engine) {
        assert!(can_run(engine));
        let bench = Bench { app: App::shared_open_on(engine), idp: Idp::start() };
        bench.declare("oidc", "create_users = true");
        let mut browser = bench.app.browser();
        let trip = bench.set_out(&mut browser);
        let before = browser.clone();
        let barrier = Barrier::new(8);
        let signed_in = std::thread::scope(|scope| {
            let arrive = || {
                let mut browser = before.clone();
                barrier.wait();
                bench.come_back(&mut browser, &trip);
                browser.is_signed_in()
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(arrive)).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).filter(|is| *is).count()
        });
        assert_eq!(signed_in, 1);
        assert_eq!(bench.refusals(), ["replayed"; 7]);
    }
}
