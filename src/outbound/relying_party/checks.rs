//! The checks of a relying party one by one, so that a person can see which of them fails. Each is the client's
//! own verification with everything else switched off; the last is all of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, IdTokenVerifier, JsonWebKey as _, Nonce, NonceVerifier,
    OAuth2TokenResponse as _, SignatureVerificationError,
};
use serde_json::{Value, json};

use crate::domain::Time;

use super::{Client, Fault, Metadata, Tokens};

/// One rule and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The parameter or claim, as the protocol calls it.
    pub what: &'static str,
    /// The value that passed, or why it did not.
    pub outcome: Result<String, String>,
}

impl Check {
    pub fn passed(what: &'static str, value: impl Into<String>) -> Self {
        Self { what, outcome: Ok(value.into()) }
    }
    pub fn refused(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, outcome: Err(why.into()) }
    }
    pub fn equal(what: &'static str, found: &str, expected: &str) -> Self {
        if found == expected {
            Self::passed(what, found)
        } else {
            Self::refused(what, format!("expected {expected}, found {found}"))
        }
    }
    pub fn is_passed(&self) -> bool {
        self.outcome.is_ok()
    }
}

/// Header and payload of a signed JWT, unverified: for looking at.
pub fn decoded(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let mut part = || -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    Some(json!({ "header": part()?, "payload": part()? }))
}

/// Accepts whatever can be read at all.
fn lenient<'a>() -> CoreIdTokenVerifier<'a> {
    IdTokenVerifier::new_insecure_without_verification().set_time_fn(|| Time::MIN_UTC)
}

/// For checks of something else.
struct AnyNonce;

impl NonceVerifier for AnyNonce {
    fn verify(self, _: Option<&Nonce>) -> Result<(), String> {
        Ok(())
    }
}

/// Of a token whose checks are shown beside it.
pub(super) fn subject(token: &CoreIdToken) -> String {
    token.claims(&lenient(), AnyNonce).map(|claims| claims.subject().as_str().to_owned()).unwrap_or_default()
}

pub(super) fn id_token(client: &Client, tokens: &Tokens, now: Time) -> Vec<Check> {
    let token = &tokens.id_token;
    let claims = match token.claims(&lenient(), AnyNonce) {
        Ok(claims) => claims,
        Err(fault) => return vec![Check::refused("id_token", Fault::of(&fault).0)],
    };
    let strict = || client.id_token_verifier().set_time_fn(move || now);
    let off = || {
        strict()
            .insecure_disable_signature_check()
            .require_issuer_match(false)
            .require_audience_match(false)
            .set_time_fn(|| Time::MIN_UTC)
    };
    let verdict =
        |what, value: String, verifier: CoreIdTokenVerifier<'_>| judged(what, value, token.claims(&verifier, AnyNonce));
    let audiences = claims.audiences().iter().map(|audience| audience.as_str()).collect::<Vec<_>>().join(" ");
    let nonce = claims.nonce().map_or("is not sent", |nonce| nonce.secret()).to_owned();
    let same_nonce = |found: Option<&Nonce>| match found {
        None if tokens.renewed => Ok(()),
        found => (&tokens.nonce).verify(found),
    };
    vec![
        verdict("signature", signed_with(&tokens.id_token()), off().enable_signature_check()),
        verdict("iss", claims.issuer().to_string(), off().require_issuer_match(true)),
        verdict("aud", audiences, off().require_audience_match(true)),
        verdict("exp", claims.expiration().to_rfc3339(), off().set_time_fn(move || now)),
        judged("nonce", nonce, token.claims(&off(), same_nonce)),
        at_hash(client, tokens, claims.access_token_hash()),
        judged("id_token", "accepted as a whole".to_owned(), token.claims(&strict(), same_nonce)),
    ]
}

fn judged<T>(what: &'static str, value: String, verdict: Result<T, ClaimsVerificationError>) -> Check {
    match verdict {
        Ok(_) => Check::passed(what, value),
        Err(fault) => Check::refused(what, Fault::of(&fault).0),
    }
}

/// OpenID Connect Core §3.1.3.8: optional in this flow, but not wrong.
fn at_hash(client: &Client, tokens: &Tokens, found: Option<&AccessTokenHash>) -> Check {
    let Some(found) = found else { return Check::passed("at_hash", "is not sent") };
    let verifier = client.id_token_verifier();
    let expected = || -> Result<AccessTokenHash, Fault> {
        let key = tokens.id_token.signing_key(&verifier).map_err(|fault| Fault::of(&fault))?;
        let alg = tokens.id_token.signing_alg().map_err(|fault| Fault::of(&fault))?;
        AccessTokenHash::from_token(tokens.response.access_token(), alg, key).map_err(|fault| Fault::of(&fault))
    };
    match expected() {
        Ok(expected) => Check::equal("at_hash", found.as_str(), expected.as_str()),
        Err(fault) => Check::refused("at_hash", fault.0),
    }
}

/// `RS256, kid 2f9…`, as the header says.
fn signed_with(token: &str) -> String {
    let header = decoded(token).unwrap_or_default();
    let named =
        |name: &str| header.pointer(&format!("/header/{name}")).and_then(Value::as_str).unwrap_or("?").to_owned();
    format!("{}, kid {}", named("alg"), named("kid"))
}

pub(super) fn access_token(provider: &Metadata, client_id: &str, token: &str, now: Time) -> Vec<Check> {
    let Some(decoded) = decoded(token) else { return vec![Check::refused("access_token", "is not a JWT")] };
    let text = |path: &str| decoded.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let expires = decoded.pointer("/payload/exp").and_then(Value::as_i64);
    let expires = expires.and_then(|seconds| Time::from_timestamp(seconds, 0));
    vec![
        Check::equal("typ", text("/header/typ"), "at+jwt"),
        match signature(provider, token, &decoded) {
            Ok(()) => Check::passed("signature", signed_with(token)),
            Err(fault) => Check::refused("signature", Fault::of(&fault).0),
        },
        Check::equal("iss", text("/payload/iss"), provider.issuer().as_str()),
        Check::equal("client_id", text("/payload/client_id"), client_id),
        match expires {
            Some(at) if now < at => Check::passed("exp", at.to_rfc3339()),
            Some(at) => Check::refused("exp", format!("expired at {}", at.to_rfc3339())),
            None => Check::refused("exp", "is missing"),
        },
    ]
}

/// With the provider's published key that the header names.
fn signature(provider: &Metadata, token: &str, decoded: &Value) -> Result<(), SignatureVerificationError> {
    let kid = decoded.pointer("/header/kid").and_then(Value::as_str);
    let key = provider.jwks().keys().iter().find(|key| key.key_id().map(|id| id.as_str()) == kid);
    let key = key.ok_or(SignatureVerificationError::NoMatchingKey)?;
    let alg = decoded.pointer("/header/alg").cloned().unwrap_or_default();
    let alg: CoreJwsSigningAlgorithm =
        serde_json::from_value(alg).map_err(|fault| SignatureVerificationError::UnsupportedAlg(fault.to_string()))?;
    let (signed, signature) = token.rsplit_once('.').ok_or(SignatureVerificationError::NoSignature)?;
    let signature = URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|fault| SignatureVerificationError::Other(fault.to_string()))?;
    key.verify_signature(&alg, signed.as_bytes(), &signature)
}

pub(super) fn refresh(before: &Tokens, after: &Tokens) -> Vec<Check> {
    let secret = |tokens: &Tokens| tokens.response.refresh_token().map(|token| token.secret().clone());
    let rotated = if secret(before) == secret(after) { "is the same" } else { "is a new one" };
    vec![
        Check::equal("sub", &subject(&after.id_token), &subject(&before.id_token)),
        Check::passed("refresh_token", rotated),
    ]
}
