//! Whether what a file declares goes together with what stands, and with itself: found before anything is done.

use std::collections::BTreeMap;

use crate::domain::ids::{ClientId, Slug};
use crate::domain::policy::{LocalSignIn, PolicyFault};
use crate::domain::tenant::TenantSettings;
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, Store};

use super::super::Host;
use super::apply::settings_after;
use super::declared::{Problem, TenantPlan};
use super::{AdminError, applications, identity_providers};

/// What stands in the way of a plan.
pub(super) fn problems(host: &Host, plan: &TenantPlan) -> Result<Vec<Problem>, AdminError> {
    let store = host.store_of(&plan.slug)?.map(|(_, store)| store);
    let mut problems = missing_secrets(store.as_ref(), plan)?;
    problems.extend(unusable(host, store.as_ref(), plan)?);
    Ok(problems)
}

pub(super) fn declared_twice(plans: &[TenantPlan]) -> Vec<Problem> {
    let mut first: BTreeMap<&Slug, &TenantPlan> = BTreeMap::new();
    let mut problems = Vec::new();
    for plan in plans {
        if first.insert(&plan.slug, plan).is_some_and(|before| before.document != plan.document) {
            let message = format!("tenant {:?} is declared in another file too; put it into one", plan.slug.as_str());
            problems.push(Problem::new(&format!("{}.slug", plan.path), message).of(plan.document));
        }
    }
    problems.extend(hosts_twice(plans));
    problems
}

fn hosts_twice(plans: &[TenantPlan]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &Slug> = BTreeMap::new();
    let mut problems = Vec::new();
    for plan in plans {
        for (n, name) in plan.hosts.iter().flatten().enumerate() {
            if let Some(before) = first.insert(name, &plan.slug).filter(|before| **before != plan.slug) {
                let message = format!("the host name {name:?} is declared for tenant {:?} already", before.as_str());
                problems.push(Problem::new(&format!("{}.hosts[{n}]", plan.path), message).of(plan.document));
            }
        }
    }
    problems
}

/// Applications that prove themselves with a secret, but have none and are given none.
fn missing_secrets(store: Option<&Store>, plan: &TenantPlan) -> Result<Vec<Problem>, AdminError> {
    let without = plan.applications.iter().filter(|app| app.needs_secret() && app.secret.is_none());
    let mut problems = Vec::new();
    for application in without {
        let stored = match store {
            Some(store) => store.read(|tx| store::applications::find(tx, &application.id))?,
            None => None,
        };
        if stored.is_none_or(|stored| stored.secret_mac.is_none()) {
            let message = "needs a secret: set secret_file (or secret), or use private_key_jwt";
            problems.push(Problem::new(&format!("{}.oidc", application.path), message).of(plan.document));
        }
    }
    Ok(problems)
}

/// What only the moment and the store can tell: metadata that is past its time, names that another application has.
fn unusable(host: &Host, store: Option<&Store>, plan: &TenantPlan) -> Result<Vec<Problem>, AdminError> {
    let now = host.clock.now();
    let problem = |path: String, message: &str| Problem::new(&path, message).of(plan.document);
    let applications = plan.applications.iter().map(|one| (one.table(), one.valid_until));
    let providers = plan.identity_providers.iter().map(|one| (one.path.clone(), one.valid_until));
    let past = applications.chain(providers).filter(|(_, until)| until.is_some_and(|until| until <= now));
    let mut problems: Vec<Problem> = past
        .map(|(path, _)| problem(format!("{path}.metadata"), "is not valid any more by its own word (validUntil)"))
        .collect();
    let upstreams = match store {
        Some(store) => store.read(store::identity_providers::list)?,
        None => Vec::new(),
    };
    for one in &plan.identity_providers {
        let found = identity_providers::problems(one, &plan.identity_providers, &upstreams);
        problems.extend(found.into_iter().map(|problem| problem.of(plan.document)));
    }
    for one in &plan.applications {
        let Some(asked) = &one.identity_provider else { continue };
        let known = plan.identity_providers.iter().any(|provider| provider.id() == asked)
            || upstreams.iter().any(|stored| stored.provider.id == *asked);
        if !known {
            let message = format!("there is no identity provider {:?} in this tenant", asked.as_str());
            problems.push(problem(format!("{}.identity_provider", one.path), &message));
        }
    }
    problems.extend(contradictions(store, plan, &upstreams)?);
    let Some(store) = store else { return Ok(problems) };
    let stored = store.read(store::applications::list)?;
    for one in &plan.applications {
        let declared = |id: &ClientId| plan.applications.iter().any(|other| other.id == *id);
        let others = stored.iter().map(|stored| &stored.application).filter(|other| !declared(&other.id));
        if let Some(other) = applications::same_name(&one.protocol, others) {
            let message = format!("is registered already, as the application {:?}", other.as_str());
            problems.push(problem(one.table(), &message));
        }
    }
    Ok(problems)
}

/// What the settings could not be, once the plan is carried out. Only the transaction itself can tell for sure, and looks
/// again: between now and then somebody may change what stands.
fn contradictions(
    store: Option<&Store>,
    plan: &TenantPlan,
    upstreams: &[StoredProvider],
) -> Result<Vec<Problem>, AdminError> {
    let settings = settings_after(store, plan)?;
    let mut problems = policy_problems(plan, &settings);
    let served = is_served(plan, upstreams);
    if settings.policy.sign_in.local == LocalSignIn::Administrators && !served {
        problems.push(of_policy(plan, PolicyFault::NoProvider));
    }
    if settings.broker {
        // Of people who stand already, a plan that names people may make administrators.
        let ordinary = match store {
            None => plan.users.iter().any(|user| !user.administers()),
            Some(store) if plan.users.is_empty() => store.read(store::users::anybody_ordinary)?,
            Some(_) => false,
        };
        problems.extend(broker_problems(plan, served, ordinary));
    }
    Ok(problems)
}

/// Whether an identity provider is switched on, once the plan is carried out.
fn is_served(plan: &TenantPlan, upstreams: &[StoredProvider]) -> bool {
    let planned = plan.identity_providers.iter().any(|one| {
        let stands = upstreams.iter().map(|stored| &stored.provider).find(|provider| provider.id == *one.id());
        one.merge(stands).enabled
    });
    let declared = |stored: &StoredProvider| plan.identity_providers.iter().any(|one| *one.id() == stored.provider.id);
    planned || upstreams.iter().any(|stored| stored.provider.enabled && !declared(stored))
}

/// What of the policy contradicts itself.
pub(super) fn policy_problems(plan: &TenantPlan, settings: &TenantSettings) -> Vec<Problem> {
    settings.faults().into_iter().map(|fault| of_policy(plan, fault)).collect()
}

pub(super) fn of_policy(plan: &TenantPlan, fault: PolicyFault) -> Problem {
    Problem::new(&format!("{}.policy.{}", plan.path, fault.key()), fault).of(plan.document)
}

/// What broker mode asks for (IN-10).
pub(super) fn broker_problems(plan: &TenantPlan, served: bool, ordinary: bool) -> Vec<Problem> {
    let wrong = |message: &str| Problem::new(&format!("{}.broker", plan.path), message).of(plan.document);
    let mut problems = Vec::new();
    if !served {
        problems.push(wrong("needs an identity provider that is switched on: nobody else could sign in"));
    }
    if ordinary {
        problems.push(wrong(
            "is for tenants without users: only people with the role admin, helpdesk or auditor may have accounts",
        ));
    }
    problems
}
