//! Where an authorization answer goes, and how it is written: RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types
//! §2.1, OAuth 2.0 Form Post Response Mode, RFC 9207.
//!
//! Stage one of reading an authorization request. Until it has succeeded a failure is a page; from then on it goes
//! to the client (RFC 6749 §4.1.2.1). Only a [`ReplyAddress`] can send a browser to a client, and only a registered
//! redirection URI makes one: there is no open redirector by construction.

use url::Url;

use crate::domain::application::Client;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::domain::oauth::ResponseMode;
use crate::domain::secret::PlainToken;
use crate::protocol::base::Base;
use crate::protocol::params::{RawParams, encode_pairs};
use crate::protocol::reply::Reply;

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

/// Who asks; the application is looked up by it.
pub fn client_id(params: &RawParams) -> Result<ClientId, Unaddressable> {
    params.get("client_id").and_then(|text| ClientId::parse(text).ok()).ok_or(Unaddressable::ClientId)
}

/// `redirect_uri` is always required, also where only one is registered (OpenID Connect Core §3.1.2.1), and
/// compared byte for byte (RFC 9700 §2.1). A `response_mode` we do not know is refused in stage two, by `query`.
pub fn reply_address(params: &RawParams, application: &Client) -> Result<ReplyAddress, Unaddressable> {
    let asked = params.get("redirect_uri").ok_or(Unaddressable::RedirectUriMissing)?;
    if !application.protocol.redirect_uris.iter().any(|registered| registered.accepts(asked)) {
        return Err(Unaddressable::RedirectUriMismatch);
    }
    let state = params.get("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > STATE_MAX_BYTES) {
        return Err(Unaddressable::StateTooLong);
    }
    let mode = params.get("response_mode").and_then(response_mode).unwrap_or(ResponseMode::Query);
    Ok(ReplyAddress { redirect_uri: asked.to_owned(), mode, state })
}

/// What developers overlook, by looking at what was asked and what is registered.
pub fn difference(asked: &str, registered: &str) -> Option<&'static str> {
    let bare = |text: &str| text.trim_end_matches('/').to_owned();
    if bare(asked) == bare(registered) {
        return Some("a slash at the end");
    }
    if asked.eq_ignore_ascii_case(registered) {
        return Some("upper and lower case");
    }
    let (asked, registered) = (Url::parse(asked).ok()?, Url::parse(registered).ok()?);
    let parts = [
        ("the scheme", asked.scheme() == registered.scheme()),
        ("the host", asked.host() == registered.host()),
        ("the port", asked.port() == registered.port()),
        ("the path", asked.path() == registered.path()),
        ("the query", asked.query() == registered.query()),
    ];
    let mut different = parts.into_iter().filter(|(_, same)| !same).map(|(part, _)| part);
    // Two differences make another address.
    different.next().filter(|_| different.next().is_none())
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{application, base};
    use super::*;

    fn params(text: &str) -> RawParams {
        RawParams::parse(text.as_bytes()).unwrap()
    }
    fn address(text: &str) -> Result<ReplyAddress, Unaddressable> {
        reply_address(&params(text), &application())
    }
    fn code() -> PlainToken {
        PlainToken::from_text("ptc_x".to_owned())
    }

    #[test]
    fn only_a_registered_redirect_uri_makes_a_reply_address() {
        let ok = address("redirect_uri=https%3A%2F%2Fshop.example%2Fcb&state=s").unwrap();
        assert_eq!((ok.redirect_uri(), ok.mode), ("https://shop.example/cb", ResponseMode::Query));
        for (text, error) in [
            ("", Unaddressable::RedirectUriMissing),
            ("redirect_uri=", Unaddressable::RedirectUriMissing),
            ("redirect_uri=https://shop.example/cb/", Unaddressable::RedirectUriMismatch),
            ("redirect_uri=https%253A%252F%252Fshop.example%252Fcb", Unaddressable::RedirectUriMismatch),
            ("redirect_uri=https://evil.example/cb", Unaddressable::RedirectUriMismatch),
        ] {
            assert_eq!(address(text), Err(error), "{text}");
        }
        let long = format!("redirect_uri=https://shop.example/cb&state={}", "s".repeat(4097));
        assert_eq!(address(&long), Err(Unaddressable::StateTooLong));
    }

    #[test]
    fn what_is_overlooked_is_named() {
        let registered = "https://shop.example/cb";
        for (asked, expected) in [
            ("https://shop.example/cb/", Some("a slash at the end")),
            ("https://shop.example/CB", Some("upper and lower case")),
            ("http://shop.example/cb", Some("the scheme")),
            ("https://www.shop.example/cb", Some("the host")),
            ("https://shop.example:8443/cb", Some("the port")),
            ("https://shop.example/callback", Some("the path")),
            ("https://shop.example/cb?a=b", Some("the query")),
            ("https://evil.example/x", None),
            ("shop", None),
        ] {
            assert_eq!(difference(asked, registered), expected, "{asked}");
        }
    }

    #[test]
    fn a_request_names_its_client() {
        assert_eq!(client_id(&params("client_id=shop")).unwrap().as_str(), "shop");
        for bad in ["", "client_id=", "client_id=%C3%A6", "client_id=a%0Ab"] {
            assert_eq!(client_id(&params(bad)), Err(Unaddressable::ClientId), "{bad}");
        }
    }

    #[test]
    fn success_goes_back_with_state_and_issuer() {
        let table = [
            (
                "redirect_uri=https://shop.example/cb&state=a%20%26%3D%C3%A6%27%22",
                "https://shop.example/cb?code=ptc_x&state=a+%26%3D%C3%A6%27%22&iss=https%3A%2F%2Fid.example%2Ft%2Facme",
            ),
            (
                "redirect_uri=https://shop.example/cb",
                "https://shop.example/cb?code=ptc_x&iss=https%3A%2F%2Fid.example%2Ft%2Facme",
            ),
            (
                "redirect_uri=https://shop.example/cb?tenant=%257&response_mode=query",
                "https://shop.example/cb?tenant=%7&code=ptc_x&iss=https%3A%2F%2Fid.example%2Ft%2Facme",
            ),
            (
                "redirect_uri=http://127.0.0.1:5123/cb",
                "http://127.0.0.1:5123/cb?code=ptc_x&iss=https%3A%2F%2Fid.example%2Ft%2Facme",
            ),
        ];
        for (text, expected) in table {
            let reply = address(text).unwrap().success(&code(), &base());
            assert_eq!(reply, Reply::Redirect(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn form_post_carries_the_same_parameters_unencoded() {
        let address = address("redirect_uri=https://shop.example/cb&state=%3Cb%3E&response_mode=form_post").unwrap();
        let params = vec![
            ("code", "ptc_x".to_owned()),
            ("state", "<b>".to_owned()),
            ("iss", "https://id.example/t/acme".to_owned()),
        ];
        let action = "https://shop.example/cb".to_owned();
        assert_eq!(address.success(&code(), &base()), Reply::FormPost { action, params });
    }

    #[test]
    fn an_error_goes_back_with_code_state_and_issuer() {
        let address = address("redirect_uri=https://shop.example/cb&state=s").unwrap();
        let expected = "https://shop.example/cb?error=login_required\
            &error_description=PRT-1209%3A+the+person+has+to+sign+in\
            &error_uri=https%3A%2F%2Fid.example%2Ft%2Facme%2Fdocs%2Ferrors%2FPRT-1209\
            &state=s&iss=https%3A%2F%2Fid.example%2Ft%2Facme";
        let reply = address.error(&AuthorizationError::LoginRequired, &base());
        assert_eq!(reply, Reply::Redirect(expected.to_owned()));
    }

    #[test]
    fn a_query_is_joined_to_the_octets_of_the_address() {
        let added = [("a", "1".to_owned())];
        for (uri, expected) in [
            ("https://x/", "https://x/?a=1"),
            ("https://x/?", "https://x/?a=1"),
            ("https://x/?b=2", "https://x/?b=2&a=1"),
            ("https://x/?b=2&", "https://x/?b=2&a=1"),
            ("com.example.app:/cb", "com.example.app:/cb?a=1"),
        ] {
            assert_eq!(with_query(uri, &added), expected);
        }
    }
}
