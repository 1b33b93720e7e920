//! The same on the command line.

use super::{id, show, staffed};
use crate::on_each_engine;
use crate::support::{Engine, PASSWORD};

#[test]
fn the_command_line_disables_enables_and_resets_second_factors() {
    let app = staffed(Engine::Sqlite);
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\n\
         totp_secret = \"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"\n",
    );
    let mut browser = app.browser();
    let page = browser.sign_in("alice", PASSWORD);
    assert!(page.has("input[name=code]"));
    app.cli(&["user", "reset-second-factor", "alice"]);
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in(), "the password alone again");
    app.cli(&["user", "disable", &id(&app, "alice")]);
    assert_eq!(show(&app, "alice")["enabled"], false);
    assert_eq!(browser.peek("/account").status(), 303);
    app.cli(&["user", "enable", "ALICE"]);
    assert_eq!(show(&app, "alice")["enabled"], true);
    for (arguments, code) in [
        (["user", "disable", "nobody"], 4),
        (["user", "enable", "nobody"], 4),
        (["user", "reset-second-factor", "nobody"], 4),
    ] {
        let mut all = arguments.to_vec();
        all.extend(["--tenant", &app.slug]);
        assert_eq!(app.server.command(&all).status.code(), Some(code), "{arguments:?}");
    }
    let kinds = ["factor.reset", "user.disabled", "user.enabled"];
    for event in app.audit().iter().filter(|event| kinds.contains(&event["kind"].as_str().unwrap())) {
        assert_eq!(event["actor"], "operator");
    }
}

on_each_engine! {
    fn an_administrator_who_is_locked_out_comes_back_by_a_link_of_the_operator(engine) {
        let app = staffed(engine);
        let mut browser = app.browser();
        for _ in 0..3 {
            browser.sign_in("ada", "wrong password");
        }
        browser.sign_in("ada", PASSWORD);
        assert!(!browser.is_signed_in(), "locked");
        let several = app.server.command(&["admin", "recover", "--tenant", &app.slug]);
        assert_eq!(several.status.code(), Some(5), "there are two: who?");
        for (name, code) in [("alice", 5), ("nobody", 4)] {
            let refused = app.server.command(&["admin", "recover", "--tenant", &app.slug, "--user", name]);
            assert_eq!(refused.status.code(), Some(code), "{name}");
        }
        let link = app.cli(&["admin", "recover", "--user", "ada"]);
        let link = link.trim();
        assert!(link.starts_with(&app.base()) && !link.contains(char::is_whitespace), "{link}");
        let page = browser.get(link);
        let page = browser.submit(&page.form("password").set("password", "an entirely new phrase"));
        assert!(page.status() < 400, "{}", page.reply.text());
        browser.sign_in("ada", "an entirely new phrase");
        assert!(browser.is_signed_in(), "the lock is lifted");
        assert_eq!(browser.get("/admin").status(), 200);
        assert!(!app.browser().get(link).has("input[type=password]"), "it works once");
        assert_eq!(app.count_events("admin.recovered"), 1);
        let token = link.rsplit('=').next().unwrap();
        assert!(!app.server.log().contains(token), "not in the log");
        app.cli(&["user", "disable", "abe"]);
        assert!(app.cli(&["admin", "recover"]).contains("http"), "the only one needs no name");
    }
}
