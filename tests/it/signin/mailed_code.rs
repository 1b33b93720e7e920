//! IN-2: after the password a code is mailed, and only then is there a ticket.

use std::sync::Barrier;
use std::thread;

use crate::on_each_engine;
use crate::support::{App, Browser, PASSWORD, Page};

use super::second_factor::{SEED, declare, enter, past_password, with_app};

const BY_MAIL: &str = "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"email_code\", \"totp\"]\n";

/// The codes that were mailed, the newest first.
fn codes(app: &App) -> Vec<String> {
    let mails = app.mails_of("one_time_code");
    let digits = |text: &str| {
        let runs = text.split(|c: char| !c.is_ascii_digit()).map(str::to_owned);
        runs.into_iter().find(|run| run.len() == 6).unwrap_or_else(|| panic!("no code in {text}"))
    };
    mails.iter().map(|mail| digits(mail.0["text"].as_str().unwrap())).collect()
}

fn another(code: &str) -> String {
    if code == "000000" { "000001".to_owned() } else { "000000".to_owned() }
}

on_each_engine! {
    fn in2_after_the_password_a_mailed_code_opens_the_session_and_is_never_told_as_mfa(engine) {
        let app = App::shared_on(engine);
        declare(&app, BY_MAIL, "");
        let rp = app.client("web");
        let mut browser = app.browser();
        let page = rp.authorize(&mut browser);
        let page = browser.fill_in(&page, "alice", PASSWORD);
        assert!(!browser.is_signed_in());
        assert!(page.reply.text().contains("a•••@acme.example"), "{}", page.reply.text());
        assert!(!page.reply.text().contains("alice@acme.example"), "only the owner knows it");
        let code = codes(&app)[0].clone();
        let page = enter(&mut browser, &page, &code);
        let claims = rp.redeem(&page.answer().code()).id_claims();
        assert_eq!(claims["acr"], "urn:portner:acr:two-step");
        assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp"]));
        // The next sign-in has a code of its own; the old one is spent.
        let mut second = app.browser();
        let page = past_password(&mut second, "alice");
        assert_eq!(codes(&app).len(), 2);
        enter(&mut second, &page, &code);
        assert!(!second.is_signed_in() || codes(&app)[0] == code);
    }
}

#[test]
fn a_code_works_in_its_own_sign_in_only() {
    let app = App::shared();
    declare(&app, BY_MAIL, "");
    let mut first = app.browser();
    let first_page = past_password(&mut first, "alice");
    let of_first = codes(&app)[0].clone();
    let mut second = app.browser();
    let second_page = past_password(&mut second, "alice");
    let of_second = codes(&app)[0].clone();
    if of_first != of_second {
        enter(&mut second, &second_page, &of_first);
        assert!(!second.is_signed_in());
        enter(&mut first, &first_page, &of_first);
        assert!(first.is_signed_in());
    }
}

#[test]
fn a_new_code_replaces_the_old_one_and_keeps_the_tries() {
    let app = App::shared();
    declare(&app, BY_MAIL, "");
    let mut browser = app.browser();
    let page = past_password(&mut browser, "alice");
    let old = codes(&app)[0].clone();
    let page = enter(&mut browser, &page, &another(&old));
    let page = enter(&mut browser, &page, &another(&old));
    let page = browser.submit(&page.form_with_button("email_code").press("email_code"));
    assert!(page.has("[role=status]"), "{}", page.reply.text());
    let new = codes(&app)[0].clone();
    // Two tries are gone: with the third the factor is locked, whichever code it was.
    let wrong = [&old, &new].iter().map(|code| another(code)).find(|code| *code != new).unwrap();
    let page = enter(&mut browser, &page, &wrong);
    enter(&mut browser, &page, &new);
    assert!(!browser.is_signed_in());
    assert_eq!(app.count_events("account.locked"), 1);
}

on_each_engine! {
    fn of_twenty_posts_of_one_mailed_code_one_opens_a_session(engine) {
        let app = App::shared_on(engine);
        declare(&app, BY_MAIL, "");
        let mut browser = app.browser();
        let page = past_password(&mut browser, "alice");
        let code = codes(&app)[0].clone();
        assert_eq!(in_parallel(&browser, &page, &code), 1);
    }
}

/// How many of twenty posts of the same form by the same browser open a session.
fn in_parallel(browser: &Browser, page: &Page, code: &str) -> usize {
    let form = page.form("code").set("code", code);
    let barrier = Barrier::new(20);
    thread::scope(|scope| {
        let (barrier, form) = (&barrier, &form);
        let running: Vec<_> = (0..20)
            .map(|_| {
                let mut browser = browser.clone();
                scope.spawn(move || {
                    barrier.wait();
                    browser.submit_once(form);
                    browser.is_signed_in()
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).filter(|signed_in| *signed_in).count()
    })
}

on_each_engine! {
    fn of_twenty_posts_of_one_recovery_code_one_opens_a_session(engine) {
        let app = App::shared_on(engine);
        declare(&app, "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\"]\n", "");
        let mut browser = app.browser();
        let page = browser.sign_in("bob", PASSWORD);
        let secret = page.text_of("#secret").replace(' ', "");
        let page = enter(&mut browser, &page, &super::second_factor::code(&secret));
        let kept = page.text_of("#codes").split_whitespace().next().unwrap().to_owned();
        // Each in a sign-in of its own, all at once.
        let ready: Vec<(Browser, Page)> = (0..20)
            .map(|_| {
                let mut browser = app.browser();
                let page = past_password(&mut browser, "bob");
                let page = browser.submit(&page.form_with_button("recovery_code").press("recovery_code"));
                (browser, page)
            })
            .collect();
        let barrier = Barrier::new(20);
        let signed_in = thread::scope(|scope| {
            let (barrier, kept) = (&barrier, &kept);
            let running: Vec<_> = ready
                .into_iter()
                .map(|(mut browser, page)| {
                    scope.spawn(move || {
                        barrier.wait();
                        enter(&mut browser, &page, kept);
                        browser.is_signed_in()
                    })
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).filter(|signed_in| *signed_in).count()
        });
        assert_eq!(signed_in, 1);
    }
}

#[test]
fn never_more_codes_than_the_cap_are_mailed() {
    let app = App::shared();
    declare(&app, BY_MAIL, "");
    for _ in 0..12 {
        let mut browser = app.browser();
        past_password(&mut browser, "alice");
    }
    assert_eq!(codes(&app).len(), 10, "ten in an hour, by configuration");
    let mut browser = app.browser();
    let page = past_password(&mut browser, "alice");
    let page = browser.submit(&page.form_with_button("email_code").press("email_code"));
    assert_eq!(page.status(), 429);
}

#[test]
fn a_role_may_be_denied_the_mailed_code() {
    let app = App::shared();
    let policy = format!(
        "{BY_MAIL}\n[[tenant.policy.role]]\nrole = \"admin\"\nsecond_factor.required = true\n\
         second_factor.methods = [\"totp\"]\n"
    );
    let chief = with_app("chief").replace("password =", "roles = [\"admin\"]\npassword =");
    declare(&app, &policy, &chief);
    let mut browser = app.browser();
    let page = past_password(&mut browser, "chief");
    assert!(!page.has("button[value=email_code]"));
    // Asked for all the same, by hand.
    let form = page.form("code").set("method", "email_code").set("code", "123456");
    browser.submit(&form);
    let form = page.form("method").set("method", "email_code");
    browser.submit(&crate::support::browser::Form { action: browser.url("/sign-in/method"), ..form });
    assert!(codes(&app).is_empty() && !browser.is_signed_in());
    let page = past_password(&mut browser, "chief");
    enter(&mut browser, &page, &super::second_factor::code(SEED));
    assert!(browser.is_signed_in());
}
