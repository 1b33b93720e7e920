//! A password that is changed is worth nothing from that moment on, whoever is on the way in with the old one.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::on_each_engine;
use crate::support::{App, Browser, Engine, Form, PASSWORD, Page, Settings, eventually};

const NEW: &str = "a quiet evening by the fjord";

/// One thread hashes, and takes its time: whoever signs in is on the way for a while.
fn slow(engine: Engine) -> App {
    let config = "[password_hash]\nmemory_kib = 16384\niterations = 3\nworkers = 1\nqueue = 256\n\
                  [limits]\nfailures_per_source = \"off\"\naccounts_per_source = \"off\"\nresets_per_source = \"off\"\n";
    App::own(Settings::with(engine, config))
}

/// Ends the siege, even if what is done meanwhile fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Three strangers sign in with the old password again and again while something is done. The browsers that came in.
fn besieged(app: &App, act: impl FnOnce()) -> Vec<Browser> {
    let (over, entered) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let (over, entered) = (&over, &entered);
        let strangers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(move || {
                    let mut inside = Vec::new();
                    while !over.load(Ordering::SeqCst) {
                        let mut browser = app.browser();
                        browser.sign_in_quietly("alice", PASSWORD);
                        if browser.is_signed_in() {
                            entered.fetch_add(1, Ordering::SeqCst);
                            inside.push(browser);
                        }
                    }
                    inside
                })
            })
            .collect();
        let siege = Over(over);
        eventually("the strangers are at it", || entered.load(Ordering::SeqCst) > 3);
        act();
        drop(siege);
        strangers.into_iter().flat_map(|stranger| stranger.join().unwrap()).collect()
    })
}

fn is_inside(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}

fn lets_in(app: &App, password: &str) -> bool {
    // Whoever guessed has locked what strangers may try.
    app.cli(&["user", "unlock", "alice"]);
    let mut browser = app.browser();
    browser.sign_in("alice", password);
    browser.is_signed_in()
}

fn overtaken(app: &App) -> usize {
    let events = app.audit();
    events.iter().filter(|it| it["kind"] == "signin.failed" && it["details"]["reason"] == "password_changed").count()
}

fn change(browser: &mut Browser, new: &str) -> Form {
    browser.get("/account/password").form("new_password").set("password", PASSWORD).set("new_password", new)
}

on_each_engine! {
    fn whoever_is_on_the_way_in_with_the_old_password_does_not_arrive_after_it_was_changed(engine) {
        let app = slow(engine);
        let mut owner = app.signed_in();
        let form = change(&mut owner, NEW).set("end_others", "yes");
        let mut came_in = besieged(&app, || assert_eq!(owner.submit_once(&form).status(), 303));
        let alive = came_in.iter_mut().filter_map(|it| is_inside(it).then_some(())).count();
        assert_eq!(alive, 0, "of {} who came in before", came_in.len());
        assert!(overtaken(&app) > 0, "nobody was overtaken: this has shown nothing");
        assert!(is_inside(&mut owner) && lets_in(&app, NEW) && !lets_in(&app, PASSWORD));
    }
}

on_each_engine! {
    fn nor_after_another_one_was_chosen_by_a_mailed_link(engine) {
        let app = slow(engine);
        let mut owner = app.browser();
        let page = owner.get("/password/forgot");
        owner.submit(&page.form("username").set("username", "alice"));
        eventually("the link is mailed", || !app.mails_of("password_reset").is_empty());
        let link = app.mails_of("password_reset")[0].link();
        let form = owner.get(&link).form("password").set("password", NEW);
        let mut came_in = besieged(&app, || assert_eq!(owner.submit_once(&form).status(), 303));
        let alive = came_in.iter_mut().filter_map(|it| is_inside(it).then_some(())).count();
        assert_eq!(alive, 0, "of {} who came in before", came_in.len());
        assert!(overtaken(&app) > 0, "nobody was overtaken: this has shown nothing");
        assert!(lets_in(&app, NEW) && !lets_in(&app, PASSWORD));
    }
}

/// Both are sent at once; which of them was told that it has changed the password.
fn both(app: &App, forms: Vec<(Browser, Form)>) -> Vec<(Browser, Page)> {
    let barrier = Barrier::new(forms.len());
    let answers = thread::scope(|scope| {
        let barrier = &barrier;
        let running: Vec<_> = forms
            .into_iter()
            .map(|(mut browser, form)| {
                scope.spawn(move || {
                    barrier.wait();
                    let page = browser.submit_once(&form);
                    (browser, page)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(app.mails_of("password_changed").len(), 1, "it was changed once");
    answers
}

fn is_done(page: &Page) -> bool {
    page.status() == 303 && page.reply.location().ends_with("/account")
}

on_each_engine! {
    fn a_session_that_another_change_has_just_ended_changes_nothing(engine) {
        let app = slow(engine);
        let forms = (0..2)
            .map(|number| {
                let mut browser = app.signed_in();
                let form = change(&mut browser, &format!("{NEW} {number}")).set("end_others", "yes");
                (browser, form)
            })
            .collect();
        let mut answers = both(&app, forms);
        let won: Vec<usize> = (0..2).filter(|number| is_done(&answers[*number].1)).collect();
        assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|(_, page)| page.status()).collect::<Vec<_>>());
        for (number, (browser, page)) in answers.iter_mut().enumerate() {
            assert_eq!(is_inside(browser), won[0] == number, "{}", page.status());
            assert_eq!(lets_in(&app, &format!("{NEW} {number}")), won[0] == number, "{}", page.status());
        }
    }
}

on_each_engine! {
    fn of_two_changes_in_one_browser_the_second_has_the_wrong_password(engine) {
        let app = slow(engine);
        let browser = app.signed_in();
        let forms = (0..2)
            .map(|number| {
                let mut browser = browser.clone();
                let form = change(&mut browser, &format!("{NEW} {number}"));
                (browser, form)
            })
            .collect();
        let answers = both(&app, forms);
        let mut statuses: Vec<u16> = answers.iter().map(|(_, page)| page.status()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 403]);
        assert_eq!(app.count_events("account.locked"), 0);
    }
}
