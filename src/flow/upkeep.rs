//! What a tenant needs from time to time: expired rows removed, signing keys rotated on schedule.

use std::time::Duration;

use crate::domain::attempt::WINDOW;
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

pub fn run(host: &Host, tenant: &Tenant) -> Result<(), UpkeepError> {
    let now = host.clock.now();
    let store = host.stores.tenant(tenant.id)?;
    store.write(move |tx| -> Result<(), StoreError> {
        store::expiry::purge(tx, now)?;
        store::attempts::purge_unknown(tx, now - WINDOW, UNKNOWN_NAMES)?;
        Ok(())
    })?;
    admin::keys::rotate_due(host, tenant, KEY_LIFE)?;
    Ok(())
}
