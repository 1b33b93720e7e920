//! Signing in with an upstream identity provider (IN-8).

mod accounts;
mod broker;
mod credential;
mod declared;
mod discovery;
mod hostile;
mod linking;
mod logout;
mod logout_heard;
mod mapping;
mod only_upstream;
mod outgoing;
mod quirks;
mod saml;
mod saml_applications;
mod saml_hostile;
mod saml_logout;
mod saml_tenants;
mod tenants;

use serde_json::Value;
use url::Url;

use crate::support::idp::{CLIENT, CLIENT_SECRET, Idp};
use crate::support::{App, Browser, Engine, Page, server};

/// A tenant with one upstream, on a server that may reach this machine.
struct Bench {
    app: App,
    idp: Idp,
}

/// Somebody on the way to the upstream.
#[derive(Clone, Debug)]
struct Trip {
    location: Url,
}

impl Trip {
    fn get(&self, name: &str) -> String {
        let found = self.location.query_pairs().find(|(key, _)| key == name);
        found.map_or_else(|| panic!("no {name} in {}", self.location), |(_, value)| value.into_owned())
    }
    fn has(&self, name: &str) -> bool {
        self.location.query_pairs().any(|(key, _)| key == name)
    }
}

/// The declaration of the upstream `up`.
fn provider(kind: &str, issuer: &str, more: &str) -> String {
    format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\nname = \"Upstream\"\n\
         kind = \"{kind}\"\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{CLIENT_SECRET}\"\n{more}\n"
    )
}

impl Bench {
    fn new() -> Self {
        Self::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true")
    }
    fn with(engine: Engine, kind: &str, idp: Idp, more: &str) -> Self {
        let app = App::shared_open_on(engine);
        let bench = Self { app, idp };
        bench.declare(kind, more);
        bench
    }
    fn declare(&self, kind: &str, more: &str) {
        self.app.apply(&provider(kind, &self.idp.issuer(), more));
    }

    fn set_out(&self, browser: &mut Browser) -> Trip {
        self.set_out_by(browser, "/federation/up/start")
    }
    fn set_out_by(&self, browser: &mut Browser, way: &str) -> Trip {
        let way = if way.starts_with("http") { way.to_owned() } else { format!("{}{way}", self.app.base()) };
        let page = browser.peek(&way);
        assert_eq!(page.status(), 303, "{way}: {}", page.reply.text());
        Trip { location: Url::parse(page.reply.location()).expect("an absolute address") }
    }
    /// The upstream's answer through the browser; its code is the nonce, so that the script need not know it.
    fn come_back(&self, browser: &mut Browser, trip: &Trip) -> Page {
        let query = [("code", trip.get("nonce")), ("state", trip.get("state"))];
        self.answer(browser, &query)
    }
    fn answer(&self, browser: &mut Browser, query: &[(&str, String)]) -> Page {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        browser.get(&format!("{}/federation/up/callback?{query}", self.app.base()))
    }
    fn sign_in(&self, browser: &mut Browser) -> Page {
        let trip = self.set_out(browser);
        self.come_back(browser, &trip)
    }
    /// Somebody who comes for the first time in this browser.
    fn arrives(&self) -> (Browser, Page) {
        let mut browser = self.app.browser();
        let page = self.sign_in(&mut browser);
        (browser, page)
    }

    fn user(&self, name: &str) -> Value {
        serde_json::from_str(&self.app.cli(&["user", "show", name, "--output", "json"])).expect("JSON")
    }
    fn users(&self) -> Vec<String> {
        let listed = self.app.cli(&["user", "list", "--output", "json"]);
        let listed: Value = serde_json::from_str(&listed).expect("JSON");
        let list = listed.as_array().or_else(|| listed["users"].as_array()).expect("a list").clone();
        let mut names: Vec<String> =
            list.iter().filter_map(|user| user["username"].as_str().map(str::to_owned)).collect();
        names.sort_unstable();
        names
    }
    /// The reasons of all refusals so far.
    fn refusals(&self) -> Vec<String> {
        let audit = self.app.audit();
        let refused = audit.iter().filter(|event| event["kind"] == "federation.refused");
        refused.map(|event| event["details"]["reason"].as_str().unwrap_or_default().to_owned()).collect()
    }
    /// A page with this code and a number for support; nobody is signed in, and the refusal is in the log.
    fn assert_refused(&self, (browser, page): &(Browser, Page), code: &str, reason: &str) {
        let text = page.reply.text();
        assert!(page.status() >= 400, "{reason}: {} {text}", page.status());
        assert!(text.contains(code), "{reason}: no {code} in {text}");
        assert!(!browser.is_signed_in(), "{reason}");
        assert_eq!(self.refusals().last().map(String::as_str), Some(reason), "{:?}", self.refusals());
    }
}

/// Whether tests on this engine can run here.
fn can_run(engine: Engine) -> bool {
    engine == Engine::Sqlite || server::postgres_is_there()
}
