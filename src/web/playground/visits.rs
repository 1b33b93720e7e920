//! What the playground knows of each browser between two requests. In memory, for a quarter of an hour, and of no
//! more browsers than fit: whoever comes back later starts over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::domain::Time;
use crate::domain::ids::TenantId;
use crate::domain::secret::TokenHash;
use crate::outbound::relying_party::{Provider, Secrets, Tokens};
use crate::view::{PlaygroundSection, PlaygroundTitle};

const LIFETIME: TimeDelta = TimeDelta::minutes(15);
const MOST: usize = 256;

/// A browser as one tenant sees it.
pub type Key = (TenantId, TokenHash);

#[derive(Clone, Default)]
pub struct Visit {
    pub provider: Option<Provider>,
    /// The request whose answer is awaited.
    pub pending: Option<Secrets>,
    pub tokens: Option<Tokens>,
    /// The `state` of a sign-out whose return is awaited.
    pub leaving: Option<String>,
    pub sections: Vec<PlaygroundSection>,
    pub error: Option<String>,
}

impl Visit {
    /// A new request: what earlier ones showed goes, the tokens stay until there are others.
    pub fn begin(&mut self, provider: Provider, secrets: Secrets) {
        let tokens = self.tokens.take();
        *self = Self { provider: Some(provider), pending: Some(secrets), tokens, ..Self::default() };
    }

    /// Takes the request that an answer with this `state` belongs to. It is answered once.
    pub fn arrive(&mut self, state: &str) -> Option<(Provider, Secrets)> {
        let provider = self.provider.clone()?;
        let secrets = self.pending.take_if(|secrets| secrets.is_state(state))?;
        Some((provider, secrets))
    }

    /// Forgets the person, if this `state` says that the sign-out is done.
    pub fn depart(&mut self, state: &str) -> bool {
        let is_ours = self.leaving.as_deref() == Some(state);
        if is_ours {
            *self = Self::default();
        }
        is_ours
    }

    pub fn put(&mut self, section: PlaygroundSection) {
        put(&mut self.sections, section);
    }
}

/// One section of each title, in the order of the titles.
pub fn put(sections: &mut Vec<PlaygroundSection>, section: PlaygroundSection) {
    let rank = |section: &PlaygroundSection| PlaygroundTitle::ALL.iter().position(|title| *title == section.title);
    sections.retain(|other| other.title != section.title);
    sections.push(section);
    sections.sort_by_key(rank);
}

/// By protocol: each has visits of its own kind.
#[derive(Default)]
pub struct Visits<V = Visit>(Mutex<HashMap<Key, (V, Time)>>);

impl<V: Clone + Default> Visits<V> {
    /// What is known of this browser; nothing, if it has not been here for a while.
    pub fn of(&self, key: &Key, now: Time) -> V {
        let visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = visits.get(key).filter(|(_, at)| now < *at + LIFETIME);
        known.map(|(visit, _)| visit.clone()).unwrap_or_default()
    }

    /// Changes what is known of this browser; nobody else changes it meanwhile.
    pub fn change<T>(&self, key: Key, now: Time, change: impl FnOnce(&mut V) -> T) -> T {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.retain(|_, (_, at)| now < *at + LIFETIME);
        if !visits.contains_key(&key) && visits.len() >= MOST {
            let oldest = visits.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| *key);
            oldest.and_then(|key| visits.remove(&key));
        }
        let (visit, at) = visits.entry(key).or_insert_with(|| (V::default(), now));
        *at = now;
        change(visit)
    }

    pub fn forget(&self, key: &Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(number: u128) -> Key {
        (TenantId::from_uuid(Uuid::from_u128(number)), TokenHash::from_bytes([7; 32]))
    }
    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }
    fn leave(visit: &mut Visit) {
        visit.leaving = Some("state".to_owned());
    }

    #[test]
    fn a_visit_belongs_to_one_browser_at_one_tenant_and_ends_after_a_quarter_of_an_hour() {
        let visits = Visits::<Visit>::default();
        visits.change(key(1), at(0), leave);
        assert!(visits.of(&key(1), at(899)).leaving.is_some());
        assert!(visits.of(&key(1), at(900)).leaving.is_none());
        assert!(visits.of(&key(2), at(0)).leaving.is_none());
        assert!(visits.change(key(1), at(900), |visit| visit.leaving.is_none()));
    }

    #[test]
    fn no_more_visits_are_kept_than_the_bound_and_the_one_unused_longest_goes() {
        let visits = Visits::<Visit>::default();
        let most = u128::try_from(MOST).unwrap();
        for number in 0..most {
            visits.change(key(number), at(i64::try_from(number).unwrap()), leave);
        }
        visits.change(key(0), at(300), |_| ());
        visits.change(key(most), at(301), leave);
        assert_eq!(visits.0.lock().unwrap().len(), MOST);
        assert!(visits.of(&key(0), at(301)).leaving.is_some());
        assert!(visits.of(&key(1), at(301)).leaving.is_none());
        visits.forget(&key(0));
        assert!(visits.of(&key(0), at(301)).leaving.is_none());
    }

    #[test]
    fn a_sign_out_is_believed_only_with_its_own_state() {
        let mut visit = Visit { error: Some("old".to_owned()), ..Visit::default() };
        assert!(!visit.depart("state"));
        leave(&mut visit);
        assert!(!visit.depart("other"));
        assert!(visit.depart("state"));
        assert!(visit.error.is_none() && !visit.depart("state"));
    }
}
