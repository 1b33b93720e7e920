//! SAML 2.0 service providers, as an organisation registers them, and what is released to them.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use super::release::CLAIMS;

/// An entity's name (SAML Core §8.3.6: at most 1,024 characters). Compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntityIdError {
    #[error("must not be empty")]
    Empty,
    #[error("is longer than 1,024 characters")]
    TooLong,
    #[error("must not contain spaces or control characters")]
    Character,
}

impl EntityId {
    pub fn parse(text: &str) -> Result<Self, EntityIdError> {
        if text.is_empty() {
            return Err(EntityIdError::Empty);
        }
        if text.chars().count() > 1024 {
            return Err(EntityIdError::TooLong);
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Err(EntityIdError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EntityId {
    type Error = EntityIdError;
    fn try_from(text: String) -> Result<Self, EntityIdError> {
        Self::parse(&text)
    }
}
impl From<EntityId> for String {
    fn from(id: EntityId) -> String {
        id.0
    }
}
impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address of an application that a browser is sent to: http or https and nothing else. Compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("is not an absolute http or https address")]
    Scheme,
    #[error("must not have a fragment, a user name or a password")]
    Part,
    #[error("must not contain wildcards, spaces, backslashes, quotes or control characters")]
    Character,
    #[error("is longer than 2,048 characters")]
    TooLong,
}

impl Endpoint {
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.len() > 2048 {
            return Err(EndpointError::TooLong);
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || !c.is_ascii() || "*\\<>\"^`{|}".contains(c)) {
            return Err(EndpointError::Character);
        }
        let url = Url::parse(text).map_err(|_refused| EndpointError::Scheme)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(EndpointError::Scheme);
        }
        if text.contains('#') || !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Part);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether whoever is on the way can read what is sent there.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http:")
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;
    fn try_from(text: String) -> Result<Self, EndpointError> {
        Self::parse(&text)
    }
}
impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> String {
        endpoint.0
    }
}
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a message travels (SAML Bindings §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    Redirect,
    Post,
    Artifact,
}

impl Binding {
    pub fn urn(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            Self::Artifact => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
        }
    }
    pub fn parse(urn: &str) -> Option<Self> {
        [Self::Redirect, Self::Post, Self::Artifact].into_iter().find(|binding| binding.urn() == urn)
    }
}

/// Where assertions are received. `binding` is `Post` or `Artifact`: nothing else can carry one (Profiles §4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionConsumer {
    pub index: u16,
    pub binding: Binding,
    pub location: Endpoint,
    #[serde(default)]
    pub is_default: bool,
}

/// Where logout messages are received; answers may go elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutEndpoint {
    pub binding: Binding,
    pub location: Endpoint,
    pub response_location: Option<Endpoint>,
}

/// An X.509 certificate in DER. Only the key in it counts; that it is well-formed was seen when it was registered.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificateDer(pub Vec<u8>);

impl fmt::Debug for CertificateDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateDer({} bytes)", self.0.len())
    }
}

impl Serialize for CertificateDer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}
impl<'de> Deserialize<'de> for CertificateDer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine as _;
        let text = String::deserialize(deserializer)?;
        let der = base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(der))
    }
}

/// RSA with PKCS #1 v1.5, or ECDSA on P-256 (RFC 6931 §2.3); never SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureAlg {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    EcdsaSha256,
}

impl SignatureAlg {
    pub const ALL: [Self; 4] = [Self::RsaSha256, Self::RsaSha384, Self::RsaSha512, Self::EcdsaSha256];

    pub fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        }
    }
    pub fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.uri() == uri)
    }
}

/// Which rules of a federation hold, beside our own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    #[default]
    Default,
    /// OIOSAML Web SSO 3.0.3 (Denmark).
    Oiosaml3,
    /// The deployment profile of Sweden Connect.
    SwedenConnect,
}

/// How the subject is named where the request does not say (Core §8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NameIdKind {
    /// Random, the same for this application each time, different for each application.
    Persistent,
    /// Random, another one each time.
    Transient,
    Email,
    /// The user name, in format `unspecified`.
    Username,
}

impl NameIdKind {
    pub const ALL: [Self; 4] = [Self::Persistent, Self::Transient, Self::Email, Self::Username];

    pub fn format(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
            Self::Email => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Username => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        }
    }
    pub fn parse(format: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.format() == format)
    }
}

/// A value of the person that may be released: a claim, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimName(String);

/// Claims that only attributes and WS-Federation claims know, beside those of `release::CLAIMS`.
pub const OTHER_SOURCES: [&str; 2] = ["username", "id"];

impl ClaimName {
    pub fn parse(text: &str) -> Option<Self> {
        let known = CLAIMS.contains(&text) || OTHER_SOURCES.contains(&text);
        known.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl TryFrom<String> for ClaimName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("there is no claim {text:?}"))
    }
}
impl From<ClaimName> for String {
    fn from(name: ClaimName) -> String {
        name.0
    }
}

/// One attribute: what the application calls it, and where its values come from. Nothing is released without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeRule {
    pub name: String,
    /// `NameFormat`; `None` = `basic`, or `uri` where the name is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    pub source: AttributeSource,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeSource {
    Claim(ClaimName),
    /// The same for everybody, e.g. the organisation's number.
    Fixed(Vec<String>),
}

/// What of an answer is signed: never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signed {
    Response,
    Assertion,
    Both,
}

impl Signed {
    pub fn of(response: bool, assertion: bool) -> Option<Self> {
        match (response, assertion) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Response),
            (false, true) => Some(Self::Assertion),
            (false, false) => None,
        }
    }
    pub fn response(self) -> bool {
        matches!(self, Self::Response | Self::Both)
    }
    pub fn assertion(self) -> bool {
        matches!(self, Self::Assertion | Self::Both)
    }
}

/// A service provider: everything that its metadata and its administrator said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProvider {
    pub entity_id: EntityId,
    /// Never empty.
    pub acs: Vec<AssertionConsumer>,
    pub logout: Vec<LogoutEndpoint>,
    /// Any of these may have signed what it sends.
    pub signing_certificates: Vec<CertificateDer>,
    /// Assertions are encrypted for the first that can be used.
    pub encryption_certificates: Vec<CertificateDer>,
    /// Its requests are signed: one that is not is refused.
    pub signs_requests: bool,
    pub signed: Signed,
    pub encrypt_assertion: bool,
    pub signature: SignatureAlg,
    pub name_id: NameIdKind,
    pub attributes: Vec<AttributeRule>,
    #[serde(default)]
    pub preset: Preset,
    /// Whether a sign-in may begin here, without a request (Profiles §4.1.5).
    pub idp_initiated: bool,
    /// `RelayState` of such a sign-in.
    #[serde(default)]
    pub start_relay_state: Option<String>,
    /// Where its metadata is fetched from time to time.
    #[serde(default)]
    pub metadata_url: Option<Url>,
    /// One of these has to have signed its metadata, from wherever it comes. None: nobody has to.
    #[serde(default)]
    pub metadata_certificates: Vec<CertificateDer>,
}

impl ServiceProvider {
    /// Whether this claim is told under any name.
    pub fn releases(&self, claim: &str) -> bool {
        let is_it = |source: &AttributeSource| matches!(source, AttributeSource::Claim(name) if name.as_str() == claim);
        self.attributes.iter().any(|rule| is_it(&rule.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_web_address_and_nothing_that_runs() {
        for good in ["https://sp.example/acs", "http://localhost:8000/saml?acs", "https://sp.example:8443/a%20b?x=1&y"]
        {
            assert_eq!(Endpoint::parse(good).unwrap().as_str(), good);
        }
        let bad = [
            "",
            "/acs",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://u:p@sp.example/",
            "https://sp.example/#f",
            "https://*.sp.example/acs",
            "https://sp.example/\"onload",
            "https:/\\evil",
        ];
        for bad in bad {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_known_claims_can_be_mapped() {
        for good in ["email", "roles", "username", "id"] {
            assert_eq!(ClaimName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "password", "Email"] {
            assert_eq!(ClaimName::parse(bad), None, "{bad}");
        }
    }
}
