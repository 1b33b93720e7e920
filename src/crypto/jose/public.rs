//! Public keys, parsed once.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};

use super::JoseError;
use crate::domain::signing::{KeyType, SigningAlg};

pub(super) enum PublicKey {
    Rsa { pkcs1: ParsedPublicKey, pss: ParsedPublicKey },
    EcP256(ParsedPublicKey),
    Ed25519(ParsedPublicKey),
}

impl PublicKey {
    /// Big-endian, as in a JWK (RFC 7518 §6.3.1). At least 2048 bits (§3.3), at most what verifies in reasonable time.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, JoseError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n.len().saturating_mul(8).saturating_sub(n.first().map_or(0, |byte| leading_zeros(*byte)));
        let odd = e.last().is_some_and(|byte| byte & 1 == 1);
        let exponent = odd && e != [1] && e.len() <= 4;
        if !(2048..=8192).contains(&bits) || !exponent {
            return Err(JoseError::KeySet);
        }
        let key = PublicKeyComponents { n, e };
        let pkcs1 = key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().ok_or(JoseError::KeySet)?;
        let pss = key.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256).ok().ok_or(JoseError::KeySet)?;
        Ok(Self::Rsa { pkcs1, pss })
    }

    /// Both coordinates at full length (RFC 7518 §6.2.1.2); a point off the curve is refused.
    pub(super) fn p256(x: &[u8], y: &[u8]) -> Result<Self, JoseError> {
        if x.len() != 32 || y.len() != 32 {
            return Err(JoseError::KeySet);
        }
        let point = [&[4], x, y].concat();
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map(Self::EcP256).ok().ok_or(JoseError::KeySet)
    }

    pub(super) fn ed25519(x: &[u8]) -> Result<Self, JoseError> {
        if x.len() != 32 {
            return Err(JoseError::KeySet);
        }
        ParsedPublicKey::new(&ED25519, x).map(Self::Ed25519).ok().ok_or(JoseError::KeySet)
    }

    pub(super) fn kind(&self) -> KeyType {
        match self {
            Self::Rsa { .. } => KeyType::Rsa,
            Self::EcP256(_) => KeyType::EcP256,
            Self::Ed25519(_) => KeyType::Ed25519,
        }
    }

    pub(super) fn verify(&self, alg: SigningAlg, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        let key = match (self, alg) {
            (Self::Rsa { pkcs1, .. }, SigningAlg::RS256) => pkcs1,
            (Self::Rsa { pss, .. }, SigningAlg::PS256) => pss,
            (Self::EcP256(key), SigningAlg::ES256) | (Self::Ed25519(key), SigningAlg::EdDsa) => key,
            (Self::Rsa { .. } | Self::EcP256(_) | Self::Ed25519(_), _) => return Err(JoseError::Algorithm),
        };
        key.verify_sig(message, signature).ok().ok_or(JoseError::Signature)
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn leading_zeros(byte: u8) -> usize {
    usize::try_from(byte.leading_zeros()).unwrap_or(0)
}
