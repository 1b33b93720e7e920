//! Reserve, verify, settle: every path that tries a secret takes a slot of the account's counter first (IN-4).

use std::time::{Duration, Instant};

use crate::domain::Time;
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::ids::LeaseId;
use crate::domain::policy::LockoutPolicy;
use crate::store::{self, StoreError, Tx};

use super::Site;

/// How long an attempt waits for a slot of its account: many right answers at once must all work.
const PATIENCE: Duration = Duration::from_secs(5);

/// A slot that was taken; it is settled or released.
#[derive(Clone, Debug)]
pub struct Slot {
    pub subject: Subject,
    pub factor: Factor,
    pub lease: LeaseId,
}

/// Within the transaction that must be durable before anything is verified.
pub fn reserve(tx: &mut Tx<'_>, slot: &Slot, policy: &LockoutPolicy, now: Time) -> Result<Reservation, StoreError> {
    let mut counter = store::attempts::load(tx, &slot.subject, slot.factor)?;
    let before = counter.clone();
    let reservation = counter.reserve(slot.factor, policy, now, slot.lease);
    if counter != before {
        store::attempts::save(tx, &slot.subject, slot.factor, &counter)?;
    }
    Ok(reservation)
}

/// Within the transaction that acts on the verdict.
pub fn settle(
    tx: &mut Tx<'_>,
    slot: &Slot,
    verdict: Verdict,
    policy: &LockoutPolicy,
    now: Time,
) -> Result<Settled, StoreError> {
    let mut counter = store::attempts::load(tx, &slot.subject, slot.factor)?;
    let settled = counter.settle(slot.lease, verdict, policy, now);
    store::attempts::save(tx, &slot.subject, slot.factor, &counter)?;
    Ok(settled)
}

/// Nothing was evaluated, or nothing that could be guessed: the slot goes back uncounted.
pub fn release(tx: &mut Tx<'_>, slot: &Slot) -> Result<(), StoreError> {
    let mut counter = store::attempts::load(tx, &slot.subject, slot.factor)?;
    counter.release(slot.lease);
    store::attempts::save(tx, &slot.subject, slot.factor, &counter)
}

/// Tries again while all slots are taken, until one is free or patience ends.
pub fn with_patience<T>(
    site: &Site,
    is_busy: impl Fn(&T) -> bool,
    attempt: impl Fn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = site.turnstile.turns();
        let outcome = attempt()?;
        if !is_busy(&outcome) || !site.turnstile.wait(seen, deadline) {
            return Ok(outcome);
        }
    }
}
