//! The policy editor: what holds in plain words, every setting with its advice, a password to try, and what a change
//! would mean before it is made (IN-5, IN-6).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use askama::Template;

use super::super::{Frame, Page, write};
use super::{AdminMenu, AdminSection};
use crate::domain::language::Language;
use crate::domain::password_rules::{self, Rule};
use crate::domain::policy::{
    Limit, LocalSignIn, PasswordPolicy, Policy, PolicyFault, Requirement, RolePassword, RolePolicy, RoleSecondFactor,
    SecondFactorMethod,
};
use crate::domain::quantity::write_duration;

/// Posts every field below, `stamp` and `csrf`; the second form posts `try_password`, `try_role` and `csrf`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/policy.html")]
pub struct PolicyPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub action: String,
    pub csrf: String,
    /// What the form was filled in upon.
    pub stamp: String,
    /// What is in force.
    pub policy: Policy,
    /// What was typed, where it was not taken.
    pub typed: Option<BTreeMap<String, String>>,
    /// Keys of the declarative file that are wrong.
    /// Keys of what could not be read.
    pub wrong: BTreeSet<String>,
    pub faults: Vec<PolicyFault>,
    pub notice: Option<PolicyNotice>,
    pub tried: Option<TriedPassword>,
    /// An auditor looks, and changes nothing.
    pub may_change: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyNotice {
    Saved,
    Unchanged,
    Wrong,
    Stale,
    /// A rule that nobody could keep.
    NoMethodLeft,
    /// Whoever changes it could not sign in again.
    ShutsOut,
    /// Nobody but administrators could sign in.
    NoProvider,
    /// Whoever passes through would be kept for ever.
    NeverForgotten,
}

/// What the rules say to a password that was tried. The password itself is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedPassword {
    /// For whom: a role, or nothing.
    pub role: String,
    pub rules: PasswordPolicy,
    pub unmet: Vec<Rule>,
}

pub(super) struct Group {
    title: &'static str,
    fields: Vec<Field>,
}

pub(super) struct Field {
    name: String,
    label: String,
    hint: Option<String>,
    input: Input,
    wrong: bool,
    /// What is wrong, in words.
    why: Option<String>,
    /// Standards advise against it.
    advised_against: bool,
}

enum Input {
    Number {
        value: String,
        least: u32,
        most: u32,
    },
    Text(String),
    Lines(String),
    Switch(bool),
    /// Not shown, and not lost.
    Kept(bool),
    Choice(Vec<(&'static str, String, bool)>),
}

impl Field {
    /// What describes it, for those who do not see it.
    fn described_by(&self) -> Option<String> {
        let parts = [(self.why.is_some(), "wrong"), (self.hint.is_some(), "hint")];
        let ids = parts.into_iter().filter(|(is_there, _)| *is_there);
        let ids: Vec<String> = ids.map(|(_, part)| format!("{}-{part}", self.id())).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
    fn id(&self) -> String {
        self.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
    }
}

pub(super) fn spell_limit(frame: &Frame, limit: Limit<Duration>) -> String {
    match limit {
        Limit::Off => frame.text("policy-without-limit"),
        Limit::At(time) => frame.spell(time),
    }
}

/// What is in force, in sentences.
pub(super) fn sentences(frame: &Frame, policy: &Policy) -> Vec<String> {
    let rules: Vec<String> = distinct(
        password_rules::shown(&policy.password).into_iter().map(|r| crate::view::rule_text(frame.language, r)),
    );
    let age = match policy.password.max_age {
        Some(time) => frame.text_with("policy-says-age", "time", &frame.spell(time)),
        None => frame.text("policy-says-no-age"),
    };
    let lockout = &policy.lockout;
    let (first, longest) = (frame.spell(lockout.duration), frame.spell(lockout.longest));
    let failures = lockout.failures.to_string();
    let locked = [("failures", failures.as_str()), ("first", &first), ("longest", &longest)];
    let factor = match policy.second_factor.required {
        Requirement::None => "policy-says-factor-none",
        Requirement::Everyone => "policy-says-factor-everyone",
    };
    let (idle, absolute) = (spell_limit(frame, policy.session.idle), spell_limit(frame, policy.session.absolute));
    let mut sentences = vec![
        frame.text_with("policy-says-password", "rules", &lowered(&enumerated(&rules))),
        age,
        frame.filled("policy-says-lockout", &locked),
        frame.text(factor),
        frame.filled("policy-says-session", &[("idle", &idle), ("absolute", &absolute)]),
    ];
    if policy.sign_in.local == LocalSignIn::Administrators {
        sentences.push(frame.text("policy-says-upstream"));
    }
    sentences.extend(policy.roles.iter().map(|role| role_sentence(frame, role)));
    sentences
}

fn role_sentence(frame: &Frame, role: &RolePolicy) -> String {
    frame.filled("policy-says-role", &[("role", role.role.as_str()), ("rules", &lowered(&role_rules(frame, role)))])
}

/// What a role asks beyond the rules for everyone.
pub(super) fn role_rules(frame: &Frame, role: &RolePolicy) -> String {
    let mut parts: Vec<String> = password_rules_of(&role.password)
        .into_iter()
        .map(|rule| crate::view::rule_text(frame.language, rule))
        .collect();
    if role.second_factor.required == Some(true) {
        parts.push(frame.text("policy-says-role-factor"));
    }
    if let Some(idle) = role.session.idle {
        parts.push(frame.text_with("policy-says-role-idle", "time", &frame.spell(idle)));
    }
    if let Some(age) = role.password.max_age {
        parts.push(frame.text_with("policy-says-role-age", "time", &frame.spell(age)));
    }
    if parts.is_empty() {
        parts.push(frame.text("policy-says-role-other"));
    }
    enumerated(&parts)
}

/// What stands on a line each elsewhere, in one: only the first begins with a capital letter.
fn enumerated(lines: &[String]) -> String {
    let parts = lines.iter().enumerate().map(|(n, line)| if n == 0 { line.clone() } else { lowered(line) });
    parts.collect::<Vec<_>>().join(", ")
}

/// As it stands within a sentence.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

pub(super) fn required_key(required: Requirement) -> &'static str {
    match required {
        Requirement::None => "policy-required-none",
        Requirement::Everyone => "policy-required-everyone",
    }
}

pub(super) fn method_key(method: SecondFactorMethod) -> &'static str {
    match method {
        SecondFactorMethod::Totp => "policy-method-totp",
        SecondFactorMethod::Passkey => "policy-method-passkey",
        SecondFactorMethod::EmailCode => "policy-method-email",
    }
}

pub(super) fn local_key(local: LocalSignIn) -> &'static str {
    match local {
        LocalSignIn::Everyone => "policy-local-everyone",
        LocalSignIn::Administrators => "policy-local-administrators",
    }
}

/// What the role asks of passwords beyond the rules for everyone.
fn password_rules_of(password: &RolePassword) -> Vec<Rule> {
    let number = |count: Option<u32>, rule: fn(u32) -> Rule| count.filter(|count| *count > 0).map(rule);
    let flag = |on: Option<bool>, rule: Rule| (on == Some(true)).then_some(rule);
    let rules = [
        number(password.min_length, Rule::MinLength),
        number(password.min_digits, Rule::Digits),
        number(password.min_special, Rule::Special),
        number(password.min_upper, Rule::Upper),
        number(password.min_lower, Rule::Lower),
        flag(password.refuse_common, Rule::Common),
        flag(password.refuse_breached, Rule::Breached),
        flag(password.refuse_own_words, Rule::OwnWords),
        number(password.history, Rule::History),
    ];
    rules.into_iter().flatten().collect()
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

impl PolicyPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-policy"), self.is_trouble())
    }
    fn sentences(&self) -> Vec<String> {
        sentences(&self.frame, &self.policy)
    }
    fn is_trouble(&self) -> bool {
        !matches!(self.notice, None | Some(PolicyNotice::Saved | PolicyNotice::Unchanged))
    }
    fn notice_text(&self) -> Option<String> {
        let key = match self.notice? {
            PolicyNotice::Saved => "policy-saved",
            PolicyNotice::Unchanged => "policy-unchanged",
            PolicyNotice::Wrong => "policy-wrong",
            PolicyNotice::Stale => "policy-stale",
            PolicyNotice::NoMethodLeft => "policy-no-method-left",
            PolicyNotice::ShutsOut => "policy-shuts-out",
            PolicyNotice::NoProvider => "policy-no-provider",
            PolicyNotice::NeverForgotten => "policy-never-forgotten",
        };
        Some(self.frame.text(key))
    }
    /// What was tried, rule by rule.
    fn verdicts(&self, tried: &TriedPassword) -> Vec<(String, bool)> {
        let mut rules = password_rules::shown(&tried.rules);
        rules.retain(|rule| !matches!(rule, Rule::History(_)));
        rules.extend(tried.unmet.iter().copied().filter(|rule| matches!(rule, Rule::MaxLength(_))));
        let mut verdicts: Vec<(String, bool)> = Vec::new();
        for rule in rules {
            let text = crate::view::rule_text(self.frame.language, rule);
            let met = !tried.unmet.contains(&rule);
            match verdicts.iter_mut().find(|(known, _)| *known == text) {
                Some(verdict) => verdict.1 &= met,
                None => verdicts.push((text, met)),
            }
        }
        verdicts
    }
    fn is_tried(&self, role: &str) -> bool {
        self.tried.as_ref().is_some_and(|tried| tried.role == role)
    }
    fn roles(&self) -> Vec<&str> {
        self.policy.roles.iter().map(|role| role.role.as_str()).collect()
    }

    /// What was typed, else what is in force.
    fn value(&self, name: &str, in_force: String) -> String {
        match &self.typed {
            Some(typed) => typed.get(name).cloned().unwrap_or_default(),
            None => in_force,
        }
    }
    fn is_on(&self, name: &str, in_force: bool) -> bool {
        self.typed.as_ref().map_or(in_force, |typed| typed.contains_key(name))
    }
    fn is_wrong(&self, name: &str) -> bool {
        self.faults.iter().any(|fault| fault.key() == name)
            || self.wrong.contains(name)
            || self.wrong.iter().any(|key| key.starts_with(&format!("{name}[")))
    }
    fn why(&self, name: &str, unreadable: Option<String>) -> Option<String> {
        let fault = self.faults.iter().find(|fault| fault.key() == name);
        let said = fault.map(|fault| {
            self.frame.text(match fault {
                PolicyFault::NoMethodLeft => "policy-no-method-left",
                PolicyFault::LongestLock => "policy-wrong-longest",
                PolicyFault::MaxLength => "policy-wrong-max-length",
                PolicyFault::NoProvider => "policy-no-provider",
                PolicyFault::NeverForgotten => "policy-never-forgotten",
            })
        });
        said.or_else(|| unreadable.filter(|_| self.is_wrong(name)))
    }
    fn field(&self, name: &str, label: &str, input: Input) -> Field {
        let unreadable = match &input {
            Input::Number { .. } if name.ends_with("password.max_length") => {
                Some(self.frame.text("policy-wrong-max-length"))
            }
            Input::Text(_) if name == "lockout.longest" => Some(self.frame.text("policy-wrong-longest")),
            Input::Number { least, most, .. } => {
                let (least, most) = (least.to_string(), most.to_string());
                Some(self.frame.filled("policy-wrong-number", &[("least", &least), ("most", &most)]))
            }
            Input::Text(_) if name.ends_with("].role") => Some(self.frame.text("policy-wrong-role")),
            Input::Text(_) => Some(self.frame.text("policy-wrong-time")),
            Input::Lines(_) => Some(self.frame.text("policy-wrong-words")),
            Input::Switch(_) | Input::Kept(_) | Input::Choice(_) => None,
        };
        Field {
            name: name.to_owned(),
            label: self.frame.text(label),
            hint: None,
            input,
            wrong: self.is_wrong(name),
            why: self.why(name, unreadable),
            advised_against: false,
        }
    }
    fn number(&self, name: &str, label: &str, in_force: Option<u32>, (least, most): (u32, u32)) -> Field {
        let value = self.value(name, in_force.map(|number| number.to_string()).unwrap_or_default());
        let field = self.field(name, label, Input::Number { value, least, most });
        let (least, most) = (least.to_string(), most.to_string());
        let hint = self.frame.filled("policy-from-to", &[("least", &least), ("most", &most)]);
        Field { hint: Some(hint), ..field }
    }
    fn time(&self, name: &str, label: &str, in_force: String, hint: &str) -> Field {
        let field = self.field(name, label, Input::Text(self.value(name, in_force)));
        Field { hint: Some(self.frame.text(hint)), ..field }
    }
    fn switch(&self, name: &str, label: &str, in_force: bool) -> Field {
        self.field(name, label, Input::Switch(self.is_on(name, in_force)))
    }

    fn groups(&self) -> Vec<Group> {
        let mut groups = vec![self.passwords(), self.lockout(), self.second_factor(), self.session(), self.sign_in()];
        // One more, for a role that has no rules yet.
        let roles = self.policy.roles.iter().map(Some).chain([None]).enumerate();
        groups.extend(roles.map(|(n, role)| self.role(n, role)));
        groups
    }

    fn passwords(&self) -> Group {
        let password = &self.policy.password;
        let against = |field: Field| {
            let advised_against = match &field.input {
                Input::Number { value, .. } => value != "0",
                Input::Text(text) => text != "never" && !text.is_empty(),
                Input::Lines(_) | Input::Switch(_) | Input::Kept(_) | Input::Choice(_) => false,
            };
            Field { advised_against, ..field }
        };
        let age = password.max_age.map_or_else(|| "never".to_owned(), write_duration);
        let words = self.value("password.own_words", password.own_words.join("\n"));
        let lines = self.field("password.own_words", "policy-own-words-list", Input::Lines(words));
        let fields = vec![
            self.number("password.min_length", "policy-min-length", Some(password.min_length), (8, 256)),
            self.number("password.max_length", "policy-max-length", Some(password.max_length), (64, 1024)),
            self.switch("password.refuse_common", "policy-refuse-common", password.refuse_common),
            self.switch("password.refuse_breached", "policy-refuse-breached", password.refuse_breached),
            self.switch("password.refuse_own_words", "policy-refuse-own-words", password.refuse_own_words),
            Field { hint: Some(self.frame.text("policy-own-words-hint")), ..lines },
            self.number("password.history", "policy-history", Some(password.history), (0, 100)),
            against(self.number("password.min_digits", "policy-min-digits", Some(password.min_digits), (0, 64))),
            against(self.number("password.min_special", "policy-min-special", Some(password.min_special), (0, 64))),
            against(self.number("password.min_upper", "policy-min-upper", Some(password.min_upper), (0, 64))),
            against(self.number("password.min_lower", "policy-min-lower", Some(password.min_lower), (0, 64))),
            against(self.time("password.max_age", "policy-max-age", age, "policy-time-or-never")),
        ];
        Group { title: "policy-group-password", fields }
    }

    fn lockout(&self) -> Group {
        let lockout = &self.policy.lockout;
        let (first, longest) = (write_duration(lockout.duration), write_duration(lockout.longest));
        let fields = vec![
            self.number("lockout.failures", "policy-failures", Some(lockout.failures), (1, 100)),
            self.time("lockout.duration", "policy-lock-first", first, "policy-time"),
            self.time("lockout.longest", "policy-lock-longest", longest, "policy-time"),
        ];
        Group { title: "policy-group-lockout", fields }
    }

    fn second_factor(&self) -> Group {
        let factor = &self.policy.second_factor;
        let in_force = match factor.required {
            Requirement::None => "none",
            Requirement::Everyone => "everyone",
        };
        let required = self.value("second_factor.required", in_force.to_owned());
        let choice = |value: &'static str, one| (value, self.frame.text(required_key(one)), required == value);
        let choices = vec![choice("none", Requirement::None), choice("everyone", Requirement::Everyone)];
        let mut fields = vec![self.field("second_factor.required", "policy-required", Input::Choice(choices))];
        fields.extend(self.methods("second_factor", Some(&factor.methods)));
        let (remember, grace) = (write_duration(factor.remember_device), write_duration(factor.grace));
        fields.push(self.time("second_factor.remember_device", "policy-remember", remember, "policy-time-or-zero"));
        fields.push(self.time("second_factor.grace", "policy-grace", grace, "policy-time-or-zero"));
        Group { title: "policy-group-factor", fields }
    }

    fn methods(&self, prefix: &str, allowed: Option<&Vec<SecondFactorMethod>>) -> Vec<Field> {
        let field = |method: SecondFactorMethod| {
            let on = allowed.is_none_or(|allowed| allowed.contains(&method));
            let name = format!("{prefix}.method.{}", method.name());
            if !method.is_there() {
                // What a file has written down for later stays.
                return self.field(&name, method_key(method), Input::Kept(self.is_on(&name, on)));
            }
            let key = format!("{prefix}.methods");
            let why = self.why(&key, None).filter(|_| method == SecondFactorMethod::Totp);
            Field { wrong: self.is_wrong(&key), why, ..self.switch(&name, method_key(method), on) }
        };
        SecondFactorMethod::ALL.into_iter().map(field).collect()
    }

    fn session(&self) -> Group {
        let limit = |limit: Limit<Duration>| match limit {
            Limit::Off => "off".to_owned(),
            Limit::At(time) => write_duration(time),
        };
        let session = &self.policy.session;
        let fields = vec![
            self.time("session.idle", "policy-idle", limit(session.idle), "policy-time-or-off"),
            self.time("session.absolute", "policy-absolute", limit(session.absolute), "policy-time-or-off"),
        ];
        Group { title: "policy-group-session", fields }
    }

    fn sign_in(&self) -> Group {
        let in_force = match self.policy.sign_in.local {
            LocalSignIn::Everyone => "everyone",
            LocalSignIn::Administrators => "administrators",
        };
        let local = self.value("sign_in.local", in_force.to_owned());
        let choice = |value: &'static str, one| (value, self.frame.text(local_key(one)), local == value);
        let choices =
            vec![choice("everyone", LocalSignIn::Everyone), choice("administrators", LocalSignIn::Administrators)];
        let fields = vec![self.field("sign_in.local", "policy-local", Input::Choice(choices))];
        Group { title: "policy-group-sign-in", fields }
    }

    fn role(&self, n: usize, role: Option<&RolePolicy>) -> Group {
        let called = role.map(|role| role.role.to_string()).unwrap_or_default();
        let name = format!("role[{n}].role");
        let mut fields = vec![Field {
            hint: Some(self.frame.text("policy-role-hint")),
            ..self.field(&name, "policy-role", Input::Text(self.value(&name, called)))
        }];
        fields.extend(self.role_password(n, role.map(|role| &role.password)));
        fields.extend(self.role_second_factor(n, role.map(|role| &role.second_factor)));
        let session = role.map(|role| &role.session);
        let times = [
            ("session.idle", "policy-idle", session.and_then(|session| session.idle)),
            ("session.absolute", "policy-absolute", session.and_then(|session| session.absolute)),
        ];
        fields.extend(times.map(|(key, label, time)| self.role_time((n, key), label, time)));
        Group { title: if role.is_none() { "policy-group-new-role" } else { "policy-group-role" }, fields }
    }

    fn role_password(&self, n: usize, rules: Option<&RolePassword>) -> Vec<Field> {
        let rules = rules.cloned().unwrap_or_default();
        let numbers = [
            ("min_length", "policy-min-length", rules.min_length, (8, 256)),
            ("max_length", "policy-max-length", rules.max_length, (64, 1024)),
            ("min_digits", "policy-min-digits", rules.min_digits, (0, 64)),
            ("min_special", "policy-min-special", rules.min_special, (0, 64)),
            ("min_upper", "policy-min-upper", rules.min_upper, (0, 64)),
            ("min_lower", "policy-min-lower", rules.min_lower, (0, 64)),
            ("history", "policy-history", rules.history, (0, 100)),
        ];
        let switches = [
            ("refuse_common", "policy-refuse-common", rules.refuse_common),
            ("refuse_breached", "policy-refuse-breached", rules.refuse_breached),
            ("refuse_own_words", "policy-refuse-own-words", rules.refuse_own_words),
        ];
        let name = |key: &str| format!("role[{n}].password.{key}");
        let numbers = numbers.map(|(key, label, value, range)| Field {
            hint: Some(self.frame.text("policy-as-everyone")),
            ..self.number(&name(key), label, value, range)
        });
        let switches = switches.map(|(key, label, on)| self.switch(&name(key), label, on == Some(true)));
        let age = self.role_time((n, "password.max_age"), "policy-max-age", rules.max_age);
        numbers.into_iter().chain(switches).chain([age]).collect()
    }

    fn role_second_factor(&self, n: usize, rules: Option<&RoleSecondFactor>) -> Vec<Field> {
        let name = |key: &str| format!("role[{n}].second_factor{key}");
        let required = rules.is_some_and(|rules| rules.required == Some(true));
        let mut fields = vec![self.switch(&name(".required"), "policy-role-required", required)];
        fields.extend(self.methods(&name(""), rules.and_then(|rules| rules.methods.as_ref())));
        let times = [
            ("second_factor.remember_device", "policy-remember", rules.and_then(|rules| rules.remember_device)),
            ("second_factor.grace", "policy-grace", rules.and_then(|rules| rules.grace)),
        ];
        fields.extend(times.map(|(key, label, time)| self.role_time((n, key), label, time)));
        fields
    }

    fn role_time(&self, (n, key): (usize, &str), label: &str, time: Option<Duration>) -> Field {
        let in_force = time.map(write_duration).unwrap_or_default();
        self.time(&format!("role[{n}].{key}"), label, in_force, "policy-as-everyone")
    }

    pub(super) fn sample(language: Language) -> Self {
        let admin = crate::domain::user::Role::parse("admin").ok().map(|role| {
            let mut rule = RolePolicy::of(role);
            rule.password.min_length = Some(16);
            rule.second_factor.required = Some(true);
            rule.session.idle = Some(Duration::from_secs(15 * 60));
            rule
        });
        Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Policy),
            action: "/t/fjordby/admin/policy".to_owned(),
            csrf: "sample-csrf".to_owned(),
            stamp: "sample-stamp".to_owned(),
            policy: Policy { roles: admin.into_iter().collect(), ..Policy::default() },
            typed: None,
            wrong: BTreeSet::new(),
            faults: Vec::new(),
            notice: None,
            tried: None,
            may_change: true,
        }
    }
}

impl Page for PolicyPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self::sample(language);
        let with = |notice| Self { notice: Some(notice), ..page.clone() };
        let mut demanding = page.policy.clone();
        demanding.password.min_digits = 1;
        demanding.password.max_age = Some(Duration::from_secs(90 * 86_400));
        demanding.second_factor.required = Requirement::Everyone;
        demanding.session.idle = Limit::Off;
        demanding.sign_in.local = LocalSignIn::Administrators;
        let typed = BTreeMap::from([("password.min_length".to_owned(), "3".to_owned())]);
        let unread = ["password.min_length", "password.own_words[0]", "session.idle", "role[0].role"];
        let wrong = Self { typed: Some(typed), wrong: unread.map(str::to_owned).into(), ..page.clone() };
        let faults = vec![PolicyFault::NoMethodLeft, PolicyFault::LongestLock, PolicyFault::MaxLength];
        let tried =
            |unmet| Some(TriedPassword { role: "admin".to_owned(), rules: page.policy.password.clone(), unmet });
        vec![
            ("admin-policy", page.clone()),
            ("admin-policy-demanding", Self { policy: demanding, ..page.clone() }),
            ("admin-policy-auditor", Self { may_change: false, ..page.clone() }),
            ("admin-policy-saved", with(PolicyNotice::Saved)),
            ("admin-policy-unchanged", with(PolicyNotice::Unchanged)),
            ("admin-policy-stale", with(PolicyNotice::Stale)),
            ("admin-policy-no-method", with(PolicyNotice::NoMethodLeft)),
            ("admin-policy-no-provider", with(PolicyNotice::NoProvider)),
            ("admin-policy-never-forgotten", with(PolicyNotice::NeverForgotten)),
            ("admin-policy-wrong", Self { notice: Some(PolicyNotice::Wrong), ..wrong }),
            ("admin-policy-faults", Self { notice: Some(PolicyNotice::Wrong), faults, ..page.clone() }),
            ("admin-policy-shuts-out", with(PolicyNotice::ShutsOut)),
            ("admin-policy-tried", Self { tried: tried(vec![Rule::MinLength(12), Rule::Common]), ..page.clone() }),
            ("admin-policy-tried-good", Self { tried: tried(Vec::new()), ..page.clone() }),
        ]
    }
}
