//! Keys that applications have registered, and what they sign with them: `private_key_jwt` (RFC 7523 §2.2).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::compact::Compact;
use super::public::PublicKey;
use super::{Claims, JoseError, claims};
use crate::domain::signing::SigningAlg;

const JWKS_MAX: usize = 64 * 1024;
const KEYS_MAX: usize = 64;
/// How many keys are tried on a token that does not say which.
const TRIES_MAX: usize = 8;

/// What an application has signed.
#[derive(Debug, Clone)]
pub struct Assertion {
    pub typ: Option<String>,
    pub alg: SigningAlg,
    pub claims: Claims,
}

/// The usable public keys of a JWK set: RSA of 2048 bits and more, P-256, Ed25519, for signatures. Others are ignored
/// (RFC 7517 §5), so are private and symmetric ones, which nobody should have sent.
pub struct ClientKeys {
    keys: Vec<ClientKey>,
}

struct ClientKey {
    kid: Option<String>,
    alg: Option<SigningAlg>,
    public: PublicKey,
}

impl ClientKeys {
    /// Fails when no key is usable.
    pub fn parse(jwks: &str) -> Result<Self, JoseError> {
        if jwks.len() > JWKS_MAX {
            return Err(JoseError::TooLarge);
        }
        let set: Jwks = serde_json::from_str(jwks).ok().ok_or(JoseError::KeySet)?;
        if set.keys.len() > KEYS_MAX {
            return Err(JoseError::TooLarge);
        }
        let keys: Vec<_> = set.keys.into_iter().filter_map(usable).collect();
        if keys.is_empty() { Err(JoseError::KeySet) } else { Ok(Self { keys }) }
    }

    /// The caller checks `typ`, `iss`, `sub`, `aud`, `jti` and the times.
    pub fn verify(&self, token: &str) -> Result<Assertion, JoseError> {
        let token = Compact::parse(token)?;
        let mut refusal = JoseError::UnknownKey;
        for key in self.keys.iter().filter(|key| key.fits(&token)).take(TRIES_MAX) {
            match key.public.verify(token.alg, token.signed, &token.signature) {
                Ok(()) => {
                    return Ok(Assertion { claims: token.claims()?, alg: token.alg, typ: token.typ });
                }
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

impl ClientKey {
    fn fits(&self, token: &Compact<'_>) -> bool {
        let named = token.kid.is_none() || self.kid.is_none() || self.kid == token.kid;
        named && self.public.kind() == token.alg.key_type() && self.alg.is_none_or(|alg| alg == token.alg)
    }
}

impl std::fmt::Debug for ClientKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientKeys({})", self.keys.len())
    }
}

/// Verifies what an application has signed with one of its registered keys.
pub fn verify_client_assertion(jwks_json: &str, token: &str) -> Result<Assertion, JoseError> {
    ClientKeys::parse(jwks_json)?.verify(token)
}

/// Whom an assertion claims to be from (RFC 7523 §3: `sub` is the client). Unverified: good for finding the keys to
/// verify it with, and for nothing else.
pub fn unverified_subject(token: &str) -> Result<String, JoseError> {
    let unverified = Compact::parse(token)?.claims()?;
    let subject = claims::text(&unverified, "sub")?;
    subject.map(str::to_owned).ok_or_else(|| JoseError::Claim("sub".to_owned()))
}

/// What a token says, for people to look at. Unverified: nothing may be decided by it.
pub fn unverified_claims(token: &str) -> Result<Claims, JoseError> {
    Compact::parse(token)?.claims()
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

/// RFC 7517 §4, RFC 7518 §6, RFC 8037 §2.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<IgnoredAny>,
}

fn usable(jwk: Value) -> Option<ClientKey> {
    let jwk: Jwk = serde_json::from_value(jwk).ok()?;
    let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
    let verifies = jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs || !verifies || jwk.d.is_some() {
        return None;
    }
    let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => PublicKey::rsa(&bytes(jwk.n)?, &bytes(jwk.e)?),
        ("EC", Some("P-256")) => PublicKey::p256(&bytes(jwk.x)?, &bytes(jwk.y)?),
        ("OKP", Some("Ed25519")) => PublicKey::ed25519(&bytes(jwk.x)?),
        _ => return None,
    };
    let alg = match jwk.alg {
        // An algorithm that is not ours makes the key of no use.
        Some(name) => Some(SigningAlg::parse(&name)?),
        None => None,
    };
    Some(ClientKey { kid: jwk.kid, alg, public: public.ok()? })
}

fn bytes(text: Option<String>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text?).ok()
}
