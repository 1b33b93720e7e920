//! Signing algorithms and the life of a signing key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Time;
use super::saml::{CertificateDer, SignatureAlg};

/// RFC 7518 §3.1, RFC 8037. The algorithm belongs to the key, never to the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum SigningAlg {
    RS256,
    PS256,
    ES256,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl SigningAlg {
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDsa];

    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }
    pub fn key_type(self) -> KeyType {
        match self {
            Self::RS256 | Self::PS256 => KeyType::Rsa,
            Self::ES256 => KeyType::EcP256,
            Self::EdDsa => KeyType::Ed25519,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// 2048 bits and more; serves RS256 and PS256.
    Rsa,
    EcP256,
    Ed25519,
}

impl KeyType {
    pub const ALL: [Self; 3] = [Self::Rsa, Self::EcP256, Self::Ed25519];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::EcP256 => "ecp256",
            Self::Ed25519 => "ed25519",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a key signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    /// JSON Web Tokens: ID tokens and access tokens.
    #[default]
    Jwt,
    /// Assertions and metadata; known by a certificate.
    Saml,
}

impl KeyUse {
    pub const ALL: [Self; 2] = [Self::Jwt, Self::Saml];

    pub fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Saml => "saml",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name() == name)
    }
}

/// Published before it signs, kept published after it has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    Next,
    Active,
    Retired,
}

impl KeyState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Retired].into_iter().find(|state| state.name() == name)
    }
}

/// A key's identifier in JWS headers and the JWKS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key as the store keeps it, private part sealed.
#[derive(Clone, Debug)]
pub struct StoredKey {
    pub id: KeyId,
    pub kind: KeyType,
    pub state: KeyState,
    /// PKCS#8, sealed by `crypto::seal` with the key's id as context.
    pub sealed_private: Vec<u8>,
    pub created_at: Time,
    pub activated_at: Option<Time>,
    pub retired_at: Option<Time>,
}

/// A key pair with its certificate as the store keeps it, private part sealed: what signs assertions.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    pub id: KeyId,
    pub kind: KeyType,
    pub state: KeyState,
    /// PKCS#8, sealed by `crypto::seal` with the credential's id as context.
    pub sealed_private: Vec<u8>,
    pub certificate: CertificateDer,
    pub created_at: Time,
    pub activated_at: Option<Time>,
    pub retired_at: Option<Time>,
}

impl SignatureAlg {
    pub fn key_type(self) -> KeyType {
        match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => KeyType::Rsa,
            Self::EcdsaSha256 => KeyType::EcP256,
        }
    }
}
