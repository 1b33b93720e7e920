//! IN-1: passwords as they are typed, and hashes as they are kept.

use crate::support::{App, Browser};

fn with_user(password_line: &str) -> App {
    let app = App::shared();
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"carla\"\n{password_line}\n"
    ));
    app
}

fn try_it(app: &App, password: &str) -> bool {
    let mut browser: Browser = app.browser();
    browser.sign_in("carla", password);
    browser.is_signed_in()
}

#[test]
fn in1_nordic_letters_emoji_and_spaces_count_as_they_are() {
    for password in ["blåbærgrød på ærø", "räksmörgås Åäö", "hest 🐴 batteri hæfteklamme", "  leading and trailing  "]
    {
        let app = with_user(&format!("password = {password:?}"));
        assert!(try_it(&app, password), "{password}");
    }
    let app = with_user("password = \"  leading and trailing  \"");
    assert!(!try_it(&app, "leading and trailing"), "nothing is trimmed");
}

#[test]
fn in1_composed_and_decomposed_letters_are_the_same_password() {
    let app = with_user("password = \"bl\u{e5}b\u{e6}r og fl\u{f8}de\"");
    assert!(try_it(&app, "bla\u{30a}b\u{e6}r og fl\u{f8}de"), "NFC (NIST SP 800-63B-4 §3.1.1.2)");
}

#[test]
fn in1_long_passwords_are_not_truncated() {
    let long = "lang adgangskode ".repeat(16);
    let app = with_user(&format!("password = {long:?}"));
    assert!(try_it(&app, &long));
    for cut in [64, 72, 128, long.len() - 1] {
        let mut browser = app.browser();
        browser.sign_in("carla", &long[..cut]);
        assert!(!browser.is_signed_in(), "{cut} bytes were enough");
        app.cli(&["user", "unlock", "carla"]);
    }
}

#[test]
fn in1_a_password_beyond_eight_kibibytes_is_refused_before_hashing() {
    let app = with_user("password = \"correct horse battery\"");
    let page = app.browser().sign_in("carla", &"x".repeat(9_000));
    assert!(page.status() < 500 && page.has("input[type=password]"), "{}", page.status());
    assert_eq!(app.count_events("signin.failed"), 0, "it was not an attempt");
}

#[test]
fn in1_case_matters() {
    let app = with_user("password = \"Correct Horse Battery\"");
    assert!(!try_it(&app, "correct horse battery"));
    assert!(try_it(&app, "Correct Horse Battery"));
}

#[test]
fn in1_imported_hashes_work_and_are_upgraded_at_the_next_sign_in() {
    // All are of "correct horse battery".
    for (name, hash) in crate::support::IMPORTED {
        let app = with_user(&format!("password_hash = {hash:?}"));
        assert!(!try_it(&app, "wrong"), "{name}");
        assert!(try_it(&app, "correct horse battery"), "{name}");
        assert_eq!(app.count_events("password.rehashed"), 1, "{name}");
        assert!(try_it(&app, "correct horse battery"), "{name}, upgraded");
        assert_eq!(app.count_events("password.rehashed"), 1, "{name} is upgraded once");
    }
}

#[test]
fn in1_a_user_without_a_password_cannot_sign_in_and_looks_like_any_other() {
    let app = with_user("email = \"carla@acme.example\"");
    for password in ["", "x", "correct horse battery"] {
        assert!(!try_it(&app, password));
    }
}
