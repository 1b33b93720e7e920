//! Texts that were fetched, kept for a while: bounded, asked for once however many want them, and left in peace
//! after a failure.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::fetch::FetchError;

const FRESH: Duration = Duration::from_mins(5);
/// Nobody can make this server ask the same address more often than this.
const PAUSE: Duration = Duration::from_mins(1);
/// Addresses kept at once. They are registered by administrators, so that more is unusual, not hostile.
const ADDRESSES: usize = 512;

pub type Fetched = Result<Arc<str>, FetchError>;

/// What is known of one address.
#[derive(Default)]
pub struct Slot {
    last: Option<(Fetched, Instant)>,
    /// When it was last asked for before its time.
    renewed: Option<Instant>,
}

impl Slot {
    /// What can be said without asking again.
    pub fn answer(&self, now: Instant) -> Option<Fetched> {
        let (fetched, at) = self.last.as_ref()?;
        let lifetime = if fetched.is_ok() { FRESH } else { PAUSE };
        (now.saturating_duration_since(*at) < lifetime).then(|| fetched.clone())
    }

    /// What is kept is not good enough for the caller. `None`: it may be asked for again, and the caller does.
    pub fn renew(&mut self, now: Instant) -> Option<Fetched> {
        let resting = self.renewed.is_some_and(|at| now.saturating_duration_since(at) < PAUSE);
        if !resting {
            self.renewed = Some(now);
            return None;
        }
        self.last.as_ref().map(|(fetched, _)| fetched.clone())
    }

    /// A failure takes nothing away that is fresh still.
    pub fn keep(&mut self, fetched: Fetched, now: Instant) {
        let fresh = matches!(self.answer(now), Some(Ok(_)));
        if fetched.is_ok() || !fresh {
            self.last = Some((fetched, now));
        }
    }
}

/// Whoever holds a slot's lock fetches; the others wait for it and find the answer.
pub type Shared = Arc<tokio::sync::Mutex<Slot>>;

struct Entry {
    slot: Shared,
    used: Instant,
}

#[derive(Default)]
pub struct Texts {
    entries: Mutex<HashMap<Url, Entry>>,
}

impl Texts {
    pub fn slot(&self, url: &Url, now: Instant) -> Shared {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(url) {
            entry.used = now;
            return Arc::clone(&entry.slot);
        }
        if entries.len() >= ADDRESSES {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.used).map(|(url, _)| url.clone());
            oldest.and_then(|url| entries.remove(&url));
        }
        let slot = Shared::default();
        entries.insert(url.clone(), Entry { slot: Arc::clone(&slot), used: now });
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_for_five_minutes_and_a_failure_for_one() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut slot = Slot::default();
        assert!(slot.answer(start).is_none());
        slot.keep(Err(FetchError::TimedOut), start);
        assert_eq!(slot.answer(after(59)), Some(Err(FetchError::TimedOut)));
        assert_eq!(slot.answer(after(60)), None);
        slot.keep(Ok("{}".into()), start);
        assert_eq!(slot.answer(after(299)), Some(Ok("{}".into())));
        assert_eq!(slot.answer(after(300)), None);
    }

    #[test]
    fn what_is_not_good_enough_is_asked_for_again_once_a_minute() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut slot = Slot::default();
        slot.keep(Ok("old".into()), start);
        assert_eq!(slot.renew(after(1)), None);
        slot.keep(Ok("new".into()), after(1));
        assert_eq!(slot.renew(after(60)), Some(Ok("new".into())));
        assert_eq!(slot.renew(after(61)), None);
        slot.keep(Err(FetchError::TimedOut), after(62));
        assert_eq!(slot.answer(after(62)), Some(Ok("new".into())), "a failure takes nothing away");
        slot.keep(Err(FetchError::TimedOut), after(301));
        assert_eq!(slot.answer(after(301)), Some(Err(FetchError::TimedOut)));
    }

    #[test]
    fn no_more_addresses_are_kept_than_the_bound_and_the_one_unused_longest_goes() {
        let start = Instant::now();
        let texts = Texts::default();
        let url = |n: usize| Url::parse(&format!("https://keys.example/{n}")).unwrap();
        let first = texts.slot(&url(0), start);
        for n in 1..ADDRESSES {
            texts.slot(&url(n), start + Duration::from_millis(1));
        }
        let again = texts.slot(&url(0), start + Duration::from_secs(1));
        assert!(Arc::ptr_eq(&first, &again));
        texts.slot(&url(ADDRESSES), start + Duration::from_secs(2));
        let entries = texts.entries.lock().unwrap();
        assert_eq!(entries.len(), ADDRESSES);
        assert!(entries.contains_key(&url(0)));
    }
}
