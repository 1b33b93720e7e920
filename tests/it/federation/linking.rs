//! An account that is here already and an identity of an upstream: linked by whoever proves both, and by nobody else
//! (security 3.6).

use std::sync::Barrier;

use serde_json::json;

use super::{Bench, Trip, can_run};
use crate::on_each_engine;
use crate::support::idp::Idp;
use crate::support::{App, Browser, Engine, PASSWORD, Page};

/// A tenant whose upstream makes no accounts by itself.
fn bench(more: &str) -> Bench {
    Bench::with(Engine::Sqlite, "oidc", Idp::start(), more)
}

impl Bench {
    /// To the page where the click is owed.
    fn is_shown(&self, browser: &mut Browser) -> Page {
        let trip = set_out_to_link(browser);
        let page = self.come_back(browser, &trip);
        assert!(asks_to_link(&page), "{}", page.reply.text());
        page
    }
    /// Somebody unknown who says that there is an account: the sign-in page.
    fn says_so(&self, browser: &mut Browser) -> Page {
        let page = self.sign_in(browser);
        browser.submit(&page.form_with_button("link").press("link"))
    }
    fn reasons(&self) -> Vec<String> {
        self.refusals()
    }
}

/// From Min profil to the upstream.
fn set_out_to_link(browser: &mut Browser) -> Trip {
    let page = browser.get("/account/factors");
    let form = page.form_to("/identities/up/link").unwrap_or_else(|| panic!("{}", page.reply.text()));
    let page = browser.submit_once(&form);
    assert_eq!(page.status(), 303, "{}", page.reply.text());
    Trip { location: url::Url::parse(page.reply.location()).expect("an absolute address") }
}

fn is_linked(browser: &mut Browser) -> bool {
    browser.get("/account/factors").form_to("/identities/up/unlink").is_some()
}

fn asks_to_link(page: &Page) -> bool {
    page.status() == 200 && page.form_to("/sign-in/link").is_some()
}

fn click(browser: &mut Browser, page: &Page) -> Page {
    browser.submit(&page.form_with_button("link").press("link"))
}

/// Signed in beside whoever else uses this browser.
fn also(browser: &Browser, name: &str) -> Browser {
    let mut other = browser.clone();
    let session = other.session_cookie().map(|(cookie, _)| cookie.to_owned());
    if let Some(cookie) = session {
        other.cookies.remove(&cookie);
    }
    other.sign_in(name, PASSWORD);
    assert!(other.is_signed_in());
    other
}

#[test]
fn a_person_links_a_provider_by_a_click_of_their_own_and_signs_in_with_it_afterwards_in_8() {
    let bench = bench("");
    let mut alice = bench.app.signed_in();
    let trip = set_out_to_link(&mut alice);
    assert_eq!(trip.get("prompt"), "select_account", "whoever links sees which account it will be");
    let page = bench.come_back(&mut alice, &trip);
    let text = page.reply.text();
    assert!(text.contains("mette@up.example") && text.contains("Upstream") && text.contains("Åkerlund"), "{text}");
    assert!(!is_linked(&mut alice), "coming back is not enough");
    let page = click(&mut alice, &page);
    assert!(page.url.path().ends_with("/account/factors") && is_linked(&mut alice), "{}", page.url);
    assert!(page.form_to("/identities/up/link").is_none(), "once is enough");
    let (mut browser, page) = bench.arrives();
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    assert!(browser.get("/account/details").reply.text().contains("alice"));
    assert_eq!(bench.users(), ["alice", "bob"]);
    assert_eq!(bench.app.count_events("federation.linked"), 1);
    assert_eq!(bench.app.mails_of("identity_linked").len(), 1);
}

#[test]
fn giving_up_on_the_page_links_nothing() {
    let bench = bench("link_users = true");
    let mut alice = bench.app.signed_in();
    let page = bench.is_shown(&mut alice);
    let page = alice.submit(&page.form_with_button("cancel").press("cancel"));
    assert!(page.url.path().ends_with("/account/factors") && !is_linked(&mut alice));
    let mut browser = bench.app.browser();
    let page = bench.sign_in(&mut browser);
    let page = browser.submit(&page.form_with_button("cancel").press("cancel"));
    assert!(page.has("input[name=password]") && !browser.is_signed_in(), "{}", page.reply.text());
    assert_eq!(bench.app.count_events("federation.linked"), 0);
}

#[test]
fn what_one_person_began_is_not_finished_for_another() {
    let bench = bench("");
    let mut alice = bench.app.signed_in();
    let trip = set_out_to_link(&mut alice);
    let mut bob = also(&alice, "bob");
    let page = bench.come_back(&mut bob, &trip);
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1415"), "{}", page.reply.text());
    let on = bob.get(&page.link("a[href*='/sign-in?']"));
    assert!(on.status() == 200 && on.url.path().ends_with("/account/factors"), "back to where it began: {}", on.url);
    // The page was shown to alice; the click is bob's.
    let shown = bench.is_shown(&mut alice);
    let mut bob = also(&alice, "bob");
    let page = click(&mut bob, &shown);
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1415"), "{}", page.reply.text());
    assert!(!is_linked(&mut bob) && !is_linked(&mut alice));
    assert_eq!(bench.reasons(), ["other_user", "other_user"]);
    // Nobody is signed in any more.
    let mut nobody = alice.clone();
    nobody.cookies.retain(|_, value| !value.starts_with("pts_"));
    let page = click(&mut nobody, &shown);
    assert!(page.has("input[name=password]"), "{}", page.reply.text());
    assert_eq!(bench.app.count_events("federation.linked"), 0);
}

#[test]
fn an_offer_is_good_in_one_browser_and_one_tenant_and_once() {
    let bench = bench("");
    let mut alice = bench.app.signed_in();
    let shown = bench.is_shown(&mut alice);
    let form = shown.form_with_button("link").press("link");
    // Another browser of the same person, and another tenant that has the same provider.
    let mut other = bench.app.signed_in();
    let page = other.get("/account/factors");
    let csrf = page.form("csrf").get("csrf").expect("a token").to_owned();
    for stolen in [form.clone(), form.clone().set("csrf", &csrf)] {
        let page = other.submit(&stolen);
        assert!(page.status() >= 400 && !is_linked(&mut other), "{}", page.reply.text());
    }
    let there = App::on(&bench.app.server);
    let mut elsewhere = there.signed_in();
    for (name, value) in &alice.cookies {
        elsewhere.cookies.insert(name.replace(&bench.app.slug, &there.slug), value.clone());
    }
    let mut foreign = form.clone();
    foreign.action = elsewhere.url("/sign-in/link");
    assert!(elsewhere.submit(&foreign).status() >= 400);
    assert_eq!(there.count_events("federation.linked"), 0);
    // Here, and once.
    assert!(alice.submit(&form).status() < 400 && is_linked(&mut alice));
    let unlink = alice.get("/account/factors").form_to("/identities/up/unlink").expect("a form");
    alice.submit(&unlink);
    assert!(!is_linked(&mut alice));
    let page = alice.submit(&form);
    assert!(page.status() == 400 && page.reply.text().contains("PRT-1401"), "{}", page.reply.text());
    assert!(!is_linked(&mut alice));
    assert_eq!(bench.reasons(), ["replayed"]);
}

#[test]
fn an_identity_is_one_persons_and_a_person_has_one_of_a_provider() {
    let bench = bench("");
    let mut alice = bench.app.signed_in();
    let page = bench.is_shown(&mut alice);
    let again = set_out_to_link(&mut alice);
    click(&mut alice, &page);
    assert!(is_linked(&mut alice));
    let mut bob = bench.app.browser();
    bob.sign_in("bob", PASSWORD);
    let trip = set_out_to_link(&mut bob);
    let page = bench.come_back(&mut bob, &trip);
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1414"), "{}", page.reply.text());
    bench.idp.claims(json!({ "sub": "sub-2", "email": "other@up.example" }));
    let page = bench.come_back(&mut alice, &again);
    let page = click(&mut alice, &page);
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1416"), "{}", page.reply.text());
    assert!(!bench.arrives().0.is_signed_in(), "the second identity is nobody's");
    assert_eq!(bench.app.count_events("federation.linked"), 1);
    assert_eq!(bench.reasons(), ["taken", "linked", "unknown"]);
}

#[test]
fn taking_a_link_away_takes_what_came_with_it_but_never_the_last_way_in() {
    let given = "create_users = true\nrole_claims = { \"G-1\" = \"sales\" }\ngroup_claims = { \"G-1\" = \"finance\" }";
    let bench = bench(given);
    bench.idp.claims(json!({ "groups": ["G-1"] }));
    let mut alice = bench.app.signed_in();
    let page = bench.is_shown(&mut alice);
    click(&mut alice, &page);
    let user = bench.user("alice");
    assert_eq!((&user["roles"], &user["groups"]), (&json!(["sales"]), &json!(["finance"])));
    // Elsewhere she is signed in by it, and by her password.
    let (by_provider, _) = bench.arrives();
    let by_password = bench.app.signed_in();
    assert!(by_provider.is_signed_in() && by_password.is_signed_in());
    let unlink = alice.get("/account/factors").form_to("/identities/up/unlink").expect("a form");
    let page = alice.submit(&unlink);
    assert!(page.status() == 200 && !is_linked(&mut alice), "{}", page.reply.text());
    assert_eq!(by_provider.clone().peek("/account").status(), 303, "nobody stays by a way in that is gone");
    assert_eq!(by_password.clone().peek("/account").status(), 200);
    let user = bench.user("alice");
    assert_eq!((&user["roles"], &user["groups"]), (&json!([]), &json!([])));
    assert_eq!(bench.app.count_events("federation.unlinked"), 1);
    assert_eq!(bench.app.mails_of("identity_unlinked").len(), 1);
    // Mette has no password here.
    let (mut mette, _) = bench.arrives();
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
    let unlink = mette.get("/account/factors").form_to("/identities/up/unlink").expect("a form");
    let page = mette.submit(&unlink);
    assert_eq!(page.status(), 409);
    assert!(page.has("[role=alert]") && is_linked(&mut mette), "{}", page.reply.text());
    assert_eq!(bench.app.count_events("federation.unlinked"), 1);
}

#[test]
fn somebody_unknown_proves_the_account_they_have_before_it_is_linked() {
    let bench = bench("link_users = true");
    let client = bench.app.client("web");
    let mut browser = bench.app.browser();
    let page = client.authorize(&mut browser);
    let trip = bench.set_out_by(&mut browser, &page.link("a[href*='/federation/up/start']"));
    let page = bench.come_back(&mut browser, &trip);
    let text = page.reply.text();
    assert!(text.contains("mette@up.example") && text.contains("Upstream"), "{text}");
    assert!(!page.has("button[value=create]"), "no accounts are made here");
    let page = browser.submit(&page.form_with_button("link").press("link"));
    let form = page.form("password");
    assert_eq!(form.get("username"), Some(""), "nobody is suggested by what the upstream says");
    assert!(!page.has("a[href*='/federation/']"), "an account here is proven here: {}", page.reply.text());
    let page = browser.fill_in(&page, "alice", "wrong password");
    assert!(page.status() == 401 && page.has("input[name=password]"), "{}", page.reply.text());
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert!(asks_to_link(&page) && page.reply.text().contains("Åkerlund"), "{}", page.reply.text());
    assert_eq!(bench.app.count_events("federation.linked"), 0, "signing in is not enough");
    let page = click(&mut browser, &page);
    let alice = client.redeem(&page.answer().code()).id_claims();
    // The next time they come straight in.
    let mut other = bench.app.browser();
    let page = client.authorize(&mut other);
    let trip = bench.set_out_by(&mut other, &page.link("a[href*='/federation/up/start']"));
    let page = bench.come_back(&mut other, &trip);
    assert_eq!(client.redeem(&page.answer().code()).id_claims()["sub"], alice["sub"]);
    assert_eq!(bench.users(), ["alice", "bob"]);
}

#[test]
fn a_standing_session_and_half_a_sign_in_are_not_enough() {
    let bench = bench("link_users = true");
    let mut alice = bench.app.signed_in();
    let page = bench.says_so(&mut alice);
    assert!(page.has("input[name=password]") && !asks_to_link(&page), "signed in before: {}", page.reply.text());
    // A session that rests on the upstream is none of the account here.
    bench.declare("oidc", "create_users = true");
    bench.idp.claims(json!({ "sub": "sub-9", "preferred_username": "eva", "email": "eva@up.example" }));
    let (mut eva, _) = bench.arrives();
    assert!(eva.is_signed_in());
    bench.declare("oidc", "create_users = true\nlink_users = true");
    bench.idp.claims(json!({}));
    let page = bench.says_so(&mut eva);
    assert!(page.has("input[name=password]") && !asks_to_link(&page), "{}", page.reply.text());
    // The second step is owed as ever.
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"email_code\"]\n",
    );
    let mut browser = bench.app.browser();
    let page = bench.says_so(&mut browser);
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert!(page.has("input[name=code]") && !asks_to_link(&page), "{}", page.reply.text());
    assert_eq!(bench.app.count_events("federation.linked"), 0);
}

#[test]
fn whoever_wants_an_account_gets_one_and_once() {
    let bench = bench("link_users = true\ncreate_users = true");
    let mut browser = bench.app.browser();
    let page = bench.sign_in(&mut browser);
    assert_eq!(bench.users(), ["alice", "bob"], "nobody is made before they were asked");
    let form = page.form_with_button("create").press("create");
    let page = browser.submit(&form);
    assert!(browser.is_signed_in() && page.url.path().ends_with("/account"), "{}", page.reply.text());
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
    let page = browser.submit(&form);
    assert!(page.status() == 400 && page.reply.text().contains("PRT-1401"), "{}", page.reply.text());
    assert!(bench.arrives().0.is_signed_in(), "known from now on");
    // A name that somebody has is not taken over; linking is the way.
    bench.idp.claims(json!({ "sub": "sub-2", "preferred_username": "alice" }));
    let mut other = bench.app.browser();
    let page = bench.sign_in(&mut other);
    let page = other.submit(&page.form_with_button("create").press("create"));
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1407"), "{}", page.reply.text());
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
    // Where no accounts are made, no button and no forged one makes any.
    bench.declare("oidc", "link_users = true");
    bench.idp.claims(json!({ "sub": "sub-3", "preferred_username": "eva" }));
    let page = bench.sign_in(&mut other);
    let page = other.submit(&page.form_with_button("link").set("choice", "create"));
    assert!(page.status() == 403 && page.reply.text().contains("PRT-1406"), "{}", page.reply.text());
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
}

#[test]
fn what_was_closed_meanwhile_stays_closed() {
    let bench = bench("link_users = true");
    let confirm = |name: &str| {
        let mut browser = bench.app.browser();
        let page = bench.says_so(&mut browser);
        let page = browser.fill_in(&page, name, PASSWORD);
        assert!(asks_to_link(&page), "{}", page.reply.text());
        (browser, page)
    };
    let (mut browser, page) = confirm("bob");
    bench.app.cli(&["user", "disable", "bob"]);
    let after = click(&mut browser, &page);
    assert!(after.has("input[name=password]"), "disabled: {}", after.reply.text());
    let (mut browser, page) = confirm("alice");
    bench.declare("oidc", "link_users = false");
    let after = click(&mut browser, &page);
    assert!(after.status() == 403 && after.reply.text().contains("PRT-1406"), "{}", after.reply.text());
    bench.declare("oidc", "link_users = true");
    let (mut browser, page) = confirm("alice");
    bench.declare("oidc", "link_users = true\nenabled = false");
    let after = click(&mut browser, &page);
    assert!(after.status() == 403 && after.reply.text().contains("PRT-1410"), "{}", after.reply.text());
    assert_eq!(bench.app.count_events("federation.linked"), 0);
}

#[test]
fn an_address_that_was_proven_here_does_not_give_way_to_one_that_is_merely_said() {
    let bench = bench("");
    bench.idp.claims(json!({ "email": "evil@up.example", "email_verified": false, "given_name": "Alicia" }));
    let mut alice = bench.app.signed_in();
    let page = bench.is_shown(&mut alice);
    click(&mut alice, &page);
    assert!(bench.arrives().0.is_signed_in());
    let user = bench.user("alice");
    assert_eq!((user["email"].as_str(), user["email_verified"].as_bool()), (Some("alice@acme.example"), Some(true)));
    assert!(user.to_string().contains("Alicia"), "{user}");
}

on_each_engine! {
    fn twenty_links_of_one_identity_at_once_make_one_link(engine) {
        assert!(can_run(engine));
        let bench = Bench { app: App::shared_open_on(engine), idp: Idp::start() };
        bench.declare("oidc", "link_users = true");
        let ready: Vec<(Browser, Page)> = (0..20).map(|number| {
            let mut browser = bench.app.browser();
            let page = bench.says_so(&mut browser);
            let page = browser.fill_in(&page, if number % 2 == 0 { "alice" } else { "bob" }, PASSWORD);
            assert!(asks_to_link(&page), "{}", page.reply.text());
            (browser, page)
        }).collect();
        let barrier = Barrier::new(20);
        let done = std::thread::scope(|scope| {
            let all: Vec<_> = ready.into_iter().map(|(mut browser, page)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    click(&mut browser, &page).status()
                })
            }).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect::<Vec<u16>>()
        });
        let count = |status: u16| done.iter().filter(|one| **one == status).count();
        assert_eq!((count(200), count(409)), (10, 10), "{done:?}");
        assert_eq!(bench.app.count_events("federation.linked"), 1);
        let linked = ["alice", "bob"].into_iter().filter(|name| {
            let mut browser = bench.app.browser();
            browser.sign_in(name, PASSWORD);
            is_linked(&mut browser)
        });
        assert_eq!(linked.count(), 1);
    }
}
