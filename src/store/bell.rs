//! Rung when something to send was committed, so that it leaves at once and nobody has to look into every tenant all the time.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::ids::TenantId;

#[derive(Default)]
pub struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    tenants: BTreeSet<TenantId>,
    closed: bool,
}

impl Bell {
    pub fn ring(&self, tenant: TenantId) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).tenants.insert(tenant);
        self.rung.notify_all();
    }

    /// Nobody need listen any more.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.rung.notify_all();
    }

    /// The tenants it was rung for, waiting for the first until `deadline`; `None` once it is closed.
    pub fn listen(&self, deadline: Instant) -> Option<BTreeSet<TenantId>> {
        let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(60 * 60));
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |state: &mut State| state.tenants.is_empty() && !state.closed;
        let waited = self.rung.wait_timeout_while(state, left, quiet);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.closed { None } else { Some(std::mem::take(&mut state.tenants)) }
    }
}
