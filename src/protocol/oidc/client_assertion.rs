//! What a client's signed assertion must say (RFC 7523 §3, tightened by RFC 10070). The signature was verified
//! before, with a key of the client's registration.

use chrono::TimeDelta;

use crate::crypto::jose::Claims;
use crate::crypto::jose::claims::date;
use crate::domain::Time;
use crate::domain::ids::ClientId;
use crate::protocol::base::Base;

/// Clocks differ a little.
const SKEW: TimeDelta = TimeDelta::seconds(10);
/// A longer life would make the register of spent assertions grow without need.
const LONGEST: TimeDelta = TimeDelta::hours(1);
const JTI_MAX_BYTES: usize = 256;

/// An assertion that may be used now, once: spend (`client`, `jti`) until `expires_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionUse {
    pub jti: String,
    pub expires_at: Time,
    pub audience: AssertionAudience,
}

/// RFC 10070: the audience is the issuer, as a single text. Most client libraries still name the token endpoint
/// (RFC 7523 §3 told them to); that is taken too, since it names us and nobody else, and reported so that it can be
/// logged. Lists are refused: they are what audience injection (CVE-2025-27370) is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAudience {
    Issuer,
    LegacyTokenEndpoint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    #[error("typ is not client-authentication+jwt or JWT")]
    Type,
    #[error("iss and sub are not the client")]
    Client,
    #[error("aud is not the issuer as a single text")]
    Audience,
    #[error("exp is missing, past or more than an hour ahead")]
    Expiry,
    #[error("iat or nbf lies ahead, or is not a number")]
    Early,
    #[error("jti is missing or too long")]
    Jti,
}

/// `typ`: the header's type, if it has one.
pub fn check(
    claims: &Claims,
    typ: Option<&str>,
    client: &ClientId,
    base: &Base,
    now: Time,
) -> Result<AssertionUse, AssertionError> {
    let known = |typ: &str| ["JWT", "client-authentication+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known));
    if !typ.is_none_or(known) {
        return Err(AssertionError::Type);
    }
    let says = |name: &str| claims.get(name).and_then(|value| value.as_str());
    if says("iss") != Some(client.as_str()) || says("sub") != Some(client.as_str()) {
        return Err(AssertionError::Client);
    }
    let audience = match says("aud") {
        Some(aud) if aud == base.issuer() => AssertionAudience::Issuer,
        Some(aud) if aud == base.token_endpoint() => AssertionAudience::LegacyTokenEndpoint,
        Some(_) | None => return Err(AssertionError::Audience),
    };
    let expires_at = date(claims, "exp").ok().flatten().ok_or(AssertionError::Expiry)?;
    if expires_at + SKEW <= now || expires_at > now + LONGEST + SKEW {
        return Err(AssertionError::Expiry);
    }
    for name in ["iat", "nbf"] {
        let since = date(claims, name).map_err(|_wrong| AssertionError::Early)?;
        if since.is_some_and(|since| since > now + SKEW) {
            return Err(AssertionError::Early);
        }
    }
    let jti = says("jti").filter(|jti| !jti.is_empty() && jti.len() <= JTI_MAX_BYTES).ok_or(AssertionError::Jti)?;
    // Kept as long as it could be accepted.
    Ok(AssertionUse { jti: jti.to_owned(), expires_at: expires_at + SKEW, audience })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn run(change: &[(&str, Value)], typ: Option<&str>) -> Result<AssertionUse, AssertionError> {
        let mut claims = json!({
            "iss": "shop", "sub": "shop", "aud": "https://id.example/t/acme", "exp": NOW + 60, "iat": NOW, "jti": "j1"
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| *value != json!("absent"));
        let base = Base::parse("https://id.example/t/acme").unwrap();
        check(&claims, typ, &ClientId::parse("shop").unwrap(), &base, Time::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn a_correct_assertion_may_be_spent_until_it_expires() {
        let once = AssertionUse {
            jti: "j1".into(),
            expires_at: Time::from_timestamp(NOW + 70, 0).unwrap(),
            audience: AssertionAudience::Issuer,
        };
        for typ in [None, Some("JWT"), Some("jwt"), Some("client-authentication+jwt")] {
            assert_eq!(run(&[], typ), Ok(once.clone()), "{typ:?}");
        }
        let legacy = run(&[("aud", json!("https://id.example/t/acme/oauth2/token"))], None);
        assert_eq!(legacy.unwrap().audience, AssertionAudience::LegacyTokenEndpoint);
        for fine in
            [("exp", json!(NOW + 3600)), ("exp", json!(NOW - 9)), ("nbf", json!(NOW + 10)), ("iat", json!("absent"))]
        {
            assert!(run(std::slice::from_ref(&fine), None).is_ok(), "{fine:?}");
        }
    }

    #[test]
    fn every_wrong_claim_is_refused() {
        use AssertionError::{Audience, Client, Early, Expiry, Jti};
        let table = [
            ("iss", json!("other"), Client),
            ("iss", json!("absent"), Client),
            ("sub", json!("other"), Client),
            ("sub", json!(["shop"]), Client),
            ("sub", json!("absent"), Client),
            ("aud", json!("absent"), Audience),
            ("aud", json!(null), Audience),
            ("aud", json!([]), Audience),
            ("aud", json!(["https://id.example/t/acme"]), Audience),
            ("aud", json!(["https://id.example/t/acme", "https://evil.example"]), Audience),
            ("aud", json!("https://id.example/t/other"), Audience),
            ("aud", json!("https://id.example/t/acme/"), Audience),
            ("aud", json!("https://id.example/t/acme/oauth2/introspect"), Audience),
            ("exp", json!("absent"), Expiry),
            ("exp", json!(null), Expiry),
            ("exp", json!((NOW + 60).to_string()), Expiry),
            ("exp", json!(NOW - 10), Expiry),
            ("exp", json!(NOW + 3611), Expiry),
            ("exp", json!(-1), Expiry),
            ("exp", json!(u64::MAX), Expiry),
            ("exp", json!(i64::MAX), Expiry),
            ("iat", json!(NOW + 11), Early),
            ("nbf", json!(NOW + 11), Early),
            ("nbf", json!("0"), Early),
            ("iat", json!(null), Early),
            ("jti", json!("absent"), Jti),
            ("jti", json!(""), Jti),
            ("jti", json!(5), Jti),
            ("jti", json!("j".repeat(257)), Jti),
        ];
        for (name, value, error) in table {
            assert_eq!(run(&[(name, value.clone())], None), Err(error), "{name} {value}");
        }
        for typ in ["at+jwt", "logout+jwt", "", "none"] {
            assert_eq!(run(&[], Some(typ)), Err(AssertionError::Type), "{typ}");
        }
    }
}
