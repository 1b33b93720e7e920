//! What is registered, as administrators look at it: with everything that somebody should see to.

use std::collections::HashMap;

use serde_json::Value;

use crate::crypto::credential::read_certificate;
use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::doubt::Doubt;
use crate::domain::ids::ClientId;
use crate::domain::registration::Facts;
use crate::domain::saml::AttributeSource;
use crate::domain::watch::{Alert, Watch};
use crate::flow::Site;
use crate::store::{self, StoreError};

use super::{applications, certificates, registration};

/// One application with what is known about it.
#[derive(Debug)]
pub struct Whole {
    pub application: Application,
    pub alerts: Vec<Alert>,
    pub doubts: Vec<Doubt>,
    pub facts: Option<Facts>,
    pub fetched_at: Option<Time>,
    /// When somebody last signed in to it.
    pub last_sign_in: Option<Time>,
    /// Key and value, in the words of the declarative file.
    pub settings: Vec<(String, String)>,
    pub attributes: Vec<(String, String)>,
}

pub fn list(site: &Site) -> Result<Vec<(Application, bool)>, StoreError> {
    let now = site.now();
    let (stored, watches) =
        site.store.read(|tx| Ok::<_, StoreError>((store::applications::list(tx)?, store::metadata::watches(tx)?)))?;
    let watches: HashMap<String, Watch> =
        watches.into_iter().map(|watch| (watch.application.to_string(), watch)).collect();
    let look = |application: Application| {
        let alarmed = !alerts(&application, watches.get(application.id.as_str()), now).is_empty();
        (application, alarmed)
    };
    Ok(stored.into_iter().map(|stored| look(stored.application)).collect())
}

/// Applications in use that somebody should look at, by id and name; and when our own certificate ends, if that is
/// soon.
pub type Worries = (Vec<(String, String)>, Option<Time>);

pub fn worries(site: &Site) -> Result<Worries, StoreError> {
    let alarmed = list(site)?.into_iter().filter(|(application, alarmed)| *alarmed && application.enabled);
    let applications = alarmed.map(|(application, _)| (application.id.to_string(), application.name)).collect();
    Ok((applications, certificates::ends_soon(&certificates::overview(site)?, site.now())))
}

pub fn look(site: &Site, id: &ClientId) -> Result<Option<Whole>, StoreError> {
    let now = site.now();
    let (stored, watch, last_sign_in) = site.store.read(|tx| {
        let last = store::audit::last_granted(tx, id)?;
        Ok::<_, StoreError>((store::applications::find(tx, id)?, store::metadata::watch(tx, id)?, last))
    })?;
    let Some(stored) = stored else { return Ok(None) };
    let application = stored.application.clone();
    let facts = match &application.protocol {
        Protocol::Saml(provider) => Some(registration::facts_of_provider(provider)),
        Protocol::Oidc(_) | Protocol::Wsfed(_) => None,
    };
    Ok(Some(Whole {
        alerts: alerts(&application, watch.as_ref(), now),
        // What an alert tells already is not said twice.
        doubts: applications::doubts(&application.protocol, now).into_iter().filter(is_no_alert).collect(),
        facts,
        last_sign_in,
        fetched_at: watch.and_then(|watch| watch.fetched_at),
        settings: settings(stored),
        attributes: attributes(&application),
        application,
    }))
}

fn is_no_alert(doubt: &Doubt) -> bool {
    !matches!(doubt, Doubt::CertificateExpired { .. } | Doubt::CertificateExpires { .. })
}

fn alerts(application: &Application, watch: Option<&Watch>, now: Time) -> Vec<Alert> {
    let Protocol::Saml(provider) = &application.protocol else { return Vec::new() };
    let mut alerts = Vec::new();
    if let Some(watch) = watch.filter(|_| provider.metadata_url.is_some()) {
        alerts.extend(watch.held.iter().copied().map(Alert::Held));
        alerts.extend(watch.failure.map(Alert::Failed));
    }
    for one in provider.signing_certificates.iter().chain(&provider.encryption_certificates) {
        let Some(at) = read_certificate(one).map(|facts| facts.not_after) else { continue };
        let alert = if at <= now { Alert::CertificateExpired(at) } else { Alert::CertificateExpires(at) };
        if at <= now + applications::SOON && !alerts.contains(&alert) {
            alerts.push(alert);
        }
    }
    alerts
}

/// What it is told, and where each comes from.
fn attributes(application: &Application) -> Vec<(String, String)> {
    let rules = match &application.protocol {
        Protocol::Saml(provider) => provider.attributes.as_slice(),
        Protocol::Wsfed(party) => party.attributes.as_slice(),
        Protocol::Oidc(_) => &[],
    };
    let told = |source: &AttributeSource| match source {
        AttributeSource::Claim(claim) => claim.as_str().to_owned(),
        AttributeSource::Fixed(values) => {
            values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
        }
    };
    rules.iter().map(|rule| (rule.name.clone(), told(&rule.source))).collect()
}

/// Shown by themselves.
const APART: [&str; 11] = [
    "id",
    "name",
    "type",
    "enabled",
    "require_role",
    "attributes",
    "acs",
    "slo",
    "certificates",
    "encryption_certificates",
    "jwks",
];

fn settings(stored: store::applications::StoredApplication) -> Vec<(String, String)> {
    let detail = serde_json::to_value(applications::detail(stored)).unwrap_or_default();
    let Value::Object(detail) = detail else { return Vec::new() };
    let told = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts = items.iter().map(|item| {
                // A certificate is told by its fingerprint.
                let told = item.as_str().or_else(|| item.get("fingerprint").and_then(Value::as_str));
                told.map_or_else(|| item.to_string(), str::to_owned)
            });
            Some(texts.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
        }
        Value::Object(object) => object.get("fingerprint").and_then(Value::as_str).map(str::to_owned),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    };
    let shown = detail.iter().filter(|(key, _)| !APART.contains(&key.as_str()));
    shown.filter_map(|(key, value)| Some((key.clone(), told(value)?))).collect()
}
