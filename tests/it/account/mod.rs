//! Min profil, as its person meets it; and nobody else's.

mod activity;
mod applications;
mod details;
mod email;
mod export;
mod lock;
mod pages;
mod sessions;

use scraper::Selector;

use crate::support::{App, Browser, PASSWORD, Page};

pub const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                        Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0";
pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
                          (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

/// A person in a browser that speaks English.
pub fn person(app: &App, name: &str) -> Browser {
    signed_in(app, name, app.browser())
}

pub fn person_in(app: &App, name: &str, agent: &str) -> Browser {
    signed_in(app, name, app.browser().with_header("User-Agent", agent))
}

fn signed_in(app: &App, name: &str, mut browser: Browser) -> Browser {
    browser.sign_in(name, PASSWORD);
    assert!(browser.is_signed_in(), "{name} signs in at {}", app.slug);
    assert_eq!(browser.get("/account?lang=en").status(), 200);
    browser
}

/// Posts to a page what its form would post, with the token of that page.
pub fn send(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let csrf = browser.get(path).form("csrf").get("csrf").unwrap().to_owned();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend(fields);
    browser.post(path, &all)
}

/// The values of the hidden fields of this name, in order.
pub fn hidden(page: &Page, name: &str) -> Vec<String> {
    let selector = Selector::parse(&format!("main input[type=hidden][name={name}]")).unwrap();
    page.html().select(&selector).map(|input| input.attr("value").unwrap().to_owned()).collect()
}

/// What was mailed to this address, of this kind, the newest first.
pub fn mails(app: &App, to: &str, kind: &str) -> Vec<String> {
    let listed = app.cli(&["mail", "list", "--output", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let rows = listed.as_array().or_else(|| listed["mails"].as_array()).unwrap().clone();
    let fits = |row: &&serde_json::Value| row["recipient"] == to && row["kind"] == kind;
    rows.iter().filter(fits).map(|row| row["text"].as_str().unwrap().to_owned()).collect()
}

/// The link in a mail.
pub fn link(mail: &str) -> String {
    mail.split_whitespace().find(|word| word.contains("?token=")).expect("a link").to_owned()
}

/// Whether the session is still there: its pages are shown.
pub fn is_inside(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}
