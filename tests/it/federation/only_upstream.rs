//! A tenant whose people sign in upstream only (IN-8): administrators keep a way in, and nothing is learned about others.

use super::{Bench, Trip, provider};
use crate::support::idp::Idp;
use crate::support::{App, Engine, PASSWORD, Page};

const ONLY: &str = "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.sign_in]\nlocal = \"administrators\"\n";
const EVERYONE: &str = "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.sign_in]\nlocal = \"everyone\"\n";

fn bench() -> Bench {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    bench.app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"root\"\nroles = [\"admin\"]\n\
         email = \"root@acme.example\"\npassword = \"{PASSWORD}\"\n"
    ));
    bench.app.apply(ONLY);
    bench
}

/// What two answers must have in common: all but tokens.
fn bytes(page: &Page) -> String {
    let html = page.reply.text();
    let mut text = String::new();
    for part in html.split('"') {
        // Tokens, nonces and sealed texts are long and without spaces.
        let is_token = part.len() >= 16 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        text.push_str(if is_token || part.contains("interaction=") { "*" } else { part });
        text.push('"');
    }
    text
}

#[test]
fn the_page_shows_providers_only_and_one_alone_is_gone_to_at_once_in_8() {
    let bench = bench();
    let mut browser = bench.app.browser();
    let page = browser.get("/account");
    let location = page.reply.location();
    assert!(page.status() == 303 && location.starts_with(&bench.idp.issuer()), "{} {location}", page.url);
    let trip = Trip { location: url::Url::parse(location).expect("a URL") };
    bench.come_back(&mut browser, &trip);
    assert!(browser.is_signed_in());
    // Whoever has just signed out is not signed in again by the way.
    let page = browser.get("/sign-out");
    browser.submit(&page.form("csrf"));
    assert!(!browser.is_signed_in());
    let page = browser.get("/sign-in");
    assert_eq!(page.status(), 200, "{} {}", page.url, page.reply.location());
    assert!(!page.has("input[name=password]") && page.has("a[href*='/federation/up/start']"), "{}", page.reply.text());
    // Two of them are chosen from.
    bench.app.apply(&provider("oidc", &bench.idp.issuer(), "").replace("id = \"up\"", "id = \"twin\""));
    let mut browser = bench.app.browser();
    let page = browser.get("/sign-in");
    assert!(page.has("a[href*='/federation/up/']") && page.has("a[href*='/federation/twin/']") && page.status() == 200);
    assert!(!page.has("input[name=password]") && !page.has("a[href*='/password/forgot']"), "{}", page.reply.text());
    // Administrators find their form, and get in.
    let page = browser.get(&page.link("a[href*='local=1']"));
    browser.fill_in(&page, "root", PASSWORD);
    assert!(browser.is_signed_in());
    assert_eq!(browser.get("/account").status(), 200);
}

#[test]
fn a_right_password_of_anybody_else_is_answered_and_counted_like_a_wrong_one() {
    let bench = bench();
    let attempt = |name: &str, password: &str| {
        let mut browser = bench.app.browser();
        let page = browser.get("/sign-in?local=1");
        let page = browser.fill_in(&page, name, password);
        assert!(!browser.is_signed_in());
        page
    };
    let (right, wrong) = (attempt("alice", PASSWORD), attempt("bob", "wrong password"));
    assert_eq!((right.status(), wrong.status()), (401, 401));
    assert_eq!(bytes(&right).replace("alice", "bob"), bytes(&wrong));
    let names = |page: &Page| page.reply.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&right), names(&wrong));
    // Three of them lock, as three wrong ones do.
    attempt("alice", PASSWORD);
    attempt("alice", PASSWORD);
    attempt("bob", "wrong password");
    attempt("bob", "wrong password");
    assert_eq!(bench.app.count_events("account.locked"), 2);
    let reasons: Vec<_> = bench.app.audit().into_iter().filter(|event| event["kind"] == "signin.failed").collect();
    let elsewhere = reasons.iter().filter(|event| event["details"]["reason"] == "elsewhere").count();
    assert_eq!((elsewhere, reasons.len()), (3, 6), "the log knows better");
    // And the real administrator is not held back by it.
    let mut root = bench.app.browser();
    let page = root.get("/sign-in?local=1");
    root.fill_in(&page, "root", PASSWORD);
    assert!(root.is_signed_in());
}

#[test]
fn no_mailed_link_leads_around_it_and_asking_for_one_tells_nothing() {
    let bench = bench();
    let asked = |name: &str| {
        let mut browser = bench.app.browser();
        let page = browser.get("/password/forgot");
        let page = browser.submit_once(&page.form("username").set("username", name));
        (page.status(), page.reply.location().to_owned())
    };
    let answers = [asked("alice"), asked("nobody"), asked("root")];
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    crate::support::eventually("the administrator's mail", || bench.app.mails_of("password_reset").len() == 1);
    assert_eq!(bench.app.mails_of("password_reset")[0].recipient(), "root@acme.example");
    let told = bench.app.server.command(&["user", "reset-password", "alice", "--tenant", &bench.app.slug]);
    assert!(!told.status.success(), "a link to nothing");
    assert!(crate::support::server::told(&told).contains("identity provider"));
    // A link of before opens nothing any more.
    bench.app.apply(EVERYONE);
    asked("bob");
    crate::support::eventually("bob's mail", || bench.app.mails_of("password_reset").len() == 2);
    let link = bench.app.mails_of("password_reset").into_iter().find(|mail| mail.recipient() == "bob@acme.example");
    let link = link.expect("bob's mail").link();
    assert!(bench.app.browser().get(&link).has("input[name=password]"));
    bench.app.apply(ONLY);
    assert_eq!(bench.app.browser().get(&link).status(), 410);
}

#[test]
fn it_holds_at_once_for_whoever_is_signed_in_or_half_way() {
    let bench = bench();
    bench.app.apply(EVERYONE);
    let mut alice = bench.app.signed_in();
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"email_code\"]\n",
    );
    let mut bob = bench.app.browser();
    let page = bob.sign_in("bob", PASSWORD);
    assert!(page.has("input[name=code]"));
    bench.app.apply(ONLY);
    assert_ne!(alice.get("/account").status(), 200, "a password of before counts for nothing");
    let page = bob.submit(&page.form("code").set("code", "123456"));
    assert!(!page.has("input[name=code]"), "{}", page.reply.text());
    assert!(!bob.is_signed_in());
}

#[test]
fn a_tenant_cannot_lock_itself_out() {
    let app = App::shared();
    let (done, told) = app.try_apply(ONLY);
    assert!(!done && told.contains("policy.sign_in.local") && told.contains("no identity provider"), "{told}");
    app.apply(&provider("oidc", "https://idp.example", ""));
    app.apply(ONLY);
    let (done, told) = app.try_apply(&provider("oidc", "https://idp.example", "enabled = false"));
    assert!(!done && told.contains("no identity provider is switched on"), "{told}");
    let switched = app.server.command(&["idp", "disable", "up", "--tenant", &app.slug]);
    assert!(!switched.status.success() && crate::support::server::told(&switched).contains("last way in"));
    app.apply(EVERYONE);
    app.apply(&provider("oidc", "https://idp.example", "enabled = false"));
}
