//! The vocabulary of OAuth 2.0 and OpenID Connect, as types.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One scope token (RFC 6749 §3.3): visible ASCII without `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a scope token: {0:?}")]
pub struct ScopeError(String);

impl Scope {
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let fits = !text.is_empty()
            && text.len() <= 128
            && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        if fits { Ok(Self(text.to_owned())) } else { Err(ScopeError(text.chars().take(40).collect())) }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;
    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}
impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.0
    }
}

/// A set of scopes; written space separated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// RFC 6749 §3.3. Duplicates collapse; an empty text is an empty set.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > 2048 {
            return Err(ScopeError("too long".to_owned()));
        }
        text.split(' ').filter(|part| !part.is_empty()).map(Scope::parse).collect::<Result<_, _>>().map(Self)
    }
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope.as_str() == name)
    }
    pub fn is_subset(&self, of: &Self) -> bool {
        self.0.is_subset(&of.0)
    }
    pub fn intersection(&self, with: &Self) -> Self {
        Self(self.0.intersection(&with.0).cloned().collect())
    }
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|scope| scope.as_str() != name).cloned().collect())
    }
    pub fn union(&self, with: &Self) -> Self {
        Self(self.0.union(&with.0).cloned().collect())
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, scope) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// How the answer travels to the client (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    Query,
    FormPost,
}

/// OpenID Connect Core §3.1.2.1 `prompt`; `none` never stands beside others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the parameter is a set of four words")]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
}

/// OpenID Connect Core §3.1.2.1 `display`; every page suits all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Display {
    Page,
    Popup,
    Touch,
    Wap,
}

/// Authentication context: how sure we are, never more than the evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acr(pub String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
}

impl GrantType {
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// A PKCE challenge (RFC 7636 §4.2), S256 only: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    pub fn parse(text: &str) -> Option<Self> {
        let shape = text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        shape.then(|| Self(text.to_owned()))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `claims` parameter (OpenID Connect Core §5.5): claim names asked for, per place of delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    pub userinfo: BTreeSet<String>,
    pub id_token: BTreeSet<String>,
    /// `acr` asked for as essential, with its values: unmet means failure.
    pub essential_acr: Option<Vec<String>>,
    /// `sub` asked for with a value: only this user will do.
    pub subject: Option<String>,
    /// `auth_time` asked for as essential.
    pub auth_time: bool,
}
