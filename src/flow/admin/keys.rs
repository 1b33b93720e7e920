//! Signing keys: made, rotated with overlap, forgotten.
//!
//! Each type has one `next` key, published before it signs; one `active` key, which signs; and `retired` keys,
//! which stay published while anything they signed can still be shown to somebody.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::entropy::Entropy;
use crate::crypto::jose::SigningKey;
use crate::crypto::seal::Sealer;
use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::Slug;
use crate::domain::signing::{KeyId, KeyState, KeyType, KeyUse, StoredKey};
use crate::domain::tenant::Tenant;
use crate::store::{self, Store, StoreError, Tx};

use super::super::Host;
use super::AdminError;
use super::answer::KeyRow;
use super::certificates::{self, Haste};

/// How long the next one has to have been published: whoever keeps the key set does so for five minutes
/// (`Cache-Control` of `/oauth2/jwks`), and so does what lies between them and us.
const PUBLISHED: Duration = Duration::from_mins(10);

/// Retired keys stay published at least this long: an ID token may come back as `id_token_hint` long after it
/// has expired (OpenID Connect RP-Initiated Logout §2).
const RETIRED_STAY: Duration = Duration::from_hours(30 * 24);

/// What a private key is sealed for: this row and no other.
pub fn seal_context(id: &KeyId) -> String {
    format!("signing_keys.sealed_private:{id}")
}

/// A new key, its private part sealed.
fn mint(
    kind: KeyType,
    state: KeyState,
    now: Time,
    sealer: &Sealer,
    entropy: &dyn Entropy,
) -> Result<StoredKey, AdminError> {
    let mut name = [0; 12];
    entropy.fill(&mut name);
    let id = KeyId(URL_SAFE_NO_PAD.encode(name));
    let private = SigningKey::generate(kind)?;
    let sealed_private = sealer.seal(&seal_context(&id), &private, entropy)?;
    let activated_at = (state == KeyState::Active).then_some(now);
    Ok(StoredKey { id, kind, state, sealed_private, created_at: now, activated_at, retired_at: None })
}

/// The keys of a new tenant: for each type one that signs and one that will. RSA keys take a moment: the pairs are
/// made side by side.
pub(super) fn first(host: &Host, store: &Store, now: Time) -> Result<Vec<StoredKey>, AdminError> {
    let (sealer, entropy) = (store.sealer(), host.entropy.as_ref());
    let made: Vec<Result<Vec<StoredKey>, AdminError>> = thread::scope(|scope| {
        let make =
            |state| move || KeyType::ALL.into_iter().map(|kind| mint(kind, state, now, sealer, entropy)).collect();
        let later = scope.spawn(make(KeyState::Next));
        let active = make(KeyState::Active)();
        // A thread that panicked made nothing: the same work is tried here.
        let next = later.join().unwrap_or_else(|_panic| make(KeyState::Next)());
        vec![active, next]
    });
    let mut keys = Vec::new();
    for pair in made {
        keys.extend(pair?);
    }
    Ok(keys)
}

/// Writes new keys with their events.
pub(super) fn insert(tx: &mut Tx<'_>, keys: &[StoredKey], actor: &Actor, origin: &Origin) -> Result<(), StoreError> {
    for key in keys {
        store::keys::insert(tx, key)?;
        let event = Event::new(key.created_at, EventKind::KeyCreated, Outcome::Success, actor.clone(), origin)
            .detail("key", &key.id)
            .detail("type", key.kind.name())
            .detail("state", key.state.name());
        store::audit::append(tx, &event)?;
    }
    Ok(())
}

pub fn list(host: &Host, slug: &Slug) -> Result<Vec<KeyRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    rows(&store)
}

fn rows(store: &Store) -> Result<Vec<KeyRow>, AdminError> {
    let keys = store.read(store::keys::list)?;
    let mut rows: Vec<KeyRow> = keys.iter().map(row).collect();
    rows.extend(certificates::rows(store)?);
    Ok(rows)
}

fn row(key: &StoredKey) -> KeyRow {
    KeyRow {
        id: key.id.to_string(),
        usage: KeyUse::Jwt,
        kind: key.kind.name().to_owned(),
        state: key.state.name().to_owned(),
        created_at: key.created_at,
        activated_at: key.activated_at,
        retired_at: key.retired_at,
        certificate: None,
    }
}

pub fn rotate_by_operator(
    host: &Host,
    slug: &Slug,
    (usage, kind, haste): (KeyUse, Option<KeyType>, Haste),
    origin: &Origin,
) -> Result<Vec<KeyRow>, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    if usage == KeyUse::Saml {
        certificates::rotate_by_operator(host, (&tenant, &store), (kind, haste), origin)?;
        return rows(&store);
    }
    let kinds = kind.map_or(KeyType::ALL.to_vec(), |kind| vec![kind]);
    rotate(host, (&tenant, &store), (&kinds, haste), (Actor::Operator, origin))?;
    rows(&store)
}

/// Rotates every key of a tenant because its time has come.
pub fn rotate_on_schedule(host: &Host, tenant: &Tenant) -> Result<(), AdminError> {
    let store = host.stores.tenant(tenant.id)?;
    rotate(host, (tenant, &store), (&KeyType::ALL, Haste::Patient), (Actor::System, &Origin::default()))
}

/// Next becomes active, active becomes retired, a new next is made; what has been retired long enough goes.
fn rotate(
    host: &Host,
    (tenant, store): (&Tenant, &Store),
    (kinds, haste): (&[KeyType], Haste),
    (actor, origin): (Actor, &Origin),
) -> Result<(), AdminError> {
    let now = host.clock.now();
    let entropy = Arc::clone(&host.entropy);
    let fresh: Result<Vec<StoredKey>, AdminError> =
        kinds.iter().map(|kind| mint(*kind, KeyState::Next, now, store.sealer(), entropy.as_ref())).collect();
    let longest = host.lifetimes.access_token.max(host.lifetimes.id_token);
    let (forget_before, origin) = (now - RETIRED_STAY.max(longest), origin.clone());
    let rotation = Rotation { fresh: fresh?, haste, forget_before, now, actor, origin };
    store.write(move |tx| rotation.run(tx))?;
    host.refresh(tenant.id);
    Ok(())
}

struct Rotation {
    fresh: Vec<StoredKey>,
    haste: Haste,
    forget_before: Time,
    now: Time,
    actor: Actor,
    origin: Origin,
}

impl Rotation {
    fn run(self, tx: &mut Tx<'_>) -> Result<(), AdminError> {
        let keys = store::keys::list(tx)?;
        for key in keys.iter().filter(|key| key.retired_at.is_some_and(|at| at <= self.forget_before)) {
            store::keys::remove(tx, &key.id)?;
        }
        for fresh in &self.fresh {
            self.promote(tx, fresh, &keys)?;
        }
        Ok(insert(tx, &self.fresh, &self.actor, &self.origin)?)
    }

    fn promote(&self, tx: &mut Tx<'_>, fresh: &StoredKey, keys: &[StoredKey]) -> Result<(), AdminError> {
        let in_state = |state| keys.iter().filter(move |key| key.kind == fresh.kind && key.state == state);
        // Without a key that waits, the one that signs goes on signing until the next rotation.
        let Some(next) = in_state(KeyState::Next).next() else { return Ok(()) };
        // Not of a new tenant: its key set was never without the next one.
        let was_without_it = keys.iter().any(|key| key.created_at < next.created_at);
        if self.haste == Haste::Patient && was_without_it && next.created_at + PUBLISHED > self.now {
            return Err(AdminError::KeyTooYoung(next.created_at));
        }
        for active in in_state(KeyState::Active) {
            store::keys::set_state(tx, &active.id, KeyState::Retired, self.now)?;
        }
        store::keys::set_state(tx, &next.id, KeyState::Active, self.now)?;
        let event = Event::new(self.now, EventKind::KeyRotated, Outcome::Success, self.actor.clone(), &self.origin)
            .detail("type", fresh.kind.name())
            .detail("active", &next.id)
            .detail("retired", in_state(KeyState::Active).map(|key| key.id.to_string()).collect::<Vec<_>>().join(" "));
        Ok(store::audit::append(tx, &event)?)
    }
}
