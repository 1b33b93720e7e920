//! Applications: brought to the declared state, listed, shown. A secret goes in and never comes out.

use serde_json::Value;

use crate::domain::application::{
    Application, ClientAuthMethod, ClientType, ConsentMode, OidcClient, Protocol, RedirectUri,
};
use crate::domain::audit::EventKind;
use crate::domain::ids::{ClientId, Slug};
use crate::domain::oauth::GrantType;
use crate::store::applications::StoredApplication;
use crate::store::{self, StoreError, Tx};

use super::super::Host;
use super::answer::{
    Action, ApplicationDetail, ApplicationRow, Change, OidcDetail, ProtocolDetail, SamlDetail, WsfedDetail,
};
use super::apply::Act;
use super::declared::ApplicationPlan;
use super::{AdminError, difference};

/// Brings one application to the planned state. `tag` is that of the declared secret, if one is declared.
pub(super) fn put(
    tx: &mut Tx<'_>,
    act: &Act,
    plan: &ApplicationPlan,
    tag: Option<[u8; 32]>,
) -> Result<Change, StoreError> {
    let stored = store::applications::find(tx, &plan.id)?;
    let (before, old_tag) = stored.map_or((None, None), |stored| (Some(stored.application), stored.secret_mac));
    let after = plan.merge(before.as_ref());
    let new_tag = if plan.needs_secret() { tag.or(old_tag) } else { None };
    let Some(before) = before else {
        store::applications::save(tx, &after, new_tag.as_ref())?;
        let event = act.event(EventKind::ApplicationCreated).application(&after.id);
        store::audit::append(tx, &event.detail("name", &after.name))?;
        return Ok(act.change("application", after.id.as_str(), Action::Created, Vec::new()));
    };
    let mut fields = difference::between(&before, &after);
    if new_tag != old_tag {
        fields.push(difference::secret("oidc.secret"));
    }
    if fields.is_empty() {
        return Ok(act.change("application", after.id.as_str(), Action::Unchanged, fields));
    }
    store::applications::save(tx, &after, new_tag.as_ref())?;
    let event = act.changed(EventKind::ApplicationChanged, &fields).application(&after.id);
    store::audit::append(tx, &event)?;
    Ok(act.change("application", after.id.as_str(), Action::Changed, fields))
}

pub fn list(host: &Host, slug: &Slug) -> Result<Vec<ApplicationRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let stored = store.read(store::applications::list)?;
    Ok(stored.iter().map(|stored| row(&stored.application)).collect())
}

pub fn show(host: &Host, slug: &Slug, id: &ClientId) -> Result<ApplicationDetail, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let stored = store.read(|tx| store::applications::find(tx, id))?;
    stored.map(detail).ok_or_else(|| AdminError::not_found("application", id))
}

fn row(application: &Application) -> ApplicationRow {
    let kind = match &application.protocol {
        Protocol::Oidc(client) => match client.kind {
            ClientType::Confidential => "confidential",
            ClientType::Public => "public",
            ClientType::Service => "service",
        },
        Protocol::Saml(_) => "saml",
        Protocol::Wsfed(_) => "wsfed",
    };
    ApplicationRow {
        id: application.id.to_string(),
        name: application.name.clone(),
        kind: kind.to_owned(),
        require_role: application.require_role.as_ref().map(ToString::to_string),
        enabled: application.enabled,
    }
}

fn detail(stored: StoredApplication) -> ApplicationDetail {
    let row = row(&stored.application);
    let protocol = match stored.application.protocol {
        Protocol::Oidc(client) => ProtocolDetail::Oidc(Box::new(oidc_detail(*client, stored.secret_mac.is_some()))),
        Protocol::Saml(provider) => ProtocolDetail::Saml(SamlDetail {
            entity_id: provider.entity_id.to_string(),
            acs: provider.acs.iter().map(|one| one.location.to_string()).collect(),
        }),
        Protocol::Wsfed(party) => ProtocolDetail::Wsfed(WsfedDetail {
            realm: party.realm.to_string(),
            reply_urls: party.reply_urls.iter().map(ToString::to_string).collect(),
        }),
    };
    ApplicationDetail { row, protocol }
}

fn oidc_detail(oidc: OidcClient, has_secret: bool) -> OidcDetail {
    let method = match oidc.auth {
        ClientAuthMethod::None => Some("none"),
        ClientAuthMethod::ClientSecretBasic => Some("client_secret_basic"),
        ClientAuthMethod::ClientSecretPost => Some("client_secret_post"),
        ClientAuthMethod::PrivateKeyJwt => Some("private_key_jwt"),
        ClientAuthMethod::AnySecret => None,
    };
    let consent = match oidc.consent {
        ConsentMode::Implied => "implied",
        ConsentMode::Ask => "ask",
    };
    let texts = |uris: Vec<RedirectUri>| uris.iter().map(ToString::to_string).collect();
    OidcDetail {
        token_endpoint_auth_method: method.map(str::to_owned),
        has_secret,
        jwks: oidc.jwks.and_then(|text| serde_json::from_str::<Value>(&text).ok()),
        jwks_uri: oidc.jwks_uri.map(String::from),
        redirect_uris: texts(oidc.redirect_uris),
        post_logout_redirect_uris: texts(oidc.post_logout_redirect_uris),
        backchannel_logout_uri: oidc.backchannel_logout_uri.map(String::from),
        scopes: oidc.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        grant_types: oidc.grant_types.iter().copied().map(GrantType::name).map(str::to_owned).collect(),
        require_pkce: oidc.require_pkce,
        consent: consent.to_owned(),
        id_token_signed_response_alg: oidc.id_token_alg.name().to_owned(),
        audiences: oidc.audiences,
    }
}
