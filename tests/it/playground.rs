//! The playground: a real relying party in the server, which shows each step and each check.

mod saml;

use std::sync::Arc;

use scraper::{ElementRef, Selector};

use crate::support::{App, Browser, Engine, PASSWORD, Page, Server, Settings};

/// A tenant with the playground switched on.
fn app() -> App {
    let app = App::shared();
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nplayground = true\n");
    app
}

/// A part of the page: its title, whether it says that it passed, its rows and its code.
#[derive(Debug)]
struct Section {
    title: String,
    passed: Option<bool>,
    rows: Vec<(String, String)>,
    code: String,
}

impl Section {
    fn value(&self, name: &str) -> &str {
        let row = self.rows.iter().find(|(key, _)| key == name);
        row.map_or_else(|| panic!("no {name} in {self:?}"), |(_, value)| value)
    }
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

fn sections(page: &Page) -> Vec<Section> {
    let all = |css| Selector::parse(css).expect("a selector");
    let (html, dt, dd) = (page.html(), all("dt"), all("dd"));
    let read = |section: ElementRef<'_>| {
        let heading = section.select(&all("h2")).next().expect("a heading");
        let badge = heading.select(&all(".badge")).next();
        Section {
            title: heading.text().next().unwrap_or_default().trim().to_owned(),
            passed: badge.map(|badge| badge.attr("class").is_some_and(|class| class.contains("good"))),
            rows: section.select(&dt).map(text).zip(section.select(&dd).map(text)).collect(),
            code: section.select(&all("pre")).map(text).collect(),
        }
    };
    html.select(&all("section.step")).map(read).collect()
}

fn section(page: &Page, title: &str) -> Section {
    let all = sections(page);
    let names: Vec<_> = all.iter().map(|section| section.title.clone()).collect();
    let found = all.into_iter().find(|section| section.title == title);
    found.unwrap_or_else(|| panic!("no {title} among {names:?}: {}", page.reply.text()))
}

fn error(page: &Page) -> String {
    page.text_of("[role=alert] code")
}

/// Presses the button of the playground's page that leads here.
fn press(browser: &mut Browser, path: &str) -> Page {
    press_on(browser, "/playground", path)
}

fn press_on(browser: &mut Browser, home: &str, path: &str) -> Page {
    let page = browser.get(home);
    let csrf = page.form("csrf").get("csrf").expect("the token").to_owned();
    browser.post(path, &[("csrf", &csrf)])
}

fn sign_in(browser: &mut Browser) -> Page {
    let page = press(browser, "/playground/start");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert_eq!(page.url.path().rsplit('/').next(), Some("playground"), "{}", page.reply.text());
    page
}

#[test]
fn every_step_of_a_sign_in_passes_and_is_shown() {
    let app = app();
    let mut browser = app.browser();
    assert_eq!(section(&browser.get("/playground"), "The service").value("client_id"), "playground");
    let page = sign_in(&mut browser);
    assert!(!page.has("[role=alert]"), "{}", error(&page));
    let shown: Vec<_> = sections(&page).into_iter().map(|section| (section.title, section.passed)).collect();
    let expected = [
        ("The service", None),
        ("Provider metadata", Some(true)),
        ("Request", None),
        ("Answer to the service", Some(true)),
        ("Answer from the token endpoint", Some(true)),
        ("ID token", Some(true)),
        ("Access token", Some(true)),
        ("Signature check", Some(true)),
    ];
    assert_eq!(shown, expected.map(|(title, passed)| (title.to_owned(), passed)));
    let request = section(&page, "Request");
    for name in ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge"] {
        assert!(!request.value(name).is_empty(), "{name}");
    }
    assert_eq!(section(&page, "Answer to the service").value("✓ iss"), app.base());
    let checks = section(&page, "Signature check");
    for name in ["✓ signature", "✓ iss", "✓ aud", "✓ exp", "✓ nonce", "✓ at_hash", "✓ id_token"] {
        assert!(!checks.value(name).is_empty(), "{name}");
    }
    let id_token: serde_json::Value = serde_json::from_str(&section(&page, "ID token").code).unwrap();
    assert_eq!((id_token["header"]["alg"].as_str(), checks.value("✓ aud")), (Some("RS256"), "playground"));
    assert!(section(&page, "Access token").code.contains("at+jwt"));
}

#[test]
fn userinfo_renewal_and_sign_out_work_with_what_the_sign_in_gave() {
    let app = app();
    let mut browser = app.browser();
    sign_in(&mut browser);
    let page = press(&mut browser, "/playground/userinfo");
    let userinfo = section(&page, "User information");
    assert_eq!(userinfo.passed, Some(true));
    assert!(userinfo.code.contains("alice@acme.example"), "{}", userinfo.code);

    let before = section(&page, "Access token").code;
    let page = press(&mut browser, "/playground/refresh");
    let renewal = section(&page, "Renewal");
    assert_eq!((renewal.passed, renewal.value("✓ refresh_token")), (Some(true), "is a new one"));
    assert_eq!(section(&page, "Signature check").passed, Some(true));
    assert_ne!(section(&page, "Access token").code, before);

    let page = press(&mut browser, "/playground/logout");
    assert_eq!(section(&page, "Sign out").passed, Some(true), "{}", page.reply.text());
    assert!(!browser.is_signed_in());
    let titles: Vec<_> = sections(&page).into_iter().map(|section| section.title).collect();
    assert_eq!(titles, ["The service", "Sign out"], "nothing of the person is left");
}

#[test]
fn the_providers_errors_are_shown_with_their_code() {
    let app = app();
    let mut browser = app.browser();
    let page = press(&mut browser, "/playground/start?prompt=none");
    assert!(error(&page).starts_with("login_required: PRT-1209"), "{}", error(&page));
    assert_eq!(section(&page, "Answer to the service").passed, Some(true), "it is a proper answer all the same");
    let page = press(&mut browser, "/playground/reset");
    assert!(!page.has("[role=alert]"));

    sign_in(&mut browser);
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nenabled = false\n");
    let page = press(&mut browser, "/playground/userinfo");
    assert_eq!(section(&page, "User information").passed, Some(false));
    assert!(error(&page).contains("invalid_token"), "{}", error(&page));
    let page = press(&mut browser, "/playground/refresh");
    assert_eq!(section(&page, "Renewal").passed, Some(false));
    assert!(error(&page).starts_with("invalid_grant: PRT-1202"), "{}", error(&page));
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let app = app();
    let mut browser = app.browser();
    let page = press(&mut browser, "/playground/start");
    let forged = browser.get("/playground/callback?code=ptc_forged&state=forged");
    assert_eq!(forged.status(), 400);
    assert_eq!(section(&forged, "Answer to the service").passed, Some(false));
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert!(!page.has("[role=alert]"), "{}", page.reply.text());
    // The same answer once more: the request it belongs to has been answered.
    let received = section(&page, "Answer to the service");
    let again = format!("/playground/callback?code={}&state={}", received.value("code"), received.value("state"));
    assert_eq!(browser.get(&again).status(), 400);
    assert_eq!(section(&press(&mut browser, "/playground/userinfo"), "User information").passed, Some(true));
}

#[test]
fn an_answer_of_another_provider_is_not_redeemed() {
    let app = app();
    let mut browser = app.browser();
    press(&mut browser, "/playground/start");
    let state = section(&browser.get("/playground"), "Request").value("state").to_owned();
    let page = browser.get(&format!("/playground/callback?code=x&state={state}&iss=https%3A%2F%2Fevil.example"));
    let answer = section(&page, "Answer to the service");
    assert_eq!(answer.passed, Some(false));
    assert!(answer.value("✗ iss").contains("https://evil.example"));
    assert!(sections(&page).iter().all(|section| section.title != "Answer from the token endpoint"));
}

#[test]
fn what_one_browser_does_another_does_not_see() {
    let app = app();
    let mut browser = app.browser();
    sign_in(&mut browser);
    let mut other = app.browser();
    assert_eq!(sections(&other.get("/playground")).len(), 1);
    let page = other.get("/playground");
    let csrf = page.form("csrf").get("csrf").unwrap().to_owned();
    for path in ["start", "userinfo", "refresh", "logout", "reset"] {
        let path = format!("/playground/{path}");
        assert_eq!(browser.post(&path, &[("csrf", &csrf)]).status(), 400, "another browser's token on {path}");
        assert_eq!(browser.post(&path, &[]).status(), 400, "no token on {path}");
        let mut foreign = browser.clone().with_header("Origin", "https://evil.example");
        assert_eq!(foreign.post(&path, &[("csrf", &csrf)]).status(), 400, "another origin on {path}");
    }
}

#[test]
fn it_is_not_there_unless_the_tenant_switches_it_on() {
    let app = App::shared();
    let mut browser = app.browser();
    for path in ["/playground", "/playground/callback?code=x"] {
        assert_eq!(browser.get(path).status(), 404, "{path}");
    }
    let callback = format!("{}/playground/callback", app.base());
    let request = app.client("playground").with("redirect_uri", &callback);
    let page = request.authorize(&mut browser);
    assert!(page.status() == 400 && page.reply.text().contains("PRT-1101"), "{}", page.reply.text());

    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nplayground = true\n");
    assert_eq!(browser.get("/playground").status(), 200);
    assert_eq!(request.authorize(&mut browser).status(), 200);
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nplayground = false\n");
    assert_eq!(browser.get("/playground").status(), 404);
    assert_eq!(request.authorize(&mut browser).status(), 400);
}

#[test]
fn the_demonstration_users_can_try_it() {
    let mut settings = Settings::new(Engine::Sqlite);
    settings.arguments = vec!["--demo".to_owned()];
    let app = App { server: Arc::new(Server::start(settings)), slug: "demo".to_owned() };
    for (name, password) in [("alice", "alice-opens-the-door"), ("bob", "bob-opens-the-door")] {
        let mut browser = app.browser().with_header("Accept-Language", "en");
        let page = press(&mut browser, "/playground/start");
        let page = browser.fill_in(&page, name, password);
        assert_eq!(section(&page, "Signature check").passed, Some(true), "{}", page.reply.text());
        let page = press(&mut browser, "/playground/userinfo");
        assert!(section(&page, "User information").code.contains(&format!("{name}@demo.example")));
    }
}
