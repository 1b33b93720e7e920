//! The logout token of OpenID Connect Back-Channel Logout 1.0 §2.4. Signing is `crypto::jose`'s.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::Time;
use crate::domain::ids::{ClientId, SessionId, UserId};
use crate::protocol::base::Base;

/// The `typ` of its header: never taken for an ID token.
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";
/// §2.4: at most two minutes, so that it cannot be kept and used another time.
const LIFETIME: TimeDelta = TimeDelta::minutes(2);
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// There is no `nonce`: §2.4 forbids it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    pub events: BTreeMap<&'static str, BTreeMap<String, String>>,
    pub sid: SessionId,
}

impl LogoutTokenClaims {
    pub fn new(base: &Base, client: &ClientId, (user, session): (UserId, SessionId), (jti, now): (Uuid, Time)) -> Self {
        Self {
            iss: base.issuer().to_owned(),
            sub: user.to_string(),
            aud: client.to_string(),
            iat: now.timestamp(),
            exp: (now + LIFETIME).timestamp(),
            jti: jti.hyphenated().to_string(),
            events: BTreeMap::from([(EVENT, BTreeMap::new())]),
            sid: session,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{base, client, user};
    use super::*;

    #[test]
    fn a_logout_token_says_what_the_specification_wants_and_no_more() {
        let session = SessionId::from_uuid(Uuid::from_u128(7));
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let claims = LogoutTokenClaims::new(&base(), &client("shop"), (user(), session), (Uuid::from_u128(9), now));
        let expected = json!({
            "iss": base().issuer(),
            "sub": user().to_string(),
            "aud": "shop",
            "iat": 1_700_000_000,
            "exp": 1_700_000_120,
            "jti": "00000000-0000-0000-0000-000000000009",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sid": session,
        });
        assert_eq!(serde_json::to_value(claims).unwrap(), expected);
    }
}
