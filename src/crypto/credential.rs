//! Key pairs that are known by an X.509 certificate: what signs assertions and metadata.
//!
//! The certificate is self-signed and serves to carry the key (SAML Metadata §2.4.1.1): nobody checks who issued it.
//! It belongs to signing alone, never to TLS.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RsaEncoding, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use chrono::Datelike as _;
use rcgen::{
    CertificateParams, DnType, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SerialNumber,
};
use x509_parser::oid_registry::OID_EC_P256;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::jose::SigningKey;
use crate::domain::Time;
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::domain::signing::{KeyId, KeyType};

/// Years that a certificate is good for. Rotation comes long before.
const YEARS: i32 = 5;
/// Octets of an uncompressed point (SEC 1 §2.3.3).
const P256_POINT: usize = 65;
/// Bits of the smallest modulus (BSI TR-02102-1, NIST SP 800-131A).
const RSA_BITS: usize = 2048;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("no key pair can be made for {0:?}")]
    Kind(KeyType),
    #[error("the private key cannot be used")]
    PrivateKey,
    #[error("the certificate could not be made")]
    Certificate,
    #[error("the key cannot sign by this algorithm")]
    Algorithm,
    #[error("signing failed")]
    Signing,
}

/// A private key as PKCS#8, to be sealed, and its certificate.
pub struct Minted {
    pub private: Zeroizing<Vec<u8>>,
    pub certificate: CertificateDer,
}

/// A new key pair, certified from a day before `now`, so that a clock that is late does not refuse it.
pub fn mint(kind: KeyType, name: &str, now: Time, entropy: &dyn Entropy) -> Result<Minted, CredentialError> {
    let alg = match kind {
        KeyType::Rsa => &PKCS_RSA_SHA256,
        KeyType::EcP256 => &PKCS_ECDSA_P256_SHA256,
        KeyType::Ed25519 => return Err(CredentialError::Kind(kind)),
    };
    let private = SigningKey::generate(kind).ok().ok_or(CredentialError::PrivateKey)?;
    let der = rustls::pki_types::PrivatePkcs8KeyDer::from(private.as_slice());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, alg).ok().ok_or(CredentialError::PrivateKey)?;
    let mut serial = [0; 16];
    entropy.fill(&mut serial);
    // RFC 5280 §4.1.2.2: positive, so the first bit is none.
    if let Some(first) = serial.first_mut() {
        *first &= 0x7f;
    }
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.not_before = day!(now - chrono::Duration::days(1), 0);
    params.not_after = day!(now, YEARS);
    let certificate = params.self_signed(&pair).ok().ok_or(CredentialError::Certificate)?;
    Ok(Minted { private, certificate: CertificateDer(certificate.der().to_vec()) })
}

/// rcgen takes days. One that not every year has is never asked for.
macro_rules! day {
    ($time:expr, $years:expr) => {{
        let time: Time = $time;
        let small = |number: u32| u8::try_from(number).unwrap_or(1);
        rcgen::date_time_ymd(time.year() + $years, small(time.month()), small(time.day().min(28)))
    }};
}
use day;

/// A key pair ready to sign, parsed once: parsing an RSA key costs as much as signing with it.
pub struct Credential {
    id: KeyId,
    private: Private,
    certificate: CertificateDer,
}

enum Private {
    Rsa(RsaKeyPair),
    EcP256(EcdsaKeyPair),
}

impl Credential {
    pub fn parse(id: KeyId, kind: KeyType, pkcs8: &[u8], certificate: CertificateDer) -> Result<Self, CredentialError> {
        let private = match kind {
            KeyType::Rsa => Private::Rsa(RsaKeyPair::from_pkcs8(pkcs8).ok().ok_or(CredentialError::PrivateKey)?),
            KeyType::EcP256 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
                Private::EcP256(key.ok().ok_or(CredentialError::PrivateKey)?)
            }
            KeyType::Ed25519 => return Err(CredentialError::Kind(kind)),
        };
        Ok(Self { id, private, certificate })
    }

    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub fn certificate(&self) -> &CertificateDer {
        &self.certificate
    }

    /// The signature value as XML Signature writes it: for ECDSA r ‖ s (RFC 6931 §2.3.6).
    pub fn sign(&self, alg: SignatureAlg, message: &[u8]) -> Result<Vec<u8>, CredentialError> {
        let padding: &'static dyn RsaEncoding = match (&self.private, alg) {
            (Private::Rsa(_), SignatureAlg::RsaSha256) => &RSA_PKCS1_SHA256,
            (Private::Rsa(_), SignatureAlg::RsaSha384) => &RSA_PKCS1_SHA384,
            (Private::Rsa(_), SignatureAlg::RsaSha512) => &RSA_PKCS1_SHA512,
            (Private::EcP256(key), SignatureAlg::EcdsaSha256) => {
                let signature = key.sign(&SystemRandom::new(), message).ok().ok_or(CredentialError::Signing)?;
                return Ok(signature.as_ref().to_vec());
            }
            (Private::Rsa(_) | Private::EcP256(_), _) => return Err(CredentialError::Algorithm),
        };
        let Private::Rsa(key) = &self.private else { return Err(CredentialError::Algorithm) };
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(padding, &SystemRandom::new(), message, &mut signature).ok().ok_or(CredentialError::Signing)?;
        Ok(signature)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.id)
    }
}

/// The key of a certificate: it verifies what was signed, and is encrypted to. Nothing else of a certificate counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// `SubjectPublicKeyInfo` of a modulus of 2048 bits or more.
    Rsa(Vec<u8>),
    /// An uncompressed point.
    EcP256(Vec<u8>),
}

impl PublicKey {
    pub fn of(certificate: &CertificateDer) -> Result<Self, CredentialError> {
        let (rest, read) = X509Certificate::from_der(&certificate.0).ok().ok_or(CredentialError::Certificate)?;
        let key = read.public_key();
        match key_facts(key) {
            KeyFacts::Rsa(bits) if rest.is_empty() && bits >= RSA_BITS => Ok(Self::Rsa(key.raw.to_vec())),
            KeyFacts::EcP256 if rest.is_empty() => Ok(Self::EcP256(key.subject_public_key.data.to_vec())),
            KeyFacts::Rsa(_) | KeyFacts::EcP256 | KeyFacts::Other => Err(CredentialError::Certificate),
        }
    }

    /// Whether the algorithm is of the key's kind and the signature, as [`Credential::sign`] makes it, is right.
    pub fn verify(&self, alg: SignatureAlg, message: &[u8], value: &[u8]) -> bool {
        let (how, key): (&'static dyn VerificationAlgorithm, _) = match (self, alg) {
            (Self::Rsa(key), SignatureAlg::RsaSha256) => (&RSA_PKCS1_2048_8192_SHA256, key),
            (Self::Rsa(key), SignatureAlg::RsaSha384) => (&RSA_PKCS1_2048_8192_SHA384, key),
            (Self::Rsa(key), SignatureAlg::RsaSha512) => (&RSA_PKCS1_2048_8192_SHA512, key),
            (Self::EcP256(key), SignatureAlg::EcdsaSha256) => (&ECDSA_P256_SHA256_FIXED, key),
            (Self::Rsa(_) | Self::EcP256(_), _) => return false,
        };
        UnparsedPublicKey::new(how, key).verify(message, value).is_ok()
    }
}

/// What a certificate says of itself, for people to compare. Only its key is ever trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    pub subject: String,
    pub not_before: Time,
    pub not_after: Time,
    /// SHA-256 of the whole, in hexadecimal.
    pub fingerprint: String,
    pub key: KeyFacts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFacts {
    /// Bits of the modulus.
    Rsa(usize),
    EcP256,
    /// Of a kind that nothing here verifies or encrypts with.
    Other,
}

/// Reads exactly one certificate, nothing before it and nothing after.
pub fn read_certificate(certificate: &CertificateDer) -> Option<CertificateFacts> {
    let (rest, read) = X509Certificate::from_der(&certificate.0).ok()?;
    let time = |at: x509_parser::time::ASN1Time| Time::from_timestamp(at.timestamp(), 0);
    rest.is_empty().then_some(())?;
    Some(CertificateFacts {
        subject: read.subject().to_string(),
        not_before: time(read.validity().not_before)?,
        not_after: time(read.validity().not_after)?,
        fingerprint: super::certificate::fingerprint(&certificate.0),
        key: key_facts(read.public_key()),
    })
}

fn key_facts(key: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
    match key.parsed().ok() {
        Some(Parsed::RSA(rsa)) => KeyFacts::Rsa(rsa.key_size()),
        Some(Parsed::EC(point)) if point.data().len() == P256_POINT && curve == Some(OID_EC_P256) => KeyFacts::EcP256,
        Some(_) | None => KeyFacts::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::SystemEntropy;

    #[test]
    fn a_credential_signs_by_the_algorithms_of_its_kind() {
        let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
        for kind in [KeyType::Rsa, KeyType::EcP256] {
            let minted = mint(kind, "https://id.example/t/acme", now, &SystemEntropy).unwrap();
            let facts = read_certificate(&minted.certificate).unwrap();
            assert!(facts.not_before < now && now < facts.not_after);
            assert_eq!(facts.subject, "CN=https://id.example/t/acme");
            let expected = if kind == KeyType::Rsa { KeyFacts::Rsa(2048) } else { KeyFacts::EcP256 };
            assert_eq!(facts.key, expected);
            let one = Credential::parse(KeyId("k".to_owned()), kind, &minted.private, minted.certificate).unwrap();
            let key = PublicKey::of(one.certificate()).unwrap();
            for alg in SignatureAlg::ALL {
                let signature = one.sign(alg, b"message");
                assert_eq!(signature.is_ok(), alg.key_type() == kind, "{alg:?}");
                let value = signature.unwrap_or_default();
                assert_eq!(key.verify(alg, b"message", &value), alg.key_type() == kind, "{alg:?}");
                assert!(!key.verify(alg, b"massage", &value));
            }
        }
        assert!(mint(KeyType::Ed25519, "x", now, &SystemEntropy).is_err());
    }

    #[test]
    fn what_follows_a_certificate_is_not_overlooked() {
        let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
        let mut der = mint(KeyType::EcP256, "x", now, &SystemEntropy).unwrap().certificate;
        der.0.push(0);
        assert_eq!(read_certificate(&der), None);
        assert_eq!(read_certificate(&CertificateDer(Vec::new())), None);
    }
}
