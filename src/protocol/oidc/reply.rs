//! Where an authorization answer goes, and how it is written: RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types
//! §2.1, OAuth 2.0 Form Post Response Mode, RFC 9207.
//!
//! Stage one of reading an authorization request. Until it has succeeded a failure is a page; from then on it goes
//! to the client (RFC 6749 §4.1.2.1). Only a [`ReplyAddress`] can send a browser to a client, and only a registered
//! redirection URI makes one: there is no open redirector by construction.

use crate::domain::application::Application;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::domain::oauth::ResponseMode;
use crate::domain::secret::PlainToken;
use crate::protocol::base::Base;
use crate::protocol::params::{RawParams, encode_pairs};

use super::authorize::AuthorizationError;

/// A longer `state` would make an address that browsers and proxies refuse.
const STATE_MAX_BYTES: usize = 4096;

/// Why nothing can be sent to a client; shown as a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unaddressable {
    #[error("client_id is missing or not a client identifier")]
    ClientId,
    #[error("redirect_uri is missing")]
    RedirectUriMissing,
    #[error("redirect_uri is not registered for the application")]
    RedirectUriMismatch,
    #[error("state is longer than 4,096 bytes")]
    StateTooLong,
}

impl Unaddressable {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::ClientId => ErrorCode::UnknownApplication,
            Self::RedirectUriMissing | Self::RedirectUriMismatch => ErrorCode::RedirectUriMismatch,
            Self::StateTooLong => ErrorCode::RequestMalformed,
        }
    }
}

/// A registered redirection URI of the application that asked, and how to answer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyAddress {
    redirect_uri: String,
    mode: ResponseMode,
    state: Option<String>,
}

/// What the browser is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 303 to this address (RFC 9700 §4.12).
    Redirect(String),
    /// A page whose form is posted to `action`.
    FormPost { action: String, params: Vec<(&'static str, String)> },
}

/// Who asks; the application is looked up by it.
pub fn client_id(params: &RawParams) -> Result<ClientId, Unaddressable> {
    params.get("client_id").and_then(|text| ClientId::parse(text).ok()).ok_or(Unaddressable::ClientId)
}

/// `redirect_uri` is always required, also where only one is registered (OpenID Connect Core §3.1.2.1), and
/// compared byte for byte (RFC 9700 §2.1). A `response_mode` we do not know is refused in stage two, by `query`.
pub fn reply_address(params: &RawParams, application: &Application) -> Result<ReplyAddress, Unaddressable> {
    let asked = params.get("redirect_uri").ok_or(Unaddressable::RedirectUriMissing)?;
    if !application.oidc.redirect_uris.iter().any(|registered| registered.accepts(asked)) {
        return Err(Unaddressable::RedirectUriMismatch);
    }
    let state = params.get("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > STATE_MAX_BYTES) {
        return Err(Unaddressable::StateTooLong);
    }
    let mode = params.get("response_mode").and_then(response_mode).unwrap_or(ResponseMode::Query);
    Ok(ReplyAddress { redirect_uri: asked.to_owned(), mode, state })
}

/// `fragment` belongs to response types that we do not have; a code in a fragment is refused.
pub(super) fn response_mode(text: &str) -> Option<ResponseMode> {
    match text {
        "query" => Some(ResponseMode::Query),
        "form_post" => Some(ResponseMode::FormPost),
        _ => None,
    }
}

impl ReplyAddress {
    /// As the request named it: the code is bound to these octets.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
    pub fn mode(&self) -> ResponseMode {
        self.mode
    }

    pub fn success(&self, code: &PlainToken, base: &Base) -> Reply {
        self.reply(vec![("code", code.expose().to_owned())], base)
    }

    pub fn error(&self, error: &AuthorizationError, base: &Base) -> Reply {
        let params = vec![
            ("error", error.name().to_owned()),
            ("error_description", error.description()),
            ("error_uri", base.error_uri(error.code())),
        ];
        self.reply(params, base)
    }

    fn reply(&self, mut params: Vec<(&'static str, String)>, base: &Base) -> Reply {
        if let Some(state) = &self.state {
            params.push(("state", state.clone()));
        }
        // RFC 9207 §2: also in errors.
        params.push(("iss", base.issuer().to_owned()));
        match self.mode {
            ResponseMode::Query => Reply::Redirect(with_query(&self.redirect_uri, &params)),
            ResponseMode::FormPost => Reply::FormPost { action: self.redirect_uri.clone(), params },
        }
    }
}

/// Appends to the octets of the URI: its own query is kept (RFC 6749 §3.1.2) and nothing is normalised.
pub(super) fn with_query(uri: &str, params: &[(&'static str, String)]) -> String {
    let added = encode_pairs(params.iter().map(|(name, value)| (*name, value.as_str())));
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{added}")
}
