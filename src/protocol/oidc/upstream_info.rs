//! What an upstream's UserInfo endpoint tells beside the ID token (OpenID Connect Core §5.3, §5.4): a provider that keeps to
//! the standard tells there what a scope asked for. It completes a person, and never decides who somebody is or how they
//! signed in: nobody signed it.
//!
//! Refused on purpose: an answer about another subject (§5.3.2), a signed answer (§5.3.2 lets a client ask for one; we do not).

use std::collections::BTreeSet;

use crate::crypto::jose::Claims;
use crate::domain::federation::Person;
use crate::domain::identity_provider::{IdentityProvider, Kind, OidcUpstream};

use super::upstream::Refusal;

/// Claims that count only where they were signed for this request.
const SIGNED: [&str; 20] = [
    "_claim_names",
    "_claim_sources",
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "exp",
    "hasgroups",
    "hd",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "oid",
    "sid",
    "tid",
];

/// Whether the ID token has left out something that was asked for. Entra and Google put all they tell into it.
pub fn is_wanted(provider: &IdentityProvider, oidc: &OidcUpstream, person: &Person) -> bool {
    if oidc.kind != Kind::Oidc {
        return false;
    }
    let asked = |scope: &str| oidc.scopes.iter().any(|known| known == scope);
    let nameless = [&person.name, &person.given_name, &person.family_name].into_iter().all(Option::is_none);
    let no_roles = !provider.role_claims.is_empty() && person.roles.as_ref().is_some_and(BTreeSet::is_empty);
    let no_groups = !provider.group_claims.is_empty() && person.groups.as_ref().is_some_and(BTreeSet::is_empty);
    (asked("email") && person.email.is_none()) || (asked("profile") && nameless) || no_roles || no_groups
}

/// The claims of the ID token with what it leaves out. A claim and what qualifies it come from one place: that an address
/// is verified is believed of the address that stands beside it.
pub(super) fn completed(signed: &Claims, info: &str) -> Result<Claims, Refusal> {
    let info: Claims = serde_json::from_str(info).map_err(|_not_an_object| Refusal::UserInfo)?;
    let subject = signed.get("sub").filter(|sub| sub.is_string()).ok_or(Refusal::Subject)?;
    if info.get("sub") != Some(subject) {
        return Err(Refusal::UserInfo);
    }
    let mut claims = signed.clone();
    let addressed = signed.contains_key("email");
    for (name, value) in info {
        let qualifies = name == "email_verified" || name == "xms_edov";
        let unusable = value.is_null() || SIGNED.contains(&name.as_str()) || (qualifies && addressed);
        if !unusable {
            claims.entry(name).or_insert(value);
        }
    }
    if !addressed && claims.contains_key("email") {
        // Beside no address the ID token has verified nothing.
        for name in ["email_verified", "xms_edov"] {
            if signed.contains_key(name) {
                claims.remove(name);
            }
        }
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims(value: Value) -> Claims {
        let Value::Object(claims) = value else { panic!("an object") };
        claims
    }

    fn complete(signed: Value, info: &Value) -> Result<Claims, Refusal> {
        completed(&claims(signed), &info.to_string())
    }

    #[test]
    fn it_fills_in_what_the_token_leaves_out_and_changes_nothing_that_was_signed() {
        let signed = json!({ "sub": "s-1", "iss": "https://idp.example", "name": "Mette" });
        let info = json!({ "sub": "s-1", "iss": "https://evil.example", "name": "Root", "given_name": "M", "locale": null,
            "acr": "high", "amr": ["mfa"], "auth_time": 1, "sid": "x", "hd": "evil.example", "nonce": "n" });
        let expected = json!({ "sub": "s-1", "iss": "https://idp.example", "name": "Mette", "given_name": "M" });
        assert_eq!(complete(signed, &info).unwrap(), claims(expected));
    }

    #[test]
    fn an_answer_of_somebody_else_or_of_nobody_is_refused() {
        let signed = json!({ "sub": "s-1" });
        for info in [json!({ "sub": "s-2" }), json!({}), json!({ "sub": ["s-1"] }), json!([]), json!("x.y.z")] {
            assert_eq!(complete(signed.clone(), &info).unwrap_err(), Refusal::UserInfo, "{info}");
        }
        assert_eq!(completed(&claims(signed), "x.y.z").unwrap_err(), Refusal::UserInfo);
        assert_eq!(complete(json!({ "sub": 7 }), &json!({ "sub": 7 })).unwrap_err(), Refusal::Subject);
    }

    #[test]
    fn an_address_is_verified_only_by_whoever_told_it() {
        let address = |claims: &Claims| (claims.get("email").cloned(), claims.get("email_verified").cloned());
        let own = json!({ "sub": "s", "email": "a@acme.example" });
        let info = json!({ "sub": "s", "email": "b@acme.example", "email_verified": true });
        assert_eq!(address(&complete(own, &info).unwrap()), (Some(json!("a@acme.example")), None));
        let loose = json!({ "sub": "s", "email_verified": true });
        let info = json!({ "sub": "s", "email": "b@acme.example" });
        assert_eq!(address(&complete(loose, &info).unwrap()), (Some(json!("b@acme.example")), None));
        let info = json!({ "sub": "s", "email": "b@acme.example", "email_verified": true });
        let both = complete(json!({ "sub": "s" }), &info).unwrap();
        assert_eq!(address(&both), (Some(json!("b@acme.example")), Some(json!(true))));
    }
}
