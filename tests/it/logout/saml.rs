//! SAML single logout (IN-9; SAML Profiles §4.4): begun here and by service providers, by both bindings.

use portner::domain::Time;
use portner::domain::saml::Binding;
use portner::protocol::reply::Reply as Sent;

use super::actor::{Known, Party, bring, follow, id, tampered};
use super::register;
use crate::on_each_engine;
use crate::support::provider::{ServiceProvider, now};
use crate::support::receiver::Receiver;
use crate::support::{App, Browser, PASSWORD, Page, eventually};

pub(super) fn live(app: &App, browser: &Browser) -> bool {
    app.client("web").with("prompt", "none").authorize(&mut browser.clone()).answer().get("code").is_some()
}

/// The person presses the button on our own page; where that leads.
pub(super) fn sign_out(browser: &mut Browser) -> Page {
    let page = browser.get("/sign-out");
    let page = browser.submit_once(&page.form("csrf"));
    follow(browser, page)
}

/// The rows of the result page: application and what became of it.
pub(super) fn rows(page: &Page) -> Vec<(String, String)> {
    let html = page.html();
    let texts = |selector: &str| -> Vec<String> {
        let selector = scraper::Selector::parse(selector).unwrap();
        html.select(&selector).map(|one| one.text().collect::<String>().trim().to_owned()).collect()
    };
    texts(".told li span:first-child").into_iter().zip(texts(".told li .badge")).collect()
}

pub(super) fn row(name: &str, outcome: &str) -> (String, String) {
    (name.to_owned(), outcome.to_owned())
}

/// Alice signs in in this browser, at each.
fn arrive(browser: &mut Browser, parties: &[&Party]) -> Vec<Known> {
    parties.iter().map(|party| party.sign_in(browser)).collect()
}

on_each_engine! {
    fn in9_signing_out_here_signs_out_everywhere_and_the_last_page_says_who_answered(engine) {
        let app = App::shared_open_on(engine);
        let receiver = Receiver::start();
        register(&app, "shop", Some(&receiver.url("/shop")));
        let one = Party::register(&app, "one", Binding::Redirect);
        let two = Party::register(&app, "two", Binding::Post);
        let mut browser = app.browser();
        let known = arrive(&mut browser, &[&one, &two]);
        let shop = app.client("shop");
        shop.redeem(&shop.code(&mut browser));

        let page = browser.get("/sign-out");
        for name in ["The one service", "The two service", "Application shop"] {
            assert!(page.reply.text().contains(name), "{name} is named before");
        }
        let before = browser.clone();
        let page = sign_out(&mut browser);
        assert!(!live(&app, &before), "the session has ended before anybody is told");
        assert!(!browser.is_signed_in());
        let asked = one.asked(&page);
        assert_eq!((&asked.name_id, &asked.sessions), (&known[0].name_id, &vec![known[0].session_index.clone()]));
        assert_eq!(asked.format.as_deref(), Some(known[0].format.as_str()));
        let page = bring(&mut browser, &one.answer(&asked, true));
        let asked = two.asked(&page);
        assert_eq!((&asked.name_id, &asked.sessions), (&known[1].name_id, &vec![known[1].session_index.clone()]));
        receiver.await_posts("/shop", 1);
        eventually("the notice is noted", || app.cli(&["notice", "list"]).contains("sent"));
        let page = bring(&mut browser, &two.answer(&asked, true));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        let told: Vec<_> = [row("Application shop", "Signed out"), row("The one service", "Signed out"),
            row("The two service", "Signed out")].into();
        assert_eq!(rows(&page), told);
        assert_eq!(app.count_events("session.ended"), 1);
        assert_eq!(app.count_events("logout.answered"), 3);
        assert_eq!(app.count_events("logout.untold"), 0);
        let again = browser.get(page.url.as_str());
        assert_eq!(rows(&again), told, "reloading is harmless");
    }
}

on_each_engine! {
    fn in9_a_service_provider_asks_the_others_are_told_and_it_is_answered(engine) {
        let app = App::shared_on(engine);
        for binding in [Binding::Redirect, Binding::Post] {
            let one = Party::register(&app, "one", binding);
            let two = Party::register(&app, "two", Binding::Redirect);
            let mut browser = app.browser();
            let known = arrive(&mut browser, &[&one, &two]);
            let before = browser.clone();
            let request = id();
            let page = bring(&mut browser, &one.request(&known[0], &request));
            assert!(!live(&app, &before));
            let asked = two.asked(&page);
            let page = bring(&mut browser, &two.answer(&asked, true));
            let (response, status) = one.told(&page);
            assert_eq!((response.in_response_to, status.as_str()), (request, "Success"), "{binding:?}");
            assert!(!browser.is_signed_in(), "the cookie is taken back");
        }
    }
}

#[test]
fn whoever_was_not_reached_makes_the_logout_a_partial_one() {
    let app = App::shared();
    register(&app, "deaf", None);
    let one = Party::register(&app, "one", Binding::Redirect);
    let two = Party::register(&app, "two", Binding::Redirect);
    // One refuses.
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one, &two]);
    let page = bring(&mut browser, &one.request(&known[0], &id()));
    let asked = two.asked(&page);
    let page = bring(&mut browser, &two.answer(&asked, false));
    assert_eq!(one.told(&page).1, "Success PartialLogout");
    // One has no address for it.
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one]);
    ServiceProvider::registered(&app, "three", "").sign_in(&mut browser).assertion();
    let page = bring(&mut browser, &one.request(&known[0], &id()));
    assert_eq!(one.told(&page).1, "Success PartialLogout");
    // One takes no notices.
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one]);
    let deaf = app.client("deaf");
    deaf.redeem(&deaf.code(&mut browser));
    let page = bring(&mut browser, &one.request(&known[0], &id()));
    assert_eq!(one.told(&page).1, "Success PartialLogout");
    // Nobody but the one that asks.
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one]);
    let page = bring(&mut browser, &one.request(&known[0], &id()));
    assert_eq!(one.told(&page).1, "Success");
}

#[test]
fn the_last_page_says_who_could_not_be_told() {
    let app = App::shared();
    register(&app, "deaf", None);
    ServiceProvider::registered(&app, "three", "");
    let one = Party::register(&app, "one", Binding::Redirect);
    let three = ServiceProvider::registered(&app, "three", "");
    let mut browser = app.browser();
    arrive(&mut browser, &[&one]);
    three.sign_in(&mut browser).assertion();
    let deaf = app.client("deaf");
    deaf.redeem(&deaf.code(&mut browser));
    let page = sign_out(&mut browser);
    let asked = one.asked(&page);
    let page = bring(&mut browser, &one.answer(&asked, false));
    let told = [
        row("Application deaf", "Could not be told"),
        row("The one service", "Did not answer"),
        row("The three service", "Could not be told"),
    ];
    assert_eq!(rows(&page), told);
    assert!(page.reply.text().contains("You may still be signed in"), "{}", page.reply.text());
}

/// A page with this code, and the person still signed in.
fn refused(app: &App, browser: &mut Browser, message: &Sent, code: &str) {
    let before = browser.clone();
    let page = bring(browser, message);
    assert_eq!(page.status(), 400, "{code}: {}", page.reply.text());
    assert!(page.reply.text().contains(code), "{code}: {}", page.reply.text());
    assert!(page.reply.header("location").is_none());
    assert!(live(app, &before), "{code}: nothing was done");
}

#[test]
fn a_request_that_is_not_signed_by_the_application_is_not_obeyed() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let posting = Party::register(&app, "posting", Binding::Post);
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one, &posting]);
    // Without a signature.
    let Sent::Redirect(address) = one.request(&known[0], &id()) else { panic!() };
    let unsigned = address.split("&SigAlg").next().unwrap().to_owned();
    refused(&app, &mut browser, &Sent::Redirect(unsigned), "PRT-1321");
    // Another key: of another application, under the name of this one.
    let mut thief = Party::register(&app, "thief", Binding::Redirect);
    thief.provider.entity = one.provider.entity.clone();
    refused(&app, &mut browser, &thief.request(&known[0], &id()), "PRT-1321");
    // The right key, for somebody else's person: what is signed is not what is read.
    let message = posting.request(&known[1], &id());
    let changed = tampered(&message, &known[1].session_index, "_everybody");
    refused(&app, &mut browser, &changed, "PRT-1321");
    // Nobody knows the sender.
    let mut stranger = Party::register(&app, "stranger", Binding::Redirect);
    stranger.provider.entity = "https://unheard.example/".to_owned();
    refused(&app, &mut browser, &stranger.request(&known[0], &id()), "PRT-1321");
    assert_eq!(app.count_events("session.ended"), 0);
}

#[test]
fn a_name_is_the_same_however_the_message_is_laid_out() {
    const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified";
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Post);
    let changes: [fn(&mut Known); 3] = [
        |known| known.name_id = format!("\n    {}\n  ", known.name_id),
        |known| known.session_index = format!("\n    {}\n  ", known.session_index),
        |known| FORMAT.clone_into(&mut known.format),
    ];
    for change in changes {
        let mut browser = app.browser();
        let mut known = arrive(&mut browser, &[&one]).remove(0);
        change(&mut known);
        let before = browser.clone();
        let page = bring(&mut browser, &one.request(&known, &id()));
        assert_eq!(one.told(&page).1, "Success", "{known:?}");
        assert!(!live(&app, &before), "{known:?}");
    }
}

#[test]
fn a_request_for_another_address_or_another_time_is_not_obeyed() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one]);
    let ours = format!("{}/saml/slo", app.base());
    let elsewhere = |to: &str, at: Time| {
        let Sent::Redirect(address) = one.request_of(&known[0], &id(), (to, at)) else { panic!() };
        Sent::Redirect(address.replacen(to, &ours, 1))
    };
    refused(&app, &mut browser, &elsewhere("https://other.example/saml/slo", now()), "PRT-1320");
    refused(&app, &mut browser, &elsewhere(&ours, now() - chrono::Duration::minutes(20)), "PRT-1322");
    refused(&app, &mut browser, &elsewhere(&ours, now() + chrono::Duration::minutes(20)), "PRT-1322");
    for query in ["", "SAMLRequest=", "SAMLRequest=AAAA", "SAMLRequest=x&SAMLRequest=x", "%53AMLRequest=x"] {
        refused(&app, &mut browser, &Sent::Redirect(format!("{ours}?{query}")), "PRT-1320");
    }
}

on_each_engine! {
    fn a_request_works_once(engine) {
        let app = App::shared_on(engine);
        let one = Party::register(&app, "one", Binding::Redirect);
        let mut browser = app.browser();
        let known = arrive(&mut browser, &[&one]);
        let request = one.request(&known[0], &id());
        // At once, from many sides.
        let codes: Vec<u16> = std::thread::scope(|scope| {
            let bring = |_| {
                let (mut browser, request) = (browser.clone(), &request);
                scope.spawn(move || {
                    let Sent::Redirect(address) = request else { panic!() };
                    browser.peek(address).status()
                })
            };
            let running: Vec<_> = (0..12).map(bring).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(codes.iter().filter(|code| **code == 303).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == 400).count(), 11, "{codes:?}");
        // And for somebody who has signed in again.
        let mut again = app.browser();
        one.sign_in(&mut again);
        refused(&app, &mut again, &request, "PRT-1322");
        assert_eq!(app.count_events("session.ended"), 1);
    }
}

#[test]
fn nobody_of_this_name_is_an_answer_and_not_a_redirect_to_anywhere() {
    let app = App::shared();
    for binding in [Binding::Redirect, Binding::Post] {
        let one = Party::register(&app, "one", binding);
        let mut browser = app.browser();
        let known = arrive(&mut browser, &[&one]);
        for wrong in [
            Known { name_id: "somebody".to_owned(), ..known[0].clone() },
            Known { session_index: "_another".to_owned(), ..known[0].clone() },
            Known { format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned(), ..known[0].clone() },
        ] {
            let request = id();
            let page = bring(&mut browser, &one.request(&wrong, &request));
            let (response, status) = one.told(&page);
            assert_eq!((response.in_response_to, status.as_str()), (request, "Requester UnknownPrincipal"));
            assert!(live(&app, &browser), "{wrong:?}");
        }
    }
}

#[test]
fn a_name_that_another_application_knows_is_nobody() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let two = Party::register(&app, "two", Binding::Redirect);
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one, &two]);
    let page = bring(&mut browser, &two.request(&known[0], &id()));
    assert_eq!(two.told(&page).1, "Requester UnknownPrincipal");
    assert!(live(&app, &browser));
}

#[test]
fn an_index_ends_its_session_and_no_other() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let (mut here, mut there) = (app.browser(), app.browser());
    let known = arrive(&mut here, &[&one]);
    arrive(&mut there, &[&one]);
    let (earlier_one, kept_one) = (here.clone(), there.clone());
    bring(&mut here, &one.request(&known[0], &id()));
    assert!(!live(&app, &earlier_one) && live(&app, &kept_one));
    // Without an index every session of the person at this application ends.
    let mut here = app.browser();
    let known = arrive(&mut here, &[&one]);
    let all = Known { session_index: String::new(), ..known[0].clone() };
    bring(&mut here, &one.request(&all, &id()));
    assert!(!live(&app, &here) && !live(&app, &kept_one));
}

on_each_engine! {
    fn a_service_provider_that_never_sends_the_browser_back_does_not_stop_the_logout(engine) {
        let app = App::shared_on(engine);
        let one = Party::register(&app, "one", Binding::Redirect);
        let two = Party::register(&app, "two", Binding::Redirect);
        let mut browser = app.browser();
        arrive(&mut browser, &[&one, &two]);
        let page = sign_out(&mut browser);
        let asked = one.asked(&page);
        // The person comes back by hand.
        let progress = page.url.clone();
        let page = browser.peek(progress.as_str());
        assert_eq!(page.status(), 200);
        assert_eq!(page.text_of("h1"), "Waiting for The one service");
        let again = browser.peek(progress.as_str());
        assert_eq!(again.text_of("h1"), "Waiting for The one service", "looking changes nothing");
        let gone_on = browser.submit_once(&page.form("logout"));
        let asked_two = two.asked(&gone_on);
        // The answer comes after all: better late than never.
        let page = bring(&mut browser, &one.answer(&asked, true));
        assert_eq!(page.text_of("h1"), "Waiting for The two service");
        let page = bring(&mut browser, &two.answer(&asked_two, true));
        assert_eq!(rows(&page), [row("The one service", "Signed out"), row("The two service", "Signed out")]);
        assert_eq!(app.count_events("logout.answered"), 3, "the silence and both answers");
    }
}

#[test]
fn going_on_needs_the_form_of_our_own_page() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    arrive(&mut browser, &[&one]);
    let page = sign_out(&mut browser);
    one.asked(&page);
    let page = browser.peek(page.url.as_str());
    let form = page.form("logout").set("csrf", "forged");
    assert_eq!(browser.submit_once(&form).status(), 400);
    let page = browser.peek(page.url.as_str());
    assert_eq!(page.text_of("h1"), "Waiting for The one service");
}

#[test]
fn an_answer_counts_once_from_whom_was_asked_and_only_with_its_signature() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let two = Party::register(&app, "two", Binding::Redirect);
    let mut browser = app.browser();
    arrive(&mut browser, &[&one, &two]);
    let page = sign_out(&mut browser);
    let asked = one.asked(&page);
    // An answer to nothing.
    let mut other = asked.clone();
    other.header.id = id();
    let page = bring(&mut browser, &one.answer(&other, true));
    assert_eq!(page.status(), 400);
    assert!(page.reply.text().contains("PRT-1322"));
    // The other one answers in its place: that is no success, and the round goes on.
    let page = bring(&mut browser, &two.answer(&asked, true));
    let asked_two = two.asked(&page);
    let page = bring(&mut browser, &two.answer(&asked_two, true));
    assert_eq!(rows(&page), [row("The one service", "Did not answer"), row("The two service", "Signed out")]);
    // Once more: nothing changes any more.
    let page = bring(&mut browser, &two.answer(&asked_two, false));
    assert_eq!(rows(&page), [row("The one service", "Did not answer"), row("The two service", "Signed out")]);
}

#[test]
fn another_browser_may_end_the_session_with_a_signed_request_but_learns_nothing() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Post);
    let two = Party::register(&app, "two", Binding::Redirect);
    let mut browser = app.browser();
    let known = arrive(&mut browser, &[&one, &two]);
    let mut other = app.browser();
    other.sign_in("bob", PASSWORD);
    let page = bring(&mut other, &one.request(&known[0], &id()));
    assert!(!live(&app, &browser), "the application has said so");
    assert!(live(&app, &other), "whoever carries the message stays signed in");
    assert!(two.try_receive(&page).is_none(), "and is not sent on with another person's name");
    assert_eq!(one.told(&page).1, "Success PartialLogout");
    assert_eq!(app.count_events("logout.untold"), 1);
}

#[test]
fn a_round_belongs_to_one_browser() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    arrive(&mut browser, &[&one]);
    let page = sign_out(&mut browser);
    one.asked(&page);
    let mut stranger = app.signed_in();
    let seen = stranger.peek(page.url.as_str());
    assert_eq!((seen.status(), seen.text_of("h1").as_str()), (200, "You are signed out"));
    assert!(!seen.reply.text().contains("The one service"));
    assert!(stranger.is_signed_in() && live(&app, &stranger), "somebody else's link does nothing");
    for nonsense in [
        "/sign-out/progress",
        "/sign-out/progress?logout=x",
        "/sign-out/progress?logout=0192f0c0-0000-7000-8000-000000000000",
    ] {
        assert_eq!(stranger.peek(nonsense).text_of("h1"), "You are signed out", "{nonsense}");
    }
    assert!(live(&app, &stranger));
}

on_each_engine! {
    fn two_logouts_at_once_tell_everybody_once(engine) {
        let app = App::shared_on(engine);
        let one = Party::register(&app, "one", Binding::Redirect);
        let mut browser = app.browser();
        arrive(&mut browser, &[&one]);
        let form = browser.get("/sign-out").form("csrf");
        let asked: usize = std::thread::scope(|scope| {
            let press = |_| {
                let (mut browser, form, one) = (browser.clone(), &form, &one);
                scope.spawn(move || {
                    let page = browser.submit_once(form);
                    let page = follow(&mut browser, page);
                    usize::from(one.try_receive(&page).is_some())
                })
            };
            let running: Vec<_> = (0..8).map(press).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(asked, 1);
        assert_eq!(app.count_events("session.ended"), 1);
    }
}

#[test]
fn a_round_begun_by_an_openid_application_ends_at_its_address() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    arrive(&mut browser, &[&one]);
    let web = app.client("web");
    let tokens = web.redeem(&web.code(&mut browser));
    let fields = [
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", crate::support::AFTER_LOGOUT),
        ("state", "s 1"),
    ];
    let page = browser.peek(&format!("/oauth2/logout?{}", crate::support::http::encode(&fields)));
    let page = follow(&mut browser, page);
    let asked = one.asked(&page);
    let page = bring(&mut browser, &one.answer(&asked, true));
    let back = page.answer();
    assert_eq!((back.to.as_str(), back.get("state")), (crate::support::AFTER_LOGOUT, Some("s 1")));
}

#[test]
fn sessions_that_end_without_their_browser_leave_a_trace_of_whom_nobody_told() {
    let app = App::shared();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    arrive(&mut browser, &[&one]);
    app.cli(&["user", "disable", "alice"]);
    let events = app.audit();
    let untold = events.iter().find(|event| event["kind"] == "logout.untold").expect("an event");
    assert_eq!(untold["application"], "one");
    assert!(untold["session"].as_str().is_some());
}
