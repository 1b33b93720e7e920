//! The metadata of applications is fetched anew here: one thread, one round every few minutes, one address after the
//! other.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::domain::ids::ClientId;
use crate::domain::tenant::Tenant;
use crate::domain::watch::Failure;
use crate::flow::{Host, refresh};
use crate::outbound::fetch::{FetchError, Fetcher};
use crate::store::StoreError;

use super::worker::{Stop, Worker};

const ROUND: Duration = Duration::from_secs(5 * 60);
/// The first round comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(2);

pub fn start(host: Arc<Host>, fetch: Fetcher) -> io::Result<Worker> {
    Worker::in_rounds("metadata", move |stop| {
        let mut pause = FIRST;
        while !stop.wait(pause) {
            round(&host, &fetch, stop);
            pause = ROUND;
        }
    })
}

fn round(host: &Host, fetch: &Fetcher, stop: &Stop) {
    let tenants = match host.stores.registry().list() {
        Ok(tenants) => tenants,
        Err(fault) => return tracing::error!(%fault, "the metadata job could not read the registry"),
    };
    for tenant in tenants {
        if let Err(fault) = refresh_all(host, fetch, &tenant, stop) {
            tracing::error!(%fault, tenant = %tenant.slug, "the metadata of a tenant's applications failed");
        }
        if stop.wait(Duration::from_millis(10)) {
            return;
        }
    }
}

fn refresh_all(host: &Host, fetch: &Fetcher, tenant: &Tenant, stop: &Stop) -> Result<(), StoreError> {
    for (id, url) in refresh::due(host, tenant)? {
        refresh_one(host, fetch, tenant, (id, url))?;
        if stop.wait(Duration::ZERO) {
            break;
        }
    }
    Ok(())
}

fn refresh_one(host: &Host, fetch: &Fetcher, tenant: &Tenant, (id, url): (ClientId, Url)) -> Result<(), StoreError> {
    let fetched = fetch.document_now(&url).map_err(|cause| {
        tracing::warn!(%cause, tenant = %tenant.slug, application = %id, "metadata could not be fetched");
        if cause == FetchError::TooLarge { Failure::TooLarge } else { Failure::Unreachable }
    });
    refresh::settle(host, tenant, (id, url), &fetched)
}
