//! Where a person is signed in, and the browsers that know them; each can be ended (ASVS 7.5.2).

use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{DeviceId, SessionId};
use crate::domain::mail::Message;
use crate::domain::policy::Policy;
use crate::domain::user::User;
use crate::flow::browser::{Browser, SignedIn};
use crate::flow::{Site, mail};
use crate::store::devices::Known;
use crate::store::sessions::Seen;
use crate::store::{self, StoreError, Tx};

#[derive(Debug)]
pub struct Whereabouts {
    /// The one used last first.
    pub sessions: Vec<Seen>,
    pub devices: Vec<Known>,
    /// The device of the browser that asks.
    pub this_device: Option<DeviceId>,
}

/// What still stands.
pub(super) fn live(tx: &mut Tx<'_>, policy: &Policy, user: &User, now: Time) -> Result<Vec<Seen>, StoreError> {
    let own = policy.for_roles(&user.roles).session;
    let live = |seen: &Seen| seen.session.is_live(&policy.session, now) && seen.session.is_live(&own, now);
    Ok(store::sessions::seen_of_user(tx, user.id)?.into_iter().filter(live).collect())
}

pub fn whereabouts(site: &Site, browser: &Browser, known: &SignedIn) -> Result<Whereabouts, StoreError> {
    let now = site.now();
    site.store.read(|tx| {
        let this_device = match &browser.device {
            Some(token) => store::devices::find(tx, &token.hash(), now)?.map(|device| device.id),
            None => None,
        };
        Ok(Whereabouts {
            sessions: live(tx, &site.settings.policy, &known.user, now)?,
            devices: store::devices::list_for_user(tx, known.user.id, now)?,
            this_device,
        })
    })
}

fn event(kind: EventKind, browser: &Browser, user: &User, now: Time) -> Event {
    Event::new(now, kind, Outcome::Success, Actor::User(user.id), &browser.origin)
        .user(user.id)
        .username(user.username.as_str())
}

/// Ends one session of the person's own, and what was given in it; whether there was one.
pub fn end(site: &Site, browser: &Browser, known: &SignedIn, id: SessionId) -> Result<bool, StoreError> {
    let now = site.now();
    let user = known.user.id;
    let event =
        event(EventKind::SessionEnded, browser, &known.user, now).session(id).detail("reason", "ended_by_owner");
    site.store.write(move |tx| {
        let own = store::sessions::find_by_id(tx, id)?.is_some_and(|session| session.user == user);
        if !own || !store::sessions::end_unseen(tx, id, now)? {
            return Ok(false);
        }
        store::grants::end_for_session(tx, id, GrantEnd::SignedOut, now)?;
        store::audit::append(tx, &event)?;
        Ok(true)
    })
}

/// Ends every session but this one, and every sign-in that is half done. With `everything` also what services were
/// given to keep when nobody is there. How many sessions were ended.
pub fn end_others(site: &Site, browser: &Browser, known: &SignedIn, everything: bool) -> Result<usize, StoreError> {
    let now = site.now();
    let (user, keep) = (known.user.clone(), known.session.id);
    let event = event(EventKind::SessionEnded, browser, &known.user, now);
    site.store.write(move |tx| {
        let others: Vec<SessionId> = store::sessions::seen_of_user(tx, user.id)?
            .into_iter()
            .map(|seen| seen.session.id)
            .filter(|id| *id != keep)
            .collect();
        if everything {
            store::grants::end_for_others(tx, user.id, keep, (GrantEnd::SignedOut, now))?;
        } else {
            for id in others {
                store::grants::end_for_session(tx, id, GrantEnd::SignedOut, now)?;
            }
        }
        let ended = store::sessions::end_others(tx, user.id, keep, now)?;
        store::sign_ins::end_for_user(tx, user.id)?;
        store::devices::distrust_all(tx, user.id)?;
        mail::queue(tx, &user, Message::SignedOutEverywhere, now)?;
        let event = event.detail("reason", "ended_by_owner").detail("others", ended).detail("offline", everything);
        store::audit::append(tx, &event)?;
        Ok(ended)
    })
}

/// That browser, if it is the person's, is a stranger from now on; whether there was one. `None` = every browser.
pub fn forget(site: &Site, browser: &Browser, known: &SignedIn, id: Option<DeviceId>) -> Result<bool, StoreError> {
    let now = site.now();
    let user = known.user.id;
    let event = event(EventKind::DeviceForgotten, browser, &known.user, now);
    site.store.write(move |tx| {
        let gone = match id {
            Some(id) => usize::from(store::devices::forget(tx, user, id)?),
            None => store::devices::forget_all(tx, user)?,
        };
        if gone == 0 {
            return Ok(false);
        }
        store::audit::append(tx, &event.detail("devices", gone))?;
        Ok(true)
    })
}
