//! The whole way, with another tenant of the same server as the upstream: two implementations of the same house, but
//! each believes only what it is told over the network.

use super::provider;
use crate::support::idp::{CLIENT, CLIENT_SECRET};
use crate::support::{App, Browser, Engine, PASSWORD, Page, eventually};

struct Two {
    here: App,
    there: App,
}

impl Two {
    fn new(more: &str) -> Self {
        let server = crate::support::server::shared(Engine::Sqlite);
        let (here, there) = (App::on(&server), App::empty(&server));
        there.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nname = \"Upstream\"\nlanguages = [\"en\"]\n\
             [[tenant.user]]\nusername = \"mette\"\nemail = \"mette@up.example\"\nemail_verified = true\n\
             given_name = \"Mette\"\nfamily_name = \"Hansen\"\npassword = \"{PASSWORD}\"\n\
             [[tenant.application]]\nid = \"{CLIENT}\"\nname = \"Downstream\"\n[tenant.application.oidc]\n\
             type = \"confidential\"\nsecret = \"{CLIENT_SECRET}\"\n\
             redirect_uris = [\"{0}/federation/up/callback\"]\n\
             post_logout_redirect_uris = [\"{0}/federation/up/signed-out\"]\n\
             backchannel_logout_uri = \"{0}/federation/up/backchannel-logout\"\n",
            here.base()
        ));
        here.apply(&provider("oidc", &there.base(), more));
        Self { here, there }
    }

    /// Chooses the upstream on the sign-in page.
    fn choose(&self, browser: &mut Browser, page: &Page) -> Page {
        assert!(page.url.as_str().starts_with(&self.here.base()) && page.has("input[type=password]"), "{}", page.url);
        let button = "a[href*='/federation/up/start']";
        assert_eq!(page.text_of(button), "Sign in with Upstream");
        browser.get(&page.link(button))
    }
    fn signs_in_there(&self, browser: &mut Browser, page: &Page) -> Page {
        assert!(page.url.as_str().starts_with(&self.there.base()), "{}", page.url);
        browser.fill_in(page, "mette", PASSWORD)
    }
}

#[test]
fn an_application_is_told_of_somebody_who_signed_in_at_the_upstream_in_8() {
    let two = Two::new("create_users = true");
    let client = two.here.client("web");
    let mut browser = two.here.browser();
    let page = client.authorize(&mut browser);
    let page = two.choose(&mut browser, &page);
    let page = two.signs_in_there(&mut browser, &page);
    let first = client.redeem(&page.answer().code()).id_claims();
    assert_eq!(first["iss"].as_str(), Some(two.here.base().as_str()));
    assert_eq!((first["email"].as_str(), first["email_verified"].as_bool()), (Some("mette@up.example"), Some(true)));
    assert_eq!(first["given_name"], "Mette");
    assert_eq!(first["amr"], serde_json::json!(["fed"]), "nothing was proven here, and a password not at all");
    assert_eq!(first["acr"], "urn:portner:acr:federated");
    // Signed in at both: the next application asks nothing, and a new browser finds the same person.
    assert!(client.authorize(&mut browser).answer().get("code").is_some());
    let mut other = two.here.browser();
    let page = client.authorize(&mut other);
    let page = two.choose(&mut other, &page);
    let page = two.signs_in_there(&mut other, &page);
    let second = client.redeem(&page.answer().code()).id_claims();
    assert_eq!(first["sub"], second["sub"]);
    let accepted: Vec<_> =
        two.here.audit().into_iter().filter(|event| event["kind"] == "federation.accepted").collect();
    assert_eq!(accepted.len(), 2);
    assert_eq!(accepted[0]["details"]["provider"], "up");
    assert_eq!(accepted[0]["details"]["issuer"].as_str(), Some(two.there.base().as_str()));
}

/// Signed in at both.
fn signed_in(two: &Two) -> Browser {
    let mut browser = two.here.browser();
    let page = browser.get("/sign-in");
    let page = two.choose(&mut browser, &page);
    two.signs_in_there(&mut browser, &page);
    assert_eq!(browser.peek("/account").status(), 200);
    assert_eq!(browser.peek(&format!("{}/account", two.there.base())).status(), 200);
    browser
}

#[test]
fn whoever_signs_out_at_the_upstream_is_signed_out_here() {
    let two = Two::new("create_users = true");
    let mut browser = signed_in(&two);
    let page = browser.get(&format!("{}/sign-out", two.there.base()));
    browser.submit(&page.form("csrf"));
    eventually("the session here has ended", || browser.peek("/account").status() == 303);
    let audit = two.here.audit();
    let ended = audit.iter().find(|event| event["kind"] == "session.ended").expect("an event");
    assert_eq!(ended["details"]["reason"], "upstream");
    eventually("the upstream knows that we heard", || two.there.count_events("logout.answered") == 1);
}

#[test]
fn whoever_signs_out_here_is_led_through_the_upstream_and_back() {
    let two = Two::new("create_users = true\nlogout = \"upstream\"");
    let mut browser = signed_in(&two);
    let page = browser.get("/sign-out");
    assert!(page.text_of("main").contains("Upstream"), "it says so before: {}", page.reply.text());
    let page = browser.submit(&page.form("csrf"));
    assert!(page.url.as_str().starts_with(&format!("{}/sign-out/progress", two.here.base())), "{}", page.url);
    assert!(page.text_of(".told").contains("Upstream") && page.text_of(".told").contains("Signed out"));
    assert_eq!(browser.peek("/account").status(), 303);
    assert_eq!(browser.peek(&format!("{}/account", two.there.base())).status(), 303, "without another question");
}

#[test]
fn a_fresh_sign_in_is_passed_up_and_the_answer_is_held_to_it() {
    let two = Two::new("create_users = true");
    let client = two.here.client("web");
    let mut browser = two.here.browser();
    let page = client.authorize(&mut browser);
    let page = two.choose(&mut browser, &page);
    two.signs_in_there(&mut browser, &page);
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        let asking = client.clone().with(name, value);
        let page = asking.authorize(&mut browser);
        let page = two.choose(&mut browser, &page);
        assert!(page.has("input[type=password]"), "the upstream asks again: {}", page.reply.text());
        let page = two.signs_in_there(&mut browser, &page);
        assert!(page.answer().get("code").is_some(), "{name}");
    }
    // Without such a demand the upstream's session is enough.
    let mut other = two.here.browser();
    other.cookies.clone_from(&browser.cookies);
    let session = other.session_cookie().expect("signed in").0.to_owned();
    let here: Vec<String> = other.cookies.keys().filter(|name| name.ends_with(&two.here.slug)).cloned().collect();
    assert!(here.iter().any(|name| name.starts_with("__Host-sid")), "{session}");
    for name in here {
        other.cookies.remove(&name);
    }
    let page = client.authorize(&mut other);
    let page = two.choose(&mut other, &page);
    assert!(page.answer().get("code").is_some());
}

#[test]
fn somebody_who_gives_up_at_the_upstream_gets_a_page() {
    let two = Two::new("create_users = true");
    let mut browser = two.here.browser();
    let start = browser.peek("/federation/up/start");
    let to = url::Url::parse(start.reply.location()).expect("a URL");
    let state = to.query_pairs().find(|(name, _)| name == "state").expect("state").1.into_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("state", state.as_str()),
            ("error", "access_denied"),
            ("error_description", "<script>alert(1)</script>"),
            ("iss", &two.there.base()),
        ])
        .finish();
    let page = browser.get(&format!("/federation/up/callback?{query}"));
    let text = page.reply.text();
    assert_eq!(page.status(), 403);
    assert!(text.contains("PRT-1402") && !text.contains("<script>alert"), "{text}");
    assert!(text.contains("&#60;script&#62;") || text.contains("&lt;script&gt;"), "{text}");
    assert_eq!(two.here.count_events("federation.refused"), 1);
}

#[test]
fn what_an_application_may_send_along_goes_through_the_upstream_too() {
    let two = Two::new("create_users = true");
    // As long as it may be, and of characters that stand for themselves.
    let state: String = "aB3-_x9Z".chars().cycle().take(4096).collect();
    let client = two.here.client("web").with("state", &state);
    let mut browser = two.here.browser();
    for _ in 0..2 {
        // Begun and left.
        browser.peek("/federation/up/start");
    }
    let page = client.authorize(&mut browser);
    let page = two.choose(&mut browser, &page);
    let carried: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
    assert!(carried < 8_000, "{carried} bytes of cookies: servers on the way take 8 KiB");
    let page = two.signs_in_there(&mut browser, &page);
    assert_eq!(page.answer().get("state"), Some(state.as_str()), "octet for octet");
    assert!(page.answer().get("code").is_some());
    assert!(!browser.cookies.keys().any(|name| name.starts_with("__Host-fed-")), "{:?}", browser.cookies.keys());
}
