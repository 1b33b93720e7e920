//! How refusals look on the wire: the JSON body of RFC 6749 §5.2, shared by every endpoint that speaks JSON.

use openidconnect::StandardErrorResponse;
use openidconnect::core::CoreErrorResponseType;

use crate::domain::fault::ErrorCode;
use crate::protocol::base::Base;

/// `{"error", "error_description", "error_uri"}`.
pub type ErrorBody = StandardErrorResponse<CoreErrorResponseType>;

/// What a member of a request or token lacks. Texts are ours, never the sender's, and stay within the
/// characters that RFC 6749 §5.2 allows: visible ASCII and space without `"` and `\`.
pub type Reason = &'static str;

/// The description begins with our code, so that a developer's log line leads to the explanation.
pub fn describe(code: ErrorCode, reason: &str) -> String {
    let reason = reason.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' });
    format!("{}: {}", code.code(), reason.collect::<String>())
}

/// Also for refusals that come from outside the protocol, such as `temporarily_unavailable`.
pub fn body(name: &str, code: ErrorCode, reason: &str, base: &Base) -> ErrorBody {
    let kind = CoreErrorResponseType::Extension(name.to_owned());
    ErrorBody::new(kind, Some(describe(code, reason)), Some(base.error_uri(code)))
}

/// A refusal of the token, introspection or revocation endpoint (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("{0}")]
    InvalidRequest(Reason),
    #[error("client authentication failed: {0}")]
    InvalidClient(Reason),
    /// The same, where the request itself shows what it lacks: that tells nobody anything new.
    #[error("client authentication failed: {0}")]
    UnprovenClient(Reason),
    #[error("{0}")]
    InvalidGrant(Reason),
    #[error("the application is not registered for this grant type")]
    UnauthorizedClient,
    #[error("this grant type is not supported")]
    UnsupportedGrantType,
    #[error("{0}")]
    InvalidScope(Reason),
}

impl TokenError {
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient(_) | Self::UnprovenClient(_) => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
        }
    }
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidRequest(_) => ErrorCode::InvalidRequest,
            Self::InvalidClient(_) | Self::UnprovenClient(_) => ErrorCode::InvalidClient,
            Self::InvalidGrant(_) => ErrorCode::InvalidGrant,
            Self::UnauthorizedClient => ErrorCode::UnauthorizedClient,
            Self::UnsupportedGrantType => ErrorCode::UnsupportedGrantType,
            Self::InvalidScope(_) => ErrorCode::InvalidScope,
        }
    }
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidClient(_) | Self::UnprovenClient(_) => 401,
            Self::InvalidRequest(_)
            | Self::InvalidGrant(_)
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope(_) => 400,
        }
    }
    /// The value of `WWW-Authenticate`: each 401 has one (RFC 9110 §15.5.2), however the client tried to prove itself.
    pub fn www_authenticate(&self, base: &Base) -> Option<String> {
        match self {
            Self::InvalidClient(_) | Self::UnprovenClient(_) => {
                Some(format!("Basic realm=\"{base}\", charset=\"UTF-8\""))
            }
            Self::InvalidRequest(_)
            | Self::InvalidGrant(_)
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope(_) => None,
        }
    }
    pub fn body(&self, base: &Base) -> ErrorBody {
        // Why a client's authentication failed is for our log; the caller learns only that it did.
        let reason = match self {
            Self::InvalidClient(_) => "client authentication failed".to_owned(),
            Self::UnprovenClient(_)
            | Self::InvalidRequest(_)
            | Self::InvalidGrant(_)
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::InvalidScope(_) => self.to_string(),
        };
        body(self.name(), self.code(), &reason, base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_wire_form() {
        let base = Base::parse("https://id.example/t/acme").unwrap();
        let client = TokenError::InvalidClient("secret");
        let table = [
            (TokenError::InvalidRequest("no"), 400, "invalid_request", "PRT-1103: no"),
            (client.clone(), 401, "invalid_client", "PRT-1201: client authentication failed"),
            (
                TokenError::UnprovenClient("no client_id"),
                401,
                "invalid_client",
                "PRT-1201: client authentication failed: no client_id",
            ),
            (TokenError::InvalidGrant("no"), 400, "invalid_grant", "PRT-1202: no"),
            (
                TokenError::UnauthorizedClient,
                400,
                "unauthorized_client",
                "PRT-1203: the application is not registered for this grant type",
            ),
            (
                TokenError::UnsupportedGrantType,
                400,
                "unsupported_grant_type",
                "PRT-1204: this grant type is not supported",
            ),
            (TokenError::InvalidScope("no"), 400, "invalid_scope", "PRT-1205: no"),
        ];
        for (error, status, name, description) in table {
            let body = serde_json::to_value(error.body(&base)).unwrap();
            let uri = format!("https://id.example/t/acme/docs/errors/{}", error.code().code());
            assert_eq!(error.status(), status);
            assert_eq!(body, serde_json::json!({"error": name, "error_description": description, "error_uri": uri}));
        }
        assert_eq!(
            client.www_authenticate(&base).unwrap(),
            "Basic realm=\"https://id.example/t/acme\", charset=\"UTF-8\""
        );
        assert_eq!(TokenError::InvalidGrant("no").www_authenticate(&base), None);
    }

    #[test]
    fn descriptions_keep_to_the_allowed_characters() {
        assert_eq!(describe(ErrorCode::InvalidScope, "a\"b\\c\r\nd\u{e6}"), "PRT-1205: a?b?c??d?");
    }
}
