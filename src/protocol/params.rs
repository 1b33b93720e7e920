//! Request parameters in `application/x-www-form-urlencoded` (RFC 6749 Appendix B), from a query or a body.
//!
//! Stricter than the WHATWG parser on purpose, so that no two readers can understand one request differently:
//! a name occurs once (RFC 6749 §3.1, §3.2), escapes are whole, the decoded bytes are UTF-8 without NUL, and both
//! size and number are bounded. A parameter without a value counts as absent (RFC 6749 §3.1). Names that nobody
//! takes are ignored, as RFC 6749 §3.1 and §3.2 demand of both endpoints.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use url::form_urlencoded::byte_serialize;

/// No request of ours needs more.
pub const MAX_BYTES: usize = 16 * 1024;
pub const MAX_COUNT: usize = 100;

/// Decoded parameters, each name once. Values may be secrets, so `Debug` shows names only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RawParams(BTreeMap<String, String>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    #[error("the parameters are longer than 16 KiB")]
    TooLong,
    #[error("there are more than 100 parameters")]
    TooMany,
    #[error("a parameter has an incomplete or wrong percent escape")]
    Escape,
    #[error("a parameter is not UTF-8, or contains NUL")]
    NotText,
    #[error("a parameter is included more than once")]
    Duplicate(String),
}

impl RawParams {
    /// `encoded` is the query without its question mark, or the body.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParamError> {
        Self::parse_within(encoded, MAX_BYTES)
    }

    /// The same for a body that may be longer.
    pub fn parse_within(encoded: &[u8], limit: usize) -> Result<Self, ParamError> {
        if encoded.len() > limit {
            return Err(ParamError::TooLong);
        }
        let mut params = BTreeMap::new();
        for (count, piece) in encoded.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()).enumerate() {
            if count >= MAX_COUNT {
                return Err(ParamError::TooMany);
            }
            let mut halves = piece.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            match params.entry(name) {
                Entry::Vacant(free) => free.insert(value),
                Entry::Occupied(taken) => return Err(ParamError::Duplicate(taken.key().clone())),
            };
        }
        // Only now: an empty one still counts as an occurrence.
        params.retain(|_, value| !value.is_empty());
        let params = Self(params);
        // Octets that need no escape in a body need one when parked; what is accepted must stay readable.
        if limit == MAX_BYTES && encoded.len() > limit / 3 && params.to_query().len() > limit {
            return Err(ParamError::TooLong);
        }
        Ok(params)
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same parameters as a query, so that a request can be parked and parsed again.
    pub fn to_query(&self) -> String {
        encode_pairs(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

impl fmt::Debug for RawParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// `name=value&name=value`, percent-encoded.
pub(super) fn encode_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(byte_serialize(name.as_bytes()));
        query.push('=');
        query.extend(byte_serialize(value.as_bytes()));
    }
    query
}

/// One name or value: `+` is a space, `%xx` a byte.
pub(super) fn decode(encoded: &[u8]) -> Result<String, ParamError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => *other,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_not_utf8| ParamError::NotText)?;
    if text.contains('\0') { Err(ParamError::NotText) } else { Ok(text) }
}

fn hex(digit: Option<&u8>) -> Result<u8, ParamError> {
    match digit {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
        Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
        Some(_) | None => Err(ParamError::Escape),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<RawParams, ParamError> {
        RawParams::parse(text.as_bytes())
    }

    #[test]
    fn values_are_decoded_once_and_kept_octet_for_octet() {
        let mut params = parse("state=a%20b+c%2B%3D%26&scope=openid&&x=%2525&n%C3%B8=%c3%a6").unwrap();
        assert_eq!(params.take("state").as_deref(), Some("a b c+=&"));
        assert_eq!(params.get("scope"), Some("openid"));
        assert_eq!(params.get("x"), Some("%25"));
        assert_eq!(params.get("nø"), Some("æ"));
        assert_eq!(params.take("state"), None);
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_absent() {
        let params = parse("a=&b&c=1").unwrap();
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (None, None, Some("1")));
    }

    #[test]
    fn bad_parameters_are_refused() {
        let many = (0..=100).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        let long = vec![b'a'; MAX_BYTES + 1];
        let table: [(&[u8], ParamError); 12] = [
            (b"a=1&a=1", ParamError::Duplicate("a".into())),
            (b"a=&a=1", ParamError::Duplicate("a".into())),
            (b"%61=1&a=2", ParamError::Duplicate("a".into())),
            (b"unknown=1&unknown=2", ParamError::Duplicate("unknown".into())),
            (b"a=%", ParamError::Escape),
            (b"a=%4", ParamError::Escape),
            (b"a=%4g", ParamError::Escape),
            (b"a=%ff", ParamError::NotText),
            (b"a=\xff", ParamError::NotText),
            (b"a=%00", ParamError::NotText),
            (many.as_bytes(), ParamError::TooMany),
            (&long, ParamError::TooLong),
        ];
        for (encoded, error) in table {
            assert_eq!(RawParams::parse(encoded).unwrap_err(), error, "{:?}", String::from_utf8_lossy(encoded));
        }
    }

    #[test]
    fn what_grows_too_long_when_parked_is_refused_at_once() {
        let body = ["state=", &"\u{1f600}".repeat(3000)].concat();
        assert!(body.len() < MAX_BYTES);
        assert_eq!(parse(&body), Err(ParamError::TooLong));
    }

    #[test]
    fn debug_output_shows_no_values() {
        assert_eq!(format!("{:?}", parse("client_secret=canary&a=1").unwrap()), r#"{"a", "client_secret"}"#);
    }

    proptest! {
        #[test]
        fn what_is_read_of_arbitrary_bytes_can_be_written_again(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(params) = RawParams::parse(&bytes) {
                prop_assert_eq!(RawParams::parse(params.to_query().as_bytes()), Ok(params));
            }
        }

        #[test]
        fn parameters_survive_being_parked(pairs in prop::collection::btree_map("[^\0]{0,12}", "[^\0]{1,40}", 0..20)) {
            let query = encode_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(RawParams::parse(query.as_bytes()), Ok(RawParams(pairs)));
        }
    }
}
