//! Who may do what to whom, at the moment they do it (security 3.20).

use std::sync::Barrier;
use std::thread;

use super::{Desk, id, show, staffed, with_staff};
use crate::on_each_engine;
use crate::support::{App, Engine, PASSWORD, eventually};

const DEEDS: [&str; 8] =
    ["unlock", "send-reset", "invite", "sign-out", "force-password-change", "reset-second-factor", "disable", "enable"];

/// As the issue says it, not as the server does.
fn allowed(actor: &str, deed: &str, target: &str) -> bool {
    match actor {
        "ada" => true,
        "hal" => target == "alice" && matches!(deed, "unlock" | "send-reset" | "reset-second-factor" | "sign-out"),
        _ => false,
    }
}

on_each_engine! {
    fn adm01_adm03_each_role_does_to_each_other_what_it_may_and_nothing_else(engine) {
        let app = staffed(engine);
        let mut refused = 0;
        for actor in ["ada", "hal", "otto", "bob"] {
            let mut desk = Desk::of(&app, actor);
            for target in ["alice", "hana", "abe"] {
                let target_id = id(&app, target);
                let mut stands = show(&app, target);
                for deed in DEEDS {
                    let page = desk.press(&target_id, deed);
                    let told = format!("{actor} {deed} {target}: {} {}", page.status(), page.reply.text());
                    if allowed(actor, deed, target) {
                        assert_eq!(page.status(), 303, "{told}");
                        assert!(page.reply.location().ends_with(&format!("?done={deed}")), "{told}");
                        stands = show(&app, target);
                    } else {
                        assert_eq!(page.status(), 403, "{told}");
                        assert!(page.reply.text().contains("PRT-5001"), "{told}");
                        assert_eq!(show(&app, target), stands, "{told}");
                        refused += 1;
                    }
                }
            }
        }
        assert_eq!(app.count_events("admin.refused"), refused, "whoever reaches too far is remembered");
    }
}

on_each_engine! {
    fn two_administrators_who_demote_each_other_leave_one(engine) {
        for _ in 0..3 {
            let app = staffed(engine);
            let mut desks = [Desk::of(&app, "ada"), Desk::of(&app, "abe")];
            let targets = [id(&app, "abe"), id(&app, "ada")];
            let names = ["abe", "ada"];
            let barrier = Barrier::new(2);
            thread::scope(|scope| {
                for ((desk, target), name) in desks.iter_mut().zip(&targets).zip(names) {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        let page = desk.edit(target, &[("username", name)]);
                        assert!(matches!(page.status(), 303 | 403 | 409), "{} {}", page.status(), page.reply.text());
                    });
                }
            });
            let admins = names.iter().filter(|name| show(&app, name)["roles"][0] == "admin").count();
            assert_eq!(admins, 1);
        }
    }
}

on_each_engine! {
    fn the_last_administrator_can_be_neither_demoted_nor_disabled(engine) {
        let app = staffed(engine);
        let (ada, abe) = (id(&app, "ada"), id(&app, "abe"));
        let mut desk = Desk::of(&app, "ada");
        assert_eq!(desk.press(&abe, "disable").status(), 303);
        let page = desk.edit(&ada, &[("username", "ada"), ("role_auditor", "1")]);
        assert_eq!(page.status(), 409, "a disabled administrator does not count: {}", page.reply.text());
        assert!(page.reply.text().contains("PRT-5002"));
        assert_eq!(desk.press(&ada, "disable").status(), 403, "nobody shuts themselves out");
        let told = app.server.command(&["user", "disable", "ada", "--tenant", &app.slug]);
        assert_eq!(told.status.code(), Some(5));
        assert_eq!(show(&app, "ada")["enabled"], true);
    }
}

#[test]
fn adm13_a_role_that_is_taken_away_does_not_count_any_more() {
    let app = staffed(crate::support::Engine::Sqlite);
    let mut desk = Desk::of(&app, "hal");
    let alice = id(&app, "alice");
    assert_eq!(desk.browser.get("/admin/users").status(), 200);
    let hal = id(&app, "hal");
    assert_eq!(Desk::of(&app, "ada").edit(&hal, &[("username", "hal")]).status(), 303);
    assert_eq!(desk.browser.get("/admin/users").status(), 403);
    assert_eq!(desk.press(&alice, "unlock").status(), 403);
    assert_eq!(app.count_events("user.unlocked"), 0);
}

#[test]
fn adm02_only_the_fields_of_the_form_are_written() {
    let app = staffed(crate::support::Engine::Sqlite);
    let alice = id(&app, "alice");
    let mut desk = Desk::of(&app, "ada");
    let more = [
        ("username", "alice"),
        ("password", "another long password"),
        ("email_verified", "1"),
        ("status", "disabled"),
        ("enabled", "false"),
        ("id", "0197d0c4-0000-7000-8000-000000000001"),
    ];
    assert_eq!(desk.edit(&alice, &more).status(), 303);
    let after = show(&app, "alice");
    assert_eq!((&after["enabled"], after["id"].as_str()), (&true.into(), Some(alice.as_str())));
    assert_eq!(after["email_verified"], false);
    assert_eq!(app.count_events("password.set"), 7, "those of the declaration");
    let typed = desk.edit(&alice, &[("username", "alice"), ("roles", "admin")]);
    assert_eq!(typed.status(), 422, "a built-in role is chosen, never typed");
    assert_eq!(show(&app, "alice")["roles"], serde_json::json!([]));
}

#[test]
fn only_an_administrator_comes_to_the_form_of_a_person() {
    let app = staffed(crate::support::Engine::Sqlite);
    let alice = id(&app, "alice");
    for actor in ["hal", "otto", "bob"] {
        let mut desk = Desk::of(&app, actor);
        let before = show(&app, "alice");
        assert_eq!(desk.edit(&alice, &[("username", "alice"), ("role_admin", "1")]).status(), 403, "{actor}");
        assert_eq!(desk.browser.get(&format!("/admin/users/{alice}/edit")).status(), 403, "{actor}");
        assert_eq!(desk.browser.get("/admin/users/new").status(), 403, "{actor}");
        let url = desk.browser.url("/admin/users/new");
        let fields = [("csrf", desk.csrf.as_str()), ("username", "mallory"), ("role_admin", "1")];
        let page = desk.browser.send(&url, "POST", Some(crate::support::http::encode(&fields)));
        assert_eq!(page.status(), 403, "{actor}");
        assert_eq!(show(&app, "alice"), before);
    }
    assert_eq!(app.count_events("user.created"), 7);
}

#[test]
fn groups_give_no_authority() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"bob\"\n\
         groups = [\"admin\", \"helpdesk\"]\nroles = [\"administrator\"]\n",
    );
    let mut browser = app.browser();
    browser.sign_in("bob", PASSWORD);
    let page = browser.get("/admin");
    assert_eq!(page.status(), 403);
    assert!(page.reply.text().contains("PRT-5001"));
}

#[test]
fn ten_a_person_of_another_tenant_is_nobody_here() {
    let (app, other) = (staffed(crate::support::Engine::Sqlite), App::shared());
    let theirs = id(&other, "bob");
    let mut desk = Desk::of(&app, "ada");
    assert_eq!(desk.browser.get(&format!("/admin/users/{theirs}")).status(), 404);
    for deed in DEEDS {
        assert_eq!(desk.press(&theirs, deed).status(), 404, "{deed}");
    }
    assert_eq!(desk.edit(&theirs, &[("username", "bob")]).status(), 404);
    let mut stranger = other.browser();
    stranger.cookies.clone_from(&desk.browser.cookies);
    let page = stranger.peek("/admin/users");
    assert_eq!(page.status(), 303, "nobody is signed in there");
    assert_eq!(show(&other, "bob")["enabled"], true);
}

#[test]
fn adm07_a_form_counts_only_with_its_token_and_from_our_own_pages() {
    let app = staffed(crate::support::Engine::Sqlite);
    let alice = id(&app, "alice");
    let mut desk = Desk::of(&app, "ada");
    let url = desk.browser.url(&format!("/admin/users/{alice}/disable"));
    for body in ["", "csrf=", "csrf=AAAA"] {
        assert_eq!(desk.browser.send(&url, "POST", Some(body.to_owned())).status(), 400, "{body}");
    }
    let mut foreign = desk.browser.clone().with_header("Origin", "https://evil.example");
    let body = crate::support::http::encode(&[("csrf", &desk.csrf)]);
    assert_eq!(foreign.send(&url, "POST", Some(body.clone())).status(), 400);
    let mut another = app.browser();
    another.sign_in("abe", PASSWORD);
    assert_eq!(another.send(&url, "POST", Some(body)).status(), 400, "the token of another browser");
    eventually("each of them is remembered", || app.count_events("form.refused") == 5);
    let reasons: Vec<_> = app.audit().into_iter().filter(|event| event["kind"] == "form.refused").collect();
    assert_eq!(reasons.iter().filter(|event| event["details"]["reason"] == "origin").count(), 1);
    assert_eq!(desk.browser.send(&url, "GET", None).status(), 200, "looking does nothing");
    assert_eq!(show(&app, "alice")["enabled"], true);
}

#[test]
fn an_administrator_needs_the_second_factor_where_policy_says_so() {
    let app = App::shared();
    with_staff(&app);
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nmethods = [\"totp\"]\n\
         [[tenant.policy.role]]\nrole = \"admin\"\nsecond_factor.required = true\n",
    );
    let mut browser = app.browser();
    browser.sign_in("ada", PASSWORD);
    assert!(!browser.is_signed_in(), "the password alone opens nothing");
    let page = browser.peek("/admin");
    assert_eq!(page.status(), 303);
    assert!(page.reply.location().contains("/sign-in?page=%2Fadmin"), "{}", page.reply.location());
    // A session from before the rule is not enough either.
    let mut helper = app.browser();
    helper.sign_in("hal", PASSWORD);
    assert_eq!(helper.get("/admin").status(), 200);
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.policy.role]]\nrole = \"helpdesk\"\n\
         second_factor.required = true\n",
    );
    assert_eq!(helper.peek("/admin").status(), 303);
}

#[test]
fn whoever_is_turned_away_goes_on_to_their_own_page_or_comes_back_as_somebody_else() {
    let app = staffed(Engine::Sqlite);
    let mut browser = app.signed_in();
    let page = browser.get("/admin/users?q=ada");
    assert_eq!(page.status(), 403);
    assert_eq!(browser.get(&page.link("main a[href$='/account']")).status(), 200);
    let page = browser.get(&page.link("main a[href*='/sign-in']"));
    assert_eq!(page.form("password").get("username"), Some(""), "not whoever it was: {}", page.reply.text());
    let page = browser.fill_in(&page, "ada", PASSWORD);
    assert_eq!((page.status(), page.url), (200, browser.url("/admin/users?q=ada")));
}
