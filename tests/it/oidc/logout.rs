//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use crate::support::http::encode;
use crate::support::provider::post_from_elsewhere_to;
use crate::support::{AFTER_LOGOUT, App, Browser, CALLBACK, Page, Tokens};

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

/// A form of another site: no cookie of ours comes with it.
fn posted(browser: &mut Browser, fields: &[(&'static str, &str)]) -> Page {
    let fields: Vec<(&str, String)> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    post_from_elsewhere_to(browser, "/oauth2/logout", &fields)
}

#[test]
fn a_form_of_another_site_takes_nobodys_cookie_and_signs_nobody_out_unasked() {
    let app = App::shared();
    let (mut browser, _tokens) = signed_in(&app);
    let before = browser.cookies.clone();
    for fields in [&[][..], &[("client_id", "web"), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s 1")]] {
        let page = posted(&mut browser, fields);
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(page.form("csrf").action.path().ends_with("/sign-out"), "the person is asked");
        assert_eq!(browser.cookies, before);
        assert!(page.reply.header("clear-site-data").is_none());
        assert!(still_signed_in(&app, &mut browser), "{fields:?}");
    }
    assert_eq!(app.count_events("session.ended"), 0);
    // Whoever then agrees is signed out and back where the form said.
    let page =
        posted(&mut browser, &[("client_id", "web"), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s 1")]);
    let back = browser.submit(&page.form("csrf")).answer();
    assert_eq!((back.to.as_str(), back.get("state")), (AFTER_LOGOUT, Some("s 1")));
    assert!(!browser.is_signed_in());
}

#[test]
fn a_form_of_another_site_with_a_good_hint_ends_the_session_itself() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    let mut copied = browser.clone();
    let page =
        posted(&mut browser, &[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)]);
    assert_eq!(page.answer().to.as_str(), AFTER_LOGOUT);
    assert!(!browser.is_signed_in());
    assert!(!still_signed_in(&app, &mut copied), "not only this browser's cookie is gone");
    assert_eq!(app.count_events("session.ended"), 1);
}

#[test]
fn what_no_address_carries_comes_by_a_form_of_ours_octet_for_octet() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    let state = format!("line\nend\r\n +%20&=\u{e6}<\">{}", "s".repeat(3900));
    let fields = [
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", AFTER_LOGOUT),
        ("state", state.as_str()),
        ("logout_hint", &"l".repeat(2000)),
    ];
    let page = posted(&mut browser, &fields);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    let form = page.form("carried");
    assert!(
        form.action.path().ends_with("/oauth2/logout") && form.method == "POST" && page.has("form[data-submit] button")
    );
    let policy = page.reply.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https: https://app.example"), "{policy}");
    assert!(form.get("carried").unwrap().bytes().all(|byte| byte.is_ascii_graphic()), "no browser changes it");
    // The same form sent by a page of another site is nobody's: it is asked about like any other.
    let stranger = posted(&mut browser, &[("carried", form.get("carried").unwrap())]);
    assert!(stranger.has("[name=csrf]") && still_signed_in(&app, &mut browser));
    // A browser that keeps no cookies goes round once.
    let mut forgetful = app.browser();
    assert_eq!(forgetful.submit(&form).answer().get("state"), Some(state.as_str()));
    let back = browser.submit(&form).answer();
    assert_eq!((back.to.as_str(), back.get("state")), (AFTER_LOGOUT, Some(state.as_str())));
    assert!(!browser.is_signed_in());
}

#[test]
fn whoever_comes_without_a_session_leaves_politely() {
    let app = App::shared();
    let (_, tokens) = signed_in(&app);
    let hint = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)];
    let mut fresh = app.browser();
    assert_eq!(posted(&mut fresh, &hint).answer().to.as_str(), AFTER_LOGOUT);
    let page = fresh.peek(&logout(&hint));
    assert_eq!(page.answer().to.as_str(), AFTER_LOGOUT);
    assert!(!page.reply.cookies().any(|line| line.starts_with("__Host-sid")), "nothing is taken that was not brought");
    assert!(page.reply.header("clear-site-data").is_none());
    assert_eq!(app.count_events("session.ended"), 0);
}

#[test]
fn an_application_that_was_switched_off_can_still_sign_people_out_but_has_nobody_sent_back() {
    let app = App::shared();
    let (mut browser, tokens) = signed_in(&app);
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.application]]
id = "web"
name = "Webshop"
enabled = false
[tenant.application.oidc]
type = "confidential"
redirect_uris = ["{CALLBACK}"]
post_logout_redirect_uris = ["{AFTER_LOGOUT}"]
"#
    ));
    let page =
        browser.get(&logout(&[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", AFTER_LOGOUT)]));
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert!(!page.reply.text().contains(AFTER_LOGOUT));
    assert!(!browser.is_signed_in());
    assert_eq!(app.count_events("session.ended"), 1);
    // Without a hint the person is asked, as ever.
    browser.sign_in("alice", crate::support::PASSWORD);
    let page = browser.get(&logout(&[("client_id", "web"), ("post_logout_redirect_uri", AFTER_LOGOUT)]));
    assert!(page.has("[name=csrf]") && browser.is_signed_in(), "{}", page.reply.text());
    let page = browser.submit(&page.form("csrf"));
    assert_eq!(page.status(), 200);
    assert!(!browser.is_signed_in());
}
