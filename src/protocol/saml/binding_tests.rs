use proptest::prelude::*;

use super::*;
use crate::crypto::xml::{Document, Place, sign_enveloped};
use crate::domain::signing::KeyType;
use crate::protocol::saml::fixture::{certificate, credential, request};

const ALG: SignatureAlg = SignatureAlg::RsaSha256;
const SSO: &str = "https://id.example/t/acme/saml/sso";

fn redirect(relay_state: Option<&str>) -> String {
    let xml = request(&[], &[]);
    let outgoing = Outgoing { kind: Kind::Request, xml: &xml, to: SSO, relay_state };
    let Reply::Redirect(address) = outgoing.redirect(&credential(ALG), ALG).unwrap() else { panic!("a redirect") };
    address.split_once('?').unwrap().1.to_owned()
}

fn verify(incoming: &Incoming) -> Result<(), SignatureError> {
    let document = Document::parse(&incoming.xml).unwrap();
    incoming.verify(document.root(), &[certificate(KeyType::EcP256), certificate(KeyType::Rsa)])
}

/// The query with one parameter's raw value changed.
fn with(query: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    let pieces = query.split('&').map(|piece| match piece.split_once('=') {
        Some((key, value)) if key == name => format!("{key}={}", change(value)),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("&")
}

#[test]
fn what_is_sent_by_redirect_is_read_again_octet_for_octet() {
    for relay_state in [None, Some(""), Some("https://sp.example/a?b=c&d=%2F+ æ'()*~!")] {
        let incoming = Incoming::redirect(&redirect(relay_state)).unwrap();
        assert_eq!(incoming.xml, request(&[], &[]).into_bytes());
        assert_eq!(incoming.relay_state.as_deref(), relay_state);
        assert_eq!((incoming.kind, incoming.binding), (Kind::Request, Binding::Redirect));
        assert_eq!(verify(&incoming), Ok(()));
    }
}

#[test]
fn each_algorithm_signs_a_redirect_by_its_own_key_alone() {
    for alg in SignatureAlg::ALL {
        let outgoing = Outgoing { kind: Kind::Response, xml: "<a/>", to: SSO, relay_state: None };
        let Reply::Redirect(address) = outgoing.redirect(&credential(alg), alg).unwrap() else { panic!("a redirect") };
        let incoming = Incoming::redirect(address.split_once('?').unwrap().1).unwrap();
        let document = Document::parse(&incoming.xml).unwrap();
        assert_eq!(incoming.verify(document.root(), &[certificate(alg.key_type())]), Ok(()), "{alg:?}");
        let other = if alg.key_type() == KeyType::Rsa { KeyType::EcP256 } else { KeyType::Rsa };
        assert!(incoming.verify(document.root(), &[certificate(other)]).is_err(), "{alg:?}");
    }
}

#[test]
fn the_order_of_parameters_and_strange_ones_do_not_matter_to_a_signature() {
    let query = redirect(Some("state"));
    let mut pieces: Vec<&str> = query.split('&').collect();
    pieces.reverse();
    pieces.insert(1, "lang=sv");
    pieces.insert(0, "x%5B%5D=1");
    assert_eq!(verify(&Incoming::redirect(&pieces.join("&")).unwrap()), Ok(()));
}

#[test]
fn a_signature_over_the_values_as_javascript_encodes_them_counts() {
    let message = redirect(None).split('&').next().unwrap().strip_prefix("SAMLRequest=").unwrap().to_owned();
    let signed = format!(
        "SAMLRequest={}&RelayState=it's%20(here)&SigAlg={}",
        encode_component(&decoded(&message).unwrap()),
        encode_component(ALG.uri())
    );
    let signature = STANDARD.encode(sign_query(&signed, &credential(ALG), ALG).unwrap());
    let sent = format!(
        "SAMLRequest={message}&RelayState=it%27s+%28here%29&SigAlg={}&Signature={}",
        escaped(ALG.uri()),
        escaped(&signature)
    );
    assert_eq!(verify(&Incoming::redirect(&sent).unwrap()), Ok(()));
}

#[test]
fn any_changed_part_breaks_a_redirects_signature() {
    let query = redirect(Some("state"));
    let other = redirect(None);
    let foreign = other.split('&').next().unwrap().strip_prefix("SAMLRequest=").unwrap();
    let another_message = {
        let xml = request(&[("ID", "_other")], &[]);
        let outgoing = Outgoing { kind: Kind::Request, xml: &xml, to: SSO, relay_state: None };
        let Reply::Redirect(address) = outgoing.redirect(&credential(ALG), ALG).unwrap() else { panic!() };
        let query = address.split_once('?').unwrap().1.to_owned();
        query.split('&').next().unwrap().strip_prefix("SAMLRequest=").unwrap().to_owned()
    };
    assert_eq!(verify(&Incoming::redirect(&with(&query, "SAMLRequest", |_| foreign.to_owned())).unwrap()), Ok(()));
    let table = [
        with(&query, "SAMLRequest", |_| another_message.clone()),
        with(&query, "RelayState", |_| "other".to_owned()),
        with(&query, "RelayState", |_| String::new()),
        query.replace("&RelayState=state", ""),
        with(&query, "SigAlg", |_| escaped(SignatureAlg::RsaSha512.uri())),
        with(&query, "Signature", |_| "AAAA".to_owned()),
        with(&query, "Signature", |_| String::new()),
    ];
    for changed in table {
        let verified = verify(&Incoming::redirect(&changed).unwrap());
        assert!(matches!(verified, Err(SignatureError::Wrong(_))), "{changed}: {verified:?}");
    }
}

#[test]
fn old_algorithms_and_missing_keys_are_refused() {
    let query = redirect(None);
    for uri in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "",
    ] {
        let changed = with(&query, "SigAlg", |_| escaped(uri));
        assert_eq!(verify(&Incoming::redirect(&changed).unwrap()), Err(SignatureError::Algorithm), "{uri}");
    }
    let incoming = Incoming::redirect(&query).unwrap();
    let document = Document::parse(&incoming.xml).unwrap();
    assert_eq!(incoming.verify(document.root(), &[]), Err(SignatureError::NoCertificate));
    let unsigned = Incoming::redirect(query.split('&').next().unwrap()).unwrap();
    assert_eq!(verify(&unsigned), Err(SignatureError::Missing));
}

#[test]
fn a_signature_is_right_where_it_is_there_and_there_where_it_must_be() {
    let keys = [certificate(KeyType::Rsa)];
    let query = redirect(None);
    let signed = Incoming::redirect(&query).unwrap();
    let tampered = Incoming::redirect(&with(&query, "Signature", |_| "AAAA".to_owned())).unwrap();
    let plain = Incoming::redirect(query.split('&').next().unwrap()).unwrap();
    let document = Document::parse(&signed.xml).unwrap();
    let root = document.root();
    assert_eq!(signed.authenticate(root, &keys, true), Ok(Signed::Yes));
    assert_eq!(signed.authenticate(root, &keys, false), Ok(Signed::Yes));
    assert_eq!(signed.authenticate(root, &[], true), Err(SignatureError::NoCertificate));
    assert_eq!(signed.authenticate(root, &[], false), Ok(Signed::Unverifiable));
    assert_eq!(plain.authenticate(root, &keys, true), Err(SignatureError::Missing));
    assert_eq!(plain.authenticate(root, &keys, false), Ok(Signed::No));
    for required in [true, false] {
        let refused = tampered.authenticate(root, &keys, required);
        assert!(matches!(refused, Err(SignatureError::Wrong(_))), "{refused:?}");
    }
}

#[test]
fn names_that_only_look_like_ours_are_refused_and_so_is_a_name_twice() {
    let query = redirect(Some("state"));
    for (from, to) in [
        ("SAMLRequest=", "%53AMLRequest="),
        ("SAMLRequest=", "samlrequest="),
        ("SAMLRequest=", "SAML_Request="),
        ("SAMLRequest=", "SAMLRequest%00="),
        ("RelayState=", "Relay%53tate="),
        ("RelayState=", "relaystate="),
        ("Signature=", "signature="),
        ("SigAlg=", "+SigAlg="),
    ] {
        let refused = Incoming::redirect(&query.replacen(from, to, 1));
        assert!(matches!(refused, Err(BindingError::Alias(_) | BindingError::Escape)), "{to}: {refused:?}");
    }
    for name in ["SAMLRequest", "RelayState", "SigAlg", "Signature"] {
        for first in [format!("{name}=x&{query}"), format!("{query}&{name}=")] {
            assert_eq!(Incoming::redirect(&first), Err(BindingError::Twice(name)), "{first}");
        }
    }
    let both = format!("{query}&SAMLResponse=x");
    assert_eq!(Incoming::redirect(&both), Err(BindingError::NoMessage));
    let aliased = format!("{query}&%53AMLResponse=x");
    assert!(Incoming::redirect(&aliased).is_err(), "a second message by another name");
}

#[test]
fn what_cannot_be_a_message_is_refused() {
    let deflate = |bytes: &[u8]| {
        let mut out = Vec::new();
        DeflateEncoder::new(bytes, Compression::best()).read_to_end(&mut out).unwrap();
        out
    };
    let query = |bytes: &[u8]| format!("SAMLRequest={}", escaped(&STANDARD.encode(bytes)));
    let bomb = deflate(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < xml::MESSAGE, "a bomb that fits into the parameters");
    let mut followed = deflate(b"<a/>");
    followed.extend(b"more");
    let whole = deflate(b"<a/>");
    let table: Vec<(String, BindingError)> = vec![
        (query(&bomb), BindingError::TooLarge),
        (query(&followed), BindingError::Deflate),
        (query(&whole[..whole.len() - 1]), BindingError::Deflate),
        (query(b"<a/>"), BindingError::Deflate),
        ("SAMLRequest=%%%".to_owned(), BindingError::Escape),
        ("SAMLRequest=!!!!".to_owned(), BindingError::Base64),
        (String::new(), BindingError::NoMessage),
        ("RelayState=x".to_owned(), BindingError::NoMessage),
        (format!("{}&SAMLEncoding=urn:x", query(&whole)), BindingError::Encoding),
        (format!("{}&SigAlg=x", query(&whole)), BindingError::Signature),
        (format!("{}&RelayState={}", query(&whole), "x".repeat(1025)), BindingError::RelayState),
        (format!("SAMLRequest={}", "A".repeat(300_000)), BindingError::TooLong),
    ];
    for (text, expected) in table {
        assert_eq!(Incoming::redirect(&text).unwrap_err(), expected, "{}", text.get(..80).unwrap_or(&text));
    }
    let state = "x".repeat(RELAY_STATE_MAX_BYTES);
    let kept = Incoming::redirect(&format!("{}&RelayState={state}", query(&whole))).unwrap();
    assert_eq!(kept.relay_state.as_deref(), Some(state.as_str()));
    assert!(Incoming::redirect(&format!("{}&SAMLEncoding={}", query(&whole), escaped(DEFLATE))).is_ok());
}

#[test]
fn a_posted_message_carries_its_signature_inside() {
    let signed = sign_enveloped(&request(&[], &[]), Place::AfterIssuer, &credential(ALG), ALG).unwrap();
    let outgoing = Outgoing { kind: Kind::Request, xml: &signed, to: SSO, relay_state: Some("a b+c&d") };
    let Reply::FormPost { action, params } = outgoing.post() else { panic!("a form") };
    assert_eq!(action, SSO);
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
    let incoming = Incoming::post(&body).unwrap();
    assert_eq!(incoming.xml, signed.clone().into_bytes());
    assert_eq!(incoming.relay_state.as_deref(), Some("a b+c&d"));
    assert_eq!(verify(&incoming), Ok(()));
    let changed = signed.replace("_request", "_Request");
    let posted = |xml: &str| format!("SAMLRequest={}", escaped(&STANDARD.encode(xml)));
    let changed = Incoming::post(&posted(&changed)).unwrap();
    assert!(matches!(verify(&changed), Err(SignatureError::Wrong(_))));
    let unsigned = Incoming::post(&posted(&request(&[], &[]))).unwrap();
    assert_eq!(verify(&unsigned), Err(SignatureError::Missing));
    assert_eq!(Incoming::post(&format!("{body}&SigAlg=x&Signature=y")), Err(BindingError::Signature));
    let large = posted(&" ".repeat(xml::MESSAGE + 1));
    assert_eq!(Incoming::post(&large), Err(BindingError::TooLarge));
}

#[test]
fn line_breaks_and_missing_padding_are_understood() {
    let encoded = STANDARD.encode("<a>x</a>");
    let broken = escaped(&format!("{}\r\n{}", &encoded[..4], encoded[4..].trim_end_matches('=')));
    assert_eq!(Incoming::post(&format!("SAMLRequest={broken}")).unwrap().xml, b"<a>x</a>");
}

#[test]
fn an_address_keeps_its_own_query() {
    for (address, expected) in [
        ("https://sp.example/slo", "https://sp.example/slo?a=b"),
        ("https://sp.example/slo?x=%20", "https://sp.example/slo?x=%20&a=b"),
        ("https://sp.example/slo?", "https://sp.example/slo?a=b"),
        ("https://sp.example/slo?x&", "https://sp.example/slo?x&a=b"),
    ] {
        assert_eq!(joined(address, "a=b"), expected);
    }
}

proptest! {
    #[test]
    fn no_query_and_no_body_panics(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Incoming::redirect(&text);
        let _read = Incoming::post(&text);
        let message = format!("SAMLRequest={}", escaped(&STANDARD.encode(bytes)));
        let _read = Incoming::redirect(&message);
    }

    #[test]
    fn relay_state_survives_both_bindings(state in "\\PC{0,200}") {
        let outgoing = Outgoing { kind: Kind::Response, xml: "<a/>", to: SSO, relay_state: Some(&state) };
        let Reply::FormPost { params, .. } = outgoing.post() else { panic!("a form") };
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
        let posted = Incoming::post(&body).unwrap();
        prop_assert_eq!(posted.relay_state.as_deref(), Some(state.as_str()));
    }
}
