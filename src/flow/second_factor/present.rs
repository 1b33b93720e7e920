//! A code is tried: reserved, verified, and spent by one write.

use std::time::Duration;

use crate::crypto::recovery_code::RecoveryCode;
use crate::crypto::totp::{Code, Seed};
use crate::domain::Time;
use crate::domain::assurance::{Level, Owed, Proof};
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::ids::{LeaseId, MailCodeId, SignInId, TotpId};
use crate::domain::mail::Message;
use crate::domain::policy::Policy;
use crate::domain::user::User;
use crate::store::sign_ins::SignIn;
use crate::store::{self, StoreError, Tx};

use super::super::attempts::{self, Slot};
use super::super::browser::Browser;
use super::super::interaction::Interaction;
use super::super::session::{Arrival, Welcome};
use super::super::{Site, mail, signin};
use super::mailing::mail_code_mac;
use super::{Finished, Rest, finish, owed_by, pending, pending_held, recovery_code_mac, rest, seal_context};

/// How often a mailed code may be tried.
const MAIL_TRIES: u32 = 3;

/// A code as it was typed.
#[derive(Debug)]
pub struct Presented {
    pub method: Factor,
    pub code: String,
    pub remember: bool,
}

#[derive(Debug)]
pub enum Turn {
    SignedIn(Welcome),
    /// Accepted, and something else is owed.
    Unfinished,
    /// Not what such a code looks like: nothing was tried.
    Malformed,
    Refused,
    /// The mailed code is too old or was tried too often: another one is needed.
    CodeOver,
    Locked {
        until: Option<Time>,
    },
    HeldBack {
        wait: Duration,
    },
    Busy,
    /// There is no such sign-in, or no longer: it begins again.
    Gone,
}

/// What is verified outside the transaction.
enum Candidate {
    Totp { code: Code, secrets: Vec<(TotpId, Vec<u8>)> },
    Mail { id: MailCodeId, mac: [u8; 32] },
    Recovery { mac: [u8; 32] },
}

/// What would prove it, if it can be spent.
#[derive(Clone, Copy)]
enum Evidence {
    Totp { id: TotpId, step: i64 },
    Mail { id: MailCodeId, mac: [u8; 32] },
    Recovery { mac: [u8; 32] },
    None,
}

enum Reserved {
    Evaluate(Slot, Candidate, String),
    Not(Turn),
    Busy,
}

/// The code as its method reads it.
enum Typed {
    Six(Code),
    Recovery(RecoveryCode),
}

impl Typed {
    fn parse(presented: &Presented) -> Option<Self> {
        match presented.method {
            Factor::Totp | Factor::EmailCode => Code::parse(&presented.code).map(Self::Six),
            Factor::RecoveryCode => RecoveryCode::parse(&presented.code).map(Self::Recovery),
            Factor::Password => None,
        }
    }
}

/// Tries a code: reserve, verify, spend.
pub fn present(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    presented: &Presented,
    wanted: Level,
) -> Result<Turn, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Turn::Gone) };
    let Some(typed) = Typed::parse(presented) else { return Ok(Turn::Malformed) };
    if let Some(wait) = site.sources.held_back(site.id, browser.origin.address) {
        return Ok(Turn::HeldBack { wait });
    }
    let trial = Trial { site, browser, id, method: presented.method, wanted };
    let reserved =
        attempts::with_patience(site, |reserved| matches!(reserved, Reserved::Busy), || trial.reserve(&typed))?;
    let (slot, candidate, username) = match reserved {
        Reserved::Evaluate(slot, candidate, username) => (slot, candidate, username),
        Reserved::Not(turn) => return Ok(turn),
        Reserved::Busy => return Ok(Turn::Busy),
    };
    let evidence = trial.verify(candidate);
    let turn = trial.settle(slot, evidence, presented.remember);
    site.turnstile.turn();
    let turn = turn?;
    if matches!(turn, Turn::Refused | Turn::Locked { .. }) {
        signin::count_against_source(site, browser, &username)?;
    }
    Ok(turn)
}

#[derive(Clone, Copy)]
struct Trial<'a> {
    site: &'a Site,
    browser: &'a Browser,
    id: SignInId,
    method: Factor,
    wanted: Level,
}

impl Trial<'_> {
    /// Durable before anything is verified: the sign-in is there, the method is owed, and a slot is free.
    fn reserve(&self, typed: &Typed) -> Result<Reserved, StoreError> {
        let now = self.site.now();
        let lease = LeaseId::from_uuid(self.site.new_id(now));
        let (id, method, wanted, binding) = (self.id, self.method, self.wanted, self.browser.binding);
        let policy = self.site.settings.policy.clone();
        let typed = match typed {
            Typed::Six(code) => (Some(code.clone()), mail_code_mac(self.site, id, code)),
            Typed::Recovery(code) => (None, recovery_code_mac(self.site, code)),
        };
        let (kind, origin) = (EventKind::SignInThrottled, &self.browser.origin);
        let throttled = Event::new(now, kind, Outcome::Failure, Actor::Nobody, origin).detail("factor", method.name());
        self.site.store.write(move |tx| {
            let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok(Reserved::Not(Turn::Gone)) };
            let rules = policy.for_roles(&user.roles);
            match owed_by(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
                Owed::Factor(choices) if choices.contains(&method) => {}
                Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable => {
                    return Ok(Reserved::Not(Turn::Unfinished));
                }
            }
            let slot = Slot { subject: Subject::Account(user.id), factor: method, lease };
            let shut = match attempts::reserve(tx, &slot, &policy.lockout, now)? {
                Reservation::Granted(_) => None,
                Reservation::Busy => return Ok(Reserved::Busy),
                Reservation::Locked { until } => Some((Some(until), "locked")),
                Reservation::Closed => Some((None, "ceiling")),
            };
            if let Some((until, reason)) = shut {
                let throttled = throttled.user(user.id).username(user.username.as_str()).detail("reason", reason);
                store::audit::append(tx, &throttled)?;
                return Ok(Reserved::Not(Turn::Locked { until }));
            }
            let (code, mac) = typed;
            let candidate = match (method, code) {
                (Factor::Totp, Some(code)) => {
                    let own = store::totp::list(tx, user.id)?;
                    let secrets = own.into_iter().map(|credential| (credential.id, credential.sealed_secret));
                    Candidate::Totp { code, secrets: secrets.collect() }
                }
                (Factor::EmailCode, _) => {
                    let Some(id) = store::mail_codes::take_try(tx, id, MAIL_TRIES, now)? else {
                        attempts::release(tx, &slot)?;
                        return Ok(Reserved::Not(Turn::CodeOver));
                    };
                    Candidate::Mail { id, mac }
                }
                (Factor::RecoveryCode | Factor::Password | Factor::Totp, _) => Candidate::Recovery { mac },
            };
            Ok(Reserved::Evaluate(slot, candidate, user.username.key()))
        })
    }

    fn verify(&self, candidate: Candidate) -> Evidence {
        match candidate {
            Candidate::Mail { id, mac } => Evidence::Mail { id, mac },
            Candidate::Recovery { mac } => Evidence::Recovery { mac },
            Candidate::Totp { code, secrets } => {
                let now = self.site.now();
                let matching = secrets.into_iter().find_map(|(id, sealed)| {
                    let secret = self.site.store.sealer().open(&seal_context(id), &sealed).ok()?;
                    let step = Seed::from_bytes(&secret).ok()?.step_of(&code, now)?;
                    Some(Evidence::Totp { id, step })
                });
                matching.unwrap_or(Evidence::None)
            }
        }
    }

    /// One write: the evidence is spent, the attempt counted, and the sign-in goes on or is finished.
    fn settle(&self, slot: Slot, evidence: Evidence, remember: bool) -> Result<Turn, StoreError> {
        let now = self.site.now();
        let settling = Settling {
            now,
            id: self.id,
            wanted: self.wanted,
            slot,
            evidence,
            remember,
            policy: self.site.settings.policy.clone(),
            browser: self.browser.clone(),
            arrival: Arrival::prepare(self.site, self.browser, now),
        };
        self.site.store.write(move |tx| settling.run(tx))
    }
}

struct Settling {
    now: Time,
    id: SignInId,
    wanted: Level,
    slot: Slot,
    evidence: Evidence,
    remember: bool,
    policy: Policy,
    browser: Browser,
    arrival: Arrival,
}

impl Settling {
    fn run(self, tx: &mut Tx<'_>) -> Result<Turn, StoreError> {
        let Some((sign_in, user)) = pending_held(tx, self.id, &self.browser.binding, self.now)? else {
            // Finished or ended while this was being verified.
            attempts::release(tx, &self.slot)?;
            return Ok(Turn::Gone);
        };
        let spent = self.spend(tx, &user)?;
        if matches!(self.evidence, Evidence::Totp { .. }) && !spent {
            // The right code, but not for the first time: nothing was guessed, and nothing is proven.
            attempts::release(tx, &self.slot)?;
            return self.refuse(tx, &user, "replayed");
        }
        let verdict = if spent { Verdict::Right } else { Verdict::Wrong };
        let settled = attempts::settle(tx, &self.slot, verdict, &self.policy.lockout, self.now)?;
        match (settled, verdict) {
            (Settled::Counted, Verdict::Right) => self.accept(tx, sign_in, &user),
            (Settled::Locked { until }, _) => self.lock(tx, &user, (settled, Some(until))),
            (Settled::Closed, _) => self.lock(tx, &user, (settled, None)),
            (Settled::TooLate, _) => self.refuse(tx, &user, "too_late"),
            (Settled::Counted, Verdict::Wrong) => self.refuse(tx, &user, "wrong"),
        }
    }

    fn spend(&self, tx: &mut Tx<'_>, user: &User) -> Result<bool, StoreError> {
        match self.evidence {
            Evidence::Totp { id, step } => store::totp::spend_step(tx, id, step, self.now),
            Evidence::Mail { id, mac } => store::mail_codes::spend(tx, id, &mac, self.now),
            Evidence::Recovery { mac } => store::recovery_codes::spend(tx, user.id, &mac, self.now),
            Evidence::None => Ok(false),
        }
    }

    fn event(&self, kind: EventKind, outcome: Outcome, user: &User) -> Event {
        let actor = match outcome {
            Outcome::Success => Actor::User(user.id),
            Outcome::Failure => Actor::Nobody,
        };
        Event::new(self.now, kind, outcome, actor, &self.browser.origin)
            .user(user.id)
            .username(user.username.as_str())
            .detail("factor", self.slot.factor.name())
    }

    fn refuse(&self, tx: &mut Tx<'_>, user: &User, reason: &str) -> Result<Turn, StoreError> {
        let failed = self.event(EventKind::SignInFailed, Outcome::Failure, user);
        store::audit::append(tx, &failed.detail("reason", reason))?;
        Ok(Turn::Refused)
    }

    /// `until`: `None` where it does not end by itself.
    fn lock(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        (settled, until): (Settled, Option<Time>),
    ) -> Result<Turn, StoreError> {
        self.refuse(tx, user, "wrong")?;
        let locked = self.event(EventKind::AccountLocked, Outcome::Failure, user);
        attempts::follow_up(tx, &self.slot, settled, (Some(user), locked))?;
        Ok(Turn::Locked { until })
    }

    fn accept(self, tx: &mut Tx<'_>, sign_in: SignIn, user: &User) -> Result<Turn, StoreError> {
        if self.slot.factor == Factor::RecoveryCode {
            let left = store::recovery_codes::left(tx, user.id)?;
            let spent = self.event(EventKind::RecoveryCodeUsed, Outcome::Success, user);
            store::audit::append(tx, &spent.detail("left", left))?;
            mail::queue(tx, user, Message::RecoveryCodeUsed { left }, self.now)?;
        }
        let mut proofs = sign_in.proofs;
        proofs.push(Proof::of(self.slot.factor));
        let rules = self.policy.for_roles(&user.roles);
        if rest(tx, user, &rules, (&proofs, self.wanted), self.now)? != Rest::Nothing {
            store::sign_ins::set_proofs(tx, self.id, &proofs)?;
            return Ok(Turn::Unfinished);
        }
        let remember = rules.second_factor.remember_device;
        let trusted = self.remember && !remember.is_zero() && self.slot.factor != Factor::RecoveryCode;
        let trust = trusted.then_some(remember);
        finish(tx, self.arrival, (self.id, &self.browser.binding), Finished { user, proofs, trust, now: self.now })
    }
}
