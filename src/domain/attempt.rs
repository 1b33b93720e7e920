//! The lockout ladder (IN-4): reserve before verifying, settle afterwards.
//!
//! One `Counter` per subject and factor. The store loads it under a lock, this module decides, the store
//! writes it back in the same transaction, durable before any hash is computed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Time;
use super::ids::{DeviceId, LeaseId, UserId};
use super::policy::LockoutPolicy;

/// A reservation that is never settled counts as a failure after this long.
pub const LEASE: Duration = Duration::from_secs(30);
/// Failures further apart than this are not consecutive; the ladder decays after it.
pub const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// NIST SP 800-63B-4 §3.2.2: at most this many consecutive failures, whatever the unlocks between.
pub const PASSWORD_CEILING: u32 = 100;
/// A code of six digits may be guessed at ten times in all.
pub const CODE_CEILING: u32 = 10;

/// Whose failures are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Every browser that the account does not know.
    Account(UserId),
    /// One browser that has completed a sign-in to the account before.
    Device(DeviceId),
    /// A name nobody has: counted alike, so that nothing is learned. HMAC of the folded identifier.
    Unknown([u8; 32]),
}

/// What was tried. Success of one never resets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    Password,
    /// An authenticator app (RFC 6238).
    Totp,
    /// A code mailed for one sign-in.
    EmailCode,
    /// One of the codes kept for the day the app is lost.
    RecoveryCode,
}

impl Factor {
    pub const SECOND: [Self; 3] = [Self::Totp, Self::EmailCode, Self::RecoveryCode];

    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::EmailCode => "email_code",
            Self::RecoveryCode => "recovery_code",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Password].into_iter().chain(Self::SECOND).find(|factor| factor.name() == name)
    }
    pub fn ceiling(self) -> u32 {
        match self {
            Self::Password => PASSWORD_CEILING,
            Self::Totp | Self::EmailCode | Self::RecoveryCode => CODE_CEILING,
        }
    }
}

/// Why an account cannot be signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    pub factor: Factor,
    /// Since the last success.
    pub failures: u32,
    /// `None`: until somebody lifts it.
    pub until: Option<Time>,
}

/// A slot taken and not yet settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    pub expires_at: Time,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Consecutive failures since the last lock or success.
    pub failed: u32,
    /// Consecutive failures since the last success, locks included.
    pub total: u32,
    pub last_at: Option<Time>,
    pub locked_until: Option<Time>,
    /// How many locks in a row: the rung of the ladder.
    pub level: u32,
    pub leases: Vec<Lease>,
}

/// Whether the attempt may be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// Evaluate, then settle this lease.
    Granted(LeaseId),
    /// All slots are being evaluated: wait a moment and ask again.
    Busy,
    /// Answer as to a wrong password; evaluate nothing.
    Locked { until: Time },
    /// Too many failures in all: closed until recovery or an administrator.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    Wrong,
}

/// What settling did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Counted,
    /// This failure locked the subject.
    Locked {
        until: Time,
    },
    /// This failure was one too many in all: closed until recovery or an administrator.
    Closed,
    /// The lease had run out and was already counted as a failure: even a right answer comes too late.
    TooLate,
}

impl Counter {
    /// Takes a slot, or says why not. A refused attempt changes nothing: polling never prolongs a lock.
    pub fn reserve(&mut self, factor: Factor, policy: &LockoutPolicy, now: Time, lease: LeaseId) -> Reservation {
        self.expire(policy, now);
        if let Some(until) = self.locked_until.filter(|until| *until > now) {
            return Reservation::Locked { until };
        }
        if self.total >= factor.ceiling() {
            return Reservation::Closed;
        }
        let in_flight = u32::try_from(self.leases.len()).unwrap_or(u32::MAX);
        if self.failed.saturating_add(in_flight) >= policy.failures
            || self.total.saturating_add(in_flight) >= factor.ceiling()
        {
            return Reservation::Busy;
        }
        self.leases.push(Lease { id: lease, expires_at: now + LEASE });
        self.last_at = Some(now);
        Reservation::Granted(lease)
    }

    /// Gives the slot back with what was found.
    pub fn settle(
        &mut self,
        (factor, lease): (Factor, LeaseId),
        verdict: Verdict,
        policy: &LockoutPolicy,
        now: Time,
    ) -> Settled {
        self.expire(policy, now);
        let Some(at) = self.leases.iter().position(|held| held.id == lease) else {
            return Settled::TooLate;
        };
        self.leases.remove(at);
        match verdict {
            Verdict::Right => {
                self.failed = 0;
                self.total = 0;
                self.level = 0;
                self.locked_until = None;
                Settled::Counted
            }
            Verdict::Wrong => {
                let settled = self.fail(policy, now);
                if self.total >= factor.ceiling() { Settled::Closed } else { settled }
            }
        }
    }

    /// An evaluation that never happened (the queue was full) gives its slot back uncounted.
    pub fn release(&mut self, lease: LeaseId) {
        self.leases.retain(|held| held.id != lease);
    }

    fn fail(&mut self, policy: &LockoutPolicy, now: Time) -> Settled {
        self.failed = self.failed.saturating_add(1);
        self.total = self.total.saturating_add(1);
        self.last_at = Some(now);
        if self.failed < policy.failures {
            return Settled::Counted;
        }
        let until = now + rung(policy, self.level);
        self.failed = 0;
        self.level = self.level.saturating_add(1);
        self.locked_until = Some(until);
        Settled::Locked { until }
    }

    /// Applies what time alone has done: leases that ran out failed, old failures are forgotten.
    fn expire(&mut self, policy: &LockoutPolicy, now: Time) {
        let clean = self.last_at.is_none_or(|last| last + WINDOW < now);
        let locked = self.locked_until.is_some_and(|until| until > now);
        if clean && self.leases.is_empty() && !locked {
            self.failed = 0;
            self.level = 0;
        }
        let (expired, live): (Vec<_>, Vec<_>) = self.leases.drain(..).partition(|lease| lease.expires_at <= now);
        self.leases = live;
        for lease in expired {
            self.fail(policy, lease.expires_at);
        }
    }
}

/// Fifteen minutes, thirty, sixty: doubled at each lock in a row, capped.
fn rung(policy: &LockoutPolicy, level: u32) -> Duration {
    let factor = 1_u32.checked_shl(level.min(16)).unwrap_or(u32::MAX);
    policy.duration.saturating_mul(factor).min(policy.longest.max(policy.duration))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Time {
        chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
    }

    fn lease(n: u128) -> LeaseId {
        LeaseId::from_uuid(Uuid::from_u128(n))
    }

    fn attempt(counter: &mut Counter, n: u128, verdict: Verdict, seconds: i64) -> Option<Settled> {
        let policy = LockoutPolicy::default();
        match counter.reserve(Factor::Password, &policy, at(seconds), lease(n)) {
            Reservation::Granted(id) => Some(counter.settle((Factor::Password, id), verdict, &policy, at(seconds))),
            Reservation::Busy | Reservation::Locked { .. } | Reservation::Closed => None,
        }
    }

    #[test]
    fn in4_the_third_failure_locks_and_the_fourth_is_not_evaluated() {
        let mut counter = Counter::default();
        assert_eq!(attempt(&mut counter, 1, Verdict::Wrong, 0), Some(Settled::Counted));
        assert_eq!(attempt(&mut counter, 2, Verdict::Wrong, 1), Some(Settled::Counted));
        let until = at(2 + 900);
        assert_eq!(attempt(&mut counter, 3, Verdict::Wrong, 2), Some(Settled::Locked { until }));
        assert_eq!(attempt(&mut counter, 4, Verdict::Right, 3), None);
    }

    #[test]
    fn the_ladder_climbs_to_the_longest_and_polling_never_prolongs_it() {
        let mut counter = Counter::default();
        let mut now = 0;
        for minutes in [15, 30, 60, 60] {
            for n in 0..3 {
                attempt(&mut counter, n, Verdict::Wrong, now);
            }
            assert_eq!(counter.locked_until, Some(at(now + minutes * 60)));
            let before = counter.clone();
            assert_eq!(attempt(&mut counter, 9, Verdict::Wrong, now + 60), None);
            assert_eq!(counter, before);
            now += minutes * 60;
        }
    }

    #[test]
    fn never_more_than_three_are_in_flight_and_a_right_answer_frees_all() {
        let policy = LockoutPolicy::default();
        let mut counter = Counter::default();
        for n in 0..3 {
            assert_eq!(counter.reserve(Factor::Password, &policy, at(0), lease(n)), Reservation::Granted(lease(n)));
        }
        assert_eq!(counter.reserve(Factor::Password, &policy, at(0), lease(4)), Reservation::Busy);
        assert_eq!(counter.settle((Factor::Password, lease(0)), Verdict::Right, &policy, at(1)), Settled::Counted);
        assert_eq!(counter.reserve(Factor::Password, &policy, at(1), lease(4)), Reservation::Granted(lease(4)));
    }

    #[test]
    fn a_lease_that_runs_out_counts_as_a_failure_and_comes_too_late() {
        let policy = LockoutPolicy::default();
        let mut counter = Counter::default();
        counter.reserve(Factor::Password, &policy, at(0), lease(1));
        assert_eq!(counter.settle((Factor::Password, lease(1)), Verdict::Right, &policy, at(31)), Settled::TooLate);
        assert_eq!((counter.failed, counter.total), (1, 1));
    }

    #[test]
    fn the_last_failure_closes_whether_or_not_it_is_the_third_in_a_row() {
        let policy = LockoutPolicy::default();
        for failed in 0..3 {
            let total = CODE_CEILING - 1;
            let mut counter = Counter { failed, total, last_at: Some(at(0)), ..Counter::default() };
            counter.reserve(Factor::Totp, &policy, at(1), lease(1));
            assert_eq!(counter.settle((Factor::Totp, lease(1)), Verdict::Wrong, &policy, at(1)), Settled::Closed);
            let later = at(1) + Duration::from_secs(7 * 24 * 60 * 60);
            assert_eq!(counter.reserve(Factor::Totp, &policy, later, lease(2)), Reservation::Closed, "{failed}");
        }
        let mut counter = Counter { total: CODE_CEILING - 1, last_at: Some(at(0)), ..Counter::default() };
        counter.reserve(Factor::Password, &policy, at(1), lease(1));
        assert_eq!(counter.settle((Factor::Password, lease(1)), Verdict::Wrong, &policy, at(1)), Settled::Counted);
    }

    #[test]
    fn a_day_without_failures_forgives_but_the_ceiling_stands() {
        let mut counter = Counter { failed: 2, total: 100, level: 3, last_at: Some(at(0)), ..Counter::default() };
        let policy = LockoutPolicy::default();
        let later = at(0) + WINDOW + Duration::from_secs(1);
        assert_eq!(counter.reserve(Factor::Password, &policy, later, lease(1)), Reservation::Closed);
        assert_eq!((counter.failed, counter.level), (0, 0));
    }
}
