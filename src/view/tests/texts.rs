//! The four languages say the same things, and say them plainly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::domain::audit::EventKind;
use crate::domain::authority::Deed;
use crate::domain::fault::ErrorCode;
use crate::domain::language::Language;
use crate::domain::release::CLAIMS;
use crate::view::{PlaygroundTitle, PlaygroundVerb};

/// Words that are the same in English and in the language named.
const SAME: [(Language, &str); 14] = [
    (Language::Da, "admin-title"),
    (Language::Sv, "admin-title"),
    (Language::Da, "admin-users-status"),
    (Language::Sv, "admin-users-status"),
    (Language::Nb, "admin-users-status"),
    (Language::Da, "apps-realm"),
    (Language::Sv, "apps-realm"),
    (Language::Nb, "apps-realm"),
    (Language::Sv, "notices-text"),
    (Language::Da, "role-admin"),
    (Language::Nb, "role-admin"),
    (Language::Da, "role-helpdesk"),
    (Language::Sv, "role-helpdesk"),
    (Language::Nb, "role-helpdesk"),
];

/// Words that mean a second thing, belong to another language, or have a better one beside them. One thing has one
/// word in each language, on every page and in every mail.
const OTHER_WORDS: [(Language, &[&str]); 4] = [
    (
        Language::Da,
        &[
            "reservekode",
            "gendannelseskode",
            "app til engangskoder",
            "netadresse",
            " mailadresse",
            "underskri",
            "billet",
            "logget på",
            "næste log ind",
            "dette log ind",
        ],
    ),
    (
        Language::Sv,
        &[
            "återställningskod",
            "app för engångskoder",
            "kodapp",
            "(passkey)",
            "nätadress",
            "brev",
            "biljett",
            "förfrågning",
            // Also: cancelled.
            "inställd",
            "ställ in ",
            "ställa in ",
        ],
    ),
    (
        Language::Nb,
        &[
            "reservekode",
            "app for engangskoder",
            "kodeapp",
            "tilgangsnøkkel",
            "nettadresse",
            "it‑støtte",
            "it-støtte",
            "brukerstøtte",
            "billett",
            // Must never, where it is meant that one need not.
            "må aldri byttes",
        ],
    ),
    (
        Language::En,
        &[
            "app for one-time codes",
            "code app",
            "network address",
            "user name",
            " mail",
            "e-mail",
            "e\u{2011}mail",
            "present password",
            "administering",
        ],
    ),
];

/// What an account is when its owner has stopped all use of it; not when it is locked for a while, nor when an
/// administrator has closed it.
const BY_ITS_OWNER: [(Language, &[&str]); 4] = [
    (Language::Da, &["spær"]),
    (Language::Sv, &["spärr"]),
    (Language::Nb, &["sperr"]),
    (Language::En, &["froze", "freez"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Key to raw text, read from the files themselves so that no fallback hides a gap.
fn bank(language: Language) -> BTreeMap<String, String> {
    let mut bank: BTreeMap<String, String> = BTreeMap::new();
    for path in files(&root().join("templates/locales").join(language.tag()), "ftl") {
        let mut key = String::new();
        for line in std::fs::read_to_string(&path).unwrap().lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, text)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
                assert!(bank.insert(key.clone(), text.trim().to_owned()).is_none(), "{key} twice in {language:?}");
            } else if !line.trim().is_empty() {
                let text = bank.get_mut(&key).unwrap();
                text.push('\n');
                text.push_str(line.trim());
            }
        }
    }
    bank
}

fn arguments(text: &str) -> BTreeSet<String> {
    text.split('$').skip(1).map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect()).collect()
}

/// Keys that stand in templates and sources, and the families that are put together.
fn keys_in_use() -> BTreeSet<String> {
    let mut used: BTreeSet<String> = ErrorCode::ALL
        .iter()
        .flat_map(|code| ["title", "text"].map(|part| format!("error-{}-{part}", code.key())))
        .chain(EventKind::ALL.iter().map(|kind| crate::view::events::key(*kind)))
        .chain(
            Deed::ALL
                .iter()
                .flat_map(|deed| ["do", "means", "done"].map(|part| format!("admin-{part}-{}", deed.name()))),
        )
        .chain(
            ErrorCode::ALL.iter().map(|code| format!("error-{}-developer", code.key())).filter(|key| bank_knows(key)),
        )
        .chain(CLAIMS.iter().map(|claim| format!("claim-{claim}")))
        .chain(PlaygroundTitle::ALL.iter().map(|title| title.key().to_owned()))
        .chain(PlaygroundVerb::ALL.iter().map(|verb| verb.key().to_owned()))
        .collect();
    let sources = files(&root().join("src/view"), "rs").into_iter().chain(files(&root().join("templates"), "html"));
    for path in sources.filter(|path| !path.strip_prefix(root()).unwrap_or(path).starts_with("src/view/tests")) {
        let source = std::fs::read_to_string(&path).unwrap();
        let quoted = source.split('"').skip(1).step_by(2);
        used.extend(quoted.filter(|text| bank_knows(text)).map(str::to_owned));
        for call in ["frame.text(\"", "text_with(\"", "around(\""] {
            used.extend(source.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    used
}

fn bank_knows(key: &str) -> bool {
    static ENGLISH: std::sync::LazyLock<BTreeMap<String, String>> = std::sync::LazyLock::new(|| bank(Language::En));
    ENGLISH.contains_key(key)
}

#[test]
fn every_language_has_exactly_the_keys_in_use() {
    let used = keys_in_use();
    for language in Language::ALL {
        let present: BTreeSet<String> = bank(language).into_keys().collect();
        let missing: Vec<_> = used.difference(&present).collect();
        let extra: Vec<_> = present.difference(&used).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{language:?}: missing {missing:?}, extra {extra:?}");
    }
}

#[test]
fn no_text_is_left_in_english() {
    let english = bank(Language::En);
    for language in [Language::Da, Language::Sv, Language::Nb] {
        let same: Vec<_> = bank(language)
            .into_iter()
            .filter(|(key, text)| english.get(key) == Some(text) && !SAME.contains(&(language, key.as_str())))
            .collect();
        assert!(same.is_empty(), "{language:?}: {same:?}");
    }
}

#[test]
fn the_languages_take_the_same_arguments() {
    let english = bank(Language::En);
    for language in Language::ALL {
        for (key, text) in bank(language) {
            assert_eq!(arguments(&text), arguments(&english[&key]), "{key} in {language:?}");
        }
    }
}

#[test]
fn no_text_blames_shouts_or_jokes() {
    let banned = ["ugyldig", "ogiltig", "invalid", "ups", "hoppsan", "oops", "oisann", "!", "fejl 500", "illegal"];
    for language in Language::ALL {
        for (key, text) in bank(language) {
            let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
            for bad in banned {
                let found =
                    if bad == "!" { text.contains(bad) } else { words.iter().any(|word| word.starts_with(bad)) };
                assert!(!found, "{bad} in {key}, {language:?}");
            }
        }
    }
}

/// Lower case, with a space before the first word.
fn plain(text: &str) -> String {
    format!(" {}", text.to_lowercase())
}

#[test]
fn one_thing_has_one_word_in_each_language() {
    for (language, words) in OTHER_WORDS {
        for (key, text) in bank(language) {
            let found = words.iter().find(|word| plain(&text).contains(**word));
            assert!(found.is_none(), "{found:?} in {key}, {language:?}: {text}");
        }
    }
}

#[test]
fn locked_for_a_while_stopped_by_its_owner_and_closed_by_an_administrator_are_three_words() {
    let parts = ["self-lock", "account-lock", "not-me-lock", "account-closed", "fate-closed"];
    let of_the_owner = |key: &str| {
        parts.iter().any(|part| key.contains(part)) || key.starts_with("lock-") || key.starts_with("locked-")
    };
    for (language, words) in BY_ITS_OWNER {
        let bank = bank(language);
        for (key, text) in bank.iter().filter(|(key, _)| !of_the_owner(key)) {
            assert!(!words.iter().any(|word| plain(text).contains(word)), "{key}, {language:?}: {text}");
        }
        for key in ["account-lock", "locked-title", "admin-user-self-locked", "event-account-self-locked"] {
            assert!(words.iter().any(|word| plain(&bank[key]).contains(word)), "{key}, {language:?}");
        }
    }
}

#[test]
fn no_sentence_is_longer_than_twenty_words() {
    for language in Language::ALL {
        for (key, text) in bank(language) {
            for sentence in text.split(['.', '?', '\n']) {
                let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
                assert!(words <= 20, "{words} words in {key}, {language:?}: {sentence}");
            }
        }
    }
}

#[test]
fn every_error_has_its_own_heading() {
    for language in Language::ALL {
        let titles: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| crate::view::error_title(language, *code)).collect();
        assert_eq!(titles.len(), ErrorCode::ALL.len(), "{language:?}");
    }
}

/// What applications cause is explained to those who write them: everything from 11xx to 13xx.
#[test]
fn every_code_that_an_application_can_cause_is_explained_to_developers() {
    for code in ErrorCode::ALL.iter().filter(|code| ("PRT-1100".."PRT-1400").contains(&code.code())) {
        for language in Language::ALL {
            let text = crate::view::texts::find_text(language, &format!("error-{}-developer", code.key()));
            assert!(text.is_some(), "{} {}", code.code(), language.tag());
        }
    }
}
