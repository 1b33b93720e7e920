//! An authorization given to an application, and what hangs from it: one code, a family of refresh tokens,
//! the access tokens issued from either. Ending the grant ends them all.

use super::Time;
use super::ids::{ClientId, GrantId, SessionId, UserId};
use super::oauth::{ClaimsRequest, CodeChallenge, Scopes};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub user: UserId,
    pub client: ClientId,
    /// The browser session it was given in. Grants with `offline_access` outlive it.
    pub session: SessionId,
    pub scopes: Scopes,
    pub claims: ClaimsRequest,
    pub claims_locales: Vec<String>,
    pub nonce: Option<String>,
    pub auth_time: Time,
    /// As it is told (RFC 8176).
    pub amr: Vec<String>,
    pub acr: String,
    pub created_at: Time,
    /// Absolute end of the refresh family.
    pub expires_at: Time,
    pub ended_at: Option<Time>,
}

impl Grant {
    pub fn is_offline(&self) -> bool {
        self.scopes.contains("offline_access")
    }
    pub fn is_live(&self, now: Time) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// What a code was issued for; all of it is checked again when it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBinding {
    /// `redirect_uri` exactly as the authorization request named it.
    pub redirect_uri: String,
    pub challenge: Option<CodeChallenge>,
    pub expires_at: Time,
}

/// What one conditional write found out about a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent<T> {
    /// Now spent, by us alone.
    Fresh(T),
    /// Spent before: somebody has a copy.
    Replayed(GrantId),
    Unknown,
}

/// Why a grant ended; for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantEnd {
    Replay,
    Revoked,
    SignedOut,
    UserDisabled,
    ConsentWithdrawn,
    SelfLocked,
}

impl GrantEnd {
    pub fn name(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Revoked => "revoked",
            Self::SignedOut => "signed_out",
            Self::UserDisabled => "user_disabled",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::SelfLocked => "self_locked",
        }
    }
}
