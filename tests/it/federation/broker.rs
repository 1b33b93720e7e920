//! Broker mode (IN-10): people are passed on and not kept.

use std::sync::{Arc, Barrier};

use serde_json::{Value, json};

use super::{Bench, can_run};
use crate::on_each_engine;
use crate::support::idp::{CLIENT, CLIENT_SECRET, Idp};
use crate::support::{
    App, Browser, CALLBACK, Engine, PASSWORD, Page, RelyingParty, SECRET, Server, ServiceProvider, Settings, database,
    server,
};

/// Stands in everything that the upstream says of the person.
const CANARY: &str = "canary";
const REALM: &str = "urn:acme:intranet";

struct Broker {
    bench: Bench,
    engine: Engine,
    saml: ServiceProvider,
    by_address: ServiceProvider,
}

fn tenant(more: &str, providers: &str) -> String {
    format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
name = "Broker"
languages = ["en"]
{more}
[[tenant.user]]
username = "root"
email = "root@acme.example"
roles = ["admin"]
password = "{PASSWORD}"

[[tenant.application]]
id = "web"
name = "Webshop"
[tenant.application.oidc]
type = "confidential"
secret = "{SECRET}"
token_endpoint_auth_method = "client_secret_basic"
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access"]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false

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
id = "intranet"
name = "Intranet"
[tenant.application.wsfed]
realm = "{REALM}"
reply_urls = ["https://intranet.example/signin-wsfed"]
[tenant.application.wsfed.attributes]
"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress" = "email"
{providers}
"#
    )
}

fn upstream(idp: &Idp, more: &str) -> String {
    format!(
        "[[tenant.identity_provider]]\nid = \"up\"\nname = \"Upstream\"\nkind = \"oidc\"\nissuer = \"{}\"\n\
         client_id = \"{CLIENT}\"\nclient_secret = \"{CLIENT_SECRET}\"\n{more}\n",
        idp.issuer()
    )
}

impl Broker {
    fn new(engine: Engine, policy: &str, provider: &str) -> Self {
        Self::on(&server::shared_open(engine), engine, (policy, provider))
    }
    fn on(server: &Arc<Server>, engine: Engine, (policy, provider): (&str, &str)) -> Self {
        let app = App::empty(server);
        let bench = Bench { app, idp: Idp::start() };
        bench.app.apply(&tenant(&format!("broker = true\n{policy}"), &upstream(&bench.idp, provider)));
        let saml = ServiceProvider::registered(&bench.app, "one", "name_id = \"persistent\"");
        let by_address = ServiceProvider::registered(&bench.app, "two", "name_id = \"email\"");
        let broker = Self { bench, engine, saml, by_address };
        broker.is("");
        broker
    }
    /// The person who comes from now on.
    fn is(&self, who: &str) {
        self.bench.idp.claims(json!({
            "sub": format!("canary-subject{who}"), "preferred_username": format!("mette{who}.canary"),
            "email": format!("mette{who}@canary.example"), "name": "Mette Canaryhansen", "given_name": "Mettecanary",
            "family_name": "Canaryhansen", "email_verified": true, "amr": ["pwd", "mfa"],
        }));
    }
    fn app(&self) -> &App {
        &self.bench.app
    }
    /// By way of the button on the sign-in page to the upstream and back, to what waited.
    fn passes(&self, browser: &mut Browser, page: &Page) -> Page {
        let trip = self.bench.set_out_by(browser, &page.link("a[href*='/federation/up/start']"));
        self.bench.come_back(browser, &trip)
    }
    fn signs_in(&self, client: &RelyingParty) -> (Browser, Value) {
        let mut browser = self.app().browser();
        let page = client.authorize(&mut browser);
        let page = self.passes(&mut browser, &page);
        let tokens = client.redeem(&page.answer().code());
        (browser, tokens.0)
    }
    /// What four applications call whoever is signed in here.
    fn names(&self, browser: &mut Browser) -> [String; 4] {
        let client = self.app().client("web");
        let page = client.authorize(browser);
        let page = if page.has("input[type=password]") { self.passes(browser, &page) } else { page };
        let claims = client.redeem(&page.answer().code()).id_claims();
        assert_eq!(claims["name"], "Mette Canaryhansen", "{claims}");
        let saml = |provider: &ServiceProvider, browser: &mut Browser| {
            provider.received(&provider.request().send(browser)).assertion().name_id()
        };
        let (one, two) = (saml(&self.saml, browser), saml(&self.by_address, browser));
        let page = browser.get(&format!("/wsfed?wa=wsignin1.0&wtrealm={REALM}"));
        let result = page.form("wresult").get("wresult").expect("a token").to_owned();
        assert!(result.contains("canary.example"), "{result}");
        let wsfed = between(&result, "<saml:NameIdentifier", "</saml:NameIdentifier>");
        [claims["sub"].as_str().expect("a subject").to_owned(), one, two, wsfed]
    }
    fn signs_out(browser: &mut Browser) -> Page {
        let page = browser.get("/sign-out");
        browser.submit(&page.form("csrf"))
    }
    fn is_in(browser: &Browser) -> bool {
        browser.clone().peek("/account").status() == 200
    }
    /// Where the upstream's words about people stand in the tenant's database.
    fn found(&self) -> Vec<String> {
        let everything = database::open(self.app(), self.engine).everything();
        assert!(everything.len() > 50, "the tables are read");
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(CANARY);
        everything.into_iter().filter(|(_, bytes)| holds(bytes)).map(|(place, _)| place).collect()
    }
    fn users(&self) -> Vec<String> {
        database::open(self.app(), self.engine).texts("SELECT username AS it FROM users ORDER BY 1")
    }
    fn assert_nothing_left(&self) {
        assert_eq!(self.found(), Vec::<String>::new());
        assert_eq!(self.users(), ["root"]);
        let audit = serde_json::to_string(&self.app().audit()).expect("JSON").to_lowercase();
        let log = self.app().server.log().to_lowercase();
        assert!(!audit.contains(CANARY), "{audit}");
        let told: Vec<&str> = log.lines().filter(|line| line.contains(CANARY)).collect();
        assert!(told.is_empty(), "{told:?}");
        self.app().cli(&["audit", "verify"]);
    }
}

fn between(text: &str, from: &str, to: &str) -> String {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    let rest = rest.split_once('>').expect("a tag").1;
    rest.split_once(to).expect("its end").0.to_owned()
}

on_each_engine! {
    fn a_tenant_in_broker_mode_signs_a_federated_user_in_and_holds_no_profile_afterwards_in_10(engine) {
        assert!(can_run(engine));
        let broker = Broker::new(engine, "", "");
        let mut browser = broker.app().browser();
        let first = broker.names(&mut browser);
        let found = broker.found();
        for place in ["users.profile", "users.email", "upstream_sessions.name", "participants.name_id"] {
            assert!(found.iter().any(|one| one == place), "{place} is looked into: {found:?}");
        }
        assert!(first[2].contains("canary.example"), "{first:?}");
        assert!([&first[0], &first[1], &first[3]].iter().all(|name| !name.contains("canary")), "{first:?}");
        assert_ne!(first[1], first[3], "pairwise");
        Broker::signs_out(&mut browser);
        assert!(!Broker::is_in(&browser));
        broker.assert_nothing_left();
        // Nobody has kept anything, and everybody is called the same.
        let mut again = broker.app().browser();
        assert_eq!(broker.names(&mut again), first);
        broker.is("-other");
        let other = broker.names(&mut broker.app().browser());
        assert!(other.iter().zip(&first).all(|(one, other)| one != other), "{other:?}");
        assert_eq!(broker.users().len(), 3);
    }
}

#[test]
fn an_application_can_ask_for_a_person_by_name_whom_nobody_has_kept() {
    let broker = Broker::new(Engine::Sqlite, "", "");
    // Signed in there for a while: what the application asks for needs no new sign-in.
    let is = |sub: &str| {
        let since = crate::support::idp::seconds() - 600;
        broker.bench.idp.claims(json!({ "sub": sub, "auth_time": since, "preferred_username": sub }));
    };
    let comes = |request: &crate::support::provider::Request<'_>, browser: &mut Browser| {
        let page = request.send(browser);
        let page = if page.has("input[name=SAMLResponse]") { page } else { broker.passes(browser, &page) };
        broker.saml.received(&page)
    };
    is("canary-1");
    let mut browser = broker.app().browser();
    let name = comes(&broker.saml.request(), &mut browser).assertion().name_id();
    Broker::signs_out(&mut browser);
    broker.assert_nothing_left();
    let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let subject = format!("<saml:Subject><saml:NameID Format=\"{format}\">{name}</saml:NameID></saml:Subject>");
    let named = broker.saml.request().inside(&subject);
    assert_eq!(comes(&named, &mut browser).assertion().name_id(), name);
    assert_eq!(comes(&named, &mut browser).assertion().name_id(), name, "signed in already");
    is("canary-2");
    assert_eq!(comes(&named, &mut broker.app().browser()).refusal(), "Responder UnknownPrincipal");
}

on_each_engine! {
    fn everything_that_hangs_from_a_session_ends_with_it_offline_access_too(engine) {
        assert!(can_run(engine));
        let broker = Broker::new(engine, "", "");
        let client = broker.app().client("web");
        let (mut browser, tokens) = broker.signs_in(&client);
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        assert_eq!(client.userinfo(access).status, 200);
        // In another browser the same person stays.
        let (mut second, others) = broker.signs_in(&client);
        Broker::signs_out(&mut browser);
        assert!(Broker::is_in(&second) && !broker.found().is_empty());
        let reply = client.refresh(refresh);
        assert!(reply.status == 400 && reply.json()["error"] == "invalid_grant", "{}", reply.text());
        assert_eq!(client.userinfo(access).status, 401);
        assert_eq!(client.userinfo(others["access_token"].as_str().unwrap()).status, 200);
        // Consent is given for a session, and asked for again in the next.
        let asking = broker.app().client("asking");
        let page = asking.authorize(&mut second);
        let form = page.form("decision").press("allow");
        assert!(second.submit(&form).answer().get("code").is_some());
        Broker::signs_out(&mut second);
        broker.assert_nothing_left();
        assert_eq!(client.userinfo(others["access_token"].as_str().unwrap()).status, 401);
    }
}

#[test]
fn a_crash_loses_nobody_and_an_administrator_can_end_what_is_open() {
    let server = Arc::new(Server::start(Settings::open(Engine::Sqlite)));
    let broker = Broker::on(&server, Engine::Sqlite, ("", ""));
    let client = broker.app().client("web");
    let (browser, _) = broker.signs_in(&client);
    broker.app().server.kill();
    broker.app().server.boot();
    assert!(Broker::is_in(&browser), "the session stands");
    let id = database::open(broker.app(), broker.engine)
        .texts("SELECT id AS it FROM users WHERE username <> 'root'")
        .remove(0);
    let mut root = broker.app().browser();
    root.sign_in("root", PASSWORD);
    let page = root.get(&format!("/admin/users/{id}"));
    let text = page.reply.text();
    assert!(text.contains("Passing through") && !page.has("a[href$=edit]") && !page.has("a[href$=disable]"), "{text}");
    assert_eq!(root.get(&format!("/admin/users/{id}/edit")).status(), 403);
    root.submit(&page.form_to("/sign-out").expect("a button"));
    assert!(!Broker::is_in(&browser));
    broker.assert_nothing_left();
    assert!(broker.app().mails().is_empty(), "and nobody is written to");
}

#[test]
fn arrivals_at_once_are_one_person_and_leave_together() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if engine == Engine::Postgres && !server::postgres_is_there() {
            continue;
        }
        let broker = Broker::new(engine, "", "");
        let barrier = Barrier::new(20);
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let mut browser = broker.app().browser();
                    let trip = broker.bench.set_out(&mut browser);
                    barrier.wait();
                    let page = broker.bench.come_back(&mut browser, &trip);
                    assert!(browser.is_signed_in(), "{}", page.reply.text());
                    Broker::signs_out(&mut browser);
                });
            }
        });
        broker.assert_nothing_left();
        assert_eq!(broker.app().count_events("federation.accepted"), 20);
    }
}

#[test]
fn where_two_factors_are_asked_for_they_have_to_come_along() {
    let policy = "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\", \"email_code\"]";
    let broker = Broker::new(Engine::Sqlite, policy, "");
    let mut browser = broker.app().browser();
    let page = broker.bench.sign_in(&mut browser);
    broker.bench.assert_refused(&(browser, page), "PRT-1426", "second_factor");
    broker.assert_nothing_left();
    assert!(broker.app().mails().is_empty());
    broker.app().apply(&tenant("", &upstream(&broker.bench.idp, "trust_mfa = true")));
    let client = broker.app().client("web");
    let (_, tokens) = broker.signs_in(&client);
    let claims = crate::support::client::payload(tokens["id_token"].as_str().unwrap());
    assert_eq!((claims["acr"].as_str(), claims["amr"].clone()), (Some("urn:portner:acr:mfa"), json!(["fed", "mfa"])));
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:portner:acr:mfa"]}}}"#;
    let mut browser = broker.app().browser();
    let page = client.clone().with("claims", claims).authorize(&mut browser);
    let page = broker.passes(&mut browser, &page);
    assert!(page.answer().get("code").is_some(), "what is asked for is there");
}

#[test]
fn somebody_who_is_not_kept_has_nothing_to_set_up_and_administers_nothing() {
    let broker = Broker::new(Engine::Sqlite, "", "role_claims = { \"G-1\" = \"admin\", \"G-2\" = \"sales\" }");
    broker.bench.idp.claims(json!({ "sub": "canary-subject", "preferred_username": "root", "groups": ["G-1", "G-2"],
        "email": "root@acme.example", "email_verified": true }));
    let mut browser = broker.app().browser();
    let page = broker.bench.sign_in(&mut browser);
    assert!(browser.is_signed_in() && page.url.path().ends_with("/account"), "{}", page.reply.text());
    assert!(page.reply.text().contains("Nothing about you is kept here"), "{}", page.reply.text());
    let links = page.reply.text();
    for path in ["details", "password", "factors", "lock", "email", "factors/add"] {
        let page = browser.get(&format!("/account/{path}"));
        assert!(page.status() == 403 && page.reply.text().contains("PRT-1427"), "{path}: {}", page.reply.text());
        assert!(!links.contains(&format!("/account/{path}\"")), "{path} is not offered");
    }
    for path in ["sessions", "applications", "activity", "export"] {
        assert_eq!(browser.get(&format!("/account/{path}")).status(), 200, "{path}");
    }
    assert_eq!(browser.get("/admin").status(), 403);
    assert!(!browser.cookies.keys().any(|name| name.starts_with("__Host-dev-")), "{:?}", browser.cookies.keys());
    // Nor does anybody take over the name or address of somebody who is kept.
    let row = database::open(broker.app(), broker.engine)
        .texts("SELECT username || ' ' || coalesce(email, '-') || ' ' || role_names AS it FROM users WHERE username <> 'root'")
        .remove(0);
    assert!(!row.contains("root") && row.contains(" - [\"sales\"]"), "{row}");
    let mut root = broker.app().browser();
    root.sign_in("root@acme.example", PASSWORD);
    assert!(root.is_signed_in());
}

#[test]
fn what_strangers_type_is_not_written_down() {
    let broker = Broker::new(Engine::Sqlite, "", "");
    let mut browser = broker.app().browser();
    browser.sign_in("mette@canary.example", "wrong password");
    let page = browser.get("/password/forgot");
    let form = page.form("username").set("username", "mette@canary.example");
    browser.submit(&form);
    crate::support::eventually("the request is in the log", || {
        broker.app().count_events("password_reset.requested") == 1
    });
    broker.assert_nothing_left();
    assert_eq!(broker.app().count_events("signin.failed"), 1);
}

#[test]
fn broker_mode_is_for_tenants_without_users_and_with_a_provider() {
    let app = App::on(&server::shared(Engine::Sqlite));
    let (done, told) = app.try_apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nbroker = true\n");
    assert!(!done && told.contains("needs an identity provider") && told.contains("without users"), "{told}");
    let broker = Broker::new(Engine::Sqlite, "", "");
    let ordinary = "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"carol\"\n";
    let (done, told) = broker.app().try_apply(ordinary);
    assert!(!done && told.contains("without users"), "{told}");
    let endless =
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.session]\nidle = \"off\"\nabsolute = \"off\"\n";
    let (done, told) = broker.app().try_apply(endless);
    assert!(!done && told.contains("is never forgotten"), "{told}");
    // Nor do administrators take away what broker mode needs.
    let mut root = broker.app().browser();
    root.sign_in("root", PASSWORD);
    let form = root.get("/admin/policy").form("lockout.failures");
    let page = root.submit(&form.set("session.idle", "off").set("session.absolute", "off"));
    assert!(page.status() == 422 && page.text_of("#notice").contains("never forgotten"), "{}", page.reply.text());
    let disable = root.get("/admin/identity-providers/up").form_to("/disable").expect("a button");
    let page = root.submit(&disable);
    assert!(page.status() == 409 && page.reply.text().contains("PRT-1418"), "{}", page.reply.text());
    let refused = broker.app().server.command(&["user", "create", "carol", "--tenant", &broker.app().slug]);
    assert!(!refused.status.success(), "{}", server::told(&refused));
    // Whoever is there when people are kept again has to come again.
    let (browser, _) = broker.signs_in(&broker.app().client("web"));
    broker.app().apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nbroker = false\n");
    assert!(!Broker::is_in(&browser));
    broker.assert_nothing_left();
}
