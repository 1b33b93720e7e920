//! Sources are held back without locking anybody's account; forwarding headers count only from a trusted proxy.

use crate::support::client::Auth;
use crate::support::{App, Engine, PASSWORD, RelyingParty, Reply, Settings};

fn limited(extra: &str) -> App {
    let config = format!(
        "[password_hash]\nmemory_kib = 1024\niterations = 1\n[limits]\nfailures_per_source = \"5/1h\"\n\
         accounts_per_source = \"4/1h\"\n{extra}"
    );
    App::own(Settings::with(Engine::Sqlite, &config))
}

#[test]
fn a_source_that_fails_too_often_gets_429_and_locks_nobody() {
    let app = limited("");
    let mut statuses = Vec::new();
    for number in 0..12 {
        let name = ["alice", "bob"][number % 2];
        let page = app.browser().sign_in_quietly(name, &format!("wrong-{number}"));
        statuses.push(page.status());
        if page.status() == 429 {
            let wait = page.reply.header("retry-after").expect("Retry-After").parse::<u32>().unwrap();
            assert!(wait > 0);
        }
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(app.count_events("source.throttled") >= 1);
    assert!(app.count_events("signin.failed") <= 6);
}

#[test]
fn a_source_that_tries_many_accounts_is_held_back() {
    let app = limited("");
    let statuses: Vec<u16> =
        (0..10).map(|number| app.browser().sign_in_quietly(&format!("user-{number}"), "Summer2026").status()).collect();
    assert!(statuses.contains(&429), "spraying: {statuses:?}");
}

#[test]
fn forwarding_headers_are_not_believed_from_anybody() {
    let app = limited("");
    let mut statuses = Vec::new();
    for number in 0..12 {
        let mut browser = app.browser().with_header("X-Forwarded-For", &format!("203.0.113.{number}"));
        statuses.push(browser.sign_in_quietly("alice", "wrong").status());
    }
    assert!(statuses.contains(&429), "a made-up address is no way round: {statuses:?}");
    let addresses: Vec<String> = app.audit().iter().map(|event| event["address"].to_string()).collect();
    assert!(!addresses.iter().any(|it| it.contains("203.0.113.")), "{addresses:?}");
}

#[test]
fn behind_a_trusted_proxy_each_visitor_is_a_source() {
    let app = limited("[proxy]\ntrusted = [\"127.0.0.0/8\"]\n");
    for number in 0..12 {
        let mut browser = app.browser().with_header("X-Forwarded-For", &format!("198.51.100.7, 203.0.113.{number}"));
        let page = browser.sign_in_quietly(&format!("user-{}", number % 3), "wrong");
        assert_ne!(page.status(), 429, "visitor {number}");
    }
    let printed = serde_json::to_string(&app.audit()).unwrap();
    assert!(printed.contains("203.0.113.5"), "the last hop that the proxy saw");
    assert!(!printed.contains("198.51.100.7"), "what the visitor wrote before it counts for nothing");
    let mut honest = app.browser().with_header("X-Forwarded-For", "203.0.113.99");
    honest.sign_in("alice", PASSWORD);
    assert!(honest.is_signed_in());
}

#[test]
fn the_present_password_is_not_a_way_round_the_throttle() {
    let app = limited("");
    let mut statuses = Vec::new();
    let browsers = [app.signed_in(), {
        let mut bob = app.browser();
        bob.sign_in("bob", PASSWORD);
        bob
    }];
    for mut browser in browsers {
        let form = browser.get("/account/password").form("new_password");
        for number in 0..5 {
            let form = form.clone().set("password", &format!("wrong-{number}"));
            let page = browser.submit_once(&form.set("new_password", "a quiet evening by the fjord"));
            if page.status() == 429 {
                assert!(page.reply.header("retry-after").is_some());
            }
            statuses.push(page.status());
        }
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(app.browser().sign_in_quietly("alice", "wrong").status(), 429, "it is one throttle");
}

const JOB: &[(&str, &str)] = &[("grant_type", "client_credentials")];

fn with_secret(mut rp: RelyingParty, secret: &str) -> RelyingParty {
    secret.clone_into(&mut rp.secret);
    rp
}

/// What should not care who else fails at this address.
fn all_others_are_served(app: &App) {
    let job = app.client("job");
    let reply = job.token(JOB);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(job.is_active(reply.json()["access_token"].as_str().unwrap()));
    let mut browser = app.browser();
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in(), "people are served");
    let spa = app.client("spa");
    spa.redeem(&spa.code(&mut browser));
}

#[test]
fn an_application_that_is_no_more_keeps_nobody_else_waiting() {
    let app = limited("");
    let mut gone = app.client("gone");
    gone.auth = Auth::None;
    for _ in 0..30 {
        assert_eq!(gone.token(JOB).status, 401);
    }
    all_others_are_served(&app);
    gone.auth = Auth::Post;
    let statuses: Vec<u16> = (0..12)
        .map(|number| {
            gone.id = format!("guess-{number}");
            gone.token(JOB).status
        })
        .collect();
    assert!(statuses.contains(&429), "who guesses names waits: {statuses:?}");
    all_others_are_served(&app);
    assert_eq!(app.count_events("client.refused"), 0, "strangers cannot fill the log");
}

#[test]
fn an_outdated_secret_is_one_failure_however_often_it_comes() {
    let app = limited("");
    let outdated = with_secret(app.client("job"), "the secret of last year, still in one pod");
    for _ in 0..30 {
        assert_eq!(outdated.token(JOB).status, 401, "nothing is learned by trying the same again");
    }
    assert_eq!(app.count_events("client.refused"), 1);
    all_others_are_served(&app);
}

#[test]
fn who_guesses_an_applications_secret_waits_and_nobody_else_does() {
    let app = limited("");
    let replies: Vec<Reply> =
        (0..12).map(|number| with_secret(app.client("web"), &format!("guess-{number}")).token(JOB)).collect();
    let last = replies.last().unwrap();
    assert_eq!(last.status, 429, "{}", last.text());
    assert!(last.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert!(app.count_events("client.refused") <= 6);
    let held = app.client("web").token(JOB);
    assert_eq!(held.status, 429, "not even a right guess is told from a wrong one: {}", held.text());
    all_others_are_served(&app);
}

#[test]
fn people_who_mistype_their_passwords_keep_no_application_waiting() {
    let app = limited("");
    let mut statuses = Vec::new();
    for number in 0..12 {
        let name = ["alice", "bob"][number % 2];
        statuses.push(app.browser().sign_in_quietly(name, &format!("wrong-{number}")).status());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(app.client("job").token(JOB).status, 200);
    let spa = app.client("spa").token(&[("grant_type", "authorization_code"), ("code", "none")]);
    assert_eq!(spa.error(), "invalid_grant", "{}", spa.text());
}
