//! The built-in test application: a relying party of the tenant's own, at the tenant's own address. It is stored
//! nowhere. A tenant that switches it on has it, always registered for the address that the tenant has now; a second
//! one speaks SAML.

pub mod saml;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::application::{Client, ClientAuthMethod, ClientType, ConsentMode, OidcClient, RedirectUri};
use crate::domain::ids::ClientId;
use crate::domain::oauth::{GrantType, Scopes};
use crate::domain::release::SCOPES;
use crate::domain::signing::SigningAlg;
use crate::protocol::base::Base;

use super::Site;
use super::site::Registered;

pub const CLIENT_ID: &str = "playground";
/// Its page, below the tenant's base; a sign-out returns there.
pub const HOME: &str = "/playground";
pub const CALLBACK: &str = "/playground/callback";

/// How it is registered with a tenant at this address; `None` where the address cannot be returned to.
pub fn application(base: &Base) -> Option<Client> {
    Some(Client {
        id: ClientId::parse(CLIENT_ID).ok()?,
        name: "Playground".to_owned(),
        require_role: None,
        identity_provider: None,
        enabled: true,
        protocol: OidcClient {
            kind: ClientType::Public,
            auth: ClientAuthMethod::None,
            jwks: None,
            jwks_uri: None,
            redirect_uris: vec![RedirectUri::parse(&base.at(CALLBACK)).ok()?],
            post_logout_redirect_uris: vec![RedirectUri::parse(&base.at(HOME)).ok()?],
            backchannel_logout_uri: None,
            scopes: Scopes::parse(&SCOPES.join(" ")).ok()?,
            grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
            require_pkce: true,
            consent: ConsentMode::Implied,
            id_token_alg: SigningAlg::RS256,
            audiences: Vec::new(),
            policy_uri: None,
            tos_uri: None,
        },
    })
}

/// The test application of a tenant that has switched it on.
pub fn registered(site: &Site) -> Option<&Arc<Registered>> {
    let id = ClientId::parse(CLIENT_ID).ok()?;
    site.client(&id).filter(|_| site.settings.playground)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_public_client_that_returns_to_the_tenants_own_address() {
        for address in ["http://localhost:8080/t/demo", "https://login.acme.example"] {
            let application = application(&Base::parse(address).unwrap()).unwrap();
            let oidc = application.protocol;
            assert_eq!((oidc.kind, oidc.auth, oidc.require_pkce), (ClientType::Public, ClientAuthMethod::None, true));
            assert_eq!(oidc.redirect_uris, [RedirectUri::parse(&format!("{address}/playground/callback")).unwrap()]);
            assert_eq!(oidc.post_logout_redirect_uris, [RedirectUri::parse(&format!("{address}/playground")).unwrap()]);
        }
    }
}
