//! Secrets that are handed out, and what is kept of them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a token is for; the prefix makes a leaked one recognisable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A signed-in browser.
    Session,
    /// A browser before sign-in: binds an interaction to it.
    Browser,
    /// A browser that has completed a sign-in before.
    Device,
    /// An OAuth authorization code.
    Code,
    /// An OAuth refresh token.
    Refresh,
    /// A link that was mailed.
    Link,
    /// What an application proves itself with, where we made it.
    Client,
}

impl TokenKind {
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Session => "pts_",
            Self::Browser => "ptb_",
            Self::Device => "ptd_",
            Self::Code => "ptc_",
            Self::Refresh => "ptr_",
            Self::Link => "ptl_",
            Self::Client => "pta_",
        }
    }
}

/// A secret in the hands of its bearer: prefix and 256 random bits in base64url.
#[derive(Clone)]
pub struct PlainToken(SecretString);

impl PlainToken {
    /// Made by `crypto::token` from entropy.
    pub fn from_text(text: String) -> Self {
        Self(SecretString::from(text))
    }
    /// Accepts only what could have been minted for this purpose; everything else is no token at all.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let shape = body.len() == 43 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        shape.then(|| Self::from_text(text.to_owned()))
    }
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose_secret())
    }
    /// For the one answer that hands the token out.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainToken")
    }
}

/// What the store knows of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
    /// For naming what something is sealed to.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// A password as it was typed, after the size cap. NFC is applied where it is hashed.
#[derive(Clone)]
pub struct Password(SecretString);

/// Longer input is refused before any hashing.
pub const PASSWORD_MAX_BYTES: usize = 8 * 1024;

impl Password {
    pub fn parse(text: String) -> Result<Self, PasswordTooLong> {
        if text.len() > PASSWORD_MAX_BYTES {
            return Err(PasswordTooLong);
        }
        Ok(Self(SecretString::from(text)))
    }
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is longer than 8 KiB")]
pub struct PasswordTooLong;

/// A stored password: a PHC string, or `$2b$…` of bcrypt for imports.
#[derive(Clone)]
pub struct PasswordHash(SecretString);

impl PasswordHash {
    pub fn from_phc(text: String) -> Self {
        Self(SecretString::from(text))
    }
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}
