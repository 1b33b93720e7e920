//! The few numbers that answer "is it all right?".

use chrono::Duration;

use crate::flow::Site;
use crate::store::{self, StoreError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    pub people: u64,
    pub locked: u64,
    /// Of those who may sign in.
    pub without_second_factor: u64,
    /// In the last 24 hours.
    pub failed_sign_ins: u64,
}

pub fn numbers(site: &Site) -> Result<Numbers, StoreError> {
    let now = site.now();
    site.store.read(|tx| {
        Ok(Numbers {
            people: store::users::count(tx)?,
            locked: store::users::count_locked(tx, now)?,
            without_second_factor: store::users::count_without_second_factor(tx)?,
            failed_sign_ins: store::audit::failures_since(tx, now - Duration::hours(24))?,
        })
    })
}
