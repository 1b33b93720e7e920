//! Randomness and time, which everything else is handed. The only home of both.

use uuid::{Builder, Uuid};

use crate::domain::Time;

/// A source of unpredictable bytes.
pub trait Entropy: Send + Sync {
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's, through aws-lc-rs.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        if aws_lc_rs::rand::fill(out).is_err() {
            // Nothing that this process could do next would be safe: every token, nonce and salt comes from here.
            tracing::error!("the operating system gives no randomness");
            std::process::abort();
        }
    }
}

/// A source of the present.
pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
    fn now(&self) -> Time {
        chrono::Utc::now()
    }
}

/// A UUIDv7 (RFC 9562 §5.7) of the given time. Sorts by age; not a secret.
pub fn uuid(now: Time, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration};

    use super::*;

    #[test]
    fn ids_are_version_7_and_sort_by_age() {
        let now = SystemClock.now();
        let older = uuid(now, &SystemEntropy);
        let younger = uuid(now + Duration::milliseconds(1), &SystemEntropy);
        assert_eq!((older.get_version_num(), younger.get_version_num()), (7, 7));
        assert!(older < younger);
    }

    #[test]
    fn ids_of_one_instant_differ() {
        let now = SystemClock.now();
        assert_ne!(uuid(now, &SystemEntropy), uuid(now, &SystemEntropy));
    }

    #[test]
    fn a_time_before_1970_still_gives_an_id() {
        let id = uuid(DateTime::from_timestamp(-1, 0).unwrap(), &SystemEntropy);
        assert_eq!(id.get_version_num(), 7);
    }
}
