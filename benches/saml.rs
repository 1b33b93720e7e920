//! Whole SAML answers, against nothing but as many signatures by the same key; and what twenty thousand leave behind.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use portner::crypto::credential::{Credential, mint};
use portner::crypto::entropy::SystemEntropy;
use portner::domain::Time;
use portner::domain::assurance::Level;
use portner::domain::authn_context::ContextClass;
use portner::domain::federation::Chain;
use portner::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, Binding, CertificateDer, Endpoint, EntityId, NameIdKind, Preset,
    ServiceProvider, SignatureAlg, Signed,
};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::saml::authn_request::ReplyAddress;
use portner::protocol::saml::message::MessageId;
use portner::protocol::saml::response::{Issuer, NameId, Told, success};

use crate::ROUNDS;
use crate::server::resident;
use crate::table::{Row, Table, median, per_second};

/// One side's turn.
const TURN: Duration = Duration::from_millis(300);
const ANSWERS: usize = 20_000;

pub fn measure(table: &mut Table) {
    let now = Time::from_timestamp(1_800_000_000, 0).expect("a time");
    let minted = mint(KeyType::Rsa, "https://login.example/t/acme", now, &SystemEntropy).expect("a key");
    let raw = RsaKeyPair::from_pkcs8(&minted.private).expect("an RSA key");
    let certificate = minted.certificate.clone();
    let signer = Credential::parse(KeyId("k1".to_owned()), KeyType::Rsa, &minted.private, minted.certificate);
    let signer = signer.expect("a credential");
    let issuer = Issuer {
        entity_id: "https://login.example/t/acme/saml/metadata",
        signer: &signer,
        alg: SignatureAlg::RsaSha256,
        now,
        entropy: &SystemEntropy,
    };
    let signed_once = |raw: &RsaKeyPair| {
        let mut signature = [0; 256];
        let message = black_box([7; 700]);
        raw.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).expect("signs");
        black_box(signature);
    };
    let kinds = [
        ("SAML answer, assertion signed", Signed::Assertion, false, 1),
        ("– both signed", Signed::Both, false, 2),
        ("– both signed, encrypted", Signed::Both, true, 2),
    ];
    for (what, signed, encrypt, signatures) in kinds {
        let provider = provider(&certificate, signed, encrypt);
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let our = rate(|| drop(black_box(answer(issuer, &provider))));
            let their = rate(|| (0..signatures).for_each(|_| signed_once(&raw)));
            ratios.push(our / their);
            ours.push(our);
            theirs.push(their);
        }
        let beside = if signatures == 1 { "raw RSA" } else { "two raw RSA" };
        table.add(Row {
            what: what.to_owned(),
            ours: per_second(median(&ours)),
            beside: format!("{} {beside}", per_second(median(&theirs))),
            ratio: Some(median(&ratios)),
            cpu: Some(1000.0 / median(&ours)),
            aim: "≥ 0.77",
        });
    }
    // As long as it takes for the allocator to have what it needs, then what is left of each.
    let provider = provider(&certificate, Signed::Both, true);
    (0..1000).for_each(|_| drop(black_box(answer(issuer, &provider))));
    let before = resident(std::process::id());
    (0..ANSWERS).for_each(|_| drop(black_box(answer(issuer, &provider))));
    let grown = resident(std::process::id()) - before;
    table.add(Row {
        what: format!("memory, after {ANSWERS} answers more"),
        ours: format!("{grown:+.1} MB"),
        aim: "≤ +1 MB",
        ..Row::default()
    });
}

/// With the six attributes of a usual application.
fn answer(issuer: Issuer<'_>, provider: &ServiceProvider) -> String {
    let address = ReplyAddress {
        entity: provider.entity_id.clone(),
        location: provider.acs[0].location.clone(),
        binding: Binding::Post,
        in_response_to: MessageId::parse("_6f1f2f3f4f5f6a7b8c9d"),
        relay_state: None,
    };
    let values = ["Mette Hansen", "Mette", "Hansen", "mette@acme.example", "da", "employee"];
    let told = Told {
        name_id: NameId { kind: NameIdKind::Persistent, value: "_3c5e7d109b5a6f1f2f3f4f5f".to_owned() },
        session_index: "_0a0b0c0d0e0f".to_owned(),
        auth_time: issuer.now,
        session_ends: None,
        context: ContextClass::PasswordProtectedTransport,
        level: Level::Password,
        chain: Chain::default(),
        attributes: provider
            .attributes
            .iter()
            .zip(values)
            .map(|(rule, value)| (rule, vec![value.to_owned()]))
            .collect(),
    };
    success(issuer, provider, &address, &told).expect("an answer")
}

fn provider(certificate: &CertificateDer, signed: Signed, encrypt: bool) -> ServiceProvider {
    let names = ["displayName", "givenName", "sn", "mail", "preferredLanguage", "eduPersonAffiliation"];
    let rule = |name: &&str| AttributeRule {
        name: (*name).to_owned(),
        format: None,
        friendly_name: None,
        source: AttributeSource::Fixed(Vec::new()),
    };
    ServiceProvider {
        entity_id: EntityId::parse("https://app.example/saml/metadata").expect("a name"),
        acs: vec![AssertionConsumer {
            index: 0,
            binding: Binding::Post,
            location: Endpoint::parse("https://app.example/saml/acs").expect("an address"),
            is_default: true,
        }],
        logout: Vec::new(),
        signing_certificates: Vec::new(),
        encryption_certificates: vec![certificate.clone()],
        signs_requests: false,
        signed,
        encrypt_assertion: encrypt,
        signature: SignatureAlg::RsaSha256,
        name_id: NameIdKind::Persistent,
        attributes: names.iter().map(rule).collect(),
        preset: Preset::Default,
        idp_initiated: false,
        start_relay_state: None,
        metadata_url: None,
        metadata_certificates: Vec::new(),
    }
}

fn rate(work: impl Fn()) -> f64 {
    let began = Instant::now();
    let mut count = 0.0;
    while began.elapsed() < TURN {
        for _ in 0..8 {
            work();
        }
        count += 8.0;
    }
    count / began.elapsed().as_secs_f64()
}
