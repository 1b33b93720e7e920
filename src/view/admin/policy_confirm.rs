//! What a change of the policy would mean, before it is made.

use std::collections::BTreeSet;

use askama::Template;

use super::AdminMenu;
use super::policy::{PolicyPage, local_key, method_key, required_key, role_rules, sentences, spell_limit};
use crate::domain::language::Language;
use crate::domain::policy::{Limit, Policy, RolePolicy, SecondFactorMethod};
use crate::domain::user::Role;
use crate::view::{Frame, Page, write};

/// Every rule for everyone by the words of the form, and what it says.
fn terms(frame: &Frame, policy: &Policy) -> Vec<(String, String)> {
    let Policy { password, lockout, second_factor, session, sign_in, .. } = policy;
    let number = |number: u32| number.to_string();
    let is = |on: bool| frame.text(if on { "policy-yes" } else { "policy-no" });
    let age = password.max_age.map_or_else(|| frame.text("policy-never"), |time| frame.spell(time));
    let methods = SecondFactorMethod::ALL.into_iter().filter(|method| second_factor.methods.contains(method));
    let methods: Vec<String> = methods.map(|method| frame.text(method_key(method))).collect();
    let terms = [
        ("policy-min-length", number(password.min_length)),
        ("policy-max-length", number(password.max_length)),
        ("policy-refuse-common", is(password.refuse_common)),
        ("policy-refuse-breached", is(password.refuse_breached)),
        ("policy-refuse-own-words", is(password.refuse_own_words)),
        ("policy-own-words-list", password.own_words.join(", ")),
        ("policy-history", number(password.history)),
        ("policy-min-digits", number(password.min_digits)),
        ("policy-min-special", number(password.min_special)),
        ("policy-min-upper", number(password.min_upper)),
        ("policy-min-lower", number(password.min_lower)),
        ("policy-max-age", age),
        ("policy-failures", number(lockout.failures)),
        ("policy-lock-first", frame.spell(lockout.duration)),
        ("policy-lock-longest", frame.spell(lockout.longest)),
        ("policy-required", frame.text(required_key(second_factor.required))),
        ("policy-methods", methods.join(", ")),
        ("policy-remember", frame.spell(second_factor.remember_device)),
        ("policy-grace", frame.spell(second_factor.grace)),
        ("policy-idle", spell_limit(frame, session.idle)),
        ("policy-absolute", spell_limit(frame, session.absolute)),
        ("policy-local", frame.text(local_key(sign_in.local))),
    ];
    terms.into_iter().map(|(label, said)| (frame.text(label), said)).collect()
}

/// What a change would mean, before it is made. Posts `fields` once more with `confirmed`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/policy_confirm.html")]
pub struct PolicyConfirmPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub action: String,
    pub csrf: String,
    pub stamp: String,
    /// What was filled in, to be sent again.
    pub fields: Vec<(String, String)>,
    pub present: Policy,
    pub proposed: Policy,
    pub people: u32,
    pub must_change: u32,
    pub must_enrol: u32,
    pub shut_out: u32,
    pub staff_shut_out: u32,
}

impl PolicyConfirmPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("policy-confirm-title"), false)
    }
    fn sentences(&self) -> Vec<String> {
        sentences(&self.frame, &self.proposed)
    }
    /// What it is about, before, after.
    fn changes(&self) -> Vec<(String, String, String)> {
        let before = terms(&self.frame, &self.present).into_iter().zip(terms(&self.frame, &self.proposed));
        let mut changes: Vec<(String, String, String)> = before
            .filter(|((_, before), (_, after))| before != after)
            .map(|((label, before), (_, after))| (label, before, after))
            .collect();
        changes.extend(self.changes_of_roles());
        changes
    }
    fn changes_of_roles(&self) -> Vec<(String, String, String)> {
        let of = |policy: &Policy, role: &Role| policy.roles.iter().find(|rules| rules.role == *role).cloned();
        let roles: BTreeSet<&Role> =
            self.present.roles.iter().chain(&self.proposed.roles).map(|rules| &rules.role).collect();
        let pairs = roles.into_iter().map(|role| (role, of(&self.present, role), of(&self.proposed, role)));
        let differing = pairs.filter(|(_, before, after)| before != after);
        let said = |rules: Option<RolePolicy>| rules.map(|rules| role_rules(&self.frame, &rules)).unwrap_or_default();
        let label = |role: &Role| format!("{}: {role}", self.frame.text("policy-role"));
        differing.map(|(role, before, after)| (label(role), said(before), said(after))).collect()
    }
    /// What it means for people; nothing where it means nothing.
    fn effects(&self) -> Vec<(String, bool)> {
        let counts = [
            (self.must_change, "policy-effect-change", false),
            (self.must_enrol, "policy-effect-enrol", false),
            (self.shut_out, "policy-effect-shut-out", true),
            (self.staff_shut_out, "policy-effect-staff", true),
        ];
        let told = counts.into_iter().filter(|(count, ..)| *count > 0);
        told.map(|(count, key, bad)| (self.frame.counting(key, "count", &count), bad)).collect()
    }
}

impl Page for PolicyConfirmPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let base = PolicyPage::sample(language);
        let mut longer = base.policy.clone();
        longer.password.min_length = 14;
        longer.password.refuse_common = !longer.password.refuse_common;
        longer.second_factor.methods = vec![SecondFactorMethod::Totp];
        longer.session.absolute = Limit::Off;
        longer.roles.clear();
        let quiet = Self {
            frame: base.frame,
            menu: base.menu,
            action: base.action,
            csrf: base.csrf,
            stamp: base.stamp,
            fields: vec![("password.min_length".to_owned(), "14".to_owned())],
            present: base.policy.clone(),
            proposed: longer,
            people: 1204,
            must_change: 0,
            must_enrol: 0,
            shut_out: 0,
            staff_shut_out: 0,
        };
        let loud = Self { must_change: 37, must_enrol: 12, shut_out: 3, staff_shut_out: 1, ..quiet.clone() };
        let one = Self { must_change: 1, must_enrol: 1, shut_out: 1, people: 1, ..quiet.clone() };
        vec![("admin-policy-confirm", quiet), ("admin-policy-confirm-effects", loud), ("admin-policy-confirm-one", one)]
    }
}
