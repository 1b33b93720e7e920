use super::*;
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::{Document, Element, verify_enveloped};
use crate::domain::identity_provider::tests::saml;
use crate::domain::signing::KeyType;
use crate::protocol::saml::{fixture, sp_metadata};

fn own() -> Own {
    Own::of(&Base::parse("https://id.example/t/acme").unwrap(), &IdpId::parse("up").unwrap())
}

fn request(upstream: &SamlUpstream, force: bool) -> Document {
    let id = request_id("abc").unwrap();
    let asked = Asked { id: &id, force, contexts: &upstream.acr_values, proxies: force.then_some(2) };
    Document::parse(authn_request(&own(), upstream, asked, fixture::now()).unwrap().as_bytes()).unwrap()
}

fn child<'a>(of: Element<'a>, namespace: &str, local: &str) -> Option<Element<'a>> {
    of.child(namespace, local).unwrap()
}

#[test]
fn a_request_says_who_asks_and_where_the_answer_goes() {
    let document = request(&saml(), false);
    let root = document.root();
    for (name, value) in [
        ("ID", Some("_abc")),
        ("Destination", Some("https://idp.example/sso")),
        ("AssertionConsumerServiceURL", Some("https://id.example/t/acme/federation/up/acs")),
        ("ForceAuthn", None),
        ("IsPassive", None),
    ] {
        assert_eq!(root.attribute(name), value, "{name}");
    }
    let issuer = child(root, ASSERTION, "Issuer").unwrap();
    assert_eq!(issuer.text().unwrap(), "https://id.example/t/acme/federation/up/metadata");
    let policy = child(root, PROTOCOL, "NameIDPolicy").unwrap();
    assert_eq!(policy.attribute("Format"), Some(NameIdKind::Persistent.format()));
    assert!(child(root, PROTOCOL, "RequestedAuthnContext").is_none() && child(root, PROTOCOL, "Scoping").is_none());
}

#[test]
fn a_request_asks_for_what_is_configured() {
    let upstream = SamlUpstream {
        subject: Some("uid".to_owned()),
        acr_values: ["urn:a", "urn:b"].map(str::to_owned).to_vec(),
        ..saml()
    };
    let document = request(&upstream, true);
    let root = document.root();
    assert_eq!(root.attribute("ForceAuthn"), Some("true"));
    assert_eq!(child(root, PROTOCOL, "NameIDPolicy").unwrap().attribute("Format"), None);
    let context = child(root, PROTOCOL, "RequestedAuthnContext").unwrap();
    let asked: Vec<String> = context.children().map(|one| one.text().unwrap()).collect();
    assert_eq!((asked, context.attribute("Comparison")), (upstream.acr_values, Some("exact")));
    let last = root.children().last().unwrap();
    assert!(last.is(PROTOCOL, "Scoping") && last.attribute("ProxyCount") == Some("2"));
}

#[test]
fn our_metadata_is_signed_and_our_own_reader_understands_it() {
    let signer = fixture::credential(SignatureAlg::RsaSha256);
    let certificate = fixture::certificate(KeyType::Rsa);
    let keys = Keys { signing: &[&certificate], encryption: Some(&certificate) };
    let alg = (&signer, SignatureAlg::RsaSha256);
    let text = metadata(&own(), &saml(), keys, alg, &SystemEntropy).unwrap();
    let document = Document::parse(text.as_bytes()).unwrap();
    verify_enveloped(document.root(), std::slice::from_ref(&certificate)).unwrap();
    let read = sp_metadata::read(text.as_bytes(), None, &[]).unwrap();
    assert_eq!(read.entity_id.as_str(), own().entity_id);
    assert_eq!(read.acs[0].location.as_str(), own().acs);
    assert!(read.logout.iter().all(|one| one.location.as_str() == own().logout) && read.logout.len() == 2);
    assert_eq!((read.signing_certificates.len(), read.encryption_certificates.len()), (1, 1));
    assert!(read.signs_requests && read.wants_assertions_signed);
    assert_eq!(read.name_id_formats, [NameIdKind::Persistent.format()]);
}

#[test]
fn every_connection_has_a_name_and_addresses_of_its_own() {
    let other = Own::of(&Base::parse("https://id.example/t/acme").unwrap(), &IdpId::parse("twin").unwrap());
    assert!(other.entity_id != own().entity_id && other.acs != own().acs && other.logout != own().logout);
}
