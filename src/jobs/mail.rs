//! Mail leaves here: one thread, told by the stores' bell which tenants have some, so that it leaves within a moment
//! of the commit and nobody looks into every tenant all the time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::domain::ids::TenantId;
use crate::flow::Host;
use crate::flow::outbox::{self, Attempt, Batch};
use crate::outbound::mail::{MailError, Mailer, Outgoing};
use crate::store::StoreError;
use crate::view;

/// Now and then every tenant is looked into: for what another process left behind.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// The first time comes soon after the start, but not into it.
const FIRST: Duration = Duration::from_secs(2);
/// A tenant whose store fails is left alone this long.
const AFTER_FAULT: Duration = Duration::from_secs(60);

/// The running thread; it stops when this is dropped.
pub struct MailJob {
    host: Arc<Host>,
    thread: Option<JoinHandle<()>>,
}

impl MailJob {
    pub fn start(host: Arc<Host>, mailer: Mailer) -> std::io::Result<Self> {
        let postman = Postman { host: Arc::clone(&host), mailer, due: BTreeMap::new() };
        let thread = std::thread::Builder::new().name("mail".to_owned()).spawn(move || postman.run())?;
        Ok(Self { host, thread: Some(thread) })
    }
}

impl Drop for MailJob {
    fn drop(&mut self) {
        self.host.stores.bell().close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the mail thread ended in a panic");
        }
    }
}

struct Postman {
    host: Arc<Host>,
    mailer: Mailer,
    /// When to look into which tenant again.
    due: BTreeMap<TenantId, Instant>,
}

impl Postman {
    fn run(mut self) {
        let mut sweep = Instant::now() + FIRST;
        let bell = Arc::clone(self.host.stores.bell());
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
            Err(fault) => tracing::error!(%fault, "the mail thread could not read the registry"),
        }
    }

    fn visit(&mut self, tenant: TenantId) {
        let next = self.empty(tenant).and_then(|()| outbox::next_due(&self.host, tenant));
        match next {
            Ok(Some(at)) => {
                let wait = (at - self.host.clock.now()).to_std().unwrap_or_default();
                self.due.insert(tenant, Instant::now() + wait);
            }
            Ok(None) => {
                self.due.remove(&tenant);
            }
            Err(fault) => {
                tracing::error!(%fault, tenant.id = %tenant, "the outbox of a tenant could not be worked on");
                self.due.insert(tenant, Instant::now() + AFTER_FAULT);
            }
        }
    }

    /// Sends what is due, until nothing is or the mail server fails.
    fn empty(&self, tenant: TenantId) -> Result<(), StoreError> {
        loop {
            let batch = outbox::claim(&self.host, tenant)?;
            if batch.mails.is_empty() || !self.send(tenant, &batch)? {
                return Ok(());
            }
        }
    }

    /// `false`: the mail server fails, so that further mail need not be tried.
    fn send(&self, tenant: TenantId, batch: &Batch) -> Result<bool, StoreError> {
        let mut down: Option<String> = None;
        for mail in &batch.mails {
            let attempt = match &down {
                Some(error) => Attempt::Later(error.clone()),
                None => self.attempt(batch, mail).unwrap_or_else(|error| {
                    down = Some(error.clone());
                    Attempt::Later(error)
                }),
            };
            record(tenant, mail, &attempt);
            outbox::settle(&self.host, batch, mail, attempt)?;
        }
        Ok(down.is_none())
    }

    /// `Err`: it is the server that fails, not this mail.
    fn attempt(&self, batch: &Batch, mail: &outbox::Mail) -> Result<Attempt, String> {
        let letter = mail.letter();
        let words = view::mail((&batch.tenant_name, batch.time_zone), letter, mail.created_at());
        let sent = self.mailer.send(&Outgoing {
            id: mail.id(),
            from_name: &batch.tenant_name,
            to: &letter.to,
            to_name: &letter.name,
            subject: &words.subject,
            text: &words.text,
            html: &words.html,
        });
        match sent {
            Ok(()) => Ok(Attempt::Sent),
            Err(MailError::Later(error)) => Ok(Attempt::Later(error)),
            Err(MailError::Never(error)) => Ok(Attempt::Never(error)),
            Err(MailError::Down(error)) => Err(error),
        }
    }
}

/// The line of an attempt: never the address, never a word of the mail.
fn record(tenant: TenantId, mail: &outbox::Mail, attempt: &Attempt) {
    let (outcome, cause) = match attempt {
        Attempt::Sent => ("sent", ""),
        Attempt::Later(cause) => ("later", cause.as_str()),
        Attempt::Never(cause) => ("never", cause.as_str()),
    };
    let kind = mail.letter().message.kind();
    metrics::counter!("portner_mails_total", "kind" => kind, "outcome" => outcome).increment(1);
    if *attempt == Attempt::Sent {
        tracing::info!(tenant.id = %tenant, mail.id = mail.id(), mail.kind = kind, "mail sent");
    } else {
        tracing::warn!(tenant.id = %tenant, mail.id = mail.id(), mail.kind = kind, outcome, cause, "mail not sent");
    }
}
