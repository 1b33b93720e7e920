//! A provider that does not answer is left in peace for a short while, so that people are told at once instead of
//! waiting five seconds each, and so that it can recover.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many in a row.
const FAILURES: u32 = 3;
const REST: Duration = Duration::from_secs(30);
/// Addresses told apart; they are registered by administrators.
const ADDRESSES: usize = 512;

#[derive(Default)]
pub struct Breakers(Mutex<HashMap<String, (u32, Instant)>>);

impl Breakers {
    /// Whether this address is not to be asked now.
    pub fn is_open(&self, address: &str, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.get(address);
        last.is_some_and(|(failures, at)| *failures >= FAILURES && now.saturating_duration_since(*at) < REST)
    }

    /// How asking went. After a rest the first failure opens it again.
    pub fn note(&self, address: &str, reached: bool, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reached {
            known.remove(address);
            return;
        }
        if known.len() >= ADDRESSES {
            known.retain(|_, (_, at)| now.saturating_duration_since(*at) < REST);
        }
        let (failures, at) = known.entry(address.to_owned()).or_insert((0, now));
        *failures = failures.saturating_add(1);
        *at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_it_for_half_a_minute() {
        let (breakers, start) = (Breakers::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        breakers.note("a", false, start);
        breakers.note("a", false, start);
        assert!(!breakers.is_open("a", start));
        breakers.note("a", true, start);
        for _ in 0..3 {
            breakers.note("a", false, after(1));
        }
        assert!(breakers.is_open("a", after(30)) && !breakers.is_open("b", after(1)));
        assert!(!breakers.is_open("a", after(31)));
        breakers.note("a", false, after(31));
        assert!(breakers.is_open("a", after(32)));
        breakers.note("a", true, after(33));
        assert!(!breakers.is_open("a", after(33)));
    }
}
