//! Mail leaves here.

use std::io;
use std::sync::Arc;

use crate::domain::ids::TenantId;
use crate::flow::Host;
use crate::flow::outbox::{self, Attempt, Batch};
use crate::outbound::mail::{MailError, Mailer, Outgoing};
use crate::store::StoreError;
use crate::view;

use super::outgoing;
use super::worker::Worker;

pub(super) fn start(host: Arc<Host>, mailer: Mailer) -> io::Result<Worker> {
    let bell = Arc::clone(host.stores.bell());
    let postman = Postman { host: Arc::clone(&host), mailer };
    outgoing::start("mail", (host, bell), move |tenant| {
        postman.empty(tenant)?;
        outbox::next_due(&postman.host, tenant)
    })
}

struct Postman {
    host: Arc<Host>,
    mailer: Mailer,
}

impl Postman {
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
