//! The answer to a sign-in: a `RequestSecurityTokenResponse` of WS-Trust, posted by the browser (WS-Federation
//! §13.2.3).

use crate::crypto::xml::{Writer, XmlError};
use crate::domain::Time;
use crate::domain::saml::Endpoint;
use crate::domain::wsfed::TokenType;
use crate::protocol::reply::Reply;
use crate::protocol::saml::message::written;

use super::request::SignInRequest;
use super::token::LIFETIME;
use super::{ADDRESSING, POLICY, SAML11, SAML20, SIGN_IN, TRUST, UTILITY};

/// Only the registered address of a request that was checked is answered.
pub fn reply(request: &SignInRequest, token: &str, token_type: TokenType, now: Time) -> Result<Reply, XmlError> {
    let result = envelope(request, token, token_type, now)?;
    let SignInRequest { reply, context, realm: _, within: _, method: _, home_realm: _, ui_locales: _ } = request;
    Ok(post(reply, result, context.as_ref()))
}

fn post(reply: &Endpoint, result: String, context: Option<&String>) -> Reply {
    let mut params = vec![("wa", SIGN_IN.to_owned()), ("wresult", result)];
    params.extend(context.map(|context| ("wctx", context.clone())));
    Reply::FormPost { action: reply.as_str().to_owned(), params }
}

fn envelope(request: &SignInRequest, token: &str, token_type: TokenType, now: Time) -> Result<String, XmlError> {
    let uri = match token_type {
        TokenType::Saml11 => SAML11,
        TokenType::Saml20 => SAML20,
    };
    let mut writer = Writer::new();
    writer
        .open("t:RequestSecurityTokenResponse", &[("xmlns:t", TRUST)])
        .open("t:Lifetime", &[])
        .leaf("wsu:Created", &[("xmlns:wsu", UTILITY)], &written(now))
        .leaf("wsu:Expires", &[("xmlns:wsu", UTILITY)], &written(now + LIFETIME))
        .close()
        .open("wsp:AppliesTo", &[("xmlns:wsp", POLICY)])
        .open("wsa:EndpointReference", &[("xmlns:wsa", ADDRESSING)])
        .leaf("wsa:Address", &[], request.realm.as_str())
        .close()
        .close()
        .open("t:RequestedSecurityToken", &[])
        .insert(token)
        .close()
        .leaf("t:TokenType", &[], uri)
        .leaf("t:RequestType", &[], "http://schemas.xmlsoap.org/ws/2005/02/trust/Issue")
        .leaf("t:KeyType", &[], "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey")
        .close();
    writer.finish()
}
