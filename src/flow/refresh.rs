//! The metadata of registered applications, fetched anew from time to time: new addresses and certificates of the same
//! application are taken over and told in the audit log; what would weaken a check, or make it another application, is
//! held back for an administrator. Whether requests are signed, and who has to have signed the metadata, is never decided
//! here.

use std::time::Duration;

use url::Url;

use crate::crypto::xml::XmlError;
use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::ClientId;
use crate::domain::saml::ServiceProvider;
use crate::domain::tenant::Tenant;
use crate::domain::watch::{Failure, Held, Watch};
use crate::protocol::saml::sp_metadata::{self, MetadataFault, SpMetadata};
use crate::store::{self, Store, StoreError, Tx};

use super::Host;
use super::admin::difference;

/// Unless the metadata asks for it more often.
const USUAL: Duration = Duration::from_secs(24 * 60 * 60);
/// However often it asks, and after a failure.
const LEAST: Duration = Duration::from_secs(60 * 60);

/// What came of fetching.
pub type Fetched = Result<Vec<u8>, Failure>;

/// The applications of a tenant whose metadata is to be fetched now.
pub fn due(host: &Host, tenant: &Tenant) -> Result<Vec<(ClientId, Url)>, StoreError> {
    let now = host.clock.now();
    host.stores.tenant(tenant.id)?.read(|tx| {
        let watches = store::metadata::watches(tx)?;
        let waits = |id: &ClientId| watches.iter().any(|watch| watch.application == *id && watch.due_at > now);
        let applications = store::applications::list(tx)?.into_iter().map(|stored| stored.application);
        let wanted = applications.filter(|one| one.enabled && !waits(&one.id));
        Ok(wanted.filter_map(|one| Some((one.id, provider_of(&one.protocol)?.metadata_url.clone()?))).collect())
    })
}

fn provider_of(protocol: &Protocol) -> Option<&ServiceProvider> {
    match protocol {
        Protocol::Saml(provider) => Some(provider),
        Protocol::Oidc(_) | Protocol::Wsfed(_) => None,
    }
}

/// Takes over what may be taken over of it.
pub fn settle(host: &Host, tenant: &Tenant, (id, url): (ClientId, Url), fetched: &Fetched) -> Result<(), StoreError> {
    let store = host.stores.tenant(tenant.id)?;
    let now = host.clock.now();
    let Some(wanted) = find_provider(&store, &id)? else { return Ok(()) };
    let read = fetched.as_ref().map_err(|failure| *failure).and_then(|text| read(text, &wanted, now));
    let changed = store.write(move |tx| {
        let Some(stored) = store::applications::find(tx, &id)? else { return Ok::<_, StoreError>(false) };
        let Some(provider) = provider_of(&stored.application.protocol) else { return Ok(false) };
        // Somebody has decided otherwise in the meantime.
        let decided = |one: &ServiceProvider| (one.entity_id.clone(), one.metadata_certificates.clone());
        if provider.metadata_url.as_ref() != Some(&url) || decided(provider) != decided(&wanted) {
            return Ok(false);
        }
        let before = store::metadata::watch(tx, &id)?;
        let after = watch_of(&id, before.as_ref(), provider, (&read, now));
        store::metadata::save_watch(tx, &after)?;
        tell_held(tx, before.as_ref(), &after)?;
        match read {
            Ok(Found::This(known)) if after.held.is_empty() => {
                take_over(tx, &stored.application, provider, &known, now)
            }
            Ok(Found::This(_) | Found::Another) | Err(_) => Ok(false),
        }
    })?;
    if changed {
        host.refresh(tenant.id);
    }
    Ok(())
}

fn find_provider(store: &Store, id: &ClientId) -> Result<Option<ServiceProvider>, StoreError> {
    let stored = store.read(|tx| store::applications::find(tx, id))?;
    Ok(stored.and_then(|stored| provider_of(&stored.application.protocol).cloned()))
}

enum Found {
    This(Box<SpMetadata>),
    Another,
}

fn read(text: &[u8], wanted: &ServiceProvider, now: Time) -> Result<Found, Failure> {
    match sp_metadata::read(text, Some(&wanted.entity_id), &wanted.metadata_certificates) {
        Ok(known) if known.valid_until.is_some_and(|until| until <= now) => Err(Failure::Expired),
        Ok(known) => Ok(Found::This(Box::new(known))),
        Err(MetadataFault::Absent(_)) => Ok(Found::Another),
        Err(MetadataFault::Unvouched(XmlError::Unsigned)) => Err(Failure::SignatureMissing),
        Err(MetadataFault::Unvouched(_)) => Err(Failure::SignatureWrong),
        Err(MetadataFault::Endless) => Err(Failure::Endless),
        Err(_) => Err(Failure::Unusable),
    }
}

fn watch_of(
    id: &ClientId,
    before: Option<&Watch>,
    provider: &ServiceProvider,
    (read, now): (&Result<Found, Failure>, Time),
) -> Watch {
    let (fetched_at, valid_until) = before.map(|watch| (watch.fetched_at, watch.valid_until)).unwrap_or_default();
    let held_before = before.map(|watch| watch.held.clone()).unwrap_or_default();
    let watch = |due: Duration, failure, held| Watch {
        application: id.clone(),
        checked_at: now,
        due_at: now + due,
        fetched_at,
        valid_until,
        failure,
        held,
    };
    match read {
        // What was held back before is as doubtful as it was.
        Err(failure) => watch(LEAST, Some(*failure), held_before),
        Ok(Found::Another) => Watch { fetched_at: Some(now), ..watch(USUAL, None, vec![Held::OtherEntity]) },
        Ok(Found::This(known)) => {
            let due = known.cache_for.unwrap_or(USUAL).clamp(LEAST, USUAL);
            Watch { fetched_at: Some(now), valid_until: known.valid_until, ..watch(due, None, weaker(provider, known)) }
        }
    }
}

/// What of it an administrator has to decide.
pub fn weaker(provider: &ServiceProvider, known: &SpMetadata) -> Vec<Held> {
    let kept = provider.signing_certificates.iter().any(|one| known.signing_certificates.contains(one));
    let encrypts = known.encryption_certificates.iter().any(crate::crypto::certificate::can_encrypt);
    let found = [
        (Held::Unsigned, provider.signs_requests && !known.signs_requests),
        (Held::AllKeysGone, !provider.signing_certificates.is_empty() && !kept),
        (Held::NothingToEncryptFor, provider.encrypt_assertion && !encrypts),
    ];
    found.into_iter().filter(|(_, holds)| *holds).map(|(held, _)| held).collect()
}

fn take_over(
    tx: &mut Tx<'_>,
    application: &Application,
    provider: &ServiceProvider,
    known: &SpMetadata,
    now: Time,
) -> Result<bool, StoreError> {
    let renewed = ServiceProvider {
        acs: known.acs.clone(),
        logout: known.logout.clone(),
        signing_certificates: known.signing_certificates.clone(),
        encryption_certificates: known.encryption_certificates.clone(),
        ..provider.clone()
    };
    let after = Application { protocol: Protocol::Saml(Box::new(renewed)), ..application.clone() };
    let fields = difference::between(application, &after);
    if fields.is_empty() {
        return Ok(false);
    }
    store::applications::save(tx, &after, None)?;
    let mut event = event(EventKind::ApplicationRefreshed, Outcome::Success, &application.id, now)
        .detail("changed", difference::names(&fields));
    if let Some(before) = difference::before(&fields) {
        event = event.detail("before", before);
    }
    if let Some(after) = difference::after(&fields) {
        event = event.detail("after", after);
    }
    store::audit::append(tx, &event)?;
    Ok(true)
}

/// Once for each change of what is held back or fails.
fn tell_held(tx: &mut Tx<'_>, before: Option<&Watch>, after: &Watch) -> Result<(), StoreError> {
    let same = before.map(|watch| (&watch.held, watch.failure)) == Some((&after.held, after.failure));
    let nothing = after.held.is_empty() && after.failure.is_none();
    if same || nothing {
        return Ok(());
    }
    let why: Vec<&str> = after.held.iter().map(|held| held.name()).chain(after.failure.map(Failure::name)).collect();
    let event = event(EventKind::ApplicationRefreshHeld, Outcome::Failure, &after.application, after.checked_at);
    store::audit::append(tx, &event.detail("why", why.join(" ")))
}

fn event(kind: EventKind, outcome: Outcome, application: &ClientId, now: Time) -> Event {
    Event::new(now, kind, outcome, Actor::System, &Origin::default()).application(application)
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
