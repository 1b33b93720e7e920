//! What the unit tests of this folder have in common: one application, one grant, one base.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::domain::Time;
use crate::domain::application::{Client, ClientAuthMethod, ClientType, ConsentMode, OidcClient, RedirectUri};
use crate::domain::assurance::Level;
use crate::domain::grant::Grant;
use crate::domain::ids::{ClientId, GrantId, SessionId, UserId};
use crate::domain::oauth::{ClaimsRequest, GrantType, Scopes};
use crate::domain::signing::SigningAlg;
use crate::protocol::base::Base;

pub fn base() -> Base {
    Base::parse("https://id.example/t/acme").unwrap()
}

pub fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

pub fn user() -> UserId {
    UserId::from_uuid(Uuid::from_u128(1))
}

pub fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

pub fn application() -> Client {
    let uris = |uris: &[&str]| uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
    Client {
        id: client("shop"),
        name: "Shop".to_owned(),
        require_role: None,
        identity_provider: None,
        enabled: true,
        protocol: OidcClient {
            kind: ClientType::Confidential,
            auth: ClientAuthMethod::AnySecret,
            jwks: None,
            jwks_uri: None,
            redirect_uris: uris(&[
                "https://shop.example/cb",
                "https://shop.example/cb?tenant=%7",
                "http://127.0.0.1/cb",
            ]),
            post_logout_redirect_uris: uris(&["https://shop.example/bye", "https://shop.example/bye?a=b"]),
            backchannel_logout_uri: None,
            scopes: scopes("openid profile email offline_access orders:read orders:write"),
            grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials].into(),
            require_pkce: false,
            consent: ConsentMode::Implied,
            id_token_alg: SigningAlg::RS256,
            audiences: vec!["https://api.shop.example".to_owned()],
            policy_uri: None,
            tos_uri: None,
        },
    }
}

pub fn grant() -> Grant {
    Grant {
        id: GrantId::from_uuid(Uuid::from_u128(3)),
        user: user(),
        client: client("shop"),
        session: SessionId::from_uuid(Uuid::from_u128(2)),
        scopes: scopes("openid profile orders:read"),
        claims: ClaimsRequest::default(),
        claims_locales: Vec::new(),
        nonce: Some("n-1".to_owned()),
        auth_time: now() - TimeDelta::seconds(30),
        amr: vec!["pwd".to_owned()],
        acr: Level::Password.acr().to_owned(),
        created_at: now(),
        expires_at: now() + TimeDelta::days(90),
        ended_at: None,
    }
}
