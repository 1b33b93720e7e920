//! A forgotten password, from the question to the next sign-in.

use scraper::Selector;

use super::{ask, at_once, below, choose, link};
use crate::on_each_engine;
use crate::support::{App, Engine, PASSWORD, Page, Settings, database, eventually};

const NEW: &str = "a quiet evening by the fjord";

on_each_engine! {
    fn in7_a_forgotten_password_is_replaced_by_a_mailed_link_which_works_once(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let tokens = rp.sign_in(&app);
        let mut elsewhere = app.signed_in();
        let sent = ask(&mut app.browser(), "alice");
        assert_eq!(sent.status(), 200);
        assert!(!sent.has("form input[name=username]"), "{}", sent.reply.text());
        let link = link(&app, "password_reset", 1);
        let path = below(&app, &link);

        // Whoever looks into mails for us may open it as often as they like.
        for _ in 0..3 {
            assert_eq!(app.browser().get(path).status(), 200);
        }
        let mut browser = app.browser();
        let done = choose(&mut browser, path, NEW);
        assert_eq!(done.status(), 200, "{}", done.reply.text());
        assert!(!browser.is_signed_in(), "a link is no sign-in");

        let account = elsewhere.get("/account");
        assert!(account.has("input[name=password]"), "other sessions have ended: {}", account.reply.text());
        assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
        let mut old = app.browser();
        old.sign_in("alice", PASSWORD);
        assert!(!old.is_signed_in());
        let mut new = app.browser();
        new.sign_in("alice", NEW);
        assert!(new.is_signed_in());
        assert_eq!(app.mails_of("password_changed").len(), 1, "the owner is told");
        let again = app.browser().get(path);
        assert_eq!(again.status(), 410);
        assert!(again.has("a[href$='/password/forgot']"), "{}", again.reply.text());
    }
}

on_each_engine! {
    fn one_link_in_twenty_browsers_sets_one_password(engine) {
        let app = App::shared_on(engine);
        ask(&mut app.browser(), "alice");
        let link = link(&app, "password_reset", 1);
        let path = below(&app, &link);
        let forms: Vec<_> = (0..20)
            .map(|number| {
                let mut browser = app.browser();
                let form = browser.get(path).form("password").set("password", &format!("{NEW} {number}"));
                (browser, form, number)
            })
            .collect();
        let won: Vec<usize> = at_once(forms, |(mut browser, form, number)| {
            (browser.submit_once(&form).status() == 303).then_some(number)
        })
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(won.len(), 1, "{won:?}");
        let mut browser = app.browser();
        browser.sign_in("alice", &format!("{NEW} {}", won[0]));
        assert!(browser.is_signed_in(), "the one that won is the one that counts");
        assert_eq!(app.mails_of("password_changed").len(), 1);
    }
}

on_each_engine! {
    fn a_newer_link_ends_the_older_and_of_many_at_once_one_lives(engine) {
        let app = App::shared_on(engine);
        ask(&mut app.browser(), "alice");
        let first = link(&app, "password_reset", 1);
        ask(&mut app.browser(), "ALICE@acme.example ");
        let second = link(&app, "password_reset", 2);
        assert_eq!(app.browser().get(below(&app, &first)).status(), 410);
        assert_eq!(app.browser().get(below(&app, &second)).status(), 200);
        at_once(vec![(), (), ()], |()| drop(ask(&mut app.browser(), "alice")));
        link(&app, "password_reset", 5);
        let live = app.mails_of("password_reset").iter().filter(|mail| {
            app.browser().get(below(&app, &mail.link())).status() == 200
        }).count();
        assert_eq!(live, 1);
    }
}

#[test]
fn a_link_is_dead_after_another_password_or_address() {
    let app = App::shared();
    let user = |fields: &str| {
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"alice\"\n{fields}\n"
        ));
    };
    ask(&mut app.browser(), "alice");
    let first = link(&app, "password_reset", 1);
    user("password = \"something that was typed by an operator\"");
    assert_eq!(app.browser().get(below(&app, &first)).status(), 410);
    ask(&mut app.browser(), "alice");
    let second = link(&app, "password_reset", 2);
    user("email = \"alice.new@acme.example\"");
    assert_eq!(app.browser().get(below(&app, &second)).status(), 410);
    ask(&mut app.browser(), "alice");
    let third = link(&app, "password_reset", 3);
    user("enabled = false");
    user("enabled = true");
    assert_eq!(app.browser().get(below(&app, &third)).status(), 410, "closing an account ends its links");
}

#[test]
fn an_expired_link_is_a_clear_page() {
    let app = App::shared();
    ask(&mut app.browser(), "alice");
    let link = link(&app, "password_reset", 1);
    // The clock of a running server cannot be turned; what it has written down can be so much older.
    let minutes_pass = |minutes: u32| {
        let older = format!("UPDATE links SET expires_at = expires_at - {minutes} * 60000000");
        database::open(&app, Engine::Sqlite).execute(&older);
    };
    minutes_pass(30);
    assert_eq!(app.browser().get(below(&app, &link)).status(), 200, "an hour, by configuration");
    minutes_pass(30);
    let page = app.browser().get(below(&app, &link));
    assert_eq!(page.status(), 410);
    assert!(page.has("h1") && page.has("a[href$='/password/forgot']"), "{}", page.reply.text());
    assert!(!page.reply.text().contains("ptl_"), "the dead secret is not repeated");
}

#[test]
fn whoever_is_asked_for_the_answer_is_the_same_and_only_an_account_gets_mail() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"bob\"\nenabled = false\n\
         [[tenant.user]]\nusername = \"nomail\"\npassword = \"a password that nobody uses\"\n",
    );
    let answers: Vec<_> = ["alice", "nobody", "bob", "nomail", "nobody@acme.example", "' OR 1=1 --"]
        .into_iter()
        .map(|who| {
            let mut browser = app.browser();
            let form = browser.get("/password/forgot").form("username").set("username", who);
            let page = browser.submit_once(&form);
            let mut headers: Vec<_> = page
                .reply
                .headers
                .into_iter()
                .filter(|(name, _)| !["date", "x-request-id"].contains(&name.to_ascii_lowercase().as_str()))
                .collect();
            headers.sort();
            (page.reply.status, headers, page.reply.body)
        })
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 303), "{answers:#?}");
    eventually("all are dealt with", || app.count_events("password_reset.requested") == 6);
    let mails = app.mails_of("password_reset");
    assert_eq!(mails.iter().map(crate::support::Mail::recipient).collect::<Vec<_>>(), ["alice@acme.example"]);
}

#[test]
fn an_account_gets_so_many_mails_an_hour_and_a_source_asks_so_often() {
    let app = App::shared();
    for _ in 0..7 {
        assert_eq!(ask(&mut app.browser(), "alice").status(), 200);
    }
    eventually("all are dealt with", || app.count_events("password_reset.requested") == 7);
    assert_eq!(app.mails_of("password_reset").len(), 5);

    let settings = Settings::new(Engine::Sqlite);
    let config = settings.config.replace("resets_per_source = \"off\"", "resets_per_source = \"3/1h\"");
    let app = App::own(Settings { config, ..settings });
    for who in ["a", "b", "c"] {
        assert_eq!(ask(&mut app.browser(), who).status(), 200);
    }
    let refused = ask(&mut app.browser(), "alice");
    assert_eq!(refused.status(), 429);
    assert!(refused.reply.header("retry-after").is_some());
    assert_eq!(app.mails_of("password_reset").len(), 0);
}

#[test]
fn a_link_begins_with_the_configured_address_whatever_a_request_says() {
    let app = App::shared();
    let mut browser = app
        .browser()
        .with_header("Host", "evil.example")
        .with_header("X-Forwarded-Host", "evil.example")
        .with_header("X-Forwarded-Proto", "https")
        .with_header("Forwarded", "host=evil.example;proto=https");
    let page = browser.get("/password/forgot");
    browser.submit_once(&page.form("username").set("username", "alice"));
    let link = link(&app, "password_reset", 1);
    assert!(link.starts_with(&format!("{}/password/reset?token=ptl_", app.base())), "{link}");
}

#[test]
fn neither_links_nor_passwords_stand_in_the_log_or_in_the_audit() {
    let settings = Settings::new(Engine::Sqlite);
    let config = format!("{}[log]\nlevel = \"trace\"\n", settings.config);
    let app = App::own(Settings { config, ..settings });
    ask(&mut app.browser(), "alice");
    let link = link(&app, "password_reset", 1);
    choose(&mut app.browser(), below(&app, &link), NEW);
    let log = app.server.log();
    assert!(log.contains("password_reset.requested"), "events are in the log");
    let secret = link.rsplit('=').next().unwrap();
    for hidden in [secret, "ptl_", NEW] {
        assert!(!log.contains(hidden), "{hidden} stands in the log");
        assert!(!format!("{:?}", app.audit()).contains(hidden), "{hidden} stands in the audit log");
    }
    let page = app.browser().get("/password/forgot");
    assert_eq!(page.reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.reply.header("cache-control"), Some("no-store"));
}

#[test]
fn a_reset_opens_a_lock_but_not_the_second_factor() {
    let app = App::shared();
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"carla\"\n\
         email = \"carla@acme.example\"\npassword = \"{PASSWORD}\"\ntotp_secret = \"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\"\n"
    ));
    for _ in 0..3 {
        app.browser().sign_in("carla", "wrong and wrong again");
    }
    ask(&mut app.browser(), "carla");
    let link = link(&app, "password_reset", 1);
    choose(&mut app.browser(), below(&app, &link), NEW);
    let mut browser = app.browser();
    let page = browser.sign_in("carla", NEW);
    assert!(page.has("input[name=code]"), "the second factor is asked for: {}", page.reply.text());
    assert!(!browser.is_signed_in());
}

#[test]
fn a_weak_password_is_refused_and_costs_nothing() {
    let app = App::shared();
    ask(&mut app.browser(), "alice");
    let link = link(&app, "password_reset", 1);
    let path = below(&app, &link);
    let mut browser = app.browser();
    let page = browser.get(path);
    assert!(page.has("#rules li"), "the rules are told before typing: {}", page.reply.text());
    let refused = choose(&mut browser, path, "short");
    assert!(refused.has("#notice") && refused.has("input[autocomplete=new-password]"), "{}", refused.reply.text());
    assert!(!refused.reply.text().contains("value=\"short\""));
    assert_eq!(choose(&mut browser, path, NEW).status(), 200);
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let app = App::shared();
    ask(&mut app.browser(), "alice");
    let link = link(&app, "password_reset", 1);
    let path = below(&app, &link);
    let mut browser = app.browser();
    let form = browser.get(path).form("password").set("password", NEW);
    let page = app.browser().submit_once(&form);
    assert!(page.has("#notice"), "another browser's form is shown again: {}", page.reply.text());
    let foreign = app.browser().with_header("Origin", "https://evil.example").submit_once(&form);
    assert_eq!(foreign.status(), 400);
    assert_eq!(browser.submit_once(&form).status(), 303, "and it still works where it belongs");
}

/// Where a link of the page leads, below the tenant's base.
fn way(app: &App, page: &Page, selector: &str) -> String {
    let html = page.html();
    let link = html.select(&Selector::parse(selector).unwrap()).next().unwrap_or_else(|| panic!("no {selector}"));
    link.attr("href").unwrap().strip_prefix(&app.path("")).unwrap().to_owned()
}

#[test]
fn in7_after_a_reset_the_application_that_waited_is_answered() {
    let app = App::shared();
    // Longer than one cookie may be, as it also goes to an identity provider.
    let long = "s".repeat(3_600);
    for (count, state) in ["short", &long].into_iter().enumerate() {
        let rp = app.client("web").with("state", state);
        let new = format!("{NEW} {count}");
        let mut browser = app.browser();
        let asked = rp.authorize(&mut browser);
        let forgot = way(&app, &asked, "main a[href*='/password/forgot']");
        let page = browser.get(&forgot);
        let page = browser.get(&page.link("nav.languages a[hreflang=sv]"));
        browser.submit(&page.form("username").set("username", "alice"));
        assert!(browser.cookies.iter().all(|(name, value)| name.len() + value.len() < 4_000), "as browsers keep them");
        let link = link(&app, "password_reset", count + 1);
        // The mail may be read elsewhere: nothing of this browser is known there.
        let elsewhere = app.browser().get("/password/reset?done=1");
        assert!(elsewhere.has("a[href$='/sign-in']"), "{}", elsewhere.reply.text());
        let done = choose(&mut browser, below(&app, &link), &new);
        let done = browser.get(&done.link("nav.languages a[hreflang=da]"));
        let onward = way(&app, &done, "main a[href*='/sign-in?interaction=']");
        let page = browser.get(&onward);
        let page = browser.fill_in(&page, "alice", &new);
        assert_eq!(page.answer().get("state"), Some(state));
        assert!(!rp.redeem(&page.answer().code()).id_token().is_empty());
    }
}
