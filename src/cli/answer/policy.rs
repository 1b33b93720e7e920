//! What is in force in a tenant, in the words of `/admin/policy` and with the values of the declarative file.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::policy::{
    Effective, Limit, LocalSignIn, NetworkPolicy, PasswordPolicy, Policy, SecondFactorRule, SessionPolicy,
};
use crate::domain::quantity::{Network, write_duration};

/// The rules for everyone, then those of each role that has stricter ones.
pub fn fields(policy: &Policy) -> Vec<(&'static str, String)> {
    let everyone = policy.for_roles(&BTreeSet::new());
    let lockout = &everyone.lockout;
    let (first, longest) = (write_duration(lockout.duration), write_duration(lockout.longest));
    let mut fields = vec![
        ("password", password(&everyone.password)),
        ("lockout", format!("after {} failures for {first}, at most {longest}", lockout.failures)),
        ("second factor", second_factor(&everyone.second_factor)),
        ("session", session(&everyone.session)),
        ("signs in here", signs_in(policy.sign_in.local).to_owned()),
        ("networks", networks(&policy.networks)),
    ];
    fields.extend(policy.roles.iter().map(|rules| {
        let effective = policy.for_roles(&BTreeSet::from([rules.role.clone()]));
        ("role", format!("{}: {}", rules.role, in_force(&effective)))
    }));
    fields
}

fn in_force(rules: &Effective) -> String {
    let (password, session) = (password(&rules.password), session(&rules.session));
    format!("password {password}; second factor {}; session {session}", second_factor(&rules.second_factor))
}

fn password(rules: &PasswordPolicy) -> String {
    let least = [
        (rules.min_digits, "digits"),
        (rules.min_special, "special characters"),
        (rules.min_upper, "capital letters"),
        (rules.min_lower, "small letters"),
    ];
    let refused = [
        (rules.refuse_common, "common"),
        (rules.refuse_breached, "breached"),
        (rules.refuse_own_words, "one's own names"),
    ];
    let mut parts = vec![format!("at least {} characters", rules.min_length)];
    parts.extend(least.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")));
    let refused: Vec<&str> = refused.iter().filter(|(on, _)| *on).map(|(_, what)| *what).collect();
    if !refused.is_empty() {
        parts.push(format!("not {}", refused.join(", ")));
    }
    if rules.history > 0 {
        parts.push(format!("not one of the last {}", rules.history));
    }
    parts.extend(rules.max_age.map(|age| format!("for {}", write_duration(age))));
    parts.join(", ")
}

fn second_factor(rule: &SecondFactorRule) -> String {
    let required = if rule.required { "required" } else { "not required" };
    let methods: Vec<&str> =
        rule.methods.iter().filter(|method| method.is_there()).map(|method| method.name()).collect();
    let mut parts = vec![format!("{required}, by {}", methods.join(" or "))];
    let times = [("remembered for", rule.remember_device), ("may be put off for", rule.grace)];
    let given = times.iter().filter(|(_, time)| *time > Duration::ZERO);
    parts.extend(given.map(|(what, time)| format!("{what} {}", write_duration(*time))));
    parts.join(", ")
}

fn session(rules: &SessionPolicy) -> String {
    let limit = |limit: Limit<Duration>| match limit {
        Limit::Off => "off".to_owned(),
        Limit::At(time) => write_duration(time),
    };
    format!("idle {}, absolute {}", limit(rules.idle), limit(rules.absolute))
}

fn signs_in(local: LocalSignIn) -> &'static str {
    match local {
        LocalSignIn::Everyone => "everyone",
        LocalSignIn::Administrators => "administrators only",
    }
}

fn networks(rules: &NetworkPolicy) -> String {
    let listed = |networks: &[Network]| {
        let names: Vec<String> = networks.iter().map(ToString::to_string).collect();
        if names.is_empty() { "anywhere".to_owned() } else { names.join(", ") }
    };
    let everyone = format!("from {}", listed(&rules.everyone));
    if rules.administrators.is_empty() {
        return everyone;
    }
    format!("{everyone}; administrators only from {}", listed(&rules.administrators))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::{Requirement, RolePolicy};
    use crate::domain::user::Role;

    #[test]
    fn everything_that_is_in_force_is_told_and_the_strictest_of_each_role() {
        let mut policy = Policy::default();
        policy.password.min_digits = 2;
        policy.second_factor.required = Requirement::Everyone;
        policy.second_factor.grace = Duration::from_secs(14 * 24 * 60 * 60);
        policy.sign_in.local = LocalSignIn::Administrators;
        policy.networks.administrators = vec![Network::parse("192.0.2.0/24").unwrap()];
        let mut rules = RolePolicy::of(Role::parse("admin").unwrap());
        rules.password.min_length = Some(16);
        rules.session.idle = Some(Duration::from_secs(15 * 60));
        policy.roles = vec![rules];
        let told: Vec<String> = fields(&policy).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let expected = [
            "password: at least 12 characters, 2 digits, not common, breached, one's own names",
            "lockout: after 3 failures for 15m, at most 1h",
            "second factor: required, by totp or email_code, may be put off for 14d",
            "session: idle 1h, absolute 12h",
            "signs in here: administrators only",
            "networks: from anywhere; administrators only from 192.0.2.0/24",
            "role: admin: password at least 16 characters, 2 digits, not common, breached, one's own names; second factor required, by totp or \
             email_code, may be put off for 14d; session idle 15m, absolute 12h",
        ];
        assert_eq!(told, expected);
    }
}
