//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use crate::support::http::encode;
use crate::support::{AFTER_LOGOUT, App, Browser, Tokens};

fn logout(fields: &[(&str, &str)]) -> String {
    format!("/oauth2/logout?{}", encode(fields))
}

fn signed_in(app: &App) -> (Browser, Tokens) {
    let mut browser = app.browser();
    let rp = app.client("web");
    let tokens = rp.redeem(&rp.code(&mut browser));
    (browser, tokens)
}

fn still_signed_in(app: &App, browser: &mut Browser) -> bool {
    app.client("web").with("prompt", "none").authorize(browser).answer().get("code").is_some()
}

#[test]
fn with_a_hint_and_a_registered_address_the_browser_goes_straight_back() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    let before = browser.clone();
    let page = browser.get(&logout(&[
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", AFTER_LOGOUT),
        ("state", "s 1"),
    ]));
    assert_eq!(page.status(), 303, "{}", page.reply.text());
    let back = page.answer();
    assert_eq!((back.to.as_str(), back.get("state")), (AFTER_LOGOUT, Some("s 1")));
    assert!(!browser.is_signed_in(), "the cookie is taken back");
    assert!(!still_signed_in(&app, &mut browser));
    assert!(!still_signed_in(&app, &mut before.clone()), "the session has ended, a copied cookie is worth nothing");
}

#[test]
fn logout_ends_what_the_session_bought_but_not_what_outlives_it() {
    let app = App::shared();
    let rp = app.client("web").with("scope", "openid profile");
    let mut browser = app.browser();
    let online = rp.redeem(&rp.code(&mut browser));
    browser.get(&logout(&[("id_token_hint", online.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)]));
    assert!(!rp.is_active(online.access()), "a token of the session ends with it");
}

#[test]
fn an_unregistered_address_gets_nobody() {
    let app = App::shared();
    for uri in [
        "https://evil.example/",
        "https://app.example/bye/",
        "https://app.example/BYE",
        "javascript:alert(1)",
        "//evil.example",
    ] {
        let (mut browser, tokens) = signed_in(&app);
        let page = browser.get(&logout(&[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", uri)]));
        assert!(page.reply.header("location").is_none(), "{uri}");
        assert!(!page.reply.text().contains(&format!("href=\"{uri}")), "{uri}");
    }
}

#[test]
fn without_a_hint_the_person_is_asked_first() {
    let app = App::shared();
    let (mut browser, _tokens) = signed_in(&app);
    let page = browser.get(&logout(&[("client_id", "web"), ("post_logout_redirect_uri", AFTER_LOGOUT)]));
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert!(still_signed_in(&app, &mut browser), "a link alone signs nobody out (ASVS 10.6.2)");
    let html = page.html();
    let posts = scraper::Selector::parse("form[method=post]").unwrap();
    assert!(html.select(&posts).next().is_some(), "a form to confirm with");
    let page = browser.get("/oauth2/logout");
    assert_eq!(page.status(), 200);
    assert!(still_signed_in(&app, &mut browser));
}

#[test]
fn a_hint_that_is_false_or_anothers_counts_as_none() {
    let app = App::shared();
    let other = App::shared();
    let (_, foreign) = signed_in(&other);
    let (mut browser, tokens) = signed_in(&app);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", tokens.id_token().split('.').nth(1).unwrap());
    for hint in [foreign.id_token(), "x", &unsigned] {
        let page = browser.get(&logout(&[("id_token_hint", hint), ("post_logout_redirect_uri", AFTER_LOGOUT)]));
        assert!(page.status() == 200 || page.status() == 400, "{}", page.status());
        assert!(page.reply.header("location").is_none());
        assert!(still_signed_in(&app, &mut browser));
    }
}

#[test]
fn signing_out_twice_is_polite() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    let path = logout(&[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)]);
    for _ in 0..2 {
        let page = browser.get(&path);
        assert!(matches!(page.status(), 200 | 303), "{}", page.reply.text());
    }
}

#[test]
fn logout_by_post_works_as_by_get() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    let fields = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)];
    // A relying party posts from its own origin.
    let mut foreign = browser.clone().with_header("Origin", "https://app.example");
    let page = foreign.post("/oauth2/logout", &fields);
    assert!(matches!(page.status(), 200 | 303), "{}", page.reply.text());
    if page.status() == 303 {
        assert_eq!(page.answer().to.as_str(), AFTER_LOGOUT);
        assert!(!still_signed_in(&app, &mut browser));
    }
}
