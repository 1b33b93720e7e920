//! Stage two of reading an authorization request: every parameter becomes a type, or the client is told why not.
//!
//! Implements RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 (PKCE), as RFC 9700 narrows them.
//! Refused on purpose: every response type but `code`, `response_mode=fragment`, PKCE `plain`, request objects
//! (`request`, `request_uri`, `registration`). Pure: it touches nothing but its arguments.

use std::time::Duration;

use crate::domain::application::{Client, ClientType, ConsentMode, OidcClient};
use crate::domain::assurance::Level;
use crate::domain::demand::Demand;
use crate::domain::ids::{ClientId, UserId};
use crate::domain::oauth::{ClaimsRequest, CodeChallenge, Display, GrantType, Prompt, Scopes};
use crate::protocol::params::RawParams;

use super::claims;
use super::error::Reason;
use super::reply::{ReplyAddress, response_mode};

pub use super::authorize_error::AuthorizationError;

const NONCE_MAX_BYTES: usize = 2048;
/// A hint is a user name or an address; something longer is neither.
const LOGIN_HINT_MAX_CHARS: usize = 320;
const LIST_MAX: usize = 32;
/// A hundred years: more is the same as no limit, and cannot be added to a date.
const MAX_AGE_LIMIT: u64 = 100 * 366 * 86_400;

/// A well-formed request. Take it apart without `..`, so that a parameter that nothing obeys does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub client: ClientId,
    /// Exactly as it was named; the code is bound to it.
    pub redirect_uri: String,
    /// Registered ones only; without `openid` it is plain OAuth 2.0 and no ID token is issued.
    pub scopes: Scopes,
    pub nonce: Option<String>,
    pub challenge: Option<CodeChallenge>,
    pub prompt: Prompt,
    pub max_age: Option<Duration>,
    pub login_hint: Option<String>,
    /// Where the person comes from (as Entra ID has it): a domain, or an identity provider.
    pub domain_hint: Option<String>,
    /// Space separated tags, for `domain::language`.
    pub ui_locales: Option<String>,
    pub claims_locales: Vec<String>,
    pub display: Display,
    /// Voluntary (Core §3.1.2.1): a wish, in order of preference.
    pub acr_values: Vec<String>,
    /// An ID token of ours, not verified yet.
    pub id_token_hint: Option<String>,
    pub claims: ClaimsRequest,
}

type Parsed<T> = Result<T, AuthorizationError>;

fn invalid<T>(reason: Reason) -> Parsed<T> {
    Err(AuthorizationError::InvalidRequest(reason))
}

/// Reads the request of `application` that is answered at `address`.
pub fn parse(params: &RawParams, address: &ReplyAddress, application: &Client) -> Parsed<AuthorizationRequest> {
    refuse_request_objects(params)?;
    response_type(params, &application.protocol)?;
    if params.get("response_mode").is_some_and(|mode| response_mode(mode).is_none()) {
        return invalid("response_mode must be query or form_post");
    }
    let prompt = prompt(params.get("prompt").unwrap_or_default())?;
    Ok(AuthorizationRequest {
        client: application.id.clone(),
        redirect_uri: address.redirect_uri().to_owned(),
        scopes: scopes(params, &application.protocol, prompt)?,
        nonce: nonce(params)?,
        challenge: challenge(params, &application.protocol)?,
        prompt,
        max_age: params.get("max_age").map(max_age).transpose()?,
        login_hint: params.get("login_hint").and_then(login_hint),
        domain_hint: params.get("domain_hint").and_then(login_hint),
        ui_locales: params.get("ui_locales").map(str::to_owned),
        claims_locales: list(params.get("claims_locales")),
        display: display(params.get("display"))?,
        acr_values: list(params.get("acr_values")),
        id_token_hint: params.get("id_token_hint").map(str::to_owned),
        claims: params.get("claims").map(claims::parse).transpose()?.unwrap_or_default(),
    })
}

/// First of all: a request object would override the very parameters that are read below (Core §6.1).
fn refuse_request_objects(params: &RawParams) -> Parsed<()> {
    if params.get("request").is_some() {
        return Err(AuthorizationError::RequestNotSupported);
    }
    if params.get("request_uri").is_some() {
        return Err(AuthorizationError::RequestUriNotSupported);
    }
    if params.get("registration").is_some() {
        return Err(AuthorizationError::RegistrationNotSupported);
    }
    Ok(())
}

/// RFC 9700 §2.1.2: nothing but codes leaves through the browser.
fn response_type(params: &RawParams, client: &OidcClient) -> Parsed<()> {
    match params.get("response_type") {
        None => invalid("response_type is missing"),
        Some("code") if client.grant_types.contains(&GrantType::AuthorizationCode) => Ok(()),
        Some("code") => Err(AuthorizationError::UnauthorizedClient),
        Some(_) => Err(AuthorizationError::UnsupportedResponseType),
    }
}

/// RFC 6749 §3.3. A scope that is not registered is an error and not dropped silently: the application would
/// find out later, and elsewhere.
fn scopes(params: &RawParams, client: &OidcClient, prompt: Prompt) -> Parsed<Scopes> {
    let Some(text) = params.get("scope") else {
        return Err(AuthorizationError::InvalidScope("scope is missing"));
    };
    let asked = Scopes::parse(text)
        .map_err(|_bad| AuthorizationError::InvalidScope("scope is not a list of scope names, or longer than 2 KiB"))?;
    if asked.is_empty() {
        return Err(AuthorizationError::InvalidScope("scope is missing"));
    }
    if let Some(unknown) = asked.iter().find(|scope| !client.scopes.contains(scope.as_str())) {
        return Err(AuthorizationError::UnregisteredScope(unknown.clone()));
    }
    Ok(if offline_counts(client, prompt) { asked } else { asked.without("offline_access") })
}

/// Core §11: `offline_access` counts when the person consents to it (`prompt=consent`), or when "other conditions"
/// are in place: here, that the application is the organisation's own and its consent is implied. It is ignored
/// otherwise, and where the application may not use refresh tokens at all.
fn offline_counts(client: &OidcClient, prompt: Prompt) -> bool {
    let agreed = match client.consent {
        ConsentMode::Implied => true,
        ConsentMode::Ask => prompt.consent,
    };
    agreed && client.grant_types.contains(&GrantType::RefreshToken)
}

fn nonce(params: &RawParams) -> Parsed<Option<String>> {
    match params.get("nonce") {
        Some(nonce) if nonce.len() > NONCE_MAX_BYTES => invalid("nonce is longer than 2,048 bytes"),
        other => Ok(other.map(str::to_owned)),
    }
}

/// RFC 7636 §4.3, §4.4.1; RFC 9700 §2.1.1: S256 only, required of public clients and where registered so.
fn challenge(params: &RawParams, client: &OidcClient) -> Parsed<Option<CodeChallenge>> {
    let required = client.require_pkce || client.kind == ClientType::Public;
    match (params.get("code_challenge"), params.get("code_challenge_method")) {
        (None, None) if required => invalid("code_challenge is required"),
        (None, None) => Ok(None),
        (None, Some(_)) => invalid("code_challenge is missing beside code_challenge_method"),
        (Some(text), Some("S256")) => match CodeChallenge::parse(text) {
            Some(challenge) => Ok(Some(challenge)),
            None => invalid("code_challenge is not 43 characters of base64url"),
        },
        // Without a method the client means `plain`.
        (Some(_), None | Some(_)) => invalid("code_challenge_method must be S256"),
    }
}

/// Core §3.1.2.1: `none` stands alone. An unknown value is an error (Initiating User Registration §4.1).
fn prompt(text: &str) -> Parsed<Prompt> {
    let mut prompt = Prompt::default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return invalid("prompt has a value that is not supported"),
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        return invalid("prompt=none stands alone");
    }
    Ok(prompt)
}

fn max_age(text: &str) -> Parsed<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return invalid("max_age is not a number of seconds");
    }
    // Digits that do not fit are a very long time.
    let seconds = text.parse().unwrap_or(u64::MAX).min(MAX_AGE_LIMIT);
    Ok(Duration::from_secs(seconds))
}

/// Only a hint: one that cannot be a user name is no error, but is not shown either.
fn login_hint(text: &str) -> Option<String> {
    let fits = text.chars().count() <= LOGIN_HINT_MAX_CHARS && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

fn display(text: Option<&str>) -> Parsed<Display> {
    match text {
        None | Some("page") => Ok(Display::Page),
        Some("popup") => Ok(Display::Popup),
        Some("touch") => Ok(Display::Touch),
        Some("wap") => Ok(Display::Wap),
        Some(_) => invalid("display has a value that is not supported"),
    }
}

/// Space separated wishes; what comes after the thirty-second is nobody's wish.
fn list(text: Option<&str>) -> Vec<String> {
    let words = text.unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    words.take(LIST_MAX).map(str::to_owned).collect()
}

impl AuthorizationRequest {
    /// What the request requires of the sign-in. `hinted` is the subject of the verified `id_token_hint`.
    ///
    /// Core §3.1.2.1, §5.5.1: where `id_token_hint` and the `sub` claim name different people, or somebody who
    /// cannot exist here, no sign-in can succeed.
    pub fn demand(&self, hinted: Option<UserId>) -> Parsed<Demand> {
        let claimed = match &self.claims.subject {
            None => None,
            Some(text) => Some(subject(text).ok_or(AuthorizationError::LoginRequired)?),
        };
        if let (Some(hinted), Some(claimed)) = (hinted, claimed)
            && hinted != claimed
        {
            return Err(AuthorizationError::LoginRequired);
        }
        Ok(Demand {
            silent: self.prompt.none,
            fresh: self.prompt.login,
            max_age: self.max_age,
            choose_account: self.prompt.select_account,
            subject: hinted.or(claimed),
            essential: self.claims.essential_acr.as_deref().filter(|wishes| !wishes.is_empty()).map(levels),
            preferred: levels(&self.acr_values),
            proxies: None,
        })
    }
}

/// The levels among these that exist here.
fn levels(acrs: &[String]) -> Vec<Level> {
    acrs.iter().filter_map(|acr| Level::parse(acr)).collect()
}

/// A `sub` of ours, in the one spelling that we issue.
pub(super) fn subject(text: &str) -> Option<UserId> {
    text.parse::<UserId>().ok().filter(|id| id.to_string() == text)
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
