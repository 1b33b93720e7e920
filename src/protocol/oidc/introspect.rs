//! Token introspection (RFC 7662).
//!
//! A client learns about its own tokens and about those that name it as audience; about all others it learns
//! `active: false`, exactly as about tokens that do not exist (§4). Public clients may not ask (§2.1).

use openidconnect::{ClientId as CrateClientId, ExtraTokenFields, StandardTokenIntrospectionResponse};
use serde::{Deserialize, Serialize};

use crate::domain::Time;
use crate::domain::grant::Grant;
use crate::domain::ids::ClientId;
use crate::domain::oauth::Scopes;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::protocol::base::Base;
use crate::protocol::params::RawParams;

use super::bearer::BearerToken;
use super::client_auth::ClientCredential;
use super::error::TokenError;
use super::token::{TokenTypeName, crate_scopes};
use super::token_claims::AccessTokenClaims;

/// A token of either kind, told apart by its looks; `token_type_hint` is not needed for that (§2.1, RFC 7009 §2.1).
#[derive(Clone, Debug)]
pub enum PresentedToken {
    Refresh(PlainToken),
    /// Maybe an access token: the signature will tell.
    Access(BearerToken),
    /// Nothing that we issue.
    Foreign,
}

impl PresentedToken {
    /// Takes `token` from the parameters, for introspection and revocation.
    pub fn parse(params: &mut RawParams) -> Result<Self, TokenError> {
        let text = params.take("token").ok_or(TokenError::InvalidRequest("token is missing"))?;
        Ok(match PlainToken::parse(TokenKind::Refresh, &text) {
            Some(token) => Self::Refresh(token),
            None => BearerToken::parse(text).map_or(Self::Foreign, Self::Access),
        })
    }
}

/// §2.1: the endpoint needs a caller who has proven something.
pub fn check_caller(credential: &ClientCredential) -> Result<(), TokenError> {
    match credential {
        ClientCredential::None { .. } => Err(TokenError::UnprovenClient("public clients may not introspect")),
        ClientCredential::Basic { .. } | ClientCredential::Post { .. } | ClientCredential::PrivateKeyJwt { .. } => {
            Ok(())
        }
    }
}

/// Whether the caller may know about this access token.
pub fn concerns(claims: &AccessTokenClaims, caller: &ClientId) -> bool {
    claims.client_id == *caller || claims.aud.iter().any(|aud| aud == caller.as_str())
}

/// Members beyond RFC 7662 §2.2: the authentication behind the token (RFC 9470 §6.2).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AuthenticationFacts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amr: Option<Vec<String>>,
}
impl ExtraTokenFields for AuthenticationFacts {}

pub type Introspection = StandardTokenIntrospectionResponse<AuthenticationFacts, TokenTypeName>;

/// §2.2: nothing but this about what is not active, or not the caller's business.
pub fn inactive() -> Introspection {
    Introspection::new(false, AuthenticationFacts::default())
}

/// An access token that was checked and whose grant lives; `scopes` that it is good for now, `username` of the person, if
/// there is one.
pub fn active_access(claims: &AccessTokenClaims, scopes: &Scopes, username: Option<&str>) -> Introspection {
    let facts = AuthenticationFacts { auth_time: claims.auth_time, acr: claims.acr.clone(), amr: claims.amr.clone() };
    let mut answer = Introspection::new(true, facts);
    answer.set_token_type(Some(TokenTypeName::Bearer));
    answer.set_scopes(crate_scopes(scopes));
    answer.set_client_id(Some(CrateClientId::new(claims.client_id.to_string())));
    answer.set_username(username.map(str::to_owned));
    answer.set_exp(Time::from_timestamp(claims.exp, 0));
    answer.set_iat(Time::from_timestamp(claims.iat, 0));
    answer.set_sub(Some(claims.sub.clone()));
    answer.set_aud(Some(claims.aud.clone()));
    answer.set_iss(Some(claims.iss.clone()));
    answer.set_jti(Some(claims.jti.clone()));
    answer
}

/// A refresh token that could be spent now, asked about by its client. It has no token type: nothing accepts it
/// as a credential but the token endpoint.
pub fn active_refresh(grant: &Grant, scopes: &Scopes, expires_at: Time, username: &str, base: &Base) -> Introspection {
    let facts = AuthenticationFacts {
        auth_time: Some(grant.auth_time.timestamp()),
        acr: Some(grant.acr.clone()),
        amr: Some(grant.amr.clone()),
    };
    let mut answer = Introspection::new(true, facts);
    answer.set_scopes(crate_scopes(scopes));
    answer.set_client_id(Some(CrateClientId::new(grant.client.to_string())));
    answer.set_username(Some(username.to_owned()));
    answer.set_exp(Some(expires_at.min(grant.expires_at)));
    answer.set_sub(Some(grant.user.to_string()));
    answer.set_iss(Some(base.issuer().to_owned()));
    answer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::super::fixture::{application, base, client, grant, now, scopes};
    use super::super::token_claims::Stamp;
    use super::*;

    fn claims() -> AccessTokenClaims {
        let base = base();
        let stamp = Stamp { base: &base, now: now(), lifetime: Duration::from_mins(5) };
        AccessTokenClaims::for_person(&grant(), scopes("openid orders:read"), &application(), Uuid::nil(), &stamp)
    }
    fn presented(text: &str) -> Result<PresentedToken, TokenError> {
        PresentedToken::parse(&mut RawParams::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_token_is_told_by_its_looks_whatever_the_hint_says() {
        let refresh = format!("token=ptr_{}&token_type_hint=access_token", "a".repeat(43));
        assert!(matches!(presented(&refresh), Ok(PresentedToken::Refresh(_))));
        assert!(matches!(presented("token=a.b.c&token_type_hint=refresh_token"), Ok(PresentedToken::Access(_))));
        assert!(matches!(presented("token=%C3%A6"), Ok(PresentedToken::Foreign)));
        assert!(matches!(presented("token="), Err(TokenError::InvalidRequest(_))));
    }

    #[test]
    fn a_client_learns_only_about_tokens_that_concern_it() {
        let mut claims = claims();
        claims.aud.push("orders".to_owned());
        assert!(concerns(&claims, &client("shop")));
        assert!(concerns(&claims, &client("orders")));
        assert!(!concerns(&claims, &client("other")));
        assert!(!concerns(&claims, &client("shop ")));
    }

    #[test]
    fn public_clients_may_not_ask() {
        let none = ClientCredential::None { client: client("shop") };
        assert_eq!(check_caller(&none).unwrap_err().status(), 401);
        assert_eq!(check_caller(&ClientCredential::Post { client: client("shop"), secret: "s".into() }), Ok(()));
    }

    #[test]
    fn an_active_access_token_is_described_in_full() {
        let expected = json!({
            "active": true,
            "token_type": "Bearer",
            "scope": "openid orders:read",
            "client_id": "shop",
            "username": "mette",
            "exp": 1_800_000_300,
            "iat": 1_800_000_000,
            "sub": "00000000-0000-0000-0000-000000000001",
            "aud": ["https://id.example/t/acme", "https://api.shop.example"],
            "iss": "https://id.example/t/acme",
            "jti": "00000000-0000-0000-0000-000000000000",
            "auth_time": 1_799_999_970,
            "acr": "urn:portner:acr:password",
            "amr": ["pwd"],
        });
        assert_eq!(serde_json::to_value(active_access(&claims(), &claims().scope, Some("mette"))).unwrap(), expected);
    }

    #[test]
    fn an_active_refresh_token_has_no_token_type() {
        let answer = active_refresh(&grant(), &scopes("openid"), now() + chrono::TimeDelta::days(1), "mette", &base());
        let expected = json!({
            "active": true,
            "scope": "openid",
            "client_id": "shop",
            "username": "mette",
            "exp": 1_800_086_400,
            "sub": "00000000-0000-0000-0000-000000000001",
            "iss": "https://id.example/t/acme",
            "auth_time": 1_799_999_970,
            "acr": "urn:portner:acr:password",
            "amr": ["pwd"],
        });
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    }

    #[test]
    fn about_everything_else_nothing_is_said() {
        assert_eq!(serde_json::to_value(inactive()).unwrap(), json!({"active": false}));
    }

    proptest! {
        #[test]
        fn arbitrary_tokens_never_panic(token in "[^\0]{1,80}") {
            let query = format!("token={}", url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>());
            prop_assert!(presented(&query).is_ok());
        }
    }
}
