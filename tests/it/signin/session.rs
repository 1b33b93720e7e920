//! Session cookies: shape, renewal, limits (ASVS V7, NIST SP 800-63B-4 §5).

use crate::support::{App, Browser, Engine, PASSWORD, Settings, database};

fn still_signed_in(app: &App, browser: &mut Browser) -> bool {
    app.client("web").with("prompt", "none").authorize(browser).answer().get("code").is_some()
}

#[test]
fn every_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.get("/sign-in");
    let mut lines: Vec<String> = page.reply.cookies().map(str::to_owned).collect();
    let done = browser.submit_once(&page.form("password").set("username", "alice").set("password", PASSWORD));
    lines.extend(done.reply.cookies().map(str::to_owned));
    assert!(lines.len() >= 2, "{lines:?}");
    for line in &lines {
        let lower = line.to_ascii_lowercase();
        assert!(line.starts_with("__Host-"), "{line}");
        for attribute in ["; secure", "; httponly", "; path=/", "; samesite="] {
            assert!(lower.contains(attribute), "{attribute} is missing: {line}");
        }
        assert!(!lower.contains("domain="), "{line}");
        assert!(line.len() < 4096);
        assert!(!lower.contains("alice"), "cookies name nobody: {line}");
    }
}

#[test]
fn signing_in_gives_a_new_cookie_and_a_planted_one_is_worth_nothing() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let (name, first) = browser.session_cookie().map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let mut planted = app.browser();
    planted.cookies.insert(name.clone(), first.clone());
    planted.cookies.insert(name.clone(), format!("pts_{}", "A".repeat(43)));
    let page = planted.get("/sign-in");
    let page = planted.fill_in(&page, "bob", PASSWORD);
    assert!(page.status() < 500);
    assert_ne!(planted.cookies[&name], format!("pts_{}", "A".repeat(43)), "fixation");
    // The same person again, in the same browser.
    let page = app.client("web").with("prompt", "login").authorize(&mut browser);
    browser.fill_in(&page, "alice", PASSWORD);
    let second = browser.session_cookie().unwrap().1.to_owned();
    assert_ne!(first, second);
    let mut copied = app.browser();
    copied.cookies.insert(name, first);
    assert!(!still_signed_in(&app, &mut copied), "the cookie of before is dead");
    assert!(still_signed_in(&app, &mut browser));
}

#[test]
fn cookie_values_are_long_random_and_never_repeated() {
    let app = App::shared();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let browser = app.signed_in();
        let value = browser.session_cookie().unwrap().1.to_owned();
        assert_eq!(value.len(), 47, "prefix and 256 bits: {value}");
        assert!(seen.insert(value));
    }
}

/// The clock of a running server cannot be turned; what it remembers can be so much older.
fn minutes_pass(app: &App, minutes: u32) {
    let changes = ["created_at", "auth_time", "last_seen"].map(|it| format!("{it} = {it} - {minutes} * 60000000"));
    database::open(app, Engine::Sqlite).execute(&format!("UPDATE sessions SET {}", changes.join(", ")));
}

#[test]
fn a_session_ends_when_it_is_idle_for_too_long() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.session]\nidle = \"1h\"\nabsolute = \"10h\"\n",
    );
    let mut browser = app.signed_in();
    for used in 0..3 {
        minutes_pass(&app, 40);
        assert!(still_signed_in(&app, &mut browser), "in use it stays: {used}");
    }
    minutes_pass(&app, 60);
    assert!(!still_signed_in(&app, &mut browser));
}

#[test]
fn a_session_ends_at_its_absolute_age_however_much_it_is_used() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.session]\nidle = \"1h\"\nabsolute = \"2h\"\n",
    );
    let mut browser = app.signed_in();
    for used in 0..2 {
        minutes_pass(&app, 40);
        assert!(still_signed_in(&app, &mut browser), "in use it stays: {used}");
    }
    minutes_pass(&app, 40);
    assert!(!still_signed_in(&app, &mut browser));
    let page = app.client("web").authorize(&mut browser);
    assert!(page.has("input[type=password]"), "and asks to sign in again");
}

#[test]
fn a_session_of_one_tenant_is_nothing_to_another() {
    let (app, other) = (App::shared(), App::shared());
    let browser = app.signed_in();
    let mut stranger = other.browser();
    stranger.cookies.clone_from(&browser.cookies);
    assert!(!still_signed_in(&other, &mut stranger));
    let (name, value) = browser.session_cookie().unwrap();
    let theirs = other.signed_in().session_cookie().unwrap().0.to_owned();
    assert_ne!(theirs, name, "each tenant has its own cookie");
    let mut renamed = other.browser();
    renamed.cookies.insert(theirs, value.to_owned());
    assert!(!still_signed_in(&other, &mut renamed));
}

#[test]
fn sessions_survive_a_restart() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let mut browser = app.signed_in();
    assert!(app.server.terminate().success());
    app.server.boot();
    assert!(still_signed_in(&app, &mut browser));
    app.server.kill();
    app.server.boot();
    assert!(still_signed_in(&app, &mut browser));
}

#[test]
fn signing_out_on_the_page_ends_the_session() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let copy = browser.clone();
    let page = browser.get("/sign-out");
    assert_eq!(page.status(), 200);
    assert!(still_signed_in(&app, &mut browser), "looking at the page does nothing");
    let page = browser.submit(&page.form("csrf"));
    assert!(page.status() < 400, "{}", page.reply.text());
    assert!(!browser.is_signed_in());
    assert!(!still_signed_in(&app, &mut copy.clone()));
    assert_eq!(app.count_events("session.ended"), 1);
    let page = browser.get(&page.link("main .below a"));
    browser.fill_in(&page, "alice", PASSWORD);
    assert!(browser.is_signed_in(), "the page leads back in");
}
