//! The tenant's own rules, changed by its administrators: policy (IN-5, IN-6), approved networks (IN-12), notices
//! (IN-11). What a change would mean for people is counted before it is made.

use crate::domain::Time;
use crate::domain::assurance::Enrolled;
use crate::domain::audit::{EventKind, chain};
use crate::domain::authority::{Act as What, Authority};
use crate::domain::policy::{Policy, PolicyFault, SecondFactorMethod, SecondFactorRule};
use crate::domain::tenant::TenantSettings;
use crate::domain::user::User;
use crate::flow::{Site, second_factor};
use crate::store::passwords::Age;
use crate::store::{self, StoreError, Tx};

use super::act::Act;
use super::declared::{PolicyEntry, PolicyPlan, Problem, plan_policy};
use super::people::{Refusal, admit_to_tenant};
use super::{difference, identity_providers};

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    Saved,
    Unchanged,
    NotAllowed,
    /// Somebody else has changed the rules since the form was shown.
    Stale,
    /// Whoever makes the change could not sign in again, from where they are or with what they have.
    ShutsOut,
    Faults(Vec<PolicyFault>),
}

/// Tells one state of the settings from another: what a form was filled in upon.
pub fn stamp(settings: &TenantSettings) -> String {
    let text = serde_json::to_vec(settings).unwrap_or_default();
    chain(&[0; 32], &[&text]).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Why what a form says cannot become the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The keys of what cannot be read.
    Keys(Vec<String>),
    Faults(Vec<PolicyFault>),
}

/// What a form says over what stands, checked like a declarative file.
pub fn propose(before: &TenantSettings, entry: PolicyEntry) -> Result<Policy, Unfit> {
    let plan: PolicyPlan = plan_policy(entry).map_err(|problems: Vec<Problem>| {
        let keys = problems.into_iter().map(|problem| problem.path.trim_start_matches("policy.").to_owned());
        Unfit::Keys(keys.collect())
    })?;
    let mut after = before.clone();
    plan.merge_into(&mut after.policy);
    let faults = after.faults();
    if faults.is_empty() { Ok(after.policy) } else { Err(Unfit::Faults(faults)) }
}

/// Changes the settings as whoever acts may do now, unless they have changed since `based_on`.
pub fn change(
    site: &Site,
    act: Act,
    based_on: String,
    edit: impl FnOnce(&mut TenantSettings) + Send + 'static,
) -> Result<Turn, StoreError> {
    site.store.write(move |tx| {
        if let Err(refusal) = admit_to_tenant(tx, &act, What::ChangeRules)? {
            return Ok(match refusal {
                Refusal::Unknown
                | Refusal::NotAllowed
                | Refusal::LastAdministrator
                | Refusal::NoAddress
                | Refusal::Closed
                | Refusal::Elsewhere => Turn::NotAllowed,
            });
        }
        let before = store::settings::load(tx)?;
        if stamp(&before) != based_on {
            return Ok(Turn::Stale);
        }
        let mut after = before.clone();
        edit(&mut after);
        let faults = after.faults();
        if !faults.is_empty() {
            return Ok(Turn::Faults(faults));
        }
        if shuts_out(tx, &act, &after.policy)? {
            return Ok(Turn::ShutsOut);
        }
        let fields = difference::between(&before, &after);
        if fields.is_empty() {
            return Ok(Turn::Unchanged);
        }
        if !identity_providers::fits(tx, &after.policy)? {
            return Ok(Turn::Faults(vec![PolicyFault::NoProvider]));
        }
        store::settings::save(tx, &after)?;
        store::audit::append(tx, &act.changed(EventKind::TenantChanged, &fields))?;
        Ok(Turn::Saved)
    })
}

fn shuts_out(tx: &mut Tx<'_>, act: &Act, policy: &Policy) -> Result<bool, StoreError> {
    let Some(id) = act.person() else { return Ok(false) };
    let Some(person) = store::users::find(tx, id)? else { return Ok(false) };
    if !policy.networks.admits_roles(&person.roles, act.origin.address) {
        return Ok(true);
    }
    let rule = policy.for_roles(&person.roles).second_factor;
    Ok(Needs::of(second_factor::enrolled(tx, &person)?, &rule) == Needs::Impossible)
}

/// What a person has to do about the second factor under a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Enrolment,
    /// An app can be set up by oneself; for a mailed code an administrator has to enter an address first.
    Impossible,
}

impl Needs {
    fn of(enrolled: Enrolled, rule: &SecondFactorRule) -> Self {
        let can_give = (rule.allows(SecondFactorMethod::Totp) && enrolled.totp)
            || (rule.allows(SecondFactorMethod::EmailCode) && enrolled.email);
        if !rule.required || can_give {
            Self::Nothing
        } else if rule.allows(SecondFactorMethod::Totp) {
            Self::Enrolment
        } else {
            Self::Impossible
        }
    }
}

/// Whom a change of policy would touch. What hashes do not tell (whether a password is long enough) is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// People who can sign in.
    pub people: u32,
    /// Their password would have to be changed at the next sign-in, and need not be now.
    pub must_change: u32,
    /// They would have to set a second factor up, and need not now.
    pub must_enrol: u32,
    /// There would be no way for them to give a second factor, and need not be now.
    pub shut_out: u32,
    /// Of these, how many have a part in the administration.
    pub staff_shut_out: u32,
}

pub fn impact(site: &Site, proposed: &Policy) -> Result<Impact, StoreError> {
    let now = site.now();
    let present = &site.settings.policy;
    site.store.read(|tx| {
        let ages = store::passwords::ages(tx)?;
        let mut impact = Impact::default();
        let mut after: Option<String> = None;
        loop {
            let page = store::users::list(tx, after.as_deref(), 500)?;
            let Some(last) = page.last() else { return Ok(impact) };
            after = Some(last.username.key());
            for user in page.iter().filter(|user| user.is_active()) {
                count(tx, &mut impact, user, (present, proposed), (ages.get(&user.id), now))?;
            }
        }
    })
}

fn count(
    tx: &mut Tx<'_>,
    impact: &mut Impact,
    user: &User,
    (present, proposed): (&Policy, &Policy),
    (age, now): (Option<&Age>, Time),
) -> Result<(), StoreError> {
    let one = |counter: &mut u32, applies: bool| *counter += u32::from(applies);
    let (old, new) = (present.for_roles(&user.roles), proposed.for_roles(&user.roles));
    let expired = |most: Option<std::time::Duration>| {
        age.is_some_and(|age| most.is_some_and(|most| age.changed_at + most <= now))
    };
    one(&mut impact.people, true);
    one(&mut impact.must_change, expired(new.password.max_age) && !expired(old.password.max_age));
    let enrolled = second_factor::enrolled(tx, user)?;
    let (before, after) = (Needs::of(enrolled, &old.second_factor), Needs::of(enrolled, &new.second_factor));
    let shut_out = after == Needs::Impossible && before != Needs::Impossible;
    one(&mut impact.must_enrol, after == Needs::Enrolment && before == Needs::Nothing);
    one(&mut impact.shut_out, shut_out);
    one(&mut impact.staff_shut_out, shut_out && Authority::of(&user.roles).is_staff());
    Ok(())
}
