//! What anybody on the network can cause as often as they like (answers that nobody asked for, words that nobody
//! believes) stands in the audit log, but cannot fill it: beyond so much of it a tenant's goes to the program's log only.
//!
//! It never counts against where it comes from: nothing can be guessed by it, and any web page can have a visitor's
//! browser send it.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::domain::ids::TenantId;

/// At once, for somebody who looks into an attack.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
const PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(5);

pub struct Noise(DefaultKeyedRateLimiter<TenantId>);

impl Default for Noise {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(PER_MINUTE).allow_burst(BURST)))
    }
}

impl Noise {
    /// Whether one more is written down.
    pub fn is_heard(&self, tenant: TenantId) -> bool {
        self.0.check_key(&tenant).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenants_noise_is_not_anothers() {
        let (noise, tenant) = (Noise::default(), |n| TenantId::from_uuid(uuid::Uuid::from_u128(n)));
        let heard = (0..1000).filter(|_| noise.is_heard(tenant(1))).count();
        assert!((60..70).contains(&heard), "{heard}");
        assert!(noise.is_heard(tenant(2)));
    }
}
