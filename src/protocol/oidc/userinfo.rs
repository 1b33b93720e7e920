//! UserInfo (OpenID Connect Core §5.3): which tokens may ask, and the answer.

use openidconnect::UserInfoClaims;
use openidconnect::core::CoreGenderClaim;
use serde_json::{Map, Value};

use crate::domain::ids::{GrantId, UserId};

use super::bearer::BearerError;
use super::token_claims::{AccessTokenClaims, ClaimsError, OwnClaims, TokenSubject, person_claims};

pub type PersonUserInfo = UserInfoClaims<OwnClaims, CoreGenderClaim>;

/// A token about a person, with `openid` among its scopes (Core §5.3.1). Whose it is, and by which grant.
pub fn entitled(claims: &AccessTokenClaims) -> Result<(UserId, GrantId), BearerError> {
    match claims.subject() {
        Ok(TokenSubject::Person { user, grant }) if claims.scope.contains("openid") => Ok((user, grant)),
        Ok(TokenSubject::Person { .. } | TokenSubject::Service) => Err(BearerError::InsufficientScope("openid")),
        Err(_) => Err(BearerError::InvalidToken("the token is not valid")),
    }
}

/// Core §5.3.2: `sub` always, and what was released.
pub fn answer(user: UserId, released: Map<String, Value>) -> Result<PersonUserInfo, ClaimsError> {
    let (standard, own) = person_claims(user, released)?;
    Ok(UserInfoClaims::new(standard, own))
}
