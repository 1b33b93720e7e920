//! The texts of the pages, embedded from `templates/locales`.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};

use crate::domain::fault::ErrorCode;
use crate::domain::language::Language;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./templates/locales",
        fallback_language: "en",
        // Isolation marks would end up in copied text and in titles; all four languages run left to right.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

fn identifier(language: Language) -> LanguageIdentifier {
    match language {
        Language::Da => langid!("da"),
        Language::Sv => langid!("sv"),
        Language::Nb => langid!("nb"),
        Language::En => langid!("en"),
    }
}

pub(super) fn text(language: Language, key: &str) -> String {
    LOCALES.lookup(&identifier(language), key)
}

pub(super) fn text_with(language: Language, key: &str, name: &'static str, value: &str) -> String {
    with(language, key, name, FluentValue::from(value))
}

/// For texts whose words depend on a number.
pub(super) fn text_counting(language: Language, key: &str, name: &'static str, number: u32) -> String {
    with(language, key, name, FluentValue::from(number))
}

fn with(language: Language, key: &str, name: &'static str, value: FluentValue<'_>) -> String {
    let arguments = HashMap::from([(Cow::Borrowed(name), value)]);
    LOCALES.lookup_with_args(&identifier(language), key, &arguments)
}

/// For texts with several arguments.
pub(super) fn text_filled(language: Language, key: &str, arguments: &[(&'static str, &str)]) -> String {
    let arguments: HashMap<_, _> =
        arguments.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
    LOCALES.lookup_with_args(&identifier(language), key, &arguments)
}

/// A text that need not exist, such as the name of a claim of the tenant's own making.
pub(super) fn find_text(language: Language, key: &str) -> Option<String> {
    LOCALES.try_lookup(&identifier(language), key)
}

/// What happened, as a heading.
pub fn error_title(language: Language, code: ErrorCode) -> String {
    text(language, &format!("error-{}-title", code.key()))
}

/// What happened and what to do about it.
pub fn error_text(language: Language, code: ErrorCode) -> String {
    text(language, &format!("error-{}-text", code.key()))
}
