//! Applications are told that sessions have ended. A receiver that is slow or down holds up nobody else: a batch is sent
//! all at once, and tenants take turns.

use std::io;
use std::sync::Arc;

use crate::domain::ids::TenantId;
use crate::flow::Host;
use crate::flow::logout::notices::{self, Attempt, Batch, Delivery, Notice};
use crate::flow::site::SiteError;
use crate::outbound::fetch::{FetchError, Fetcher};

use super::outgoing;
use super::worker::Worker;

pub(super) fn start(host: Arc<Host>, fetch: Fetcher) -> io::Result<Worker> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bell = Arc::clone(host.stores.notice_bell());
    let messenger = Messenger { host: Arc::clone(&host), fetch: Arc::new(fetch), runtime };
    // One batch; when there is more, the others come first.
    outgoing::start("notices", (host, bell), move |tenant| {
        let is_full = messenger.send(tenant)?;
        let next = notices::next_due(&messenger.host, tenant)?;
        Ok::<_, SiteError>(if is_full { Some(messenger.host.clock.now()) } else { next })
    })
}

struct Messenger {
    host: Arc<Host>,
    fetch: Arc<Fetcher>,
    runtime: tokio::runtime::Runtime,
}

impl Messenger {
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
