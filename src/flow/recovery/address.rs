//! Another address for an account: asked for by its owner, proven by whoever reads its mail.

use crate::domain::Time;
use crate::domain::audit::{Actor, EventKind};
use crate::domain::link::{Link, Purpose};
use crate::domain::mail::{Message, masked};
use crate::domain::secret::PlainToken;
use crate::domain::user::{EmailAddress, User};
use crate::store::{self, StoreError, Tx};

use super::super::browser::{Browser, SignedIn, still_signed_in};
use super::super::{Site, mail};
use super::{By, Links};

/// Mails the new address a link that proves it. Nothing changes before that is followed. The caller has seen to it that
/// the sign-in is fresh.
pub fn start_address_change(
    site: &Site,
    browser: &Browser,
    person: &SignedIn,
    address: &EmailAddress,
) -> Result<Confirmation, StoreError> {
    let (links, now, id, target) = (Links::of(site), site.now(), person.user.id, address.clone());
    let (policy, browser) = (site.settings.policy.clone(), browser.clone());
    let by = By { actor: Actor::User(id), origin: browser.origin.clone() };
    let cap = site.sources.resets_per_account();
    site.store.write(move |tx| {
        let Some(SignedIn { user, .. }) = still_signed_in(tx, &policy, &browser, (id, now))? else {
            return Ok(Confirmation::Shut);
        };
        if let Some(cap) = cap
            && store::links::count_since(tx, id, Purpose::Address, now - cap.per)? >= cap.events.get()
        {
            return Ok(Confirmation::TooMany);
        }
        let (link, expires_at) = links.issue(tx, &user, (Purpose::Address, Some(&target)), now)?;
        mail::queue_to(tx, &user, &target, Message::AddressVerification { link, expires_at }, now)?;
        store::audit::append(tx, &by.event(EventKind::AddressChangeRequested, &user, now))?;
        Ok(Confirmation::Done)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    Done,
    /// Too many mails were asked for.
    TooMany,
    /// The link opens nothing, or nothing any more; or the session has ended meanwhile.
    Shut,
}

/// What the page behind the link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub address: String,
    pub username: String,
}

/// Looks behind a link; spends nothing.
pub fn look_at_address(site: &Site, token: &PlainToken) -> Result<Option<Proof>, StoreError> {
    let (hash, now) = (token.hash(), site.now());
    site.store.read(|tx| {
        let Some(link) = store::links::find(tx, Purpose::Address, &hash, now)? else { return Ok(None) };
        let found = parties(tx, &link)?;
        Ok(found.map(|(user, target)| Proof { address: target.to_string(), username: user.username.to_string() }))
    })
}

fn parties(tx: &mut Tx<'_>, link: &Link) -> Result<Option<(User, EmailAddress)>, StoreError> {
    let user = store::users::find(tx, link.user)?.filter(User::is_active);
    Ok(user.zip(link.target.clone()))
}

/// The address is the person's from now on; the one before is told.
pub fn confirm_address(site: &Site, browser: &Browser, token: &PlainToken) -> Result<Confirmation, StoreError> {
    let (hash, now, origin) = (token.hash(), site.now(), browser.origin.clone());
    site.store.write(move |tx| {
        let Some(link) = store::links::spend(tx, Purpose::Address, &hash, now)? else {
            return Ok(Confirmation::Shut);
        };
        let Some((before, target)) = parties(tx, &link)? else { return Ok(Confirmation::Shut) };
        let by = By { actor: Actor::User(before.id), origin };
        change(tx, &by, (before, target), now)?;
        Ok(Confirmation::Done)
    })
}

fn change(tx: &mut Tx<'_>, by: &By, (before, target): (User, EmailAddress), now: Time) -> Result<(), StoreError> {
    let is_new = before.email.as_ref() != Some(&target);
    let after = User { email: Some(target), email_verified: true, updated_at: now, ..before.clone() };
    store::users::update(tx, &after)?;
    if is_new && let Some(address) = &after.email {
        let told = Message::AddressChanged { masked: masked(address) };
        mail::queue(tx, &before, told.clone(), now)?;
        mail::queue(tx, &after, told, now)?;
    }
    store::audit::append(tx, &by.event(EventKind::AddressChanged, &after, now))
}
