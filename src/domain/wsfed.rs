//! WS-Federation relying parties (passive requestor profile), as an organisation registers them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::saml::{AttributeRule, CertificateDer, Endpoint, NameIdKind, SignatureAlg};

/// A security realm (`wtrealm`): a URI, at most 1,024 characters, compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Realm(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RealmError {
    #[error("is not an absolute URI")]
    NotUri,
    #[error("is longer than 1,024 characters")]
    TooLong,
    #[error("must not contain spaces or control characters")]
    Character,
}

impl Realm {
    pub fn parse(text: &str) -> Result<Self, RealmError> {
        if text.chars().count() > 1024 {
            return Err(RealmError::TooLong);
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(RealmError::Character);
        }
        url::Url::parse(text).map_err(|_refused| RealmError::NotUri)?;
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Realm {
    type Error = RealmError;
    fn try_from(text: String) -> Result<Self, RealmError> {
        Self::parse(&text)
    }
}
impl From<Realm> for String {
    fn from(realm: Realm) -> String {
        realm.0
    }
}
impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The token inside the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenType {
    Saml11,
    Saml20,
}

/// A WS-Federation relying party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelyingParty {
    pub realm: Realm,
    /// Never empty; the first is where answers go that name no other (`wreply`).
    pub reply_urls: Vec<Endpoint>,
    pub token_type: TokenType,
    pub signature: SignatureAlg,
    pub name_id: NameIdKind,
    pub attributes: Vec<AttributeRule>,
    /// Tokens are encrypted for it where one is given.
    #[serde(default)]
    pub encryption_certificate: Option<CertificateDer>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_is_a_uri_and_keeps_its_octets() {
        for good in ["urn:acme:intranet", "https://sharepoint.acme.example/_trust/"] {
            assert_eq!(Realm::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "intranet", "urn:acme intranet", "urn:a\n"] {
            assert!(Realm::parse(bad).is_err(), "{bad}");
        }
    }
}
