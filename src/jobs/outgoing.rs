//! What is sent to others: a thread that a bell of the stores tells which tenants have some, so that it leaves within a
//! moment of the commit and nobody looks into every tenant all the time.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::Time;
use crate::domain::ids::TenantId;
use crate::flow::Host;
use crate::store::Bell;

use super::worker::Worker;

/// Now and then every tenant is looked into: for what another process left behind.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// The first time comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(2);
/// A tenant whose store fails is left alone this long.
const AFTER_FAULT: Duration = Duration::from_secs(60);

/// `visit` sends what is due in a tenant, and tells when to look there again.
pub(super) fn start<F: Display>(
    name: &'static str,
    (host, bell): (Arc<Host>, Arc<Bell>),
    visit: impl Fn(TenantId) -> Result<Option<Time>, F> + Send + 'static,
) -> io::Result<Worker> {
    let rung = Arc::clone(&bell);
    let round = Round { name, host, visit, due: BTreeMap::new() };
    Worker::start(name, move || bell.close(), move || round.run(&rung))
}

struct Round<V> {
    name: &'static str,
    host: Arc<Host>,
    visit: V,
    /// When to look into which tenant again.
    due: BTreeMap<TenantId, Instant>,
}

impl<F: Display, V: Fn(TenantId) -> Result<Option<Time>, F>> Round<V> {
    fn run(mut self, bell: &Bell) {
        let mut sweep = Instant::now() + FIRST;
        loop {
            let next = self.due.values().min().map_or(sweep, |due| sweep.min(*due));
            let Some(rung) = bell.listen(next) else { return };
            let now = Instant::now();
            let due: Vec<TenantId> = self.due.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
            for tenant in rung.into_iter().chain(due) {
                self.look_into(tenant);
            }
            if sweep <= now {
                self.sweep();
                sweep = Instant::now() + SWEEP;
            }
        }
    }

    fn sweep(&mut self) {
        match self.host.stores.registry().list() {
            Ok(tenants) => {
                for tenant in tenants {
                    self.look_into(tenant.id);
                }
            }
            Err(fault) => tracing::error!(%fault, thread = self.name, "the registry could not be read"),
        }
    }

    fn look_into(&mut self, tenant: TenantId) {
        match (self.visit)(tenant) {
            Ok(Some(at)) => {
                let wait = (at - self.host.clock.now()).to_std().unwrap_or_default();
                self.due.insert(tenant, Instant::now() + wait);
            }
            Ok(None) => {
                self.due.remove(&tenant);
            }
            Err(fault) => {
                let thread = self.name;
                tracing::error!(%fault, thread, tenant.id = %tenant, "what a tenant sends could not be worked on");
                self.due.insert(tenant, Instant::now() + AFTER_FAULT);
            }
        }
    }
}
