//! What the tests of this folder share.

use std::sync::OnceLock;

use crate::crypto::credential::{Credential, mint};
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::Writer;
use crate::domain::Time;
use crate::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, Binding, CertificateDer, Endpoint, EntityId, NameIdKind, Preset,
    ServiceProvider, SignatureAlg, Signed,
};
use crate::domain::signing::{KeyId, KeyType};

use super::message::written;
use super::{ASSERTION, PROTOCOL};

pub const ENTITY: &str = "https://sp.example/metadata";
pub const ACS: &str = "https://sp.example/acs";
pub const SSO: &str = "https://id.example/t/acme/saml/sso";

pub fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A key pair made once, since that takes its time, and its private part.
fn minted(kind: KeyType) -> &'static (Vec<u8>, CertificateDer) {
    static RSA: OnceLock<(Vec<u8>, CertificateDer)> = OnceLock::new();
    static EC: OnceLock<(Vec<u8>, CertificateDer)> = OnceLock::new();
    let cell = if kind == KeyType::Rsa { &RSA } else { &EC };
    cell.get_or_init(|| {
        let minted = mint(kind, ENTITY, now(), &SystemEntropy).unwrap();
        (minted.private.to_vec(), minted.certificate)
    })
}

pub fn credential(alg: SignatureAlg) -> Credential {
    let (private, certificate) = minted(alg.key_type());
    Credential::parse(KeyId("k".to_owned()), alg.key_type(), private, certificate.clone()).unwrap()
}

pub fn private_key() -> &'static [u8] {
    &minted(KeyType::Rsa).0
}

pub fn certificate(kind: KeyType) -> CertificateDer {
    minted(kind).1.clone()
}

pub fn consumer(index: u16, binding: Binding, location: &str) -> AssertionConsumer {
    AssertionConsumer { index, binding, location: Endpoint::parse(location).unwrap(), is_default: false }
}

pub fn rule(name: &str, value: &str) -> AttributeRule {
    let source = AttributeSource::Fixed(vec![value.to_owned()]);
    AttributeRule { name: name.to_owned(), format: None, friendly_name: None, source }
}

pub fn provider() -> ServiceProvider {
    ServiceProvider {
        entity_id: EntityId::parse(ENTITY).unwrap(),
        acs: vec![consumer(0, Binding::Post, ACS)],
        logout: Vec::new(),
        signing_certificates: vec![certificate(KeyType::Rsa)],
        encryption_certificates: vec![certificate(KeyType::Rsa)],
        signs_requests: false,
        signed: Signed::Both,
        encrypt_assertion: false,
        signature: SignatureAlg::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: Vec::new(),
        preset: Preset::Default,
        idp_initiated: false,
        start_relay_state: None,
        metadata_url: None,
        metadata_certificates: Vec::new(),
    }
}

/// A request with these attributes beside the usual ones (which they replace), and these elements after the issuer.
pub fn request(attributes: &[(&str, &str)], inside: &[&str]) -> String {
    let issued = written(now());
    let mut all = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", "_request"),
        ("Version", "2.0"),
        ("IssueInstant", issued.as_str()),
    ];
    all.retain(|(name, _)| attributes.iter().all(|(other, _)| other != name));
    all.extend(attributes);
    let mut writer = Writer::new();
    writer.open("samlp:AuthnRequest", &all).leaf("saml:Issuer", &[], ENTITY);
    for element in inside {
        writer.insert(element);
    }
    writer.close();
    writer.finish().unwrap()
}
