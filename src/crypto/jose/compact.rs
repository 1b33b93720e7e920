//! The compact form (RFC 7515 §3.1): reading it with suspicion, writing it.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Claims, JoseError, Signer};
use crate::domain::signing::SigningAlg;

/// Longer tokens are refused unread.
pub(super) const TOKEN_MAX: usize = 16 * 1024;
/// In base64url. Room for the certificates that some clients put there, which nobody looks at.
const HEADER_MAX: usize = 4 * 1024;

/// A token taken apart; nothing in it is to be believed before its signature has been verified.
pub(super) struct Compact<'a> {
    pub(super) alg: SigningAlg,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    pub(super) signed: &'a [u8],
    pub(super) signature: Vec<u8>,
    payload: &'a str,
}

impl<'a> Compact<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, JoseError> {
        if token.len() > TOKEN_MAX {
            return Err(JoseError::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JoseError::Malformed)?;
        // Three parts: five would be an encrypted token (RFC 7516 §3.1).
        if payload.contains('.') {
            return Err(JoseError::Malformed);
        }
        if header.len() > HEADER_MAX {
            return Err(JoseError::TooLarge);
        }
        let header: Header = serde_json::from_slice(&decode(header)?).ok().ok_or(JoseError::Malformed)?;
        // RFC 7515 §4.1.11: what is critical and not understood must be refused; nothing is understood here.
        if header.crit.0 || header.b64.0 {
            return Err(JoseError::Critical);
        }
        Ok(Self {
            alg: SigningAlg::parse(&header.alg).ok_or(JoseError::Algorithm)?,
            kid: header.kid,
            typ: header.typ,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
            payload,
        })
    }

    /// To be called once the signature has been verified.
    pub(super) fn claims(&self) -> Result<Claims, JoseError> {
        let payload = decode(self.payload)?;
        let claims: Unique = serde_json::from_slice(&payload).ok().ok_or(JoseError::Malformed)?;
        Ok(claims.0)
    }
}

/// Strict: no padding, no line breaks, no bits left over, so that a token has one spelling.
fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok().ok_or(JoseError::Malformed)
}

/// RFC 7515 §4.1. Doubled members are refused; members not listed are of no concern.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(default)]
    crit: Present,
    /// RFC 7797.
    #[serde(default)]
    b64: Present,
}

/// Whether a member is there, `null` included.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self(true))
    }
}

/// A JSON object without doubled members (RFC 7519 §4).
struct Unique(Claims);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Unique;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
                let mut claims = Claims::new();
                while let Some((name, value)) = members.next_entry::<String, _>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim is given twice"));
                    }
                }
                Ok(Unique(claims))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// RFC 7515 §4.1.9: a media type, where `application/` may be left out; media types ignore case.
pub(super) fn same_type(given: &str, wanted: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match given.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => given,
    };
    short.eq_ignore_ascii_case(wanted)
}

#[derive(Serialize)]
struct Written<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'a str,
}

/// Signs claims. `openidconnect` cannot set `typ`, which tells an access token from an ID token (RFC 9068 §2.1).
pub(super) fn write(signer: &Signer, typ: &str, claims: &impl Serialize) -> Result<String, JoseError> {
    let header = Written { alg: signer.alg().name(), kid: &signer.key_id().0, typ };
    let header = serde_json::to_vec(&header).ok().ok_or(JoseError::Signing)?;
    let claims = serde_json::to_vec(claims).ok().ok_or(JoseError::Signing)?;
    let mut token = String::with_capacity((header.len() + claims.len() + 256) / 3 * 4 + 8);
    BASE64_URL_SAFE_NO_PAD.encode_string(header, &mut token);
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = signer.sign_bytes(token.as_bytes())?;
    token.push('.');
    BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}
