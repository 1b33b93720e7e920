use proptest::prelude::*;

use super::*;
use crate::domain::ids::UserId;
use crate::domain::user::{EmailAddress, Profile, UserStatus, Username};

fn nothing(_: &str) -> bool {
    false
}

fn unmet(policy: &PasswordPolicy, password: &str) -> Vec<Rule> {
    evaluate(policy, &Words::default(), &nothing, password)
}

fn bare() -> PasswordPolicy {
    PasswordPolicy {
        min_length: 8,
        refuse_common: false,
        refuse_breached: false,
        refuse_own_words: false,
        ..PasswordPolicy::default()
    }
}

fn mette() -> User {
    User {
        id: UserId::from_uuid(uuid::Uuid::nil()),
        username: Username::parse("mette.h").unwrap(),
        email: Some(EmailAddress::parse("mette@regnskab.example").unwrap()),
        email_verified: true,
        locale: None,
        profile: Profile {
            given_name: Some("Mette Åse".to_owned()),
            family_name: Some("Hansen-Bjørk".to_owned()),
            ..Profile::default()
        },
        roles: std::collections::BTreeSet::new(),
        groups: std::collections::BTreeSet::new(),
        status: UserStatus::Active,
        created_at: crate::domain::Time::UNIX_EPOCH,
        updated_at: crate::domain::Time::UNIX_EPOCH,
    }
}

#[test]
fn in_5_nordic_letters_are_letters_and_are_counted_as_people_count() {
    let policy = PasswordPolicy { min_upper: 1, min_lower: 7, min_special: 0, ..bare() };
    assert_eq!(unmet(&policy, "Åæøåäöéü"), []);
    let policy = PasswordPolicy { min_special: 1, ..bare() };
    assert_eq!(unmet(&policy, "æøåäöÆØÅ"), [Rule::Special(1)], "a Nordic letter is not a special character");
    // Decomposed: eight letters in sixteen code points, none of them special.
    assert_eq!(unmet(&policy, &"a\u{30a}".repeat(8)), [Rule::Special(1)]);
    assert_eq!(unmet(&bare(), &"a\u{30a}".repeat(7)), [Rule::MinLength(8)]);
    assert_eq!(unmet(&policy, "æøå æøå!"), []);
}

#[test]
fn each_rule_is_named_when_it_is_not_met() {
    let policy = PasswordPolicy { min_digits: 2, min_special: 1, min_upper: 1, min_lower: 1, ..bare() };
    assert_eq!(
        unmet(&policy, "1"),
        [Rule::MinLength(8), Rule::Digits(2), Rule::Special(1), Rule::Upper(1), Rule::Lower(1)]
    );
    assert_eq!(unmet(&policy, "aB12 cde"), []);
    let short = PasswordPolicy { max_length: 64, ..bare() };
    assert_eq!(unmet(&short, &"æ-".repeat(33)), [Rule::MaxLength(64)]);
    assert_eq!(unmet(&short, &"æ-".repeat(32)), [], "64 characters, more bytes");
}

#[test]
fn common_passwords_are_refused_however_they_are_dressed() {
    let policy = PasswordPolicy { refuse_common: true, ..bare() };
    for common in [
        "password",
        "Password1",
        "P4$$w0rd2026!",
        "sommer2026",
        "Sommer2026!!",
        "SOMMERFUGL123",
        "!!admin!!",
        "adminadmin",
        "qwertyuiop",
        "1234567890",
        "0987654321",
        "abcdefghijkl",
        "qwerty123456",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "19850412",
        "123456789012",
        "Hemmelig123",
        "lösenord1",
        "kodeord2024",
        "1q2w1q2w1q2w",
        "asdfghjklæø",
        "velkommen1!",
    ] {
        assert_eq!(unmet(&policy, common), [Rule::Common], "{common}");
    }
    for fine in [
        "rugbrød med sild og løg",
        "correct horse battery",
        "knäckebröd med brunost",
        "hest 🐴 batteri",
        "sommer på ærø i regn",
        "vQ7-ptx3Lmw9",
        "lang adgangskode",
        "fire tigre spiser æbler",
        "12 små grise løber",
    ] {
        assert_eq!(unmet(&policy, fine), [], "{fine}");
    }
}

#[test]
fn breached_passwords_are_refused_by_the_built_in_list_and_by_the_given_one() {
    let policy = PasswordPolicy { refuse_breached: true, ..bare() };
    let listed = |password: &str| password == "vQ7-ptx3Lmw9";
    assert_eq!(evaluate(&policy, &Words::default(), &listed, "vQ7-ptx3Lmw9"), [Rule::Breached]);
    assert_eq!(evaluate(&policy, &Words::default(), &listed, "vQ7-ptx3Lmw8"), []);
    assert_eq!(unmet(&policy, "qwertyuiop"), [Rule::Breached]);
    assert_eq!(evaluate(&bare(), &Words::default(), &listed, "vQ7-ptx3Lmw9"), [], "only where the rule is on");
}

#[test]
fn names_of_the_person_and_the_organisation_are_refused() {
    let policy = PasswordPolicy { refuse_own_words: true, ..bare() };
    let words = Words::of_organisation("Ærø Kommune A/S", &["Portvin 2".to_owned(), "abc".to_owned()]);
    let words = words.and_person(&mette());
    for own in [
        "jeg er METTE ja",
        "bjørkeskoven",
        "h@n5en er her",
        "regnskabet",
        "min kommune",
        "aerø portvin 2",
        "mette.h8888",
        "metteh og så videre",
        "example-text",
    ] {
        assert_eq!(evaluate(&policy, &words, &nothing, own), [Rule::OwnWords], "{own}");
    }
    // "Åse", "Ærø", "abc" and "A/S" are too short to be refused.
    for fine in ["aasen på ærø åse abc", "noget helt andet"] {
        assert_eq!(evaluate(&policy, &words, &nothing, fine), [], "{fine}");
    }
}

#[test]
fn the_list_is_folded_and_has_no_doubles() {
    let lines: Vec<&str> = include_str!("common.txt").lines().collect();
    assert!(lines.len() > 1500 && lines.len() == COMMON.len());
    for word in lines {
        assert_eq!(word, fold(word));
        assert!(is_common(word, &undisguised(word)) && is_well_known(word), "{word}");
    }
}

proptest! {
    /// Whatever is shown as met before sending is met when it counts, and the other way round: both ask this function,
    /// and it depends on nothing but what it is given.
    #[test]
    fn a_verdict_names_only_rules_in_force(
        least in 8..40_u32, digits in 0..4_u32, special in 0..4_u32, common in any::<bool>(), password in "\\PC{0,48}",
    ) {
        let policy = PasswordPolicy {
            min_length: least, min_digits: digits, min_special: special, refuse_common: common, ..PasswordPolicy::default()
        };
        let verdict = unmet(&policy, &password);
        prop_assert_eq!(&verdict, &unmet(&policy, &password));
        for rule in &verdict {
            prop_assert!(shown(&policy).contains(rule) || *rule == Rule::MaxLength(policy.max_length));
        }
        // Composed or decomposed is the same password.
        let decomposed: String = password.nfd().collect();
        prop_assert_eq!(verdict, unmet(&policy, &decomposed));
    }

    /// IN-6: what a stricter policy takes, a weaker one takes too.
    #[test]
    fn stricter_rules_never_take_more(least in 8..20_u32, more in 0..20_u32, digits in 0..4_u32, password in "\\PC{0,40}") {
        let weak = PasswordPolicy { min_length: least, ..bare() };
        let strict = PasswordPolicy { min_length: least + more, min_digits: digits, refuse_common: true, ..bare() };
        if unmet(&strict, &password).is_empty() {
            prop_assert_eq!(unmet(&weak, &password), []);
        }
    }
}
