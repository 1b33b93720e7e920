//! A relying party.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use super::help::WebPage;
use super::ids::{ClientId, IdpId};
use super::oauth::{GrantType, Scopes};
use super::saml::ServiceProvider;
use super::signing::SigningAlg;
use super::user::{Role, User};
use super::wsfed::RelyingParty;

/// A relying party that speaks `P`; where that does not matter, any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application<P = Protocol> {
    pub id: ClientId,
    pub name: String,
    /// AC-2: only users with this role may sign in to it.
    pub require_role: Option<Role>,
    /// IN-8: whoever comes from it is sent on to this identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<IdpId>,
    pub enabled: bool,
    #[serde(flatten)]
    pub protocol: P,
}

/// How an application asks for people and is told about them: in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Oidc(Box<OidcClient>),
    Saml(Box<ServiceProvider>),
    Wsfed(Box<RelyingParty>),
}

/// An application by OpenID Connect or OAuth 2.0.
pub type Client = Application<OidcClient>;

impl<P> Application<P> {
    pub fn may_be_used_by(&self, user: &User) -> bool {
        self.require_role.as_ref().is_none_or(|role| user.roles.contains(role))
    }

    /// The same application, its protocol put another way.
    pub fn map<Q>(self, change: impl FnOnce(P) -> Q) -> Application<Q> {
        let Self { id, name, require_role, identity_provider, enabled, protocol } = self;
        Application { id, name, require_role, identity_provider, enabled, protocol: change(protocol) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcClient {
    pub kind: ClientType,
    pub auth: ClientAuthMethod,
    /// For `private_key_jwt`: the client's JWK Set as JSON text, or where to fetch it.
    pub jwks: Option<String>,
    pub jwks_uri: Option<Url>,
    pub redirect_uris: Vec<RedirectUri>,
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    pub backchannel_logout_uri: Option<Url>,
    pub scopes: Scopes,
    pub grant_types: BTreeSet<GrantType>,
    pub require_pkce: bool,
    pub consent: ConsentMode,
    pub id_token_alg: SigningAlg,
    /// Access tokens of this client name these resource servers in `aud`, beside the issuer.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// What the application publishes about what it does with information, and on which terms it is used (OpenID Connect
    /// Dynamic Client Registration §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<WebPage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<WebPage>,
}

impl OidcClient {
    /// Whether it proves itself with a secret that both sides know.
    pub fn has_secret(&self) -> bool {
        match self.auth {
            ClientAuthMethod::None | ClientAuthMethod::PrivateKeyJwt => false,
            ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost | ClientAuthMethod::AnySecret => {
                true
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientType {
    Confidential,
    Public,
    /// No people: client credentials only.
    Service,
}

impl ClientType {
    pub const ALL: [Self; 3] = [Self::Confidential, Self::Public, Self::Service];

    pub fn name(self) -> &'static str {
        match self {
            Self::Confidential => "confidential",
            Self::Public => "public",
            Self::Service => "service",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How the client proves itself at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    /// Registered without naming a method: basic and post are both taken.
    AnySecret,
    PrivateKeyJwt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConsentMode {
    /// The organisation's own application: nobody is asked.
    Implied,
    Ask,
}

/// A registered redirection URI, compared byte for byte (RFC 9700 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    #[error("is not an absolute URI")]
    NotAbsolute,
    #[error("must not have a fragment")]
    Fragment,
    #[error("must not carry a user name or password")]
    UserInfo,
    #[error("uses the scheme {0:?}, which cannot be redirected to safely")]
    Scheme(String),
    #[error("must not contain `{0}`")]
    Parameter(&'static str),
    #[error("must not contain wildcards, spaces, backslashes or control characters")]
    Character,
    #[error("is longer than 2,048 characters")]
    TooLong,
}

impl RedirectUri {
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > 2048 {
            return Err(RedirectUriError::TooLong);
        }
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || !c.is_ascii() || "*\\<>\"^`{|}".contains(c)) {
            return Err(RedirectUriError::Character);
        }
        let url = Url::parse(text).map_err(|_refused| RedirectUriError::NotAbsolute)?;
        if text.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        if !Self::scheme_is_safe(&url) {
            return Err(RedirectUriError::Scheme(url.scheme().to_owned()));
        }
        for name in ["state", "code", "iss", "error"] {
            if url.query_pairs().any(|(key, _)| key == name) {
                return Err(RedirectUriError::Parameter(name));
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// https, http, or a private-use scheme with a dot (RFC 8252 §7.1): nothing that runs or reads here.
    fn scheme_is_safe(url: &Url) -> bool {
        match url.scheme() {
            "https" | "http" => url.has_host(),
            private => private.contains('.'),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request naming `asked` may be answered there. Exact, but for the port of a loopback
    /// address literal over http (RFC 8252 §7.3).
    pub fn accepts(&self, asked: &str) -> bool {
        self.0 == asked || self.accepts_loopback(asked)
    }

    fn accepts_loopback(&self, asked: &str) -> bool {
        let Some((host, rest)) = loopback_parts(&self.0) else { return false };
        loopback_parts(asked).is_some_and(|(other, tail)| other == host && tail == rest)
    }
}

/// `http://127.0.0.1:port/rest` as (host, /rest); `None` for all else.
fn loopback_parts(uri: &str) -> Option<(&'static str, &str)> {
    for host in ["127.0.0.1", "[::1]"] {
        let Some(after) = uri.strip_prefix("http://").and_then(|tail| tail.strip_prefix(host)) else { continue };
        let rest = match after.strip_prefix(':') {
            Some(port) => {
                let digits = port.bytes().take_while(u8::is_ascii_digit).count();
                let (number, rest) = port.split_at(digits);
                number.parse::<u16>().ok()?;
                rest
            }
            None => after,
        };
        if rest.is_empty() || rest.starts_with(['/', '?']) {
            return Some((host, rest));
        }
    }
    None
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;
    fn try_from(text: String) -> Result<Self, RedirectUriError> {
        Self::parse(&text)
    }
}
impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> String {
        uri.0
    }
}
impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_compared_byte_for_byte() {
        let registered = RedirectUri::parse("https://shop.example/callback").unwrap();
        assert!(registered.accepts("https://shop.example/callback"));
        for other in [
            "https://shop.example/callback/",
            "https://shop.example/Callback",
            "https://shop.example:443/callback",
            "https://shop.example/callback?x=1",
            "https://shop.example/callback#",
            "https://shop.example/a/../callback",
            "https://shop.example/%63allback",
            "https://shop.example@evil.example/callback",
            "https://shop.example.evil.example/callback",
            "http://shop.example/callback",
            " https://shop.example/callback",
        ] {
            assert!(!registered.accepts(other), "{other}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_literal_may_vary() {
        let registered = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
        assert!(registered.accepts("http://127.0.0.1:53123/cb"));
        for other in [
            "http://127.0.0.1:53123/cb2",
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:80@evil/cb",
            "http://127.0.0.1.evil/cb",
            "http://localhost:53123/cb",
            "https://127.0.0.1:53123/cb",
            "http://127.0.0.1:99999/cb",
        ] {
            assert!(!registered.accepts(other), "{other}");
        }
        assert!(!RedirectUri::parse("http://localhost/cb").unwrap().accepts("http://localhost:8081/cb"));
    }

    #[test]
    fn dangerous_redirect_uris_are_not_registered() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "/relative",
            "https://*.example/cb",
            "https://u:p@shop.example/cb",
            "https://shop.example/cb#frag",
            "https://shop.example/cb?state=1",
            "https://shop.example/c b",
            "https:/\\evil",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
        assert!(RedirectUri::parse("com.example.app:/cb").is_ok());
    }
}
