//! Reserve, verify, settle: every path that tries a secret takes a slot of the account's counter first (IN-4).

use std::time::{Duration, Instant};

use crate::domain::Time;
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::Event;
use crate::domain::ids::LeaseId;
use crate::domain::policy::LockoutPolicy;
use crate::domain::user::User;
use crate::store::{self, StoreError, Tx};

use super::{Site, mail};

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
    let settled = counter.settle((slot.factor, slot.lease), verdict, policy, now);
    store::attempts::save(tx, &slot.subject, slot.factor, &counter)?;
    Ok(settled)
}

/// What a failure leads to beside its refusal, on every path. Whatever is locked or closed is remembered and told to
/// whoever it belongs to; a browser that was known is a stranger from now on. `locked`: the event, as far as the path
/// knows it.
pub fn follow_up(
    tx: &mut Tx<'_>,
    slot: &Slot,
    settled: Settled,
    (owner, locked): (Option<&User>, Event),
) -> Result<(), StoreError> {
    let until = match settled {
        Settled::Counted | Settled::TooLate => return Ok(()),
        Settled::Locked { until } => Some(until),
        Settled::Closed => None,
    };
    if let Subject::Device(device) = slot.subject {
        store::devices::revoke(tx, device)?;
    }
    let scope = match (until, slot.factor, &slot.subject) {
        (None, _, _) => "ceiling",
        (Some(_), Factor::Totp | Factor::EmailCode | Factor::RecoveryCode, _) => "factor",
        (Some(_), Factor::Password, Subject::Account(_)) => "account",
        (Some(_), Factor::Password, Subject::Device(_)) => "device",
        (Some(_), Factor::Password, Subject::Unknown(_)) => "unknown",
    };
    let now = locked.at;
    let locked = locked.detail("factor", slot.factor.name()).detail("scope", scope);
    let locked = match until {
        Some(until) => locked.detail("until", until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        None => locked,
    };
    store::audit::append(tx, &locked)?;
    match owner {
        Some(owner) => mail::notify_of_lock(tx, owner, (slot.factor, until), now),
        None => Ok(()),
    }
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
