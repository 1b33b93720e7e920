//! Signing in with a password: reserve an attempt, verify outside the transaction, then one write (IN-1, IN-4).

use std::time::{Duration, Instant};

use crate::crypto::password::Checked;
use crate::crypto::token;
use crate::domain::Time;
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{DeviceId, LeaseId, SessionId};
use crate::domain::oauth::Amr;
use crate::domain::policy::LockoutPolicy;
use crate::domain::secret::{Password, PasswordHash, PlainToken, TokenHash, TokenKind};
use crate::domain::session::Session;
use crate::domain::user::{User, fold};
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::browser::Browser;

/// How long a browser that has signed in is known as such.
const DEVICE_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How long an attempt waits for a slot of its account: many right passwords at once must all work.
const PATIENCE: Duration = Duration::from_secs(5);

/// A user name and password as they were typed.
#[derive(Debug)]
pub struct Attempt {
    pub username: String,
    pub password: Password,
}

#[derive(Debug)]
pub enum Turn {
    SignedIn(Welcome),
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

/// The cookies of a browser that has just signed in.
#[derive(Debug)]
pub struct Welcome {
    pub session: PlainToken,
    pub device: PlainToken,
    pub device_lifetime: Duration,
}

/// Who an attempt is for, and where it is counted.
#[derive(Clone, Debug)]
struct Target {
    subject: Subject,
    user: Option<User>,
    stored: Option<PasswordHash>,
}

/// What the first transaction decided.
enum Reserved {
    Evaluate(Target, LeaseId),
    Busy,
    Closed { target: Target, until: Option<Time> },
}

pub fn sign_in(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<Turn, StoreError> {
    let now = site.now();
    if let Some(wait) = site.sources.held_back(site.id, browser.origin.address) {
        return Ok(Turn::HeldBack { wait });
    }
    match reserve_with_patience(site, browser, attempt)? {
        Reserved::Evaluate(target, lease) => evaluate(site, browser, attempt, (target, lease)),
        Reserved::Busy => without_evaluation(site, browser, attempt, None),
        Reserved::Closed { target, until } => {
            let known = matches!(target.subject, Subject::Device(_));
            let told = until.filter(|until| known && *until > now);
            without_evaluation(site, browser, attempt, told)
        }
    }
}

fn reserve_with_patience(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<Reserved, StoreError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = site.turnstile.turns();
        let reserved = reserve(site, browser, attempt)?;
        if !matches!(reserved, Reserved::Busy) || !site.turnstile.wait(seen, deadline) {
            return Ok(reserved);
        }
    }
}

/// One write: find whom it is for, take a slot or learn why not. Durable before anything is hashed.
fn reserve(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<Reserved, StoreError> {
    let now = site.now();
    let lease = LeaseId::from_uuid(site.new_id(now));
    let identifier = fold(&attempt.username);
    let unknown = site.store.mac().tag("unknown-identifier", identifier.as_bytes());
    let device = browser.device.as_ref().map(PlainToken::hash);
    let policy = site.settings.policy.lockout.clone();
    let throttled = Event::new(now, EventKind::SignInThrottled, Outcome::Failure, Actor::Nobody, &browser.origin)
        .username(&identifier);
    site.store.write(move |tx| {
        let target = find_target(tx, &identifier, unknown, device.as_ref(), now)?;
        let mut counter = store::attempts::load(tx, &target.subject, Factor::Password)?;
        let before = counter.clone();
        let reservation = counter.reserve(Factor::Password, &policy, now, lease);
        if counter != before {
            store::attempts::save(tx, &target.subject, Factor::Password, &counter)?;
        }
        Ok(match reservation {
            Reservation::Granted(lease) => Reserved::Evaluate(target, lease),
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
        return Ok(Target { subject: Subject::Unknown(unknown), user: None, stored: None });
    };
    let known = match device {
        Some(hash) => store::devices::find(tx, hash, now)?.filter(|(_, owner)| *owner == user.id),
        None => None,
    };
    let subject = known.map_or(Subject::Account(user.id), |(device, _)| Subject::Device(device));
    let stored = store::passwords::find(tx, user.id)?;
    Ok(Target { subject, user: Some(user), stored })
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
    count_against_source(site, browser, attempt)?;
    Ok(told.map_or(Turn::Refused, |until| Turn::Locked { until }))
}

fn evaluate(
    site: &Site,
    browser: &Browser,
    attempt: &Attempt,
    (target, lease): (Target, LeaseId),
) -> Result<Turn, StoreError> {
    let Ok(checked) = site.hasher.verify(&attempt.password, target.stored.as_ref()) else {
        release(site, target.subject, lease)?;
        return Ok(Turn::Busy);
    };
    let turn = settle(site, browser, attempt, Evaluated { target, lease, checked });
    site.turnstile.turn();
    let turn = turn?;
    if matches!(turn, Turn::Refused | Turn::Locked { .. }) {
        count_against_source(site, browser, attempt)?;
    }
    Ok(turn)
}

/// The queue was full: nothing was evaluated, nothing is counted.
fn release(site: &Site, subject: Subject, lease: LeaseId) -> Result<(), StoreError> {
    let released = site.store.write(move |tx| {
        let mut counter = store::attempts::load(tx, &subject, Factor::Password)?;
        counter.release(lease);
        store::attempts::save(tx, &subject, Factor::Password, &counter)
    });
    site.turnstile.turn();
    released
}

struct Evaluated {
    target: Target,
    lease: LeaseId,
    checked: Checked,
}

/// What the second transaction needs, owned.
struct Settling {
    now: Time,
    policy: LockoutPolicy,
    evaluated: Evaluated,
    browser: Browser,
    identifier: String,
    session: PlainToken,
    session_id: SessionId,
    device: PlainToken,
    device_id: DeviceId,
}

fn settle(site: &Site, browser: &Browser, attempt: &Attempt, evaluated: Evaluated) -> Result<Turn, StoreError> {
    let now = site.now();
    let settling = Settling {
        now,
        policy: site.settings.policy.lockout.clone(),
        evaluated,
        browser: browser.clone(),
        identifier: fold(&attempt.username),
        session: token::mint(TokenKind::Session, site.entropy.as_ref()),
        session_id: SessionId::from_uuid(site.new_id(now)),
        device: token::mint(TokenKind::Device, site.entropy.as_ref()),
        device_id: DeviceId::from_uuid(site.new_id(now)),
    };
    site.store.write(move |tx| settling.run(tx))
}

impl Settling {
    fn run(self, tx: &mut Tx<'_>) -> Result<Turn, StoreError> {
        let subject = self.evaluated.target.subject.clone();
        // The person is read again: disabled since, or gone, is not signed in.
        let user = match &self.evaluated.target.user {
            Some(user) => store::users::find(tx, user.id)?.filter(User::is_active),
            None => None,
        };
        let right = matches!(self.evaluated.checked, Checked::Right { .. });
        let verdict = if right && user.is_some() { Verdict::Right } else { Verdict::Wrong };
        let mut counter = store::attempts::load(tx, &subject, Factor::Password)?;
        let settled = counter.settle(self.evaluated.lease, verdict, &self.policy, self.now);
        store::attempts::save(tx, &subject, Factor::Password, &counter)?;
        match (settled, verdict, user) {
            (Settled::Counted, Verdict::Right, Some(user)) => self.welcome(tx, &user),
            (settled, _, _) => self.refuse(tx, settled, right),
        }
    }

    fn event(&self, kind: EventKind, outcome: Outcome) -> Event {
        let actor = match (&self.evaluated.target.user, outcome) {
            (Some(user), Outcome::Success) => Actor::User(user.id),
            (Some(_) | None, Outcome::Success | Outcome::Failure) => Actor::Nobody,
        };
        let event = Event::new(self.now, kind, outcome, actor, &self.browser.origin).username(&self.identifier);
        about(event, &self.evaluated.target).detail("factor", Factor::Password.name())
    }

    fn refuse(self, tx: &mut Tx<'_>, settled: Settled, right: bool) -> Result<Turn, StoreError> {
        let reason = match (settled, right, &self.evaluated.target.user) {
            (Settled::TooLate, _, _) => "too_late",
            (_, true, _) => "disabled",
            (_, false, Some(_)) => "wrong",
            (_, false, None) => "unknown",
        };
        let failed = self.event(EventKind::SignInFailed, Outcome::Failure).detail("reason", reason);
        store::audit::append(tx, &failed)?;
        if let Settled::Locked { until } = settled {
            let scope = match self.evaluated.target.subject {
                Subject::Account(_) => "account",
                Subject::Device(device) => {
                    store::devices::revoke(tx, device)?;
                    "device"
                }
                Subject::Unknown(_) => "unknown",
            };
            let locked = self.event(EventKind::AccountLocked, Outcome::Failure);
            let until = until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            store::audit::append(tx, &locked.detail("scope", scope).detail("until", until))?;
        }
        Ok(Turn::Refused)
    }

    fn welcome(self, tx: &mut Tx<'_>, user: &User) -> Result<Turn, StoreError> {
        if let Checked::Right { rehash: Some(hash) } = &self.evaluated.checked {
            store::passwords::set(tx, user.id, hash, self.now)?;
            store::audit::append(tx, &self.event(EventKind::PasswordRehashed, Outcome::Success))?;
        }
        let session_id = self.open_session(tx, user)?;
        let device = self.know_device(tx, user)?;
        let signed_in = self.event(EventKind::SignInSucceeded, Outcome::Success).session(session_id);
        store::audit::append(tx, &signed_in.detail("amr", Amr::Pwd.name()))?;
        Ok(Turn::SignedIn(Welcome { session: self.session, device, device_lifetime: DEVICE_LIFETIME }))
    }

    /// The same person goes on in the same session under a new cookie; anybody else's session ends.
    fn open_session(&self, tx: &mut Tx<'_>, user: &User) -> Result<SessionId, StoreError> {
        let before = match &self.browser.session {
            Some(token) => store::sessions::find(tx, &token.hash())?.filter(|session| session.ended_at.is_none()),
            None => None,
        };
        if let Some(session) = before {
            if session.user == user.id {
                let renewal = store::sessions::Renewal { auth_time: self.now, amr: vec![Amr::Pwd] };
                store::sessions::renew(tx, session.id, &self.session.hash(), &renewal)?;
                return Ok(session.id);
            }
            store::sessions::end(tx, session.id, self.now)?;
            store::grants::end_for_session(tx, session.id, GrantEnd::SignedOut, self.now)?;
            let ended = self.event(EventKind::SessionEnded, Outcome::Success).session(session.id);
            store::audit::append(tx, &ended.detail("reason", "other_account"))?;
        }
        let session = Session {
            id: self.session_id,
            user: user.id,
            created_at: self.now,
            auth_time: self.now,
            last_seen: self.now,
            amr: vec![Amr::Pwd],
            ended_at: None,
        };
        store::sessions::insert(tx, &session, &self.session.hash(), &self.browser.origin)?;
        Ok(session.id)
    }

    /// A device that is known keeps its cookie; a new one is remembered from now on.
    fn know_device(&self, tx: &mut Tx<'_>, user: &User) -> Result<PlainToken, StoreError> {
        if let Some(token) = &self.browser.device {
            let known = store::devices::find(tx, &token.hash(), self.now)?;
            if known.is_some_and(|(_, owner)| owner == user.id) {
                return Ok(token.clone());
            }
        }
        let expires_at = self.now + DEVICE_LIFETIME;
        store::devices::insert(tx, self.device_id, &self.device.hash(), user.id, (self.now, expires_at))?;
        Ok(self.device.clone())
    }
}

/// Feeds the throttle of the source; the moment it closes is worth an event.
fn count_against_source(site: &Site, browser: &Browser, attempt: &Attempt) -> Result<(), StoreError> {
    let tag = site.store.mac().tag("source-account", fold(&attempt.username).as_bytes());
    let account = tag.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    if !site.sources.failed(site.id, browser.origin.address, account) {
        return Ok(());
    }
    let now = site.now();
    let event = Event::new(now, EventKind::SourceThrottled, Outcome::Failure, Actor::Nobody, &browser.origin);
    site.store.write(move |tx| store::audit::append(tx, &event))
}
