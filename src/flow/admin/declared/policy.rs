//! The policy section: what is said replaces what stands, key by key.

use std::time::Duration;

use crate::domain::policy::{Limit, Policy, RolePolicy, SecondFactorMethod};
use crate::domain::quantity::{QuantityError, parse_duration};
use crate::domain::user::Role;

use super::check::Notes;
use super::{LockoutEntry, PasswordPolicyEntry, PolicyEntry, RoleEntry, SecondFactorEntry, SecondFactorRequired};

/// Only what the file says.
#[derive(Clone, Debug, Default)]
pub struct PolicyPlan {
    min_length: Option<u32>,
    min_digits: Option<u32>,
    min_special: Option<u32>,
    refuse_common: Option<bool>,
    refuse_breached: Option<bool>,
    history: Option<u32>,
    /// Off: never.
    max_age: Option<Limit<Duration>>,
    failures: Option<u32>,
    lock_duration: Option<Duration>,
    lock_longest: Option<Duration>,
    methods: Option<Vec<SecondFactorMethod>>,
    remember_device: Option<Duration>,
    idle: Option<Limit<Duration>>,
    absolute: Option<Limit<Duration>>,
    roles: Option<Vec<RolePolicy>>,
}

impl PolicyPlan {
    /// Writes what is said over what stands.
    pub fn merge_into(&self, policy: &mut Policy) {
        let put = |to: &mut u32, from: Option<u32>| *to = from.unwrap_or(*to);
        put(&mut policy.password.min_length, self.min_length);
        put(&mut policy.password.min_digits, self.min_digits);
        put(&mut policy.password.min_special, self.min_special);
        put(&mut policy.password.history, self.history);
        put(&mut policy.lockout.failures, self.failures);
        let password = &mut policy.password;
        password.refuse_common = self.refuse_common.unwrap_or(password.refuse_common);
        password.refuse_breached = self.refuse_breached.unwrap_or(password.refuse_breached);
        password.max_age = match self.max_age {
            None => password.max_age,
            Some(Limit::Off) => None,
            Some(Limit::At(age)) => Some(age),
        };
        let lockout = &mut policy.lockout;
        lockout.duration = self.lock_duration.unwrap_or(lockout.duration);
        lockout.longest = self.lock_longest.unwrap_or(lockout.longest);
        let factor = &mut policy.second_factor;
        factor.remember_device = self.remember_device.unwrap_or(factor.remember_device);
        if let Some(methods) = &self.methods {
            factor.methods.clone_from(methods);
        }
        policy.session.idle = self.idle.unwrap_or(policy.session.idle);
        policy.session.absolute = self.absolute.unwrap_or(policy.session.absolute);
        if let Some(roles) = &self.roles {
            policy.roles.clone_from(roles);
        }
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, entry: PolicyEntry) -> PolicyPlan {
    let mut plan = PolicyPlan::default();
    password(notes, &format!("{path}.password"), entry.password.unwrap_or_default(), &mut plan);
    lockout(notes, &format!("{path}.lockout"), &entry.lockout.unwrap_or_default(), &mut plan);
    second_factor(notes, &format!("{path}.second_factor"), entry.second_factor.unwrap_or_default(), &mut plan);
    let session = entry.session.unwrap_or_default();
    let mut limit = |key: &str, text: Option<String>| {
        text.and_then(|text| notes.parsed(&format!("{path}.session.{key}"), &text, parse_limit))
    };
    plan.idle = limit("idle", session.idle);
    plan.absolute = limit("absolute", session.absolute);
    plan.roles = entry.role.map(|roles| {
        let roles = roles.into_iter().enumerate();
        roles.filter_map(|(n, entry)| role(notes, &format!("{path}.role[{n}]"), entry)).collect()
    });
    plan
}

fn password(notes: &mut Notes, path: &str, entry: PasswordPolicyEntry, plan: &mut PolicyPlan) {
    plan.min_length = number(notes, &format!("{path}.min_length"), entry.min_length, 8, 256);
    plan.min_digits = number(notes, &format!("{path}.min_digits"), entry.min_digits, 0, 64);
    plan.min_special = number(notes, &format!("{path}.min_special"), entry.min_special, 0, 64);
    plan.history = number(notes, &format!("{path}.history"), entry.history, 0, 100);
    plan.refuse_common = entry.refuse_common;
    plan.refuse_breached = entry.refuse_breached;
    plan.max_age = entry.max_age.and_then(|text| {
        notes.parsed(&format!("{path}.max_age"), &text, |text| match text {
            "never" => Ok(Limit::Off),
            text => parse_some_time(text).map(Limit::At),
        })
    });
}

fn lockout(notes: &mut Notes, path: &str, entry: &LockoutEntry, plan: &mut PolicyPlan) {
    plan.failures = number(notes, &format!("{path}.failures"), entry.failures, 1, 100);
    let mut time = |key: &str, text: &Option<String>| {
        text.as_ref().and_then(|text| notes.parsed(&format!("{path}.{key}"), text, parse_some_time))
    };
    plan.lock_duration = time("duration", &entry.duration);
    plan.lock_longest = time("longest", &entry.longest);
    if let (Some(first), Some(longest)) = (plan.lock_duration, plan.lock_longest)
        && longest < first
    {
        notes.refuse(&format!("{path}.longest"), "must not be shorter than duration");
    }
}

fn second_factor(notes: &mut Notes, path: &str, entry: SecondFactorEntry, plan: &mut PolicyPlan) {
    if entry.required == Some(SecondFactorRequired::Everyone) {
        let message = "a second factor cannot be required: this is not supported by this version of Portner";
        notes.refuse(&format!("{path}.required"), message);
    }
    plan.methods = entry.methods;
    plan.remember_device =
        entry.remember_device.and_then(|text| notes.parsed(&format!("{path}.remember_device"), &text, parse_duration));
}

fn role(notes: &mut Notes, path: &str, entry: RoleEntry) -> Option<RolePolicy> {
    let role = notes.named(path, "role", entry.role.as_deref(), Role::parse);
    if entry.second_factor.and_then(|factor| factor.required) == Some(true) {
        let message = "a second factor cannot be required: this is not supported by this version of Portner";
        notes.refuse(&format!("{path}.second_factor.required"), message);
    }
    let asked = entry.password.and_then(|password| password.min_length);
    let password_min_length = number(notes, &format!("{path}.password.min_length"), asked, 8, 256);
    Some(RolePolicy { role: role?, password_min_length })
}

fn number(notes: &mut Notes, path: &str, number: Option<u32>, least: u32, most: u32) -> Option<u32> {
    if number.is_some_and(|number| !(least..=most).contains(&number)) {
        notes.refuse(path, format!("must be a whole number from {least} to {most}"));
        return None;
    }
    number
}

fn parse_some_time(text: &str) -> Result<Duration, QuantityError> {
    parse_duration(text).and_then(|time| if time.is_zero() { Err(QuantityError::Duration) } else { Ok(time) })
}

fn parse_limit(text: &str) -> Result<Limit<Duration>, QuantityError> {
    match text {
        "off" => Ok(Limit::Off),
        text => parse_some_time(text).map(Limit::At),
    }
}
