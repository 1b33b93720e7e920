use super::super::binding::Incoming;
use super::super::fixture::{ENTITY, certificate, credential, now};
use super::super::status::{Fault, Reason};
use super::*;
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::Document;
use crate::domain::signing::KeyType;

const SLO: &str = "https://sp.example/slo?a=1&b=2";
const US: &str = "https://id.example/t/acme/saml/metadata";

fn sender(credential: &Credential) -> Sender<'_> {
    Sender { entity_id: US, signer: credential, alg: SignatureAlg::RsaSha256, now: now(), entropy: &SystemEntropy }
}

fn told(format: &str) -> Told<'_> {
    Told { name_id: "å<&\">b", format, session_index: "_index", audience: ENTITY }
}

/// What the other side reads of it.
fn received(reply: Reply) -> Incoming {
    match reply {
        Reply::Redirect(location) => {
            assert!(location.starts_with(SLO), "{location}");
            let (_, query) = location.split_once('?').unwrap();
            Incoming::redirect(query).unwrap()
        }
        Reply::FormPost { action, params } => {
            assert_eq!(action, SLO);
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
            Incoming::post(&body).unwrap()
        }
    }
}

#[test]
fn requests_and_answers_are_signed_and_say_what_they_are_about_by_either_binding() {
    let key = credential(SignatureAlg::RsaSha256);
    for binding in [Binding::Redirect, Binding::Post] {
        let route = Route { binding, location: SLO, relay_state: Some("r s&t=u") };
        let id = MessageId::parse("_our-request").unwrap();
        let persistent = NameIdKind::Persistent.format();
        let incoming = received(sender(&key).request(&id, route, told(persistent)).unwrap());
        assert_eq!((incoming.kind, incoming.relay_state.as_deref()), (Kind::Request, Some("r s&t=u")));
        let document = Document::parse(&incoming.xml).unwrap();
        incoming.verify(document.root(), &[certificate(KeyType::Rsa)]).unwrap();
        assert!(incoming.verify(document.root(), &[certificate(KeyType::EcP256)]).is_err(), "another key");
        let request = LogoutRequest::read(document.root()).unwrap();
        assert_eq!((request.name_id.as_str(), request.sessions.as_slice()), ("å<&\">b", &["_index".to_owned()][..]));
        assert_eq!((request.header.id, request.header.issuer.as_str()), (id, US));
        let name = document.root().child(ASSERTION, "NameID").unwrap().unwrap();
        assert_eq!((name.attribute("NameQualifier"), name.attribute("SPNameQualifier")), (Some(US), Some(ENTITY)));

        let statuses = [
            (Status::Success, true),
            (Status::SuccessBut(Reason::PartialLogout), true),
            (Status::refused(Fault::Requester, Some(Reason::UnknownPrincipal), "who?"), false),
        ];
        for (status, success) in statuses {
            let incoming = received(sender(&key).response("_theirs", route, &status).unwrap());
            let document = Document::parse(&incoming.xml).unwrap();
            incoming.verify(document.root(), &[certificate(KeyType::Rsa)]).unwrap();
            let response = LogoutResponse::read(document.root()).unwrap();
            assert_eq!((response.in_response_to.as_str(), response.success), ("_theirs", success));
            response.check(SLO, now()).unwrap();
        }
    }
}

#[test]
fn a_name_that_xml_cannot_carry_is_an_error_and_no_message() {
    let key = credential(SignatureAlg::RsaSha256);
    let route = Route { binding: Binding::Redirect, location: SLO, relay_state: None };
    let id = MessageId::parse("_x").unwrap();
    let bad = Told { name_id: "a\u{1}b", ..told("") };
    assert_eq!(sender(&key).request(&id, route, bad), Err(XmlError::Character));
}

fn read(attributes: &[(&str, &str)], inside: &[(&str, &str)]) -> Result<LogoutRequest, LogoutError> {
    let issued = written(now());
    let mut all = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", "_1"),
        ("Version", "2.0"),
        ("IssueInstant", issued.as_str()),
        ("Destination", US),
    ];
    all.retain(|(name, _)| attributes.iter().all(|(other, _)| other != name));
    all.extend(attributes.iter().filter(|(_, value)| !value.is_empty()));
    let mut writer = Writer::new();
    writer.open("samlp:LogoutRequest", &all).leaf("saml:Issuer", &[], ENTITY);
    for (name, text) in inside {
        writer.leaf(name, &[], text);
    }
    writer.close();
    let xml = writer.finish().unwrap();
    let document = Document::parse(xml.as_bytes()).unwrap();
    let request = LogoutRequest::read(document.root())?;
    request.check(US, now()).map(|()| request)
}

#[test]
fn a_request_is_for_us_of_a_moment_ago_and_names_one_person() {
    let name = [("saml:NameID", "n")];
    assert!(read(&[], &name).is_ok());
    let old = written(now() - chrono::Duration::minutes(9));
    let early = written(now() + chrono::Duration::minutes(4));
    let over = written(now() - chrono::Duration::minutes(3));
    for (attributes, expected) in [
        (("Destination", "https://other.example/slo"), LogoutError::Destination),
        (("Destination", ""), LogoutError::Destination),
        (("Version", "1.1"), LogoutError::Version),
        (("IssueInstant", old.as_str()), LogoutError::Stale),
        (("IssueInstant", early.as_str()), LogoutError::Stale),
        (("NotOnOrAfter", over.as_str()), LogoutError::Stale),
        (("NotOnOrAfter", "tomorrow"), LogoutError::Stale),
    ] {
        assert_eq!(read(&[attributes], &name), Err(expected), "{attributes:?}");
    }
    assert_eq!(read(&[], &[]), Err(LogoutError::NameId));
    assert_eq!(read(&[], &[("saml:NameID", "")]), Err(LogoutError::NameId));
    assert_eq!(read(&[], &[("saml:EncryptedID", "x")]), Err(LogoutError::NameId));
    assert!(read(&[], &[("saml:NameID", "a"), ("saml:NameID", "b")]).is_err(), "two names");
    let many = [&[("saml:NameID", "n")][..], &[("samlp:SessionIndex", "i"); 101]].concat();
    assert_eq!(read(&[], &many), Err(LogoutError::SessionIndex));
}

#[test]
fn indexes_narrow_a_request_to_their_sessions() {
    let persistent = NameIdKind::Persistent.format();
    let all = read(&[], &[("saml:NameID", "n")]).unwrap();
    assert!(all.is_about(persistent, "_1") && all.is_about(persistent, "_2"));
    let one = read(&[], &[("saml:NameID", "n"), ("samlp:SessionIndex", "_1")]).unwrap();
    assert!(one.is_about(persistent, "_1") && !one.is_about(persistent, "_2"));
    let spaced = read(&[], &[("saml:NameID", "\n  n\n"), ("samlp:SessionIndex", "\n  _1\n")]).unwrap();
    assert!(spaced.name_id == "n" && spaced.sessions == one.sessions, "however it is laid out");
    assert_eq!(read(&[], &[("saml:NameID", " \n")]), Err(LogoutError::NameId));
    let typed = LogoutRequest { format: Some(persistent.to_owned()), ..all };
    assert!(typed.is_about(persistent, "_1") && !typed.is_about(NameIdKind::Email.format(), "_1"));
}
