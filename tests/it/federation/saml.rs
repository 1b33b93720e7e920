//! Signing in with an upstream that speaks SAML (IN-8).

use chrono::Duration;
use portner::crypto::xml::Document;
use portner::domain::saml::SignatureAlg;
use portner::protocol::saml::message::written;
use portner::protocol::saml::sp_metadata;
use serde_json::{Value, json};
use url::Url;

use super::can_run;
use crate::on_each_engine;
use crate::support::saml_idp::{self, Asked, Forge, PLAIN, SHAPES, SamlIdp, bring, recipient};
use crate::support::{App, Browser, Engine, Page, ServiceProvider, database, provider};

/// A tenant whose people come from one SAML provider.
pub struct Bench {
    pub app: App,
    pub idp: SamlIdp,
}

pub fn set_out(browser: &mut Browser) -> Asked {
    let page = browser.peek("/federation/up/start");
    assert_eq!(page.status(), 303, "{}", page.reply.text());
    saml_idp::asked(&Url::parse(page.reply.location()).unwrap())
}

impl Bench {
    pub fn new() -> Self {
        Self::with("create_users = true")
    }
    pub fn with(more: &str) -> Self {
        Self::on(Engine::Sqlite, more)
    }
    pub fn on(engine: Engine, more: &str) -> Self {
        let bench = Self { app: App::shared_on(engine), idp: SamlIdp::new() };
        bench.declare(more);
        bench
    }
    pub fn declare(&self, more: &str) {
        self.app.apply(&self.idp.declaration(more));
    }

    /// Somebody who comes for the first time in this browser, with an answer that is as it should be but for this.
    pub fn arrives(&self, change: impl FnOnce(&mut Forge)) -> (Browser, Page) {
        let mut browser = self.app.browser();
        let asked = set_out(&mut browser);
        let mut forge = self.idp.forge(&asked);
        change(&mut forge);
        let page = bring(&mut browser, &self.idp.answer(&forge, PLAIN, None), &asked.relay_state);
        (browser, page)
    }

    pub fn user(&self, name: &str) -> Value {
        serde_json::from_str(&self.app.cli(&["user", "show", name, "--output", "json"])).expect("JSON")
    }
    pub fn users(&self) -> Vec<String> {
        let listed: Value = serde_json::from_str(&self.app.cli(&["user", "list", "--output", "json"])).expect("JSON");
        let list = listed.as_array().or_else(|| listed["users"].as_array()).expect("a list").clone();
        let mut names: Vec<String> =
            list.iter().filter_map(|user| user["username"].as_str().map(str::to_owned)).collect();
        names.sort_unstable();
        names
    }
    pub fn refusals(&self) -> Vec<String> {
        let audit = self.app.audit();
        let refused = audit.iter().filter(|event| event["kind"] == "federation.refused");
        refused.map(|event| event["details"]["reason"].as_str().unwrap_or_default().to_owned()).collect()
    }
    /// A page with this code; nobody is signed in, and the refusal is in the log.
    pub fn assert_refused(&self, (browser, page): &(Browser, Page), code: &str, reason: &str) {
        let text = page.reply.text();
        assert!(page.status() >= 400, "{reason}: {} {text}", page.status());
        assert!(text.contains(code), "{reason}: no {code} in {text}");
        assert!(!browser.is_signed_in(), "{reason}");
        assert_eq!(self.refusals().last().map(String::as_str), Some(reason), "{:?}", self.refusals());
    }
}

fn attribute(name: &str, values: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
}

on_each_engine! {
    fn a_first_arrival_makes_an_account_and_each_one_after_it_finds_and_refreshes_it(engine) {
        assert!(can_run(engine));
        let bench = Bench::on(engine, "create_users = true\ndomains = [\"up.example\"]");
        let (browser, page) = bench.arrives(|_| {});
        assert!(browser.is_signed_in(), "{} {}", page.reply.text(), page.url);
        assert!(page.url.path().ends_with("/account"), "{}", page.url);
        let user = bench.user("mette");
        assert_eq!((user["email"].as_str(), user["email_verified"].as_bool()), (Some("mette@up.example"), Some(true)));
        let (browser, page) = bench.arrives(|forge| {
            forge.attributes = vec![attribute("givenName", &["Mette Marie"]), attribute("uid", &["renamed"])];
        });
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        assert_eq!(bench.users(), ["alice", "bob", "mette"], "the name it has stays");
        assert!(bench.user("mette").to_string().contains("Mette Marie"));
        let events = bench.app.audit();
        let accepted: Vec<_> = events.iter().filter(|event| event["kind"] == "federation.accepted").collect();
        assert_eq!(accepted.len(), 2);
        assert_eq!(accepted[0]["details"]["issuer"], bench.idp.entity.as_str());
        assert_eq!(accepted[0]["details"]["acr"], "urn:oasis:names:tc:SAML:2.0:ac:classes:Password");
    }
}

#[test]
fn every_signed_shape_is_understood_and_what_is_encrypted_too() {
    let bench = Bench::new();
    let ours = recipient(&bench.app);
    for shape in SHAPES {
        let mut browser = bench.app.browser();
        let asked = set_out(&mut browser);
        let xml = bench.idp.answer(&bench.idp.forge(&asked), shape, Some(&ours));
        let page = bring(&mut browser, &xml, &asked.relay_state);
        assert!(browser.is_signed_in(), "{shape:?}: {}", page.reply.text());
    }
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
}

#[test]
fn a_provider_may_sign_with_any_of_its_keys_of_either_kind() {
    let (rsa, ec) = (SamlIdp::new(), SamlIdp::with(SignatureAlg::EcdsaSha256));
    let app = App::shared();
    for certificates in [[&rsa, &ec], [&ec, &rsa]] {
        let certificates = certificates.map(|idp| idp.credential.certificate());
        app.apply(&saml_idp::declaration_by(&rsa.metadata_with(&certificates), "create_users = true"));
        for idp in [&rsa, &ec] {
            let mut browser = app.browser();
            let page = browser.peek("/federation/up/start");
            let asked = saml_idp::asked(&Url::parse(page.reply.location()).unwrap());
            let page = bring(&mut browser, &idp.answer(&idp.forge(&asked), PLAIN, None), &asked.relay_state);
            assert!(browser.is_signed_in(), "{}", page.reply.text());
        }
    }
}

#[test]
fn a_request_is_signed_by_a_key_of_our_metadata_and_says_where_to_answer() {
    let bench = Bench::with("acr_values = [\"urn:example:high\"]");
    let asked = set_out(&mut bench.app.browser());
    let reply = bench.app.get("/federation/up/metadata");
    assert_eq!(reply.header("content-type"), Some("application/samlmetadata+xml"));
    let ours = sp_metadata::read(reply.text().as_bytes(), None, &[]).unwrap();
    let document = Document::parse(asked.xml.as_bytes()).unwrap();
    asked.incoming.verify(document.root(), &ours.signing_certificates).expect("signed by us");
    assert_eq!(asked.attribute("AssertionConsumerServiceURL").unwrap(), ours.acs[0].location.as_str());
    assert!(asked.xml.contains(&format!(">{}</saml:Issuer>", ours.entity_id)), "{}", asked.xml);
    assert!(asked.xml.contains(">urn:example:high</saml:AuthnContextClassRef>"), "{}", asked.xml);
    assert!(asked.attribute("ForceAuthn").is_none() && asked.attribute("IsPassive").is_none());
    let second = set_out(&mut bench.app.browser());
    assert!(second.id() != asked.id() && second.relay_state != asked.relay_state);
    bench.declare("sign_requests = false");
    assert!(!set_out(&mut bench.app.browser()).signed);
}

#[test]
fn roles_and_groups_come_by_attribute_and_too_many_are_unknown() {
    let bench = Bench::with(
        "create_users = true\nrole_claims = { \"G-1\" = \"admin\", \"G-2\" = \"sales\" }\n\
         group_claims = { \"G-2\" = \"finance\" }",
    );
    let told = |name: &str, values: &[&str]| {
        let (browser, page) = bench.arrives(|forge| forge.attributes.push(attribute(name, values)));
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        let user = bench.user("mette");
        (user["roles"].clone(), user["groups"].clone())
    };
    assert_eq!(told("groups", &["G-2", "admin", "finance"]), (json!(["sales"]), json!(["finance"])));
    let entra = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
    assert_eq!(told(entra, &["G-1", "G-2"]), (json!(["admin", "sales"]), json!(["finance"])));
    assert_eq!(told("http://schemas.microsoft.com/claims/groups.link", &["https://x"]), (json!([]), json!([])));
}

#[test]
fn a_person_is_known_by_what_was_agreed_and_by_nothing_else() {
    let bench = Bench::new();
    for format in ["SAML:2.0:nameid-format:transient", "SAML:1.1:nameid-format:emailAddress"] {
        let arrival = bench.arrives(|forge| forge.format = format!("urn:oasis:names:tc:{format}"));
        bench.assert_refused(&arrival, "PRT-1412", "name_format");
    }
    let by_attribute = "create_users = true\nname_id = \"transient\"\nsubject = \"employee\"";
    bench.declare(by_attribute);
    let transient = |values: &[&str]| {
        let employee = attribute("employee", values);
        bench.arrives(|forge| {
            forge.format = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned();
            forge.attributes.push(employee);
        })
    };
    bench.assert_refused(&transient(&[]), "PRT-1412", "subject_attribute");
    bench.assert_refused(&transient(&["e-1", "e-2"]), "PRT-1412", "subject_attribute");
    assert_eq!(bench.users(), ["alice", "bob"]);
    for _ in 0..2 {
        assert!(transient(&["e-1"]).0.is_signed_in());
    }
    assert_eq!(bench.users(), ["alice", "bob", "mette"]);
}

#[test]
fn nobody_is_found_or_linked_by_name_or_address() {
    let bench = Bench::new();
    let arrival = bench.arrives(|forge| forge.attributes = vec![attribute("uid", &["Alice"])]);
    bench.assert_refused(&arrival, "PRT-1407", "name_taken");
    let arrival = bench.arrives(|forge| forge.attributes = vec![attribute("mail", &["alice@acme.example"])]);
    bench.assert_refused(&arrival, "PRT-1407", "name_taken");
    bench.declare("");
    bench.assert_refused(&bench.arrives(|_| {}), "PRT-1406", "unknown");
    assert_eq!(bench.users(), ["alice", "bob"]);
}

#[test]
fn a_disabled_account_or_provider_lets_nobody_in() {
    let bench = Bench::new();
    assert!(bench.arrives(|_| {}).0.is_signed_in());
    bench.app.cli(&["user", "disable", "mette"]);
    bench.assert_refused(&bench.arrives(|_| {}), "PRT-1408", "disabled");
    bench.app.cli(&["user", "enable", "mette"]);
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    bench.declare("create_users = true\nenabled = false");
    let page = bring(&mut browser, &bench.idp.answer(&bench.idp.forge(&asked), PLAIN, None), &asked.relay_state);
    assert!(page.status() == 403 && page.reply.text().contains("PRT-1410"), "{}", page.reply.text());
    assert!(!browser.is_signed_in());
    assert_eq!(browser.peek("/federation/up/start").status(), 403);
    assert_eq!(
        bench.app.get("/federation/up/metadata").status,
        200,
        "what is registered there before it is switched on"
    );
}

#[test]
fn two_factors_at_the_upstream_count_only_where_the_tenant_trusts_it() {
    let bench = Bench::new();
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\n\
         methods = [\"email_code\", \"totp\"]\n",
    );
    let two = |forge: &mut Forge| forge.context = "https://refeds.org/profile/mfa".to_owned();
    let (browser, page) = bench.arrives(two);
    assert!(!browser.is_signed_in() && page.has("input[name=code]"), "Portner asks its own: {}", page.reply.text());
    bench.declare("create_users = true\ntrust_mfa = true");
    assert!(bench.arrives(two).0.is_signed_in(), "now its word counts");
    let (browser, page) = bench.arrives(|_| {});
    assert!(!browser.is_signed_in() && page.has("input[name=code]"), "and only its word: {}", page.reply.text());
    let entra = "http://schemas.microsoft.com/claims/authnmethodsreferences";
    let (browser, page) = bench.arrives(|forge| {
        forge.attributes.push(attribute(entra, &["http://schemas.microsoft.com/claims/multipleauthn"]));
    });
    assert!(browser.is_signed_in(), "as Entra tells it: {}", page.reply.text());
}

#[test]
fn a_fresh_sign_in_is_passed_up_and_the_answer_is_held_to_it() {
    let bench = Bench::new();
    let client = bench.app.client("web");
    let go = |parameter: Option<(&str, &str)>, minutes: i64| {
        let mut browser = bench.app.browser();
        let asking = match parameter {
            Some((name, value)) => client.clone().with(name, value),
            None => client.clone(),
        };
        let page = asking.authorize(&mut browser);
        let page = browser.peek(&page.link("a[href*='/federation/up/start']"));
        let asked = saml_idp::asked(&Url::parse(page.reply.location()).unwrap());
        let forced = asked.attribute("ForceAuthn").is_some();
        let mut forge = bench.idp.forge(&asked);
        forge.minutes = minutes;
        let page = bring(&mut browser, &bench.idp.answer(&forge, PLAIN, None), &asked.relay_state);
        (browser, page, forced)
    };
    let (_, page, forced) = go(None, 60);
    assert!(!forced && page.answer().get("code").is_some(), "an hour is young enough where nobody asked");
    for (name, value) in [("prompt", "login"), ("max_age", "0"), ("max_age", "600")] {
        let (_, page, forced) = go(Some((name, value)), 0);
        assert!(forced && page.answer().get("code").is_some(), "{name}: {}", page.reply.text());
    }
    // Whoever only claims to have asked anew is asked once more, and then refused.
    let (mut browser, page, _) = go(Some(("prompt", "login")), 60);
    assert_eq!(page.status(), 303, "{}", page.reply.text());
    let asked = saml_idp::asked(&Url::parse(page.reply.location()).unwrap());
    let mut forge = bench.idp.forge(&asked);
    forge.minutes = 60;
    let page = bring(&mut browser, &bench.idp.answer(&forge, PLAIN, None), &asked.relay_state);
    bench.assert_refused(&(browser, page), "PRT-1409", "too_old");
}

#[test]
fn a_sign_in_that_is_older_than_sessions_may_be_is_made_anew() {
    let bench = Bench::new();
    let (mut browser, page) = bench.arrives(|forge| forge.minutes = 13 * 60);
    assert_eq!(page.status(), 303, "SAML has no max_age: {}", page.reply.text());
    let asked = saml_idp::asked(&Url::parse(page.reply.location()).unwrap());
    assert_eq!(asked.attribute("ForceAuthn").as_deref(), Some("true"));
    let mut forge = bench.idp.forge(&asked);
    forge.minutes = 0;
    let page = bring(&mut browser, &bench.idp.answer(&forge, PLAIN, None), &asked.relay_state);
    assert!(browser.is_signed_in(), "{}", page.reply.text());
}

on_each_engine! {
    fn a_session_lasts_no_longer_than_the_one_at_the_provider(engine) {
        assert!(can_run(engine));
        let bench = Bench::on(engine, "create_users = true");
        let provider = ServiceProvider::registered(&bench.app, "sp", "");
        let until = |seconds: i64| provider::now() + Duration::seconds(seconds);
        let is_in = |browser: &mut Browser| browser.peek("/account").status() == 200;

        let end = until(600);
        let (mut browser, page) = bench.arrives(|forge| forge.session_until = Some(end));
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        let told = provider.request().send(&mut browser);
        let told = provider.received(&told).assertion().session_end().expect("it is told");
        let end = end + Duration::minutes(1);
        assert_eq!(told, written(end), "what rests on it is promised no more, but for what clocks may differ");

        assert!(is_in(&mut browser));
        database::open(&bench.app, engine).execute("UPDATE sessions SET ends_by = 1 WHERE ends_by IS NOT NULL");
        assert!(!is_in(&mut browser), "it is over here too");
        let refused = provider.request().with("IsPassive", "true").send(&mut browser);
        assert!(!provider.received(&refused).has_assertion());
        // In the same browser, with the cookie of the session that is over.
        let asked = set_out(&mut browser);
        let mut forge = bench.idp.forge(&asked);
        forge.session_until = Some(until(600));
        bring(&mut browser, &bench.idp.answer(&forge, PLAIN, None), &asked.relay_state);
        assert!(is_in(&mut browser), "and a new one there opens a new one here");

        let over = bench.arrives(|forge| forge.session_until = Some(until(-120)));
        bench.assert_refused(&over, "PRT-1404", "time SessionNotOnOrAfter");
    }
}

#[test]
fn what_was_encrypted_for_a_key_that_was_retired_is_still_read() {
    let bench = Bench::new();
    let before = recipient(&bench.app);
    bench.app.cli(&["key", "rotate", "--use", "saml", "--type", "rsa", "--force", "--yes"]);
    assert_ne!(recipient(&bench.app), before);
    for shape in SHAPES.into_iter().filter(|shape| shape.encrypted) {
        let mut browser = bench.app.browser();
        let asked = set_out(&mut browser);
        let xml = bench.idp.answer(&bench.idp.forge(&asked), shape, Some(&before));
        let page = bring(&mut browser, &xml, &asked.relay_state);
        assert!(browser.is_signed_in(), "{shape:?}: {}", page.reply.text());
    }
    // A stranger's key.
    let stranger = ServiceProvider::new(&bench.app, "stranger").certificate;
    let mut browser = bench.app.browser();
    let asked = set_out(&mut browser);
    let xml = bench.idp.answer(&bench.idp.forge(&asked), SHAPES[3], Some(&stranger));
    let page = bring(&mut browser, &xml, &asked.relay_state);
    bench.assert_refused(&(browser, page), "PRT-1404", "encryption");
}

#[test]
fn it_is_declared_by_metadata_or_by_hand_and_what_does_not_fit_is_refused() {
    let app = App::shared();
    let idp = SamlIdp::new();
    app.apply(&idp.declaration(""));
    let (done, told) = app.try_apply(&idp.declaration(""));
    assert!(done && told.contains("unchanged"), "{told}");
    let file = app.file("idp.xml", &idp.metadata());
    let declared = |keys: &str| {
        app.try_apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\n\
             name = \"Upstream\"\nkind = \"saml\"\n{keys}\n"
        ))
    };
    let by_file = format!("metadata_file = {:?}", file.display().to_string());
    let (done, told) = declared(&by_file);
    assert!(done && told.contains("unchanged"), "{told}");
    let pem = crate::support::provider::pem("CERTIFICATE", &idp.credential.certificate().0);
    let by_hand = format!(
        "entity_id = {:?}\nsso = \"https://idp.example/sso\"\nslo = \"https://idp.example/slo\"\ncertificates = '''{pem}'''",
        idp.entity
    );
    let (done, told) = declared(&by_hand);
    assert!(done && told.contains("unchanged"), "{told}");
    for (keys, why) in [
        (String::new(), "metadata: is missing"),
        (format!("{by_file}\nissuer = \"https://x.example\""), "issuer: is not for kind = \"saml\""),
        (format!("{by_file}\nclient_id = \"x\""), "client_id: is not for kind"),
        (format!("{by_file}\nclient_secret = \"x\""), "client_secret: is not for kind"),
        (format!("{by_file}\nsso = \"https://x.example\""), "sso: stands in the metadata"),
        (format!("{by_file}\nname_id = \"transient\""), "set subject to the attribute"),
        (by_hand.replace("https://idp.example/sso", "http://idp.example/sso"), "must begin with https://"),
        (by_hand.replace("BEGIN CERT", "BEGIN PRIVATE KEY-----CERT"), "holds a private key"),
        (format!("{by_file}\nentity_id = \"urn:other\""), "does not describe the identity provider"),
    ] {
        let (done, told) = declared(&keys);
        assert!(!done && told.contains(why), "{why}: {told}");
    }
    let (done, told) = app.try_apply(&super::provider("oidc", "https://idp.example", "subject = \"uid\""));
    assert!(!done && told.contains("subject: is only for kind = \"saml\""), "{told}");
}
