//! Where somebody who types an address is sent: by its domain, whoever it is.

use super::Bench;
use crate::support::idp::Idp;
use crate::support::{Browser, CALLBACK, Engine, PASSWORD, RelyingParty, SECRET};

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
    let page = browser.get(&page.link("a[href*='local=1']"));
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

/// Where an authorization request leads this browser: to the upstream, or to a page.
fn leads_upstream(bench: &Bench, client: &RelyingParty, browser: &mut Browser) -> bool {
    let page = client.authorize(browser);
    page.status() == 303 && page.reply.location().starts_with(&bench.idp.issuer())
}

#[test]
fn a_request_says_where_its_person_comes_from_in_8() {
    let bench = bench();
    let client = bench.app.client("web");
    let table = [
        ("domain_hint", "acme.example", true),
        ("domain_hint", "ACME.example", true),
        ("domain_hint", "up", true),
        ("domain_hint", "other.example", false),
        ("domain_hint", "organizations", false),
        ("login_hint", "alice@acme.example", true),
        ("login_hint", "nobody@acme.example", true),
        ("login_hint", "alice@other.example", false),
        ("login_hint", "alice", false),
        ("login_hint", "a@evil.example@acme.example", false),
    ];
    for (name, value, upstream) in table {
        let asking = client.clone().with(name, value);
        assert_eq!(leads_upstream(&bench, &asking, &mut bench.app.browser()), upstream, "{name}={value}");
    }
    assert!(!leads_upstream(&bench, &client, &mut bench.app.browser()));
    // Whoever is signed in goes on, and whoever may not be asked is not.
    let asking = client.clone().with("domain_hint", "acme.example");
    assert!(asking.authorize(&mut bench.app.signed_in()).answer().get("code").is_some());
    let silent = asking.clone().with("prompt", "none").without("scope").with("scope", "openid");
    assert_eq!(silent.authorize(&mut bench.app.browser()).answer().error(), "login_required");
    // The hint travels on, and a form is one click away from whoever has a password.
    let mut browser = bench.app.browser();
    let page = client.clone().with("login_hint", "alice@acme.example").authorize(&mut browser);
    assert!(page.reply.location().contains("login_hint=alice%40acme.example"), "{}", page.reply.location());
    let page = browser.get(&format!("/sign-in?local=1&{}", page.url.query().unwrap_or_default()));
    assert!(page.has("input[name=local]"), "{}", page.reply.text());
    let page = browser.fill_in(&page, "alice@acme.example", PASSWORD);
    assert!(page.answer().get("code").is_some());
}

#[test]
fn an_application_leads_to_its_provider() {
    let bench = bench();
    let declared = |more: &str| {
        format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"shop\"\n{more}\n\
             [tenant.application.oidc]\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\nrequire_pkce = false\n"
        )
    };
    let (done, told) = bench.app.try_apply(&declared("identity_provider = \"nobody\""));
    assert!(!done && told.contains("identity_provider") && told.contains("\"nobody\""), "{told}");
    bench.app.apply(&declared("identity_provider = \"up\""));
    let client = bench.app.client("shop").with("scope", "openid profile email");
    assert!(leads_upstream(&bench, &client, &mut bench.app.browser()));
    let silent = client.clone().with("prompt", "none");
    assert_eq!(silent.authorize(&mut bench.app.browser()).answer().error(), "login_required");
    assert!(bench.app.cli(&["app", "show", "shop"]).contains("identity provider"));
    let domain = "domains = [\"acme.example\"]\ncreate_users = true";
    bench.declare("oidc", &format!("{domain}\nenabled = false"));
    assert!(client.authorize(&mut bench.app.browser()).has("input[name=password]"), "switched off");
    bench.declare("oidc", &format!("{domain}\nenabled = true"));
    let mut browser = bench.app.browser();
    let page = client.authorize(&mut browser);
    let trip = super::Trip { location: url::Url::parse(page.reply.location()).expect("a URL") };
    let page = bench.come_back(&mut browser, &trip);
    assert!(page.answer().get("code").is_some());
}

#[test]
fn a_ws_federation_request_says_it_by_whr() {
    let bench = bench();
    crate::wsfed::party::declare(&bench.app);
    let table = [("acme.example", true), ("up", true), ("urn:upstream", false), ("", false)];
    for (home, upstream) in table {
        let path = crate::wsfed::party::sign_in_path(crate::wsfed::party::REALM, &[("whr", home)]);
        let page = bench.app.browser().get(&path);
        let led = page.status() == 303 && page.reply.location().starts_with(&bench.idp.issuer());
        assert_eq!(led, upstream, "{home}: {}", page.url);
    }
}
