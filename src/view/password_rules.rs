//! The rules of a password, each as a short line.

use super::texts;
use crate::domain::language::Language;
use crate::domain::password_rules::Rule;

fn key(rule: Rule) -> &'static str {
    match rule {
        Rule::MinLength(_) => "password-rule-min-length",
        Rule::MaxLength(_) => "password-rule-max-length",
        Rule::Digits(_) => "password-rule-digits",
        Rule::Special(_) => "password-rule-special",
        Rule::Upper(_) => "password-rule-upper",
        Rule::Lower(_) => "password-rule-lower",
        Rule::Common => "password-rule-common",
        Rule::Breached => "password-rule-breached",
        Rule::OwnWords => "password-rule-own-words",
        Rule::History(_) => "password-rule-history",
    }
}

/// `Mindst 12 tegn`.
pub fn rule_text(language: Language, rule: Rule) -> String {
    match rule.number() {
        Some(number) => texts::text_counting(language, key(rule), "count", number),
        None => texts::text(language, key(rule)),
    }
}
