//! Throttling by source (security design, layer C): where too many failures come from is made to wait.
//! No account is ever locked by it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::domain::ids::TenantId;
use crate::domain::quantity::Rate;

/// A network that acts as one: an IPv4 address, or an IPv6 /64 of one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source(TenantId, [u8; 8]);

/// More sources than this are not told apart; the oldest marks are dropped.
const REMEMBERED: usize = 50_000;

pub struct Sources {
    failures: Option<DefaultKeyedRateLimiter<Source>>,
    accounts: Option<DefaultKeyedRateLimiter<Source>>,
    clients: Option<DefaultKeyedRateLimiter<(Source, u64)>>,
    resets: Option<DefaultKeyedRateLimiter<Source>>,
    resets_per_account: Option<Rate>,
    accounts_window: Duration,
    clock: DefaultClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held_back: HashMap<Source, Instant>,
    touched: HashMap<(Source, u64), Instant>,
}

impl Sources {
    pub fn new(failures: Option<Rate>, accounts: Option<Rate>) -> Self {
        Self {
            failures: failures.and_then(quota).map(DefaultKeyedRateLimiter::keyed),
            accounts: accounts.and_then(quota).map(DefaultKeyedRateLimiter::keyed),
            clients: failures.and_then(quota).map(DefaultKeyedRateLimiter::keyed),
            resets: None,
            resets_per_account: None,
            accounts_window: accounts.map_or(Duration::ZERO, |rate| rate.per),
            clock: DefaultClock::default(),
            state: Mutex::default(),
        }
    }

    /// How many links for a forgotten password may be asked for: from one source, and for one account.
    #[must_use]
    pub fn resets(mut self, per_source: Option<Rate>, per_account: Option<Rate>) -> Self {
        self.resets = per_source.and_then(quota).map(DefaultKeyedRateLimiter::keyed);
        self.resets_per_account = per_account;
        self
    }

    pub fn resets_per_account(&self) -> Option<Rate> {
        self.resets_per_account
    }

    /// A link is asked for from here: how long to wait instead, if there were too many.
    pub fn reset_held_back(&self, tenant: TenantId, address: Option<IpAddr>) -> Option<Duration> {
        self.spend(self.resets.as_ref()?, &Source(tenant, prefix(address?)))
    }

    /// How long this source still has to wait, if at all.
    pub fn held_back(&self, tenant: TenantId, address: Option<IpAddr>) -> Option<Duration> {
        let source = Source(tenant, prefix(address?));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *state.held_back.get(&source)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            state.held_back.remove(&source);
            return None;
        }
        Some(left)
    }

    /// A sign-in from here failed; `account` tells accounts apart without naming them. Returns whether the
    /// source is now held back.
    pub fn failed(&self, tenant: TenantId, address: Option<IpAddr>, account: u64) -> bool {
        let Some(address) = address else { return false };
        let source = Source(tenant, prefix(address));
        let mut wait = self.failures.as_ref().and_then(|limiter| self.spend(limiter, &source));
        if self.is_new(source, account) {
            let spread = self.accounts.as_ref().and_then(|limiter| self.spend(limiter, &source));
            wait = wait.max(spread);
        }
        self.hold_back(source, wait)
    }

    /// An application's secret was wrong. Counted per source and client, so that nobody locks a client out.
    pub fn client_failed(&self, tenant: TenantId, address: Option<IpAddr>, client: u64) -> bool {
        let (Some(address), Some(limiter)) = (address, &self.clients) else { return false };
        let source = Source(tenant, prefix(address));
        let wait = self.spend(limiter, &(source, client));
        self.hold_back(source, wait)
    }

    fn spend<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Option<Duration> {
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        let refused = limiter.check_key(key).err()?;
        Some(refused.wait_time_from(self.clock.now()).max(Duration::from_secs(1)))
    }

    fn hold_back(&self, source: Source, wait: Option<Duration>) -> bool {
        let Some(wait) = wait else { return false };
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.held_back.len() >= REMEMBERED {
            state.held_back.retain(|_, until| *until > now);
        }
        if state.held_back.len() < REMEMBERED {
            state.held_back.insert(source, now + wait);
        }
        true
    }

    fn is_new(&self, source: Source, account: u64) -> bool {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.touched.len() >= REMEMBERED {
            state.touched.retain(|_, until| *until > now);
        }
        if state.touched.len() >= REMEMBERED {
            return false;
        }
        let until = now + self.accounts_window;
        state.touched.insert((source, account), until).is_none_or(|before| before <= now)
    }
}

fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.per.checked_div(rate.events.get())?)?.allow_burst(rate.events))
}

fn prefix(address: IpAddr) -> [u8; 8] {
    let mut key = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            for (to, from) in key.iter_mut().skip(4).zip(v4.octets()) {
                *to = from;
            }
        }
        IpAddr::V6(v6) => {
            for (to, from) in key.iter_mut().zip(v6.octets()) {
                *to = from;
            }
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn rate(events: u32) -> Rate {
        Rate { events: std::num::NonZeroU32::new(events).unwrap(), per: Duration::from_secs(300) }
    }

    fn tenant() -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(1))
    }

    #[test]
    fn a_source_that_fails_too_often_waits_and_its_neighbour_does_not() {
        let sources = Sources::new(Some(rate(3)), None);
        let here = Some("192.0.2.1".parse().unwrap());
        let there = Some("192.0.2.2".parse().unwrap());
        for _ in 0..3 {
            assert!(!sources.failed(tenant(), here, 1));
        }
        assert!(sources.failed(tenant(), here, 1));
        assert!(sources.held_back(tenant(), here).is_some());
        assert!(sources.held_back(tenant(), there).is_none());
    }

    #[test]
    fn many_accounts_from_one_ipv6_network_are_spraying() {
        let sources = Sources::new(None, Some(rate(2)));
        let from = |n: u16| Some(format!("2001:db8::{n:x}").parse().unwrap());
        assert!(!sources.failed(tenant(), from(1), 1));
        assert!(!sources.failed(tenant(), from(2), 1));
        assert!(!sources.failed(tenant(), from(3), 2));
        assert!(sources.failed(tenant(), from(4), 3));
    }

    #[test]
    fn switched_off_nobody_waits() {
        let sources = Sources::new(None, None);
        let here = Some("192.0.2.1".parse().unwrap());
        for n in 0..1000 {
            assert!(!sources.failed(tenant(), here, n));
        }
        assert!(sources.held_back(tenant(), here).is_none());
    }
}
