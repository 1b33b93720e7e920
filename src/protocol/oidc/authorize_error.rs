//! Refusals of the authorization endpoint that the client is told.

use crate::domain::fault::ErrorCode;
use crate::domain::oauth::Scope;

use super::error::{Reason, describe};

/// A refusal that goes to the client (RFC 6749 §4.1.2.1, Core §3.1.2.6, OpenID Connect Unmet Authentication
/// Requirements).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    #[error("{0}")]
    InvalidRequest(Reason),
    #[error("the application is not registered for the authorization code flow")]
    UnauthorizedClient,
    #[error("only response_type=code is supported")]
    UnsupportedResponseType,
    #[error("{0}")]
    InvalidScope(Reason),
    #[error("the scope {} is not registered for the application", named(.0))]
    UnregisteredScope(Scope),
    #[error("the person or the organisation refused")]
    AccessDenied,
    #[error("this user may not use the application")]
    ApplicationNotForUser,
    #[error("the person has to sign in")]
    LoginRequired,
    #[error("the person has to consent")]
    ConsentRequired,
    #[error("the person has to be asked something")]
    InteractionRequired,
    #[error("the person has to choose an account")]
    AccountSelectionRequired,
    #[error("the authentication that is asked for cannot be reached")]
    UnmetAuthenticationRequirements,
    #[error("request objects are not supported")]
    RequestNotSupported,
    #[error("request_uri is not supported")]
    RequestUriNotSupported,
    #[error("the registration parameter is not supported")]
    RegistrationNotSupported,
    #[error("too much to do at the moment; try again")]
    TemporarilyUnavailable,
    #[error("the server failed")]
    ServerError,
}

/// A scope has only characters that a description may have (RFC 6749 §3.3, §4.1.2.1), but may be long.
fn named(scope: &Scope) -> String {
    scope.as_str().chars().take(100).collect()
}

impl AuthorizationError {
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope(_) | Self::UnregisteredScope(_) => "invalid_scope",
            Self::AccessDenied | Self::ApplicationNotForUser => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidRequest(_) | Self::RegistrationNotSupported => ErrorCode::InvalidRequest,
            Self::UnauthorizedClient => ErrorCode::UnauthorizedClient,
            Self::UnsupportedResponseType => ErrorCode::UnsupportedResponseType,
            Self::InvalidScope(_) | Self::UnregisteredScope(_) => ErrorCode::InvalidScope,
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::ApplicationNotForUser => ErrorCode::ApplicationNotForUser,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::InteractionRequired => ErrorCode::InteractionRequired,
            Self::AccountSelectionRequired => ErrorCode::AccountSelectionRequired,
            Self::UnmetAuthenticationRequirements => ErrorCode::UnmetAuthenticationRequirements,
            Self::RequestNotSupported => ErrorCode::RequestNotSupported,
            Self::RequestUriNotSupported => ErrorCode::RequestUriNotSupported,
            Self::TemporarilyUnavailable => ErrorCode::Overloaded,
            Self::ServerError => ErrorCode::Internal,
        }
    }
    /// `PRT-1205: …`.
    pub fn description(&self) -> String {
        describe(self.code(), &self.to_string())
    }
}
