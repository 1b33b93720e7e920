//! What a tenant needs from time to time: expired rows removed, signing keys rotated on schedule.

use std::time::Duration;

use crate::domain::attempt::WINDOW;
use crate::domain::ids::TenantId;
use crate::domain::signing::{KeyState, StoredKey};
use crate::domain::tenant::Tenant;
use crate::store::{self, StoreError};

use super::Host;
use super::admin::{self, AdminError};

/// A signing key signs this long; its successor is published all the while.
const KEY_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Names that nobody has are remembered for the lockout, but not without bound.
const UNKNOWN_NAMES: u32 = 10_000;

#[derive(Debug, thiserror::Error)]
pub enum UpkeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the signing keys could not be rotated: {0}")]
    Rotation(#[from] AdminError),
}

/// Forgets the people whose last session has ended by time (IN-10). Costs nothing where there are none.
pub fn forget(host: &Host, tenant: TenantId) -> Result<usize, StoreError> {
    let now = host.clock.now();
    host.stores.tenant(tenant)?.write(move |tx| store::transients::purge(tx, now))
}

pub fn run(host: &Host, tenant: &Tenant) -> Result<(), UpkeepError> {
    let now = host.clock.now();
    let store = host.stores.tenant(tenant.id)?;
    host.mark_broker(tenant.id, store.read(store::settings::load)?.broker);
    forget(host, tenant.id)?;
    // A bounded number of rows at a time, so that no sign-in waits behind it.
    while store.write(move |tx| store::expiry::purge(tx, now))? > 0 {}
    store.write(move |tx| store::attempts::purge_unknown(tx, now - WINDOW, UNKNOWN_NAMES))?;
    admin::certificates::keep_up(host, tenant)?;
    let keys = store.read(store::keys::list)?;
    let due =
        |key: &StoredKey| key.state == KeyState::Active && key.activated_at.is_some_and(|at| at + KEY_LIFE <= now);
    if keys.iter().any(due) {
        admin::keys::rotate_on_schedule(host, tenant)?;
    }
    Ok(())
}
