//! Applications are told that sessions have ended: one thread, told by the stores' bell which tenants have notices, as
//! mail has. A receiver that is slow or down holds up nobody else: a batch is sent all at once, and tenants take turns.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::domain::ids::TenantId;
use crate::flow::Host;
use crate::flow::logout::notices::{self, Attempt, Batch, Delivery, Notice};
use crate::flow::site::SiteError;
use crate::outbound::fetch::{FetchError, Fetcher};

/// Now and then every tenant is looked into: for what another process left behind.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// The first time comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(2);
/// A tenant whose store fails is left alone this long.
const AFTER_FAULT: Duration = Duration::from_secs(60);

/// The running thread; it stops when this is dropped.
pub struct NoticeJob {
    host: Arc<Host>,
    thread: Option<JoinHandle<()>>,
}

impl NoticeJob {
    pub fn start(host: Arc<Host>, fetch: Fetcher) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let messenger = Messenger { host: Arc::clone(&host), fetch: Arc::new(fetch), runtime, due: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("notices".to_owned()).spawn(move || messenger.run())?;
        Ok(Self { host, thread: Some(thread) })
    }
}

impl Drop for NoticeJob {
    fn drop(&mut self) {
        self.host.stores.notice_bell().close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the notice thread ended in a panic");
        }
    }
}

struct Messenger {
    host: Arc<Host>,
    fetch: Arc<Fetcher>,
    runtime: tokio::runtime::Runtime,
    /// When to look into which tenant again.
    due: BTreeMap<TenantId, Instant>,
}

impl Messenger {
    fn run(mut self) {
        let mut sweep = Instant::now() + FIRST;
        let bell = Arc::clone(self.host.stores.notice_bell());
        loop {
            let next = self.due.values().min().map_or(sweep, |due| sweep.min(*due));
            let Some(rung) = bell.listen(next) else { return };
            let now = Instant::now();
            let due: Vec<TenantId> = self.due.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
            for tenant in rung.into_iter().chain(due) {
                self.visit(tenant);
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
                    self.visit(tenant.id);
                }
            }
            Err(fault) => tracing::error!(%fault, "the notice thread could not read the registry"),
        }
    }

    /// One batch; when there is more, the others come first.
    fn visit(&mut self, tenant: TenantId) {
        let looked = self.send(tenant).and_then(|full| {
            let next = notices::next_due(&self.host, tenant)?;
            Ok(if full { Some(self.host.clock.now()) } else { next })
        });
        match looked {
            Ok(Some(at)) => {
                let wait = (at - self.host.clock.now()).to_std().unwrap_or_default();
                self.due.insert(tenant, Instant::now() + wait);
            }
            Ok(None) => {
                self.due.remove(&tenant);
            }
            Err(fault) => {
                tracing::error!(%fault, tenant.id = %tenant, "the notices of a tenant could not be worked on");
                self.due.insert(tenant, Instant::now() + AFTER_FAULT);
            }
        }
    }

    /// Whether there may be more that are due.
    fn send(&self, tenant: TenantId) -> Result<bool, SiteError> {
        let batch = notices::claim(&self.host, tenant)?;
        let attempts = self.runtime.block_on(attempt_all(&self.fetch, &batch));
        for (notice, attempt) in batch.notices.iter().zip(attempts) {
            record(tenant, notice, &attempt);
            notices::settle(&self.host, &batch, notice, attempt)?;
        }
        Ok(batch.is_full)
    }
}

/// All at once: the slowest decides how long it takes, and five seconds are the end. In the batch's order.
async fn attempt_all(fetch: &Arc<Fetcher>, batch: &Batch) -> Vec<Attempt> {
    let mut running = Vec::with_capacity(batch.notices.len());
    for notice in &batch.notices {
        running.push(match &notice.delivery {
            Delivery::Impossible(attempt) => Err(attempt.clone()),
            Delivery::Post { url, token } => {
                let (fetch, url, token) = (Arc::clone(fetch), url.clone(), token.clone());
                Ok(tokio::spawn(async move { judge(fetch.post_form(&url, &[("logout_token", &token)]).await) }))
            }
        });
    }
    let mut attempts = Vec::with_capacity(running.len());
    for one in running {
        attempts.push(match one {
            Err(attempt) => attempt,
            Ok(task) => task.await.unwrap_or_else(|fault| Attempt::Later(fault.to_string())),
        });
    }
    attempts
}

fn judge(answer: Result<u16, FetchError>) -> Attempt {
    match answer {
        Ok(status) => notices::judge(status),
        Err(fault) => Attempt::Later(fault.to_string()),
    }
}

/// The line of an attempt: never the token.
fn record(tenant: TenantId, notice: &Notice, attempt: &Attempt) {
    let (outcome, cause) = match attempt {
        Attempt::Taken => ("sent", ""),
        Attempt::Later(cause) => ("later", cause.as_str()),
        Attempt::Never(cause) => ("never", cause.as_str()),
    };
    metrics::counter!("portner_logout_notices_total", "outcome" => outcome).increment(1);
    let application = notice.application().as_str();
    if *attempt == Attempt::Taken {
        tracing::info!(tenant.id = %tenant, notice.id = notice.id(), application, "logout notice sent");
    } else {
        tracing::warn!(tenant.id = %tenant, notice.id = notice.id(), application, outcome, cause, "logout notice not sent");
    }
}
