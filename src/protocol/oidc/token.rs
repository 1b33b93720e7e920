//! The token endpoint: RFC 6749 §4.1.3, §4.4.2, §5, §6; RFC 7636 §4.5, §4.6; OpenID Connect Core §3.1.3, §12.
//!
//! Refused on purpose: the password grant (RFC 9700 §2.4) and everything else that is not asked for by name here.
//! A code is spent before it is checked, and stays spent when a check fails. A refresh token is checked first: a
//! refusal replaces nothing, so it is good still (RFC 6749 §6).

use std::time::Duration;

use openidconnect::{AccessToken, ExtraTokenFields, RefreshToken, Scope, StandardTokenResponse, TokenType};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::crypto::jose::s256;
use crate::domain::Time;
use crate::domain::application::OidcClient;
use crate::domain::grant::{CodeBinding, Grant};
use crate::domain::ids::ClientId;
use crate::domain::oauth::{CodeChallenge, GrantType, Scopes};
use crate::domain::release::SCOPES;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::protocol::params::RawParams;

use super::error::TokenError;

#[derive(Clone, Debug)]
pub enum TokenRequest {
    AuthorizationCode(CodeRedemption),
    RefreshToken { token: PlainToken, scope: Option<Scopes> },
    ClientCredentials { scope: Option<Scopes> },
}

#[derive(Clone, Debug)]
pub struct CodeRedemption {
    pub code: PlainToken,
    pub redirect_uri: Option<String>,
    pub verifier: Option<SecretString>,
}

impl TokenRequest {
    /// After `client_auth` has taken its parameters.
    pub fn parse(params: &mut RawParams) -> Result<Self, TokenError> {
        let Some(grant_type) = params.take("grant_type") else {
            return Err(TokenError::InvalidRequest("grant_type is missing"));
        };
        match grant_type.as_str() {
            "authorization_code" => Ok(Self::AuthorizationCode(CodeRedemption {
                code: presented(params.take("code"), TokenKind::Code)?,
                redirect_uri: params.take("redirect_uri"),
                verifier: params.take("code_verifier").map(SecretString::from),
            })),
            "refresh_token" => Ok(Self::RefreshToken {
                token: presented(params.take("refresh_token"), TokenKind::Refresh)?,
                scope: scope(params)?,
            }),
            "client_credentials" => Ok(Self::ClientCredentials { scope: scope(params)? }),
            _ => Err(TokenError::UnsupportedGrantType),
        }
    }

    pub fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }

    /// RFC 6749 §5.2 `unauthorized_client`; to be asked before anything is spent.
    pub fn check_registered(&self, client: &OidcClient) -> Result<(), TokenError> {
        if client.grant_types.contains(&self.grant_type()) { Ok(()) } else { Err(TokenError::UnauthorizedClient) }
    }
}

/// Something that we cannot have issued is answered like something that we do not know.
fn presented(text: Option<String>, kind: TokenKind) -> Result<PlainToken, TokenError> {
    let text = text.ok_or(match kind {
        TokenKind::Refresh => TokenError::InvalidRequest("refresh_token is missing"),
        TokenKind::Code
        | TokenKind::Session
        | TokenKind::Browser
        | TokenKind::Device
        | TokenKind::Link
        | TokenKind::Client => TokenError::InvalidRequest("code is missing"),
    })?;
    PlainToken::parse(kind, &text).ok_or(TokenError::InvalidGrant(NOT_VALID))
}

/// One text for unknown, expired, spent and ended: which of them it was is nobody's business.
pub const NOT_VALID: &str = "the code or refresh token is not valid, or no longer";

fn scope(params: &mut RawParams) -> Result<Option<Scopes>, TokenError> {
    let Some(text) = params.take("scope") else { return Ok(None) };
    match Scopes::parse(&text) {
        Ok(scopes) if !scopes.is_empty() => Ok(Some(scopes)),
        Ok(_) => Ok(None),
        Err(_) => Err(TokenError::InvalidScope("scope is not a list of scope names, or longer than 2 KiB")),
    }
}

/// Whether a code, just spent, buys this client anything: all of what it was bound to is checked again.
pub fn check_code(
    grant: &Grant,
    binding: &CodeBinding,
    request: &CodeRedemption,
    client: &ClientId,
    now: Time,
) -> Result<(), TokenError> {
    if grant.client != *client || now >= binding.expires_at || !grant.is_live(now) {
        return Err(TokenError::InvalidGrant(NOT_VALID));
    }
    // RFC 6749 §4.1.3: identical, since the authorization request always names one here.
    match &request.redirect_uri {
        None => return Err(TokenError::InvalidGrant("redirect_uri is missing")),
        Some(uri) if *uri != binding.redirect_uri => {
            return Err(TokenError::InvalidGrant("redirect_uri differs from the authorization request"));
        }
        Some(_) => {}
    }
    check_verifier(binding.challenge.as_ref(), request.verifier.as_ref())
}

/// RFC 7636 §4.6. RFC 9700 §2.1.1: a verifier without a challenge is a downgrade that somebody tried.
fn check_verifier(challenge: Option<&CodeChallenge>, verifier: Option<&SecretString>) -> Result<(), TokenError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(TokenError::InvalidGrant("code_verifier without a code_challenge")),
        (Some(_), None) => Err(TokenError::InvalidGrant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) => {
            let verifier = verifier.expose_secret();
            let hashed = s256(verifier);
            if is_verifier(verifier) && bool::from(hashed.as_bytes().ct_eq(challenge.as_str().as_bytes())) {
                Ok(())
            } else {
                Err(TokenError::InvalidGrant("code_verifier does not fit the code_challenge"))
            }
        }
    }
}

/// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

/// Whether an unspent refresh token buys this client anything; `token_expires_at` is its own end of idleness.
/// Answers with the scopes of the new access token (RFC 6749 §6: never more than was granted).
pub fn check_refresh(
    grant: &Grant,
    token_expires_at: Time,
    asked: Option<&Scopes>,
    client: &ClientId,
    now: Time,
) -> Result<Scopes, TokenError> {
    if grant.client != *client || now >= token_expires_at || !grant.is_live(now) {
        return Err(TokenError::InvalidGrant(NOT_VALID));
    }
    match asked {
        None => Ok(grant.scopes.clone()),
        Some(asked) if asked.is_subset(&grant.scopes) => Ok(asked.clone()),
        Some(_) => Err(TokenError::InvalidScope("a scope was not granted")),
    }
}

/// Scopes of a client that acts for itself. Scopes about a person mean nothing here: asked for by name they are an
/// error, and they are not part of what is given when nothing is asked for (RFC 6749 §3.3).
pub fn service_scopes(client: &OidcClient, asked: Option<Scopes>) -> Result<Scopes, TokenError> {
    let offered: Scopes = client.scopes.iter().filter(|scope| !SCOPES.contains(&scope.as_str())).cloned().collect();
    match asked {
        None => Ok(offered),
        Some(asked) if asked.is_subset(&offered) => Ok(asked),
        Some(_) => Err(TokenError::InvalidScope("a scope is not available to the application itself")),
    }
}

/// RFC 6749 §7.1. A type of our own since the crate's writes `bearer`, which some clients compare with case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenTypeName {
    Bearer,
}
impl TokenType for TokenTypeName {}

/// The ID token as the text that was signed: the crate's `IdToken` can only be made by its own signer, which
/// cannot set `typ`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedIdToken {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}
impl ExtraTokenFields for SignedIdToken {}

pub type TokenResponse = StandardTokenResponse<SignedIdToken, TokenTypeName>;

/// What was signed and minted for one answer.
#[derive(Debug)]
pub struct IssuedTokens {
    pub access_token: String,
    pub expires_in: Duration,
    pub scopes: Scopes,
    pub refresh_token: Option<PlainToken>,
    pub id_token: Option<String>,
}

/// RFC 6749 §5.1; `scope` is always told.
pub fn token_response(issued: IssuedTokens) -> TokenResponse {
    let IssuedTokens { access_token, expires_in, scopes, refresh_token, id_token } = issued;
    let mut response =
        TokenResponse::new(AccessToken::new(access_token), TokenTypeName::Bearer, SignedIdToken { id_token });
    response.set_expires_in(Some(&expires_in));
    response.set_refresh_token(refresh_token.map(|token| RefreshToken::new(token.expose().to_owned())));
    response.set_scopes(crate_scopes(&scopes));
    response
}

/// `None` for no scope at all: `"scope": ""` is not a scope list (RFC 6749 §3.3).
pub(super) fn crate_scopes(scopes: &Scopes) -> Option<Vec<Scope>> {
    let list: Vec<Scope> = scopes.iter().map(|scope| Scope::new(scope.as_str().to_owned())).collect();
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
