//! Setting up an authenticator app, and the recovery codes that go with it (IN-3).
//!
//! A secret counts once a code of it was typed in. Until then it is nowhere but in the form, sealed to this browser
//! and person: an enrolment that somebody else began leaves nothing behind that could be finished.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::crypto::entropy::{self, Entropy};
use crate::crypto::recovery_code::RecoveryCode;
use crate::crypto::seal::{SealError, Sealer};
use crate::crypto::totp::{Code, Seed};
use crate::domain::Time;
use crate::domain::assurance::{Enrolled, Level, Owed, Proof, owed};
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{TotpId, UserId};
use crate::domain::mail::Message;
use crate::domain::policy::{Effective, Policy, SecondFactorMethod};
use crate::domain::secret::TokenHash;
use crate::domain::user::User;
use crate::store::federated_identities::Identity;
use crate::store::sign_ins::SignIn;
use crate::store::totp::Credential;
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::browser::{Browser, SignedIn, still_signed_in};
use super::interaction::Interaction;
use super::second_factor::{self, Rest, enrolled, owed_by, recovery_code_mac, rule, seal_context};
use super::session::{Arrival, Grounds, Welcome};

/// How long a form with a secret is good for.
const LIFETIME: chrono::Duration = chrono::Duration::hours(1);
const RECOVERY_CODES: usize = 10;
/// Apps of one person: a cap, since every code is tried against each.
const MOST_APPS: usize = 10;
const LABEL_MAX: usize = 64;

/// What the person's app is to know.
#[derive(Debug)]
pub struct Setup {
    /// The same again, for the form.
    pub sealed: String,
    pub uri: Zeroizing<String>,
    pub secret: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct Draft {
    #[serde(with = "chrono::serde::ts_seconds")]
    at: Time,
    seed: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a secret could not be sealed")]
    Seal(#[from] SealError),
}

fn draft_context(binding: &TokenHash, user: UserId) -> String {
    format!("totp-setup:{user}:{}", binding.hex())
}

/// A new secret for this person in this browser.
pub fn begin(site: &Site, browser: &Browser, user: &User) -> Result<Setup, SealError> {
    let seed = Seed::generate(site.entropy.as_ref());
    let draft = Draft { at: site.now(), seed: seed.as_bytes().to_vec() };
    let plain = Zeroizing::new(serde_json::to_vec(&draft).map_err(|_unwritable| SealError::Failed)?);
    let context = draft_context(&browser.binding, user.id);
    let sealed = site.store.sealer().seal_text(&context, &plain, site.entropy.as_ref())?;
    Ok(setup(site, user, &seed, sealed))
}

fn setup(site: &Site, user: &User, seed: &Seed, sealed: String) -> Setup {
    let uri = seed.uri(&site.settings.name, user.username.as_str()).unwrap_or_default();
    Setup { sealed, uri, secret: seed.to_base32() }
}

/// The secret of a form that came back; `None` = too old, or not of this browser and person.
fn reopen(site: &Site, browser: &Browser, user: &User, sealed: &str) -> Option<Seed> {
    let plain = site.store.sealer().open_text(&draft_context(&browser.binding, user.id), sealed).ok()?;
    let draft: Draft = serde_json::from_slice(&plain).ok()?;
    if draft.at + LIFETIME <= site.now() {
        return None;
    }
    Seed::from_bytes(&draft.seed).ok()
}

/// The form again with the same secret, which the app may know already; else with a new one.
pub fn again(site: &Site, browser: &Browser, user: &User, sealed: &str) -> Result<Setup, SealError> {
    match reopen(site, browser, user, sealed) {
        Some(seed) => Ok(setup(site, user, &seed, sealed.to_owned())),
        None => begin(site, browser, user),
    }
}

/// What the person typed in to prove that the app knows the secret.
#[derive(Clone, Debug)]
pub struct Confirmation {
    pub sealed: String,
    pub code: String,
    pub label: String,
}

/// What came of it.
#[derive(Debug)]
pub enum Enrolment {
    /// The codes are shown now and never again.
    Done {
        welcome: Option<Welcome>,
        codes: Vec<Zeroizing<String>>,
    },
    WrongCode,
    /// The form is too old.
    Stale,
    /// There are as many apps as there may be.
    TooMany,
    /// Nobody is signing in here, or nothing of the kind is asked.
    Gone,
}

/// An app that is proven, with what is stored of it, made before the transaction.
struct Proven {
    credential: Credential,
    codes: Vec<RecoveryCode>,
    macs: Vec<[u8; 32]>,
}

impl Proven {
    fn prepare(site: &Site, user: &User, seed: &Seed, step: i64, label: &str) -> Result<Self, SealError> {
        let now = site.now();
        let id = TotpId::from_uuid(site.new_id(now));
        let sealed_secret = site.store.sealer().seal(&seal_context(id), seed.as_bytes(), site.entropy.as_ref())?;
        let codes = recovery_codes(site);
        Ok(Self {
            credential: Credential {
                id,
                user: user.id,
                label: label_of(label),
                sealed_secret,
                last_step: step,
                created_at: now,
                last_used_at: Some(now),
            },
            macs: codes.iter().map(|code| recovery_code_mac(site, code)).collect(),
            codes,
        })
    }

    /// The app, and recovery codes if there are none left. Returns the codes to be shown.
    fn save(self, tx: &mut Tx<'_>, user: &User, origin: &Origin) -> Result<Vec<Zeroizing<String>>, StoreError> {
        let now = self.credential.created_at;
        store::totp::insert(tx, &self.credential)?;
        store::enrolments::done(tx, user.id)?;
        // Browsers were let off under other circumstances.
        store::devices::distrust_all(tx, user.id)?;
        let added = event(EventKind::FactorAdded, user, origin, now).detail("factor", "totp");
        store::audit::append(tx, &added.detail("credential", self.credential.id))?;
        super::mail::queue(tx, user, Message::FactorAdded { factor: SecondFactorMethod::Totp }, now)?;
        if store::recovery_codes::left(tx, user.id)? > 0 {
            return Ok(Vec::new());
        }
        store::recovery_codes::replace(tx, user.id, &self.macs, now)?;
        store::audit::append(tx, &event(EventKind::RecoveryCodesRenewed, user, origin, now))?;
        Ok(self.codes.iter().map(RecoveryCode::grouped).collect())
    }
}

fn recovery_codes(site: &Site) -> Vec<RecoveryCode> {
    (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(site.entropy.as_ref())).collect()
}

fn label_of(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(LABEL_MAX).collect()
}

fn event(kind: EventKind, user: &User, origin: &Origin, now: Time) -> Event {
    Event::new(now, kind, Outcome::Success, Actor::User(user.id), origin).user(user.id).username(user.username.as_str())
}

/// What a form proves, before anything is written.
enum Checked {
    Proven(Box<Proven>),
    Not(Enrolment),
}

fn check(site: &Site, browser: &Browser, user: &User, form: &Confirmation) -> Result<Checked, Fault> {
    let Some(seed) = reopen(site, browser, user, &form.sealed) else { return Ok(Checked::Not(Enrolment::Stale)) };
    let step = Code::parse(&form.code).and_then(|code| seed.step_of(&code, site.now()));
    match step {
        None => Ok(Checked::Not(Enrolment::WrongCode)),
        Some(step) => Ok(Checked::Proven(Box::new(Proven::prepare(site, user, &seed, step, &form.label)?))),
    }
}

/// In the middle of a sign-in that cannot be finished without (forced by policy or by the application).
pub fn confirm_in_sign_in(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    form: &Confirmation,
    wanted: Level,
) -> Result<Enrolment, Fault> {
    let Some(id) = interaction.sign_in else { return Ok(Enrolment::Gone) };
    let now = site.now();
    let binding = browser.binding;
    let Some((_, user)) = site.store.read(|tx| second_factor::pending(tx, id, &binding, now))? else {
        return Ok(Enrolment::Gone);
    };
    let proven = match check(site, browser, &user, form)? {
        Checked::Proven(proven) => proven,
        Checked::Not(outcome) => return Ok(outcome),
    };
    let arrival = Arrival::prepare(site, browser, now);
    let (policy, browser) = (site.settings.policy.clone(), browser.clone());
    let outcome = site.store.write(move |tx| {
        let Some((sign_in, user)) = second_factor::pending_held(tx, id, &binding, now)? else {
            return Ok::<_, StoreError>(Enrolment::Gone);
        };
        let rules = policy.for_roles(&user.roles);
        // Only where nothing else is owed: an app cannot be added in place of the one that is asked for.
        if !matches!(owed_by(tx, &user, &rules, (&sign_in.proofs, wanted), now)?, Owed::Enrolment { .. }) {
            return Ok(Enrolment::Gone);
        }
        // Whoever takes the sign-in away enrols; it is laid back if more is owed.
        if store::sign_ins::take(tx, id, &binding, now)?.is_none() {
            return Ok(Enrolment::Gone);
        }
        let codes = proven.save(tx, &user, &browser.origin)?;
        let mut proofs = sign_in.proofs;
        proofs.push(Proof::Totp);
        if second_factor::rest(tx, &user, &rules, (&proofs, wanted), now)? != Rest::Nothing {
            let rest = SignIn { id, user: user.id, proofs, auth_time: sign_in.auth_time, upstream: sign_in.upstream };
            store::sign_ins::insert(tx, &rest, &binding, now + second_factor::LIFETIME)?;
            return Ok(Enrolment::Done { welcome: None, codes });
        }
        let grounds = Grounds { user: &user, proofs: &proofs, auth_time: sign_in.auth_time, trust: None };
        let welcome = arrival.resting_on(sign_in.upstream).open(tx, &grounds)?;
        Ok(Enrolment::Done { welcome: Some(welcome), codes })
    })?;
    Ok(outcome)
}

/// By a person who is signed in, and has been asked again lately: one more app.
pub fn add(site: &Site, browser: &Browser, known: &SignedIn, form: &Confirmation) -> Result<Enrolment, Fault> {
    let proven = match check(site, browser, &known.user, form)? {
        Checked::Proven(proven) => proven,
        Checked::Not(outcome) => return Ok(outcome),
    };
    let now = site.now();
    let arrival = Arrival::prepare(site, browser, now);
    let still = Still::of(site, browser, known, now);
    let outcome = site.store.write(move |tx| {
        let Some(SignedIn { session, user }) = still.signed_in(tx)? else { return Ok(Enrolment::Gone) };
        if store::totp::list(tx, user.id)?.len() >= MOST_APPS {
            return Ok::<_, StoreError>(Enrolment::TooMany);
        }
        let codes = proven.save(tx, &user, &still.browser.origin)?;
        let mut proofs = session.proofs;
        if !proofs.contains(&Proof::Totp) {
            proofs.push(Proof::Totp);
        }
        // More is proven now: the session goes on under a new cookie.
        let grounds = Grounds { user: &user, proofs: &proofs, auth_time: session.auth_time, trust: None };
        let welcome = arrival.open(tx, &grounds)?;
        Ok(Enrolment::Done { welcome: Some(welcome), codes })
    })?;
    Ok(outcome)
}

/// Whoever was signed in when a form came, to be looked at again where it takes effect.
struct Still {
    policy: Policy,
    browser: Browser,
    user: UserId,
    now: Time,
}

impl Still {
    fn of(site: &Site, browser: &Browser, known: &SignedIn, now: Time) -> Self {
        let (policy, browser) = (site.settings.policy.clone(), browser.clone());
        Self { policy, browser, user: known.user.id, now }
    }

    fn signed_in(&self, tx: &mut Tx<'_>) -> Result<Option<SignedIn>, StoreError> {
        still_signed_in(tx, &self.policy, &self.browser, (self.user, self.now))
    }
}

/// What came of changing something about one's apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Done,
    /// The session has ended meanwhile.
    Gone,
    NotFound,
    /// Policy asks for a second factor, and this is the last one.
    LastOne,
}

pub fn rename(site: &Site, browser: &Browser, known: &SignedIn, id: TotpId, label: &str) -> Result<Change, StoreError> {
    let (label, now) = (label_of(label), site.now());
    let still = Still::of(site, browser, known, now);
    site.store.write(move |tx| {
        let Some(SignedIn { user, .. }) = still.signed_in(tx)? else { return Ok(Change::Gone) };
        if !store::totp::rename(tx, user.id, id, &label)? {
            return Ok(Change::NotFound);
        }
        let origin = &still.browser.origin;
        let renamed = event(EventKind::FactorRenamed, &user, origin, now).detail("factor", "totp");
        store::audit::append(tx, &renamed.detail("credential", id))?;
        Ok(Change::Done)
    })
}

/// Never the last one that policy needs.
pub fn remove(site: &Site, browser: &Browser, known: &SignedIn, id: TotpId) -> Result<Change, StoreError> {
    let now = site.now();
    let still = Still::of(site, browser, known, now);
    site.store.write(move |tx| {
        let Some(SignedIn { user, .. }) = still.signed_in(tx)? else { return Ok(Change::Gone) };
        let rules = still.policy.for_roles(&user.roles);
        let own = store::totp::list(tx, user.id)?;
        if !own.iter().any(|credential| credential.id == id) {
            return Ok(Change::NotFound);
        }
        let others = own.len() > 1;
        if !others && needs_an_app(tx, &user, &rules)? {
            return Ok(Change::LastOne);
        }
        store::totp::remove(tx, user.id, id)?;
        if !others {
            // Without an app they would stand for nothing.
            store::recovery_codes::remove_all(tx, user.id)?;
        }
        store::devices::distrust_all(tx, user.id)?;
        let origin = &still.browser.origin;
        let removed = event(EventKind::FactorRemoved, &user, origin, now).detail("factor", "totp");
        store::audit::append(tx, &removed.detail("credential", id))?;
        super::mail::queue(tx, &user, Message::FactorRemoved { factor: SecondFactorMethod::Totp }, now)?;
        Ok(Change::Done)
    })
}

/// Whether the person could not satisfy policy without an app.
fn needs_an_app(tx: &mut Tx<'_>, user: &User, rules: &Effective) -> Result<bool, StoreError> {
    let without = Enrolled { totp: false, recovery_codes: false, ..enrolled(tx, user)? };
    let next = owed(rule(rules), without, &[Proof::Password], Level::Password);
    Ok(match next {
        Owed::Nothing | Owed::Factor(_) => false,
        Owed::Enrolment { .. } | Owed::Unreachable => true,
    })
}

/// New recovery codes; those of `based_on` are worth nothing. Only for somebody with an app who is signed in. A form that
/// is sent twice does not replace what was just shown.
pub fn renew_codes(
    site: &Site,
    browser: &Browser,
    known: &SignedIn,
    based_on: Option<Time>,
) -> Result<Option<Vec<Zeroizing<String>>>, StoreError> {
    let codes = recovery_codes(site);
    let macs: Vec<[u8; 32]> = codes.iter().map(|code| recovery_code_mac(site, code)).collect();
    let now = site.now();
    let still = Still::of(site, browser, known, now);
    let renewed = site.store.write(move |tx| {
        let Some(SignedIn { user, .. }) = still.signed_in(tx)? else { return Ok::<_, StoreError>(false) };
        let stale = store::recovery_codes::made_at(tx, user.id)? != based_on;
        if stale || store::totp::list(tx, user.id)?.is_empty() {
            return Ok(false);
        }
        store::recovery_codes::replace(tx, user.id, &macs, now)?;
        store::audit::append(tx, &event(EventKind::RecoveryCodesRenewed, &user, &still.browser.origin, now))?;
        super::mail::queue(tx, &user, Message::RecoveryCodesRenewed, now)?;
        Ok(true)
    })?;
    Ok(renewed.then(|| codes.iter().map(RecoveryCode::grouped).collect()))
}

/// What a person has, for their own pages and for administrators.
#[derive(Debug)]
pub struct Overview {
    pub apps: Vec<Credential>,
    pub recovery_codes_left: u32,
    pub recovery_codes_made_at: Option<Time>,
    pub needs_an_app: bool,
    /// Whom they are at identity providers.
    pub identities: Vec<Identity>,
}

pub fn overview(tx: &mut Tx<'_>, user: &User, policy: &Policy) -> Result<Overview, StoreError> {
    Ok(Overview {
        apps: store::totp::list(tx, user.id)?,
        recovery_codes_left: store::recovery_codes::left(tx, user.id)?,
        recovery_codes_made_at: store::recovery_codes::made_at(tx, user.id)?,
        needs_an_app: needs_an_app(tx, user, &policy.for_roles(&user.roles))?,
        identities: store::federated_identities::list_for_user(tx, user.id)?,
    })
}

/// Everything is gone: the person sets up anew where policy asks for it. By an administrator, who is `actor`; whether
/// there was anything.
pub fn reset(tx: &mut Tx<'_>, user: &User, actor: Actor, origin: &Origin, now: Time) -> Result<bool, StoreError> {
    let apps = store::totp::remove_all(tx, user.id)?;
    store::recovery_codes::remove_all(tx, user.id)?;
    store::enrolments::done(tx, user.id)?;
    store::devices::distrust_all(tx, user.id)?;
    store::sign_ins::end_for_user(tx, user.id)?;
    let reset = Event::new(now, EventKind::SecondFactorReset, Outcome::Success, actor, origin);
    store::audit::append(tx, &reset.user(user.id).username(user.username.as_str()).detail("apps", apps))?;
    super::mail::queue(tx, user, Message::FactorRemoved { factor: SecondFactorMethod::Totp }, now)?;
    Ok(apps > 0)
}

/// The secret of an app that the person has already (`portner apply`).
pub struct Import {
    id: TotpId,
    seed: Seed,
    sealed_secret: Vec<u8>,
    sealer: Sealer,
    now: Time,
}

/// The label of an app that was brought along.
const IMPORTED: &str = "imported";

impl Import {
    pub fn prepare(sealer: &Sealer, seed: &Seed, entropy: &dyn Entropy, now: Time) -> Result<Self, SealError> {
        let id = TotpId::from_uuid(entropy::uuid(now, entropy));
        let sealed_secret = sealer.seal(&seal_context(id), seed.as_bytes(), entropy)?;
        Ok(Self { id, seed: seed.clone(), sealed_secret, sealer: sealer.clone(), now })
    }

    /// Takes the place of what was imported before; whether that was another secret.
    pub fn save(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, StoreError> {
        let before = store::totp::list(tx, user)?.into_iter().find(|credential| credential.label == IMPORTED);
        if let Some(before) = before {
            let secret = self.sealer.open(&seal_context(before.id), &before.sealed_secret).ok();
            if secret.is_some_and(|secret| *secret == self.seed.as_bytes()) {
                return Ok(false);
            }
            store::totp::remove(tx, user, before.id)?;
        }
        store::totp::insert(
            tx,
            &Credential {
                id: self.id,
                user,
                label: IMPORTED.to_owned(),
                sealed_secret: self.sealed_secret.clone(),
                last_step: 0,
                created_at: self.now,
                last_used_at: None,
            },
        )?;
        Ok(true)
    }
}
