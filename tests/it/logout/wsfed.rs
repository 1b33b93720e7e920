//! Relying parties by WS-Federation in a logout of all (IN-9; WS-Federation §13.2.4).

use portner::domain::saml::Binding;

use super::actor::{Party, bring, id};
use super::saml::{live, row, rows, sign_out};
use crate::support::{App, Browser, Page};
use crate::wsfed::party::{self, REALM, REPLY};

/// What the page loads from relying parties.
fn pictures(page: &Page) -> Vec<String> {
    let html = page.html();
    let selector = scraper::Selector::parse("img.cleanup").unwrap();
    html.select(&selector).filter_map(|one| one.attr("src")).map(str::to_owned).collect()
}

fn at_the_intranet(browser: &mut Browser) {
    party::answer(&party::sign_in(browser, REALM, &[]));
}

fn cleanup() -> String {
    format!("{REPLY}?wa=wsignoutcleanup1.0")
}

#[test]
fn in9_the_last_page_tells_relying_parties_to_clean_up() {
    let app = party::app();
    let mut browser = app.browser();
    at_the_intranet(&mut browser);
    let before = browser.clone();
    let page = sign_out(&mut browser);
    assert!(!live(&app, &before));
    assert_eq!(pictures(&page), [cleanup()]);
    assert_eq!(rows(&page), [row("Intranet", "Has been told")], "a picture does not say what became of it");
    let policy = page.reply.header("content-security-policy").unwrap();
    let images = policy.split("; ").find(|directive| directive.starts_with("img-src ")).expect("a rule for images");
    assert!(images.split(' ').any(|source| source == "https://intranet.example"), "{images}");
}

#[test]
fn in9_a_service_provider_that_asks_is_answered_after_relying_parties_were_told() {
    let app: App = party::app();
    let one = Party::register(&app, "one", Binding::Redirect);
    let mut browser = app.browser();
    let known = one.sign_in(&mut browser);
    at_the_intranet(&mut browser);
    let page = bring(&mut browser, &one.request(&known, &id()));
    assert_eq!(pictures(&page), [cleanup()]);
    assert!(!browser.is_signed_in());
    let html = page.html();
    let link = html.select(&scraper::Selector::parse("a[data-forward]").unwrap()).next().expect("the way on");
    let page = browser.peek(page.url.join(link.attr("href").unwrap()).unwrap().as_str());
    assert_eq!(one.told(&page).1, "Success");
}
