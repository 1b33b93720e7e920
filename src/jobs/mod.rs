//! What happens by itself: expired rows go and signing keys are rotated, in one thread, one round an hour, and people who
//! are not kept are forgotten, each minute; mail leaves in another, and so do notices of ended sessions; where several
//! nodes share a database, one more learns what the others have named. Metadata of applications is fetched anew in one too.

mod mail;
mod metadata;
mod names;
mod notices;
mod outgoing;
mod worker;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::{Host, upkeep};
use crate::outbound::fetch::Fetcher;
use crate::outbound::mail::Mailer;
use worker::{Stop, Worker};

const ROUND: Duration = Duration::from_secs(60 * 60);
/// Between two looks for people who are to be forgotten.
const TICK: Duration = Duration::from_secs(60);
/// The first round comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(30);

/// The running jobs; they stop when this is dropped, one after the other.
pub struct Jobs {
    _workers: Vec<Worker>,
}

impl Jobs {
    /// Without a mailer, mail stays in the outbox.
    pub fn start(
        host: &Arc<Host>,
        mailer: Option<Mailer>,
        (notices, metadata): (Fetcher, Fetcher),
    ) -> io::Result<Self> {
        let mut workers = vec![metadata::start(Arc::clone(host), metadata)?, upkeep_of(Arc::clone(host))?];
        if let Some(mailer) = mailer {
            workers.push(mail::start(Arc::clone(host), mailer)?);
        }
        workers.push(notices::start(Arc::clone(host), notices)?);
        if !host.stores.is_embedded() {
            workers.push(names::start(Arc::clone(host))?);
        }
        Ok(Self { _workers: workers })
    }
}

fn upkeep_of(host: Arc<Host>) -> io::Result<Worker> {
    Worker::in_rounds("jobs", move |stop| {
        let (mut pause, mut left) = (FIRST, Duration::ZERO);
        while !stop.wait(pause) {
            if left.is_zero() {
                round(&host, stop);
                left = ROUND;
            } else {
                forget(&host);
            }
            left = left.saturating_sub(TICK);
            pause = TICK;
        }
    })
}

/// In the tenants that keep nobody.
fn forget(host: &Host) {
    for tenant in host.brokers() {
        if let Err(fault) = upkeep::forget(host, tenant) {
            tracing::error!(%fault, tenant.id = %tenant, "people could not be forgotten");
        }
    }
}

/// One tenant after the other, with a breath between them, so that people never wait for it.
fn round(host: &Host, stop: &Stop) {
    let tenants = match host.stores.registry().list() {
        Ok(tenants) => tenants,
        Err(fault) => {
            tracing::error!(%fault, "jobs could not read the registry");
            return;
        }
    };
    for tenant in tenants {
        if let Err(fault) = upkeep::run(host, &tenant) {
            tracing::error!(%fault, tenant = %tenant.slug, "upkeep of a tenant failed");
        }
        if stop.wait(Duration::from_millis(10)) {
            return;
        }
    }
}
