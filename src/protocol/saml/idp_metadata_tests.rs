use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::domain::signing::KeyType;
use crate::protocol::saml::fixture;

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

fn key(usage: &str, kind: KeyType) -> String {
    let certificate = STANDARD.encode(fixture::certificate(kind).0);
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn service(name: &str, binding: &str, location: &str) -> String {
    format!("<md:{name} Binding='{binding}' Location='{location}'/>")
}

fn role(inside: &str) -> String {
    format!(
        "<md:IDPSSODescriptor WantAuthnRequestsSigned='true' \
         protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>{inside}</md:IDPSSODescriptor>"
    )
}

fn entity(id: &str, inside: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='{id}'>{inside}</md:EntityDescriptor>"
    )
}

fn usual() -> String {
    [
        key(" use='signing'", KeyType::Rsa),
        key("", KeyType::EcP256),
        service("SingleLogoutService", REDIRECT, "https://idp.example/slo"),
        service("SingleSignOnService", POST, "https://idp.example/post"),
        service("SingleSignOnService", REDIRECT, "https://idp.example/sso?x=1"),
    ]
    .concat()
}

#[test]
fn what_is_needed_of_an_identity_provider_is_read() {
    let text = entity("https://idp.example", &role(&usual()));
    let read = read(text.as_bytes(), None, &[]).unwrap();
    assert_eq!(read.entity_id.as_str(), "https://idp.example");
    assert_eq!(read.sign_on.as_str(), "https://idp.example/sso?x=1");
    assert_eq!(read.logout.unwrap().as_str(), "https://idp.example/slo");
    assert!(read.wants_requests_signed);
    assert_eq!(
        read.certificates,
        [fixture::certificate(KeyType::Rsa), fixture::certificate(KeyType::EcP256)],
        "one without a use signs too"
    );
    assert_eq!(read.left_out, [format!("SingleSignOnService with {POST}")]);
}

#[test]
fn one_of_many_is_chosen_by_name() {
    let many = format!(
        "<md:EntitiesDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' validUntil='2030-01-01T00:00:00Z'>{}\
         <md:EntitiesDescriptor>{}</md:EntitiesDescriptor></md:EntitiesDescriptor>",
        entity("urn:one", &role(&usual())),
        entity("urn:two", &role(&usual()))
    );
    let wanted = EntityId::parse("urn:two").unwrap();
    let found = read(many.as_bytes(), Some(&wanted), &[]).unwrap();
    assert_eq!((found.entity_id, found.valid_until.is_some()), (wanted, true));
    let names = ["urn:one", "urn:two"].map(str::to_owned).to_vec();
    assert_eq!(read(many.as_bytes(), None, &[]), Err(IdpMetadataFault::Several(names)));
    let other = EntityId::parse("urn:three").unwrap();
    assert_eq!(read(many.as_bytes(), Some(&other), &[]), Err(IdpMetadataFault::Absent("urn:three".to_owned())));
}

#[test]
fn metadata_that_nobody_could_be_sent_by_or_believed_with_is_refused() {
    let sso = service("SingleSignOnService", REDIRECT, "https://idp.example/sso");
    let sealing = key(" use='encryption'", KeyType::Rsa);
    let key = key("", KeyType::Rsa);
    let bad = service("SingleSignOnService", REDIRECT, "javascript:alert(1)");
    let table = [
        (entity("x", ""), "describes no SAML 2.0 identity provider"),
        (entity("x", &role(&key)), "names no place for requests"),
        (entity("x", &role(&sso)), "holds no certificate"),
        (entity("x", &role(&(sealing + &sso))), "holds no certificate"),
        (entity("x", &role(&(key.clone() + &bad))), "has an address that"),
        (entity("", &role(&(key.clone() + &sso))), "has an entityID that"),
        (entity("x", &role(&(key + &sso.repeat(65)))), "holds more than 64"),
        ("<x/>".to_owned(), "is not SAML metadata"),
        ("<!DOCTYPE x><x/>".to_owned(), "is not XML that is read here"),
    ];
    for (text, why) in table {
        let fault = read(text.as_bytes(), None, &[]).unwrap_err().to_string();
        assert!(fault.starts_with(why), "{why}: {fault}");
    }
}
