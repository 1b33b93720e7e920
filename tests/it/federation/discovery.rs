//! Where somebody who types an address is sent: by its domain, whoever it is.

use super::Bench;
use crate::support::idp::Idp;
use crate::support::{Engine, PASSWORD};

fn bench() -> Bench {
    Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true\ndomains = [\"acme.example\"]")
}

#[test]
fn a_domain_leads_to_its_provider_alike_for_known_and_unknown_names() {
    let bench = bench();
    for name in ["alice@acme.example", "nobody@ACME.example"] {
        let mut browser = bench.app.browser();
        let page = browser.get("/sign-in");
        assert!(!page.has("input[name=password][required]"), "there may be no password to type");
        let form = page.form("password").set("username", name).set("password", "");
        let page = browser.submit_once(&form);
        assert_eq!(page.status(), 303);
        let trip = bench.set_out_by(&mut browser, page.url.join(page.reply.location()).expect("a URL").as_str());
        assert_eq!(trip.get("login_hint"), name);
        bench.come_back(&mut browser, &trip);
        assert!(browser.is_signed_in());
    }
    assert_eq!(bench.app.count_events("signin.failed"), 0);
}

#[test]
fn other_names_are_asked_for_a_password_and_so_is_whoever_wants_to_use_one() {
    let bench = bench();
    let mut browser = bench.app.browser();
    for name in ["alice", "alice@evil.example@acme.example", "alice@other.example"] {
        let page = browser.get("/sign-in");
        let page = browser.fill_in(&page, name, "wrong password");
        assert_eq!(page.status(), 401, "{name}");
    }
    let page = browser.get("/sign-in");
    let html = page.html();
    let link = scraper::Selector::parse("a[href*='local=1']").expect("a selector");
    let href = html.select(&link).next().and_then(|link| link.attr("href")).expect("a way to a password");
    let page = browser.get(page.url.join(href).expect("a URL").as_str());
    assert!(page.has("input[name=local]") && page.has("input[name=password][required]"));
    browser.fill_in(&page, "alice@acme.example", PASSWORD);
    assert!(browser.is_signed_in());
}

#[test]
fn a_policy_page_lets_the_form_lead_to_the_provider() {
    let bench = bench();
    let page = bench.app.browser().get("/sign-in");
    let policy = page.reply.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.contains(&format!("form-action 'self' https: {};", bench.idp.issuer())), "{policy}");
}
