//! What becomes of the notices of a tenant that sessions have ended: claimed, sent by `jobs`, and settled here.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::domain::Time;
use crate::domain::application::Protocol;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{ClientId, TenantId};
use crate::domain::tenant::TenantStatus;
use crate::flow::site::SiteError;
use crate::flow::{Host, Site};
use crate::protocol::oidc::logout_token::{LOGOUT_TOKEN_TYPE, LogoutTokenClaims};
use crate::store::logout_notices::Claimed;
use crate::store::{self, Store, StoreError};

/// How long a claimed notice is left to whoever claimed it.
const LEASE: Duration = Duration::from_secs(60);
/// The first pause after a failure; each further one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 60 * 60);
/// With the pauses above about half a day: by then sessions elsewhere are over too.
const ATTEMPTS: u32 = 12;

/// Some notices of one tenant that this process is to send now.
pub struct Batch {
    pub notices: Vec<Notice>,
    /// There may be more that are due.
    pub is_full: bool,
    store: Store,
}

pub struct Notice {
    pub delivery: Delivery,
    claimed: Claimed,
}

impl Notice {
    pub fn id(&self) -> String {
        self.claimed.id.to_string()
    }
    pub fn application(&self) -> &ClientId {
        &self.claimed.application
    }
}

/// What is to be done with a notice.
pub enum Delivery {
    /// Posted to the address that is registered now, as `logout_token`.
    Post { url: Url, token: String },
    /// It cannot be sent; why.
    Impossible(Attempt),
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    Taken,
    Later(String),
    Never(String),
}

/// Takes what is due, a few at a time; none when there is nothing.
pub fn claim(host: &Host, tenant: TenantId) -> Result<Batch, SiteError> {
    let store = host.stores.tenant(tenant)?;
    let now = host.clock.now();
    // Most looks find nothing: they are not worth a write.
    let due = store.read(store::logout_notices::next_due)?;
    if due.is_none_or(|due| due > now) {
        return Ok(Batch { notices: Vec::new(), is_full: false, store });
    }
    let site = site_of(host, tenant)?;
    let claimed = store.write(move |tx| store::logout_notices::claim(tx, now, now + LEASE))?;
    let is_full = claimed.len() >= 10;
    let notice = |claimed: Claimed| Notice { delivery: delivery(site.as_deref(), &claimed, now), claimed };
    Ok(Batch { notices: claimed.into_iter().map(notice).collect(), is_full, store })
}

/// `None` while the tenant is suspended.
fn site_of(host: &Host, tenant: TenantId) -> Result<Option<Arc<Site>>, SiteError> {
    let found = host.stores.registry().find(tenant)?;
    match found.filter(|tenant| tenant.status == TenantStatus::Active) {
        Some(tenant) => host.site(&tenant.slug),
        None => Ok(None),
    }
}

/// The token is signed for this attempt: it lives two minutes.
fn delivery(site: Option<&Site>, notice: &Claimed, now: Time) -> Delivery {
    let Some(site) = site else {
        return Delivery::Impossible(Attempt::Later("the tenant is suspended".to_owned()));
    };
    let stored = match site.store.read(|tx| store::applications::find(tx, &notice.application)) {
        Ok(stored) => stored,
        Err(fault) => return Delivery::Impossible(Attempt::Later(fault.to_string())),
    };
    let registered = stored.and_then(|stored| match stored.application.protocol {
        Protocol::Oidc(client) => client.backchannel_logout_uri.clone().map(|url| (url, client.id_token_alg)),
        Protocol::Saml(_) | Protocol::Wsfed(_) => None,
    });
    let Some((url, alg)) = registered else {
        return Delivery::Impossible(Attempt::Never("the application takes no notices any more".to_owned()));
    };
    let about = (notice.user, notice.session);
    let claims = LogoutTokenClaims::new(&site.base, &notice.application, about, (site.new_id(now), now));
    match site.keys.sign(alg, LOGOUT_TOKEN_TYPE, &claims) {
        Ok(token) => Delivery::Post { url, token },
        Err(fault) => Delivery::Impossible(Attempt::Later(fault.to_string())),
    }
}

/// §2.8: 200 is success, and some frameworks make it 204. What the application itself refuses it will refuse again.
pub fn judge(status: u16) -> Attempt {
    match status {
        200..=299 => Attempt::Taken,
        408 | 425 | 429 | 500..=599 => Attempt::Later(format!("the answer has the status {status}")),
        _ => Attempt::Never(format!("the answer has the status {status}")),
    }
}

/// Notes how an attempt ended. What failed is tried again, later each time, and given up in the end.
pub fn settle(host: &Host, batch: &Batch, notice: &Notice, attempt: Attempt) -> Result<(), StoreError> {
    let now = host.clock.now();
    let claimed = notice.claimed.clone();
    batch.store.write(move |tx| -> Result<(), StoreError> {
        let claim = (claimed.id, claimed.attempts);
        let (ours, outcome) = match attempt {
            Attempt::Taken => (store::logout_notices::mark_sent(tx, claim, now)?, Some(Outcome::Success)),
            Attempt::Later(error) if claim.1 < ATTEMPTS => {
                (store::logout_notices::postpone(tx, claim, now + pause(claim.1), &error)?, None)
            }
            Attempt::Later(error) | Attempt::Never(error) => {
                (store::logout_notices::bury(tx, claim, now, &error)?, Some(Outcome::Failure))
            }
        };
        match outcome {
            Some(outcome) if ours => store::audit::append(tx, &answered(&claimed, outcome, now)),
            Some(_) | None => Ok(()),
        }
    })
}

fn answered(notice: &Claimed, outcome: Outcome, now: Time) -> Event {
    Event::new(now, EventKind::LogoutAnswered, outcome, Actor::System, &Origin::default())
        .user(notice.user)
        .application(&notice.application)
        .session(notice.session)
        .detail("channel", "notice")
        .detail("attempts", notice.attempts)
}

/// When to look again, if there is anything to look for.
pub fn next_due(host: &Host, tenant: TenantId) -> Result<Option<Time>, StoreError> {
    host.stores.tenant(tenant)?.read(store::logout_notices::next_due)
}

fn pause(attempts: u32) -> Duration {
    let factor = 3_u32.saturating_pow(attempts.saturating_sub(1).min(12));
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_after_half_a_day() {
        let pauses: Vec<u64> = (1..=4).map(|n| pause(n).as_secs()).collect();
        assert_eq!(pauses, [2, 6, 18, 54]);
        let all: Duration = (1..ATTEMPTS).map(pause).sum();
        let hours = all.as_secs() / 3600;
        assert!((8..16).contains(&hours), "{hours} hours");
    }

    #[test]
    fn what_an_application_refuses_is_not_sent_again() {
        for (status, expected) in [(200, "taken"), (204, "taken"), (500, "later"), (503, "later"), (429, "later")] {
            assert_eq!(name(&judge(status)), expected, "{status}");
        }
        for status in [302, 400, 401, 404, 405, 501_u16] {
            let expected = if status == 501 { "later" } else { "never" };
            assert_eq!(name(&judge(status)), expected, "{status}");
        }
    }

    fn name(attempt: &Attempt) -> &'static str {
        match attempt {
            Attempt::Taken => "taken",
            Attempt::Later(_) => "later",
            Attempt::Never(_) => "never",
        }
    }
}
