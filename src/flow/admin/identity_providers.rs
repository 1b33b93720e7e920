//! Upstream identity providers: brought to the declared state. A secret goes in and never comes out, and one that is kept
//! is never sent to an address that it was not given for.

use crate::crypto::entropy::Entropy;
use crate::crypto::seal::SealError;
use crate::domain::audit::{Event, EventKind};
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, Store, StoreError, Tx};

use super::super::federation::seal_context;
use super::answer::{Action, Change};
use super::apply::Act;
use super::declared::{IdentityProviderPlan, Problem};
use super::difference;

/// The declared secret, sealed outside the transaction; and whether it is the one that stands.
pub(super) struct Sealed {
    secret: Option<Vec<u8>>,
    is_news: bool,
}

pub(super) fn seal(store: &Store, plan: &IdentityProviderPlan, entropy: &dyn Entropy) -> Result<Sealed, SealError> {
    let Some(secret) = &plan.secret else { return Ok(Sealed { secret: None, is_news: false }) };
    let context = seal_context(plan.id());
    let stands = store.read(|tx| store::identity_providers::find(tx, plan.id()));
    let stands = stands.ok().flatten().and_then(|stored| stored.sealed_secret);
    let same = |sealed: &Vec<u8>| {
        store.sealer().open(&context, sealed).is_ok_and(|plain| plain.as_slice() == secret.expose().as_bytes())
    };
    if stands.as_ref().is_some_and(same) {
        return Ok(Sealed { secret: stands, is_news: false });
    }
    let sealed = store.sealer().seal(&context, secret.expose().as_bytes(), entropy)?;
    Ok(Sealed { secret: Some(sealed), is_news: true })
}

/// What stands against a plan: no secret, or one that was given for another address; a domain that another one has.
pub(super) fn problems(
    plan: &IdentityProviderPlan,
    plans: &[IdentityProviderPlan],
    stored: &[StoredProvider],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if plan.needs_secret() && plan.secret.is_none() {
        let stands = stored.iter().find(|stored| stored.provider.id == *plan.id());
        let path = format!("{}.client_secret", plan.path);
        match stands {
            None => problems.push(Problem::new(&path, "is missing: set client_secret_file or client_secret")),
            Some(stands) if !plan.keeps_address_of(&stands.provider) => {
                let message = "is needed again: the issuer or client_id is another than the secret was given for";
                problems.push(Problem::new(&path, message));
            }
            Some(_) => {}
        }
    }
    let declared = |other: &StoredProvider| plans.iter().any(|plan| *plan.id() == other.provider.id);
    for other in stored.iter().filter(|other| !declared(other)) {
        for domain in plan.domains().filter(|domain| other.provider.domains.contains(*domain)) {
            let message = format!("{domain:?} belongs to the identity provider {:?}", other.provider.id.as_str());
            problems.push(Problem::new(&format!("{}.domains", plan.path), message));
        }
    }
    problems
}

/// Brings one provider to the planned state.
pub(super) fn put(
    tx: &mut Tx<'_>,
    act: &Act,
    plan: &IdentityProviderPlan,
    sealed: &Sealed,
) -> Result<Change, StoreError> {
    let stored = store::identity_providers::find(tx, plan.id())?;
    let after = plan.merge(stored.as_ref().map(|stored| &stored.provider));
    let id = after.id.to_string();
    let about = |event: Event| event.detail("provider", &id);
    let Some(before) = stored else {
        store::audit::append(tx, &about(act.event(EventKind::IdentityProviderCreated)).detail("name", &after.name))?;
        let stored = StoredProvider { provider: after, sealed_secret: sealed.secret.clone() };
        store::identity_providers::save(tx, &stored)?;
        return Ok(act.change("identity provider", &id, Action::Created, Vec::new()));
    };
    let mut fields = difference::between(&before.provider, &after);
    if sealed.is_news {
        fields.push(difference::secret("client_secret"));
    }
    if fields.is_empty() {
        return Ok(act.change("identity provider", &id, Action::Unchanged, fields));
    }
    store::audit::append(tx, &about(act.changed(EventKind::IdentityProviderChanged, &fields)))?;
    // One that nobody asks for any more is not kept.
    let sealed_secret = sealed.secret.clone().or(before.sealed_secret).filter(|_| plan.needs_secret());
    store::identity_providers::save(tx, &StoredProvider { provider: after, sealed_secret })?;
    Ok(act.change("identity provider", &id, Action::Changed, fields))
}
