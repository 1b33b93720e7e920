//! Judges the logout tokens of an upstream (OpenID Connect Back-Channel Logout 1.0 §2.6). The signature is verified before.
//!
//! Refused on purpose: a token without `exp` or `jti`, one that was issued more than ten minutes ago, and whatever could be
//! an ID token.

use std::time::Duration;

use serde_json::Value;

use crate::crypto::jose::{Assertion, Claims, ClientKeys, JoseError, claims};
use crate::domain::federation::Named;
use crate::domain::identity_provider::Kind;

use super::upstream::{Expected, Refusal, SKEW, audience, issuer, keys_of, times};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long a provider may try to deliver one.
const DELIVERY: Duration = Duration::from_mins(10);
/// A token that was taken is remembered longer than it is good for.
pub const REMEMBERED: Duration = Duration::from_mins(15);
const LONGEST: usize = 255;

/// Who is signed out there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    pub issuer: String,
    pub named: Named,
    pub jti: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error(transparent)]
    Token(#[from] Refusal),
    #[error("the token is of another type")]
    Type,
    #[error("events does not hold a logout")]
    Events,
    #[error("nonce makes it an ID token")]
    Nonce,
    #[error("there is no usable jti")]
    Jti,
    #[error("it names nobody, or not in a usable way")]
    Name,
    #[error("it was issued too long ago")]
    Stale,
}

impl From<JoseError> for Unfit {
    fn from(error: JoseError) -> Self {
        Self::Token(error.into())
    }
}

impl Unfit {
    /// For logs and the audit trail.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Token(refusal) => refusal.name(),
            Self::Type => "type",
            Self::Events => "events",
            Self::Nonce => "nonce",
            Self::Jti => "jti",
            Self::Name => "name",
            Self::Stale => "time",
        }
    }

    /// Whether newer keys might help.
    pub fn is_of_keys(&self) -> bool {
        use JoseError::{KeySet, Signature, UnknownKey};
        matches!(self, Self::Token(Refusal::Signature(UnknownKey | Signature | KeySet)))
    }
}

/// Verifies with the provider's published keys, and judges. `expected.nonce` does not count.
pub fn judge(jwks: &str, token: &str, expected: &Expected<'_>) -> Result<Farewell, Unfit> {
    let verified = ClientKeys::parse(jwks)?.verify(token)?;
    let farewell = judge_claims(&verified, expected)?;
    if expected.oidc.kind == Kind::Entra {
        ClientKeys::parse(&keys_of(jwks, &farewell.issuer, &verified.claims))?.verify(token)?;
    }
    Ok(farewell)
}

fn judge_claims(verified: &Assertion, expected: &Expected<'_>) -> Result<Farewell, Unfit> {
    let Assertion { typ, claims, .. } = verified;
    // §2.4 recommends the one; many providers write the other, or none.
    let types = ["logout+jwt", "application/logout+jwt", "jwt"];
    if typ.as_deref().is_some_and(|typ| !types.iter().any(|known| typ.eq_ignore_ascii_case(known))) {
        return Err(Unfit::Type);
    }
    let issuer = issuer(claims, expected)?;
    audience(claims, &expected.oidc.client_id)?;
    times(claims, expected.now)?;
    let since = claims::date(claims, "iat")?.ok_or(Refusal::Time)?;
    if since + DELIVERY + SKEW <= expected.now {
        return Err(Unfit::Stale);
    }
    if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err(Unfit::Events);
    }
    if claims.contains_key("nonce") {
        return Err(Unfit::Nonce);
    }
    let jti = usable(claims, "jti").map_err(|()| Unfit::Jti)?.ok_or(Unfit::Jti)?;
    let [name, sid] = ["sub", "sid"].map(|name| usable(claims, name).map_err(|()| Unfit::Name));
    let (name, indices) = (name?, sid?.into_iter().collect::<Vec<_>>());
    if name.is_none() && indices.is_empty() {
        return Err(Unfit::Name);
    }
    Ok(Farewell { issuer, named: Named { name, format: None, indices }, jti })
}

/// A claim that is there but cannot be used is no absence: a `sid` that is a number would end every session.
fn usable(claims: &Claims, name: &str) -> Result<Option<String>, ()> {
    let Some(text) = claims::text(claims, name).map_err(|_wrong| ())? else { return Ok(None) };
    let fits = !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control);
    if fits { Ok(Some(text.to_owned())) } else { Err(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Time;
    use crate::domain::federation::Age;
    use crate::domain::identity_provider::tests::{DIRECTORY, provider};
    use crate::domain::signing::SigningAlg;

    const ISSUER: &str = "https://idp.example";
    const NOW: i64 = 1_800_000_000;

    fn judged(kind: Kind, issuer: &str, typ: Option<&str>, changes: &Value) -> Result<Farewell, Unfit> {
        let mut claims = json!({
            "iss": ISSUER, "sub": "s-1", "sid": "sid-1", "aud": "portner", "exp": NOW + 120, "iat": NOW, "jti": "j-1",
            "events": { EVENT: {} },
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let claims = claims.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
        let verified = Assertion { typ: typ.map(str::to_owned), alg: SigningAlg::RS256, claims };
        let provider = provider(kind, issuer);
        let expected = Expected {
            provider: &provider,
            oidc: provider.oidc().unwrap(),
            issuer,
            nonce: "",
            access_token: None,
            userinfo: None,
            age: Age::default(),
            now: Time::from_timestamp(NOW, 0).unwrap(),
        };
        judge_claims(&verified, &expected)
    }

    fn oidc(changes: &Value) -> Result<Farewell, Unfit> {
        judged(Kind::Oidc, ISSUER, Some("logout+jwt"), changes)
    }

    #[test]
    fn a_logout_token_names_a_session_or_a_person_or_both() {
        for typ in [None, Some("JWT"), Some("logout+jwt"), Some("application/logout+jwt")] {
            let farewell = judged(Kind::Oidc, ISSUER, typ, &json!({})).unwrap();
            let named = Named { name: Some("s-1".to_owned()), format: None, indices: vec!["sid-1".to_owned()] };
            assert_eq!(farewell, Farewell { issuer: ISSUER.to_owned(), named, jti: "j-1".to_owned() }, "{typ:?}");
        }
        assert_eq!(oidc(&json!({ "sid": null })).unwrap().named.indices, Vec::<String>::new());
        assert_eq!(oidc(&json!({ "sub": null })).unwrap().named.name, None);
        assert!(oidc(&json!({ "iat": NOW - 590, "exp": NOW - 30 })).is_ok(), "on its way for a while");
    }

    #[test]
    fn whatever_is_wrong_with_it_makes_it_no_logout_token() {
        let table = [
            (json!({ "iss": "https://evil.example" }), "issuer"),
            (json!({ "aud": "other" }), "audience"),
            (json!({ "aud": ["portner", "other"] }), "audience"),
            (json!({ "exp": null }), "time"),
            (json!({ "exp": NOW - 61 }), "time"),
            (json!({ "iat": null }), "time"),
            (json!({ "iat": NOW + 61 }), "time"),
            (json!({ "iat": NOW - 700 }), "time"),
            (json!({ "events": null }), "events"),
            (json!({ "events": { EVENT: true } }), "events"),
            (json!({ "events": [EVENT] }), "events"),
            (json!({ "events": { "http://schemas.openid.net/event/other": {} } }), "events"),
            (json!({ "nonce": "n-1" }), "nonce"),
            (json!({ "jti": null }), "jti"),
            (json!({ "jti": "" }), "jti"),
            (json!({ "jti": 7 }), "jti"),
            (json!({ "sub": null, "sid": null }), "name"),
            (json!({ "sid": 7 }), "name"),
            (json!({ "sid": "" }), "name"),
            (json!({ "sub": "a\u{0}b" }), "name"),
        ];
        for (changes, name) in table {
            assert_eq!(oidc(&changes).unwrap_err().name(), name, "{changes}");
        }
        for typ in ["at+jwt", "id_token", ""] {
            assert_eq!(judged(Kind::Oidc, ISSUER, Some(typ), &json!({})), Err(Unfit::Type), "{typ}");
        }
    }

    #[test]
    fn entra_says_of_which_directory_it_is() {
        let issuer = format!("https://login.microsoftonline.com/{DIRECTORY}/v2.0");
        let judged = |changes: Value| judged(Kind::Entra, &issuer, None, &changes);
        assert!(judged(json!({ "iss": issuer, "tid": DIRECTORY })).is_ok());
        assert_eq!(judged(json!({ "iss": issuer })).unwrap_err().name(), "issuer");
    }
}
