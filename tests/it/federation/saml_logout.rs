//! Signing out with an upstream that speaks SAML (Profiles §4.4), both ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::{self, Credential};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::Document;
use portner::domain::Time;
use portner::domain::saml::{Binding, SignatureAlg};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::reply::Reply as Sent;
use portner::protocol::saml::binding::{Incoming, Kind};
use portner::protocol::saml::logout::{Called, LogoutRequest, LogoutResponse, Route, Sender};
use portner::protocol::saml::message::MessageId;
use portner::protocol::saml::sp_metadata;
use portner::protocol::saml::status::{Fault, Status};
use serde_json::json;

use super::can_run;
use super::saml::Bench;
use crate::logout::actor::{Party, bring};
use crate::on_each_engine;
use crate::support::provider::{now, post_from_elsewhere_to};
use crate::support::{Browser, Page};

const SLO: &str = "https://idp.example/slo";
const UP: &str = "create_users = true\nlogout = \"upstream\"";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

fn is_in(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}

fn signed_in(bench: &Bench) -> Browser {
    let (mut browser, page) = bench.arrives(|_| {});
    assert!(is_in(&mut browser), "{} {}", page.status(), page.reply.text());
    browser
}

fn sign_out(browser: &mut Browser) -> Page {
    let page = browser.get("/sign-out");
    browser.submit(&page.form("csrf"))
}

fn ours(bench: &Bench) -> String {
    format!("{}/federation/up/slo", bench.app.base())
}

/// What the browser brings to the provider, signed by us.
fn received(bench: &Bench, page: &Page) -> Incoming {
    let location = page.reply.header("location").unwrap_or_else(|| panic!("{} {}", page.url, page.reply.text()));
    assert!(location.starts_with(SLO), "{location}");
    let incoming = Incoming::redirect(location.split_once('?').unwrap().1).unwrap();
    let metadata = sp_metadata::read(bench.app.get("/federation/up/metadata").text().as_bytes(), None, &[]).unwrap();
    let document = Document::parse(&incoming.xml).unwrap();
    incoming.verify(document.root(), &metadata.signing_certificates).expect("signed by us");
    incoming
}

fn asked(bench: &Bench, page: &Page) -> LogoutRequest {
    let incoming = received(bench, page);
    assert_eq!(incoming.kind, Kind::Request);
    let request = LogoutRequest::read(Document::parse(&incoming.xml).unwrap().root()).unwrap();
    request.check(SLO, now()).unwrap();
    request
}

/// What our answer is to, and whether it is a plain success.
fn answered(bench: &Bench, page: &Page) -> (String, bool, Option<String>) {
    let incoming = received(bench, page);
    assert_eq!(incoming.kind, Kind::Response);
    let text = String::from_utf8(incoming.xml.clone()).unwrap();
    let response = LogoutResponse::read(Document::parse(&incoming.xml).unwrap().root()).unwrap();
    response.check(SLO, now()).unwrap();
    let whole = response.success && !text.contains("PartialLogout");
    (response.in_response_to.as_str().to_owned(), whole, incoming.relay_state)
}

fn sender<'a>(entity_id: &'a str, signer: &'a Credential, at: Time) -> Sender<'a> {
    Sender { entity_id, signer, alg: SignatureAlg::RsaSha256, now: at, entropy: &SystemEntropy }
}

struct Word<'a> {
    issuer: &'a str,
    name: &'a str,
    format: &'a str,
    index: &'a str,
    to: &'a str,
    at: Time,
    binding: Binding,
}

/// A request of the provider.
fn request(signer: &Credential, id: &MessageId, word: &Word<'_>) -> Sent {
    let called = Called { name_id: word.name, format: word.format, session_index: word.index, qualifiers: &[] };
    let route = Route { binding: word.binding, location: word.to, relay_state: Some("where they were") };
    sender(word.issuer, signer, word.at).ask(id, route, called).unwrap()
}

on_each_engine! {
    fn a_session_that_ends_here_ends_at_the_saml_upstream_in_8(engine) {
        if !can_run(engine) {
            return;
        }
        let bench = Bench::on(engine, UP);
        let mut browser = signed_in(&bench);
        let page = sign_out(&mut browser);
        let request = asked(&bench, &page);
        assert_eq!((request.name_id.as_str(), request.format.as_deref()), ("sub-1", Some(PERSISTENT)));
        assert_eq!(request.sessions, ["s1"]);
        assert!(!is_in(&mut browser), "the session here has ended before");
        let answer = |browser: &mut Browser, entity: &str, signer: &Credential, status: &Status, to: &str| {
            let to = if to.is_empty() { ours(&bench) } else { to.to_owned() };
            let route = Route { binding: Binding::Redirect, location: &to, relay_state: None };
            let sent = sender(entity, signer, now()).response(request.header.id.as_str(), route, status).unwrap();
            let Sent::Redirect(location) = sent else { panic!("by redirect") };
            let location = location.replace("https://elsewhere.example", &bench.app.base());
            browser.get(&location)
        };
        // Another's key, another's name, another's address: nothing moves.
        let minted = credential::mint(KeyType::Rsa, "x", now(), &SystemEntropy).unwrap();
        let stranger = Credential::parse(KeyId("x".to_owned()), KeyType::Rsa, &minted.private, minted.certificate).unwrap();
        let (entity, right) = (bench.idp.entity.as_str(), &bench.idp.credential);
        for (entity, signer, to, code) in [
            (entity, &stranger, "", "PRT-1321"),
            ("https://evil.example", right, "", "PRT-1321"),
            (entity, right, "https://elsewhere.example/federation/up/slo", "PRT-1320"),
        ] {
            let page = answer(&mut browser, entity, signer, &Status::Success, to);
            assert!(page.status() >= 400 && page.reply.text().contains(code), "{code} {}", page.reply.text());
        }
        assert_eq!(bench.app.count_events("logout.answered"), 0);
        let page = answer(&mut browser, entity, right, &Status::Success, "");
        assert!(page.url.path().ends_with("/sign-out/progress"), "{} {}", page.url, page.reply.text());
        assert!(page.text_of(".told").contains("Signed out"), "{}", page.reply.text());
        // A second sign-out that the provider refuses.
        let mut browser = signed_in(&bench);
        let page = sign_out(&mut browser);
        let request = asked(&bench, &page);
        let location = ours(&bench);
        let route = Route { binding: Binding::Post, location: &location, relay_state: None };
        let status = Status::refused(Fault::Responder, None, "no");
        let sent = sender(entity, right, now()).response(request.header.id.as_str(), route, &status).unwrap();
        let page = bring(&mut browser, &sent);
        assert!(page.text_of(".told").contains("Did not answer"), "{} {}", page.url, page.reply.text());
    }
}

on_each_engine! {
    fn a_session_that_ends_at_the_saml_upstream_ends_here(engine) {
        if !can_run(engine) {
            return;
        }
        let bench = Bench::on(engine, "create_users = true");
        let to = ours(&bench);
        for binding in [Binding::Redirect, Binding::Post] {
            let (mut mine, mut second) = (signed_in(&bench), signed_in(&bench));
            let mut local = bench.app.signed_in();
            let word = Word { issuer: &bench.idp.entity, name: "sub-1", format: PERSISTENT, index: "other", to: &to, at: now(), binding };
            let id = MessageId::mint(&SystemEntropy);
            let page = bring(&mut mine, &request(&bench.idp.credential, &id, &word));
            assert_eq!(answered(&bench, &page), (id.as_str().to_owned(), true, Some("where they were".to_owned())));
            assert!(is_in(&mut mine) && is_in(&mut second), "another session of theirs");
            let id = MessageId::mint(&SystemEntropy);
            let sent = request(&bench.idp.credential, &id, &Word { index: "s1", ..word });
            let page = bring(&mut mine, &sent);
            assert_eq!(answered(&bench, &page), (id.as_str().to_owned(), true, Some("where they were".to_owned())));
            assert!(!is_in(&mut mine) && !is_in(&mut second), "both rest on that sign-in");
            assert!(is_in(&mut local));
            let page = bring(&mut mine, &sent);
            assert!(page.reply.text().contains("PRT-1322"), "the same once more: {}", page.reply.text());
        }
        let ended: Vec<_> = bench.app.audit().into_iter().filter(|event| event["kind"] == "session.ended").collect();
        assert_eq!(ended.len(), 4);
        assert_eq!((&ended[0]["details"]["reason"], &ended[0]["details"]["channel"]), (&json!("upstream"), &json!("saml")));
    }
}

#[test]
fn a_logout_request_with_any_fault_ends_nothing() {
    let bench = Bench::new();
    let to = ours(&bench);
    let mut browser = signed_in(&bench);
    let minted = credential::mint(KeyType::Rsa, "x", now(), &SystemEntropy).unwrap();
    let stranger = Credential::parse(KeyId("x".to_owned()), KeyType::Rsa, &minted.private, minted.certificate).unwrap();
    let right = &bench.idp.credential;
    let word = || Word {
        issuer: &bench.idp.entity,
        name: "sub-1",
        format: PERSISTENT,
        index: "s1",
        to: &to,
        at: now(),
        binding: Binding::Redirect,
    };
    let minutes = chrono::Duration::minutes;
    let other = to.replace("/up/", "/other/");
    let faults = [
        (&stranger, word(), "PRT-1321"),
        (right, Word { issuer: "https://evil.example", ..word() }, "PRT-1321"),
        (right, Word { at: now() - minutes(60), ..word() }, "PRT-1322"),
        (right, Word { at: now() + minutes(60), ..word() }, "PRT-1322"),
        (right, Word { to: &other, ..word() }, "PRT-1320"),
    ];
    let count = faults.len();
    for (signer, word, code) in faults {
        for binding in [Binding::Redirect, Binding::Post] {
            let sent = request(signer, &MessageId::mint(&SystemEntropy), &Word { binding, ..word });
            let sent = match sent {
                Sent::Redirect(location) => Sent::Redirect(location.replace("/other/", "/up/")),
                Sent::FormPost { action, params } => {
                    Sent::FormPost { action: action.replace("/other/", "/up/"), params }
                }
            };
            let page = bring(&mut browser, &sent);
            assert!(page.reply.text().contains(code), "{code} {binding:?} {}", page.reply.text());
            assert!(is_in(&mut browser), "{code}");
        }
    }
    let refused = bench.app.audit().into_iter();
    let refused = refused.filter(|event| event["kind"] == "logout.requested" && event["outcome"] == "failure");
    assert_eq!(refused.count(), count * 2);
    // Without a signature, or with one that is cut off.
    let Sent::Redirect(location) = request(right, &MessageId::mint(&SystemEntropy), &word()) else {
        panic!("by redirect")
    };
    let bare = location.split("&SigAlg").next().unwrap();
    assert!(browser.get(bare).reply.text().contains("PRT-1321"));
    let xml = Incoming::redirect(location.split_once('?').unwrap().1).unwrap().xml;
    let fields = [("SAMLRequest", STANDARD.encode(xml))];
    let page = post_from_elsewhere_to(&mut browser, "/federation/up/slo", &fields);
    assert!(page.reply.text().contains("PRT-1321"), "{}", page.reply.text());
    for query in ["", "SAMLRequest=x", "SAMLResponse=x", "SAMLRequest=%3Cx%2F%3E"] {
        assert!(browser.get(&format!("{to}?{query}")).status() >= 400, "{query}");
    }
    // Somebody else's name, or the name in another format, is nobody's here.
    for word in [
        Word { name: "sub-2", ..word() },
        Word { format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", ..word() },
    ] {
        let page = bring(&mut browser, &request(right, &MessageId::mint(&SystemEntropy), &word));
        assert!(answered(&bench, &page).1);
        assert!(is_in(&mut browser));
    }
    assert_eq!(bench.app.count_events("session.ended"), 0);
}

#[test]
fn the_upstream_that_signs_somebody_out_has_the_applications_told_through_the_browser() {
    let bench = Bench::new();
    let party = Party::register(&bench.app, "portal", Binding::Redirect);
    let to = ours(&bench);
    let word = || Word {
        issuer: &bench.idp.entity,
        name: "sub-1",
        format: PERSISTENT,
        index: "s1",
        to: &to,
        at: now(),
        binding: Binding::Redirect,
    };
    let mut browser = signed_in(&bench);
    party.sign_in(&mut browser);
    let id = MessageId::mint(&SystemEntropy);
    let page = bring(&mut browser, &request(&bench.idp.credential, &id, &word()));
    let request_to_party = party.asked(&page);
    assert!(!is_in(&mut browser));
    let page = bring(&mut browser, &party.answer(&request_to_party, true));
    assert_eq!(answered(&bench, &page), (id.as_str().to_owned(), true, Some("where they were".to_owned())));
    // Brought by another browser: the session ends, but nobody can be told.
    let mut browser = signed_in(&bench);
    party.sign_in(&mut browser);
    let mut other = bench.app.browser();
    let id = MessageId::mint(&SystemEntropy);
    let page = bring(&mut other, &request(&bench.idp.credential, &id, &word()));
    assert_eq!(answered(&bench, &page), (id.as_str().to_owned(), false, Some("where they were".to_owned())));
    assert!(!is_in(&mut browser));
    assert_eq!(bench.app.count_events("logout.untold"), 1);
}

on_each_engine! {
    fn a_service_provider_that_posts_has_the_browser_led_to_where_its_own_session_came_from(engine) {
        if !can_run(engine) {
            return;
        }
        let bench = Bench::on(engine, UP);
        let party = Party::register(&bench.app, "portal", Binding::Post);
        for first in [true, false] {
            let (mut one, mut two) = (signed_in(&bench), signed_in(&bench));
            party.sign_in(&mut one);
            let mut known = party.sign_in(&mut two);
            // All sessions of that person. The form brings no cookie to tell which is the browser's.
            known.session_index.clear();
            let mine = if first { &mut one } else { &mut two };
            let page = bring(mine, &party.request(&known, &MessageId::mint(&SystemEntropy)));
            assert_eq!(asked(&bench, &page).sessions, ["s1"], "{first}");
            assert!(!is_in(&mut one) && !is_in(&mut two));
        }
    }
}
