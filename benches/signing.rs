//! Whole ID tokens through our key set, against nothing but the signature by the same key.

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use portner::crypto::jose::{KeySet, SigningKey};
use portner::domain::signing::{KeyId, KeyState, KeyType, SigningAlg};
use serde::Serialize;

use crate::ROUNDS;
use crate::table::{Row, Table, median, per_second};

/// One side's turn.
const TURN: Duration = Duration::from_millis(300);

/// What a usual ID token says.
#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    sub: &'static str,
    aud: [&'static str; 1],
    exp: i64,
    iat: i64,
    auth_time: i64,
    nonce: &'static str,
    acr: &'static str,
    amr: [&'static str; 1],
    sid: &'static str,
    at_hash: &'static str,
    name: &'static str,
    given_name: &'static str,
    family_name: &'static str,
    email: &'static str,
    email_verified: bool,
    locale: &'static str,
}

const CLAIMS: Claims = Claims {
    iss: "https://login.example/t/acme",
    sub: "0198a1f0-3c5e-7d10-9b5a-6f1f2f3f4f5f",
    aud: ["webshop"],
    exp: 1_800_000_300,
    iat: 1_800_000_000,
    auth_time: 1_799_999_990,
    nonce: "n-0S6_WzA2Mj",
    acr: "urn:portner:acr:password",
    amr: ["pwd"],
    sid: "0198a1f0-3c5e-7d10-9b5a-0a0b0c0d0e0f",
    at_hash: "77QmUPtjPfzWtF2AnpK9RQ",
    name: "Mette Hansen",
    given_name: "Mette",
    family_name: "Hansen",
    email: "mette@acme.example",
    email_verified: true,
    locale: "da",
};

enum Raw {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Raw {
    fn parse(alg: SigningAlg, pkcs8: &[u8]) -> Self {
        let rsa = |pkcs8| RsaKeyPair::from_pkcs8(pkcs8).expect("an RSA key");
        match alg {
            SigningAlg::RS256 => Self::Rsa(rsa(pkcs8), &RSA_PKCS1_SHA256),
            SigningAlg::PS256 => Self::Rsa(rsa(pkcs8), &RSA_PSS_SHA256),
            SigningAlg::ES256 => {
                Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).expect("a P-256 key"))
            }
            SigningAlg::EdDsa => Self::Ed(Ed25519KeyPair::from_pkcs8(pkcs8).expect("an Ed25519 key")),
        }
    }

    fn sign(&self, message: &[u8]) {
        match self {
            Self::Rsa(key, encoding) => {
                let mut signature = [0; 256];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature).expect("signs");
                black_box(signature);
            }
            Self::Ec(key) => drop(black_box(key.sign(&SystemRandom::new(), message).expect("signs"))),
            Self::Ed(key) => drop(black_box(key.sign(message))),
        }
    }
}

pub fn measure(table: &mut Table) {
    for alg in SigningAlg::ALL {
        let pkcs8 = SigningKey::generate(alg.key_type()).expect("a key");
        let raw = Raw::parse(alg, &pkcs8);
        let keys = key_set(alg.key_type(), &pkcs8);
        let token = keys.sign(alg, "JWT", &CLAIMS).expect("signs");
        let message = token.rsplit_once('.').expect("a token").0.as_bytes().to_vec();
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let our = rate(|| drop(black_box(keys.sign(alg, "JWT", &CLAIMS).expect("signs"))));
            let their = rate(|| raw.sign(black_box(&message)));
            ratios.push(our / their);
            ours.push(our);
            theirs.push(their);
        }
        table.add(Row {
            what: format!("signing, {}", alg.name()),
            ours: per_second(median(&ours)),
            beside: format!("{} raw aws-lc-rs", per_second(median(&theirs))),
            ratio: Some(median(&ratios)),
            cpu: Some(1000.0 / median(&ours)),
            aim: "≥ 0.9",
        });
    }
}

fn key_set(kind: KeyType, pkcs8: &[u8]) -> KeySet {
    let key = SigningKey::parse(KeyId("k1".to_owned()), kind, pkcs8).expect("a key");
    KeySet::new(vec![(key, KeyState::Active)])
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
