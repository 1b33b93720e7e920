//! A bounded set of connections, checked out on the thread that needs one. Embedded tenants have a pool of readers
//! each; all databases of a PostgreSQL server share one.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::StoreError;
use super::super::dialect::{self, AnyConnection, Mode, Target};

/// How long a thread waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::store) struct Pool {
    /// Connections in all, and for one database.
    total: usize,
    each: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    open: usize,
    databases: HashMap<String, OfOne>,
}

#[derive(Default)]
struct OfOne {
    open: usize,
    /// The most recently used last: its cache is warm.
    idle: Vec<AnyConnection>,
}

impl Pool {
    pub fn new(total: usize, each: usize) -> Arc<Self> {
        let (total, each) = (total.max(1), each.max(1));
        Arc::new(Self { total, each, state: Mutex::default(), freed: Condvar::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what lies idle for a database that is not open any more.
    fn forget(&self, name: &str) {
        let mut state = self.lock();
        let Some(of_one) = state.databases.get_mut(name) else { return };
        let idle = std::mem::take(&mut of_one.idle);
        of_one.open = of_one.open.saturating_sub(idle.len());
        if of_one.open == 0 {
            state.databases.remove(name);
        }
        state.open = state.open.saturating_sub(idle.len());
        drop(state);
        drop(idle);
        self.freed.notify_all();
    }

    fn checkout(&self, access: &Access) -> Result<Lease<'_>, StoreError> {
        let name = access.target.name();
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        loop {
            match state.take(name, self.total, self.each) {
                Taken::Idle(connection) => return Ok(Lease::new(self, name, Some(*connection))),
                Taken::Permit(evicted) => {
                    drop(state);
                    drop(evicted);
                    // Gives the permit back if connecting fails.
                    let mut lease = Lease::new(self, name, None);
                    lease.connection = Some(access.target.connect(access.mode)?);
                    return Ok(lease);
                }
                Taken::Nothing => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(StoreError::unavailable("all connections are in use"));
                    }
                    state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn checkin(&self, name: &str, connection: Option<AnyConnection>) {
        let mut state = self.lock();
        let of_one = state.databases.entry(name.to_owned()).or_default();
        if let Some(connection) = connection {
            of_one.idle.push(connection);
        } else {
            of_one.open = of_one.open.saturating_sub(1);
            state.open = state.open.saturating_sub(1);
        }
        drop(state);
        self.freed.notify_all();
    }
}

enum Taken {
    Idle(Box<AnyConnection>),
    /// A connection may be opened, after this one of another database is closed.
    Permit(Option<AnyConnection>),
    Nothing,
}

impl State {
    fn take(&mut self, name: &str, total: usize, each: usize) -> Taken {
        if let Some(of_one) = self.databases.get_mut(name) {
            if let Some(connection) = of_one.idle.pop() {
                return Taken::Idle(Box::new(connection));
            }
            if of_one.open >= each {
                return Taken::Nothing;
            }
        }
        let mut evicted = None;
        if self.open >= total {
            let Some(of_one) = self.databases.values_mut().find(|of_one| !of_one.idle.is_empty()) else {
                return Taken::Nothing;
            };
            evicted = of_one.idle.pop();
            of_one.open = of_one.open.saturating_sub(1);
            self.open = self.open.saturating_sub(1);
        }
        self.open = self.open.saturating_add(1);
        let of_one = self.databases.entry(name.to_owned()).or_default();
        of_one.open = of_one.open.saturating_add(1);
        Taken::Permit(evicted)
    }
}

/// A connection on loan. One that is not handed back in a sound state is closed.
struct Lease<'p> {
    pool: &'p Pool,
    name: String,
    connection: Option<AnyConnection>,
    sound: bool,
}

impl<'p> Lease<'p> {
    fn new(pool: &'p Pool, name: &str, connection: Option<AnyConnection>) -> Self {
        Self { pool, name: name.to_owned(), connection, sound: false }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(|_| self.sound);
        self.pool.checkin(&self.name, connection);
    }
}

/// One database through one pool.
pub(in crate::store) struct Access {
    target: Target,
    mode: Mode,
    pool: Arc<Pool>,
}

impl Access {
    pub fn new(target: Target, mode: Mode, pool: Arc<Pool>) -> Self {
        Self { target, mode, pool }
    }

    /// Runs `work` in one transaction. `Err` rolls back; so does a panic, which goes on.
    pub fn transact<T, E: From<StoreError>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lease = self.begin(mode)?;
        let Some(connection) = lease.connection.as_mut() else {
            return Err(StoreError::unavailable("the connection is gone").into());
        };
        let outcome = work(connection);
        let ended = match outcome {
            Ok(_) if mode == Mode::Write => dialect::check(connection).and_then(|()| dialect::commit(connection)),
            Ok(_) => dialect::commit(connection),
            Err(_) => dialect::rollback(connection),
        };
        match ended {
            Ok(()) => lease.sound = true,
            Err(cause) if outcome.is_ok() => return Err(StoreError::unavailable(cause).into()),
            // The work's own error tells more than a connection that is about to be closed.
            Err(_) => {}
        }
        outcome
    }

    /// A connection that died while it lay idle shows it here, before any work: then the next one is taken.
    fn begin(&self, mode: Mode) -> Result<Lease<'_>, StoreError> {
        let attempts = self.pool.each.saturating_add(1);
        let mut last = None;
        for _ in 0..attempts {
            let mut lease = self.pool.checkout(self)?;
            let Some(connection) = lease.connection.as_mut() else { continue };
            match dialect::begin(connection, mode) {
                Ok(()) => return Ok(lease),
                Err(cause) => last = Some(cause),
            }
        }
        Err(last.map_or_else(|| StoreError::unavailable("no connection"), StoreError::unavailable))
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        self.pool.forget(self.target.name());
    }
}
