//! Signing in with a password: reserve an attempt, verify outside the transaction, then one write (IN-1, IN-4).

use std::time::Duration;

use crate::crypto::password::Checked;
use crate::domain::Time;
use crate::domain::assurance::{Level, Proof};
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::ids::{LeaseId, SignInId};
use crate::domain::policy::Policy;
use crate::domain::secret::{Password, PlainToken, TokenHash};
use crate::domain::user::{User, fold};
use crate::store::passwords::Present;
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::attempts::{self, Slot};
use super::browser::Browser;
use super::second_factor::Opening;
use super::session::{Arrival, Grounds, Welcome};

/// A user name and password as they were typed.
#[derive(Debug)]
pub struct Attempt {
    pub username: String,
    pub password: Password,
}

#[derive(Debug)]
pub enum Turn {
    SignedIn(Welcome),
    /// The password was right; something else is owed before there is a session.
    Unfinished(SignInId),
    /// Wrong, unknown, locked, disabled: the same for all.
    Refused,
    /// Told only to a browser that the account knows.
    Locked {
        until: Time,
    },
    /// Too many failures from this source.
    HeldBack {
        wait: Duration,
    },
    /// The hash queue is full.
    Busy,
}

/// Who an attempt is for, and where it is counted.
#[derive(Clone, Debug)]
struct Target {
    subject: Subject,
    user: Option<User>,
    stored: Option<Present>,
    /// The browser need not give the second factor, if policy still lets it go.
    trusted: bool,
}

/// What the first transaction decided.
enum Reserved {
    Evaluate(Target, Slot),
    Busy,
    Closed { target: Target, until: Option<Time> },
}

/// `wanted`: the level that whoever sent the person here asks for.
pub fn sign_in(site: &Site, browser: &Browser, attempt: &Attempt, wanted: Level) -> Result<Turn, StoreError> {
    let now = site.now();
    if let Some(wait) = site.sources.held_back(site.id, browser.origin.address) {
        return Ok(Turn::HeldBack { wait });
    }
    match reserve_with_patience(site, browser, attempt)? {
        Reserved::Evaluate(target, slot) => evaluate(site, (browser, attempt), (target, slot), wanted),
        Reserved::Busy => without_evaluation(site, browser, attempt, None),
        Reserved::Closed { target, until } => {
            let known = matches!(target.subject, Subject::Device(_));
            let told = until.filter(|until| known && *until > now);
            without_evaluation(site, browser, attempt, told)
        }
    }
}

fn reserve_with_patience(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<Reserved, StoreError> {
    attempts::with_patience(site, |reserved| matches!(reserved, Reserved::Busy), || reserve(site, browser, attempt))
}

/// One write: find whom it is for, take a slot or learn why not. Durable before anything is hashed.
fn reserve(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<Reserved, StoreError> {
    let now = site.now();
    let lease = LeaseId::from_uuid(site.new_id(now));
    let identifier = fold(&attempt.username);
    let unknown = site.store.mac().tag("unknown-identifier", identifier.as_bytes());
    let device = browser.device.as_ref().map(PlainToken::hash);
    let policy = site.settings.policy.lockout.clone();
    let (networks, address) = (site.settings.policy.networks.clone(), browser.origin.address);
    let throttled = Event::new(now, EventKind::SignInThrottled, Outcome::Failure, Actor::Nobody, &browser.origin);
    let throttled = site.named(throttled, &identifier);
    site.store.write(move |tx| {
        let target = find_target(tx, &identifier, unknown, device.as_ref(), now)?;
        let slot = Slot { subject: target.subject.clone(), factor: Factor::Password, lease };
        if target.user.as_ref().is_some_and(|user| !networks.admits_roles(&user.roles, address)) {
            // IN-12: an administrator elsewhere may not even try. The answer is that of a wrong password, so that
            // nobody learns from it who administers; nothing is evaluated, and nothing counted against the account.
            store::audit::append(tx, &about(throttled, &target).detail("reason", "network"))?;
            return Ok(Reserved::Closed { target, until: None });
        }
        Ok(match attempts::reserve(tx, &slot, &policy, now)? {
            Reservation::Granted(_) => Reserved::Evaluate(target, slot),
            Reservation::Busy => Reserved::Busy,
            Reservation::Locked { until } => {
                store::audit::append(tx, &about(throttled, &target).detail("reason", "locked"))?;
                Reserved::Closed { target, until: Some(until) }
            }
            Reservation::Closed => {
                store::audit::append(tx, &about(throttled, &target).detail("reason", "ceiling"))?;
                Reserved::Closed { target, until: None }
            }
        })
    })
}

fn about(event: Event, target: &Target) -> Event {
    match &target.user {
        Some(user) => event.user(user.id),
        None => event,
    }
}

/// By user name, else by an address that exactly one account has. The counter's key is the account,
/// whatever name was typed; a browser the account knows has a counter of its own.
fn find_target(
    tx: &mut Tx<'_>,
    identifier: &str,
    unknown: [u8; 32],
    device: Option<&TokenHash>,
    now: Time,
) -> Result<Target, StoreError> {
    let mut user = store::users::find_by_username_key(tx, identifier)?;
    if user.is_none() && identifier.contains('@') {
        let mut same = store::users::find_by_email_key(tx, identifier)?;
        user = if same.len() == 1 { same.pop() } else { None };
    }
    let Some(user) = user else {
        return Ok(Target { subject: Subject::Unknown(unknown), user: None, stored: None, trusted: false });
    };
    let known = match device {
        Some(hash) => store::devices::find(tx, hash, now)?.filter(|device| device.user == user.id),
        None => None,
    };
    let subject = known.map_or(Subject::Account(user.id), |device| Subject::Device(device.id));
    let stored = store::passwords::present(tx, user.id)?;
    let trusted = known.is_some_and(|device| device.is_trusted(now));
    Ok(Target { subject, user: Some(user), stored, trusted })
}

/// The same work as for a wrong password, and the same answer.
fn without_evaluation(
    site: &Site,
    browser: &Browser,
    attempt: &Attempt,
    told: Option<Time>,
) -> Result<Turn, StoreError> {
    if site.hasher.verify(&attempt.password, None).is_err() {
        return Ok(Turn::Busy);
    }
    count_against_source(site, browser, &fold(&attempt.username))?;
    Ok(told.map_or(Turn::Refused, |until| Turn::Locked { until }))
}

fn evaluate(
    site: &Site,
    (browser, attempt): (&Browser, &Attempt),
    (target, slot): (Target, Slot),
    wanted: Level,
) -> Result<Turn, StoreError> {
    let stored = target.stored.as_ref().map(|stored| &stored.hash);
    let Ok(checked) = site.hasher.verify(&attempt.password, stored) else {
        // The queue was full: nothing was evaluated, nothing is counted.
        let released = site.store.write(move |tx| attempts::release(tx, &slot));
        site.turnstile.turn();
        released?;
        return Ok(Turn::Busy);
    };
    let now = site.now();
    let settling = Settling {
        now,
        policy: site.settings.policy.clone(),
        evaluated: Evaluated { target, slot, checked },
        identifier: (!site.settings.broker).then(|| fold(&attempt.username)),
        arrival: Arrival::prepare(site, browser, now),
        opening: Opening::prepare(site, browser, wanted, now),
        browser: browser.clone(),
    };
    let turn = site.store.write(move |tx| settling.run(tx));
    site.turnstile.turn();
    let turn = turn?;
    if matches!(turn, Turn::Refused | Turn::Locked { .. }) {
        count_against_source(site, browser, &fold(&attempt.username))?;
    }
    Ok(turn)
}

struct Evaluated {
    target: Target,
    slot: Slot,
    checked: Checked,
}

/// What the second transaction needs, owned.
struct Settling {
    now: Time,
    policy: Policy,
    evaluated: Evaluated,
    browser: Browser,
    /// For the log: as it was typed.
    identifier: Option<String>,
    arrival: Arrival,
    opening: Opening,
}

impl Settling {
    fn run(self, tx: &mut Tx<'_>) -> Result<Turn, StoreError> {
        // The person is read again: disabled since, or gone, is not signed in. Until we are done nobody sets another
        // password either, so that none can miss a session that the old one opens.
        let user = match &self.evaluated.target.user {
            Some(user) => store::users::hold(tx, user.id)?.filter(User::is_active),
            None => None,
        };
        let right = matches!(self.evaluated.checked, Checked::Right { .. });
        if right && let Some(user) = &user {
            let stored = self.evaluated.target.stored.as_ref();
            if !store::passwords::is_still(tx, user.id, stored)? {
                // It was the right one, and is no longer. Nothing was guessed.
                attempts::release(tx, &self.evaluated.slot)?;
                return self.refuse(tx, Settled::Counted, "password_changed");
            }
        }
        // Whoever is to come from an identity provider has no password here: their right one is as good as a wrong one,
        // is counted like one, and tells nothing.
        let elsewhere = user.as_ref().is_some_and(|user| !self.policy.sign_in.admits_roles(&user.roles));
        let verdict = if right && user.is_some() && !elsewhere { Verdict::Right } else { Verdict::Wrong };
        let settled = attempts::settle(tx, &self.evaluated.slot, verdict, &self.policy.lockout, self.now)?;
        match (settled, verdict, user) {
            (Settled::Counted, Verdict::Right, Some(user)) => self.welcome(tx, &user),
            (settled, _, _) => {
                let reason = self.reason(settled, (right, elsewhere));
                self.refuse(tx, settled, reason)
            }
        }
    }

    fn reason(&self, settled: Settled, (right, elsewhere): (bool, bool)) -> &'static str {
        match (settled, right, &self.evaluated.target.user) {
            (Settled::TooLate, _, _) => "too_late",
            (_, true, _) if elsewhere => "elsewhere",
            (_, true, _) => "disabled",
            (_, false, Some(_)) => "wrong",
            (_, false, None) => "unknown",
        }
    }

    fn event(&self, kind: EventKind, outcome: Outcome) -> Event {
        let actor = match (&self.evaluated.target.user, outcome) {
            (Some(user), Outcome::Success) => Actor::User(user.id),
            (Some(_) | None, Outcome::Success | Outcome::Failure) => Actor::Nobody,
        };
        let event = Event::new(self.now, kind, outcome, actor, &self.browser.origin);
        let event = match &self.identifier {
            Some(typed) => event.username(typed),
            None => event,
        };
        about(event, &self.evaluated.target).detail("factor", Factor::Password.name())
    }

    fn refuse(self, tx: &mut Tx<'_>, settled: Settled, reason: &str) -> Result<Turn, StoreError> {
        let failed = self.event(EventKind::SignInFailed, Outcome::Failure).detail("reason", reason);
        store::audit::append(tx, &failed)?;
        let locked = self.event(EventKind::AccountLocked, Outcome::Failure);
        let owner = self.evaluated.target.user.as_ref();
        attempts::follow_up(tx, &self.evaluated.slot, settled, (owner, locked))?;
        Ok(Turn::Refused)
    }

    /// The password was right: in, or on to what is still owed.
    fn welcome(self, tx: &mut Tx<'_>, user: &User) -> Result<Turn, StoreError> {
        if let Checked::Right { rehash: Some(hash) } = &self.evaluated.checked {
            store::passwords::rehash(tx, user.id, hash)?;
            store::audit::append(tx, &self.event(EventKind::PasswordRehashed, Outcome::Success))?;
        }
        let rules = self.policy.for_roles(&user.roles);
        let mut proofs = vec![Proof::Password];
        if self.evaluated.target.trusted && !rules.second_factor.remember_device.is_zero() {
            proofs.push(Proof::KnownDevice);
        }
        if let Some(sign_in) = self.opening.park(tx, user, &rules, (&proofs, self.now))? {
            return Ok(Turn::Unfinished(sign_in));
        }
        let grounds = Grounds { user, proofs: &proofs, auth_time: self.now, trust: None };
        self.arrival.open(tx, &grounds).map(Turn::SignedIn)
    }
}

/// Feeds the throttle of the source; the moment it closes is worth an event.
pub(super) fn count_against_source(site: &Site, browser: &Browser, identifier: &str) -> Result<(), StoreError> {
    let tag = site.store.mac().tag("source-account", identifier.as_bytes());
    let account = tag.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    if !site.sources.failed(site.id, browser.origin.address, account) {
        return Ok(());
    }
    let now = site.now();
    let event = Event::new(now, EventKind::SourceThrottled, Outcome::Failure, Actor::Nobody, &browser.origin);
    site.store.write(move |tx| store::audit::append(tx, &event))
}
