//! Token revocation (RFC 7009). A client revokes only what was issued to it (§2.1); whether there was anything to
//! revoke it does not learn: the answer is an empty 200 (§2.2).

use crate::domain::Time;
use crate::domain::ids::{ClientId, GrantId};

use super::token_claims::AccessTokenClaims;

/// What revoking an access token means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Remember the token until it would have expired.
    Token { jti: String, expires_at: Time, grant: Option<GrantId> },
    /// Issued to somebody else: nothing happens.
    NotYours,
}

/// §2.1: the token itself. Its grant lives on, and with it the refresh token: an application that wants to end the
/// authorization revokes the refresh token, which ends everything.
pub fn of_access_token(claims: &AccessTokenClaims, caller: &ClientId) -> Revocation {
    match Time::from_timestamp(claims.exp, 0) {
        Some(expires_at) if claims.client_id == *caller => {
            Revocation::Token { jti: claims.jti.clone(), expires_at, grant: claims.gid }
        }
        Some(_) | None => Revocation::NotYours,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::super::fixture::{application, base, client, grant, now, scopes};
    use super::super::token_claims::Stamp;
    use super::*;

    #[test]
    fn a_client_revokes_its_own_access_token_and_no_other() {
        let base = base();
        let stamp = Stamp { base: &base, now: now(), lifetime: Duration::from_mins(5) };
        let claims = AccessTokenClaims::for_person(&grant(), scopes("openid"), &application(), Uuid::nil(), &stamp);
        let revoked = Revocation::Token {
            jti: Uuid::nil().to_string(),
            expires_at: now() + TimeDelta::minutes(5),
            grant: Some(grant().id),
        };
        assert_eq!(of_access_token(&claims, &client("shop")), revoked);
        assert_eq!(of_access_token(&claims, &client("other")), Revocation::NotYours);
    }
}
