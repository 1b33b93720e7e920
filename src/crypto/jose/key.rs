//! Private keys on aws-lc-rs, in the shape that `openidconnect` signs with. Its own RSA key is seven times slower.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use openidconnect::core::{CoreJsonCurveType, CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey, SigningError};
use zeroize::Zeroizing;

use super::JoseError;
use super::public::PublicKey;
use crate::domain::signing::{KeyId, KeyType, SigningAlg};

/// A signing key of a tenant, parsed: parsing an RSA key costs as much as signing with it.
pub struct SigningKey {
    id: KeyId,
    private: Private,
    pub(super) public: PublicKey,
    pub(super) jwk: CoreJsonWebKey,
}

enum Private {
    Rsa(RsaKeyPair),
    EcP256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new private key as PKCS#8, to be sealed. RSA keys have 2048 bits: what every relying party verifies.
    pub fn generate(kind: KeyType) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let pkcs8 = match kind {
            KeyType::Rsa => RsaKeyPair::generate(KeySize::Rsa2048)
                .and_then(|key| AsDer::<Pkcs8V1Der<'_>>::as_der(&key))
                .map(|der| der.as_ref().to_vec()),
            KeyType::EcP256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|key| key.to_pkcs8v1())
                .map(|der| der.as_ref().to_vec()),
            KeyType::Ed25519 => {
                Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8()).map(|der| der.as_ref().to_vec())
            }
        };
        pkcs8.map(Zeroizing::new).ok().ok_or(JoseError::PrivateKey)
    }

    pub fn parse(id: KeyId, kind: KeyType, pkcs8: &[u8]) -> Result<Self, JoseError> {
        let name = Some(JsonWebKeyId::new(id.0.clone()));
        let (private, public, jwk) = match kind {
            KeyType::Rsa => parse_rsa(pkcs8, name)?,
            KeyType::EcP256 => parse_p256(pkcs8, name)?,
            KeyType::Ed25519 => parse_ed25519(pkcs8, name)?,
        };
        Ok(Self { id, private, public, jwk })
    }

    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub fn kind(&self) -> KeyType {
        self.public.kind()
    }

    pub(super) fn sign(&self, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        match (&self.private, alg) {
            (Private::Rsa(key), SigningAlg::RS256) => sign_rsa(key, &RSA_PKCS1_SHA256, message),
            (Private::Rsa(key), SigningAlg::PS256) => sign_rsa(key, &RSA_PSS_SHA256, message),
            (Private::EcP256(key), SigningAlg::ES256) => {
                let signature = key.sign(&SystemRandom::new(), message).ok().ok_or(JoseError::Signing)?;
                Ok(signature.as_ref().to_vec())
            }
            (Private::Ed25519(key), SigningAlg::EdDsa) => {
                let signature = key.try_sign(message).ok().ok_or(JoseError::Signing)?;
                Ok(signature.as_ref().to_vec())
            }
            (Private::Rsa(_) | Private::EcP256(_) | Private::Ed25519(_), _) => Err(JoseError::Algorithm),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

fn sign_rsa(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &[u8]) -> Result<Vec<u8>, JoseError> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).ok().ok_or(JoseError::Signing)?;
    Ok(signature)
}

type Parsed = (Private, PublicKey, CoreJsonWebKey);

fn parse_rsa(pkcs8: &[u8], kid: Option<JsonWebKeyId>) -> Result<Parsed, JoseError> {
    let key = RsaKeyPair::from_pkcs8(pkcs8).ok().ok_or(JoseError::PrivateKey)?;
    let (n, e) = rsa_components(key.public_key().as_ref()).ok_or(JoseError::PrivateKey)?;
    let public = PublicKey::rsa(n, e).ok().ok_or(JoseError::PrivateKey)?;
    let jwk = CoreJsonWebKey::new_rsa(n.to_vec(), e.to_vec(), kid);
    Ok((Private::Rsa(key), public, jwk))
}

fn parse_p256(pkcs8: &[u8], kid: Option<JsonWebKeyId>) -> Result<Parsed, JoseError> {
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok().ok_or(JoseError::PrivateKey)?;
    // SEC 1 §2.3.3: 4 ‖ x ‖ y.
    let (x, y) = match key.public_key().as_ref() {
        [4, point @ ..] => point.split_at_checked(32).ok_or(JoseError::PrivateKey)?,
        _ => return Err(JoseError::PrivateKey),
    };
    let public = PublicKey::p256(x, y).ok().ok_or(JoseError::PrivateKey)?;
    let jwk = CoreJsonWebKey::new_ec(x.to_vec(), y.to_vec(), CoreJsonCurveType::P256, kid);
    Ok((Private::EcP256(key), public, jwk))
}

fn parse_ed25519(pkcs8: &[u8], kid: Option<JsonWebKeyId>) -> Result<Parsed, JoseError> {
    let key = Ed25519KeyPair::from_pkcs8(pkcs8).ok().ok_or(JoseError::PrivateKey)?;
    let x = key.public_key().as_ref();
    let public = PublicKey::ed25519(x).ok().ok_or(JoseError::PrivateKey)?;
    let jwk = CoreJsonWebKey::new_okp(x.to_vec(), CoreJsonCurveType::Ed25519, kid);
    Ok((Private::Ed25519(key), public, jwk))
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 A.1.1) in DER, without leading zeros.
fn rsa_components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, rest) = der_value(0x30, der)?;
    let (n, after) = der_value(0x02, sequence)?;
    let (e, end) = der_value(0x02, after)?;
    (rest.is_empty() && end.is_empty()).then(|| (n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
}

/// The contents of the value at the front, which must have this tag, and what follows it.
fn der_value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, body) = match der.strip_prefix(&[tag])? {
        [short @ 0..=0x7f, body @ ..] => (usize::from(*short), body),
        [0x81, length, body @ ..] => (usize::from(*length), body),
        [0x82, high, low, body @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), body),
        _ => return None,
    };
    body.split_at_checked(length)
}

/// A key at work for one algorithm. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signer {
    key: Arc<SigningKey>,
    alg: SigningAlg,
}

impl Signer {
    pub(super) fn new(key: Arc<SigningKey>, alg: SigningAlg) -> Self {
        Self { key, alg }
    }

    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The same, as `openidconnect` names it.
    pub fn core_alg(&self) -> CoreJwsSigningAlgorithm {
        core_alg(self.alg)
    }

    pub fn key_id(&self) -> &KeyId {
        self.key.id()
    }

    pub(super) fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        self.key.sign(self.alg, message)
    }
}

impl PrivateSigningKey for Signer {
    type VerificationKey = CoreJsonWebKey;

    fn sign(&self, signature_alg: &CoreJwsSigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        if *signature_alg != self.core_alg() {
            return Err(SigningError::UnsupportedAlg(format!("{signature_alg:?}")));
        }
        self.sign_bytes(message).map_err(|error| SigningError::Other(error.to_string()))
    }

    fn as_verification_key(&self) -> CoreJsonWebKey {
        self.key.jwk.clone()
    }
}

fn core_alg(alg: SigningAlg) -> CoreJwsSigningAlgorithm {
    match alg {
        SigningAlg::RS256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        SigningAlg::PS256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        SigningAlg::ES256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        SigningAlg::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}
