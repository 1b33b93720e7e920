//! Applications: brought to the declared state, listed, shown. A secret goes in and never comes out.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::crypto::certificate::fingerprint;
use crate::crypto::credential::read_certificate;
use crate::domain::Time;
use crate::domain::application::{Application, ClientAuthMethod, ConsentMode, OidcClient, Protocol, RedirectUri};
use crate::domain::audit::EventKind;
use crate::domain::doubt::Doubt;
use crate::domain::ids::{ClientId, Slug, TenantId};
use crate::domain::oauth::GrantType;
use crate::domain::saml::{
    AssertionConsumer, AttributeRule, AttributeSource, CertificateDer, Endpoint, LogoutEndpoint, ServiceProvider,
};
use crate::domain::wsfed::RelyingParty;
use crate::store::applications::StoredApplication;
use crate::store::{self, StoreError, Tx};

use super::super::{Host, credentials, recovery};
use super::answer::{
    AcsDetail, Action, ApplicationDetail, ApplicationRow, AttributeDetail, CertificateRow, Change, OidcDetail,
    ProtocolDetail, SamlDetail, SloDetail, WsfedDetail,
};
use super::apply::Act;
use super::declared::{self, ApplicationPlan};
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
        Protocol::Oidc(client) => client.kind.name(),
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

pub(super) fn detail(stored: StoredApplication) -> ApplicationDetail {
    let row = row(&stored.application);
    let identity_provider = stored.application.identity_provider.as_ref().map(ToString::to_string);
    let protocol = match stored.application.protocol {
        Protocol::Oidc(client) => ProtocolDetail::Oidc(Box::new(oidc_detail(*client, stored.secret_mac.is_some()))),
        Protocol::Saml(provider) => ProtocolDetail::Saml(Box::new(saml_detail(*provider))),
        Protocol::Wsfed(party) => ProtocolDetail::Wsfed(Box::new(wsfed_detail(*party))),
    };
    ApplicationDetail { row, identity_provider, protocol }
}

fn saml_detail(provider: ServiceProvider) -> SamlDetail {
    SamlDetail {
        entity_id: provider.entity_id.to_string(),
        acs: provider.acs.into_iter().map(acs_detail).collect(),
        slo: provider.logout.into_iter().map(slo_detail).collect(),
        certificates: provider.signing_certificates.iter().map(certificate_row).collect(),
        encryption_certificates: provider.encryption_certificates.iter().map(certificate_row).collect(),
        require_signed_requests: provider.signs_requests,
        sign_response: provider.signed.response(),
        sign_assertion: provider.signed.assertion(),
        encrypt_assertion: provider.encrypt_assertion,
        signature_algorithm: provider.signature,
        name_id: provider.name_id,
        attributes: provider.attributes.into_iter().map(attribute_detail).collect(),
        preset: provider.preset,
        idp_initiated: provider.idp_initiated,
        relay_state: provider.start_relay_state,
        metadata_url: provider.metadata_url.map(String::from),
        metadata_certificates: provider.metadata_certificates.iter().map(certificate_row).collect(),
    }
}

fn acs_detail(one: AssertionConsumer) -> AcsDetail {
    AcsDetail { url: one.location.into(), binding: one.binding, index: one.index, default: one.is_default }
}

fn slo_detail(one: LogoutEndpoint) -> SloDetail {
    let response_url = one.response_location.map(String::from);
    SloDetail { url: one.location.into(), binding: one.binding, response_url }
}

fn wsfed_detail(party: RelyingParty) -> WsfedDetail {
    WsfedDetail {
        realm: party.realm.to_string(),
        reply_urls: party.reply_urls.into_iter().map(String::from).collect(),
        token_type: party.token_type,
        signature_algorithm: party.signature,
        name_id: party.name_id,
        attributes: party.attributes.into_iter().map(attribute_detail).collect(),
        encryption_certificate: party.encryption_certificate.as_ref().map(certificate_row),
    }
}

fn attribute_detail(rule: AttributeRule) -> AttributeDetail {
    let (claim, value) = match rule.source {
        AttributeSource::Claim(claim) => (Some(claim.into()), None),
        AttributeSource::Fixed(values) => (None, Some(values)),
    };
    AttributeDetail { name: rule.name, claim, value, name_format: rule.format, friendly_name: rule.friendly_name }
}

pub(super) fn certificate_row(certificate: &CertificateDer) -> CertificateRow {
    let facts = read_certificate(certificate);
    CertificateRow {
        subject: facts.as_ref().map(|facts| facts.subject.clone()).unwrap_or_default(),
        fingerprint: fingerprint(&certificate.0),
        not_after: facts.map(|facts| facts.not_after),
    }
}

/// Which of the others has the name that this one would be asked for with.
pub fn same_name<'a>(protocol: &Protocol, mut others: impl Iterator<Item = &'a Application>) -> Option<&'a ClientId> {
    let clash = |other: &Protocol| match (protocol, other) {
        (Protocol::Saml(one), Protocol::Saml(other)) => one.entity_id == other.entity_id,
        (Protocol::Wsfed(one), Protocol::Wsfed(other)) => one.realm == other.realm,
        (Protocol::Oidc(_) | Protocol::Saml(_) | Protocol::Wsfed(_), _) => false,
    };
    others.find(|other| clash(&other.protocol)).map(|other| &other.id)
}

/// Whoever is told of people by assertions needs something that signs them.
pub(super) fn ensure_credentials(host: &Host, tenant: TenantId) -> Result<(), AdminError> {
    let Some(tenant) = host.stores.registry().find(tenant)? else { return Ok(()) };
    let base = recovery::base_of(host, &tenant)?;
    let store = host.stores.tenant(tenant.id)?;
    credentials::ensure(&store, base.issuer(), host.clock.now(), host.entropy.as_ref())?;
    host.refresh(tenant.id);
    Ok(())
}

/// What should be thought about in what an application is now, or would be.
pub fn doubts(protocol: &Protocol, now: Time) -> Vec<Doubt> {
    let (addresses, certificates): (Vec<&str>, Vec<&CertificateDer>) = match protocol {
        Protocol::Oidc(client) => (addresses(client), Vec::new()),
        Protocol::Saml(provider) => (
            provider
                .acs
                .iter()
                .map(|one| one.location.as_str())
                .chain(provider.logout.iter().map(|one| one.location.as_str()))
                .collect(),
            provider.signing_certificates.iter().chain(&provider.encryption_certificates).collect(),
        ),
        Protocol::Wsfed(party) => {
            (party.reply_urls.iter().map(Endpoint::as_str).collect(), party.encryption_certificate.iter().collect())
        }
    };
    let exposed =
        |address: &&&str| Url::parse(address).is_ok_and(|url| url.scheme() == "http" && !declared::is_local(&url));
    let mut doubts: Vec<Doubt> = Vec::new();
    for address in addresses.iter().filter(exposed).map(|address| Doubt::PlainAddress((*address).to_owned())) {
        if !doubts.contains(&address) {
            doubts.push(address);
        }
    }
    for certificate in certificates {
        doubts.extend(age_of(certificate, now).filter(|doubt| !doubts.contains(doubt)));
    }
    if let Protocol::Saml(provider) = protocol
        && provider.signing_certificates.is_empty()
    {
        doubts.push(Doubt::NoSigningCertificate);
    }
    doubts
}

/// Where people are sent, and what this server itself calls or fetches.
fn addresses(client: &OidcClient) -> Vec<&str> {
    let people = client.redirect_uris.iter().chain(&client.post_logout_redirect_uris).map(RedirectUri::as_str);
    people.chain(client.backchannel_logout_uri.iter().chain(&client.jwks_uri).map(Url::as_str)).collect()
}

/// A certificate is spoken of this long before it ends.
pub const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn age_of(certificate: &CertificateDer, now: Time) -> Option<Doubt> {
    let facts = read_certificate(certificate)?;
    let (fingerprint, at) = (facts.fingerprint, facts.not_after);
    if at <= now {
        Some(Doubt::CertificateExpired { fingerprint, at })
    } else if at <= now + SOON {
        Some(Doubt::CertificateExpires { fingerprint, at })
    } else {
        None
    }
}

pub(super) fn oidc_detail(oidc: OidcClient, has_secret: bool) -> OidcDetail {
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
        policy_uri: oidc.policy_uri.map(String::from),
        tos_uri: oidc.tos_uri.map(String::from),
    }
}
