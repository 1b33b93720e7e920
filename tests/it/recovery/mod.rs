//! IN-7: mailed links, and the mail that carries them.

mod forgotten;
mod invitation;
mod mail;

use std::thread;

use crate::support::{App, Browser, Page, eventually};

/// Asks for a link as a person does.
fn ask(browser: &mut Browser, who: &str) -> Page {
    let page = browser.get("/password/forgot");
    browser.submit(&page.form("username").set("username", who))
}

/// The newest link of a kind in the tenant's outbox, once there are `count` of them.
fn link(app: &App, kind: &str, count: usize) -> String {
    eventually(&format!("{count} mails of kind {kind}"), || app.mails_of(kind).len() >= count);
    app.mails_of(kind)[0].link()
}

/// The path and query of a link of ours, below the tenant's base.
fn below<'a>(app: &App, link: &'a str) -> &'a str {
    link.strip_prefix(&app.base()).unwrap_or_else(|| panic!("{link} does not begin with {}", app.base()))
}

/// Follows a link and sends a password.
fn choose(browser: &mut Browser, path: &str, password: &str) -> Page {
    let page = browser.get(path);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    browser.submit(&page.form("password").set("password", password))
}

/// Runs as many at once as there are items; what each gave.
fn at_once<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let barrier = std::sync::Barrier::new(items.len());
    thread::scope(|scope| {
        let (act, barrier) = (&act, &barrier);
        let running: Vec<_> = items
            .into_iter()
            .map(|item| {
                scope.spawn(move || {
                    barrier.wait();
                    act(item)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
