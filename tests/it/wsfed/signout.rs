//! `wsignout1.0` and `wsignoutcleanup1.0`: leaving, and not being thrown out.

use super::party::{REALM, REPLY, app};
use crate::support::provider::post_from_elsewhere_to;
use crate::support::{App, Browser, Page};

fn leave(browser: &mut Browser, query: &str) -> Page {
    browser.get(&format!("/wsfed?{query}"))
}

fn still_signed_in(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}

fn registered() -> String {
    url::form_urlencoded::byte_serialize(REPLY.as_bytes()).collect()
}

#[test]
fn nobody_is_signed_out_by_somebody_elses_link() {
    let app = app();
    for wa in ["wsignout1.0", "wsignoutcleanup1.0"] {
        let mut browser = app.signed_in();
        let page = leave(&mut browser, &format!("wa={wa}&wtrealm={REALM}&wreply={}", registered()));
        assert_eq!(page.status(), 200);
        assert!(page.text_of("main").contains("Intranet"), "{}", page.text_of("main"));
        assert!(still_signed_in(&mut browser), "{wa} only asks");
        // A token of another form does not count.
        let form = page.form("csrf").set("csrf", "AAAA");
        browser.submit_once(&form);
        assert!(still_signed_in(&mut browser));
        let page = browser.submit_once(&page.form("csrf"));
        assert_eq!((page.status(), page.reply.location()), (303, REPLY));
        assert!(!still_signed_in(&mut browser), "{wa}");
    }
}

#[test]
fn a_sign_out_leads_nowhere_that_is_not_registered() {
    let app = app();
    for query in [
        "wa=wsignout1.0&wreply=https%3A%2F%2Fevil.example%2F",
        "wa=wsignout1.0&wreply=javascript:alert(1)",
        "wa=wsignout1.0&wreply=%2F%2Fevil.example",
        "wa=wsignoutcleanup1.0&wreply=https%3A%2F%2Fevil.example%2F",
        "wa=wsignout1.0",
    ] {
        let page = leave(&mut app.browser(), query);
        assert_eq!(page.status(), 200, "{query}");
        assert!(!page.reply.text().contains("href=\"https://evil"), "{query}");
        let mut browser = app.signed_in();
        let page = leave(&mut browser, query);
        let page = browser.submit_once(&page.form("csrf"));
        assert_eq!(page.status(), 200, "{query}");
        assert!(!still_signed_in(&mut browser), "{query}");
    }
}

#[test]
fn the_realm_that_is_named_must_own_the_address() {
    let app: App = app();
    let page = leave(&mut app.browser(), &format!("wa=wsignout1.0&wtrealm=urn:acme:closed&wreply={}", registered()));
    assert_eq!(page.status(), 200, "not sent on");
    let page = leave(&mut app.browser(), &format!("wa=wsignout1.0&wreply={}", registered()));
    assert_eq!((page.status(), page.reply.location()), (303, REPLY), "nobody was signed in");
}

#[test]
fn a_form_of_another_site_is_asked_about_and_takes_nobodys_cookie() {
    let app = app();
    for wa in ["wsignout1.0", "wsignoutcleanup1.0"] {
        let mut browser = app.signed_in();
        let before = browser.cookies.clone();
        let fields = [("wa", wa.to_owned()), ("wtrealm", REALM.to_owned()), ("wreply", REPLY.to_owned())];
        let page = post_from_elsewhere_to(&mut browser, "/wsfed", &fields);
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(still_signed_in(&mut browser) && browser.cookies == before, "{wa} only asks");
        let page = browser.submit_once(&page.form("csrf"));
        assert_eq!((page.status(), page.reply.location()), (303, REPLY));
        assert!(!still_signed_in(&mut browser), "{wa}");
    }
}

#[test]
fn a_sign_in_that_another_site_posts_finds_the_session() {
    let app = app();
    let fields = [("wa", "wsignin1.0".to_owned()), ("wtrealm", REALM.to_owned()), ("wctx", "a b+c%20&=<æ".to_owned())];
    let page = post_from_elsewhere_to(&mut app.signed_in(), "/wsfed", &fields);
    let form = page.form("wresult");
    assert_eq!((form.action.as_str(), form.get("wctx")), (REPLY, Some("a b+c%20&=<æ")));
}
