//! How a client says who it is at the token, introspection and revocation endpoints: RFC 6749 §2.3,
//! RFC 7521 §4.2, RFC 7523 §2.2, OpenID Connect Core §9.
//!
//! Exactly one credential of one kind; anything ambiguous is refused before anything is looked up. Refused on
//! purpose: `client_secret_jwt` (it would need the secret in clear) and secrets in the query.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::SecretString;

use crate::crypto::jose::unverified_subject;
use crate::domain::application::{ClientAuthMethod, OidcClient};
use crate::domain::ids::ClientId;
use crate::protocol::params::{RawParams, decode};

use super::error::{Reason, TokenError};
use super::header::{MalformedHeader, authorization};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What was presented; nothing of it is proven yet.
#[derive(Clone, Debug)]
pub enum ClientCredential {
    /// A public client only names itself.
    None {
        client: ClientId,
    },
    /// RFC 6749 §2.3.1 has the secret form-encoded; many clients send it as it is. `verbatim` is that reading,
    /// where it differs.
    Basic {
        client: ClientId,
        secret: SecretString,
        verbatim: Option<SecretString>,
    },
    Post {
        client: ClientId,
        secret: SecretString,
    },
    /// `client` is the assertion's unverified `sub`: good for finding the key, and checked again afterwards.
    PrivateKeyJwt {
        client: ClientId,
        assertion: SecretString,
    },
}

impl ClientCredential {
    pub fn client(&self) -> &ClientId {
        match self {
            Self::None { client }
            | Self::Basic { client, .. }
            | Self::Post { client, .. }
            | Self::PrivateKeyJwt { client, .. } => client,
        }
    }
    /// Whether the client is registered for this way of proving itself.
    pub fn check_method(&self, client: &OidcClient) -> Result<(), TokenError> {
        let fits = match self {
            Self::None { .. } => client.auth == ClientAuthMethod::None,
            Self::Basic { .. } => {
                matches!(client.auth, ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::AnySecret)
            }
            Self::Post { .. } => {
                matches!(client.auth, ClientAuthMethod::ClientSecretPost | ClientAuthMethod::AnySecret)
            }
            Self::PrivateKeyJwt { .. } => client.auth == ClientAuthMethod::PrivateKeyJwt,
        };
        if fits { Ok(()) } else { Err(refused("not the registered authentication method")) }
    }
}

/// `headers`: all `Authorization` headers. Takes the client's parameters out of `params`.
pub fn client_credential(headers: &[&[u8]], params: &mut RawParams) -> Result<ClientCredential, TokenError> {
    let header = basic(headers)?;
    let named = params.take("client_id");
    let secret = params.take("client_secret");
    let assertion = (params.take("client_assertion_type"), params.take("client_assertion"));
    // RFC 6749 §2.3: not more than one method in each request.
    match (header, secret, assertion) {
        (None, None, (None, None)) => Ok(ClientCredential::None { client: identifier(named.as_deref())? }),
        (Some((client, secret, verbatim)), None, (None, None)) => {
            if named.is_some_and(|named| named != client.as_str()) {
                return Err(TokenError::InvalidRequest("client_id differs from the Authorization header"));
            }
            Ok(ClientCredential::Basic { client, secret, verbatim })
        }
        (None, Some(secret), (None, None)) => {
            Ok(ClientCredential::Post { client: identifier(named.as_deref())?, secret: SecretString::from(secret) })
        }
        (None, None, (Some(kind), Some(assertion))) => asserted(&kind, assertion, named.as_deref()),
        (None, None, (Some(_), None) | (None, Some(_))) => {
            Err(TokenError::InvalidRequest("client_assertion and client_assertion_type belong together"))
        }
        _ => Err(TokenError::InvalidRequest("more than one way of client authentication")),
    }
}

/// Nothing is looked up here but how the client is registered: what the request lacks may be said.
fn refused(reason: Reason) -> TokenError {
    TokenError::UnprovenClient(reason)
}

fn identifier(text: Option<&str>) -> Result<ClientId, TokenError> {
    let text = text.ok_or_else(|| refused("no client authentication and no client_id"))?;
    ClientId::parse(text).map_err(|_bad| refused("client_id is not a client identifier"))
}

/// Client, secret as it is encoded, and as it was sent.
type Pair = (ClientId, SecretString, Option<SecretString>);

/// RFC 7617, with each half form-encoded before base64 (RFC 6749 §2.3.1).
fn basic(headers: &[&[u8]]) -> Result<Option<Pair>, TokenError> {
    let header = authorization(headers)
        .map_err(|MalformedHeader| TokenError::InvalidRequest("the Authorization header cannot be read"))?;
    let Some(header) = header else { return Ok(None) };
    let encoded = header.of_scheme("Basic").ok_or_else(|| refused("the scheme is not Basic"))?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_bad| refused("not base64"))?;
    let mut halves = bytes.splitn(2, |byte| *byte == b':');
    let (Some(user), Some(password)) = (halves.next(), halves.next()) else {
        return Err(refused("no colon"));
    };
    let user = decode(user).map_err(|_bad| refused("client_id is not form-encoded"))?;
    let sent = std::str::from_utf8(password).map_err(|_bad| refused("client_secret is not UTF-8"))?;
    let decoded = decode(password).unwrap_or_else(|_not_encoded| sent.to_owned());
    let verbatim = (decoded != sent).then(|| SecretString::from(sent));
    let client = ClientId::parse(&user).map_err(|_bad| refused("client_id is not a client identifier"))?;
    Ok(Some((client, SecretString::from(decoded), verbatim)))
}

fn asserted(kind: &str, assertion: String, named: Option<&str>) -> Result<ClientCredential, TokenError> {
    if kind != JWT_BEARER {
        return Err(refused("client_assertion_type is not supported"));
    }
    let subject = unverified_subject(&assertion).map_err(|_bad| refused("the assertion names no client"))?;
    let client = ClientId::parse(&subject).map_err(|_bad| refused("the assertion names no client"))?;
    // RFC 7521 §4.2: client_id is unnecessary, but must identify the same client.
    if named.is_some_and(|named| named != client.as_str()) {
        return Err(refused("client_id differs from the assertion"));
    }
    Ok(ClientCredential::PrivateKeyJwt { client, assertion: SecretString::from(assertion) })
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

    fn read(headers: &[&str], form: &str) -> Result<String, TokenError> {
        let headers: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
        let credential = client_credential(&headers, &mut RawParams::parse(form.as_bytes()).unwrap())?;
        Ok(match credential {
            ClientCredential::None { client } => format!("none {client}"),
            ClientCredential::Basic { client, secret, .. } => format!("basic {client} {}", secret.expose_secret()),
            ClientCredential::Post { client, secret } => format!("post {client} {}", secret.expose_secret()),
            ClientCredential::PrivateKeyJwt { client, .. } => format!("jwt {client}"),
        })
    }
    fn basic_header(pair: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }
    fn assertion(payload: &str) -> String {
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        format!("client_assertion={header}.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn each_method_is_recognised() {
        let shop = assertion(r#"{"sub":"shop"}"#);
        assert_eq!(read(&[], "client_id=shop").unwrap(), "none shop");
        assert_eq!(read(&[], "client_id=shop&client_secret=s%2B1").unwrap(), "post shop s+1");
        assert_eq!(read(&[&basic_header("shop:s1")], "").unwrap(), "basic shop s1");
        assert_eq!(read(&[&basic_header("shop:s1")], "client_id=shop").unwrap(), "basic shop s1");
        assert_eq!(read(&[], &format!("{TYPE}&{shop}")).unwrap(), "jwt shop");
        assert_eq!(read(&[], &format!("{TYPE}&{shop}&client_id=shop")).unwrap(), "jwt shop");
    }

    #[test]
    fn both_halves_of_basic_are_form_decoded() {
        assert_eq!(read(&[&basic_header("a%3Ab:s%2B1+x%25:y")], "").unwrap(), "basic a:b s+1 x%:y");
        assert_eq!(read(&[&basic_header("shop:").replace("Basic", "bAsIc")], "").unwrap(), "basic shop ");
    }

    #[test]
    fn two_methods_at_once_are_an_invalid_request() {
        let header = basic_header("shop:s1");
        let jwt = format!("{TYPE}&{}", assertion(r#"{"sub":"shop"}"#));
        for (headers, form) in [
            (vec![&*header], "client_secret=s1".to_owned()),
            (vec![&*header], jwt.clone()),
            (vec![], format!("{jwt}&client_id=shop&client_secret=s1")),
            (vec![&*header], format!("{jwt}&client_secret=s1")),
            (vec![&*header, &*header], String::new()),
            (vec![&*header], "client_id=other".to_owned()),
            (vec!["Basic"], String::new()),
            (vec![], TYPE.to_owned()),
            (vec![], assertion("{}")),
        ] {
            assert!(matches!(read(&headers, &form), Err(TokenError::InvalidRequest(_))), "{headers:?} {form}");
        }
    }

    #[test]
    fn a_secret_that_was_not_encoded_is_also_read_as_it_was_sent() {
        for (sent, decoded, verbatim) in
            [("plain", "plain", None), ("a+b%2F", "a b/", Some("a+b%2F")), ("100%zz", "100%zz", None)]
        {
            let header = basic_header(&format!("shop:{sent}"));
            let credential = client_credential(&[header.as_bytes()], &mut RawParams::default()).unwrap();
            let ClientCredential::Basic { secret, verbatim: as_sent, .. } = credential else { panic!("{sent}") };
            assert_eq!(secret.expose_secret(), decoded);
            assert_eq!(as_sent.as_ref().map(ExposeSecret::expose_secret), verbatim);
        }
    }

    #[test]
    fn unreadable_credentials_are_an_invalid_client() {
        for header in [
            "Basic !!!",
            "Basic ",
            "Bearer abc",
            "Negotiate abc",
            &basic_header("nocolon"),
            &basic_header(":s"),
            &basic_header("%ff:a"),
        ] {
            let error = read(&[header], "").unwrap_err();
            let malformed = matches!(error, TokenError::InvalidRequest(_)) && header == "Basic ";
            assert!(malformed || matches!(error, TokenError::UnprovenClient(_)), "{header}: {error:?}");
        }
        for form in [
            String::new(),
            "client_secret=s".to_owned(),
            format!("client_assertion_type=x&{}", assertion(r#"{"sub":"shop"}"#)),
            format!("{TYPE}&client_assertion=a.b"),
            format!("{TYPE}&client_assertion=a.b.c.d"),
            format!("{TYPE}&{}", assertion("{}")),
            format!("{TYPE}&{}", assertion(r#"{"sub":5}"#)),
            format!("{TYPE}&{}&client_id=other", assertion(r#"{"sub":"shop"}"#)),
        ] {
            let error = read(&[], &form).unwrap_err();
            assert!(matches!(error, TokenError::UnprovenClient(_)), "{form}: {error:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_headers_and_assertions_never_panic(header in prop::collection::vec(any::<u8>(), 0..80), text in "[^&=%\0]{0,60}") {
            let mut params = RawParams::parse(format!("{TYPE}&client_assertion={}", text.replace('+', "")).as_bytes()).unwrap();
            drop(client_credential(&[&header], &mut params.clone()));
            drop(client_credential(&[], &mut params));
            let basic = [b"Basic ".to_vec(), BASE64_STANDARD.encode(&header).into_bytes()].concat();
            drop(client_credential(&[&basic], &mut RawParams::default()));
        }
    }
}
