//! What happens by itself: expired rows go and signing keys are rotated, in one thread, one round an hour, and people who
//! are not kept are forgotten, each minute; mail leaves in another, and so do notices of ended sessions; where several
//! nodes share a database, one more learns what the others have named.

mod mail;
pub mod metadata;
mod names;
mod notices;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::flow::{Host, upkeep};
use crate::outbound::fetch::Fetcher;
use crate::outbound::mail::Mailer;
use mail::MailJob;
use names::NamesJob;
use notices::NoticeJob;

const ROUND: Duration = Duration::from_secs(60 * 60);
/// Between two looks for people who are to be forgotten.
const TICK: Duration = Duration::from_secs(60);
/// The first round comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(30);

/// The running jobs; they stop when this is dropped.
pub struct Jobs {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
    _mail: Option<MailJob>,
    _notices: NoticeJob,
    _names: Option<NamesJob>,
}

#[derive(Default)]
struct Stop {
    told: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn tell(&self) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits; `true` when it is time to stop.
    fn wait(&self, time: Duration) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, _) =
            self.changed.wait_timeout_while(told, time, |told| !*told).unwrap_or_else(PoisonError::into_inner);
        *told
    }
}

impl Jobs {
    /// Without a mailer, mail stays in the outbox.
    pub fn start(host: Arc<Host>, mailer: Option<Mailer>, fetch: Fetcher) -> std::io::Result<Self> {
        let mail = mailer.map(|mailer| MailJob::start(Arc::clone(&host), mailer)).transpose()?;
        let notices = NoticeJob::start(Arc::clone(&host), fetch)?;
        let shared = (!host.stores.is_embedded()).then(|| NamesJob::start(Arc::clone(&host)));
        let names = shared.transpose()?;
        let stop = Arc::new(Stop::default());
        let watched = Arc::clone(&stop);
        let work = move || {
            let (mut pause, mut left) = (FIRST, Duration::ZERO);
            while !watched.wait(pause) {
                if left.is_zero() {
                    round(&host, &watched);
                    left = ROUND;
                } else {
                    forget(&host);
                }
                left = left.saturating_sub(TICK);
                pause = TICK;
            }
        };
        let thread = std::thread::Builder::new().name("jobs".to_owned()).spawn(work)?;
        Ok(Self { stop, thread: Some(thread), _mail: mail, _notices: notices, _names: names })
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop.tell();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the job thread ended in a panic");
        }
    }
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
