//! Bearer tokens at our own resources (RFC 6750): in the `Authorization` header or a form body, never in a query
//! (RFC 9700 §4.3.2), and by exactly one of the two.

use secrecy::{ExposeSecret, SecretString};

use crate::domain::fault::ErrorCode;
use crate::protocol::base::Base;
use crate::protocol::params::RawParams;

use super::error::{ErrorBody, Reason, body, describe};
use super::header::authorization;

/// A token as it was presented: an opaque text until its signature is verified.
#[derive(Clone, Debug)]
pub struct BearerToken(SecretString);

impl BearerToken {
    /// RFC 6750 §2.1 `b64token`; `None` for what no token can look like.
    pub fn parse(text: String) -> Option<Self> {
        let body = text.trim_end_matches('=');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        (!body.is_empty() && body.bytes().all(fits)).then(|| Self(SecretString::from(text)))
    }
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// No token at all: the challenge carries no error code (RFC 6750 §3.1).
    #[error("a bearer token is required")]
    Missing,
    #[error("{0}")]
    InvalidRequest(Reason),
    #[error("{0}")]
    InvalidToken(Reason),
    /// Names the scope that would have been enough.
    #[error("the token does not have the scope that is needed")]
    InsufficientScope(&'static str),
}

/// `body`: the parameters of a POST with a form body; `None` for every other request.
pub fn bearer_token(headers: &[&[u8]], body: Option<&mut RawParams>) -> Result<BearerToken, BearerError> {
    let header = authorization(headers).map_err(|_bad| BearerError::InvalidRequest("the header cannot be read"))?;
    let in_header = header.and_then(|header| header.of_scheme("Bearer"));
    let in_body = body.and_then(|params| params.take("access_token"));
    let token = match (in_header, in_body) {
        (Some(_), Some(_)) => return Err(BearerError::InvalidRequest("the token is sent in two ways")),
        (None, None) => return Err(BearerError::Missing),
        (Some(token), None) => Some(token.to_owned()),
        (None, Some(token)) => Some(token),
    };
    let malformed = BearerError::InvalidToken("the token is malformed");
    token.and_then(BearerToken::parse).ok_or(malformed)
}

impl BearerError {
    pub fn status(self) -> u16 {
        match self {
            Self::Missing | Self::InvalidToken(_) => 401,
            Self::InvalidRequest(_) => 400,
            Self::InsufficientScope(_) => 403,
        }
    }
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Missing | Self::InvalidToken(_) => ErrorCode::InvalidToken,
            Self::InvalidRequest(_) => ErrorCode::InvalidRequest,
            Self::InsufficientScope(_) => ErrorCode::InsufficientScope,
        }
    }
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::InvalidRequest(_) => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientScope(_) => Some("insufficient_scope"),
        }
    }
    /// RFC 6750 §3.
    pub fn www_authenticate(self, base: &Base) -> String {
        let error = self.name().map(|name| {
            let description = describe(self.code(), &self.to_string());
            format!(", error=\"{name}\", error_description=\"{description}\"")
        });
        let scope = match self {
            Self::InsufficientScope(scope) => format!(", scope=\"{scope}\""),
            Self::Missing | Self::InvalidRequest(_) | Self::InvalidToken(_) => String::new(),
        };
        format!("Bearer realm=\"{base}\"{}{scope}", error.unwrap_or_default())
    }
    /// The same for people who read bodies; a mere challenge has none.
    pub fn body(self, base: &Base) -> Option<ErrorBody> {
        self.name().map(|name| body(name, self.code(), &self.to_string(), base))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(headers: &[&[u8]], form: Option<&str>) -> Result<String, BearerError> {
        let mut params = form.map(|form| RawParams::parse(form.as_bytes()).unwrap());
        bearer_token(headers, params.as_mut()).map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_token_comes_by_header_or_body() {
        assert_eq!(token(&[b"Bearer abc.def"], None).as_deref(), Ok("abc.def"));
        assert_eq!(token(&[b"bEARER  abc=="], None).as_deref(), Ok("abc=="));
        assert_eq!(token(&[], Some("access_token=abc")).as_deref(), Ok("abc"));
        assert_eq!(token(&[b"Basic eDp5"], Some("access_token=abc")).as_deref(), Ok("abc"));
    }

    #[test]
    fn exactly_one_token_is_taken() {
        type Case<'a> = (&'a [&'a [u8]], Option<&'a str>, u16);
        let table: [Case<'_>; 10] = [
            (&[], None, 401),
            (&[], Some("a=b"), 401),
            (&[b"Basic eDp5"], None, 401),
            (&[b"Bearer a"], Some("access_token=a"), 400),
            (&[b"Bearer a", b"Bearer a"], None, 400),
            (&[b"Bearer"], None, 400),
            (&[b"\xff\xff"], None, 400),
            (&[b"Bearer a b"], None, 401),
            (&[b"Bearer a\"b"], None, 401),
            (&[b"Bearer ==="], None, 401),
        ];
        for (headers, form, status) in table {
            assert_eq!(token(headers, form).unwrap_err().status(), status, "{headers:?} {form:?}");
        }
    }

    #[test]
    fn challenges_follow_rfc_6750() {
        let base = Base::parse("https://id.example").unwrap();
        let challenge = |error: BearerError| error.www_authenticate(&base);
        assert_eq!(challenge(BearerError::Missing), "Bearer realm=\"https://id.example\"");
        assert_eq!(
            challenge(BearerError::InvalidToken("expired")),
            "Bearer realm=\"https://id.example\", error=\"invalid_token\", error_description=\"PRT-1206: expired\""
        );
        assert!(challenge(BearerError::InsufficientScope("openid")).ends_with(", scope=\"openid\""));
        assert!(BearerError::Missing.body(&base).is_none());
    }
}
