//! How an account stands, at a glance.

use crate::domain::Time;
use crate::domain::policy::SecondFactorMethod;
use crate::flow::Site;
use crate::flow::browser::SignedIn;
use crate::store::{self, StoreError};

use super::{applications, sessions};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    pub password_changed_at: Option<Time>,
    pub authenticator_apps: usize,
    pub recovery_codes: u32,
    /// Whether the tenant lets this person have an authenticator app.
    pub app_offered: bool,
    pub sessions: usize,
    pub applications: usize,
}

pub fn overview(site: &Site, known: &SignedIn) -> Result<Overview, StoreError> {
    let now = site.now();
    let user = &known.user;
    let rules = site.settings.policy.for_roles(&user.roles);
    site.store.read(|tx| {
        let live = sessions::live(tx, &site.settings.policy, user, now)?;
        Ok(Overview {
            password_changed_at: store::passwords::age(tx, user.id)?.map(|age| age.changed_at),
            authenticator_apps: store::totp::list(tx, user.id)?.len(),
            recovery_codes: store::recovery_codes::left(tx, user.id)?,
            app_offered: rules.second_factor.methods.contains(&SecondFactorMethod::Totp),
            applications: applications::read(tx, user, &live, now)?.len(),
            sessions: live.len(),
        })
    })
}
