use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::crypto::certificate::{self, write_pem};
use crate::crypto::credential::{Credential, mint};
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::{Place, sign_enveloped};
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::domain::signing::{KeyId, KeyType};
use crate::domain::watch::Alert;
use crate::flow::admin::registered;
use crate::flow::admin::tests::{Bench, acme};

const URL: &str = "https://sp.example/metadata";

fn certificate() -> CertificateDer {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    mint(KeyType::Rsa, "sp", now, &SystemEntropy).unwrap().certificate
}

fn metadata(entity: &str, acs: &str, attributes: &str, certificates: &[&CertificateDer]) -> Vec<u8> {
    let key = |one: &&CertificateDer| {
        format!(
            "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
             </ds:KeyInfo></md:KeyDescriptor>",
            STANDARD.encode(&one.0)
        )
    };
    let keys: String = certificates.iter().map(key).collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{entity}\"><md:SPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" {attributes}>{keys}\
         <md:AssertionConsumerService index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"{acs}\"/></md:SPSSODescriptor></md:EntityDescriptor>"
    )
    .into_bytes()
}

/// A tenant with one service provider that signs its requests, and the certificate that it is known by.
struct Stage {
    bench: Bench,
    known: CertificateDer,
}

impl Stage {
    fn new() -> Self {
        let stage = Self { bench: Bench::new(), known: certificate() };
        stage.declare(&[]);
        stage
    }

    /// Its metadata has to be signed by one of these, if there are any.
    fn declare(&self, signers: &[&CertificateDer]) {
        let signers: Vec<String> = signers.iter().map(|one| write_pem(one)).collect();
        self.bench.apply(&json!({ "slug": "acme", "application": [{ "id": "sp", "saml": {
            "entity_id": "https://sp.example", "acs": ["https://sp.example/acs"], "metadata_url": URL,
            "certificates": write_pem(&self.known), "require_signed_requests": true, "encrypt_assertion": true,
            "metadata_certificates": signers,
        } }] }));
    }

    fn tenant(&self) -> Tenant {
        self.bench.host.store_of(&acme()).unwrap().unwrap().0
    }

    /// What is due is fetched, and this comes.
    fn fetch(&self, fetched: &Fetched) -> Watch {
        let due = due(&self.bench.host, &self.tenant()).unwrap();
        assert_eq!(due.len(), 1, "{due:?}");
        for one in due {
            settle(&self.bench.host, &self.tenant(), one, fetched).unwrap();
        }
        let (_, store) = self.bench.host.store_of(&acme()).unwrap().unwrap();
        store.read(store::metadata::watches).unwrap().remove(0)
    }

    fn provider(&self) -> ServiceProvider {
        let (_, store) = self.bench.host.store_of(&acme()).unwrap().unwrap();
        let stored = store.read(|tx| store::applications::find(tx, &ClientId::parse("sp").unwrap())).unwrap().unwrap();
        provider_of(&stored.application.protocol).unwrap().clone()
    }
}

#[test]
fn new_addresses_and_certificates_are_taken_over_and_told() {
    let stage = Stage::new();
    let second = certificate();
    let text = metadata(
        "https://sp.example",
        "https://new.sp.example/acs",
        "AuthnRequestsSigned=\"true\" validUntil=\"2030-01-01T00:00:00Z\"",
        &[&stage.known, &second],
    );
    let watch = stage.fetch(&Ok(text.clone()));
    assert_eq!((watch.failure, watch.held.len()), (None, 0));
    assert!(watch.valid_until.is_some() && watch.fetched_at.is_some());
    let provider = stage.provider();
    assert_eq!(provider.acs[0].location.as_str(), "https://new.sp.example/acs");
    assert_eq!(provider.signing_certificates, [stage.known.clone(), second.clone()]);
    assert!(provider.signs_requests && provider.encrypt_assertion, "what an administrator decided stays");
    let events = stage.bench.events("application.refreshed");
    assert_eq!(events.len(), 1);
    assert!(events[0].details["changed"].contains("saml.acs"), "{:?}", events[0].details);
    assert!(events[0].details["after"].contains(&crate::crypto::certificate::fingerprint(&second.0)));
    assert_eq!(events[0].actor, "system");
    assert_eq!(due(&stage.bench.host, &stage.tenant()).unwrap(), [], "not again at once");
    stage.bench.pass(USUAL);
    stage.fetch(&Ok(text));
    assert_eq!(stage.bench.events("application.refreshed").len(), 1, "the same again is no news");
}

#[test]
fn nothing_that_is_fetched_makes_a_check_weaker() {
    let stage = Stage::new();
    let (before, other) = (stage.provider(), certificate());
    let signed = "AuthnRequestsSigned=\"1\"";
    let acs = "https://evil.example/acs";
    let table = [
        (metadata("https://sp.example", acs, "", &[&stage.known]), vec![Held::Unsigned]),
        (metadata("https://sp.example", acs, signed, &[&other]), vec![Held::AllKeysGone]),
        (
            metadata("https://sp.example", acs, "AuthnRequestsSigned=\"false\"", &[]),
            vec![Held::Unsigned, Held::AllKeysGone, Held::NothingToEncryptFor],
        ),
        (metadata("https://other.example", acs, signed, &[&stage.known]), vec![Held::OtherEntity]),
    ];
    for (number, (text, held)) in table.into_iter().enumerate() {
        assert_eq!(stage.fetch(&Ok(text)).held, held);
        assert_eq!(stage.provider(), before);
        assert_eq!(stage.bench.events("application.refresh_held").len(), number + 1);
        stage.bench.pass(USUAL);
    }
    // A failure in between does not make what was held back any better.
    let watch = stage.fetch(&Err(Failure::Unreachable));
    assert_eq!((watch.held, watch.failure), (vec![Held::OtherEntity], Some(Failure::Unreachable)));
    assert_eq!(watch.due_at, watch.checked_at + LEAST, "tried again soon");
    stage.bench.pass(LEAST);
    let good = metadata("https://sp.example", "https://sp.example/acs", signed, &[&stage.known]);
    assert_eq!(stage.fetch(&Ok(good)).held, []);
}

#[test]
fn what_is_no_metadata_or_is_past_its_time_changes_nothing() {
    let stage = Stage::new();
    let before = stage.provider();
    let signed = "AuthnRequestsSigned=\"1\"";
    let javascript = metadata("https://sp.example", "javascript:alert(1)", signed, &[&stage.known]);
    let past = format!("{signed} validUntil=\"2001-01-01T00:00:00Z\"");
    let past = metadata("https://sp.example", "https://new.example/", &past, &[&stage.known]);
    let table = [
        (b"<html/>".to_vec(), Failure::Unusable),
        (b"\xff\xfe".to_vec(), Failure::Unusable),
        (javascript, Failure::Unusable),
        (past, Failure::Expired),
    ];
    for (text, failure) in table {
        assert_eq!(stage.fetch(&Ok(text)).failure, Some(failure));
        assert_eq!(stage.provider(), before);
        stage.bench.pass(LEAST);
    }
}

fn signer() -> Credential {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    let minted = mint(KeyType::EcP256, "federation", now, &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), KeyType::EcP256, &minted.private, minted.certificate).unwrap()
}

fn signed(text: &[u8], signer: &Credential) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    sign_enveloped(text, Place::First, signer, SignatureAlg::EcdsaSha256).unwrap().into_bytes()
}

#[test]
fn in9_where_a_signature_is_demanded_nothing_is_taken_over_without_it() {
    let stage = Stage::new();
    let (federation, stranger) = (signer(), signer());
    stage.declare(&[federation.certificate()]);
    let before = stage.provider();
    let text = |acs: &str, until: &str| {
        let attributes = format!("AuthnRequestsSigned=\"1\" {until}");
        let text = metadata("https://sp.example", acs, &attributes, &[&stage.known]);
        String::from_utf8(text).unwrap().replacen(" entityID=", " ID=\"_sp\" entityID=", 1).into_bytes()
    };
    let (acs, until) = ("https://new.sp.example/acs", "validUntil=\"2030-01-01T00:00:00Z\"");
    let good = signed(&text(acs, until), &federation);
    let changed = String::from_utf8(good.clone()).unwrap().replace("new.sp.example", "evil.example").into_bytes();
    let table = [
        (text(acs, until), Failure::SignatureMissing),
        (signed(&text(acs, until), &stranger), Failure::SignatureWrong),
        (changed, Failure::SignatureWrong),
        (signed(&text(acs, ""), &federation), Failure::Endless),
        (signed(&text(acs, "validUntil=\"2001-01-01T00:00:00Z\""), &federation), Failure::Expired),
    ];
    let mut told: Vec<&str> = Vec::new();
    for (text, failure) in &table {
        assert_eq!(stage.fetch(&Ok(text.clone())).failure, Some(*failure));
        assert_eq!(stage.provider(), before, "{failure:?}");
        if told.last() != Some(&failure.name()) {
            told.push(failure.name());
        }
        let events = stage.bench.events("application.refresh_held");
        let why: Vec<&str> = events.iter().map(|event| event.details["why"].as_str()).collect();
        assert_eq!(why, told, "each reason is told once");
        stage.bench.pass(LEAST);
    }
    // Good again: taken over, and the demand stays with it.
    let watch = stage.fetch(&Ok(good));
    assert_eq!((watch.failure, watch.held.len()), (None, 0));
    let after = stage.provider();
    assert_eq!(after.acs[0].location.as_str(), acs);
    assert_eq!(after.metadata_certificates, [federation.certificate().clone()]);
    stage.bench.pass(USUAL);
    let watch = stage.fetch(&Ok(text("https://evil.example/acs", until)));
    assert_eq!(watch.failure, Some(Failure::SignatureMissing));
    assert_eq!(stage.provider(), after);
}

#[test]
fn a_demand_made_while_metadata_is_fetched_holds_for_it() {
    let stage = Stage::new();
    let federation = signer();
    let due = due(&stage.bench.host, &stage.tenant()).unwrap().remove(0);
    stage.declare(&[federation.certificate()]);
    let before = stage.provider();
    let unsigned = metadata("https://sp.example", "https://x.example/", "AuthnRequestsSigned=\"1\"", &[&stage.known]);
    settle(&stage.bench.host, &stage.tenant(), due, &Ok(unsigned)).unwrap();
    assert_eq!(stage.provider(), before);
}

#[test]
fn in9_certificates_that_end_soon_or_have_ended_are_an_alert() {
    let stage = Stage::new();
    let (id, day) = (ClientId::parse("sp").unwrap(), Duration::from_hours(24));
    let alerts = || {
        let site = stage.bench.host.site(&acme()).unwrap().unwrap();
        let alarmed = registered::worries(&site).unwrap().0.iter().any(|(known, _)| known == id.as_str());
        let alerts = registered::look(&site, &id).unwrap().unwrap().alerts;
        assert_eq!(alarmed, !alerts.is_empty(), "the first page of the administration says so too");
        alerts
    };
    assert_eq!(alerts(), []);
    let ends = certificate::judge(&stage.known).unwrap().not_after;
    let left = (ends - stage.bench.host.clock.now()).to_std().unwrap();
    stage.bench.pass(left.checked_sub(31 * day).unwrap());
    assert_eq!(alerts(), []);
    stage.bench.pass(2 * day);
    assert_eq!(alerts(), [Alert::CertificateExpires(ends)]);
    stage.bench.pass(30 * day);
    assert_eq!(alerts(), [Alert::CertificateExpired(ends)]);
}
