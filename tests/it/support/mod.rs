//! The real server on a real port, and the actors that talk to it.

pub mod browser;
pub mod client;
pub mod database;
pub mod http;
pub mod idp;
pub mod mailbox;
pub mod neutral;
pub mod provider;
pub mod receiver;
pub mod saml_idp;
pub mod server;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

pub use browser::{Browser, Form, Page};
pub use client::{RelyingParty, Tokens};
pub use http::{Call, Reply};
pub use provider::ServiceProvider;
pub use server::{Engine, Server, Settings};

/// The password of every test user whose password is not the point.
pub const PASSWORD: &str = "correct horse battery";
pub const SECRET: &str = "a-client-secret-of-forty-three-characters-x";
pub const CALLBACK: &str = "https://app.example/callback";
pub const AFTER_LOGOUT: &str = "https://app.example/bye";

/// Hashes that other programs made of [`PASSWORD`].
pub const IMPORTED: &[(&str, &str)] = &[
    ("bcrypt", "$2b$08$Xvi53PFa6soqnyK/cC9SUuBa/1e5/ZdHdRDcWrhR5/pA0EcZe.ZDa"),
    ("argon2id", "$argon2id$v=19$m=8192,t=1,p=1$Qo9OtJ2fAx8OhqIQXcMS8g$9FyF1A4l6N+jGrxpOQUkLa6obpgG4oRoi3Do8L+JtR4"),
    ("argon2i", "$argon2i$v=19$m=4096,t=2,p=2$7c/s0v7HJHQCeSrGHZJzfA$AFOZPu7wsvWk5cnS8aA6ilaxlAQpZ+/73M+TV5a1UmQ"),
    ("scrypt", "$scrypt$ln=14,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$LPDRs+d7MJ+D4v778lUnSsMuTt3eMzZtYlcDVF6agWU"),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$i=100000,l=32$c2FsdHNhbHRzYWx0c2FsdA$sdYydF5He40GlJg95GSPyzajb/2JdMQM4fwtggzGaZc",
    ),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=100000,l=64$c2FsdHNhbHRzYWx0c2FsdA$tVAoa3L0uRnxCwrgozbmbgMoToiW71QZC9z8QPwREXQIVRcTHYeLrKL4BnGgBC69CDEP0v0Cf4NxeLqWa5t1xw",
    ),
];

/// One tenant on one running server.
pub struct App {
    pub server: Arc<Server>,
    pub slug: String,
}

static TENANTS: AtomicU32 = AtomicU32::new(1);

impl App {
    /// A tenant of its own on the server that all tests of this run share.
    pub fn shared() -> Self {
        Self::on(&server::shared(Engine::Sqlite))
    }
    pub fn shared_on(engine: Engine) -> Self {
        Self::on(&server::shared(engine))
    }
    /// The same on a server that may reach this machine.
    pub fn shared_open_on(engine: Engine) -> Self {
        Self::on(&server::shared_open(engine))
    }
    /// A server of its own: for settings, crashes, logs and throttling.
    pub fn own(settings: Settings) -> Self {
        Self::on(&Arc::new(Server::start(settings)))
    }
    /// A new tenant with the usual people and applications.
    pub fn on(server: &Arc<Server>) -> Self {
        let app = Self::empty(server);
        app.apply(&usual(&app.slug));
        app
    }
    /// Only a name: nothing is declared yet.
    pub fn empty(server: &Arc<Server>) -> Self {
        let number = TENANTS.fetch_add(1, Ordering::Relaxed);
        Self { server: Arc::clone(server), slug: format!("t{number}") }
    }

    pub fn base(&self) -> String {
        format!("{}/t/{}", self.server.public_url(), self.slug)
    }
    pub fn path(&self, path: &str) -> String {
        format!("/t/{}{path}", self.slug)
    }
    pub fn browser(&self) -> Browser {
        Browser::new(self.server.port(), &self.base())
    }
    /// A browser with a session of `alice`.
    pub fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        let page = browser.sign_in("alice", PASSWORD);
        assert!(browser.is_signed_in(), "alice signs in: {} {}", page.status(), page.reply.text());
        browser
    }
    pub fn client(&self, id: &str) -> RelyingParty {
        RelyingParty::new(self, id)
    }
    /// Sends to a path below the tenant's base.
    pub fn send(&self, call: &Call) -> Reply {
        let call = Call { target: self.path(&call.target), ..call.clone() };
        call.send(self.server.port()).unwrap_or_else(|error| panic!("{} {}: {error}", call.method, call.target))
    }
    pub fn get(&self, path: &str) -> Reply {
        self.send(&Call::get(path))
    }

    /// Declares what the text says for this tenant (`{slug}` stands for its name).
    pub fn apply(&self, toml: &str) {
        let (output, told) = self.try_apply(toml);
        assert!(output, "apply failed: {told}\n{toml}");
    }
    /// Whether it was accepted, and all that was printed.
    pub fn try_apply(&self, toml: &str) -> (bool, String) {
        let file = self.file("declared.toml", &toml.replace("{slug}", &self.slug));
        let output = self.server.command(&["apply", file.to_str().expect("UTF-8")]);
        (output.status.success(), server::told(&output))
    }
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.server.dir().join(format!("{}-{name}", self.slug));
        fs::write(&path, text).expect("the temporary directory is writable");
        path
    }
    /// The tenant's audit events, oldest first, as the command line prints them.
    pub fn audit(&self) -> Vec<Value> {
        let printed = self.cli(&["audit", "list", "--limit", "10000", "--output", "json"]);
        let printed: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        let list = printed.as_array().or_else(|| printed["events"].as_array());
        let mut events = list.unwrap_or_else(|| panic!("audit list prints {printed}")).clone();
        events.sort_by_key(|event| event["sequence"].as_i64());
        events
    }
    /// The tenant's outbox, the newest first, as the command line prints it.
    pub fn mails(&self) -> Vec<Mail> {
        let printed = self.cli(&["mail", "list", "--output", "json"]);
        let printed: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        printed.as_array().expect("a list").iter().cloned().map(Mail).collect()
    }
    pub fn mails_of(&self, kind: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.0["kind"] == kind).collect()
    }
    pub fn count_events(&self, kind: &str) -> usize {
        self.audit().iter().filter(|event| event["kind"] == kind).count()
    }
    /// A command about this tenant; stdout.
    pub fn cli(&self, arguments: &[&str]) -> String {
        let mut all = arguments.to_vec();
        all.extend(["--tenant", &self.slug]);
        self.server.run(&all)
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug)]
pub struct Mail(pub Value);

impl Mail {
    fn field(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
    pub fn state(&self) -> &str {
        self.field("state")
    }
    pub fn recipient(&self) -> &str {
        self.field("recipient")
    }
    pub fn subject(&self) -> &str {
        self.field("subject")
    }
    pub fn text(&self) -> &str {
        self.field("text")
    }
    pub fn link(&self) -> String {
        mailbox::link_in(self.text())
    }
}

/// What a tenant of the tests has unless it says otherwise.
pub fn usual(slug: &str) -> String {
    format!(
        r#"
version = 1
[[tenant]]
slug = "{slug}"
name = "Acme {slug}"
languages = ["en", "da", "sv", "nb"]

[[tenant.user]]
username = "alice"
email = "alice@acme.example"
email_verified = true
given_name = "Alice"
family_name = "Åkerlund"
locale = "sv"
password = "{PASSWORD}"

[[tenant.user]]
username = "bob"
email = "bob@acme.example"
given_name = "Bob"
family_name = "Berg"
locale = "da"
password = "{PASSWORD}"

[[tenant.application]]
id = "web"
name = "Webshop"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
token_endpoint_auth_method = "client_secret_basic"
redirect_uris = ["{CALLBACK}"]
post_logout_redirect_uris = ["{AFTER_LOGOUT}"]
scopes = ["openid", "profile", "email", "address", "phone", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false

[[tenant.application]]
id = "strict"
name = "Strict"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
token_endpoint_auth_method = "client_secret_post"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = true

[[tenant.application]]
id = "spa"
name = "Single page"
[tenant.application.oidc]
type = "public"
redirect_uris = ["{CALLBACK}", "http://127.0.0.1/cb"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]

[[tenant.application]]
id = "asking"
name = "Third party"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false
consent = "ask"

[[tenant.application]]
id = "job"
name = "Nightly job"
[tenant.application.oidc]
type = "service"
secret = "{SECRET}"
scopes = ["reports:read", "reports:write"]
grant_types = ["client_credentials"]
"#
    )
}

/// Waits until a condition holds; the test fails when it never does. What was begun before a crash is begun again
/// after a minute, and a machine may be slow: "never" is long after that.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(4);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "never came: {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

/// Runs the same test on the embedded store and on PostgreSQL.
#[macro_export]
macro_rules! on_each_engine {
    ($(#[$doc:meta])* fn $name:ident($engine:ident) $body:block) => {
        mod $name {
            #[allow(clippy::wildcard_imports, reason = "the body is written as if outside of this module")]
            use super::*;
            $(#[$doc])*
            fn body($engine: $crate::support::Engine) $body
            #[test]
            fn on_sqlite() {
                body($crate::support::Engine::Sqlite);
            }
            #[test]
            fn on_postgres() {
                if $crate::support::server::postgres_is_there() {
                    body($crate::support::Engine::Postgres);
                }
            }
        }
    };
}
