//! The second step of a sign-in (IN-2, IN-3). After the right password a sign-in that owes more is a row, bound to
//! its browser; each further proof is reserved, verified and spent like the password, and the session is opened by
//! whoever takes the row away.

use std::time::Duration;

use crate::crypto::recovery_code::RecoveryCode;
use crate::crypto::totp::{Code, Seed};
use crate::domain::Time;
use crate::domain::assurance::{Enrolled, Level, Owed, Proof, Rule, owed};
use crate::domain::attempt::{Factor, Reservation, Settled, Subject, Verdict};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::federation::Provenance;
use crate::domain::ids::{LeaseId, MailCodeId, SignInId, TotpId};
use crate::domain::mail::{self, Confided, Message};
use crate::domain::policy::{Effective, Policy};
use crate::domain::quantity::Rate;
use crate::domain::secret::{Password, TokenHash};
use crate::domain::user::User;
use crate::store::mail_codes::MailCode;
use crate::store::sign_ins::SignIn;
use crate::store::{self, StoreError, Tx};

use super::attempts::{self, Slot};
use super::browser::{Browser, SignedIn};
use super::interaction::Interaction;
use super::password::{self, Reason};
use super::session::{Arrival, Grounds, Welcome};
use super::{Site, signin};

/// How long a person has for what is owed.
pub(super) const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How often a mailed code may be tried.
const MAIL_TRIES: u32 = 3;

/// The rule for one person. Whoever is not kept has no factor of ours (IN-10).
fn rule_of<'a>(user: &User, rules: &'a Effective) -> Rule<'a> {
    if user.is_transient() { Rule { methods: &[], ..rule(rules) } } else { rule(rules) }
}

/// The rule that policy makes.
pub(super) fn rule(rules: &Effective) -> Rule<'_> {
    Rule { required: rules.second_factor.required, methods: &rules.second_factor.methods }
}

/// What the person could present.
pub fn enrolled(tx: &mut Tx<'_>, user: &User) -> Result<Enrolled, StoreError> {
    Ok(Enrolled {
        totp: !store::totp::list(tx, user.id)?.is_empty(),
        recovery_codes: store::recovery_codes::left(tx, user.id)? > 0,
        email: user.email.is_some(),
    })
}

/// What stands between these proofs and a finished sign-in, by the policy of now.
pub fn owed_by(
    tx: &mut Tx<'_>,
    user: &User,
    rules: &Effective,
    proofs: &[Proof],
    wanted: Level,
) -> Result<Owed, StoreError> {
    let enrolled = enrolled(tx, user)?;
    Ok(owed(rule_of(user, rules), enrolled, proofs, wanted))
}

/// What is left of a sign-in: factors first, then a password that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    Nothing,
    Owed(Owed),
    NewPassword(Reason),
}

pub(super) fn rest(
    tx: &mut Tx<'_>,
    user: &User,
    rules: &Effective,
    (proofs, wanted): (&[Proof], Level),
    now: Time,
) -> Result<Rest, StoreError> {
    match owed_by(tx, user, rules, proofs, wanted)? {
        Owed::Nothing => {
            let reason = password::must_change(tx, user, &rules.password, now)?;
            Ok(reason.map_or(Rest::Nothing, Rest::NewPassword))
        }
        owed @ (Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable) => Ok(Rest::Owed(owed)),
    }
}

/// The highest level that people of this policy can reach.
pub fn reachable(policy: &Policy, user: Option<&User>) -> Level {
    match user {
        Some(user) => rule_of(user, &policy.for_roles(&user.roles)).reachable(),
        None => Rule { required: false, methods: &policy.second_factor.methods }.reachable(),
    }
}

/// A sign-in that may turn out to owe more: what its row needs, minted before the transaction.
pub struct Opening {
    upstream: Option<Provenance>,
    id: SignInId,
    binding: TokenHash,
    wanted: Level,
    now: Time,
    mailing: Mailing,
}

impl Opening {
    pub fn prepare(site: &Site, browser: &Browser, wanted: Level, now: Time) -> Self {
        let id = SignInId::from_uuid(site.new_id(now));
        let mailing = Mailing::prepare(site, browser, id, now);
        Self { upstream: None, id, binding: browser.binding, wanted, now, mailing }
    }

    /// It goes on from this sign-in at an upstream.
    #[must_use]
    pub fn resting_on(self, upstream: Option<Provenance>) -> Self {
        Self { upstream, ..self }
    }

    /// Parks the sign-in if anything is owed. Where a mailed code is the first choice it is on its way.
    pub fn park(
        self,
        tx: &mut Tx<'_>,
        user: &User,
        rules: &Effective,
        (proofs, auth_time): (&[Proof], Time),
    ) -> Result<Option<SignInId>, StoreError> {
        let owed = match rest(tx, user, rules, (proofs, self.wanted), self.now)? {
            Rest::Nothing => return Ok(None),
            Rest::NewPassword(_) => Owed::Nothing,
            Rest::Owed(owed) => owed,
        };
        let sign_in =
            SignIn { id: self.id, user: user.id, proofs: proofs.to_vec(), auth_time, upstream: self.upstream };
        store::sign_ins::insert(tx, &sign_in, &self.binding, self.now + LIFETIME)?;
        match owed {
            Owed::Factor(choices) if choices.first() == Some(&Factor::EmailCode) => {
                self.mailing.send(tx, user)?;
            }
            Owed::Enrolment { policy: true } => store::enrolments::asked(tx, user.id, self.now)?,
            Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { policy: false } | Owed::Unreachable => {}
        }
        Ok(Some(self.id))
    }
}

/// The session is good but for what is owed: the person goes on from there. `None`: nothing is owed any more.
pub fn step_up(
    site: &Site,
    browser: &Browser,
    known: &SignedIn,
    wanted: Level,
) -> Result<Option<SignInId>, StoreError> {
    let opening = Opening::prepare(site, browser, wanted, site.now());
    let rules = site.settings.policy.for_roles(&known.user.roles);
    let (user, session) = (known.user.clone(), known.session.clone());
    site.store.write(move |tx| opening.park(tx, &user, &rules, (&session.proofs, session.auth_time)))
}

/// A code on its way, minted before the transaction.
struct Mailing {
    code: MailCodeDraft,
    text: Code,
    cap: Option<Rate>,
    origin: crate::domain::audit::Origin,
}

struct MailCodeDraft {
    id: MailCodeId,
    sign_in: SignInId,
    mac: [u8; 32],
    sent_at: Time,
    expires_at: Time,
}

impl Mailing {
    fn prepare(site: &Site, browser: &Browser, sign_in: SignInId, now: Time) -> Self {
        let text = Code::generate(site.entropy.as_ref());
        let code = MailCodeDraft {
            id: MailCodeId::from_uuid(site.new_id(now)),
            sign_in,
            mac: mail_code_mac(site, sign_in, &text),
            sent_at: now,
            expires_at: now + site.lifetimes.one_time_code,
        };
        Self { code, text, cap: site.codes_per_account, origin: browser.origin.clone() }
    }

    /// `false`: too many were sent to this person already.
    fn send(self, tx: &mut Tx<'_>, user: &User) -> Result<bool, StoreError> {
        let MailCodeDraft { id, sign_in, mac, sent_at, expires_at } = self.code;
        if let Some(cap) = self.cap
            && store::mail_codes::sent_since(tx, user.id, sent_at - cap.per)? >= cap.events.get()
        {
            return Ok(false);
        }
        store::mail_codes::insert(tx, &MailCode { id, sign_in, user: user.id, mac, sent_at, expires_at })?;
        let message = Message::OneTimeCode { code: Confided::new(self.text.as_str()), expires_at };
        super::mail::queue(tx, user, message, sent_at)?;
        let event = Event::new(sent_at, EventKind::CodeSent, Outcome::Success, Actor::Nobody, &self.origin);
        store::audit::append(tx, &event.user(user.id).username(user.username.as_str()))?;
        Ok(true)
    }
}

/// Bound to the sign-in: the same digits are worth nothing in another.
fn mail_code_mac(site: &Site, sign_in: SignInId, code: &Code) -> [u8; 32] {
    let mut data = sign_in.as_uuid().as_bytes().to_vec();
    data.extend_from_slice(code.as_str().as_bytes());
    site.store.mac().tag("mail-code", &data)
}

/// The tag under which a recovery code is kept.
pub fn recovery_code_mac(site: &Site, code: &RecoveryCode) -> [u8; 32] {
    site.store.mac().tag("recovery-code", code.as_bytes())
}

/// What the person is asked for.
#[derive(Debug)]
pub enum Asked {
    Factor(FactorAsked),
    /// An authenticator app is to be set up; until then it may be put off, if policy says so.
    Enrolment {
        later_until: Option<Time>,
    },
    /// Nothing that is allowed here will do.
    Unreachable,
    /// Another password is to be chosen before the sign-in is finished.
    NewPassword(Reason),
}

#[derive(Debug)]
pub struct FactorAsked {
    pub method: Factor,
    pub others: Vec<Factor>,
    /// Where a code was mailed to, in part.
    pub mailed_to: Option<String>,
    /// How long this browser may be let off, where policy allows it.
    pub remember: Option<Duration>,
}

/// What the parked sign-in of this interaction owes now; `None` = there is none that this browser could go on with.
pub fn asked(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    wanted: Level,
) -> Result<Option<(User, Asked)>, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(None) };
    let now = site.now();
    site.store.read(|tx| {
        let Some((sign_in, user)) = pending(tx, id, &browser.binding, now)? else { return Ok(None) };
        let rules = site.settings.policy.for_roles(&user.roles);
        let asked = match rest(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
            Rest::Nothing | Rest::Owed(Owed::Nothing) => return Ok(None),
            Rest::NewPassword(reason) => Asked::NewPassword(reason),
            Rest::Owed(Owed::Unreachable) => Asked::Unreachable,
            Rest::Owed(Owed::Enrolment { policy }) => {
                let grace = rules.second_factor.grace;
                let asked_at = store::enrolments::asked_at(tx, user.id)?.unwrap_or(now);
                let until = Some(asked_at + grace).filter(|until| policy && *until > now);
                Asked::Enrolment { later_until: until }
            }
            Rest::Owed(Owed::Factor(choices)) => {
                Asked::Factor(factor_asked(&user, &rules, &choices, interaction.method))
            }
        };
        Ok(Some((user, asked)))
    })
}

fn factor_asked(user: &User, rules: &Effective, choices: &[Factor], chosen: Option<Factor>) -> FactorAsked {
    let chosen = chosen.filter(|factor| choices.contains(factor));
    let method = chosen.or(choices.first().copied()).unwrap_or(Factor::Totp);
    let mailed_to = user.email.as_ref().filter(|_| method == Factor::EmailCode).map(mail::masked);
    let remember = rules.second_factor.remember_device;
    FactorAsked {
        method,
        others: choices.iter().copied().filter(|factor| *factor != method).collect(),
        mailed_to,
        remember: (!remember.is_zero() && method != Factor::RecoveryCode).then_some(remember),
    }
}

/// The sign-in and its person, if both still stand: one that began with a password counts for nothing once that person is
/// to come from an identity provider.
pub(super) fn pending(
    tx: &mut Tx<'_>,
    id: SignInId,
    binding: &TokenHash,
    now: Time,
) -> Result<Option<(SignIn, User)>, StoreError> {
    let Some(sign_in) = store::sign_ins::find(tx, id, binding, now)? else { return Ok(None) };
    let user = store::users::find(tx, sign_in.user)?.filter(User::is_active);
    let policy = store::settings::load(tx)?.policy.sign_in;
    let here = !sign_in.proofs.contains(&Proof::Upstream);
    Ok(user.filter(|user| !here || policy.admits_roles(&user.roles)).map(|user| (sign_in, user)))
}

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
        self.site.store.write(move |tx| {
            let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok(Reserved::Not(Turn::Gone)) };
            let rules = policy.for_roles(&user.roles);
            match owed_by(tx, &user, &rules, &sign_in.proofs, wanted)? {
                Owed::Factor(choices) if choices.contains(&method) => {}
                Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable => {
                    return Ok(Reserved::Not(Turn::Unfinished));
                }
            }
            let slot = Slot { subject: Subject::Account(user.id), factor: method, lease };
            match attempts::reserve(tx, &slot, &policy.lockout, now)? {
                Reservation::Granted(_) => {}
                Reservation::Busy => return Ok(Reserved::Busy),
                Reservation::Locked { until } => return Ok(Reserved::Not(Turn::Locked { until: Some(until) })),
                Reservation::Closed => return Ok(Reserved::Not(Turn::Locked { until: None })),
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

/// What the sealed secret of an app is bound to.
pub fn seal_context(id: TotpId) -> String {
    format!("totp_credentials.sealed_secret:{id}")
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
        let Some((sign_in, user)) = pending(tx, self.id, &self.browser.binding, self.now)? else {
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
        match (attempts::settle(tx, &self.slot, verdict, &self.policy.lockout, self.now)?, verdict) {
            (Settled::Counted, Verdict::Right) => self.accept(tx, sign_in, &user),
            (Settled::Locked { until }, _) => self.lock(tx, &user, until),
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

    fn lock(&self, tx: &mut Tx<'_>, user: &User, until: Time) -> Result<Turn, StoreError> {
        self.refuse(tx, user, "wrong")?;
        let locked = self.event(EventKind::AccountLocked, Outcome::Failure, user).detail("scope", "factor");
        let told = until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        store::audit::append(tx, &locked.detail("until", told))?;
        super::mail::notify_of_lock(tx, user, until, self.now)?;
        Ok(Turn::Locked { until: Some(until) })
    }

    fn accept(self, tx: &mut Tx<'_>, sign_in: SignIn, user: &User) -> Result<Turn, StoreError> {
        if self.slot.factor == Factor::RecoveryCode {
            let left = store::recovery_codes::left(tx, user.id)?;
            let spent = self.event(EventKind::RecoveryCodeUsed, Outcome::Success, user);
            store::audit::append(tx, &spent.detail("left", left))?;
            super::mail::queue(tx, user, Message::RecoveryCodeUsed { left }, self.now)?;
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

/// What a finished sign-in leads to.
struct Finished<'a> {
    user: &'a User,
    proofs: Vec<Proof>,
    trust: Option<Duration>,
    now: Time,
}

/// Whoever takes the row away opens the session.
fn finish(
    tx: &mut Tx<'_>,
    arrival: Arrival,
    (id, binding): (SignInId, &TokenHash),
    finished: Finished<'_>,
) -> Result<Turn, StoreError> {
    let Finished { user, proofs, trust, now } = finished;
    let Some(taken) = store::sign_ins::take(tx, id, binding, now)? else { return Ok(Turn::Gone) };
    let grounds = Grounds { user, proofs: &proofs, auth_time: taken.auth_time, trust };
    arrival.resting_on(taken.upstream).open(tx, &grounds).map(Turn::SignedIn)
}

/// What came of choosing another way, or of asking for another code.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen {
    Ready,
    /// Too many codes were mailed; another may be asked for later.
    Capped,
    Gone,
}

/// The person takes another way; a code is mailed where that is the way.
pub fn choose(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    method: Factor,
    wanted: Level,
) -> Result<Chosen, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Chosen::Gone) };
    let now = site.now();
    let mailing = Mailing::prepare(site, browser, id, now);
    let (policy, binding) = (site.settings.policy.clone(), browser.binding);
    site.store.write(move |tx| {
        let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok(Chosen::Gone) };
        let rules = policy.for_roles(&user.roles);
        match owed_by(tx, &user, &rules, &sign_in.proofs, wanted)? {
            Owed::Factor(choices) if choices.contains(&method) => {}
            Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable => return Ok(Chosen::Gone),
        }
        if method == Factor::EmailCode && !mailing.send(tx, &user)? {
            return Ok(Chosen::Capped);
        }
        Ok(Chosen::Ready)
    })
}

/// Policy gives days of grace: the person goes on without a second factor for now.
pub fn postpone(site: &Site, browser: &Browser, interaction: &Interaction, wanted: Level) -> Result<Turn, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Turn::Gone) };
    let now = site.now();
    let arrival = Arrival::prepare(site, browser, now);
    let (policy, browser) = (site.settings.policy.clone(), browser.clone());
    site.store.write(move |tx| {
        let Some((sign_in, user)) = pending(tx, id, &browser.binding, now)? else { return Ok(Turn::Gone) };
        let rules = policy.for_roles(&user.roles);
        let asked_at = store::enrolments::asked_at(tx, user.id)?.unwrap_or(now);
        let in_grace = asked_at + rules.second_factor.grace > now;
        let owed = owed_by(tx, &user, &rules, &sign_in.proofs, wanted)?;
        if !in_grace || owed != (Owed::Enrolment { policy: true }) {
            return Ok(Turn::Unfinished);
        }
        let mut proofs = sign_in.proofs;
        proofs.push(Proof::Postponed);
        let event =
            Event::new(now, EventKind::EnrolmentPostponed, Outcome::Success, Actor::User(user.id), &browser.origin);
        store::audit::append(tx, &event.user(user.id).username(user.username.as_str()))?;
        if rest(tx, &user, &rules, (&proofs, wanted), now)? != Rest::Nothing {
            store::sign_ins::set_proofs(tx, id, &proofs)?;
            return Ok(Turn::Unfinished);
        }
        finish(tx, arrival, (id, &browser.binding), Finished { user: &user, proofs, trust: None, now })
    })
}

/// What came of choosing another password in the middle of a sign-in.
#[derive(Debug)]
pub enum Renewal {
    SignedIn(Welcome),
    Unmet(Vec<crate::domain::password_rules::Rule>),
    Busy,
    Gone,
}

/// The last step where policy or an administrator asks for another password. Everything else is proven by then.
pub fn renew_password(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    new: &Password,
    wanted: Level,
) -> Result<Renewal, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Renewal::Gone) };
    let now = site.now();
    let binding = browser.binding;
    let asked = site.store.read(|tx| {
        let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok::<_, StoreError>(None) };
        let rules = site.settings.policy.for_roles(&user.roles);
        match rest(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
            Rest::NewPassword(reason) => Ok(Some((user, reason))),
            Rest::Nothing | Rest::Owed(_) => Ok(None),
        }
    })?;
    let Some((user, reason)) = asked else { return Ok(Renewal::Gone) };
    let chosen = match password::choose(site, &user, new, Some(reason))? {
        password::Choice::Taken(chosen) => chosen,
        password::Choice::Unmet(unmet) => return Ok(Renewal::Unmet(unmet)),
        password::Choice::Busy => return Ok(Renewal::Busy),
    };
    let arrival = Arrival::prepare(site, browser, now);
    let by = password::By { actor: Actor::User(user.id), origin: browser.origin.clone(), way: "forced" };
    site.store.write(move |tx| {
        // Whoever takes the sign-in away sets the password and is in.
        let user = store::users::find(tx, user.id)?.filter(User::is_active);
        let taken = store::sign_ins::take(tx, id, &binding, now)?;
        let (Some(user), Some(taken)) = (user, taken) else { return Ok(Renewal::Gone) };
        password::set(tx, &user, &chosen, &by, now)?;
        super::mail::queue(tx, &user, Message::PasswordChanged, now)?;
        let grounds = Grounds { user: &user, proofs: &taken.proofs, auth_time: taken.auth_time, trust: None };
        arrival.resting_on(taken.upstream.clone()).open(tx, &grounds).map(Renewal::SignedIn)
    })
}
