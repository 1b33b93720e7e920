//! How we prove ourselves to an upstream without a secret: `private_key_jwt` (RFC 7523 §2.2, §3; OpenID Connect Core §9),
//! as RFC 10070 wants it: a type of its own, and the upstream's issuer as the only audience, as a single text, so that
//! nobody who is given one can use it anywhere else. It lives for a minute.

use chrono::TimeDelta;
use serde::Serialize;

use crate::domain::Time;

/// The header's type (RFC 10070 §3).
pub const TYPE: &str = "client-authentication+jwt";
const LIFETIME: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Serialize)]
pub struct ClientAssertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
}

impl<'a> ClientAssertion<'a> {
    /// `jti`: new each time.
    pub fn new((client, issuer): (&'a str, &'a str), jti: &'a str, now: Time) -> Self {
        let (iat, exp) = (now.timestamp(), (now + LIFETIME).timestamp());
        Self { iss: client, sub: client, aud: issuer, jti, iat, exp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_one_audience_and_lives_for_a_minute() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let claims = ClientAssertion::new(("portner", "https://idp.example"), "once", now);
        let expected = serde_json::json!({
            "iss": "portner", "sub": "portner", "aud": "https://idp.example", "jti": "once",
            "iat": 1_700_000_000, "exp": 1_700_000_060,
        });
        assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
    }
}
