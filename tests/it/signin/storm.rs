//! A storm of sign-ins waits its turn or is told to come back, and nobody else notices.

use std::sync::Barrier;
use std::thread;

use crate::support::{App, Call, Engine, PASSWORD, Reply, SECRET, Settings};

/// One thread hashes, each hash takes longer than a request, and hardly anybody may wait. No dearer than that: threads
/// that hash give way to all others, and on a busy machine a sign-in would be given up.
const SLOW: &str = "[password_hash]\nmemory_kib = 32768\niterations = 2\nworkers = 1\nqueue = 2\n\
                    [limits]\nfailures_per_source = \"off\"\naccounts_per_source = \"off\"\n";
const CROWD: usize = 24;

#[test]
fn a_login_storm_is_told_to_come_back_while_tokens_are_answered() {
    let app = App::own(Settings::with(Engine::Sqlite, SLOW));
    let tokens = app.client("web").sign_in(&app);
    let ready: Vec<_> = (0..CROWD)
        .map(|_| {
            let mut browser = app.browser();
            let page = browser.get("/sign-in");
            (browser, page)
        })
        .collect();
    let begin = Barrier::new(CROWD + 1);
    let (pages, answers) = thread::scope(|scope| {
        let begin = &begin;
        let crowd: Vec<_> = ready
            .into_iter()
            .enumerate()
            .map(|(number, (mut browser, page))| {
                scope.spawn(move || {
                    begin.wait();
                    browser.fill_in(&page, &format!("user-{number}"), "wrong")
                })
            })
            .collect();
        begin.wait();
        let mut answers = Vec::new();
        while answers.is_empty() || crowd.iter().any(|one| !one.is_finished()) {
            answers.extend(ask_for_tokens(&app, tokens.access()));
        }
        let pages: Vec<_> = crowd.into_iter().map(|one| one.join().unwrap()).collect();
        (pages, answers)
    });

    let (turned_away, tried): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.status() == 503);
    assert!(!turned_away.is_empty(), "the queue was never full");
    assert!(!tried.is_empty(), "whoever finds room is served");
    for page in turned_away {
        let wait: u32 = page.reply.header("retry-after").expect("Retry-After").parse().unwrap();
        assert!(wait > 0);
        assert!(page.has("input[type=password]"), "the form is there to be sent again");
    }
    assert!(tried.iter().all(|page| page.status() == 401));
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    let mut browser = app.browser();
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in(), "afterwards all is as before");
    // Whoever was turned away has used up nothing: the name is not nearer to its lock than before.
    assert_eq!(app.count_events("account.locked"), 0);
}

/// One request that reads, one that signs and writes.
fn ask_for_tokens(app: &App, access: &str) -> [Reply; 2] {
    let service = Call::form("/oauth2/token", &[("grant_type", "client_credentials")]).basic("job", SECRET);
    [app.send(&Call::get("/oauth2/userinfo").bearer(access)), app.send(&service)]
}
