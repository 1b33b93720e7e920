//! What access tokens (RFC 9068) and ID tokens (OpenID Connect Core §2) say. Signing is `crypto::jose`'s.

use std::time::Duration;

use chrono::TimeDelta;
use openidconnect::core::CoreGenderClaim;
use openidconnect::{
    AccessTokenHash, AdditionalClaims, Audience, AuthenticationContextClass, AuthenticationMethodReference,
    IdTokenClaims, IssuerUrl, Nonce, StandardClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::crypto::jose::Claims;
use crate::domain::Time;
use crate::domain::application::Client;
use crate::domain::grant::Grant;
use crate::domain::ids::{ClientId, GrantId, SessionId, UserId};
use crate::domain::oauth::Scopes;
use crate::protocol::base::Base;

use super::authorize::subject;

/// The `typ` of an access token's header (RFC 9068 §2.1); an ID token's is `JWT`.
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
pub const ID_TOKEN_TYPE: &str = "JWT";

/// Where, when and for how long tokens are issued.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    pub base: &'a Base,
    pub now: Time,
    pub lifetime: Duration,
}

impl Stamp<'_> {
    fn expires_at(&self) -> Time {
        TimeDelta::from_std(self.lifetime)
            .ok()
            .and_then(|lifetime| self.now.checked_add_signed(lifetime))
            .unwrap_or(Time::MAX_UTC)
    }
}

/// RFC 9068 §2.2. The private claim `gid` is the grant it hangs from; ending the grant ends the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    pub iss: String,
    pub sub: String,
    /// The issuer (for UserInfo and our other resources) and the client's resource servers.
    pub aud: Vec<String>,
    pub client_id: ClientId,
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    #[serde(default, with = "scope_text", skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amr: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<GrantId>,
}

/// Why an access token with a good signature is still none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("the token lacks a claim, or has one of the wrong type")]
    Malformed,
    #[error("the token was issued by somebody else")]
    Issuer,
    #[error("the token is meant for somebody else")]
    Audience,
    #[error("the token has expired")]
    Expired,
}

/// Whom a token is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSubject {
    Person {
        user: UserId,
        grant: GrantId,
    },
    /// The client itself (client credentials).
    Service,
}

impl AccessTokenClaims {
    /// For a person, by a grant of theirs. It never outlives the grant.
    pub fn for_person(grant: &Grant, scope: Scopes, application: &Client, jti: Uuid, stamp: &Stamp<'_>) -> Self {
        Self {
            sub: grant.user.to_string(),
            exp: stamp.expires_at().min(grant.expires_at).timestamp(),
            auth_time: Some(grant.auth_time.timestamp()),
            acr: Some(grant.acr.clone()),
            amr: Some(grant.amr.clone()),
            sid: Some(grant.session),
            gid: Some(grant.id),
            ..Self::for_service(application, scope, jti, stamp)
        }
    }

    /// For a client that acts for itself: `sub` is the client (RFC 9068 §2.2), and without `gid` it can never be
    /// taken for a person, whatever the client is called (RFC 9700 §4.15).
    pub fn for_service(application: &Client, scope: Scopes, jti: Uuid, stamp: &Stamp<'_>) -> Self {
        let issuer = stamp.base.issuer().to_owned();
        let aud = std::iter::once(issuer.clone()).chain(application.protocol.audiences.iter().cloned()).collect();
        Self {
            iss: issuer,
            sub: application.id.to_string(),
            aud,
            client_id: application.id.clone(),
            exp: stamp.expires_at().timestamp(),
            iat: stamp.now.timestamp(),
            jti: jti.hyphenated().to_string(),
            scope,
            auth_time: None,
            acr: None,
            amr: None,
            sid: None,
            gid: None,
        }
    }

    /// Reads the claims of a token whose signature and `typ` are verified (RFC 9068 §4). Whether its grant lives
    /// and its `jti` is not revoked is for the caller to find out.
    pub fn check(raw: Claims, base: &Base, now: Time) -> Result<Self, TokenFault> {
        let claims: Self = serde_json::from_value(Value::Object(raw)).map_err(|_bad| TokenFault::Malformed)?;
        if claims.iss != base.issuer() {
            return Err(TokenFault::Issuer);
        }
        if !claims.aud.iter().any(|aud| aud == base.issuer()) {
            return Err(TokenFault::Audience);
        }
        claims.check_time(now)?;
        claims.subject().map(|_| claims)
    }

    /// The one thing about a token that changes by itself. Our own clock on both sides: no leeway.
    pub fn check_time(&self, now: Time) -> Result<(), TokenFault> {
        if now.timestamp() < self.exp { Ok(()) } else { Err(TokenFault::Expired) }
    }

    pub fn subject(&self) -> Result<TokenSubject, TokenFault> {
        match self.gid {
            Some(grant) => {
                let user = subject(&self.sub).ok_or(TokenFault::Malformed)?;
                Ok(TokenSubject::Person { user, grant })
            }
            None if self.sub == self.client_id.as_str() => Ok(TokenSubject::Service),
            None => Err(TokenFault::Malformed),
        }
    }

    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.exp - self.iat).unwrap_or(0))
    }
}

/// RFC 8693 §4.2: one text, space separated.
mod scope_text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::domain::oauth::Scopes;

    pub fn serialize<S: Serializer>(scopes: &Scopes, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(scopes)
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Scopes, D::Error> {
        Scopes::parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// Claims beside the standard ones (OpenID Connect Core §5.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnClaims {
    /// OpenID Connect Back-Channel Logout §2.1; in ID tokens only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
}
impl AdditionalClaims for OwnClaims {}

pub type PersonIdTokenClaims = IdTokenClaims<OwnClaims, CoreGenderClaim>;

/// A fault of ours: what `domain::release` hands out, or the base, does not fit the crate's types.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    #[error("a released claim has the wrong shape")]
    Released(#[from] serde_json::Error),
    #[error("the issuer is not a URL")]
    Issuer(#[from] url::ParseError),
}

/// What the ID token is issued for: a refreshed one has no `nonce` (OpenID Connect Core §12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Code,
    Refresh,
}

/// OpenID Connect Core §2, §3.1.3.6. `released` are the person's claims that belong into the ID token, by the
/// `claims` parameter; what scopes ask for is delivered by UserInfo (§5.4).
pub fn id_token_claims(
    grant: &Grant,
    occasion: Occasion,
    at_hash: String,
    released: Map<String, Value>,
    stamp: &Stamp<'_>,
) -> Result<PersonIdTokenClaims, ClaimsError> {
    let (standard, mut own) = person_claims(grant.user, released)?;
    own.sid = Some(grant.session);
    let nonce = match occasion {
        Occasion::Code => grant.nonce.clone().map(Nonce::new),
        Occasion::Refresh => None,
    };
    let amr = grant.amr.iter().cloned().map(AuthenticationMethodReference::new).collect();
    let claims = IdTokenClaims::new(
        IssuerUrl::new(stamp.base.issuer().to_owned())?,
        vec![Audience::new(grant.client.to_string())],
        stamp.expires_at(),
        stamp.now,
        standard,
        own,
    );
    Ok(claims
        .set_auth_time(Some(grant.auth_time))
        .set_nonce(nonce)
        .set_auth_context_ref(Some(AuthenticationContextClass::new(grant.acr.clone())))
        .set_auth_method_refs(Some(amr))
        .set_access_token_hash(Some(AccessTokenHash::new(at_hash))))
}

/// Released claims as the crate's types; `sub` is always ours.
pub(super) fn person_claims(
    user: UserId,
    mut released: Map<String, Value>,
) -> Result<(StandardClaims<CoreGenderClaim>, OwnClaims), ClaimsError> {
    let own = OwnClaims {
        sid: None,
        roles: released.remove("roles").map(serde_json::from_value).transpose()?,
        groups: released.remove("groups").map(serde_json::from_value).transpose()?,
    };
    released.insert("sub".to_owned(), Value::String(user.to_string()));
    Ok((serde_json::from_value(Value::Object(released))?, own))
}

#[cfg(test)]
#[path = "token_claims_tests.rs"]
mod tests;
