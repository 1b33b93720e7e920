//! Signing in to an application by SAML, and what it is told.

use crate::on_each_engine;
use crate::support::neutral::neutral;
use crate::support::provider::post_from_elsewhere;
use crate::support::{App, PASSWORD, ServiceProvider};

const MAPPED: &str = "attributes = { mail = \"email\", displayName = \"name\", member = \"groups\" }\n";

#[test]
fn an_answer_has_this_shape() {
    let app = App::shared();
    let more = format!("{MAPPED}sign_response = true\nsign_assertion = true\n");
    let sp = ServiceProvider::registered(&app, "shape", &more);
    let received = sp.received(&sp.request().send(&mut app.signed_in()));
    insta::assert_snapshot!("response", neutral(&app, &received.xml));
    let refused = sp.received(&sp.request().with("IsPassive", "true").send(&mut app.browser()));
    insta::assert_snapshot!("refusal", neutral(&app, &refused.xml));
}

on_each_engine! {
    /// IN-9: by Redirect, with what is mapped and nothing else.
    fn a_person_signs_in_by_saml(engine) {
        let app = App::shared_on(engine);
        let sp = ServiceProvider::registered(&app, "timesheet", MAPPED);
        let mut browser = app.browser();
        let request = sp.request();
        let page = request.send(&mut browser);
        assert!(page.has("input[type=password]"), "{}", page.reply.text());
        assert!(page.reply.text().contains("The timesheet service"), "the page says where one is going");
        let page = browser.fill_in(&page, "alice", PASSWORD);
        let received = sp.received(&page);
        assert_eq!(received.to, sp.acs);
        assert_eq!(received.relay_state.as_deref(), Some("state of the application"));
        assert_eq!(received.attribute("InResponseTo").as_deref(), Some(request.id()));
        assert_eq!(received.attribute("Destination").as_deref(), Some(sp.acs.as_str()));
        let assertion = received.assertion();
        assert_eq!(assertion.answers().as_deref(), Some(request.id()));
        assert_eq!(assertion.audience(), sp.entity);
        assert_eq!(assertion.name_format(), "persistent");
        let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
        assert_eq!(assertion.attributes(), [one("displayName", "Alice Åkerlund"), one("mail", "alice@acme.example")]);
        assert!(!assertion.text.contains("groups"), "what she has not is not told");

        let events = app.audit();
        let granted = events.iter().find(|event| event["kind"] == "authorization.granted").expect("an event");
        assert_eq!(granted["application"], "timesheet");
        assert_eq!(granted["details"]["protocol"], "saml");
        assert!(!granted.to_string().contains("alice@acme.example"), "{granted}");
    }
}

#[test]
fn a_second_application_asks_for_no_password_and_learns_another_name() {
    let app = App::shared();
    let (one, other) = (ServiceProvider::registered(&app, "one", ""), ServiceProvider::registered(&app, "two", ""));
    let mut browser = app.signed_in();
    let first = one.received(&one.request().send(&mut browser)).assertion();
    let again = one.received(&one.request().send(&mut browser)).assertion();
    let second = other.received(&other.request().send(&mut browser)).assertion();
    assert_eq!(first.name_id(), again.name_id(), "a lasting name");
    assert_ne!(first.name_id(), second.name_id(), "a name of its own");
    assert_eq!(first.session_index(), again.session_index(), "one session");
    assert_ne!(first.session_index(), second.session_index());
    assert_eq!(first.auth_instant(), second.auth_instant());
    let elsewhere = one.received(&one.request().send(&mut app.signed_in())).assertion();
    assert_eq!(first.name_id(), elsewhere.name_id());
    assert_ne!(first.session_index(), elsewhere.session_index(), "another browser is another session");
    assert_eq!(first.attributes(), [], "nothing is released that is not mapped");
}

#[test]
fn a_posted_request_finds_the_session_although_it_brings_no_cookies() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "poster", "");
    let mut browser = app.signed_in();
    let request = sp.request().signed();
    let received = sp.received(&request.post(&mut browser));
    assert_eq!(received.assertion().answers().as_deref(), Some(request.id()));
    assert_eq!(received.relay_state.as_deref(), Some("state of the application"));
    // And somebody who is not signed in is asked.
    let mut browser = app.browser();
    let page = sp.request().post(&mut browser);
    let received = sp.received(&browser.fill_in(&page, "alice", PASSWORD));
    assert_eq!(received.assertion().audience(), sp.entity);
}

#[test]
fn what_is_signed_and_encrypted_is_as_registered() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for (id, keys, response, assertion, encrypted) in [
        ("both", "", true, true, false),
        ("response", "sign_assertion = false", true, false, false),
        ("assertion", "sign_response = false", false, true, false),
        ("encrypted", "encrypt_assertion = true", true, true, true),
        ("sha512", "signature_algorithm = \"rsa-sha512\"", true, true, false),
        ("ecdsa", "signature_algorithm = \"ecdsa-sha256\"", true, true, false),
    ] {
        let sp = ServiceProvider::registered(&app, id, keys);
        let received = sp.received(&sp.request().send(&mut browser));
        let told = received.assertion();
        assert_eq!((told.response_signed, told.signed, told.encrypted), (response, assertion, encrypted), "{id}");
        if encrypted {
            assert!(!received.xml.contains(&told.name_id()), "the name is not in clear");
        }
        let uri = match id {
            "sha512" => "xmldsig-more#rsa-sha512",
            "ecdsa" => "xmldsig-more#ecdsa-sha256",
            _ => "xmldsig-more#rsa-sha256",
        };
        assert!(received.xml.contains(uri), "{id}");
        assert!(!told.text.contains("xmldsig#rsa-sha1") && !told.text.contains("xmldsig#sha1"), "{id}");
    }
}

#[test]
fn a_sign_in_begins_here_only_where_the_application_allows_it() {
    let app = App::shared();
    let open = ServiceProvider::registered(&app, "portal", "idp_initiated = true\nrelay_state = \"/start?a=b&c\"");
    ServiceProvider::registered(&app, "shut", "");
    let mut browser = app.browser();
    let page = browser.get("/saml/start/portal");
    let received = open.received(&browser.fill_in(&page, "alice", PASSWORD));
    assert_eq!(received.attribute("InResponseTo"), None);
    let assertion = received.assertion();
    assert_eq!((assertion.answers(), assertion.audience()), (None, open.entity.clone()));
    assert_eq!(received.relay_state.as_deref(), Some("/start?a=b&c"));
    let refused = browser.get("/saml/start/shut");
    assert_eq!(refused.status(), 400);
    assert!(refused.reply.text().contains("PRT-1306"), "{}", refused.reply.text());
    for unknown in ["/saml/start/nobody", "/saml/start/web"] {
        let page = browser.get(unknown);
        assert!(page.reply.text().contains("PRT-1101"), "{unknown}: {}", page.reply.text());
    }
}

/// AC-2.
#[test]
fn an_application_for_a_role_is_not_for_others() {
    let app = App::shared();
    let sp = ServiceProvider::new(&app, "staff");
    sp.register(&app, "require_role = \"staff\"", "");
    let mut browser = app.signed_in();
    let page = sp.request().send(&mut browser);
    assert_eq!(page.status(), 403);
    assert!(page.reply.text().contains("PRT-1217"));
    assert!(page.has("a[href=\"https://staff.example/\"]"), "a way back: {}", page.reply.text());
    assert_eq!(app.count_events("authorization.refused"), 1);
    let silent = sp.received(&sp.request().with("IsPassive", "true").send(&mut browser));
    assert_eq!(silent.refusal(), "Responder RequestDenied");
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nroles = [\"staff\"]\n",
    );
    assert_eq!(sp.received(&sp.request().send(&mut browser)).assertion().audience(), sp.entity);
}

#[test]
fn what_was_switched_off_or_changed_meanwhile_is_seen_at_the_end() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "closing", "");
    let mut browser = app.browser();
    let page = sp.request().send(&mut browser);
    sp.register(&app, "enabled = false", "");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert_eq!(page.status(), 400);
    assert!(page.reply.text().contains("PRT-1101"), "{}", page.reply.text());

    let moving = ServiceProvider::registered(&app, "moving", "");
    let mut browser = app.browser();
    let page = moving.request().send(&mut browser);
    moving.register(&app, "", "acs = [\"https://moving.example/elsewhere\"]");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert!(page.reply.text().contains("PRT-1303"), "{}", page.reply.text());
    assert!(!page.has("input[name=SAMLResponse]"));
}

#[test]
fn somebody_who_was_disabled_is_nobody() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "lasting", "");
    let mut browser = app.signed_in();
    assert_eq!(sp.sign_in(&mut browser).status(), "Success");
    app.cli(&["user", "disable", "alice"]);
    let refused = sp.received(&sp.request().with("IsPassive", "1").send(&mut browser));
    assert_eq!(refused.refusal(), "Responder NoPassive");
}

#[test]
fn a_hand_over_from_a_post_is_no_request_of_another_tenant() {
    let (app, other) = (App::shared(), App::shared());
    let sp = ServiceProvider::registered(&app, "here", "");
    let fields = sp.request().fields();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let first = app.send(&crate::support::Call::form("/saml/sso", &fields));
    assert_eq!(first.status, 303);
    assert!(first.cookies().next().is_none(), "it would take the place of those the browser has");
    let arrival = first.location().split_once("?arrival=").unwrap().1.to_owned();
    let elsewhere = other.browser().get(&format!("/saml/sso?arrival={arrival}"));
    assert!(elsewhere.reply.text().contains("PRT-1301"), "{}", elsewhere.reply.text());
    let mut changed = arrival.clone();
    changed.replace_range(10..11, if &arrival[10..11] == "A" { "B" } else { "A" });
    let broken = app.browser().get(&format!("/saml/sso?arrival={changed}"));
    assert!(broken.reply.text().contains("PRT-1301"));
    assert!(app.browser().get(&format!("/saml/sso?arrival={arrival}")).has("input[type=password]"));
}

#[test]
fn the_federations_presets_hold_on_the_wire() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let danish = ServiceProvider::registered(&app, "danish", "preset = \"oiosaml3\"");
    let told = danish.sign_in(&mut browser).assertion();
    assert_eq!((told.response_signed, told.signed, told.encrypted), (false, true, true));
    assert!(told.name_id().starts_with("https://data.gov.dk/model/core/eid/person/uuid/"), "{}", told.name_id());
    assert_eq!(told.context(), "https://data.gov.dk/concept/core/nsis/loa/Low");
    assert_eq!(told.name_id(), danish.sign_in(&mut browser).assertion().name_id(), "a lasting name");
    let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let name = format!("<saml:NameID Format=\"{format}\">{}</saml:NameID>", told.name_id());
    let named = danish.request().inside(&format!("<saml:Subject>{name}</saml:Subject>"));
    assert_eq!(danish.received(&named.send(&mut browser)).assertion().name_id(), told.name_id(), "and known again");
    let other = named.sign_in(&mut app.browser());
    assert_eq!(danish.received(&other).assertion().name_id(), told.name_id(), "in any browser");
    let swedish = ServiceProvider::registered(
        &app,
        "swedish",
        "preset = \"swedenconnect\"\nattributes = { \"urn:oid:2.5.4.42\" = \"given_name\" }",
    );
    let told = swedish.sign_in(&mut browser).assertion();
    assert_eq!((told.response_signed, told.encrypted), (true, true));
    let high = "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>http://id.elegnamnden.se/loa/1.0/loa3\
                </saml:AuthnContextClassRef></samlp:RequestedAuthnContext>";
    let refused = swedish.received(&swedish.request().inside(high).send(&mut browser));
    assert_eq!(refused.refusal(), "Responder NoAuthnContext");
}

#[test]
fn twenty_at_once_get_one_name_and_twenty_answers() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "crowd", "");
    let browser = app.signed_in();
    let answers: Vec<(String, String)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (mut browser, sp) = (browser.clone(), &sp);
                scope.spawn(move || {
                    let received = sp.received(&sp.request().send(&mut browser));
                    (received.assertion().name_id(), received.attribute("ID").unwrap())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let names: std::collections::BTreeSet<_> = answers.iter().map(|(name, _)| name).collect();
    let ids: std::collections::BTreeSet<_> = answers.iter().map(|(_, id)| id).collect();
    assert_eq!((names.len(), ids.len()), (1, 20));
}

#[test]
fn a_post_that_is_no_form_is_refused() {
    let app = App::shared();
    let sp = ServiceProvider::registered(&app, "odd", "");
    let mut browser = app.browser();
    let page = post_from_elsewhere(&mut browser, &[("SAMLResponse", sp.request().fields()[0].1.clone())]);
    assert!(page.reply.text().contains("PRT-1301"), "a response belongs elsewhere: {}", page.reply.text());
    let json = app.send(&crate::support::Call::new("POST", "/saml/sso").body("application/json", "{}"));
    assert_eq!(json.status, 400);
}
