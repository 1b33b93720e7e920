//! JSON Web Signatures and Keys: JWS (RFC 7515) in compact form, JWK (RFC 7517), JWA (RFC 7518, RFC 8037), JWT (RFC 7519).
//!
//! The algorithm belongs to the key (RFC 8725 §3.1): there is no type for `none` or HMAC here, and a header can only name
//! an algorithm that the key chosen by `kid` serves. Keys come from the store or from a registration, never from a token:
//! `jwk`, `jku`, `x5u` and `x5c` are not looked at. Refused on purpose: `crit`, `b64`, tokens above 16 KiB, doubled members.
//!
//! Checked here: form, signature, `typ`. Left to the caller: `iss`, `aud`, `exp` and everything else; see [`claims`].

use aws_lc_rs::digest::{Digest, SHA256, SHA512, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::signing::SigningAlg;

pub mod claims;
mod client;
mod compact;
mod key;
mod keyset;
mod public;

pub use client::{Assertion, ClientKeys, unverified_claims, unverified_subject, verify_client_assertion};
pub use key::{Signer, SigningKey};
pub use keyset::KeySet;

/// The claims of a token.
pub type Claims = serde_json::Map<String, serde_json::Value>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    #[error("the token or key set is too large")]
    TooLarge,
    #[error("not a signed token in compact form")]
    Malformed,
    #[error("the token demands an extension")]
    Critical,
    #[error("the token's algorithm is not allowed for its key")]
    Algorithm,
    #[error("the token names no known key")]
    UnknownKey,
    #[error("the signature is wrong")]
    Signature,
    #[error("the token is of another type")]
    Type,
    #[error("the claim {0:?} is of the wrong kind")]
    Claim(String),
    #[error("the key set is not valid or has no key of a supported kind")]
    KeySet,
    #[error("the private key cannot be used")]
    PrivateKey,
    #[error("there is no active key for {}", .0.name())]
    NoKey(SigningAlg),
    #[error("the token could not be signed")]
    Signing,
}

/// RFC 7636 §4.2: the challenge that belongs to a verifier.
pub fn s256(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// OpenID Connect Core §3.1.3.6 (`at_hash`, and `c_hash` of §3.3.2.11): the left half of the hash that the algorithm uses.
pub fn at_hash(alg: SigningAlg, token: &str) -> String {
    let hash: Digest = match alg {
        SigningAlg::RS256 | SigningAlg::PS256 | SigningAlg::ES256 => digest(&SHA256, token.as_bytes()),
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        SigningAlg::EdDsa => digest(&SHA512, token.as_bytes()),
    };
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    BASE64_URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests;
