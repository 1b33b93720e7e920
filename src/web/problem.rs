//! The only place where a refusal or fault becomes a status and a page.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::domain::fault::ErrorCode::{self, FederationUnavailable, Overloaded, StoreUnavailable};
use crate::flow::site::SiteError;
use crate::store::StoreError;

use super::context::Context;
use super::pages;

/// A request that ends with an error page.
#[derive(Debug)]
pub struct Problem {
    pub code: ErrorCode,
    /// Technical, for the developer of the application; shown as inert text.
    pub detail: Option<String>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u64>,
    /// Where another try begins.
    pub again: Option<String>,
    /// The methods that there are (RFC 9110 §15.5.6).
    pub allow: Option<String>,
    /// What is logged and never shown.
    cause: Option<String>,
}

impl Problem {
    pub fn new(code: ErrorCode) -> Self {
        Self { code, detail: None, retry_after: None, again: None, allow: None, cause: None }
    }
    #[must_use]
    pub fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
    #[must_use]
    pub fn again(mut self, href: String) -> Self {
        self.again = Some(href);
        self
    }
    /// What takes other methods.
    pub fn method(allow: &str) -> Self {
        Self { allow: Some(allow.to_owned()), ..Self::new(ErrorCode::MethodNotAllowed) }
    }
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self { cause: Some(cause.to_string()), ..Self::new(ErrorCode::Internal) }
    }
    /// One line in the log, where the fault is answered.
    pub fn log(&self, context: &Context) {
        let cause = self.cause.as_deref().or(self.detail.as_deref()).unwrap_or_default();
        let (code, id, tenant) = (self.code.code(), &context.request_id, context.tenant_name());
        if self.cause.is_some() {
            tracing::error!(event.code = code, tenant, http.request.id = id, cause, "fault");
        } else {
            tracing::info!(event.code = code, tenant, http.request.id = id, cause, "refused");
        }
    }
}

pub fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::LinkShut => StatusCode::GONE,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::RequestTooSlow => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
        ErrorCode::InsufficientScope
        | ErrorCode::AccessDenied
        | ErrorCode::ApplicationNotForUser
        | ErrorCode::NotAllowed
        | ErrorCode::NetworkNotAllowed
        | ErrorCode::FederationClosed
        | ErrorCode::FederationDenied
        | ErrorCode::FederationUntrusted
        | ErrorCode::FederationNameless
        | ErrorCode::FederationDisagreement
        | ErrorCode::FederationNotAdmitted
        | ErrorCode::FederationNoAccount
        | ErrorCode::FederationAccountClosed
        | ErrorCode::FederationTooOld
        | ErrorCode::FederationSecondFactor
        | ErrorCode::NothingKept
        | ErrorCode::TenantSuspended => StatusCode::FORBIDDEN,
        ErrorCode::LastAdministrator
        | ErrorCode::NoAddress
        | ErrorCode::AccountDisabled
        | ErrorCode::FederationNameTaken
        | ErrorCode::FederationTaken
        | ErrorCode::FederationOtherUser
        | ErrorCode::FederationLinked
        | ErrorCode::SignsInElsewhere
        | ErrorCode::LastProvider => StatusCode::CONFLICT,
        ErrorCode::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        Overloaded | StoreUnavailable | FederationUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::RequestMalformed
        | ErrorCode::UnknownApplication
        | ErrorCode::RedirectUriMismatch
        | ErrorCode::InvalidRequest
        | ErrorCode::InvalidGrant
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::InvalidScope
        | ErrorCode::LoginRequired
        | ErrorCode::ConsentRequired
        | ErrorCode::InteractionRequired
        | ErrorCode::AccountSelectionRequired
        | ErrorCode::UnmetAuthenticationRequirements
        | ErrorCode::RequestNotSupported
        | ErrorCode::RequestUriNotSupported
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::SamlMessage
        | ErrorCode::SamlSignature
        | ErrorCode::SamlAddress
        | ErrorCode::SamlDestination
        | ErrorCode::SamlExpired
        | ErrorCode::SamlStart
        | ErrorCode::SamlName
        | ErrorCode::SamlUnsupported
        | ErrorCode::SamlPrincipal
        | ErrorCode::SamlUnwritable
        | ErrorCode::FederationState
        | ErrorCode::FederationUnsolicited
        | ErrorCode::WsfedAction
        | ErrorCode::WsfedRealm
        | ErrorCode::WsfedReply
        | ErrorCode::WsfedParameter
        | ErrorCode::WsfedStale
        | ErrorCode::WsfedToken
        | ErrorCode::SignInFailed
        | ErrorCode::FormExpired
        | ErrorCode::WrongAddress
        | ErrorCode::LogoutMalformed
        | ErrorCode::LogoutUnverified
        | ErrorCode::LogoutStale
        | ErrorCode::LogoutNobody
        | ErrorCode::SignOutUnverified => StatusCode::BAD_REQUEST,
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Self {
        let code =
            if matches!(fault, StoreError::Unavailable(_)) { ErrorCode::StoreUnavailable } else { ErrorCode::Internal };
        let retry_after = (code == ErrorCode::StoreUnavailable).then_some(5);
        Self { retry_after, cause: Some(fault.to_string()), ..Self::new(code) }
    }
}

impl From<SiteError> for Problem {
    fn from(fault: SiteError) -> Self {
        match fault {
            SiteError::Store(fault) => fault.into(),
            SiteError::Key(_) | SiteError::Credential(_) | SiteError::Base(_) | SiteError::Document(_) => {
                Self::internal(fault)
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.code())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.code)
    }
    /// The page itself is written by `into_page`, which knows the request.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

/// Any error on its way out becomes a page with code, time and request id.
pub fn into_page(response: ServiceResponse) -> ServiceResponse {
    let Some(error) = response.response().error() else { return response };
    // The way to the sign-in page ends a request too, but nothing went wrong.
    if response.status().is_redirection() {
        return response;
    }
    let plain;
    let problem = if let Some(problem) = error.as_error::<Problem>() {
        problem
    } else {
        plain = Problem::new(by_status(response.status()));
        &plain
    };
    let page = pages::error(response.request(), problem);
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, page)
}

/// Errors of the framework's own: oversized bodies, broken encodings.
fn by_status(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::RequestTooLarge,
        StatusCode::REQUEST_TIMEOUT => ErrorCode::RequestTooSlow,
        other if other.is_client_error() => ErrorCode::RequestMalformed,
        _ => ErrorCode::Internal,
    }
}
