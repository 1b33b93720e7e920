//! Identity providers registered and changed by a tenant's administrators. What a form says is judged as if it stood in a
//! declarative file: one set of rules for both.

use std::slice;

use serde_json::{Map, Value};

use crate::crypto::credential::read_certificate;
use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::audit::{EventKind, chain};
use crate::domain::authority::Act as What;
use crate::domain::identity_provider::{IdentityProvider, Kind as Dialect, Protocol, SamlUpstream};
use crate::domain::ids::IdpId;
use crate::domain::provider_form::{Fault, Field, Kind, ProviderFacts, Typed, Usage};
use crate::domain::registration::CertificateFact;
use crate::domain::trial::{Check, Step, Verdict};
use crate::flow::Site;
use crate::flow::federation::farewell;
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, StoreError, Tx};

use super::act::Act;
use super::answer::Action;
use super::declared::{
    IdentityProviderEntry, IdentityProviderPlan, Problem, plan_identity_provider, provider_as_written,
};
use super::people::admit_to_tenant;
use super::{applications, difference, identity_providers};

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Saved(IdpId),
    Unchanged(IdpId),
    NotAllowed,
    Unknown,
    /// Somebody else has changed it since the form was shown.
    Stale,
    /// So many people would lose this way in, and nobody has said that they may.
    InUse(u64),
    /// Only administrators could sign in without it.
    LastWay,
    Faults(Vec<Fault>),
}

#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// One provider with how much it is used.
#[derive(Clone, Debug)]
pub struct Known {
    pub stored: StoredProvider,
    pub usage: Usage,
}

pub fn list(site: &Site) -> Result<Vec<Known>, StoreError> {
    site.store.read(|tx| {
        let mut usage = store::federated_identities::usage(tx)?;
        let stored = store::identity_providers::list(tx)?;
        let known = |stored: StoredProvider| {
            let usage = usage.remove(stored.provider.id.as_str()).unwrap_or_default();
            Known { stored, usage }
        };
        Ok(stored.into_iter().map(known).collect())
    })
}

pub fn look(site: &Site, id: &IdpId) -> Result<Option<Known>, StoreError> {
    Ok(list(site)?.into_iter().find(|known| known.stored.provider.id == *id))
}

/// Tells one state of a provider from another: what a form was filled in upon.
pub fn stamp(provider: &IdentityProvider) -> String {
    let text = serde_json::to_vec(provider).unwrap_or_default();
    chain(&[0; 32], &[&text]).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

pub fn kind_of(provider: &IdentityProvider) -> Kind {
    match &provider.protocol {
        Protocol::Saml(_) => Kind::Saml,
        Protocol::Oidc(oidc) => match oidc.kind {
            Dialect::Oidc => Kind::Oidc,
            Dialect::Entra => Kind::Entra,
            Dialect::Google => Kind::Google,
        },
    }
}

/// What stands, as the form shows it.
pub fn typed_of(provider: &IdentityProvider) -> Typed {
    Typed::of(kind_of(provider), &provider_as_written(provider))
}

/// What stands, key by key in the words of the file: for people to read. What the page shows by itself is left out.
pub fn settings(provider: &IdentityProvider) -> Vec<(String, String)> {
    let apart = ["id", "name", "enabled", "metadata", "certificates", "metadata_certificates"];
    let told = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            Some(texts.collect::<Vec<_>>().join(" "))
        }
        Value::Object(table) => {
            let line = |(key, value): (&String, &Value)| format!("{key} = {}", value.as_str().unwrap_or_default());
            Some(table.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    };
    let file = provider_as_written(provider);
    let shown = file.iter().filter(|(key, _)| !apart.contains(&key.as_str()));
    shown.filter_map(|(key, value)| Some((key.clone(), told(value).filter(|text| !text.is_empty())?))).collect()
}

/// What the form makes of a provider. `stands` is what is registered under its id.
pub fn propose(typed: &Typed, stands: Option<&IdentityProvider>) -> Result<IdentityProviderPlan, Vec<Fault>> {
    let mut file = stands.map(provider_as_written).unwrap_or_default();
    // Whether it is in use is decided elsewhere.
    file.remove("enabled");
    typed.write_over(&mut file);
    if let Some(stands) = stands {
        file.insert("id".to_owned(), stands.id.as_str().into());
    }
    plan_identity_provider(entry(file)?).map_err(|problems| faults(&problems))
}

/// Unless its metadata is past its time by its own word.
fn current(plan: IdentityProviderPlan, now: Time) -> Result<IdentityProviderPlan, Vec<Fault>> {
    let is_past = plan.valid_until.is_some_and(|until| until <= now);
    if is_past { Err(vec![Fault::Wrong(Field::Metadata)]) } else { Ok(plan) }
}

/// Only what is called by names that nobody knows fails here, and these stand in one field.
fn entry(file: Map<String, Value>) -> Result<IdentityProviderEntry, Vec<Fault>> {
    serde_json::from_value(Value::Object(file)).map_err(|_misshapen| vec![Fault::Wrong(Field::Claims)])
}

/// Problems by their path, as the fields of the form.
fn faults(problems: &[Problem]) -> Vec<Fault> {
    let mut found: Vec<Fault> = problems.iter().map(|problem| Fault::Wrong(field(&problem.path))).collect();
    found.sort_by_key(Fault::field);
    found.dedup();
    found
}

fn field(path: &str) -> Field {
    let key = path.strip_prefix("identity_provider.").unwrap_or(path);
    let key = key.split(['.', '[']).next().unwrap_or(key);
    match key {
        "sso" | "slo" | "certificates" => Field::Metadata,
        _ => Field::parse(key).unwrap_or(Field::Metadata),
    }
}

/// What the metadata of the form says; and a mark of it, by which somebody shows that they have seen that.
pub fn preview(
    typed: &Typed,
    stands: Option<&IdentityProvider>,
    now: Time,
) -> Result<(Option<ProviderFacts>, String), Vec<Fault>> {
    let plan = current(propose(typed, stands)?, now)?;
    let facts = facts(&plan.merge(stands)).map(|facts| ProviderFacts { doubts: plan.doubts, ..facts });
    Ok((facts, mark(typed)))
}

/// `None`: there is no new metadata to be seen.
pub fn mark_due(typed: &Typed) -> Option<String> {
    let is_due = typed.kind == Kind::Saml && !typed.get(Field::Metadata).trim().is_empty();
    is_due.then(|| mark(typed))
}

fn mark(typed: &Typed) -> String {
    let text = typed.get(Field::Metadata).trim();
    chain(&[0; 32], &[text.as_bytes()]).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Registers a new one as whoever acts may do now.
pub fn register(site: &Site, act: &Act, typed: &Typed) -> Result<Turn, RegistrationError> {
    match propose(typed, None).and_then(|plan| current(plan, act.now)) {
        Ok(plan) => save(site, act, plan, None),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// Changes one, unless it has changed since `based_on`.
pub fn change(
    site: &Site,
    act: &Act,
    (id, based_on): (&IdpId, String),
    typed: &Typed,
) -> Result<Turn, RegistrationError> {
    let Some(known) = look(site, id)? else { return Ok(Turn::Unknown) };
    let provider = &known.stored.provider;
    if typed.kind != kind_of(provider) {
        return Ok(Turn::Unknown);
    }
    match propose(typed, Some(provider)).and_then(|plan| current(plan, act.now)) {
        Ok(plan) => save(site, act, plan, Some(based_on)),
        Err(faults) => Ok(Turn::Faults(faults)),
    }
}

/// `based_on`: the state that the form was filled in upon; `None` for a new one.
fn save(
    site: &Site,
    act: &Act,
    plan: IdentityProviderPlan,
    based_on: Option<String>,
) -> Result<Turn, RegistrationError> {
    let sealed = identity_providers::seal(&site.store, &plan, site.entropy.as_ref())?;
    let act = act.clone();
    Ok(site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        let stored = store::identity_providers::list(tx)?;
        let stands = stored.iter().find(|other| other.provider.id == *plan.id());
        match (stands, &based_on) {
            (Some(_), None) => return Ok(Turn::Faults(vec![Fault::Taken(Field::Id)])),
            (None, Some(_)) => return Ok(Turn::Unknown),
            (Some(stands), Some(based_on)) if stamp(&stands.provider) != *based_on => return Ok(Turn::Stale),
            (Some(_), Some(_)) | (None, None) => {}
        }
        let found = identity_providers::problems(&plan, slice::from_ref(&plan), &stored);
        if !found.is_empty() {
            return Ok(Turn::Faults(found.iter().map(|problem| against(problem, stands)).collect()));
        }
        let change = identity_providers::put(tx, &act, &plan, &sealed)?;
        Ok::<_, StoreError>(match change.action {
            Action::Created | Action::Changed => Turn::Saved(plan.id().clone()),
            Action::Unchanged => Turn::Unchanged(plan.id().clone()),
        })
    })?)
}

/// What the others that are registered have against it.
fn against(problem: &Problem, stands: Option<&StoredProvider>) -> Fault {
    let field = field(&problem.path);
    if field != Field::ClientSecret {
        return Fault::Taken(field);
    }
    let kept = stands.is_some_and(|stands| stands.sealed_secret.is_some());
    if kept { Fault::SecretAgain } else { Fault::SecretMissing }
}

/// Takes a provider out of use, or back into it.
pub fn set_enabled(site: &Site, act: &Act, id: IdpId, enabled: bool) -> Result<Turn, StoreError> {
    let act = act.clone();
    site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        switch(tx, &act, id, enabled)
    })
}

pub(super) fn switch(tx: &mut Tx<'_>, act: &Act, id: IdpId, enabled: bool) -> Result<Turn, StoreError> {
    let Some(stored) = store::identity_providers::find(tx, &id)? else { return Ok(Turn::Unknown) };
    let after = IdentityProvider { enabled, ..stored.provider.clone() };
    let fields = difference::between(&stored.provider, &after);
    if fields.is_empty() {
        return Ok(Turn::Unchanged(id));
    }
    if !enabled && identity_providers::is_last_way(tx, &id)? {
        return Ok(Turn::LastWay);
    }
    store::identity_providers::save(tx, &StoredProvider { provider: after, ..stored })?;
    store::audit::append(tx, &act.changed(EventKind::IdentityProviderChanged, &fields).detail("provider", &id))?;
    Ok(Turn::Saved(id))
}

/// Forgets a provider and who comes from it, and ends their sessions; accounts stay. While there are such people somebody has to say so: `sure`.
pub fn delete(site: &Site, act: &Act, id: IdpId, sure: bool) -> Result<Turn, StoreError> {
    let act = act.clone();
    site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        if identity_providers::is_last_way(tx, &id)? {
            return Ok(Turn::LastWay);
        }
        let people = store::federated_identities::usage(tx)?.get(id.as_str()).map_or(0, |usage| usage.people);
        if people > 0 && !sure {
            return Ok(Turn::InUse(people));
        }
        if !store::identity_providers::delete(tx, &id)? {
            return Ok(Turn::Unknown);
        }
        farewell::cut_off(tx, &id, None, &act.event(EventKind::SessionEnded).detail("provider", &id))?;
        let event = act.event(EventKind::IdentityProviderDeleted).detail("provider", &id);
        store::audit::append(tx, &event.detail("identities", people))?;
        Ok(Turn::Saved(id))
    })
}

/// What is known of a SAML provider from itself.
pub fn facts(provider: &IdentityProvider) -> Option<ProviderFacts> {
    match &provider.protocol {
        Protocol::Oidc(_) => None,
        Protocol::Saml(saml) => Some(ProviderFacts {
            entity_id: saml.entity_id.to_string(),
            sign_on: saml.sign_on.to_string(),
            logout: saml.logout.as_ref().map(ToString::to_string),
            certificates: certificates(saml),
            doubts: Vec::new(),
        }),
    }
}

fn certificates(saml: &SamlUpstream) -> Vec<CertificateFact> {
    let fact = |one| {
        let facts = read_certificate(one)?;
        let (subject, fingerprint, not_after) = (facts.subject, facts.fingerprint, facts.not_after);
        Some(CertificateFact { subject, fingerprint, not_after, signs: true, encrypts: false })
    };
    saml.certificates.iter().filter_map(fact).collect()
}

/// What can be said of a SAML provider without asking it: whether its certificates are good for a while yet.
pub fn certificate_steps(provider: &IdentityProvider, now: Time) -> Vec<Step> {
    let Some(facts) = facts(provider) else { return Vec::new() };
    let is_https = facts.sign_on.starts_with("https://");
    let verdict = if is_https { Verdict::Passed } else { Verdict::Doubtful };
    let mut steps = vec![Step::new(Check::Endpoints, verdict, &facts.sign_on)];
    if facts.certificates.is_empty() {
        steps.push(Step::failed(Check::Certificate, ""));
    }
    // One that still holds is enough: others are there for the changeover.
    let any = facts.certificates.iter().any(|one| one.not_after > now);
    for one in facts.certificates {
        let verdict = if one.not_after <= now {
            if any { Verdict::Doubtful } else { Verdict::Failed }
        } else if one.not_after <= now + applications::SOON {
            Verdict::Doubtful
        } else {
            Verdict::Passed
        };
        let seen = format!("{}, {}", one.subject, one.not_after.format("%Y-%m-%d"));
        steps.push(Step::new(Check::Certificate, verdict, seen));
    }
    steps
}
