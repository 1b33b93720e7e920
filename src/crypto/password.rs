//! Passwords: Argon2id (RFC 9106) in a pool of a few threads behind a bounded queue.
//!
//! Hashing is the dearest thing this server does for strangers. The pool keeps its memory and CPU within bounds: a
//! storm of sign-ins waits its turn, then is told to come back ([`Busy`]), and the threads yield to everything else.
//! Unknown users cost the same as known ones. Passwords are hashed in NFC (NIST SP 800-63B-4 §3.1.1.2), whole.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::entropy::{Entropy, SystemEntropy};
use super::phc::{self, Failed, Memory, Scheme};
use crate::domain::secret::{Password, PasswordHash};

/// Idle threads give their memory back.
const KEEP_MEMORY: Duration = Duration::from_secs(30);
/// Requests that need no hashing come first. On Linux this concerns the calling thread alone (setpriority(2), NOTES).
const NICE: i32 = 10;

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("not a password hash in PHC or bcrypt form")]
    Format,
    #[error("password hashes of kind {0:?} are not supported (argon2, bcrypt, scrypt, pbkdf2-sha256 and -sha512 are)")]
    Scheme(String),
    #[error("the hash is so dear to verify that signing in would stall the server")]
    Cost,
    #[error("the hash parameters do not fit together: {0}")]
    Params(String),
    #[error("a hashing thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// The queue is full. Answer 503 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins at once")]
pub struct Busy;

/// The cost of an Argon2id hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashParams {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

impl Default for HashParams {
    /// The least that OWASP ASVS 5.0 (appendix C) asks for.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

#[derive(Debug)]
pub enum Checked {
    /// `rehash` is to be stored instead when the hash was made in another way than new ones are.
    Right {
        rehash: Option<PasswordHash>,
    },
    Wrong,
}

/// Accepts a hash made elsewhere: argon2, scrypt and pbkdf2 as PHC strings, bcrypt, and pbkdf2 as passlib writes it.
pub fn parse_import(phc: &str) -> Result<PasswordHash, PasswordError> {
    let text = phc::from_passlib(phc).unwrap_or_else(|| phc.to_owned());
    Scheme::parse(&text)?;
    Ok(PasswordHash::from_phc(text))
}

/// The threads that hash.
pub struct HashPool {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl HashPool {
    /// `workers` = 0: one less than there are cores, at least one: a core is left for everybody else. `queue`: how many may wait.
    pub fn start(params: HashParams, workers: usize, queue: usize) -> Result<Arc<Self>, PasswordError> {
        let argon2 = phc::argon2_params(&params)?;
        let queue = Arc::new(Queue { limit: queue, ..Queue::default() });
        let mut pool = Self { queue, threads: Vec::new() };
        for number in 0..thread_count(workers) {
            let hasher = Hasher { params, argon2: argon2.clone(), memory: Memory::default() };
            let queue = Arc::clone(&pool.queue);
            let thread = std::thread::Builder::new().name(format!("password-{number}"));
            pool.threads.push(thread.spawn(move || work(&queue, hasher)).map_err(PasswordError::Thread)?);
        }
        Ok(Arc::new(pool))
    }

    /// Blocks until it is this password's turn. `None` (no such user, or one without a password) takes the same work as
    /// a hash with the current parameters and is wrong.
    pub fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Checked, Busy> {
        let (password, stored) = (password.clone(), stored.cloned());
        self.run(move |hasher| hasher.verify(&password, stored.as_ref()))
    }

    pub fn hash(&self, password: &Password) -> Result<PasswordHash, Busy> {
        let password = password.clone();
        self.run(move |hasher| hasher.hash(&normalize(&password)))
    }

    /// How many wait for a thread.
    pub fn waiting(&self) -> usize {
        self.queue.lock().jobs.len()
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hasher) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, result) = sync_channel(1);
        self.queue.push(Box::new(move |hasher| {
            if let Ok(done) = work(hasher) {
                // This fails when nobody waits any more; that is their business.
                drop(answer.send(done));
            } else {
                tracing::error!("not enough memory to hash a password");
            }
        }))?;
        result.recv().map_err(|RecvError| Busy)
    }
}

impl Drop for HashPool {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that has panicked has been logged; there is nothing left to do for it.
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for HashPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashPool")
            .field("threads", &self.threads.len())
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

fn thread_count(configured: usize) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if configured > 0 { configured } else { cores().saturating_sub(1).max(1) }
}

type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    limit: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    idle_threads: usize,
    closed: bool,
}

enum Next {
    Job(Job),
    /// Nothing came for a while.
    Idle,
    Closed,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) -> Result<(), Busy> {
        let mut waiting = self.lock();
        // A free thread takes it at once: it does not wait, whatever the limit.
        if waiting.closed || waiting.jobs.len() >= self.limit.saturating_add(waiting.idle_threads) {
            return Err(Busy);
        }
        waiting.jobs.push_back(job);
        record_length(waiting.jobs.len());
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    fn next(&self, patience: Duration) -> Next {
        let mut waiting = self.lock();
        waiting.idle_threads += 1;
        let (mut waiting, _) = self
            .arrived
            .wait_timeout_while(waiting, patience, |waiting| waiting.jobs.is_empty() && !waiting.closed)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.idle_threads -= 1;
        match waiting.jobs.pop_front() {
            _ if waiting.closed => Next::Closed,
            Some(job) => {
                record_length(waiting.jobs.len());
                Next::Job(job)
            }
            None => Next::Idle,
        }
    }

    /// Those who still wait are told `Busy`.
    fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.jobs.clear();
        drop(waiting);
        self.arrived.notify_all();
    }
}

fn record_length(jobs: usize) {
    metrics::gauge!("portner_password_hash_queue").set(u32::try_from(jobs).map_or(f64::MAX, f64::from));
}

/// The life of a thread of the pool.
fn work(queue: &Queue, mut hasher: Hasher) {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "password hashing runs at normal priority");
    }
    loop {
        match queue.next(KEEP_MEMORY) {
            Next::Job(job) => run_job(job, &mut hasher),
            Next::Idle => hasher.memory = Memory::default(),
            Next::Closed => return,
        }
    }
}

fn run_job(job: Job, hasher: &mut Hasher) {
    let started = Instant::now();
    // The caller of a job that panics is told `Busy`; the thread lives on, with fresh memory.
    if catch_unwind(AssertUnwindSafe(|| job(hasher))).is_err() {
        tracing::error!("hashing a password panicked");
        hasher.memory = Memory::default();
    }
    hasher.memory.shrink_to(hasher.argon2.block_count());
    metrics::histogram!("portner_password_hash_duration_seconds").record(started.elapsed());
}

fn normalize(password: &Password) -> Zeroizing<String> {
    let text = password.expose();
    // NFC is at most three times as long (UAX #15 §12); no growth, so no copies left behind.
    let mut normal = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
    normal.extend(text.nfc());
    normal
}

/// What a thread of the pool works with.
struct Hasher {
    params: HashParams,
    argon2: argon2::Params,
    memory: Memory,
}

impl Hasher {
    fn verify(&mut self, password: &Password, stored: Option<&PasswordHash>) -> Result<Checked, Failed> {
        let password = normalize(password);
        let scheme = stored.and_then(|stored| match Scheme::parse(stored.expose()) {
            Ok(scheme) => Some(scheme),
            Err(error) => {
                tracing::error!(%error, "a stored password hash cannot be used");
                None
            }
        });
        let Some(scheme) = scheme else {
            self.hash(&password)?;
            return Ok(Checked::Wrong);
        };
        let right = scheme.matches(password.as_bytes(), &mut self.memory)?;
        if scheme.is_current(&self.params) {
            return Ok(if right { Checked::Right { rehash: None } } else { Checked::Wrong });
        }
        // Hashed anew even when wrong, so that time tells nothing about the password, and never less than for others.
        let rehash = Some(self.hash(&password)?);
        Ok(if right { Checked::Right { rehash } } else { Checked::Wrong })
    }

    fn hash(&mut self, password: &str) -> Result<PasswordHash, Failed> {
        let mut salt = [0; argon2::RECOMMENDED_SALT_LEN];
        SystemEntropy.fill(&mut salt);
        phc::hash(password.as_bytes(), &salt, &self.argon2, &mut self.memory).map(PasswordHash::from_phc)
    }
}

#[cfg(test)]
mod tests;
