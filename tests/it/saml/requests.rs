//! What a request asks for is done, or refused by a status at the registered address.

use crate::signin::second_factor::{code, enter, past_password};
use crate::support::provider::Request;
use crate::support::{App, Browser, PASSWORD, Page, ServiceProvider};

const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
const CLASSES: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";

fn asks_for_password(page: &Page) -> bool {
    page.status() == 200 && page.has("input[type=password]")
}

fn context(comparison: &str, classes: &[&str]) -> String {
    let inside: String =
        classes.iter().map(|class| format!("<saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef>")).collect();
    format!("<samlp:RequestedAuthnContext Comparison=\"{comparison}\">{inside}</samlp:RequestedAuthnContext>")
}

fn refusal(sp: &ServiceProvider, request: &Request<'_>, browser: &mut Browser) -> String {
    let received = sp.received(&request.send(browser));
    assert_eq!(received.to, sp.acs);
    assert_eq!(received.relay_state.as_deref(), Some("state of the application"));
    assert_eq!(received.attribute("InResponseTo").as_deref(), Some(request.id()));
    received.refusal()
}

#[test]
fn force_authn_asks_again_and_the_answer_is_new() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "bank", "");
    let mut browser = app.signed_in();
    let before = sp.sign_in(&mut browser).assertion().auth_instant();
    let page = sp.request().with("ForceAuthn", "true").send(&mut browser);
    assert!(asks_for_password(&page));
    assert!(asks_for_password(&browser.get(page.url.as_str())), "going back there skips nothing");
    let after = sp.received(&browser.fill_in(&page, "alice", PASSWORD)).assertion().auth_instant();
    assert!(after > before, "{after} {before}");
}

#[test]
fn is_passive_answers_without_a_page() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "probe", "");
    let passive = || sp.request().with("IsPassive", "true");
    assert_eq!(refusal(&sp, &passive(), &mut app.browser()), "Responder NoPassive");
    let mut browser = app.signed_in();
    assert_eq!(sp.received(&passive().send(&mut browser)).status(), "Success");
    assert_eq!(refusal(&sp, &passive().with("ForceAuthn", "1"), &mut browser), "Responder NoPassive");
}

#[test]
fn the_context_that_is_told_is_true_and_what_cannot_be_reached_is_refused() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nmethods = [\"email_code\"]\n",
    );
    let sp = ServiceProvider::registered(&app, "levels", "");
    let mut browser = app.signed_in();
    let password = format!("{CLASSES}PasswordProtectedTransport");
    let timed = format!("{CLASSES}TimeSyncToken");
    let told = |element: &str, browser: &mut Browser| {
        sp.received(&sp.request().inside(element).send(browser)).assertion().context()
    };
    assert_eq!(sp.sign_in(&mut browser).assertion().context(), password);
    assert_eq!(told(&context("exact", &[&password]), &mut browser), password);
    assert_eq!(
        told(&context("exact", &[&format!("{CLASSES}unspecified")]), &mut browser),
        format!("{CLASSES}unspecified")
    );
    assert_eq!(told(&context("minimum", &[&password]), &mut browser), password);
    assert_eq!(told(&context("maximum", &[&timed]), &mut browser), password);
    assert_eq!(told(&context("exact", &["urn:x", &password]), &mut browser), password);
    for element in [
        context("exact", &["https://refeds.org/profile/mfa"]),
        context("exact", &[&timed]),
        context("exact", &["urn:unknown"]),
        context("exact", &[&format!("{CLASSES}X509")]),
        context("exact", &[]),
        context("minimum", &["https://refeds.org/profile/mfa"]),
        context("better", &["urn:portner:acr:two-step"]),
    ] {
        for browser in [&mut browser, &mut app.browser()] {
            assert_eq!(refusal(&sp, &sp.request().inside(&element), browser), "Responder NoAuthnContext", "{element}");
        }
    }
    assert_eq!(refusal(&sp, &sp.request().inside(&context("about", &[&password])), &mut browser), "Requester");
}

#[test]
fn a_stronger_context_asks_for_the_second_step() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "strong", "");
    let mut browser = app.signed_in();
    let page = sp.request().inside(&context("better", &[&format!("{CLASSES}Password")])).send(&mut browser);
    assert_eq!(page.status(), 200);
    assert!(!page.has("input[name=SAMLResponse]"), "a password alone is not better than a password");
    let page = sp.request().inside(&context("exact", &["https://refeds.org/profile/mfa"])).send(&mut browser);
    assert!(!page.has("input[name=SAMLResponse]"));
}

#[test]
fn a_one_time_code_is_told_of_where_one_was_given_and_not_for_a_recovery_code() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"totp\"]\n",
    );
    let sp = ServiceProvider::registered(&app, "tokens", "");
    let timed = context("exact", &[&format!("{CLASSES}TimeSyncToken")]);
    let mut browser = app.browser();
    let page = browser.sign_in("bob", PASSWORD);
    let secret = page.text_of("#secret").replace(' ', "");
    let page = enter(&mut browser, &page, &code(&secret));
    let kept = page.text_of("#codes").split_whitespace().next().unwrap().to_owned();
    browser.submit(&page.form("interaction"));
    let told = sp.received(&sp.request().inside(&timed).send(&mut browser)).assertion();
    assert_eq!(told.context(), format!("{CLASSES}TimeSyncToken"));
    let mut browser = app.browser();
    let page = past_password(&mut browser, "bob");
    let page = browser.submit(&page.form_with_button("recovery_code").press("recovery_code"));
    enter(&mut browser, &page, &kept);
    assert_eq!(refusal(&sp, &sp.request().inside(&timed), &mut browser), "Responder NoAuthnContext");
    assert_eq!(sp.received(&sp.request().send(&mut browser)).assertion().context(), "https://refeds.org/profile/mfa");
}

#[test]
fn people_are_named_as_asked_where_that_tells_no_more_than_is_mapped() {
    let app = App::shared();
    let quiet = ServiceProvider::registered(&app, "quiet", "");
    let open = ServiceProvider::registered(&app, "open", "name_id = \"email\"");
    let named = ServiceProvider::registered(&app, "named", "name_id = \"username\"");
    let mut browser = app.signed_in();
    let policy = |format: &str| format!("<samlp:NameIDPolicy Format=\"{format}\" AllowCreate=\"true\"/>");
    let mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let mut told = |sp: &ServiceProvider, element: &str| {
        let assertion = sp.received(&sp.request().inside(element).send(&mut browser)).assertion();
        (assertion.name_format(), assertion.name_id())
    };
    assert_eq!(told(&open, ""), ("emailAddress".to_owned(), "alice@acme.example".to_owned()));
    assert_eq!(told(&open, &policy(mail)), ("emailAddress".to_owned(), "alice@acme.example".to_owned()));
    assert_eq!(told(&named, ""), ("unspecified".to_owned(), "alice".to_owned()));
    let unspecified = policy("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    assert_eq!(told(&quiet, &unspecified).0, "persistent");
    let (format, once) = told(&quiet, &policy(&format!("{FORMAT}transient")));
    let (_, another) = told(&quiet, &policy(&format!("{FORMAT}transient")));
    assert_eq!(format, "transient");
    assert_ne!(once, another);
    let (format, lasting) = told(&open, &policy(&format!("{FORMAT}persistent")));
    assert_eq!(format, "persistent");
    assert!(!lasting.contains("alice"));
    for element in [
        policy(mail),
        policy(&format!("{FORMAT}entity")),
        policy(&format!("{FORMAT}encrypted")),
        policy("urn:made:up"),
        "<samlp:NameIDPolicy SPNameQualifier=\"https://other.example\"/>".to_owned(),
    ] {
        let status = refusal(&quiet, &quiet.request().inside(&element), &mut browser);
        assert_eq!(status, "Requester InvalidNameIDPolicy", "{element}");
    }
    // Carol has no address.
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"carol\"\npassword = \"{PASSWORD}\"\n"
    ));
    let mut browser = app.browser();
    browser.sign_in("carol", PASSWORD);
    assert_eq!(refusal(&open, &open.request(), &mut browser), "Requester InvalidNameIDPolicy");
}

#[test]
fn only_the_person_that_was_asked_for_will_do() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "choosy", "");
    let subject = |name: &str, format: &str| {
        format!("<saml:Subject><saml:NameID Format=\"{format}\">{name}</saml:NameID></saml:Subject>")
    };
    let mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    let mut browser = app.signed_in();
    let persistent = sp.sign_in(&mut browser).assertion().name_id();
    for (name, format) in [
        ("alice@acme.example", mail),
        ("ALICE@acme.example", mail),
        ("alice", unspecified),
        ("alice@acme.example", unspecified),
        (persistent.as_str(), &format!("{FORMAT}persistent")),
    ] {
        let page = sp.request().inside(&subject(name, format)).send(&mut browser);
        assert_eq!(sp.received(&page).status(), "Success", "{name}");
    }
    // Somebody else: whoever is signed in is asked, and the name stands in the form.
    let page = sp.request().inside(&subject("bob@acme.example", mail)).send(&mut browser.clone());
    assert!(asks_for_password(&page));
    assert_eq!(page.form("password").get("username"), Some("bob@acme.example"));
    let mut other = browser.clone();
    let wrong = other.fill_in(&page, "alice", PASSWORD);
    assert_eq!(sp.received(&wrong).refusal(), "Responder UnknownPrincipal");
    let mut right = browser.clone();
    let page = sp.request().inside(&subject("bob@acme.example", mail)).send(&mut right);
    assert_eq!(sp.received(&right.fill_in(&page, "bob", PASSWORD)).status(), "Success");
    // Nobody has this name: no answer says so to somebody who has not signed in.
    for name in ["nobody@acme.example", "bob@acme.example"] {
        let page = sp.request().inside(&subject(name, mail)).send(&mut app.browser());
        assert!(asks_for_password(&page), "{name}");
    }
    let silent = sp.request().with("IsPassive", "1").inside(&subject("nobody@acme.example", mail));
    assert_eq!(refusal(&sp, &silent, &mut app.browser()), "Responder NoPassive");
}

#[test]
fn relay_state_goes_back_octet_for_octet() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "stateful", "");
    let mut browser = app.signed_in();
    let long = "x".repeat(1024);
    for state in [None, Some(""), Some("a b+c&d=e;%2F\"'<>é"), Some("https://sp.example/?x=1#y"), Some(long.as_str())]
    {
        for signed in [false, true] {
            let request = sp.request().relay_state(state);
            let request = if signed { request.signed() } else { request };
            assert_eq!(sp.received(&request.send(&mut browser)).relay_state.as_deref(), state, "{state:?}");
            assert_eq!(sp.received(&request.post(&mut browser)).relay_state.as_deref(), state, "{state:?}");
        }
    }
}

#[test]
fn the_answer_goes_where_the_request_chose_among_those_registered() {
    let app = App::shared();
    let acs = "acs = [{ url = \"https://many.example/acs\" }, { url = \"https://many.example/b?x=1\", index = 7 }, \
               { url = \"https://many.example/c\", index = 3, default = true }]";
    let sp = ServiceProvider::registered(&app, "many", acs);
    let mut browser = app.signed_in();
    let to = |request: Request<'_>, browser: &mut Browser| sp.received(&request.send(browser)).to;
    let bare = || sp.request().without("AssertionConsumerServiceURL");
    assert_eq!(to(sp.request(), &mut browser), "https://many.example/acs");
    assert_eq!(to(bare(), &mut browser), "https://many.example/c");
    assert_eq!(to(bare().with("AssertionConsumerServiceIndex", "7"), &mut browser), "https://many.example/b?x=1");
    assert_eq!(
        to(bare().with("AssertionConsumerServiceURL", "https://many.example/b?x=1"), &mut browser),
        "https://many.example/b?x=1"
    );
    let unregistered = bare().with("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact");
    let received = sp.received(&unregistered.send(&mut browser));
    assert_eq!(
        (received.to.as_str(), received.refusal()),
        ("https://many.example/c", "Requester UnsupportedBinding".to_owned())
    );
}

#[test]
fn the_same_request_twice_is_two_sign_ins_that_the_application_can_tell() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "twice", "");
    let mut browser = app.signed_in();
    let request = sp.request();
    let (first, second) = (request.send(&mut browser), request.send(&mut browser));
    let (first, second) = (sp.received(&first), sp.received(&second));
    assert_eq!(first.attribute("InResponseTo"), second.attribute("InResponseTo"));
    assert_ne!(first.attribute("ID"), second.attribute("ID"));
}
