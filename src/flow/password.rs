//! Choosing a password (IN-5, IN-6). One way in for every page, link, file and command: rules first, then the hashes
//! of before, then the new hash, all outside the transaction; what comes out is set inside the caller's.

use std::time::Duration;

use uuid::Uuid;

use crate::crypto::breached::Breached;
use crate::crypto::entropy::{self, Entropy};
use crate::crypto::password::{Busy, Checked, HashPool};
use crate::domain::Time;
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{LeaseId, SessionId};
use crate::domain::mail::Message;
use crate::domain::password_rules::{Rule, Words, evaluate};
use crate::domain::policy::{PasswordPolicy, Policy};
use crate::domain::secret::{Password, PasswordHash, PlainToken};
use crate::domain::user::User;
use crate::store::passwords::Present;
use crate::store::{self, Store, StoreError, Tx};

use super::attempts::{self, Slot};
use super::browser::{Browser, SignedIn, still_signed_in};
use super::{Site, signin};

/// What a verdict on a password needs of a tenant.
pub struct Rulebook<'a> {
    pub policy: &'a Policy,
    /// The tenant's name.
    pub organisation: &'a str,
    pub breached: &'a Breached,
    pub hasher: &'a HashPool,
    pub store: &'a Store,
    pub entropy: &'a dyn Entropy,
}

impl Site {
    pub fn rulebook(&self) -> Rulebook<'_> {
        Rulebook {
            policy: &self.settings.policy,
            organisation: &self.settings.name,
            breached: &self.breached,
            hasher: &self.hasher,
            store: &self.store,
            entropy: self.entropy.as_ref(),
        }
    }
}

/// A password that may be set, hashed.
#[derive(Debug)]
pub struct Chosen {
    hash: PasswordHash,
    /// How many hashes are kept beside it.
    keep: u32,
    history_id: Uuid,
}

#[derive(Debug)]
pub enum Choice {
    Taken(Chosen),
    Unmet(Vec<Rule>),
    /// The hash queue is full.
    Busy,
}

/// Why somebody has to choose another password before going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is older than policy lets it be.
    Expired,
    /// An administrator wants another one.
    Asked,
}

impl Rulebook<'_> {
    /// The strictest of what applies to this person.
    pub fn rules_for(&self, user: &User) -> (PasswordPolicy, Words) {
        let rules = self.policy.for_roles(&user.roles).password;
        let words = Words::of_organisation(self.organisation, &rules.own_words).and_person(user);
        (rules, words)
    }

    /// What is not met, as far as it can be said without the hashes of before. The same judgement as [`Self::choose`].
    pub fn preview(&self, user: &User, password: &Password) -> Vec<Rule> {
        let (rules, words) = self.rules_for(user);
        self.judge(&rules, &words, password)
    }

    /// The same for nobody in particular: only the organisation's words are known.
    pub fn judge(&self, rules: &PasswordPolicy, words: &Words, password: &Password) -> Vec<Rule> {
        evaluate(rules, words, &|password| self.breached.holds(password), password.expose())
    }

    /// Judges, compares with the hashes of before and makes the new one. Slow; never inside a transaction.
    ///
    /// Somebody who has to change (`reason`) may not keep what they have, whatever the history says.
    pub fn choose(
        &self,
        user: &User,
        password: &Password,
        reason: Option<Reason>,
        now: Time,
    ) -> Result<Choice, StoreError> {
        let (rules, words) = self.rules_for(user);
        let unmet = self.judge(&rules, &words, password);
        if !unmet.is_empty() {
            return Ok(Choice::Unmet(unmet));
        }
        let refused = if reason.is_some() { rules.history.max(1) } else { rules.history };
        let before = self.store.read(|tx| earlier(tx, user, refused))?;
        let hashed = before.iter().try_fold(false, |seen, hash| {
            Ok::<_, Busy>(seen || matches!(self.hasher.verify(password, Some(hash))?, Checked::Right { .. }))
        });
        let hashed = match hashed {
            Ok(true) => return Ok(Choice::Unmet(vec![Rule::History(refused)])),
            Ok(false) => self.hasher.hash(password),
            Err(busy) => Err(busy),
        };
        Ok(match hashed {
            Ok(hash) => {
                let keep = rules.history.saturating_sub(1);
                Choice::Taken(Chosen { hash, keep, history_id: entropy::uuid(now, self.entropy) })
            }
            Err(Busy) => Choice::Busy,
        })
    }
}

impl Rulebook<'_> {
    /// Hashes what an operator's file declares. What the rules say of it is for the caller to tell.
    pub fn obey(&self, user: &User, password: &Password, now: Time) -> Result<Chosen, Busy> {
        let keep = self.rules_for(user).0.history.saturating_sub(1);
        let hash = self.hasher.hash(password)?;
        Ok(Chosen { hash, keep, history_id: entropy::uuid(now, self.entropy) })
    }
}

/// The present hash and those before it, as many as may not come again.
fn earlier(tx: &mut Tx<'_>, user: &User, most: u32) -> Result<Vec<PasswordHash>, StoreError> {
    let Some(before) = most.checked_sub(1) else { return Ok(Vec::new()) };
    let mut hashes: Vec<PasswordHash> = store::passwords::find(tx, user.id)?.into_iter().collect();
    hashes.extend(store::passwords::history(tx, user.id, before)?);
    Ok(hashes)
}

pub fn rules_for(site: &Site, user: &User) -> (PasswordPolicy, Words) {
    site.rulebook().rules_for(user)
}

pub fn preview(site: &Site, user: &User, password: &Password) -> Vec<Rule> {
    site.rulebook().preview(user, password)
}

/// See [`Rulebook::choose`].
pub fn choose(site: &Site, user: &User, password: &Password, reason: Option<Reason>) -> Result<Choice, StoreError> {
    site.rulebook().choose(user, password, reason, site.now())
}

/// Who sets a password, and how: "chosen", "reset", "invited", "forced".
#[derive(Clone, Debug)]
pub struct By {
    pub actor: Actor,
    pub origin: Origin,
    pub way: &'static str,
}

/// Sets what was chosen, in the transaction of whoever let the person choose. A sign-in that began with the old
/// password does not go on, and no browser is trusted any longer. Sessions are ended after it, never before: until the
/// person is held, the old password may still open one.
pub fn set(tx: &mut Tx<'_>, user: &User, chosen: &Chosen, by: &By, now: Time) -> Result<(), StoreError> {
    store::users::hold(tx, user.id)?;
    store::attempts::end_leases(tx, user.id, Factor::Password)?;
    store::passwords::put_aside(tx, chosen.history_id, user.id, chosen.keep, now)?;
    store::passwords::set(tx, user.id, &chosen.hash, now)?;
    store::sign_ins::end_for_user(tx, user.id)?;
    store::devices::distrust_all(tx, user.id)?;
    let event = Event::new(now, EventKind::PasswordSet, Outcome::Success, by.actor.clone(), &by.origin);
    let event = event.user(user.id).username(user.username.as_str()).detail("way", by.way);
    store::audit::append(tx, &event)
}

/// Whether this person has to choose another password before going on. Asked at every sign-in with a password.
pub fn must_change(
    tx: &mut Tx<'_>,
    user: &User,
    rules: &PasswordPolicy,
    now: Time,
) -> Result<Option<Reason>, StoreError> {
    let Some(age) = store::passwords::age(tx, user.id)? else { return Ok(None) };
    let expired = rules.max_age.is_some_and(|most| age.changed_at + most <= now);
    Ok(match (age.must_change, expired) {
        (true, _) => Some(Reason::Asked),
        (false, true) => Some(Reason::Expired),
        (false, false) => None,
    })
}

/// What somebody types who changes their own password.
pub struct Change {
    pub current: Password,
    pub new: Password,
    /// Every other browser and application has to sign in again.
    pub end_others: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Changed {
        sessions_ended: usize,
    },
    Unmet(Vec<Rule>),
    /// Wrong, or too many were.
    Refused,
    Locked {
        until: Time,
    },
    /// Too many failures from this source.
    HeldBack {
        wait: Duration,
    },
    Busy,
    /// The session has ended meanwhile.
    Gone,
}

enum Reserved {
    Evaluate(Slot, Option<Present>),
    Busy,
    Closed { until: Option<Time> },
}

/// One's own password: the present one is asked for and counted as at sign-in, so that an open browser is not a way
/// to guess it. Unmet rules are told before anything is counted.
pub fn change(site: &Site, browser: &Browser, known: &SignedIn, change: &Change) -> Result<Turn, StoreError> {
    let user = &known.user;
    let unmet = preview(site, user, &change.new);
    if !unmet.is_empty() {
        return Ok(Turn::Unmet(unmet));
    }
    if let Some(wait) = site.sources.held_back(site.id, browser.origin.address) {
        return Ok(Turn::HeldBack { wait });
    }
    let is_busy = |reserved: &Reserved| matches!(reserved, Reserved::Busy);
    let turn = match attempts::with_patience(site, is_busy, || reserve(site, browser, user))? {
        Reserved::Busy => Turn::Busy,
        Reserved::Closed { .. } if site.hasher.verify(&change.current, None).is_err() => Turn::Busy,
        Reserved::Closed { until } => until.map_or(Turn::Refused, |until| Turn::Locked { until }),
        Reserved::Evaluate(slot, stored) => {
            let turn = evaluate_current(site, (browser, known), change, (slot, stored));
            site.turnstile.turn();
            turn?
        }
    };
    if matches!(turn, Turn::Refused | Turn::Locked { .. }) {
        signin::count_against_source(site, browser, &user.username.key())?;
    }
    Ok(turn)
}

fn reserve(site: &Site, browser: &Browser, user: &User) -> Result<Reserved, StoreError> {
    let now = site.now();
    let lease = LeaseId::from_uuid(site.new_id(now));
    let policy = site.settings.policy.lockout.clone();
    let device = browser.device.as_ref().map(PlainToken::hash);
    let throttled =
        Event::new(now, EventKind::SignInThrottled, Outcome::Failure, Actor::User(user.id), &browser.origin)
            .user(user.id)
            .username(user.username.as_str())
            .detail("at", "password");
    let id = user.id;
    site.store.write(move |tx| {
        let known = match &device {
            Some(hash) => store::devices::find(tx, hash, now)?.filter(|device| device.user == id),
            None => None,
        };
        let subject = known.map_or(Subject::Account(id), |device| Subject::Device(device.id));
        let slot = Slot { subject, factor: Factor::Password, lease };
        let closed = match attempts::reserve(tx, &slot, &policy, now)? {
            Reservation::Granted(_) => return Ok(Reserved::Evaluate(slot, store::passwords::present(tx, id)?)),
            Reservation::Busy => return Ok(Reserved::Busy),
            Reservation::Locked { until } => (Some(until), "locked"),
            Reservation::Closed => (None, "ceiling"),
        };
        store::audit::append(tx, &throttled.detail("reason", closed.1))?;
        Ok(Reserved::Closed { until: closed.0 })
    })
}

fn evaluate_current(
    site: &Site,
    (browser, known): (&Browser, &SignedIn),
    change: &Change,
    (slot, stored): (Slot, Option<Present>),
) -> Result<Turn, StoreError> {
    let Ok(checked) = site.hasher.verify(&change.current, stored.as_ref().map(|stored| &stored.hash)) else {
        return site.store.write(move |tx| attempts::release(tx, &slot)).map(|()| Turn::Busy);
    };
    let right = matches!(checked, Checked::Right { .. });
    let choice = if right { choose(site, &known.user, &change.new, None)? } else { Choice::Busy };
    let settling = Settling {
        now: site.now(),
        policy: site.settings.policy.clone(),
        user: known.user.clone(),
        session: known.session.id,
        browser: browser.clone(),
        slot,
        stored,
        end_others: change.end_others,
    };
    site.store.write(move |tx| settling.run(tx, right, &choice))
}

struct Settling {
    now: Time,
    policy: Policy,
    user: User,
    session: SessionId,
    browser: Browser,
    slot: Slot,
    /// What the present password was compared with.
    stored: Option<Present>,
    end_others: bool,
}

impl Settling {
    fn run(mut self, tx: &mut Tx<'_>, right: bool, choice: &Choice) -> Result<Turn, StoreError> {
        let Some(known) = still_signed_in(tx, &self.policy, &self.browser, (self.user.id, self.now))? else {
            attempts::release(tx, &self.slot)?;
            return Ok(Turn::Gone);
        };
        self.user = known.user;
        if right && !store::passwords::is_still(tx, self.user.id, self.stored.as_ref())? {
            // Somebody was faster: it was the right one, and is no longer. Nothing was guessed.
            attempts::release(tx, &self.slot)?;
            return self.refuse(tx, Settled::Counted, "password_changed");
        }
        let verdict = if right { Verdict::Right } else { Verdict::Wrong };
        let settled = attempts::settle(tx, &self.slot, verdict, &self.policy.lockout, self.now)?;
        if !right || settled == Settled::TooLate {
            let reason = if settled == Settled::TooLate { "too_late" } else { "wrong" };
            return self.refuse(tx, settled, reason);
        }
        match choice {
            Choice::Taken(chosen) => self.set(tx, chosen),
            Choice::Unmet(unmet) => Ok(Turn::Unmet(unmet.clone())),
            Choice::Busy => Ok(Turn::Busy),
        }
    }

    fn event(&self, kind: EventKind) -> Event {
        let (id, name) = (self.user.id, self.user.username.as_str());
        Event::new(self.now, kind, Outcome::Failure, Actor::User(id), &self.browser.origin).user(id).username(name)
    }

    fn refuse(self, tx: &mut Tx<'_>, settled: Settled, reason: &str) -> Result<Turn, StoreError> {
        let failed = self.event(EventKind::SignInFailed).detail("factor", Factor::Password.name());
        store::audit::append(tx, &failed.detail("at", "password").detail("reason", reason))?;
        let locked = self.event(EventKind::AccountLocked).detail("at", "password");
        attempts::follow_up(tx, &self.slot, settled, (Some(&self.user), locked))?;
        Ok(match settled {
            Settled::Locked { until } => Turn::Locked { until },
            Settled::Counted | Settled::Closed | Settled::TooLate => Turn::Refused,
        })
    }

    fn set(self, tx: &mut Tx<'_>, chosen: &Chosen) -> Result<Turn, StoreError> {
        let by = By { actor: Actor::User(self.user.id), origin: self.browser.origin.clone(), way: "chosen" };
        set(tx, &self.user, chosen, &by, self.now)?;
        let mut sessions_ended = 0;
        if self.end_others {
            sessions_ended = store::sessions::end_others(tx, self.user.id, self.session, self.now)?;
            store::grants::end_for_others(tx, self.user.id, self.session, (GrantEnd::SignedOut, self.now))?;
            let ended = Event::new(self.now, EventKind::SessionEnded, Outcome::Success, by.actor, &by.origin)
                .user(self.user.id)
                .username(self.user.username.as_str())
                .detail("reason", "password_changed");
            store::audit::append(tx, &ended.detail("sessions_ended", sessions_ended))?;
        }
        super::mail::queue(tx, &self.user, Message::PasswordChanged, self.now)?;
        Ok(Turn::Changed { sessions_ended })
    }
}

/// An administrator wants this person to choose another password at the next sign-in. `false`: there is none.
pub fn ask_for_change(tx: &mut Tx<'_>, user: &User, by: &By, now: Time) -> Result<bool, StoreError> {
    if !store::passwords::ask_for_change(tx, user.id)? {
        return Ok(false);
    }
    let event = Event::new(now, EventKind::PasswordChangeAsked, Outcome::Success, by.actor.clone(), &by.origin);
    store::audit::append(tx, &event.user(user.id).username(user.username.as_str()))?;
    Ok(true)
}
