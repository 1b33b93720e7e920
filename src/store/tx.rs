//! One transaction of one tenant's database. There is no other way to its data.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};

use super::aftermath::Aftermath;
use super::bell::Bell;
use super::dialect::{AnyConnection, Mode};
use super::engine::group::{Committer, Job};
use super::engine::pool::Access;
use super::engine::worker::Worker;
use super::{StoreError, transients};
use crate::crypto::entropy::Entropy;
use crate::crypto::seal::{Mac, Sealer};
use crate::domain::ids::TenantId;

/// Waiting writes of one tenant: more than any sane load leaves behind, little enough to bound memory.
const WAITING: usize = 1024;

pub struct Tx<'a> {
    pub(super) connection: &'a mut AnyConnection,
    pub(super) context: &'a Context,
    /// What is to happen once it is committed.
    pub(super) after: &'a mut Aftermath,
}

/// What work on a tenant's data needs beside the data.
pub(super) struct Context {
    pub tenant: TenantId,
    pub mac: Mac,
    pub sealer: Sealer,
    pub entropy: Arc<dyn Entropy>,
    /// Rung when there is mail to send.
    pub bell: Arc<Bell>,
    /// Rung when applications are to be told that a session has ended.
    pub notice_bell: Arc<Bell>,
    /// The highest revision that this process has committed since the database was opened.
    pub revision: AtomicI64,
    /// The data directory is ours as long as anything in it is open.
    pub _lock: Arc<File>,
}

/// A tenant's database. Cheap to clone; while a clone is held the database stays open.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    context: Arc<Context>,
    engine: Engine,
}

enum Engine {
    /// A file: readers, and one thread that writes.
    Embedded { readers: Access, writer: Worker<Box<dyn Job>> },
    /// PostgreSQL: plain transactions, and the server's thread for what nobody waits for.
    Server { access: Access, later: Arc<Later> },
}

/// Writes that nobody waits for, on a PostgreSQL server.
pub(super) type Later = Worker<Box<dyn FnOnce() + Send>>;

impl Store {
    pub(super) fn embedded(
        context: Context,
        readers: Access,
        committer: impl FnOnce(Arc<Context>) -> Committer,
    ) -> Result<Self, StoreError> {
        let context = Arc::new(context);
        let committer = committer(Arc::clone(&context));
        let writer = Worker::start("store-writer", WAITING, move |queue| committer.work(queue))?;
        let engine = Engine::Embedded { readers, writer };
        Ok(Self { inner: Arc::new(Inner { context, engine }) })
    }

    pub(super) fn on_server(context: Context, access: Access, later: Arc<Later>) -> Self {
        let engine = Engine::Server { access, later };
        Self { inner: Arc::new(Inner { context: Arc::new(context), engine }) }
    }

    pub(super) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.inner) == 1
    }

    /// Reads one snapshot, on the calling thread. Do not read again inside `work`: readers are few.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let access = match &self.inner.engine {
            Engine::Embedded { readers, .. } => readers,
            Engine::Server { access, .. } => access,
        };
        let context = &self.inner.context;
        access
            .transact(Mode::Read, |connection| work(&mut Tx { connection, context, after: &mut Aftermath::default() }))
    }

    /// Writes; returns when the change is durable. `Err` undoes this work alone. Blocks: never from within `work`.
    pub fn write<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &self.inner.engine {
            Engine::Embedded { writer, .. } => {
                let (reply, answer) = mpsc::sync_channel(1);
                writer.push(Box::new(Work { closure: Some(work), outcome: None, reply: Some(reply) }))?;
                match answer.recv() {
                    Ok(outcome) => outcome,
                    Err(_closed) => Err(StoreError::unavailable("the store is closed").into()),
                }
            }
            Engine::Server { .. } => self.inner.write_on_server(work),
        }
    }

    /// Writes without waiting for the commit; only for room in the queue, when that is full. Nobody hears of a failure
    /// but the log: not for what an answer depends on.
    pub fn enqueue(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        let pushed = match &self.inner.engine {
            Engine::Embedded { writer, .. } => {
                writer.push(Box::new(Work { closure: Some(work), outcome: None, reply: None }))
            }
            Engine::Server { later, .. } => {
                let inner = Arc::clone(&self.inner);
                later.push(Box::new(move || warn(inner.write_on_server(work))))
            }
        };
        warn(pushed);
    }

    pub fn sealer(&self) -> &Sealer {
        &self.inner.context.sealer
    }

    pub fn mac(&self) -> &Mac {
        &self.inner.context.mac
    }

    /// Whether what was read at this revision is older than a change of this process. Never touches the database.
    pub fn has_passed(&self, revision: i64) -> bool {
        self.inner.context.revision.load(Ordering::SeqCst) > revision
    }

    /// Whether nobody but this process changes the database.
    pub fn is_embedded(&self) -> bool {
        match &self.inner.engine {
            Engine::Embedded { .. } => true,
            Engine::Server { .. } => false,
        }
    }
}

impl Inner {
    fn write_on_server<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let access = match &self.engine {
            Engine::Embedded { readers, .. } => readers,
            Engine::Server { access, .. } => access,
        };
        let mut after = Aftermath::default();
        let outcome = access.transact(Mode::Write, |connection| {
            let mut tx = Tx { connection, context: &self.context, after: &mut after };
            caught(|| whole(&mut tx, work))
        })?;
        after.publish(&self.context);
        after.happen(&self.context);
        Ok(outcome)
    }
}

/// The work, and what it leaves to be done before the commit.
fn whole<T, E: From<StoreError>>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
    let outcome = work(tx)?;
    transients::forget_leaving(tx)?;
    Ok(outcome)
}

/// A panic in the work is an error of that work: what it changed is rolled back, the thread lives on.
fn caught<T, E: From<StoreError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_panic| Err(StoreError::Panicked.into()))
}

fn warn(outcome: Result<(), StoreError>) {
    if let Err(cause) = outcome {
        tracing::warn!(%cause, "a queued write was lost");
    }
}

/// One closure on its way through the writer.
struct Work<F, T, E> {
    closure: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: Option<mpsc::SyncSender<Result<T, E>>>,
}

impl<F, T, E> Job for Work<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.closure.take() else { return false };
        let outcome = self.outcome.insert(caught(|| whole(tx, work)));
        outcome.is_ok()
    }

    fn settle(self: Box<Self>, committed: Result<(), String>) {
        let Self { outcome, reply, .. } = *self;
        let outcome = match (committed, outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::unavailable("the work was not done").into()),
            (Err(cause), _) => Err(StoreError::Unavailable(cause).into()),
        };
        match reply {
            // A caller that has gone away wants no answer.
            Some(reply) => drop(reply.send(outcome)),
            None if outcome.is_err() => tracing::warn!("a queued write was lost"),
            None => {}
        }
    }
}
