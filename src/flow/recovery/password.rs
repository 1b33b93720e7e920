//! A forgotten password, and choosing one by a mailed link.

use std::time::Duration;

use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::UserId;
use crate::domain::link::{Link, Purpose};
use crate::domain::mail::Message;
use crate::domain::password_rules::{self, Rule};
use crate::domain::quantity::Rate;
use crate::domain::secret::{Password, PlainToken};
use crate::domain::user::{EmailAddress, User, fold};
use crate::store::{self, StoreError, Tx};

use super::super::browser::Browser;
use super::super::password::{self, Choice, Chosen};
use super::super::{Site, mail};
use super::{By, Links, Sent};

/// Whether a request was taken. It says nothing about any account.
pub enum Request {
    /// What there is to do, to be done once the answer is out.
    Taken(Box<Forgotten>),
    /// Too many from this source.
    HeldBack { wait: Duration },
}

/// Somebody has forgotten a password. The answer waits for nothing that depends on the account: what there is to do is
/// done after it, so that neither words nor time tell whether there is an account.
pub fn forgot(site: &Site, browser: &Browser, identifier: &str) -> Request {
    if let Some(wait) = site.sources.reset_held_back(site.id, browser.origin.address) {
        return Request::HeldBack { wait };
    }
    let work = Forgotten {
        links: Links::of(site),
        by: By { actor: Actor::Nobody, origin: browser.origin.clone() },
        identifier: fold(identifier),
        cap: site.sources.resets_per_account(),
        broker: site.settings.broker,
        now: site.now(),
    };
    Request::Taken(Box::new(work))
}

/// A request that was taken.
pub struct Forgotten {
    links: Links,
    by: By,
    identifier: String,
    cap: Option<Rate>,
    /// What strangers type is not written down where nobody is kept.
    broker: bool,
    now: Time,
}

impl Forgotten {
    pub fn carry_out(self, site: &Site) -> Result<(), StoreError> {
        site.store.write(move |tx| self.run(tx))
    }

    fn run(self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Some(user) = find(tx, &self.identifier)? else { return self.refused(tx, None, "unknown") };
        if let Some(cap) = self.cap {
            let since = self.now - cap.per;
            if store::links::count_since(tx, user.id, Purpose::PasswordReset, since)? >= cap.events.get() {
                return self.refused(tx, Some(&user), "too_many");
            }
        }
        // Whoever comes from an upstream does not get a second way in by mail: who leaves there has left here.
        let federated = !store::federated_identities::list_for_user(tx, user.id)?.is_empty();
        if federated && store::passwords::find(tx, user.id)?.is_none() {
            return self.refused(tx, Some(&user), "federated");
        }
        match super::send_reset_in(tx, &self.links, &self.by, &user, self.now)? {
            Sent::Mailed => Ok(()),
            Sent::NoAddress => self.refused(tx, Some(&user), "no_address"),
            Sent::Closed | Sent::NoSuchUser => self.refused(tx, Some(&user), "disabled"),
            Sent::Elsewhere => self.refused(tx, Some(&user), "elsewhere"),
        }
    }

    fn refused(&self, tx: &mut Tx<'_>, user: Option<&User>, reason: &'static str) -> Result<(), StoreError> {
        let (kind, outcome) = (EventKind::PasswordResetRequested, Outcome::Failure);
        let event = Event::new(self.now, kind, outcome, self.by.actor.clone(), &self.by.origin);
        let event = if self.broker { event } else { event.username(&self.identifier) }.detail("reason", reason);
        store::audit::append(tx, &user.map_or(event.clone(), |user| event.user(user.id)))
    }
}

/// As at sign-in: by user name, else by an address that is one person's alone.
fn find(tx: &mut Tx<'_>, identifier: &str) -> Result<Option<User>, StoreError> {
    if let Some(user) = store::users::find_by_username_key(tx, identifier)? {
        return Ok(Some(user));
    }
    if !identifier.contains('@') {
        return Ok(None);
    }
    let mut same = store::users::find_by_email_key(tx, identifier)?;
    Ok(if same.len() == 1 { same.pop() } else { None })
}

/// What the page behind a link shows.
#[derive(Clone, Debug)]
pub struct Open {
    pub username: String,
    /// What the password has to be, told before it is typed.
    pub rules: Vec<Rule>,
}

/// Looks behind a link; spends nothing. `None`: it opens nothing, or nothing any more.
pub fn look(site: &Site, purpose: Purpose, token: &PlainToken) -> Result<Option<Open>, StoreError> {
    Ok(person(site, purpose, token)?.map(|user| open(site, &user)))
}

fn open(site: &Site, user: &User) -> Open {
    let (policy, _) = password::rules_for(site, user);
    Open { username: user.username.to_string(), rules: password_rules::shown(&policy) }
}

fn person(site: &Site, purpose: Purpose, token: &PlainToken) -> Result<Option<User>, StoreError> {
    let (hash, now) = (token.hash(), site.now());
    site.store.read(|tx| {
        let Some(link) = store::links::find(tx, purpose, &hash, now)? else { return Ok(None) };
        owner(tx, &link)
    })
}

/// The person of a link, if it still opens anything for them.
fn owner(tx: &mut Tx<'_>, link: &Link) -> Result<Option<User>, StoreError> {
    let Some(user) = store::users::find(tx, link.user)?.filter(|user| super::is_open(link.purpose, user)) else {
        return Ok(None);
    };
    Ok(super::has_use(tx, link.purpose, &user)?.then_some(user))
}

#[derive(Debug)]
pub enum Choosing {
    /// The password is set; whoever it is signs in with it.
    Done,
    /// Nothing was spent: another password can be tried.
    Unmet(Open, Vec<Rule>),
    /// The hash queue is full; nothing was spent.
    Busy(Open),
    /// The link opens nothing, or nothing any more.
    Shut,
}

/// Sets the password that the bearer of a link has chosen. Rules and hashing come first and outside the transaction;
/// the link is spent by the write that sets it.
pub fn choose_password(
    site: &Site,
    browser: &Browser,
    (purpose, token): (Purpose, &PlainToken),
    password: &Password,
) -> Result<Choosing, StoreError> {
    let Some(user) = person(site, purpose, token)? else { return Ok(Choosing::Shut) };
    match password::choose(site, &user, password, None)? {
        Choice::Unmet(unmet) => Ok(Choosing::Unmet(open(site, &user), unmet)),
        Choice::Busy => Ok(Choosing::Busy(open(site, &user))),
        Choice::Taken(chosen) => {
            let (user, now) = (user.id, site.now());
            let work = Setting { purpose, token: token.clone(), user, chosen, browser: browser.clone(), now };
            let done = site.store.write(move |tx| work.run(tx))?;
            site.turnstile.turn();
            Ok(if done { Choosing::Done } else { Choosing::Shut })
        }
    }
}

struct Setting {
    purpose: Purpose,
    token: PlainToken,
    /// Whose link it is.
    user: UserId,
    chosen: Chosen,
    browser: Browser,
    now: Time,
}

impl Setting {
    fn run(self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        store::users::hold(tx, self.user)?;
        let Some(link) = store::links::spend(tx, self.purpose, &self.token.hash(), self.now)? else {
            return Ok(false);
        };
        let Some(mut user) = owner(tx, &link)? else { return Ok(false) };
        // Whoever has read the mail has proven the address it went to.
        let proven = !user.email_verified && user.email.as_ref().map(EmailAddress::key) == link.address;
        let unlocked = user.undo_self_lock();
        if proven || unlocked {
            user.email_verified |= proven;
            user.updated_at = self.now;
            store::users::update(tx, &user)?;
        }
        // A lock is the owner's to open this way: too many strangers' guesses shut nobody out for good.
        store::attempts::clear_factor(tx, user.id, Factor::Password)?;
        let way = match self.purpose {
            Purpose::Invitation => "invited",
            Purpose::PasswordReset | Purpose::Address => "reset",
        };
        let by = password::By { actor: Actor::User(user.id), origin: self.browser.origin.clone(), way };
        if self.purpose == Purpose::PasswordReset {
            mail::queue(tx, &user, Message::PasswordChanged, self.now)?;
        }
        password::set(tx, &user, &self.chosen, &by, self.now)?;
        let ended = store::sessions::end_for_user(tx, user.id, self.now)?;
        store::grants::end_for_user(tx, user.id, GrantEnd::Revoked, self.now)?;
        if unlocked {
            let event = Event::new(self.now, EventKind::UserUnlocked, Outcome::Success, by.actor.clone(), &by.origin);
            store::audit::append(tx, &event.user(user.id).username(user.username.as_str()).detail("way", by.way))?;
        }
        if ended > 0 {
            let event = Event::new(self.now, EventKind::SessionEnded, Outcome::Success, by.actor, &by.origin);
            let event = event.user(user.id).detail("reason", "password_reset").detail("sessions_ended", ended);
            store::audit::append(tx, &event)?;
        }
        Ok(true)
    }
}
