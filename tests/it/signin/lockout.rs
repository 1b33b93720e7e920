//! IN-4: three failures lock, and nothing gets around it.

use std::sync::Barrier;
use std::thread;

use crate::on_each_engine;
use crate::support::{App, Browser, PASSWORD, Page, Settings, eventually};

/// A sign-in page for each of so many browsers, opened beforehand so that only the attempts race.
fn attempts(app: &App, passwords: &[String], username: &str) -> Vec<(Browser, Page)> {
    let ready: Vec<(Browser, Page)> = passwords
        .iter()
        .map(|_| {
            let mut browser = app.browser();
            let page = browser.get("/sign-in");
            (browser, page)
        })
        .collect();
    let barrier = Barrier::new(passwords.len());
    thread::scope(|scope| {
        let barrier = &barrier;
        let running: Vec<_> = ready
            .into_iter()
            .zip(passwords)
            .map(|((mut browser, page), password)| {
                scope.spawn(move || {
                    barrier.wait();
                    let page = browser.fill_in(&page, username, password);
                    (browser, page)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn wrong(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("wrong-{number}")).collect()
}

/// Whether the right password gets a browser in that the account does not know.
fn lets_in(app: &App, username: &str) -> bool {
    let mut browser = app.browser();
    browser.sign_in(username, PASSWORD);
    browser.is_signed_in()
}

on_each_engine! {
    fn in4_the_fourth_attempt_is_refused_even_with_the_right_password(engine) {
        let app = App::shared_on(engine);
        for number in 0..3 {
            let page = app.browser().sign_in("alice", &format!("wrong-{number}"));
            assert!(page.has("input[type=password]"));
        }
        assert!(!lets_in(&app, "alice"));
        assert!(lets_in(&app, "bob"), "others are not touched");
        let counts = ["signin.failed", "account.locked", "signin.throttled"].map(|kind| app.count_events(kind));
        assert_eq!(counts, [3, 1, 1]);
    }
}

on_each_engine! {
    fn in4_of_fifty_parallel_wrong_passwords_exactly_three_are_evaluated(engine) {
        let app = App::shared_on(engine);
        let results = attempts(&app, &wrong(50), "alice");
        assert!(results.iter().all(|(browser, _)| !browser.is_signed_in()));
        let evaluated = app.count_events("signin.failed");
        let turned_away = app.count_events("signin.throttled");
        assert_eq!((evaluated, turned_away), (3, 47));
        assert_eq!(app.count_events("account.locked"), 1);
        assert!(!lets_in(&app, "alice"));
    }
}

on_each_engine! {
    fn in4_forty_nine_wrong_and_one_right_are_never_a_way_round(engine) {
        for round in 0..3 {
            let app = App::shared_on(engine);
            let mut passwords = wrong(49);
            passwords.insert(round * 20, PASSWORD.to_owned());
            let results = attempts(&app, &passwords, "alice");
            let inside = results.iter().filter(|(browser, _)| browser.is_signed_in()).count();
            assert!(inside <= 1);
            // A right one among the first three may succeed and start the count anew, once.
            let evaluated = app.count_events("signin.failed");
            assert!(evaluated <= if inside == 1 { 5 } else { 3 }, "{evaluated} wrong ones evaluated, {inside} inside");
            assert!(evaluated >= 3 || inside == 1);
        }
    }
}

on_each_engine! {
    fn in4_twenty_parallel_right_passwords_all_succeed(engine) {
        let app = App::shared_on(engine);
        let passwords = vec![PASSWORD.to_owned(); 20];
        let results = attempts(&app, &passwords, "alice");
        let inside = results.iter().filter(|(browser, _)| browser.is_signed_in()).count();
        assert_eq!(inside, 20, "{}", results.iter().find(|it| !it.0.is_signed_in()).map_or(String::new(), |it| it.1.reply.text()));
        assert_eq!(app.count_events("signin.succeeded"), 20);
    }
}

on_each_engine! {
    fn in4_a_lock_survives_a_power_cut(engine) {
        let app = App::own(Settings::new(engine));
        for password in wrong(3) {
            app.browser().sign_in("alice", &password);
        }
        app.server.kill();
        app.server.boot();
        assert!(!lets_in(&app, "alice"));
        app.cli(&["user", "unlock", "alice"]);
        assert!(lets_in(&app, "alice"));
    }
}

#[test]
fn in4_names_are_one_account_however_they_are_written() {
    let app = App::shared();
    for name in ["alice", "ALICE", "Alice"] {
        app.browser().sign_in(name, "wrong");
    }
    assert!(!lets_in(&app, "alice"), "case is no way to three more attempts");
    let other = App::shared();
    for name in ["alice", "alice@acme.example", "Alice@Acme.Example"] {
        other.browser().sign_in(name, "wrong");
    }
    let known_by_mail = other.audit().iter().filter(|event| event["kind"] == "account.locked").count() == 1;
    assert_eq!(known_by_mail, !lets_in(&other, "alice"), "by whatever name one may sign in");
}

#[test]
fn in4_two_failures_and_a_success_start_over() {
    let app = App::shared();
    for _ in 0..3 {
        for password in wrong(2) {
            app.browser().sign_in("alice", &password);
        }
        assert!(lets_in(&app, "alice"));
    }
    assert_eq!(app.count_events("account.locked"), 0);
}

#[test]
fn in4_a_stranger_cannot_lock_the_owner_out_of_a_known_browser() {
    let app = App::shared();
    let mut owner = app.signed_in();
    owner.cookies.retain(|_, value| !value.starts_with("pts_"));
    assert!(!owner.is_signed_in());
    for password in wrong(6) {
        app.browser().sign_in("alice", &password);
    }
    assert!(!lets_in(&app, "alice"), "an unknown browser is locked out");
    owner.sign_in("alice", PASSWORD);
    assert!(owner.is_signed_in(), "the known one is not");
    // It has a counter of its own, and three failures there end its privilege.
    owner.cookies.retain(|_, value| !value.starts_with("pts_"));
    for password in wrong(3) {
        owner.sign_in("alice", &password);
    }
    owner.sign_in("alice", PASSWORD);
    assert!(!owner.is_signed_in());
}

#[test]
fn in4_a_known_browser_is_known_for_one_account_only() {
    let app = App::shared();
    let mut alices = app.signed_in();
    alices.cookies.retain(|_, value| !value.starts_with("pts_"));
    for password in wrong(3) {
        app.browser().sign_in("bob", &password);
    }
    alices.sign_in("bob", PASSWORD);
    assert!(!alices.is_signed_in());
}

#[test]
fn in4_a_lock_ends_by_itself_and_polling_does_not_prolong_it() {
    let app = App::shared();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.lockout]\nduration = \"2s\"\nlongest = \"4s\"\n",
    );
    for password in wrong(3) {
        app.browser().sign_in("alice", &password);
    }
    eventually("the lock ends", || lets_in(&app, "alice"));
    assert_eq!(app.count_events("account.locked"), 1, "attempts while locked did not count");
}

#[test]
fn in4_the_cli_unlocks_an_account() {
    let app = App::shared();
    for password in wrong(3) {
        app.browser().sign_in("alice", &password);
    }
    assert!(!lets_in(&app, "alice"));
    app.cli(&["user", "unlock", "alice"]);
    assert!(lets_in(&app, "alice"));
    assert_eq!(app.count_events("user.unlocked"), 1);
}

/// What differs by nature: tokens, nonces, times and the trace id.
fn comparable(page: &Page, username: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers = page.reply.headers.clone();
    headers.retain(|(name, _)| !matches!(name.as_str(), "date" | "set-cookie" | "x-request-id" | "content-length"));
    let nonce = headers
        .iter()
        .find(|(name, _)| name == "content-security-policy")
        .and_then(|(_, value)| value.split("'nonce-").nth(1))
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or("no nonce")
        .to_owned();
    for (_, value) in &mut headers {
        *value = value.replace(&nonce, "NONCE");
    }
    headers.sort();
    let mut body = page.reply.text().replace(&nonce, "NONCE").replace(username, "USERNAME");
    for field in ["csrf", "interaction"] {
        if let Some(value) = page.find_form("password").and_then(|form| form.get(field).map(str::to_owned))
            && !value.is_empty()
        {
            body = body.replace(&value, "TOKEN");
        }
    }
    (page.status(), headers, body)
}

#[test]
fn in4_unknown_names_get_the_same_answers_as_known_ones() {
    let app = App::shared();
    let answers = |name: &str| -> Vec<_> {
        (0..5).map(|n| comparable(&app.browser().sign_in(name, &format!("wrong-{n}")), name)).collect()
    };
    let (known, unknown) = (answers("alice"), answers("nobody"));
    for (number, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
        assert_eq!(known, unknown, "attempt {number}");
    }
    assert_eq!(known[0], known[4], "locked and wrong look alike, too");
}

#[test]
fn in4_whoever_is_disabled_or_has_no_password_looks_like_a_wrong_password() {
    let app = App::shared();
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n\
         [[tenant.user]]\nusername = \"gone\"\npassword = \"{PASSWORD}\"\nenabled = false\n\
         [[tenant.user]]\nusername = \"bare\"\n"
    ));
    let answers = |name: &str, password: &str| -> Vec<_> {
        (0..5).map(|_| comparable(&app.browser().sign_in(name, password), name)).collect()
    };
    let wrong = answers("alice", "wrong");
    assert_eq!(wrong, answers("gone", PASSWORD), "the right password of a disabled account");
    assert_eq!(wrong, answers("bare", PASSWORD), "an account without a password");
}

#[test]
fn in4_nothing_on_a_page_counts_down_the_attempts() {
    let app = App::shared();
    let first = comparable(&app.browser().sign_in("alice", "wrong-0"), "alice");
    let second = comparable(&app.browser().sign_in("alice", "wrong-1"), "alice");
    assert_eq!(first, second);
}

#[test]
fn in4_unknown_names_are_locked_like_known_ones() {
    let app = App::shared();
    for number in 0..20 {
        let page = app.browser().sign_in(&format!("nobody-{number}"), "wrong");
        assert!(page.has("input[type=password]"));
    }
    for _ in 0..4 {
        app.browser().sign_in("nobody-1", "wrong");
    }
    let throttled = app.count_events("signin.throttled");
    assert!(throttled >= 1, "an unknown name is locked like a known one");
}

/// The last event of a kind.
fn last(app: &App, kind: &str) -> serde_json::Value {
    app.audit().into_iter().rfind(|event| event["kind"] == kind).unwrap_or_default()
}

on_each_engine! {
    fn in4_three_wrong_present_passwords_are_a_lock_like_any_other(engine) {
        let app = App::shared_on(engine);
        let mut browser = app.signed_in();
        let form = browser.get("/account/password").form("new_password");
        let form = form.set("new_password", "a quiet evening by the fjord");
        for password in wrong(3) {
            assert_eq!(browser.submit_once(&form.clone().set("password", &password)).status(), 403);
        }
        assert_eq!(app.count_events("account.locked"), 1);
        assert_eq!(last(&app, "account.locked")["details"]["scope"], "device");
        assert_eq!(app.mails_of("account_locked").len(), 1, "the owner is told");
        // The browser has lost its privilege, and is as good as any other.
        browser.cookies.retain(|_, value| !value.starts_with("pts_"));
        browser.sign_in("alice", PASSWORD);
        assert!(browser.is_signed_in());
    }
}

on_each_engine! {
    fn in4_the_hundredth_failure_closes_the_way_in_and_the_owner_is_told(engine) {
        let app = App::shared_on(engine);
        app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.lockout]\nfailures = 100\n");
        let mut browser = app.browser();
        let mut page = browser.get("/sign-in");
        for password in wrong(100) {
            page = browser.fill_in(&page, "alice", &password);
        }
        assert_eq!(app.count_events("account.locked"), 1);
        assert_eq!(last(&app, "account.locked")["details"]["scope"], "ceiling");
        assert_eq!(app.mails_of("factor_closed").len(), 1);
        assert!(app.mails_of("account_locked").is_empty(), "it does not open by itself");
        assert!(!lets_in(&app, "alice"));
        assert_eq!(last(&app, "signin.throttled")["details"]["reason"], "ceiling");
        app.cli(&["user", "unlock", "alice"]);
        assert!(lets_in(&app, "alice"));
    }
}
