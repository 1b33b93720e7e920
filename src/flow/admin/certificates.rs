//! The certificates that sign assertions, and how one follows the other: `next` is published, `active` signs, `retired`
//! stays published a while. Whoever relies on us has to know the next one before it signs, so it is not made active
//! before it has been published for some time, unless somebody insists; who has fetched it since is listed.

use std::collections::HashMap;
use std::time::Duration;

use crate::crypto::certificate::write_pem;
use crate::crypto::credential::read_certificate;
use crate::crypto::entropy::Entropy;
use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::authority::Act as What;
use crate::domain::ids::ClientId;
use crate::domain::signing::{KeyState, KeyType, KeyUse, StoredCredential};
use crate::domain::tenant::Tenant;
use crate::flow::Site;
use crate::flow::credentials::{self, CredentialFault, KINDS};
use crate::store::{self, Store, StoreError, Tx};

use super::super::Host;
use super::act::Act;
use super::answer::KeyRow;
use super::people::admit_to_tenant;
use super::{AdminError, applications};

/// How long the next one has to have been published: metadata is commonly fetched anew within a day, by people within
/// a working week.
pub const PUBLISHED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// It follows by itself this long before the active one ends,
const LEAD: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// and is made anew this long before, so that it does not end itself right afterwards.
const FRESH_NEXT: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// A retired one signs nothing any more; what it signed is at most minutes old.
const RETIRED_STAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Who asks all the time need not be written down all the time.
const NOTED: Duration = Duration::from_secs(60);

/// Whether the time that it has been published is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Haste {
    Patient,
    Insisting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Rotated,
    /// The next one has been published since then: too short a time.
    TooYoung(Time),
    /// There is none that could follow.
    Missing,
    NotAllowed,
}

/// One of them, as people are shown it.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub stored: StoredCredential,
    pub fingerprint: String,
    pub not_after: Time,
    pub pem: String,
}

/// An application that relies on them.
#[derive(Clone, Debug)]
pub struct Reader {
    pub id: ClientId,
    pub name: String,
    /// When it last fetched our metadata by its own address.
    pub fetched_at: Option<Time>,
    /// Where that is, below the tenant's base.
    pub metadata_path: &'static str,
}

#[derive(Debug, Default)]
pub struct Overview {
    pub certificates: Vec<Certificate>,
    pub readers: Vec<Reader>,
}

impl Overview {
    /// Since when the one that follows is published: of those that do, the latest.
    pub fn next_since(&self) -> Option<Time> {
        let next = self.certificates.iter().filter(|one| one.stored.state == KeyState::Next);
        next.map(|one| one.stored.created_at).max()
    }
}

pub fn overview(site: &Site) -> Result<Overview, StoreError> {
    site.store.read(|tx| {
        let fetches = store::metadata::fetches(tx)?;
        let applications = store::applications::list(tx)?.into_iter().map(|stored| stored.application);
        let certificates = store::credentials::list(tx)?.into_iter().filter_map(shown).collect();
        Ok(Overview { certificates, readers: readers(applications, &fetches) })
    })
}

fn shown(stored: StoredCredential) -> Option<Certificate> {
    let facts = read_certificate(&stored.certificate)?;
    let pem = write_pem(&stored.certificate);
    Some(Certificate { fingerprint: facts.fingerprint, not_after: facts.not_after, pem, stored })
}

fn readers(applications: impl Iterator<Item = Application>, fetches: &HashMap<String, Time>) -> Vec<Reader> {
    let reader = |one: Application| {
        let metadata_path = match one.protocol {
            Protocol::Oidc(_) => return None,
            Protocol::Saml(_) => "/saml/metadata",
            Protocol::Wsfed(_) => "/wsfed/metadata",
        };
        let fetched_at = fetches.get(one.id.as_str()).copied();
        Some(Reader { id: one.id, name: one.name, fetched_at, metadata_path })
    };
    applications.filter(|one| one.enabled).filter_map(reader).collect()
}

/// When the one that signs now ends, if that is soon and nothing follows.
pub fn ends_soon(overview: &Overview, now: Time) -> Option<Time> {
    let active = overview.certificates.iter().filter(|one| one.stored.state == KeyState::Active);
    active.map(|one| one.not_after).filter(|at| *at <= now + applications::SOON).min()
}

/// As lines of `portner key list`.
pub(super) fn rows(store: &Store) -> Result<Vec<KeyRow>, StoreError> {
    let stored = store.read(store::credentials::list)?;
    let row = |one: &StoredCredential| KeyRow {
        id: one.id.to_string(),
        usage: KeyUse::Saml,
        kind: one.kind.name().to_owned(),
        state: one.state.name().to_owned(),
        created_at: one.created_at,
        activated_at: one.activated_at,
        retired_at: one.retired_at,
        certificate: Some(applications::certificate_row(&one.certificate)),
    };
    Ok(stored.iter().map(row).collect())
}

/// Notes that an application has fetched our metadata by the address that is its own, once a minute at most. A failure
/// harms nobody.
pub fn note_fetch(site: &Site, application: ClientId) {
    let now = site.now();
    let Ok(before) = site.store.read(|tx| store::metadata::fetched_at(tx, &application)) else { return };
    if site.application_name(&application).is_none() || before.is_some_and(|at| now < at + NOTED) {
        return;
    }
    site.store.enqueue(move |tx| store::metadata::note_fetch(tx, &application, now));
}

/// The next one of a kind signs from now on, if whoever acts may decide it.
pub fn rotate(site: &Site, act: &Act, (kind, haste): (KeyType, Haste)) -> Result<Turn, CredentialFault> {
    let (sealer, entropy) = (site.store.sealer(), site.entropy.as_ref());
    let fresh = credentials::mint((kind, KeyState::Next), site.base.issuer(), act.now, (sealer, entropy))?;
    let act = act.clone();
    Ok(site.store.write(move |tx| {
        if admit_to_tenant(tx, &act, What::ChangeRules)?.is_err() {
            return Ok(Turn::NotAllowed);
        }
        promote(tx, &fresh, (act.actor(), &act.origin), haste)
    })?)
}

pub(super) fn rotate_by_operator(
    host: &Host,
    (tenant, store): (&Tenant, &Store),
    (kind, haste): (Option<KeyType>, Haste),
    origin: &Origin,
) -> Result<(), AdminError> {
    applications::ensure_credentials(host, tenant.id)?;
    let kinds = match kind {
        None => KINDS.to_vec(),
        Some(kind) if KINDS.contains(&kind) => vec![kind],
        Some(kind) => return Err(AdminError::not_found("certificate for keys of type", kind.name())),
    };
    let now = host.clock.now();
    for fresh in minted(host, (tenant, store), &kinds, now)? {
        let origin = origin.clone();
        let turn = store.write(move |tx| promote(tx, &fresh, (&Actor::Operator, &origin), haste))?;
        match turn {
            Turn::Rotated | Turn::Missing | Turn::NotAllowed => {}
            Turn::TooYoung(since) => return Err(AdminError::TooYoung(since)),
        }
    }
    host.refresh(tenant.id);
    Ok(())
}

fn minted(
    host: &Host,
    (tenant, store): (&Tenant, &Store),
    kinds: &[KeyType],
    now: Time,
) -> Result<Vec<StoredCredential>, AdminError> {
    let base = crate::flow::recovery::base_of(host, tenant)?;
    let around: (&_, &dyn Entropy) = (store.sealer(), host.entropy.as_ref());
    let mint = |kind: &KeyType| Ok(credentials::mint((*kind, KeyState::Next), base.issuer(), now, around)?);
    kinds.iter().map(mint).collect()
}

/// Next becomes active, active becomes retired, `fresh` becomes next. Who is second finds the next one too young.
fn promote(
    tx: &mut Tx<'_>,
    fresh: &StoredCredential,
    (actor, origin): (&Actor, &Origin),
    haste: Haste,
) -> Result<Turn, StoreError> {
    // Whoever else rotates at this moment waits for this row.
    store::settings::bump(tx)?;
    let (now, all) = (fresh.created_at, store::credentials::list(tx)?);
    let in_state = |state| all.iter().filter(move |one| one.kind == fresh.kind && one.state == state);
    let Some(next) = in_state(KeyState::Next).next() else { return Ok(Turn::Missing) };
    if haste == Haste::Patient && next.created_at + PUBLISHED > now {
        return Ok(Turn::TooYoung(next.created_at));
    }
    let before: Vec<_> = in_state(KeyState::Active).map(|one| one.id.clone()).collect();
    for id in &before {
        store::credentials::set_state(tx, id, KeyState::Retired, now)?;
    }
    store::credentials::set_state(tx, &next.id, KeyState::Active, now)?;
    let retired: Vec<&str> = before.iter().map(|id| id.0.as_str()).collect();
    let event = Event::new(now, EventKind::CredentialRotated, Outcome::Success, actor.clone(), origin)
        .detail("type", fresh.kind.name())
        .detail("active", &next.id)
        .detail("retired", retired.join(" "));
    store::audit::append(tx, &event)?;
    credentials::insert(tx, std::slice::from_ref(fresh), actor, origin)?;
    Ok(Turn::Rotated)
}

/// What the time demands: retired ones go, the next one is made anew, the next one follows.
pub fn keep_up(host: &Host, tenant: &Tenant) -> Result<(), AdminError> {
    let (store, now) = (host.stores.tenant(tenant.id)?, host.clock.now());
    let all = store.read(store::credentials::list)?;
    let needed = Needed::at(&all, now);
    if needed.is_nothing() {
        return Ok(());
    }
    let renewed = minted(host, (tenant, &store), &needed.renew, now)?;
    let following = minted(host, (tenant, &store), &needed.follow, now)?;
    store.write(move |tx| {
        for id in &needed.forget {
            store::credentials::remove(tx, id)?;
        }
        let system = (&Actor::System, &Origin::default());
        for fresh in &following {
            promote(tx, fresh, system, Haste::Patient)?;
        }
        credentials::insert(tx, &renewed, system.0, system.1)
    })?;
    host.refresh(tenant.id);
    Ok(())
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Needed {
    forget: Vec<crate::domain::signing::KeyId>,
    renew: Vec<KeyType>,
    follow: Vec<KeyType>,
}

impl Needed {
    fn at(all: &[StoredCredential], now: Time) -> Self {
        let mut needed = Self::default();
        let ends_within = |one: &StoredCredential, lead: Duration| {
            read_certificate(&one.certificate).is_none_or(|facts| facts.not_after <= now + lead)
        };
        for one in all {
            match one.state {
                KeyState::Retired if one.retired_at.is_some_and(|at| at + RETIRED_STAY <= now) => {
                    needed.forget.push(one.id.clone());
                }
                KeyState::Next if ends_within(one, FRESH_NEXT) => {
                    needed.forget.push(one.id.clone());
                    needed.renew.push(one.kind);
                }
                KeyState::Active if ends_within(one, LEAD) && !needed.follow.contains(&one.kind) => {
                    needed.follow.push(one.kind);
                }
                KeyState::Retired | KeyState::Next | KeyState::Active => {}
            }
        }
        // One that was made a moment ago nobody knows yet.
        needed.follow.retain(|kind| !needed.renew.contains(kind));
        needed
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
#[path = "certificates_tests.rs"]
mod tests;
