//! The second step of a sign-in (IN-2, IN-3). After the right password a sign-in that owes more is a row, bound to
//! its browser; each further proof is reserved, verified and spent like the password, and the session is opened by
//! whoever takes the row away.

mod ask;
mod mailing;
mod opening;
mod present;
mod proceed;

use std::time::Duration;

use crate::crypto::recovery_code::RecoveryCode;
use crate::domain::Time;
use crate::domain::assurance::{Enrolled, Level, Owed, Proof, Rule, owed};
use crate::domain::ids::{SignInId, TotpId};
use crate::domain::policy::{Effective, Policy, SecondFactorRule};
use crate::domain::secret::TokenHash;
use crate::domain::user::User;
use crate::store::sign_ins::SignIn;
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::password::{self, Reason};
use super::session::{Arrival, Grounds};

pub use ask::{Asked, FactorAsked, asked};
pub use mailing::{Chosen, choose};
pub use opening::{Opening, step_up};
pub use present::{Presented, Turn, present};
pub use proceed::{Renewal, postpone, renew_password};

/// How long a person has for what is owed.
pub(super) const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// The rule for one person. Whoever is not kept has no factor of ours (IN-10).
fn rule_of<'a>(user: &User, rules: &'a Effective) -> Rule<'a> {
    if user.is_transient() { Rule { methods: &[], ..rule(rules) } } else { rule(rules) }
}

/// The rule that policy makes, for somebody who has put nothing off.
pub(super) fn rule(rules: &Effective) -> Rule<'_> {
    let SecondFactorRule { required, methods, remember_device, grace: _ } = &rules.second_factor;
    Rule { required: *required, methods, lets_off: !remember_device.is_zero(), in_grace: false }
}

/// Until when the person may put off setting one up; `None` = no longer, or not at all.
fn grace(tx: &mut Tx<'_>, user: &User, rules: &Effective, now: Time) -> Result<Option<Time>, StoreError> {
    let until = store::enrolments::asked_at(tx, user.id)?.unwrap_or(now) + rules.second_factor.grace;
    Ok((until > now).then_some(until))
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
    (proofs, wanted): (&[Proof], Level),
    now: Time,
) -> Result<Owed, StoreError> {
    let enrolled = enrolled(tx, user)?;
    let in_grace = proofs.contains(&Proof::Postponed) && grace(tx, user, rules, now)?.is_some();
    let rule = Rule { in_grace, ..rule_of(user, rules) };
    Ok(owed(rule, enrolled, proofs, wanted))
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
    match owed_by(tx, user, rules, (proofs, wanted), now)? {
        Owed::Nothing => {
            let reason = password::must_change(tx, user, &rules.password, now)?;
            Ok(reason.map_or(Rest::Nothing, Rest::NewPassword))
        }
        owed @ (Owed::Factor(_) | Owed::Enrolment { .. } | Owed::Unreachable) => Ok(Rest::Owed(owed)),
    }
}

/// The highest level that people of this policy can reach.
pub fn reachable(policy: &Policy, user: Option<&User>) -> Level {
    if let Some(user) = user {
        return rule_of(user, &policy.for_roles(&user.roles)).reachable();
    }
    let methods = &policy.second_factor.methods;
    Rule { required: false, methods, lets_off: false, in_grace: false }.reachable()
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

/// The same for whoever goes on with it: until this transaction ends nobody changes the person or sets another password,
/// which ends what was begun with the old one.
pub(super) fn pending_held(
    tx: &mut Tx<'_>,
    id: SignInId,
    binding: &TokenHash,
    now: Time,
) -> Result<Option<(SignIn, User)>, StoreError> {
    let Some(sign_in) = store::sign_ins::find(tx, id, binding, now)? else { return Ok(None) };
    store::users::hold(tx, sign_in.user)?;
    pending(tx, id, binding, now)
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

/// The tag under which a recovery code is kept.
pub fn recovery_code_mac(site: &Site, code: &RecoveryCode) -> [u8; 32] {
    site.store.mac().tag("recovery-code", code.as_bytes())
}

/// What the sealed secret of an app is bound to.
pub fn seal_context(id: TotpId) -> String {
    format!("totp_credentials.sealed_secret:{id}")
}
