//! LOCK-14: the owner hears of a sign-in from a browser that the account does not know.

use crate::on_each_engine;
use crate::support::{App, Browser, Mail, PASSWORD};

use super::second_factor::declare;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn told(app: &App) -> Vec<Mail> {
    app.mails_of("new_device")
}

fn leave(browser: &mut Browser) {
    browser.cookies.retain(|_, value| !value.starts_with("pts_"));
}

on_each_engine! {
    fn lock14_a_sign_in_from_a_new_browser_is_told_to_the_owner(engine) {
        let app = App::shared_on(engine);
        let mut first = app.signed_in();
        assert!(told(&app).is_empty(), "the first browser of all is no news");
        leave(&mut first);
        first.sign_in("alice", PASSWORD);
        assert!(first.is_signed_in() && told(&app).is_empty(), "this one is known");
        let mut stranger = app.browser().with_header("User-Agent", FIREFOX);
        stranger.sign_in("alice", PASSWORD);
        let mails = told(&app);
        assert_eq!(mails.len(), 1);
        let text = mails[0].0["text"].as_str().unwrap();
        assert!(text.contains("Firefox") && text.contains("Linux") && text.contains("127.0.0.1"), "{text}");
        // "That was not me": where the other one is signed out and the password changed.
        let mut owner = first;
        let page = owner.get(&mails[0].link());
        assert!(page.has("a[href$='/account/password']"), "{}", page.reply.text());
        owner.submit(&page.form("do").press("end-others"));
        assert_ne!(stranger.peek("/account").status(), 200);
        // The same browser again, and one that goes on in its session, are no news.
        leave(&mut stranger);
        stranger.sign_in("alice", PASSWORD);
        assert!(stranger.is_signed_in());
        assert_eq!(told(&app).len(), 1);
    }
}

#[test]
fn lock14_nobody_is_told_at_an_address_that_is_not_proven_or_who_was_just_mailed_a_code() {
    let app = App::shared();
    for _ in 0..2 {
        let mut browser = app.browser();
        browser.sign_in("bob", PASSWORD);
        assert!(browser.is_signed_in());
    }
    assert!(told(&app).is_empty(), "bob's address may be anybody's");
    declare(&app, "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"email_code\"]\n", "");
    for _ in 0..2 {
        let mut browser = app.browser();
        let page = super::second_factor::past_password(&mut browser, "alice");
        let mail = &app.mails_of("one_time_code")[0];
        let text = mail.0["text"].as_str().unwrap();
        let code = text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).unwrap().to_owned();
        super::second_factor::enter(&mut browser, &page, &code);
        assert!(browser.is_signed_in());
    }
    assert!(told(&app).is_empty(), "alice has just had a mail");
}
