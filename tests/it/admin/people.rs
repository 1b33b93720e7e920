//! Looking at people, creating and changing them.

use super::{Desk, id, show, staffed};
use crate::on_each_engine;
use crate::support::{Engine, PASSWORD};

on_each_engine! {
    fn ac1_an_administrator_creates_somebody_who_is_invited_and_gets_rights(engine) {
        let app = staffed(engine);
        let mut desk = Desk::of(&app, "ada");
        let page = desk.browser.get("/admin/users/new");
        assert!(!page.has("input[type=password]") && !page.reply.text().contains("name=\"password\""), "ASVS 6.4.6");
        let form = page.form("username").set("username", "Søren").set("email", "soeren@acme.example");
        let form = form.set("given_name", "Søren").set("family_name", "Ærø").set("locale", "da");
        let form = form.set("roles", "buyer, seller").set("groups", "finance").set("role_helpdesk", "1");
        let page = desk.browser.submit(&form);
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert_eq!(page.text_of("h1"), "Søren Ærø");
        assert!(page.has(".done"));
        let stands = show(&app, "søren");
        assert_eq!(stands["roles"], serde_json::json!(["buyer", "helpdesk", "seller"]));
        assert_eq!((&stands["groups"][0], &stands["locale"]), (&"finance".into(), &"da".into()));
        assert_eq!((&stands["has_password"], &stands["email_verified"]), (&false.into(), &false.into()));
        assert_eq!(app.count_events("invitation.sent"), 1);
        let created = app.audit().into_iter().rfind(|event| event["kind"] == "user.created").unwrap();
        assert_eq!(created["actor"], format!("user:{}", id(&app, "ada")));
        assert_eq!(created["details"]["roles"], "buyer, helpdesk, seller");
        // The same name again is refused, and what was typed stands there.
        let page = desk.browser.get("/admin/users/new");
        let page = desk.browser.submit(&page.form("username").set("username", "SØREN").set("groups", "x"));
        assert_eq!(page.status(), 422);
        assert!(page.has("#username-fault") && page.has("[role=alert]"));
        assert_eq!(page.form("username").get("groups"), Some("x"));
    }
}

on_each_engine! {
    fn every_change_is_told_field_by_field_and_the_persons_own_data_stand_apart(engine) {
        let app = staffed(engine);
        let bob = id(&app, "bob");
        let mut desk = Desk::of(&app, "ada");
        let page = desk.browser.get(&format!("/admin/users/{bob}/edit"));
        let form = page.form("username").set("email", "robert@acme.example").set("role_auditor", "1");
        let page = desk.browser.submit(&form.set("locale", "da"));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        let changed = app.audit().into_iter().rfind(|event| event["kind"] == "user.changed").unwrap();
        let details = &changed["details"];
        assert_eq!(details["changed"], "email, roles");
        assert_eq!((&details["before"], &details["after"]), (&"{\"roles\":[]}".into(), &"{\"roles\":[\"auditor\"]}".into()));
        assert_eq!(details["personal.before"], "{\"email\":\"bob@acme.example\"}");
        assert_eq!(details["personal.after"], "{\"email\":\"robert@acme.example\"}");
        assert_eq!(changed["actor"], format!("user:{}", id(&app, "ada")));
        assert!(changed["address"].is_string());
        assert!(!app.server.log().contains("robert@acme.example"), "nothing of it in the log");
        app.cli(&["audit", "verify"]);
        let page = desk.browser.get(&format!("/admin/users/{bob}"));
        assert!(page.text_of(".events").contains("email, roles"), "{}", page.text_of(".events"));
    }
}

#[test]
fn a4_the_page_of_a_person_says_how_it_stands_and_what_happened() {
    let app = staffed(Engine::Sqlite);
    let alice = id(&app, "alice");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut hers = app.browser().with_header("User-Agent", agent);
    hers.sign_in("alice", PASSWORD);
    let mut stranger = app.browser();
    for _ in 0..3 {
        stranger.sign_in("alice", "wrong password");
    }
    let mut desk = Desk::of(&app, "hal");
    let page = desk.browser.get(&format!("/admin/users/{alice}"));
    assert!(page.text_of(".standing").contains("Locked until"), "{}", page.text_of(".standing"));
    assert!(page.text_of(".standing").contains("3 failed attempts"));
    let text = page.reply.text();
    assert!(text.contains("Firefox on Linux") && !text.contains("Mozilla"), "a browser in words: {text}");
    assert!(page.text_of(".events").contains("Failed sign-in"));
    let page = desk.browser.submit(&page.form_to("/unlock").expect("a button"));
    assert!(page.has(".done") && page.text_of(".standing").contains("Can sign in"), "{}", page.reply.text());
    assert!(page.text_of(".events").contains("The account was unlocked by hal"));
    assert!(stranger.sign_in("alice", PASSWORD).status() < 400);
    assert!(stranger.is_signed_in());
    assert_eq!(hers.get("/account").status(), 200);
    let viewed = app.audit().into_iter().filter(|event| event["kind"] == "user.viewed").count();
    assert_eq!(viewed, 2, "staff who look are remembered");
    let page = desk.browser.get(&format!("/admin/users/{alice}"));
    assert!(!page.text_of(".events").contains("viewed"));
    // What the helpdesk may not do is not shown.
    assert!(page.form_to("/sign-out").is_some() && !page.has("a[href$=disable]") && !page.has("a[href$=edit]"));
}

#[test]
fn an_account_that_its_owner_has_stopped_is_told_from_one_that_is_closed() {
    let app = staffed(Engine::Sqlite);
    let mut hers = app.signed_in();
    let form = hers.get("/account/lock").form("csrf");
    hers.submit(&form);
    let mut desk = Desk::of(&app, "ada");
    let address = format!("/admin/users/{}", id(&app, "alice"));
    let page = desk.browser.get(&address);
    assert_eq!(page.text_of(".badge"), "Frozen");
    assert!(page.text_of(".standing").contains("The owner has frozen the account"), "{}", page.text_of(".standing"));
    assert_eq!(desk.browser.get("/admin/users?status=self_locked").text_of("ul.people .tag"), "Frozen");
    assert!(desk.browser.get("/admin/users?status=self_locked").has("option[value=self_locked][selected]"));
    assert_eq!(desk.press(&id(&app, "alice"), "enable").status(), 303);
    assert_eq!(desk.browser.get(&address).text_of(".badge"), "Active");
}

#[test]
fn asvs_7_4_5_an_administrator_signs_somebody_out_everywhere() {
    let app = staffed(Engine::Sqlite);
    let (mut one, mut two) = (app.signed_in(), app.signed_in());
    let web = app.client("web");
    let tokens = web.redeem(&web.code(&mut one));
    let mut desk = Desk::of(&app, "hal");
    assert_eq!(desk.press(&id(&app, "alice"), "sign-out").status(), 303);
    for browser in [&mut one, &mut two] {
        assert_eq!(browser.peek("/account").status(), 303);
    }
    assert_eq!(web.refresh(tokens.refresh()).error(), "invalid_grant");
    let event = app.audit().into_iter().rfind(|event| event["kind"] == "user.signed_out").unwrap();
    assert_eq!(event["details"]["sessions_ended"], "2");
}

#[test]
fn a_new_password_is_asked_for_at_the_next_sign_in() {
    let app = staffed(Engine::Sqlite);
    let mut desk = Desk::of(&app, "ada");
    assert_eq!(desk.press(&id(&app, "alice"), "force-password-change").status(), 303);
    let mut browser = app.browser();
    browser.sign_in("alice", PASSWORD);
    assert!(!browser.is_signed_in(), "first another password");
}

#[test]
fn a_person_without_an_address_cannot_be_mailed() {
    let app = staffed(Engine::Sqlite);
    app.cli(&["user", "create", "nina"]);
    let mut desk = Desk::of(&app, "ada");
    let page = desk.press(&id(&app, "nina"), "invite");
    assert_eq!(page.status(), 409);
    assert!(page.reply.text().contains("PRT-5003"));
}

#[test]
fn the_first_page_counts() {
    let app = staffed(Engine::Sqlite);
    let mut stranger = app.browser();
    for _ in 0..3 {
        stranger.sign_in("alice", "wrong password");
    }
    let mut desk = Desk::of(&app, "otto");
    let page = desk.browser.get("/admin");
    let html = page.html();
    let selector = scraper::Selector::parse(".numbers strong").unwrap();
    let numbers: Vec<String> = html.select(&selector).map(|it| it.inner_html()).collect();
    assert_eq!(numbers, ["7", "1", "7", "3"], "people, locked, without second factor, failed");
    for (path, shown) in [("/admin/policy", true), ("/admin/users", true)] {
        assert_eq!(page.has(&format!("nav a[href$=\"{path}\"]")), shown);
    }
    let mut helper = Desk::of(&app, "hal");
    assert!(!helper.browser.get("/admin").has("nav a[href$=\"/admin/policy\"]"), "not for the helpdesk");
}
