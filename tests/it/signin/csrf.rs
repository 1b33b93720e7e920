//! State changes need the form that we gave to this browser (ASVS 3.5.1).

use crate::support::{App, PASSWORD};

#[test]
fn a_form_without_its_token_starts_over_politely() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.get("/sign-in");
    for csrf in ["", "x", "ptb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let form = page.form("password").set("username", "alice").set("password", PASSWORD).set("csrf", csrf);
        let again = browser.submit(&form);
        assert!(!browser.is_signed_in(), "{csrf:?}");
        assert!(again.status() < 500 && again.has("input[type=password]"), "no dead end: {}", again.reply.text());
        assert_eq!(again.form("password").get("username"), Some("alice"), "the name is kept");
        assert_eq!(again.form("password").get("password").unwrap_or_default(), "", "the password is not");
    }
    assert_eq!(app.count_events("signin.failed"), 0, "nothing was evaluated");
}

#[test]
fn a_form_of_another_browser_is_refused() {
    let app = App::shared();
    let page = app.browser().get("/sign-in");
    let mut victim = app.browser();
    victim.get("/sign-in");
    victim.fill_in(&page, "alice", PASSWORD);
    assert!(!victim.is_signed_in(), "login CSRF: the attacker's form in the victim's browser");
}

#[test]
fn a_post_from_another_origin_is_refused() {
    let app = App::shared();
    // `Origin: null` says nothing: browsers send it from our own pages, since they send no referrer.
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "http://localhost:1"),
        ("Origin", "http://evil.localhost"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let mut browser = app.browser();
        let page = browser.get("/sign-in");
        let mut browser = browser.with_header(name, value);
        browser.fill_in(&page, "alice", PASSWORD);
        assert!(!browser.is_signed_in(), "{name}: {value}");
    }
}

/// The commonest mistake of a first day: `public_url` names another address than the one in the browser.
#[test]
fn our_own_form_at_a_wrong_address_is_told_which_one_is_right() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.get("/sign-in");
    let here = page.url.origin().ascii_serialization();
    let elsewhere = here.replace("localhost", "127.0.0.1");
    let mut browser = browser.with_header("Origin", &elsewhere).with_header("Sec-Fetch-Site", "same-origin");
    let told = browser.fill_in(&page, "alice", PASSWORD);
    assert!(!browser.is_signed_in());
    let text = told.reply.text();
    assert!(told.status() == 400 && text.contains("PRT-4004"), "{text}");
    assert!(text.contains(&elsewhere) && text.contains(&format!("set up for {here}")), "both addresses: {text}");
    assert_eq!(told.link("a.button"), app.browser().url("/sign-in").to_string(), "the page where it should be opened");
    // What another site sends is told nothing of the kind, whatever it calls itself.
    let mut other = app.browser();
    let page = other.get("/sign-in");
    let mut other = other.with_header("Origin", "https://evil.example").with_header("Sec-Fetch-Site", "cross-site");
    let told = other.fill_in(&page, "alice", PASSWORD);
    let text = told.reply.text();
    assert!(text.contains("PRT-4001") && !text.contains("evil.example"), "{text}");
}

#[test]
fn headers_that_old_browsers_do_not_send_are_not_demanded() {
    let app = App::shared();
    let mut browser = app.browser().with_header("Sec-Fetch-Site", "same-origin");
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in());
    let mut old = app.browser();
    old.sign_in("alice", PASSWORD);
    assert!(old.is_signed_in());
}

#[test]
fn signing_out_needs_the_form_too() {
    let app = App::shared();
    let mut browser = app.signed_in();
    browser.post("/sign-out", &[]);
    browser.post("/sign-out", &[("csrf", "x")]);
    let silent = app.client("web").with("prompt", "none").authorize(&mut browser).answer();
    assert!(silent.get("code").is_some(), "still signed in");
}

#[test]
fn nothing_changes_by_get() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.get("/sign-in");
    let csrf = page.form("password").get("csrf").unwrap_or_default().to_owned();
    browser.get(&format!("/sign-in?username=alice&password=correct+horse+battery&csrf={csrf}"));
    assert!(!browser.is_signed_in());
    let mut inside = app.signed_in();
    inside.get("/sign-out");
    inside.get("/sign-out?csrf=x");
    assert!(inside.is_signed_in());
}

#[test]
fn a_form_that_came_too_late_leads_back_to_its_page() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for (form, page) in [("/account/factors/codes", "/account/factors"), ("/account/lock", "/account/lock")] {
        let late = browser.post(form, &[("csrf", "x")]);
        assert_eq!(late.status(), 400, "{form}");
        let back = browser.get(&late.link("main .below a"));
        assert_eq!((back.status(), back.url), (200, browser.url(page)), "{form}");
    }
    // The address that a form went to, kept as a bookmark.
    let kept = app.browser().get("/sign-in/code");
    assert_eq!((kept.status(), kept.link("main .below a")), (405, browser.url("/sign-in").to_string()));
    // The address of a sign-in that was kept as a bookmark, after the browser has forgotten everything.
    let page = app.client("web").authorize(&mut app.browser());
    let mut later = app.browser();
    let kept = later.get(page.url.as_str());
    assert_eq!(kept.status(), 400);
    let page = later.get(&kept.link("main .below a"));
    later.fill_in(&page, "alice", PASSWORD);
    assert!(later.is_signed_in());
}
