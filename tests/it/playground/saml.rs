//! The service provider of the playground: what it asks, what it receives, and every check of it.

use super::{app, error, press_on, section, sections};
use crate::support::{App, Browser, PASSWORD, Page};

fn press(browser: &mut Browser, path: &str) -> Page {
    press_on(browser, "/playground/saml", path)
}

/// Sends the answer that the identity provider's page would post by itself.
fn deliver(browser: &mut Browser, page: &Page) -> Page {
    assert_eq!(page.status(), 200, "{} {}", page.url, page.reply.text());
    browser.submit(&page.form("SAMLResponse"))
}

fn sign_in(browser: &mut Browser) -> Page {
    let page = press(browser, "/playground/saml/start");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    deliver(browser, &page)
}

#[test]
fn in_9_every_check_of_a_saml_sign_in_passes_and_is_shown() {
    let app = app();
    let mut browser = app.browser();
    let page = browser.get("/playground/saml");
    let service = section(&page, "The service");
    assert_eq!(service.value("entityID"), format!("{}/playground/saml", app.base()));
    let page = sign_in(&mut browser);
    assert!(!page.has("[role=alert]"), "{}", error(&page));
    assert!(page.url.path().ends_with("/playground/saml"), "{}", page.url);
    let request = section(&page, "Request to the provider");
    assert!(request.code.contains("<samlp:AuthnRequest"), "{}", request.code);
    assert!(request.value("SigAlg").ends_with("rsa-sha256"));
    let answer = section(&page, "Answer from the provider");
    assert!(answer.code.contains("<samlp:Response") && answer.code.contains("  <saml:Assertion"), "{}", answer.code);
    let checks = section(&page, "Checks of the response");
    assert_eq!(checks.passed, Some(true), "{checks:?}");
    for name in [
        "Status",
        "Destination",
        "InResponseTo",
        "Issuer",
        "Response: Signature",
        "Assertion: Signature",
        "Conditions: NotOnOrAfter",
        "Audience",
        "Recipient",
        "NameID",
        "AuthnContextClassRef",
        "RelayState",
    ] {
        assert!(!checks.value(&format!("✓ {name}")).is_empty(), "{name}");
    }
    assert_eq!(section(&page, "Second opinion").passed, Some(true), "{}", page.reply.text());
    assert_eq!(section(&page, "Attributes").value("email"), "alice@acme.example");
}

#[test]
fn what_is_wished_for_is_asked_and_kept() {
    let app = app();
    let mut browser = app.browser();
    let page = press(&mut browser, "/playground/saml/start?wish=passive");
    let page = deliver(&mut browser, &page);
    assert!(error(&page).contains("NoPassive"), "{}", error(&page));
    assert_eq!(section(&page, "Checks of the response").passed, Some(false));

    sign_in(&mut browser);
    let page = press(&mut browser, "/playground/saml/start");
    assert!(!deliver(&mut browser, &page).has("[role=alert]"), "the session serves the second sign-in");
    let page = press(&mut browser, "/playground/saml/start?wish=force");
    assert!(page.has("input[type=password]"), "ForceAuthn asks for the password");
    let page = press(&mut browser, "/playground/saml/start?wish=mfa");
    assert!(page.find_form("SAMLResponse").is_none(), "a second factor is asked for: {}", page.reply.text());
}

#[test]
fn an_answer_that_nobody_asked_for_turns_red_and_changes_nothing() {
    let app = app();
    let mut browser = app.browser();
    let page = press(&mut browser, "/playground/saml/start");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    let form = page.form("SAMLResponse");
    assert!(!browser.submit(&form).has("[role=alert]"));
    // The same answer again: nothing waits for it any more.
    let again = browser.submit(&form);
    assert_eq!(again.status(), 400);
    assert_eq!(section(&again, "Checks of the response").passed, Some(false));
    // In another browser: nothing ever did.
    let stolen = app.browser().submit(&form);
    assert_eq!(stolen.status(), 400);
    assert!(
        section(&stolen, "Checks of the response").value("✗ InResponseTo").contains("not a request of this browser")
    );
    assert_eq!(section(&browser.get("/playground/saml"), "Checks of the response").passed, Some(true));
    for bad in ["AAAA", "", "%%%", "PHg+"] {
        let page = browser.submit(&form.clone().set("SAMLResponse", bad));
        assert_eq!(page.status(), 400, "{bad}");
    }
}

#[test]
fn a_sign_out_asks_and_is_answered() {
    let app = app();
    let mut browser = app.browser();
    sign_in(&mut browser);
    let page = press(&mut browser, "/playground/saml/logout");
    assert_eq!(section(&page, "Sign out").passed, Some(true), "{}", page.reply.text());
    let titles: Vec<_> = sections(&page).into_iter().map(|section| section.title).collect();
    assert_eq!(titles, ["The service", "Sign out"], "nothing of the person is left");
    assert!(!browser.is_signed_in() || browser.peek("/account").status() != 200);
    let forged = browser.get("/playground/saml/slo?SAMLResponse=AAAA");
    assert_eq!(forged.status(), 400);
}

#[test]
fn its_forms_belong_to_one_browser_and_it_is_there_only_when_switched_on() {
    let app = app();
    let (mut browser, mut other) = (app.browser(), app.browser());
    sign_in(&mut browser);
    let csrf = other.get("/playground/saml").form("csrf").get("csrf").unwrap().to_owned();
    assert_eq!(sections(&other.get("/playground/saml")).len(), 1, "another browser sees nothing of it");
    for path in ["start", "reset", "logout"] {
        let path = format!("/playground/saml/{path}");
        assert_eq!(browser.post(&path, &[("csrf", &csrf)]).status(), 400, "another browser's token on {path}");
        assert_eq!(browser.post(&path, &[]).status(), 400, "no token on {path}");
    }
    let without = App::shared();
    assert_eq!(without.browser().get("/playground/saml").status(), 404);
    assert_eq!(without.browser().post("/playground/saml/acs", &[("SAMLResponse", "AAAA")]).status(), 404);
}
