//! A thread with a bounded queue before it. When it is dropped it finishes what is queued first.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::super::StoreError;

/// How long a caller waits for room in the queue.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::store) struct Worker<J> {
    queue: Arc<Queue<J>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What waits for the thread.
pub(in crate::store) struct Queue<J> {
    capacity: usize,
    state: Mutex<State<J>>,
    changed: Condvar,
}

struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
}

impl<J: Send + 'static> Worker<J> {
    /// `work` takes jobs from the queue until it is closed and empty.
    pub fn start(
        name: &str,
        capacity: usize,
        work: impl FnOnce(&Queue<J>) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let state = Mutex::new(State { jobs: VecDeque::new(), closed: false });
        let queue = Arc::new(Queue { capacity, state, changed: Condvar::new() });
        let closing = Closing(Arc::clone(&queue));
        let body = move || work(&closing.0);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(body).map_err(StoreError::unavailable)?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Waits for room, not for the job.
    pub fn push(&self, job: J) -> Result<(), StoreError> {
        let full = |state: &mut State<J>| state.jobs.len() >= self.queue.capacity && !state.closed;
        let waited = self.queue.changed.wait_timeout_while(self.queue.lock(), PATIENCE, full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.closed || state.jobs.len() >= self.queue.capacity {
            return Err(StoreError::unavailable("too many writes are waiting"));
        }
        state.jobs.push_back(job);
        drop(state);
        self.queue.changed.notify_all();
        Ok(())
    }
}

impl<J> Queue<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` when there will be none.
    pub fn next(&self) -> Option<J> {
        let waited = self.changed.wait_while(self.lock(), |state| state.jobs.is_empty() && !state.closed);
        let job = waited.unwrap_or_else(PoisonError::into_inner).jobs.pop_front();
        self.changed.notify_all();
        job
    }

    /// What is there already.
    pub fn try_next(&self) -> Option<J> {
        let job = self.lock().jobs.pop_front();
        self.changed.notify_all();
        job
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// However the thread ends, nobody waits for it any more.
struct Closing<J>(Arc<Queue<J>>);

impl<J> Drop for Closing<J> {
    fn drop(&mut self) {
        self.0.close();
        let jobs = std::mem::take(&mut self.0.lock().jobs);
        drop(jobs);
    }
}

impl<J> Worker<J> {
    /// Takes no more, and waits until what is queued is done.
    pub fn finish(&self) {
        self.queue.close();
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        // The last handle may be dropped by a job on the thread itself, which cannot wait for its own end.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("a store thread panicked");
        }
    }
}

impl<J> Drop for Worker<J> {
    fn drop(&mut self) {
        self.finish();
    }
}
