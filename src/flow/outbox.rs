//! What becomes of the mail of a tenant: claimed, sent by `jobs`, and settled here.

use std::time::Duration;

use crate::domain::Time;
use crate::domain::ids::TenantId;
use crate::domain::mail::Letter;
use crate::domain::time_zone::TimeZone;
use crate::store::outbox::Claimed;
use crate::store::{self, Store, StoreError};

use super::Host;

/// How long a claimed mail is left to whoever claimed it.
const LEASE: Duration = Duration::from_secs(5 * 60);
/// The first pause after a failure; each further one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60 * 60);
/// With the pauses above, about two days.
const ATTEMPTS: u32 = 20;

/// Some mail of one tenant that this process is to send now.
pub struct Batch {
    pub tenant_name: String,
    pub time_zone: TimeZone,
    pub mails: Vec<Mail>,
    store: Store,
}

pub struct Mail {
    claimed: Claimed,
}

impl Mail {
    /// The same at every attempt.
    pub fn id(&self) -> String {
        self.claimed.id.to_string()
    }
    pub fn created_at(&self) -> Time {
        self.claimed.created_at
    }
    pub fn letter(&self) -> &Letter {
        &self.claimed.letter
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    Sent,
    Later(String),
    Never(String),
}

/// Takes what is due, a few at a time; empty when there is nothing.
pub fn claim(host: &Host, tenant: TenantId) -> Result<Batch, StoreError> {
    let store = host.stores.tenant(tenant)?;
    let now = host.clock.now();
    // Most looks find nothing: they are not worth a write.
    let due = store.read(store::outbox::next_due)?;
    if due.is_none_or(|due| due > now) {
        return Ok(Batch { tenant_name: String::new(), time_zone: TimeZone::default(), mails: Vec::new(), store });
    }
    let (settings, claimed) = store.write(move |tx| -> Result<_, StoreError> {
        let settings = store::settings::load(tx)?;
        Ok((settings, store::outbox::claim(tx, now, now + LEASE)?))
    })?;
    let mails = claimed.into_iter().map(|claimed| Mail { claimed }).collect();
    Ok(Batch { tenant_name: settings.name, time_zone: settings.time_zone, mails, store })
}

/// Notes how an attempt ended. What failed is tried again, later each time, and given up in the end.
pub fn settle(host: &Host, batch: &Batch, mail: &Mail, attempt: Attempt) -> Result<(), StoreError> {
    let now = host.clock.now();
    let claim = (mail.claimed.id, mail.claimed.attempts);
    batch.store.write(move |tx| -> Result<(), StoreError> {
        let ours = match attempt {
            Attempt::Sent => store::outbox::mark_sent(tx, claim.0, claim.1, now)?,
            Attempt::Later(error) if claim.1 < ATTEMPTS => {
                store::outbox::postpone(tx, claim, now + pause(claim.1), &error)?
            }
            Attempt::Later(error) | Attempt::Never(error) => store::outbox::bury(tx, claim, now, &error)?,
        };
        if !ours {
            tracing::warn!(mail.id = %claim.0, "a mail was taken over before its attempt ended");
        }
        Ok(())
    })
}

/// When to look again, if there is anything to look for.
pub fn next_due(host: &Host, tenant: TenantId) -> Result<Option<Time>, StoreError> {
    host.stores.tenant(tenant)?.read(store::outbox::next_due)
}

fn pause(attempts: u32) -> Duration {
    let factor = 3_u32.saturating_pow(attempts.saturating_sub(1).min(12));
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_seconds_to_hours_and_end_after_two_days() {
        let pauses: Vec<u64> = (1..=9).map(|n| pause(n).as_secs()).collect();
        assert_eq!(pauses, [2, 6, 18, 54, 162, 486, 1458, 4374, 13_122]);
        let all: Duration = (1..ATTEMPTS).map(pause).sum();
        let days = all.as_secs() / 3600;
        assert!((36..60).contains(&days), "{days} hours");
    }
}
