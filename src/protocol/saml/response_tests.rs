//! CMP-06, CMP-07: what is issued under the presets keeps the rules of OIOSAML 3.0.3 and Sweden Connect, by a checker
//! that is written from their text and knows nothing of how answers are made.

use super::*;
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::{DSIG, Document, Element, XENC, decrypt_element, verify_enveloped};
use crate::domain::saml::{Binding, Endpoint, Preset, Signed};
use crate::domain::signing::KeyType;
use crate::protocol::saml::authn_request::AuthnError;
use crate::protocol::saml::fixture::{ACS, ENTITY, certificate, credential, now, private_key, provider, rule};
use crate::protocol::saml::message::instant;

const OURS: &str = "https://id.example/t/acme/saml/metadata";
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";

fn address() -> ReplyAddress {
    ReplyAddress {
        entity: crate::domain::saml::EntityId::parse(ENTITY).unwrap(),
        location: Endpoint::parse(ACS).unwrap(),
        binding: Binding::Post,
        in_response_to: MessageId::parse("_request"),
        relay_state: None,
    }
}

fn issued(provider: &ServiceProvider, change: impl Fn(&mut Told<'_>)) -> Result<String, ResponseError> {
    let signer = credential(provider.signature);
    let issuer =
        Issuer { entity_id: OURS, signer: &signer, alg: provider.signature, now: now(), entropy: &SystemEntropy };
    let name = format!("_{}", "A".repeat(43));
    let kind = preset::name_id(provider, None).unwrap();
    let mut told = Told {
        name_id: NameId { kind, value: preset::shaped(provider, name) },
        session_index: "_session".to_owned(),
        auth_time: now() - Duration::hours(1),
        session_ends: Some(now() + Duration::hours(11)),
        context: ContextClass::of(Level::Mfa, provider.preset),
        level: Level::Mfa,
        chain: Chain::default(),
        attributes: provider.attributes.iter().map(|rule| (rule, values(rule))).collect(),
    };
    change(&mut told);
    success(issuer, provider, &address(), &told)
}

fn values(rule: &AttributeRule) -> Vec<String> {
    match &rule.source {
        crate::domain::saml::AttributeSource::Fixed(values) => values.clone(),
        crate::domain::saml::AttributeSource::Claim(_) => Vec::new(),
    }
}

fn child<'a>(parent: Element<'a>, namespace: &str, name: &str) -> Element<'a> {
    parent.child(namespace, name).unwrap().unwrap_or_else(|| panic!("no {name} in {parent:?}"))
}

/// The assertion as the application reads it, decrypted where it is not plain.
fn opened(response: &Document) -> (Document, bool) {
    let root = response.root();
    if let Some(encrypted) = root.child(ASSERTION, "EncryptedAssertion").unwrap() {
        assert!(root.child(ASSERTION, "Assertion").unwrap().is_none(), "never both");
        let plain = decrypt_element(child(encrypted, XENC, "EncryptedData"), private_key()).unwrap();
        return (Document::parse(plain.as_bytes()).unwrap(), true);
    }
    panic!("not encrypted");
}

fn signed(element: Element<'_>) -> bool {
    let present = element.child(DSIG, "Signature").unwrap().is_some();
    assert_eq!(
        present,
        verify_enveloped(element, &[certificate(KeyType::Rsa)]).is_ok(),
        "a signature that is there is right"
    );
    present
}

#[test]
fn an_assertion_says_for_whom_how_long_and_what_it_answers() {
    let mut provider = provider();
    let multi = AttributeRule {
        friendly_name: Some("roles".to_owned()),
        source: crate::domain::saml::AttributeSource::Fixed(vec!["a&b".to_owned(), "<c>\"æ\"".to_owned()]),
        ..rule("urn:oid:1.2.3", "")
    };
    provider.attributes = vec![rule("plain", "x"), multi, rule("plain", "y"), rule("plain", "x")];
    let text = issued(&provider, |_| {}).unwrap();
    let response = Document::parse(text.as_bytes()).unwrap();
    let root = response.root();
    assert!(root.is(PROTOCOL, "Response"));
    assert_eq!(root.attribute("Destination"), Some(ACS));
    assert_eq!(root.attribute("InResponseTo"), Some("_request"));
    assert!(signed(root));
    let names: Vec<&str> = root.children().map(Element::local).collect();
    assert_eq!(names, ["Issuer", "Signature", "Status", "Assertion"]);
    let assertion = child(root, ASSERTION, "Assertion");
    assert!(signed(assertion));
    let names: Vec<&str> = assertion.children().map(Element::local).collect();
    assert_eq!(names, ["Issuer", "Signature", "Subject", "Conditions", "AuthnStatement", "AttributeStatement"]);
    assert_eq!(child(assertion, ASSERTION, "Issuer").text().unwrap(), OURS);
    assert_ne!(root.attribute("ID"), assertion.attribute("ID"));

    let subject = child(assertion, ASSERTION, "Subject");
    let name = child(subject, ASSERTION, "NameID");
    assert_eq!(name.attribute("Format"), Some(NameIdKind::Persistent.format()));
    assert_eq!((name.attribute("NameQualifier"), name.attribute("SPNameQualifier")), (Some(OURS), Some(ENTITY)));
    let confirmation = child(subject, ASSERTION, "SubjectConfirmation");
    assert_eq!(confirmation.attribute("Method"), Some(BEARER));
    let data = child(confirmation, ASSERTION, "SubjectConfirmationData");
    assert_eq!((data.attribute("Recipient"), data.attribute("InResponseTo")), (Some(ACS), Some("_request")));
    assert_eq!(data.attribute("NotBefore"), None, "Profiles §4.1.4.2");
    let until = instant(data.attribute("NotOnOrAfter").unwrap()).unwrap();
    assert!(until > now() && until <= now() + Duration::minutes(5));

    let conditions = child(assertion, ASSERTION, "Conditions");
    let time = |name| instant(conditions.attribute(name).unwrap()).unwrap();
    assert!(time("NotBefore") <= now() && time("NotOnOrAfter") - time("NotBefore") <= Duration::minutes(5));
    let audience = child(child(conditions, ASSERTION, "AudienceRestriction"), ASSERTION, "Audience");
    assert_eq!(audience.text().unwrap(), ENTITY);

    let statement = child(assertion, ASSERTION, "AuthnStatement");
    assert_eq!(statement.attribute("SessionIndex"), Some("_session"));
    assert_eq!(instant(statement.attribute("AuthnInstant").unwrap()), Some(now() - Duration::hours(1)));
    assert_eq!(instant(statement.attribute("SessionNotOnOrAfter").unwrap()), Some(now() + Duration::hours(11)));
    let class = child(child(statement, ASSERTION, "AuthnContext"), ASSERTION, "AuthnContextClassRef");
    assert_eq!(class.text().unwrap(), "https://refeds.org/profile/mfa");

    let attributes: Vec<Element<'_>> = child(assertion, ASSERTION, "AttributeStatement").children().collect();
    let told: Vec<(&str, &str, Vec<String>)> = attributes
        .iter()
        .map(|one| {
            let values = one.children().map(|value| value.text().unwrap()).collect();
            (one.attribute("Name").unwrap(), one.attribute("NameFormat").unwrap(), values)
        })
        .collect();
    let two = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    assert_eq!(told, [("plain", BASIC, two("x", "y")), ("urn:oid:1.2.3", URI, two("a&b", "<c>\"æ\""))]);
    assert_eq!(attributes[1].attribute("FriendlyName"), Some("roles"));
}

#[test]
fn what_is_signed_and_encrypted_is_what_the_application_asked_for() {
    for what in [Signed::Response, Signed::Assertion, Signed::Both] {
        for encrypt in [false, true] {
            for alg in SignatureAlg::ALL {
                let provider =
                    ServiceProvider { signed: what, encrypt_assertion: encrypt, signature: alg, ..provider() };
                let text = issued(&provider, |_| {}).unwrap();
                let response = Document::parse(text.as_bytes()).unwrap();
                let keys = [certificate(alg.key_type())];
                assert_eq!(verify_enveloped(response.root(), &keys).is_ok(), what.response(), "{what:?} {alg:?}");
                if encrypt {
                    assert!(!text.contains("saml:Assertion") && !text.contains("AttributeStatement"));
                    let (assertion, _) = opened(&response);
                    assert_eq!(verify_enveloped(assertion.root(), &keys).is_ok(), what.assertion());
                } else {
                    let assertion = child(response.root(), ASSERTION, "Assertion");
                    assert_eq!(verify_enveloped(assertion, &keys).is_ok(), what.assertion(), "{what:?} {alg:?}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_written_or_encrypted_is_an_error_and_no_document() {
    let refused = |change: &dyn Fn(&mut ServiceProvider)| {
        let mut one = provider();
        change(&mut one);
        issued(&one, |_| {}).unwrap_err()
    };
    for bad in ["\u{0}", "a\u{1}b", "\u{b}", "\u{fffe}", "x\u{1f}"] {
        let with = |provider: &mut ServiceProvider| provider.attributes = vec![rule("a", bad)];
        assert_eq!(refused(&with), ResponseError::Xml(XmlError::Character), "{bad:?}");
    }
    let none = |provider: &mut ServiceProvider| {
        provider.encrypt_assertion = true;
        provider.encryption_certificates.clear();
    };
    assert_eq!(refused(&none), ResponseError::NoCertificate);
    let useless = |provider: &mut ServiceProvider| {
        provider.encrypt_assertion = true;
        provider.encryption_certificates = vec![certificate(KeyType::EcP256)];
    };
    assert!(matches!(refused(&useless), ResponseError::Xml(_)), "nothing is sent in clear instead");
    let mut second = provider();
    second.encrypt_assertion = true;
    second.encryption_certificates.insert(0, certificate(KeyType::EcP256));
    assert!(issued(&second, |_| {}).is_ok(), "the first that can be used");
}

#[test]
fn a_refusal_is_signed_and_tells_nothing_of_anybody() {
    let signer = credential(SignatureAlg::RsaSha256);
    let issuer =
        Issuer { entity_id: OURS, signer: &signer, alg: SignatureAlg::RsaSha256, now: now(), entropy: &SystemEntropy };
    let table = [
        (AuthnError::NoPassive, "Responder", Some("NoPassive")),
        (AuthnError::NoAuthnContext, "Responder", Some("NoAuthnContext")),
        (AuthnError::NameIdPolicy, "Requester", Some("InvalidNameIDPolicy")),
        (AuthnError::Version { higher: true }, "VersionMismatch", Some("RequestVersionTooHigh")),
        (AuthnError::Version { higher: false }, "VersionMismatch", Some("RequestVersionTooLow")),
        (AuthnError::Binding, "Requester", Some("UnsupportedBinding")),
        (AuthnError::Destination, "Requester", Some("RequestDenied")),
        (AuthnError::IssueInstant(-3600), "Requester", Some("RequestDenied")),
        (AuthnError::Malformed("ForceAuthn"), "Requester", None),
        (AuthnError::Unsupported("x"), "Requester", Some("RequestUnsupported")),
        (AuthnError::UnknownPrincipal, "Responder", Some("UnknownPrincipal")),
        (AuthnError::NotForUser, "Responder", Some("RequestDenied")),
        (AuthnError::SessionEnded, "Responder", Some("AuthnFailed")),
        (AuthnError::Unwritable, "Responder", None),
    ];
    for (error, top, second) in table {
        let text = refusal(issuer, &address(), &error.status()).unwrap();
        let response = Document::parse(text.as_bytes()).unwrap();
        let root = response.root();
        assert!(signed(root), "{error:?}");
        let names: Vec<&str> = root.children().map(Element::local).collect();
        assert_eq!(names, ["Issuer", "Signature", "Status"], "{error:?}");
        assert_eq!(root.attribute("InResponseTo"), Some("_request"));
        let code = child(child(root, PROTOCOL, "Status"), PROTOCOL, "StatusCode");
        assert_eq!(code.attribute("Value"), Some(format!("{STATUS}{top}").as_str()), "{error:?}");
        let inner = code.children().next().and_then(|one| one.attribute("Value"));
        assert_eq!(inner, second.map(|second| format!("{STATUS}{second}")).as_deref(), "{error:?}");
        let message = child(child(root, PROTOCOL, "Status"), PROTOCOL, "StatusMessage").text().unwrap();
        assert!(message.starts_with("PRT-"), "{message}");
    }
}

/// What is wrong with an answer by the rules of a federation; empty where nothing is.
fn findings(preset: Preset, text: &str) -> Vec<&'static str> {
    let response = Document::parse(text.as_bytes()).unwrap();
    let root = response.root();
    let mut wrong = Vec::new();
    let mut rule = |holds: bool, name: &'static str| {
        if !holds {
            wrong.push(name);
        }
    };
    let status = child(child(root, PROTOCOL, "Status"), PROTOCOL, "StatusCode");
    rule(status.attribute("Value") == Some(&format!("{STATUS}Success")), "status");
    rule(root.attribute("InResponseTo") == Some("_request"), "in response to");
    rule(root.attribute("Destination") == Some(ACS), "destination");
    let issuer = child(root, ASSERTION, "Issuer");
    rule(issuer.attribute("Format").is_none_or(|format| format == super::super::ENTITY_FORMAT), "issuer format");
    let encrypted = root.children().filter(|one| one.is(ASSERTION, "EncryptedAssertion")).count();
    let clear = root.children().filter(|one| one.is(ASSERTION, "Assertion")).count();
    rule((encrypted, clear) == (1, 0), "exactly one encrypted assertion and no clear one");
    let response_signed = signed(root);
    match preset {
        Preset::Oiosaml3 => rule(!response_signed, "the response is not signed"),
        Preset::SwedenConnect => rule(response_signed, "the response is signed"),
        Preset::Default => {}
    }
    if (encrypted, clear) != (1, 0) {
        return wrong;
    }
    let (assertion, _) = opened(&response);
    let assertion = assertion.root();
    rule(preset != Preset::Oiosaml3 || signed(assertion), "the assertion is signed");
    let count = |name: &str| assertion.children().filter(|one| one.is(ASSERTION, name)).count();
    rule(count("AuthnStatement") == 1, "one authentication statement");
    rule(count("AttributeStatement") == 1, "one attribute statement");
    let subject = child(assertion, ASSERTION, "Subject");
    let name = child(subject, ASSERTION, "NameID");
    let silent = [NameIdKind::Persistent.format(), NameIdKind::Transient.format()];
    rule(name.attribute("Format").is_some_and(|format| silent.contains(&format)), "a pseudonymous name");
    let data = child(child(subject, ASSERTION, "SubjectConfirmation"), ASSERTION, "SubjectConfirmationData");
    rule(data.attribute("Recipient") == Some(ACS), "recipient");
    rule(data.attribute("NotOnOrAfter").is_some(), "an end");
    let restriction = child(child(assertion, ASSERTION, "Conditions"), ASSERTION, "AudienceRestriction");
    rule(child(restriction, ASSERTION, "Audience").text().unwrap() == ENTITY, "audience");
    if preset == Preset::Oiosaml3 {
        let value = name.text().unwrap();
        let uuid = value.strip_prefix("https://data.gov.dk/model/core/eid/").and_then(|rest| rest.split_once("/uuid/"));
        let shape = uuid.is_some_and(|(whose, uuid)| {
            ["person", "professional"].contains(&whose) && uuid::Uuid::parse_str(uuid).is_ok() && uuid.len() == 36
        });
        rule(shape, "a name of the Danish shape");
        let attribute = |name: &str| {
            let all = assertion.child(ASSERTION, "AttributeStatement").unwrap().into_iter().flat_map(Element::children);
            all.filter(|one| one.attribute("Name") == Some(name)).flat_map(Element::children).next()?.text().ok()
        };
        rule(
            attribute("https://data.gov.dk/model/core/specVersion").is_some_and(|v| v.starts_with("OIO-SAML-3")),
            "version",
        );
        let level = attribute("https://data.gov.dk/concept/core/nsis/loa");
        rule(level.as_deref() == Some("Low"), "a level, and none that nobody approved");
        if value.contains("/professional/") {
            let cvr = attribute("https://data.gov.dk/model/core/eid/professional/cvr").unwrap_or_default();
            rule(cvr.len() == 8 && cvr.bytes().all(|digit| digit.is_ascii_digit()), "eight digits");
            rule(attribute("https://data.gov.dk/model/core/eid/professional/orgName").is_some(), "the organisation");
        }
    }
    wrong
}

fn danish() -> ServiceProvider {
    let attributes = vec![rule(preset::CVR, "12345678"), rule(preset::ORGANISATION, "Fjordby Kommune")];
    ServiceProvider { preset: Preset::Oiosaml3, attributes, ..provider() }
}

fn swedish() -> ServiceProvider {
    ServiceProvider { preset: Preset::SwedenConnect, attributes: vec![rule("urn:oid:2.5.4.42", "Sven")], ..provider() }
}

#[test]
fn answers_under_the_danish_preset_keep_its_rules_whatever_else_is_set() {
    for what in [Signed::Response, Signed::Assertion, Signed::Both] {
        for name_id in NameIdKind::ALL {
            for encrypt_assertion in [false, true] {
                let professional = ServiceProvider { signed: what, name_id, encrypt_assertion, ..danish() };
                assert_eq!(findings(Preset::Oiosaml3, &issued(&professional, |_| {}).unwrap()), [""; 0]);
                let person = ServiceProvider { attributes: Vec::new(), ..professional };
                assert_eq!(findings(Preset::Oiosaml3, &issued(&person, |_| {}).unwrap()), [""; 0]);
            }
        }
    }
}

#[test]
fn answers_under_the_swedish_preset_keep_its_rules_whatever_else_is_set() {
    for what in [Signed::Response, Signed::Assertion, Signed::Both] {
        for name_id in NameIdKind::ALL {
            let provider = ServiceProvider { signed: what, name_id, ..swedish() };
            assert_eq!(findings(Preset::SwedenConnect, &issued(&provider, |_| {}).unwrap()), [""; 0]);
        }
    }
}

#[test]
fn the_checker_finds_what_breaks_the_rules() {
    let plain = ServiceProvider { attributes: danish().attributes, ..provider() };
    let clear = issued(&plain, |_| {}).unwrap();
    assert!(findings(Preset::Oiosaml3, &clear).contains(&"exactly one encrypted assertion and no clear one"));
    assert!(findings(Preset::Oiosaml3, &clear).contains(&"the response is not signed"));
    let encrypted = ServiceProvider { encrypt_assertion: true, ..plain };
    let default = issued(&encrypted, |_| {}).unwrap();
    let found = findings(Preset::Oiosaml3, &default);
    for expected in ["the response is not signed", "a name of the Danish shape", "version"] {
        assert!(found.contains(&expected), "{found:?}");
    }
    let unsigned = ServiceProvider { signed: Signed::Response, ..encrypted };
    assert!(findings(Preset::Oiosaml3, &issued(&unsigned, |_| {}).unwrap()).contains(&"the assertion is signed"));
    let by_danish_rules = issued(&danish(), |_| {}).unwrap();
    assert_eq!(findings(Preset::SwedenConnect, &by_danish_rules), ["the response is signed"]);
    let speaking = issued(&danish(), |told| {
        told.name_id = NameId { kind: NameIdKind::Email, value: "mette@acme.example".to_owned() };
    });
    assert!(findings(Preset::Oiosaml3, &speaking.unwrap()).contains(&"a pseudonymous name"));
    let high = ServiceProvider { attributes: vec![rule(preset::NSIS_LEVEL, "High")], ..danish() };
    let found = findings(Preset::Oiosaml3, &issued(&high, |_| {}).unwrap());
    assert_eq!(found, ["a level, and none that nobody approved"]);
    let short = ServiceProvider { attributes: vec![rule(preset::CVR, "1234")], ..danish() };
    let found = findings(Preset::Oiosaml3, &issued(&short, |_| {}).unwrap());
    assert_eq!(found, ["eight digits", "the organisation"]);
    let silent = ServiceProvider { attributes: Vec::new(), ..swedish() };
    assert_eq!(findings(Preset::SwedenConnect, &issued(&silent, |_| {}).unwrap()), ["one attribute statement"]);
    let otherwise = issued(&swedish(), |_| {}).unwrap().replace("InResponseTo=\"_request\"", "InResponseTo=\"_other\"");
    assert!(Document::parse(otherwise.as_bytes()).is_ok());
}
