//! Signing out here, of somebody who came from an upstream.

use serde_json::json;
use url::Url;

use super::{Bench, can_run};
use crate::on_each_engine;
use crate::support::client::payload;
use crate::support::http::encode;
use crate::support::idp::{CLIENT, Idp};
use crate::support::{App, Browser, CALLBACK, Engine, Page, SECRET};

const UP: &str = "create_users = true\nlogout = \"upstream\"";

fn is_in(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}

fn signed_in(bench: &Bench) -> Browser {
    let (mut browser, page) = bench.arrives();
    assert!(is_in(&mut browser), "{} {}", page.status(), page.reply.text());
    browser
}

/// The button on our own page. The first answer that leads elsewhere, or the last page.
fn sign_out(browser: &mut Browser) -> Page {
    let page = browser.get("/sign-out");
    browser.submit(&page.form("csrf"))
}

/// Where the browser was sent, if that is the upstream.
fn errand(bench: &Bench, page: &Page) -> Option<Url> {
    let to = page.reply.header("location").and_then(|to| Url::parse(to).ok())?;
    to.as_str().starts_with(&format!("{}/logout", bench.idp.issuer())).then_some(to)
}

fn get(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map_or_else(|| panic!("no {name} in {url}"), |(_, value)| value.into_owned())
}

fn back(bench: &Bench, browser: &mut Browser, errand: &Url) -> Page {
    let state = get(errand, "state");
    browser.get(&format!("{}/federation/up/signed-out?{}", bench.app.base(), encode(&[("state", &state)])))
}

fn register(app: &App) {
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"shop\"\nname = \"Shop\"\n\
         [tenant.application.oidc]\ntype = \"confidential\"\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
         token_endpoint_auth_method = \"client_secret_basic\"\nscopes = [\"openid\", \"profile\", \"email\"]\n\
         post_logout_redirect_uris = [\"https://app.example/bye\"]\n"
    ));
}

/// An ID token of the application for whoever is signed in.
fn id_token(app: &App, browser: &mut Browser) -> String {
    let client = app.client("shop").with("scope", "openid");
    let page = client.authorize(browser);
    client.redeem(&page.answer().code()).id_token().to_owned()
}

on_each_engine! {
    fn a_session_that_ends_here_ends_at_the_upstream_where_that_is_configured_in_8(engine) {
        assert!(can_run(engine));
        let bench = Bench::with(engine, "oidc", Idp::start(), UP);
        let mut browser = signed_in(&bench);
        let page = sign_out(&mut browser);
        let to = errand(&bench, &page).expect("on to the upstream");
        assert_eq!(get(&to, "theme"), "dark", "what its address holds stays");
        assert_eq!(get(&to, "client_id"), CLIENT);
        assert_eq!(get(&to, "post_logout_redirect_uri"), format!("{}/federation/up/signed-out", bench.app.base()));
        assert_eq!(payload(&get(&to, "id_token_hint"))["sub"], "sub-1", "its own ID token");
        assert!(!is_in(&mut browser), "the session here has ended before");
        assert!(!browser.is_signed_in(), "and its cookie is gone");

        let mut other = bench.app.browser();
        let page = back(&bench, &mut other, &to);
        assert_eq!(page.text_of("h1"), "You are signed out", "another browser learns nothing");
        assert!(!page.has(".told"));
        let page = back(&bench, &mut browser, &to);
        assert!(page.url.path().ends_with("/sign-out/progress"), "{}", page.url);
        assert!(page.text_of(".told").contains("Upstream") && page.text_of(".told").contains("Signed out"));
        let page = back(&bench, &mut browser, &to);
        assert!(page.url.path().ends_with("/signed-out") && !page.has(".told"), "once");
        let page = browser.get("/federation/up/signed-out?state=nonsense");
        assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "You are signed out"));

        let answered: Vec<_> =
            bench.app.audit().into_iter().filter(|event| event["kind"] == "logout.answered").collect();
        assert_eq!(answered.len(), 1);
        assert_eq!((&answered[0]["outcome"], &answered[0]["details"]["provider"]), (&json!("success"), &json!("up")));
    }
}

#[test]
fn an_application_that_asks_gets_the_browser_back_from_the_upstream() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), UP);
    register(&bench.app);
    let mut browser = signed_in(&bench);
    let hint = id_token(&bench.app, &mut browser);
    let asked =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://app.example/bye"), ("state", "s")];
    let page = browser.get(&format!("/oauth2/logout?{}", encode(&asked)));
    let to = errand(&bench, &page).unwrap_or_else(|| panic!("{} {}", page.url, page.reply.text()));
    assert!(!is_in(&mut browser));
    let page = back(&bench, &mut browser, &to);
    assert_eq!(page.reply.location(), "https://app.example/bye?state=s");
}

#[test]
fn by_default_one_stays_signed_in_at_the_upstream_and_is_told_so() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    register(&bench.app);
    let mut browser = signed_in(&bench);
    let page = sign_out(&mut browser);
    assert!(page.text_of("main").contains("You are still signed in at Upstream."), "{}", page.reply.text());
    assert_eq!(page.text_of("a[href*='upstream=1']"), "Sign out at Upstream too");
    let href = page.link("a[href*='upstream=1']");
    let mut other = bench.app.browser();
    assert!(errand(&bench, &other.get(&href)).is_none(), "only in this browser");
    let to = errand(&bench, &browser.get(&href)).expect("on to the upstream");
    let page = back(&bench, &mut browser, &to);
    assert!(page.text_of(".told").contains("Signed out") && !page.text_of("main").contains("still"));
    // An application that wants the browser back gets it at once, and a local session says nothing of an upstream.
    let mut browser = signed_in(&bench);
    let hint = id_token(&bench.app, &mut browser);
    let asked = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://app.example/bye")];
    let page = browser.get(&format!("/oauth2/logout?{}", encode(&asked)));
    assert_eq!(page.reply.location(), "https://app.example/bye");
    let mut local = bench.app.signed_in();
    let page = sign_out(&mut local);
    assert!(!page.reply.text().contains("Upstream"), "{}", page.reply.text());
}

#[test]
fn an_upstream_that_cannot_sign_people_out_keeps_nothing_open() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), UP);
    register(&bench.app);
    // Before anything of it is kept.
    bench.idp.document(json!({ "end_session_endpoint": null }));
    let mut browser = signed_in(&bench);
    let page = sign_out(&mut browser);
    assert!(page.text_of(".told").contains("Did not answer"), "{}", page.reply.text());
    assert!(!is_in(&mut browser));
    let mut browser = signed_in(&bench);
    let hint = id_token(&bench.app, &mut browser);
    let asked = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://app.example/bye")];
    let page = browser.get(&format!("/oauth2/logout?{}", encode(&asked)));
    assert!(page.text_of(".told").contains("Did not answer"), "the person is told: {}", page.reply.text());
    let page = browser.peek(&page.link("a[href*='back=1']"));
    assert_eq!(page.reply.location(), "https://app.example/bye");
    let audit = bench.app.audit();
    let failed = audit.iter().filter(|event| event["kind"] == "logout.answered" && event["outcome"] == "failure");
    assert_eq!(failed.count(), 2);
    // One that sends people to something else than the web is no better.
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), UP);
    bench.idp.document(json!({ "end_session_endpoint": "javascript:alert(1)" }));
    let page = sign_out(&mut signed_in(&bench));
    assert!(page.text_of(".told").contains("Did not answer"), "{}", page.reply.text());
}

#[test]
fn google_has_no_place_to_sign_out_and_is_not_asked_for_one() {
    let app = App::shared_open_on(Engine::Sqlite);
    let declared = super::provider("google", "http://127.0.0.1:1", "logout = \"upstream\"");
    let (accepted, told) = app.try_apply(&declared);
    assert!(!accepted && told.contains("logout"), "{told}");
    let bench = Bench::with(Engine::Sqlite, "google", Idp::start(), "create_users = true");
    let page = sign_out(&mut signed_in(&bench));
    assert!(page.text_of("main").contains("You are still signed in at Upstream.") && !page.has("a[href*=upstream]"));
}

#[test]
fn a_session_remembers_the_newest_sign_in_at_the_upstream_and_forgets_it_with_itself() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), UP);
    bench.idp.claims(json!({ "sid": "first" }));
    let mut browser = signed_in(&bench);
    bench.idp.claims(json!({ "sid": "second" }));
    bench.sign_in(&mut browser);
    let to = errand(&bench, &sign_out(&mut browser)).expect("on to the upstream");
    assert_eq!(payload(&get(&to, "id_token_hint"))["sid"], "second");
    // Somebody who signs in with a password afterwards did not come from there.
    browser.cookies.retain(|name, _| name.contains("browser"));
    browser.sign_in("alice", crate::support::PASSWORD);
    let page = sign_out(&mut browser);
    assert!(errand(&bench, &page).is_none() && page.text_of("h1") == "You are signed out", "{}", page.url);
}
