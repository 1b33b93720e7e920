//! Upstream identity providers: brought to the declared state. A secret goes in and never comes out, and one that is kept
//! is never sent to an address that it was not given for.

use crate::crypto::entropy::Entropy;
use crate::crypto::seal::SealError;
use crate::domain::audit::{Event, EventKind, Origin};
use crate::domain::identity_provider::{IdentityProvider, Protocol};
use crate::domain::ids::{IdpId, Slug};
use crate::domain::policy::{LocalSignIn, Policy};
use crate::domain::provider_form::Usage;
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, Store, StoreError, Tx};

use super::super::Host;
use super::super::federation::seal_context;
use super::AdminError;
use super::answer::{Action, Change, IdentityProviderDetail, IdentityProviderRow};
use super::apply::Act;
use super::declared::{IdentityProviderPlan, Problem};
use super::difference;
use super::provider_registration::{self, kind_of};

/// The tenant's issuer, and each of its providers with how much it is used.
type Kept = (String, Vec<(StoredProvider, Usage)>);

fn kept(host: &Host, slug: &Slug) -> Result<Kept, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let issuer = match tenant.hosts.first() {
        Some(name) => format!("https://{name}"),
        None => format!("{}/t/{slug}", host.public_url),
    };
    let kept = store.read(|tx| -> Result<_, StoreError> {
        let mut usage = store::federated_identities::usage(tx)?;
        let stored = store::identity_providers::list(tx)?;
        let known = |stored: StoredProvider| {
            let usage = usage.remove(stored.provider.id.as_str()).unwrap_or_default();
            (stored, usage)
        };
        Ok(stored.into_iter().map(known).collect())
    })?;
    Ok((issuer, kept))
}

pub fn list(host: &Host, slug: &Slug) -> Result<Vec<IdentityProviderRow>, AdminError> {
    let row = |(stored, usage): (StoredProvider, Usage)| IdentityProviderRow {
        kind: kind_of(&stored.provider).name().to_owned(),
        id: stored.provider.id.to_string(),
        name: stored.provider.name,
        enabled: stored.provider.enabled,
        domains: stored.provider.domains.into_iter().collect(),
        people: usage.people,
        last_sign_in: usage.last,
    };
    Ok(kept(host, slug)?.1.into_iter().map(row).collect())
}

pub fn show(host: &Host, slug: &Slug, id: &IdpId) -> Result<IdentityProviderDetail, AdminError> {
    let (issuer, kept) = kept(host, slug)?;
    let found = kept.into_iter().find(|(stored, _)| stored.provider.id == *id);
    let (stored, usage) = found.ok_or_else(|| AdminError::not_found("identity provider", id))?;
    Ok(IdentityProviderDetail {
        register_there: register_there(&issuer, &stored.provider),
        has_secret: stored.sealed_secret.is_some(),
        provider: stored.provider,
        people: usage.people,
        last_sign_in: usage.last,
    })
}

/// Takes a provider out of use, or back into it, as the operator.
pub fn switch(
    host: &Host,
    slug: &Slug,
    (id, enabled): (IdpId, bool),
    origin: &Origin,
) -> Result<IdentityProviderDetail, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let (act, wanted) = (Act::new(host, slug, origin), id.clone());
    let turn = store.write(move |tx| provider_registration::switch(tx, &act, wanted, enabled))?;
    if turn == provider_registration::Turn::LastWay {
        let message = format!("{:?} is the last way in: only administrators have a password here", id.as_str());
        return Err(AdminError::Conflict(message));
    }
    host.refresh(tenant.id);
    show(host, slug, &id)
}

/// What the provider has to know of us, in the words of the specifications.
pub fn register_there(issuer: &str, provider: &IdentityProvider) -> Vec<(String, String)> {
    let below = |path: &str| format!("{issuer}/federation/{}/{path}", provider.id);
    let named = |name: &str, address: String| (name.to_owned(), address);
    match &provider.protocol {
        Protocol::Oidc(oidc) => {
            let mut addresses = vec![
                named("redirect_uri", below("callback")),
                named("post_logout_redirect_uri", below("signed-out")),
                named("backchannel_logout_uri", below("backchannel-logout")),
                named("frontchannel_logout_uri", below("frontchannel-logout")),
            ];
            if !oidc.token_endpoint_auth_method.has_secret() {
                addresses.push(named("jwks_uri", format!("{issuer}/oauth2/jwks")));
            }
            addresses
        }
        Protocol::Saml(_) => {
            vec![named("entityID", below("metadata")), named("AssertionConsumerService", below("acs"))]
        }
    }
}

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

const MISSING: &str = "is missing: set client_secret_file or client_secret";

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
            None => problems.push(Problem::new(&path, MISSING)),
            Some(stands) if stands.sealed_secret.is_none() => problems.push(Problem::new(&path, MISSING)),
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

/// Whether everybody but the administrators comes in by this one, and by no other.
pub(super) fn is_last_way(tx: &mut Tx<'_>, id: &IdpId) -> Result<bool, StoreError> {
    let settings = store::settings::load(tx)?;
    let only_upstream = settings.broker || settings.policy.sign_in.local == LocalSignIn::Administrators;
    let others = store::identity_providers::list(tx)?;
    let other = others.iter().any(|stored| stored.provider.enabled && stored.provider.id != *id);
    Ok(only_upstream && !other)
}

/// Whether the providers of now let in whom this policy keeps out. Asked by whatever changes either: a tenant cannot lock
/// out all but its administrators.
pub(super) fn fits(tx: &mut Tx<'_>, policy: &Policy) -> Result<bool, StoreError> {
    Ok(match policy.sign_in.local {
        LocalSignIn::Everyone => true,
        LocalSignIn::Administrators => {
            store::identity_providers::list(tx)?.iter().any(|stored| stored.provider.enabled)
        }
    })
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
    let sealed_secret = sealed.secret.clone().or(before.sealed_secret).filter(|_| after.has_secret());
    store::identity_providers::save(tx, &StoredProvider { provider: after, sealed_secret })?;
    Ok(act.change("identity provider", &id, Action::Changed, fields))
}
