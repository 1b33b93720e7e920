//! A person looks at their own sign-in, and ends it; Min profil.

pub mod activity;
pub mod applications;
pub mod details;
pub mod export;
pub mod lock;
pub mod overview;
pub mod sessions;

use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::store::{self, StoreError};

use super::Site;
use super::browser::{Browser, SignedIn, signed_in};

/// Who is signed in here, if anybody.
pub fn who(site: &Site, browser: &Browser) -> Result<Option<SignedIn>, StoreError> {
    let now = site.now();
    let policy = &site.settings.policy;
    site.store.read(|tx| signed_in(tx, policy, browser, now))
}

/// Ends the session of this browser and every grant given in it, but for those that were to outlive it. Applications that
/// are told through the browser are not; `flow::logout::begin` does that.
pub fn sign_out(site: &Site, browser: &Browser) -> Result<(), StoreError> {
    let Some(known) = who(site, browser)? else { return Ok(()) };
    let now = site.now();
    let event = Event::new(now, EventKind::SessionEnded, Outcome::Success, Actor::User(known.user.id), &browser.origin)
        .user(known.user.id)
        .username(known.user.username.as_str())
        .session(known.session.id)
        .detail("reason", "signed_out");
    site.store.write(move |tx| {
        if !store::sessions::end_unseen(tx, known.session.id, now)? {
            return Ok(());
        }
        store::grants::end_for_session(tx, known.session.id, GrantEnd::SignedOut, now)?;
        store::audit::append(tx, &event)
    })
}
