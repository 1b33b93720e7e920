//! Throttling by source (security design, layer C): where too many failures come from is made to wait.
//! No account is ever locked by it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::domain::ids::TenantId;
use crate::domain::quantity::Rate;

/// What acts as one: an IPv4 address, or an IPv6 /64.
type Network = [u8; 8];

/// Whose failures are counted together. People and applications at one address are: an application's outdated secret
/// shuts out no person, and a person's mistyped password no application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// People, at one tenant.
    People(TenantId, Network),
    PeopleAnywhere(Network),
    /// Who claims to be one application.
    Client(TenantId, Network, u64),
    /// Who claims to be an application that does not exist.
    NoClient(TenantId, Network),
    ClientsAnywhere(Network),
}

/// An application as it presents itself at the token endpoint, told apart without being named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    Client(u64),
    /// No application has this name: all of them are one.
    Nobody,
}

/// What one address may do at all tenants together, as a multiple of what it may at one.
const ANYWHERE: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// More sources than this are not told apart; the oldest marks are dropped.
const REMEMBERED: usize = 50_000;

type Limiter = DefaultKeyedRateLimiter<Source>;

/// One rate for each tenant, and a wider one for all of them together.
struct Limit {
    here: Limiter,
    anywhere: Limiter,
    window: Duration,
}

impl Limit {
    fn new(rate: Rate) -> Option<Self> {
        let wider = Rate { events: rate.events.saturating_mul(ANYWHERE), per: rate.per };
        let (here, anywhere) = (quota(rate).map(Limiter::keyed)?, quota(wider).map(Limiter::keyed)?);
        Some(Self { here, anywhere, window: rate.per })
    }
}

pub struct Sources {
    failures: Option<Limit>,
    accounts: Option<Limit>,
    resets: Option<Limiter>,
    resets_per_account: Option<Rate>,
    clock: DefaultClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held_back: Marks<Source>,
    /// Accounts that were tried, and what was presented in an application's name.
    touched: Marks<(Source, u64)>,
}

impl Sources {
    pub fn new(failures: Option<Rate>, accounts: Option<Rate>) -> Self {
        Self {
            failures: failures.and_then(Limit::new),
            accounts: accounts.and_then(Limit::new),
            resets: None,
            resets_per_account: None,
            clock: DefaultClock::default(),
            state: Mutex::default(),
        }
    }

    /// How many links for a forgotten password may be asked for: from one source, and for one account.
    #[must_use]
    pub fn resets(mut self, per_source: Option<Rate>, per_account: Option<Rate>) -> Self {
        self.resets = per_source.and_then(quota).map(Limiter::keyed);
        self.resets_per_account = per_account;
        self
    }

    pub fn resets_per_account(&self) -> Option<Rate> {
        self.resets_per_account
    }

    /// A link is asked for from here: how long to wait instead, if there were too many.
    pub fn reset_held_back(&self, tenant: TenantId, address: Option<IpAddr>) -> Option<Duration> {
        self.spend(self.resets.as_ref()?, Source::People(tenant, network(address?)))
    }

    /// How long people at this source still have to wait, if at all.
    pub fn held_back(&self, tenant: TenantId, address: Option<IpAddr>) -> Option<Duration> {
        let network = network(address?);
        self.left([Source::People(tenant, network), Source::PeopleAnywhere(network)])
    }

    /// A sign-in from here failed; `account` tells accounts apart without naming them. Returns whether the
    /// source is now held back.
    pub fn failed(&self, tenant: TenantId, address: Option<IpAddr>, account: u64) -> bool {
        let Some(address) = address else { return false };
        let network = network(address);
        let (here, anywhere) = (Source::People(tenant, network), Source::PeopleAnywhere(network));
        let failing = self.failures.as_ref().is_some_and(|limit| self.count(limit, here, anywhere));
        let spreading = self.accounts.as_ref().is_some_and(|limit| {
            let new = self.state().touched.is_new((here, account), limit.window);
            new && self.count(limit, here, anywhere)
        });
        failing || spreading
    }

    /// The same for an application: who else is at this address does not matter to it, nor it to them.
    pub fn client_held_back(
        &self,
        tenant: TenantId,
        address: Option<IpAddr>,
        presented: Presented,
    ) -> Option<Duration> {
        let network = network(address?);
        self.left([client(tenant, network, presented), Source::ClientsAnywhere(network)])
    }

    /// An application could not prove itself; `guess` tells apart what it presented. The same again teaches nobody
    /// anything: it is not counted, and not worth another line. Returns whether this one is.
    pub fn client_failed(
        &self,
        tenant: TenantId,
        address: Option<IpAddr>,
        (presented, guess): (Presented, u64),
    ) -> bool {
        let (Some(address), Some(limit)) = (address, &self.failures) else { return true };
        let network = network(address);
        let source = client(tenant, network, presented);
        let new = self.state().touched.is_new((source, guess), limit.window);
        if new {
            self.count(limit, source, Source::ClientsAnywhere(network));
        }
        new
    }

    /// One failure more. Returns whether it was one too many.
    fn count(&self, limit: &Limit, here: Source, anywhere: Source) -> bool {
        let waits = [(here, self.spend(&limit.here, here)), (anywhere, self.spend(&limit.anywhere, anywhere))];
        let now = Instant::now();
        let mut state = self.state();
        for (source, wait) in waits {
            if let Some(wait) = wait {
                state.held_back.set(source, now + wait, now);
            }
        }
        waits.iter().any(|(_, wait)| wait.is_some())
    }

    fn spend(&self, limiter: &Limiter, source: Source) -> Option<Duration> {
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        let refused = limiter.check_key(&source).err()?;
        Some(refused.wait_time_from(self.clock.now()).max(Duration::from_secs(1)))
    }

    fn left(&self, sources: [Source; 2]) -> Option<Duration> {
        let now = Instant::now();
        let state = self.state();
        sources.iter().filter_map(|source| state.held_back.left(source, now)).max()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(tenant: TenantId, network: Network, presented: Presented) -> Source {
    match presented {
        Presented::Client(tag) => Source::Client(tenant, network, tag),
        Presented::Nobody => Source::NoClient(tenant, network),
    }
}

/// What holds until a moment. When there are too many, those that would have ended first go.
struct Marks<K>(HashMap<K, Instant>);

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Copy + Eq + Hash> Marks<K> {
    /// What is left of it.
    fn left(&self, key: &K, now: Instant) -> Option<Duration> {
        let left = self.0.get(key)?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Whether it is not marked yet. From now on it is, for so long.
    fn is_new(&mut self, key: K, window: Duration) -> bool {
        let now = Instant::now();
        let new = self.left(&key, now).is_none();
        if new {
            self.set(key, now + window, now);
        }
        new
    }

    fn set(&mut self, key: K, until: Instant, now: Instant) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let mark = self.0.entry(key).or_insert(until);
        *mark = until.max(*mark);
    }

    /// A tenth at once: looking for the oldest one by one would cost too much.
    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, until| *until > now);
        if self.0.len() < REMEMBERED {
            return;
        }
        let mut ends: Vec<Instant> = self.0.values().copied().collect();
        let (_, last, _) = ends.select_nth_unstable(REMEMBERED / 10);
        let last = *last;
        self.0.retain(|_, until| *until > last);
    }
}

fn quota(rate: Rate) -> Option<Quota> {
    Some(Quota::with_period(rate.per.checked_div(rate.events.get())?)?.allow_burst(rate.events))
}

fn network(address: IpAddr) -> Network {
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

    fn other(number: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn who_goes_from_tenant_to_tenant_waits_at_all_of_them() {
        let here = Some("192.0.2.1".parse().unwrap());
        let failing = Sources::new(Some(rate(3)), None);
        let spraying = Sources::new(None, Some(rate(3)));
        for sources in [failing, spraying] {
            let tried = (0..30).take_while(|n| !sources.failed(other(u128::from(n / 2)), here, *n)).count();
            assert_eq!(tried, 15, "five times as many as at one");
            assert!(sources.held_back(other(999), here).is_some());
            assert!(sources.held_back(other(999), Some("192.0.2.2".parse().unwrap())).is_none());
        }
    }

    #[test]
    fn an_application_waits_for_its_own_guesses_alone() {
        let sources = Sources::new(Some(rate(3)), Some(rate(3)));
        let here = Some("192.0.2.1".parse().unwrap());
        let (one, two) = (Presented::Client(1), Presented::Client(2));
        assert!(sources.client_failed(tenant(), here, (one, 1)));
        for _ in 0..100 {
            assert!(!sources.client_failed(tenant(), here, (one, 1)), "the same again");
        }
        assert!(sources.client_held_back(tenant(), here, one).is_none());
        for guess in 2..5 {
            assert!(sources.client_failed(tenant(), here, (one, guess)));
            assert!(sources.client_failed(tenant(), here, (Presented::Nobody, guess)));
        }
        assert!(sources.client_held_back(tenant(), here, one).is_some());
        assert!(sources.client_held_back(other(2), here, one).is_none(), "another tenant's");
        assert!(sources.client_held_back(tenant(), here, Presented::Nobody).is_none());
        assert!(sources.client_held_back(tenant(), here, two).is_none());
        assert!(sources.held_back(tenant(), here).is_none(), "nor do people");
        for n in 0..10 {
            sources.failed(tenant(), here, n);
        }
        assert!(sources.held_back(tenant(), here).is_some());
        assert!(sources.client_held_back(tenant(), here, two).is_none(), "nor do applications for people");
    }

    #[test]
    fn full_is_not_open() {
        let mut marks = Marks::default();
        let start = Instant::now();
        let until = |n: usize| start + Duration::from_secs(60) + Duration::from_millis(n.try_into().unwrap());
        for n in 0..=REMEMBERED {
            marks.set(n, until(n), start);
        }
        assert!(marks.0.len() <= REMEMBERED);
        assert!(marks.left(&REMEMBERED, start).is_some(), "the newest has its mark");
        assert!(marks.left(&(REMEMBERED - 1), start).is_some());
        assert!(marks.left(&0, start).is_none(), "the oldest gave way");
        marks.set(REMEMBERED, start, start);
        assert!(marks.left(&REMEMBERED, start).is_some(), "and no mark is made shorter");
    }

    #[test]
    fn switched_off_nobody_waits() {
        let sources = Sources::new(None, None);
        let here = Some("192.0.2.1".parse().unwrap());
        for n in 0..1000 {
            assert!(!sources.failed(tenant(), here, n));
        }
        assert!(sources.held_back(tenant(), here).is_none());
        for n in 0..1000 {
            assert!(sources.client_failed(tenant(), here, (Presented::Client(1), n)));
        }
        assert!(sources.client_held_back(tenant(), here, Presented::Client(1)).is_none());
    }
}
