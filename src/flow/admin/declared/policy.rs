//! The policy section: what is said replaces what stands, key by key.

use std::time::Duration;

use crate::domain::policy::{
    LEAST_LENGTH, LEAST_MAX_LENGTH, LONGEST_LENGTH, Limit, LocalSignIn, Policy, Requirement, RolePassword, RolePolicy,
    RoleSecondFactor, RoleSession, SecondFactorMethod,
};
use crate::domain::quantity::{Network, QuantityError, parse_duration};
use crate::domain::user::Role;

use super::check::Notes;
use super::{
    LockoutEntry, NetworksEntry, PasswordPolicyEntry, PolicyEntry, RoleEntry, RolePasswordEntry, RoleSecondFactorEntry,
    SecondFactorEntry, SessionEntry,
};

/// Only what the file says.
#[derive(Clone, Debug, Default)]
pub struct PolicyPlan {
    /// Its `max_age` is not used: see below.
    password: RolePassword,
    own_words: Option<Vec<String>>,
    /// Off: never.
    max_age: Option<Limit<Duration>>,
    failures: Option<u32>,
    lock_duration: Option<Duration>,
    lock_longest: Option<Duration>,
    required: Option<Requirement>,
    methods: Option<Vec<SecondFactorMethod>>,
    remember_device: Option<Duration>,
    grace: Option<Duration>,
    idle: Option<Limit<Duration>>,
    absolute: Option<Limit<Duration>>,
    everyone: Option<Vec<Network>>,
    administrators: Option<Vec<Network>>,
    local: Option<LocalSignIn>,
    roles: Option<Vec<RolePolicy>>,
}

impl PolicyPlan {
    /// Writes what is said over what stands.
    pub fn merge_into(&self, policy: &mut Policy) {
        self.merge_password(policy);
        put(&mut policy.lockout.failures, self.failures.as_ref());
        put(&mut policy.lockout.duration, self.lock_duration.as_ref());
        put(&mut policy.lockout.longest, self.lock_longest.as_ref());
        put(&mut policy.second_factor.required, self.required.as_ref());
        put(&mut policy.second_factor.methods, self.methods.as_ref());
        put(&mut policy.second_factor.remember_device, self.remember_device.as_ref());
        put(&mut policy.second_factor.grace, self.grace.as_ref());
        put(&mut policy.session.idle, self.idle.as_ref());
        put(&mut policy.session.absolute, self.absolute.as_ref());
        put(&mut policy.networks.everyone, self.everyone.as_ref());
        put(&mut policy.networks.administrators, self.administrators.as_ref());
        put(&mut policy.sign_in.local, self.local.as_ref());
        put(&mut policy.roles, self.roles.as_ref());
    }

    fn merge_password(&self, policy: &mut Policy) {
        let (to, from) = (&mut policy.password, &self.password);
        put(&mut to.min_length, from.min_length.as_ref());
        put(&mut to.max_length, from.max_length.as_ref());
        put(&mut to.min_digits, from.min_digits.as_ref());
        put(&mut to.min_special, from.min_special.as_ref());
        put(&mut to.min_upper, from.min_upper.as_ref());
        put(&mut to.min_lower, from.min_lower.as_ref());
        put(&mut to.refuse_common, from.refuse_common.as_ref());
        put(&mut to.refuse_breached, from.refuse_breached.as_ref());
        put(&mut to.refuse_own_words, from.refuse_own_words.as_ref());
        put(&mut to.own_words, self.own_words.as_ref());
        put(&mut to.history, from.history.as_ref());
        to.max_age = match self.max_age {
            None => to.max_age,
            Some(Limit::Off) => None,
            Some(Limit::At(age)) => Some(age),
        };
    }
}

fn put<T: Clone>(to: &mut T, from: Option<&T>) {
    if let Some(from) = from {
        to.clone_from(from);
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, entry: PolicyEntry) -> PolicyPlan {
    let mut plan = PolicyPlan::default();
    password(notes, &format!("{path}.password"), entry.password.unwrap_or_default(), &mut plan);
    lockout(notes, &format!("{path}.lockout"), &entry.lockout.unwrap_or_default(), &mut plan);
    second_factor(notes, &format!("{path}.second_factor"), entry.second_factor.unwrap_or_default(), &mut plan);
    (plan.idle, plan.absolute) = session(notes, &format!("{path}.session"), entry.session.unwrap_or_default());
    networks(notes, &format!("{path}.networks"), &entry.networks.unwrap_or_default(), &mut plan);
    plan.local = entry.sign_in.unwrap_or_default().local;
    plan.roles = entry.role.map(|roles| roles_of(notes, path, roles));
    plan
}

fn password(notes: &mut Notes, path: &str, mut entry: PasswordPolicyEntry, plan: &mut PolicyPlan) {
    plan.own_words = entry.own_words.take().map(|words| own_words(notes, &format!("{path}.own_words"), words));
    let rules = RolePasswordEntry {
        min_length: entry.min_length,
        max_length: entry.max_length,
        min_digits: entry.min_digits,
        min_special: entry.min_special,
        min_upper: entry.min_upper,
        min_lower: entry.min_lower,
        refuse_common: entry.refuse_common,
        refuse_breached: entry.refuse_breached,
        refuse_own_words: entry.refuse_own_words,
        history: entry.history,
        max_age: entry.max_age,
    };
    (plan.password, plan.max_age) = password_rules(notes, path, rules);
}

/// The keys that everyone's rules and those of a role share.
fn password_rules(notes: &mut Notes, path: &str, entry: RolePasswordEntry) -> (RolePassword, Option<Limit<Duration>>) {
    let mut between = |key: &str, asked: Option<u32>, least: u32, most: u32| {
        number(notes, &format!("{path}.{key}"), asked, least, most)
    };
    let mut rules = RolePassword {
        min_length: between("min_length", entry.min_length, LEAST_LENGTH, 256),
        max_length: between("max_length", entry.max_length, LEAST_MAX_LENGTH, LONGEST_LENGTH),
        min_digits: between("min_digits", entry.min_digits, 0, 64),
        min_special: between("min_special", entry.min_special, 0, 64),
        min_upper: between("min_upper", entry.min_upper, 0, 64),
        min_lower: between("min_lower", entry.min_lower, 0, 64),
        refuse_common: entry.refuse_common,
        refuse_breached: entry.refuse_breached,
        refuse_own_words: entry.refuse_own_words,
        history: between("history", entry.history, 0, 100),
        max_age: None,
    };
    if let (Some(least), Some(most)) = (rules.min_length, rules.max_length)
        && most < least
    {
        notes.refuse(&format!("{path}.max_length"), "must not be less than min_length");
    }
    let max_age = entry.max_age.and_then(|text| {
        notes.parsed(&format!("{path}.max_age"), &text, |text| match text {
            "never" => Ok(Limit::Off),
            text => parse_some_time(text).map(Limit::At),
        })
    });
    rules.max_age = max_age.and_then(time);
    (rules, max_age)
}

fn own_words(notes: &mut Notes, path: &str, words: Vec<String>) -> Vec<String> {
    if words.len() > 200 {
        notes.refuse(path, "must be at most 200 words");
    }
    let mut kept = Vec::new();
    for (n, word) in words.into_iter().enumerate() {
        let path = format!("{path}[{n}]");
        if word.trim().chars().count() < 4 {
            notes.refuse(&path, "must be at least 4 characters: a shorter one stands in too many passwords");
        }
        kept.extend(notes.text(&path, word, 64).map(|word| word.trim().to_owned()));
    }
    kept
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
    if entry.required == Some(Requirement::Everyone) && entry.methods.as_ref().is_some_and(Vec::is_empty) {
        notes.refuse(&format!("{path}.methods"), "must name at least one method, since one is required");
    }
    plan.required = entry.required;
    plan.methods = entry.methods.map(distinct);
    let mut time = |key: &str, text: Option<String>| {
        text.and_then(|text| notes.parsed(&format!("{path}.{key}"), &text, parse_duration))
    };
    plan.remember_device = time("remember_device", entry.remember_device);
    plan.grace = time("grace", entry.grace);
}

fn distinct(methods: Vec<SecondFactorMethod>) -> Vec<SecondFactorMethod> {
    let mut kept = Vec::new();
    for method in methods {
        if !kept.contains(&method) {
            kept.push(method);
        }
    }
    kept
}

type SessionLimits = (Option<Limit<Duration>>, Option<Limit<Duration>>);

fn session(notes: &mut Notes, path: &str, entry: SessionEntry) -> SessionLimits {
    let mut limit = |key: &str, text: Option<String>| {
        text.and_then(|text| notes.parsed(&format!("{path}.{key}"), &text, parse_limit))
    };
    (limit("idle", entry.idle), limit("absolute", entry.absolute))
}

fn networks(notes: &mut Notes, path: &str, entry: &NetworksEntry, plan: &mut PolicyPlan) {
    let mut list = |key: &str, texts: &Option<Vec<String>>| {
        texts.as_ref().map(|texts| notes.list(&format!("{path}.{key}"), texts, Network::parse))
    };
    plan.everyone = list("everyone", &entry.everyone);
    plan.administrators = list("administrators", &entry.administrators);
}

fn roles_of(notes: &mut Notes, path: &str, entries: Vec<RoleEntry>) -> Vec<RolePolicy> {
    let mut kept: Vec<RolePolicy> = Vec::new();
    for (n, entry) in entries.into_iter().enumerate() {
        let path = format!("{path}.role[{n}]");
        let Some(policy) = role(notes, &path, entry) else { continue };
        if kept.iter().any(|before| before.role == policy.role) {
            notes.refuse(&format!("{path}.role"), format!("the role {:?} stands here twice", policy.role.as_str()));
        }
        kept.push(policy);
    }
    kept
}

fn role(notes: &mut Notes, path: &str, entry: RoleEntry) -> Option<RolePolicy> {
    let role = notes.named(path, "role", entry.role.as_deref(), Role::parse);
    let (password, _) = password_rules(notes, &format!("{path}.password"), entry.password.unwrap_or_default());
    let second_factor = entry.second_factor.unwrap_or_default();
    let second_factor = role_second_factor(notes, &format!("{path}.second_factor"), second_factor);
    let (idle, absolute) = session(notes, &format!("{path}.session"), entry.session.unwrap_or_default());
    let session = RoleSession { idle: idle.and_then(time), absolute: absolute.and_then(time) };
    Some(RolePolicy { role: role?, password, second_factor, session })
}

fn role_second_factor(notes: &mut Notes, path: &str, entry: RoleSecondFactorEntry) -> RoleSecondFactor {
    if entry.methods.as_ref().is_some_and(Vec::is_empty) {
        notes.refuse(&format!("{path}.methods"), "must name at least one method");
    }
    let mut time = |key: &str, text: Option<String>| {
        text.and_then(|text| notes.parsed(&format!("{path}.{key}"), &text, parse_duration))
    };
    let remember_device = time("remember_device", entry.remember_device);
    let grace = time("grace", entry.grace);
    RoleSecondFactor { required: entry.required, methods: entry.methods.map(distinct), remember_device, grace }
}

fn time(limit: Limit<Duration>) -> Option<Duration> {
    match limit {
        Limit::Off => None,
        Limit::At(time) => Some(time),
    }
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
