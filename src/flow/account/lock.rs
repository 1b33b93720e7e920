//! A person locks their own account: at once, and from every side.

use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::mail::Message;
use crate::domain::user::{User, UserStatus};
use crate::flow::browser::{Browser, SignedIn};
use crate::flow::{Site, mail};
use crate::store::{self, StoreError};

/// Nobody signs in any more, and nothing that was open stays open; whether it was we who locked it. To whoever tries
/// it looks like a wrong password.
pub fn lock(site: &Site, browser: &Browser, known: &SignedIn) -> Result<bool, StoreError> {
    let now = site.now();
    let id = known.user.id;
    let event = Event::new(now, EventKind::AccountSelfLocked, Outcome::Success, Actor::User(id), &browser.origin)
        .user(id)
        .username(known.user.username.as_str())
        .session(known.session.id);
    site.store.write(move |tx| {
        let Some(mut user) = store::users::find_to_change(tx, id)?.filter(User::is_active) else {
            return Ok(false);
        };
        user.status = UserStatus::SelfLocked;
        user.updated_at = now;
        store::users::update(tx, &user)?;
        let sessions = store::sessions::end_for_user(tx, id, now)?;
        let grants = store::grants::end_for_user(tx, id, GrantEnd::SelfLocked, now)?;
        store::sign_ins::end_for_user(tx, id)?;
        store::links::end_for_user(tx, id, now)?;
        store::devices::distrust_all(tx, id)?;
        mail::queue(tx, &user, Message::AccountSelfLocked, now)?;
        store::audit::append(tx, &event.detail("sessions_ended", sessions).detail("grants_ended", grants))?;
        Ok(true)
    })
}
