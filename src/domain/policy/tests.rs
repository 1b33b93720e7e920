use proptest::prelude::*;
use serde_json::json;

use super::*;

fn role(name: &str) -> Role {
    Role::parse(name).unwrap()
}

fn admin_rule() -> RolePolicy {
    let mut rule = RolePolicy::of(role("admin"));
    rule.password.min_length = Some(16);
    rule.second_factor.required = Some(true);
    rule
}

#[test]
fn in_6_stricter_rules_hold_for_those_who_have_the_role_and_for_nobody_else() {
    let policy = Policy { roles: vec![admin_rule()], ..Policy::default() };
    let everyone = policy.for_roles(&BTreeSet::from([role("customer")]));
    assert_eq!((everyone.password.min_length, everyone.second_factor.required), (12, false));
    let admin = policy.for_roles(&BTreeSet::from([role("admin"), role("customer")]));
    assert_eq!((admin.password.min_length, admin.second_factor.required), (16, true));
}

#[test]
fn a_role_cannot_weaken_what_everyone_must_keep() {
    let mut rule = RolePolicy::of(role("guest"));
    rule.password.min_length = Some(8);
    rule.password.refuse_common = Some(false);
    rule.second_factor.required = Some(false);
    let policy = Policy {
        second_factor: SecondFactorPolicy { required: Requirement::Everyone, ..SecondFactorPolicy::default() },
        roles: vec![rule],
        ..Policy::default()
    };
    let guest = policy.for_roles(&BTreeSet::from([role("guest")]));
    assert_eq!(guest.password, policy.password);
    assert!(guest.second_factor.required);
}

#[test]
fn what_an_older_version_has_stored_is_understood() {
    let stored = json!({
        "password": { "min_length": 10 },
        "second_factor": { "methods": ["totp"], "remember_device": { "secs": 0, "nanos": 0 } },
        "roles": [{ "role": "admin", "password_min_length": 16 }, { "role": "guest" }],
    });
    let policy: Policy = serde_json::from_value(stored).unwrap();
    assert_eq!(policy.password.max_length, PasswordPolicy::default().max_length);
    assert_eq!(policy.second_factor.required, Requirement::None);
    assert_eq!(policy.roles[0].password.min_length, Some(16));
    assert_eq!(policy.roles[1], RolePolicy::of(role("guest")));
    let again: Policy = serde_json::from_value(serde_json::to_value(&policy).unwrap()).unwrap();
    assert_eq!(again, policy);
}

#[test]
fn a_requirement_that_nobody_could_keep_is_a_fault() {
    let mut policy = Policy { roles: vec![admin_rule()], ..Policy::default() };
    assert_eq!(policy.faults(), []);
    let only_later = SecondFactorPolicy {
        required: Requirement::Everyone,
        methods: vec![SecondFactorMethod::Passkey],
        ..SecondFactorPolicy::default()
    };
    let unreachable = Policy { second_factor: only_later, ..Policy::default() };
    assert_eq!(unreachable.faults(), [PolicyFault::NoMethodLeft]);
    policy.roles[0].second_factor.methods = Some(vec![SecondFactorMethod::Passkey]);
    policy.second_factor.methods = vec![SecondFactorMethod::Totp];
    policy.lockout.longest = Duration::from_secs(1);
    policy.password.max_length = 4;
    let faults = [PolicyFault::NoMethodLeft, PolicyFault::LongestLock, PolicyFault::MaxLength];
    assert_eq!(policy.faults(), faults);
}

#[test]
fn in_12_only_approved_networks_are_admitted() {
    let network = |text: &str| Network::parse(text).unwrap();
    let at = |text: &str| Some(text.parse::<IpAddr>().unwrap());
    let open = NetworkPolicy::default();
    assert!(open.admits(None) && open.admits(at("192.0.2.1")));
    let closed = NetworkPolicy {
        everyone: vec![network("10.0.0.0/8"), network("2001:db8::/32")],
        administrators: vec![network("10.1.0.0/16")],
    };
    assert!(closed.admits(at("10.9.9.9")) && closed.admits(at("::ffff:10.9.9.9")) && closed.admits(at("2001:db8::1")));
    assert!(!closed.admits(at("192.0.2.1")) && !closed.admits(None));
    let (admin, customer) = (BTreeSet::from([role("helpdesk")]), BTreeSet::from([role("customer")]));
    assert!(closed.admits_roles(&customer, at("10.9.9.9")) && !closed.admits_roles(&admin, at("10.9.9.9")));
    assert!(closed.admits_roles(&admin, at("10.1.9.9")) && !closed.admits_roles(&admin, None));
    let administrators_only = NetworkPolicy { everyone: Vec::new(), ..closed };
    assert!(administrators_only.admits_roles(&customer, at("192.0.2.1")));
    assert!(!administrators_only.admits_roles(&admin, at("192.0.2.1")));
}

fn duration() -> impl Strategy<Value = Duration> {
    (0..10_000_u64).prop_map(Duration::from_secs)
}

fn methods() -> impl Strategy<Value = Vec<SecondFactorMethod>> {
    proptest::sample::subsequence(SecondFactorMethod::ALL.to_vec(), 0..=3)
}

fn limit() -> impl Strategy<Value = Limit<Duration>> {
    prop_oneof![Just(Limit::Off), duration().prop_map(Limit::At)]
}

fn base() -> impl Strategy<Value = Policy> {
    let numbers = (8..64_u32, 64..300_u32, 0..9_u32, 0..9_u32, 0..9_u32, 0..9_u32);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let rest = (0..20_u32, proptest::option::of(duration()), methods(), duration(), duration(), limit(), limit());
    (numbers, switches, rest).prop_map(|(numbers, switches, rest)| {
        let mut policy = Policy::default();
        let password = &mut policy.password;
        (password.min_length, password.max_length, password.min_digits) = (numbers.0, numbers.1, numbers.2);
        (password.min_special, password.min_upper, password.min_lower) = (numbers.3, numbers.4, numbers.5);
        (password.refuse_common, password.refuse_breached, password.refuse_own_words) =
            (switches.0, switches.1, switches.2);
        (password.history, password.max_age) = (rest.0, rest.1);
        let factor = &mut policy.second_factor;
        factor.required = if switches.3 { Requirement::Everyone } else { Requirement::None };
        (factor.methods, factor.remember_device, factor.grace) = (rest.2, rest.3, rest.4);
        policy.session = SessionPolicy { idle: rest.5, absolute: rest.6 };
        policy
    })
}

/// A role's rules, drawn like a whole policy with some of its keys left out.
fn rule(name: &'static str) -> impl Strategy<Value = RolePolicy> {
    (base(), any::<u32>()).prop_map(move |(policy, mask)| {
        let said = |bit: u32| mask & (1 << bit) != 0;
        let number = |bit: u32, value: u32| said(bit).then_some(value);
        let time = |limit: Limit<Duration>| match limit {
            Limit::Off => None,
            Limit::At(time) => Some(time),
        };
        let password = &policy.password;
        RolePolicy {
            role: role(name),
            password: RolePassword {
                min_length: number(0, password.min_length),
                max_length: number(1, password.max_length),
                min_digits: number(2, password.min_digits),
                min_special: number(3, password.min_special),
                min_upper: number(4, password.min_upper),
                min_lower: number(5, password.min_lower),
                refuse_common: said(6).then_some(password.refuse_common),
                refuse_breached: said(7).then_some(password.refuse_breached),
                refuse_own_words: said(8).then_some(password.refuse_own_words),
                history: number(9, password.history),
                max_age: password.max_age.filter(|_| said(10)),
            },
            second_factor: RoleSecondFactor {
                required: said(11).then_some(policy.second_factor.required == Requirement::Everyone),
                methods: said(12).then(|| policy.second_factor.methods.clone()),
                remember_device: said(13).then_some(policy.second_factor.remember_device),
                grace: said(14).then_some(policy.second_factor.grace),
            },
            session: RoleSession { idle: time(policy.session.idle), absolute: time(policy.session.absolute) },
        }
    })
}

fn at_most(one: Limit<Duration>, other: Limit<Duration>) -> bool {
    match (one, other) {
        (_, Limit::Off) => true,
        (Limit::Off, Limit::At(_)) => false,
        (Limit::At(one), Limit::At(other)) => one <= other,
    }
}

/// Whether `one` allows nothing that `other` forbids.
fn is_no_weaker(one: &Effective, other: &Effective) -> bool {
    let (p, q) = (&one.password, &other.password);
    let (f, g) = (&one.second_factor, &other.second_factor);
    p.min_length >= q.min_length
        && (p.max_length <= q.max_length || p.max_length == p.min_length.max(p.composition()))
        && p.min_digits >= q.min_digits
        && p.min_special >= q.min_special
        && p.min_upper >= q.min_upper
        && p.min_lower >= q.min_lower
        && p.refuse_common >= q.refuse_common
        && p.refuse_breached >= q.refuse_breached
        && p.refuse_own_words >= q.refuse_own_words
        && p.history >= q.history
        && q.max_age.is_none_or(|most| p.max_age.is_some_and(|age| age <= most))
        && f.required >= g.required
        && f.methods.iter().all(|method| g.methods.contains(method))
        && f.remember_device <= g.remember_device
        && f.grace <= g.grace
        && at_most(one.session.idle, other.session.idle)
        && at_most(one.session.absolute, other.session.absolute)
}

proptest! {
    /// IN-6: whatever roles come together, the result is never weaker than any policy that contributes.
    #[test]
    fn the_strictest_rule_wins(mut policy in base(), first in rule("first"), second in rule("second")) {
        policy.roles = vec![first, second];
        let whole = policy.for_roles(&BTreeSet::from([role("first"), role("second")]));
        for part in [BTreeSet::new(), BTreeSet::from([role("first")]), BTreeSet::from([role("second")])] {
            prop_assert!(is_no_weaker(&whole, &policy.for_roles(&part)), "{whole:?}\n{part:?}");
        }
        prop_assert!(whole.password.max_length >= whole.password.min_length.max(whole.password.composition()));
    }

    #[test]
    fn what_is_stored_is_read_back(mut policy in base(), one in rule("one")) {
        policy.roles = vec![one];
        let again: Policy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        prop_assert_eq!(again, policy);
    }
}
