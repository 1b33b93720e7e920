//! What all pages of Min profil share.

use super::{is_inside, person, send};
use serde_json::Value;

use crate::support::server::{postgres_is_there, sql};
use crate::support::{App, Engine, PASSWORD};

const PAGES: [&str; 9] = [
    "/account",
    "/account/details",
    "/account/sessions",
    "/account/applications",
    "/account/activity",
    "/account/not-me",
    "/account/lock",
    "/account/export",
    "/account/factors",
];

#[test]
fn every_page_has_the_way_out_and_says_where_one_is() {
    let app = App::shared();
    let mut browser = person(&app, "alice");
    for path in PAGES {
        let page = browser.get(path);
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.has("a[href$='/sign-out']"), "{path} (ASVS 7.4.4)");
        assert!(page.has("nav a[aria-current=page]"), "{path}");
        assert!(page.text_of(".menu").contains("Alice Åkerlund"), "{path}");
    }
}

#[test]
fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let app = App::shared();
    for path in PAGES {
        let mut browser = app.browser();
        let page = browser.get(path);
        assert!(page.has("input[type=password]"), "{path}");
        let page = browser.fill_in(&page, "alice", PASSWORD);
        assert!(page.url.path().ends_with(path), "{path} is come back to: {}", page.url);
    }
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let app = App::shared();
    let mut browser = person(&app, "alice");
    let mut other = person(&app, "bob");
    let foreign = other.get("/account/lock").form("csrf").get("csrf").unwrap().to_owned();
    let posts: [(&str, &[(&str, &str)]); 5] = [
        ("/account/details", &[("given_name", "Mallory")]),
        ("/account/sessions", &[("do", "end-others")]),
        ("/account/applications", &[("application", "web")]),
        ("/account/lock", &[]),
        ("/account/export", &[]),
    ];
    for (path, fields) in posts {
        for csrf in ["", "x", foreign.as_str()] {
            let mut all = vec![("csrf", csrf)];
            all.extend(fields);
            assert_eq!(browser.post(path, &all).status(), 400, "{path} {csrf}");
        }
        let own = browser.get("/account/details").form("csrf").get("csrf").unwrap().to_owned();
        if path != "/account/details" {
            let mut all = vec![("csrf", own.as_str())];
            all.extend(fields);
            assert_eq!(browser.post(path, &all).status(), 400, "the token of one form is not that of another: {path}");
        }
    }
    assert!(is_inside(&mut browser));
    for kind in ["user.changed", "session.ended", "account.self_locked", "user.exported"] {
        assert_eq!(app.count_events(kind), 0, "{kind}");
    }
}

#[test]
fn the_first_page_says_what_had_better_be_done() {
    let app = App::shared();
    let alice = person(&app, "alice").get("/account").reply.text();
    assert!(alice.contains("Add an authenticator app") && !alice.contains("Confirm your email address"), "{alice}");
    let bob = person(&app, "bob").get("/account").reply.text();
    assert!(bob.contains("Confirm your email address"), "{bob}");
}

#[test]
fn the_pages_are_in_the_persons_own_language() {
    let app = App::shared();
    let mut browser = app.signed_in();
    browser.cookies.remove(crate::support::browser::LANGUAGE).expect("tests speak English");
    let page = browser.get("/account");
    assert!(page.has("html[lang=sv]"), "alice's is Swedish");
    assert!(browser.get("/account?lang=nb").has("html[lang=nb]"), "what is chosen on the page comes first");
}

/// The clock of a running server cannot be turned; the moment of a sign-in can, where the database is at hand.
#[test]
fn what_changes_how_one_signs_in_asks_again_after_five_minutes() {
    if !postgres_is_there() {
        return;
    }
    let app = App::shared_on(Engine::Postgres);
    let mut browser = person(&app, "alice");
    let sensitive = ["/account/factors/add", "/account/email"];
    for path in sensitive {
        assert_eq!(browser.peek(path).status(), 200, "{path} just after the sign-in");
    }
    let tenant: Value =
        serde_json::from_str(&app.server.run(&["tenant", "show", &app.slug, "--output", "json"])).unwrap();
    let database = format!("portner_{}", tenant["id"].as_str().unwrap().replace('-', ""));
    let moved = |seconds: u32| format!("UPDATE sessions SET auth_time = auth_time - {seconds}::bigint * 1000000");
    sql(&database, &moved(150));
    assert_eq!(browser.peek(sensitive[0]).status(), 200, "not yet five minutes");
    sql(&database, &moved(150));
    for path in sensitive {
        let page = browser.peek(path);
        assert_eq!(page.status(), 303, "{path} after five minutes");
        assert!(page.reply.header("location").unwrap().contains("/sign-in?"), "{path}");
    }
    assert_eq!(browser.peek("/account/details").status(), 200, "the session itself goes on");
    let export = send(&mut browser, "/account/export", &[]);
    assert!(export.has("input[name=password]"), "nothing is handed out: {}", export.reply.text());
    let page = browser.get(sensitive[0]);
    assert!(page.has("input[name=password]"), "{}", page.reply.text());
    let page = browser.submit(&page.form("password").set("username", "alice").set("password", PASSWORD));
    assert_eq!(
        (page.status(), page.url.path()),
        (200, app.path(sensitive[0]).as_str()),
        "and back to where it was asked"
    );
}
