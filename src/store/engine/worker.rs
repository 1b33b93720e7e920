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
    /// For the thread.
    arrived: Condvar,
    /// For callers.
    room: Condvar,
}

/// Who waits is written down: waking is a system call, whether or not anybody sleeps.
struct State<J> {
    jobs: VecDeque<J>,
    /// The thread waits for a job.
    idle: bool,
    /// Callers that wait for room.
    crowd: usize,
    closed: bool,
}

impl<J: Send + 'static> Worker<J> {
    /// `work` takes jobs from the queue until it is closed and empty.
    pub fn start(
        name: &str,
        capacity: usize,
        work: impl FnOnce(&Queue<J>) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let state = Mutex::new(State { jobs: VecDeque::new(), idle: false, crowd: 0, closed: false });
        let queue = Arc::new(Queue { capacity, state, arrived: Condvar::new(), room: Condvar::new() });
        let closing = Closing(Arc::clone(&queue));
        let body = move || work(&closing.0);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(body).map_err(StoreError::unavailable)?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Waits for room, not for the job.
    pub fn push(&self, job: J) -> Result<(), StoreError> {
        let full = |state: &mut State<J>| state.jobs.len() >= self.queue.capacity && !state.closed;
        let mut state = self.queue.lock();
        if full(&mut state) {
            state.crowd = state.crowd.saturating_add(1);
            let waited = self.queue.room.wait_timeout_while(state, PATIENCE, full);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.crowd = state.crowd.saturating_sub(1);
        }
        if state.closed || state.jobs.len() >= self.queue.capacity {
            return Err(StoreError::unavailable("too many writes are waiting"));
        }
        state.jobs.push_back(job);
        let idle = state.idle;
        drop(state);
        if idle {
            self.queue.arrived.notify_one();
        }
        Ok(())
    }
}

impl<J> Queue<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` when there will be none.
    pub fn next(&self) -> Option<J> {
        let mut state = self.lock();
        let empty = |state: &mut State<J>| state.jobs.is_empty() && !state.closed;
        if empty(&mut state) {
            state.idle = true;
            state = self.arrived.wait_while(state, empty).unwrap_or_else(PoisonError::into_inner);
            state.idle = false;
        }
        self.take(state)
    }

    /// What is there already.
    pub fn try_next(&self) -> Option<J> {
        self.take(self.lock())
    }

    fn take(&self, mut state: MutexGuard<'_, State<J>>) -> Option<J> {
        let job = state.jobs.pop_front();
        let crowd = state.crowd > 0;
        drop(state);
        if crowd {
            self.room.notify_one();
        }
        job
    }

    fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
        self.room.notify_all();
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
