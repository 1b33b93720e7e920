//! OpenID Connect RP-Initiated Logout 1.0, by GET and POST.
//!
//! The browser is sent on only to a registered address of a client that is known from `client_id` or the hint;
//! there is no open redirector by construction. Whether the person is asked first is the flow's: without a hint for
//! this very session, always (§2, and so nobody can sign others out by a link).

use crate::domain::application::Client;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::protocol::params::RawParams;

use super::hint::IdTokenHint;
use super::reply::with_query;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Not verified yet.
    pub id_token_hint: Option<String>,
    pub client_id: Option<ClientId>,
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
    pub logout_hint: Option<String>,
    pub ui_locales: Option<String>,
}

/// Shown as a page: there is nobody to send it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutError {
    #[error("client_id is not a client identifier, or names another client than the hint")]
    Client,
    #[error("post_logout_redirect_uri needs client_id or id_token_hint beside it")]
    ClientUnknown,
    #[error("post_logout_redirect_uri is not registered for the application")]
    RedirectUri,
    #[error("state is longer than 4,096 bytes")]
    StateTooLong,
}

impl LogoutError {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Client | Self::ClientUnknown => ErrorCode::UnknownApplication,
            Self::RedirectUri => ErrorCode::RedirectUriMismatch,
            Self::StateTooLong => ErrorCode::RequestMalformed,
        }
    }
}

/// Where the browser may go after signing out; made from registered addresses only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutAddress(String);

impl LogoutAddress {
    /// With `state`, if there was one (§3).
    pub fn url(&self) -> &str {
        &self.0
    }
}

impl LogoutRequest {
    pub fn parse(params: &mut RawParams) -> Result<Self, LogoutError> {
        let client_id = params.take("client_id").map(|text| ClientId::parse(&text)).transpose();
        let state = params.take("state");
        if state.as_ref().is_some_and(|state| state.len() > 4096) {
            return Err(LogoutError::StateTooLong);
        }
        Ok(Self {
            id_token_hint: params.take("id_token_hint"),
            client_id: client_id.map_err(|_bad| LogoutError::Client)?,
            post_logout_redirect_uri: params.take("post_logout_redirect_uri"),
            state,
            logout_hint: params.take("logout_hint"),
            ui_locales: params.take("ui_locales"),
        })
    }

    /// The client that asks. §2: where both are given, the hint was issued to that very client.
    pub fn client<'a>(&'a self, hint: Option<&'a IdTokenHint>) -> Result<Option<&'a ClientId>, LogoutError> {
        match (&self.client_id, hint) {
            (Some(named), Some(hint)) if *named != hint.client => Err(LogoutError::Client),
            (named, hint) => Ok(named.as_ref().or(hint.map(|hint| &hint.client))),
        }
    }

    /// `application`: the one that `client` named, if it is registered. §3: exact comparison.
    pub fn address(&self, application: Option<&Client>) -> Result<Option<LogoutAddress>, LogoutError> {
        let Some(asked) = &self.post_logout_redirect_uri else { return Ok(None) };
        let application = application.ok_or(LogoutError::ClientUnknown)?;
        let registered = &application.protocol.post_logout_redirect_uris;
        if !registered.iter().any(|uri| uri.accepts(asked)) {
            return Err(LogoutError::RedirectUri);
        }
        Ok(Some(LogoutAddress(match &self.state {
            Some(state) => with_query(asked, &[("state", state.clone())]),
            None => asked.clone(),
        })))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{application, client, user};
    use super::*;

    fn parse(text: &str) -> Result<LogoutRequest, LogoutError> {
        LogoutRequest::parse(&mut RawParams::parse(text.as_bytes()).unwrap())
    }
    fn address(text: &str) -> Result<Option<String>, LogoutError> {
        let address = parse(text)?.address(Some(&application()))?;
        Ok(address.map(|address| address.url().to_owned()))
    }

    #[test]
    fn the_browser_goes_only_to_registered_addresses() {
        for (text, expected) in [
            ("", None),
            ("state=s", None),
            ("post_logout_redirect_uri=https://shop.example/bye", Some("https://shop.example/bye")),
            (
                "post_logout_redirect_uri=https://shop.example/bye&state=a%26b",
                Some("https://shop.example/bye?state=a%26b"),
            ),
            (
                "post_logout_redirect_uri=https://shop.example/bye?a=b&state=s",
                Some("https://shop.example/bye?a=b&state=s"),
            ),
        ] {
            assert_eq!(address(text), Ok(expected.map(str::to_owned)), "{text}");
        }
        for bad in ["https://shop.example/bye/", "https://evil.example/", "javascript:alert(1)", "//evil.example", "/"]
        {
            let text = format!("post_logout_redirect_uri={bad}");
            assert_eq!(address(&text), Err(LogoutError::RedirectUri), "{bad}");
        }
        let request = parse("post_logout_redirect_uri=https://shop.example/bye").unwrap();
        assert_eq!(request.address(None), Err(LogoutError::ClientUnknown));
    }

    #[test]
    fn the_client_is_known_from_its_name_or_the_hint_and_both_agree() {
        let hint = IdTokenHint { user: user(), client: client("shop"), session: None };
        let named = parse("client_id=shop").unwrap();
        let other = parse("client_id=other").unwrap();
        let unnamed = parse("").unwrap();
        assert_eq!(named.client(None), Ok(Some(&client("shop"))));
        assert_eq!(named.client(Some(&hint)), Ok(Some(&client("shop"))));
        assert_eq!(unnamed.client(Some(&hint)), Ok(Some(&client("shop"))));
        assert_eq!(unnamed.client(None), Ok(None));
        assert_eq!(other.client(Some(&hint)), Err(LogoutError::Client));
    }

    #[test]
    fn every_parameter_is_read() {
        let request = parse("id_token_hint=h&client_id=shop&logout_hint=mette&ui_locales=da&state=s").unwrap();
        let expected = LogoutRequest {
            id_token_hint: Some("h".to_owned()),
            client_id: Some(client("shop")),
            post_logout_redirect_uri: None,
            state: Some("s".to_owned()),
            logout_hint: Some("mette".to_owned()),
            ui_locales: Some("da".to_owned()),
        };
        assert_eq!(request, expected);
        assert_eq!(parse("client_id=%0A"), Err(LogoutError::Client));
        assert_eq!(parse(&format!("state={}", "s".repeat(4097))), Err(LogoutError::StateTooLong));
    }

    proptest! {
        #[test]
        fn no_stranger_address_is_ever_used(text in "[^\0]{1,60}") {
            let query = format!("post_logout_redirect_uri={}", url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
            prop_assert_eq!(address(&query), Err(LogoutError::RedirectUri));
        }
    }
}
