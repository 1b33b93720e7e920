//! Claims of the right type (RFC 7519 §4.1). A claim that is there but wrong is an error, never an absence: otherwise
//! `"exp": "never"` would be a token that does not expire.

use chrono::DateTime;
use serde_json::Value;

use super::{Claims, JoseError};
use crate::domain::Time;

/// The end of the year 9999.
const LATEST: i64 = 253_402_300_799;

/// A `NumericDate` (RFC 7519 §2): whole seconds since 1970.
pub fn date(claims: &Claims, name: &str) -> Result<Option<Time>, JoseError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_i64().filter(|seconds| (0..=LATEST).contains(seconds));
    let time = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(Some).ok_or_else(|| wrong(name))
}

pub fn text<'a>(claims: &'a Claims, name: &str) -> Result<Option<&'a str>, JoseError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| wrong(name)),
    }
}

/// RFC 7519 §4.1.3: one string or a list of them. Absent is empty.
pub fn audience(claims: &Claims) -> Result<Vec<&str>, JoseError> {
    match claims.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|one| one.as_str().ok_or_else(|| wrong("aud"))).collect(),
        Some(one) => one.as_str().map(|one| vec![one]).ok_or_else(|| wrong("aud")),
    }
}

fn wrong(name: &str) -> JoseError {
    JoseError::Claim(name.to_owned())
}
