//! `id_token_hint` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): an ID token of ours that comes back.
//!
//! The caller has verified the signature with a key set that still holds retired keys, and the `typ`, so that no
//! access token passes for one. Expiry is not looked at: the specifications say that expired hints are accepted.

use crate::crypto::jose::Claims;
use crate::crypto::jose::claims::audience;
use crate::domain::ids::{ClientId, SessionId, UserId};
use crate::protocol::base::Base;

use super::authorize::subject;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    pub user: UserId,
    pub client: ClientId,
    pub session: Option<SessionId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id_token_hint is not an ID token of this issuer")]
pub struct BadHint;

/// Reads what a verified hint says.
pub fn read(claims: &Claims, base: &Base) -> Result<IdTokenHint, BadHint> {
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    if text("iss") != Some(base.issuer()) {
        return Err(BadHint);
    }
    // As we write it: one client, and nobody else.
    let client = match audience(claims).map_err(|_wrong| BadHint)?.as_slice() {
        [only] => ClientId::parse(only).map_err(|_bad| BadHint)?,
        [] | [_, _, ..] => return Err(BadHint),
    };
    let user = text("sub").and_then(subject).ok_or(BadHint)?;
    Ok(IdTokenHint { user, client, session: text("sid").and_then(|sid| sid.parse().ok()) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const USER: &str = "00000000-0000-0000-0000-000000000001";

    fn run(change: &[(&str, Value)]) -> Result<IdTokenHint, BadHint> {
        let mut claims = json!({"iss": "https://id.example", "aud": ["shop"], "sub": USER, "sid": USER, "exp": 1});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        read(claims.as_object().unwrap(), &Base::parse("https://id.example").unwrap())
    }

    #[test]
    fn an_expired_id_token_of_ours_is_a_good_hint() {
        let hint = run(&[]).unwrap();
        assert_eq!((hint.user.to_string().as_str(), hint.client.as_str()), (USER, "shop"));
        assert!(hint.session.is_some());
        assert_eq!(run(&[("aud", json!("shop"))]).unwrap(), hint);
    }

    #[test]
    fn anything_else_is_none() {
        for change in [
            ("iss", json!("https://other.example")),
            ("iss", json!(null)),
            ("aud", json!([])),
            ("aud", json!(["shop", "other"])),
            ("aud", json!([5])),
            ("sub", json!("alice")),
            ("sub", json!("{00000000-0000-0000-0000-000000000001}")),
            ("sub", json!(1)),
        ] {
            assert_eq!(run(std::slice::from_ref(&change)), Err(BadHint), "{change:?}");
        }
    }
}
