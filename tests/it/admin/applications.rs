//! Registering applications that are told of people by assertions, and the certificates that sign these (IN-9).

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use portner::crypto::certificate::{fingerprint, write_pem};
use portner::crypto::credential::{self, Credential};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::{Place, sign_enveloped};
use portner::domain::Time;
use portner::domain::saml::SignatureAlg;
use portner::domain::signing::{KeyId, KeyType};
use serde_json::Value;

use super::{staffed, with_staff};
use crate::on_each_engine;
use crate::support::{App, Browser, Engine, PASSWORD, Settings, database, eventually};

/// A service provider's metadata with one certificate of ours.
fn metadata(entity: &str, acs: &str, certificate: &str, more: &str) -> String {
    let key = if certificate.is_empty() {
        String::new()
    } else {
        format!(
            "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    };
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity}\">\
         <md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" {more}>{key}\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>\
         <md:AssertionConsumerService index=\"0\" Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
         Location=\"{acs}\"/><md:AttributeConsumingService index=\"0\"><md:ServiceName xml:lang=\"en\">Time sheet\
         </md:ServiceName><md:RequestedAttribute Name=\"mail\" isRequired=\"true\"/></md:AttributeConsumingService>\
         </md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

fn certificate() -> String {
    use base64::Engine as _;
    let key = rcgen::generate_simple_self_signed(["sp.example".to_owned()]).unwrap();
    base64::engine::general_purpose::STANDARD.encode(key.cert.der())
}

fn at_work(app: &App, name: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(name, PASSWORD);
    assert!(browser.is_signed_in(), "{name}");
    browser
}

fn app_of(app: &App, id: &str) -> Value {
    serde_json::from_str(&app.cli(&["app", "show", id, "--output", "json"])).unwrap()
}

on_each_engine! {
    fn in9_an_administrator_registers_a_saml_application_by_its_metadata(engine) {
        let app = staffed(engine);
        let mut browser = at_work(&app, "ada");
        let page = browser.get("/admin/applications/new");
        let text = metadata("https://sp.example", "http://sp.example/acs", &certificate(), "AuthnRequestsSigned=\"true\"");
        let page = browser.submit(&page.form("metadata").set("metadata", &text));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(page.text_of(".facts").contains("https://sp.example") && page.text_of(".facts").contains("mail (required)"));
        assert!(page.text_of(".todo").contains("uses http"), "{}", page.text_of(".todo"));
        let form = page.form("attribute_1");
        assert_eq!((form.get("id"), form.get("name")), (Some("sp-example"), Some("Time sheet")));
        assert_eq!((form.get("attribute_1"), form.get("claim_1")), (Some("mail"), Some("email")));
        assert_eq!((form.get("name_id"), form.get("signs_requests")), (Some("email"), Some("1")));
        assert!(app.cli(&["app", "list"]).lines().all(|line| !line.contains("sp-example")), "nothing is saved yet");
        assert!(!app.cli(&["key", "list"]).contains("saml"));
        let form = form.set("name_id", "persistent").set("attribute_2", "role").set("claim_2", "roles");
        let page = browser.submit(&form.set("require_role", "customer"));
        assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "Time sheet"), "{}", page.reply.text());
        let stands = app_of(&app, "sp-example");
        assert_eq!(stands["entity_id"], "https://sp.example");
        assert_eq!(stands["attributes"][0]["claim"], "email");
        assert_eq!((&stands["name_id"], &stands["require_role"]), (&"persistent".into(), &"customer".into()));
        assert_eq!(stands["require_signed_requests"], true);
        assert_eq!(stands["certificates"].as_array().unwrap().len(), 1);
        assert!(app.cli(&["key", "list"]).contains("saml"), "what signs is there");
        let created = app.audit().into_iter().rfind(|event| event["kind"] == "application.created").unwrap();
        assert!(created["actor"].as_str().unwrap().starts_with("user:"));
        // The same again is refused by its name, and by its entityID.
        let page = browser.get("/admin/applications/new");
        let page = browser.submit(&page.form("metadata").set("metadata", &text));
        let again = browser.submit(&page.form("attribute_1"));
        assert_eq!(again.status(), 422, "{}", again.reply.text());
        let other = browser.submit(&page.form("attribute_1").set("id", "other"));
        assert_eq!(other.status(), 422);
        assert!(other.text_of("[role=alert]").contains("Another application"), "{}", other.reply.text());
    }
}

#[test]
fn in9_metadata_that_cannot_be_trusted_is_told_and_not_saved() {
    let app = staffed(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    let good = metadata("https://sp.example", "https://sp.example/acs", "", "");
    let table = [
        (metadata("https://sp.example", "javascript:alert(1)", "", ""), "javascript:alert(1)"),
        (metadata("https://sp.example", "https://sp.example/acs", "", "AuthnRequestsSigned=\"true\""), "no usable"),
        (
            metadata("https://sp.example", "https://sp.example/acs", "", "validUntil=\"2001-01-01T00:00:00Z\""),
            "no longer",
        ),
        (format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{good}"), "not XML"),
        ("<html></html>".to_owned(), "not SAML metadata"),
        (
            format!(
                "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{good}{}</md:EntitiesDescriptor>",
                good.replace("https://sp.example\"", "https://two.example\"")
            ),
            "several",
        ),
    ];
    for (text, expected) in table {
        let page = browser.get("/admin/applications/new");
        let page = browser.submit(&page.form("metadata").set("metadata", &text));
        assert_eq!(page.status(), 422, "{expected}");
        assert!(page.text_of("[role=alert]").contains(expected), "{expected}: {}", page.text_of("[role=alert]"));
        assert!(!page.reply.text().contains("<html></html>"), "what was pasted is escaped");
    }
    // What was shown is read again when it is saved: a form that says otherwise does not help.
    let page = browser.get("/admin/applications/new");
    let page = browser.submit(&page.form("metadata").set("metadata", &good));
    let bad = metadata("https://sp.example", "javascript:alert(1)", "", "");
    let page = browser.submit(&page.form("attribute_1").set("metadata", &bad));
    assert_eq!(page.status(), 422);
    assert_eq!(app.count_events("application.created"), 5, "only the usual ones");
}

/// A federation, by the certificate it signs with.
fn signer() -> Credential {
    let now = Time::from_timestamp(1_790_000_000, 0).unwrap();
    let minted = credential::mint(KeyType::EcP256, "federation", now, &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), KeyType::EcP256, &minted.private, minted.certificate).unwrap()
}

fn signed(text: &str, signer: &Credential) -> String {
    let text = text.replacen(" entityID=", " ID=\"_sp\" entityID=", 1);
    sign_enveloped(&text, Place::First, signer, SignatureAlg::EcdsaSha256).unwrap()
}

#[test]
fn in9_an_administrator_says_who_has_to_have_signed_the_metadata() {
    let app = staffed(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    let (federation, stranger) = (signer(), signer());
    let pem = write_pem(federation.certificate());
    let known = fingerprint(&federation.certificate().0);
    let plain = metadata("https://sp.example", "https://sp.example/acs", "", "validUntil=\"2099-01-01T00:00:00Z\"");
    let good = signed(&plain, &federation);
    let endless = signed(&metadata("https://sp.example", "https://sp.example/acs", "", ""), &federation);
    let mut read = |text: &str, certificates: &str| {
        let form = browser.get("/admin/applications/new").form("metadata").set("metadata", text);
        browser.submit(&form.set("metadata_certificates", certificates))
    };
    let page = read(&good, "");
    let told = page.text_of(".todo");
    assert!(page.status() == 200 && told.contains("was not checked") && told.contains(&known), "{told}");
    for (text, certificates, expected) in [
        (plain.as_str(), pem.as_str(), "is not signed"),
        (&signed(&plain, &stranger), &pem, "does not fit the certificates"),
        (&good.replace("sp.example/acs", "evil.example/acs"), &pem, "does not fit the certificates"),
        (&endless, &pem, "does not say until when"),
        (&good, "nonsense", "certificates cannot be used"),
    ] {
        let page = read(text, certificates);
        assert_eq!(page.status(), 422, "{expected}");
        assert!(page.text_of("[role=alert]").contains(expected), "{expected}: {}", page.text_of("[role=alert]"));
    }
    let page = read(&good, &pem);
    assert!(page.status() == 200 && !page.text_of("main").contains("was not checked"), "{}", page.reply.text());
    let form = page.form("attribute_1").set("id", "sp");
    let swapped = browser.submit(&form.clone().set("metadata", &plain));
    assert_eq!(swapped.status(), 422, "read again when it is saved");
    let page = browser.submit(&form);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert!(page.text_of("main").contains(&known), "the page says who signs: {}", page.text_of("main"));
    assert_eq!(app_of(&app, "sp")["metadata_certificates"][0]["fingerprint"], known.as_str());
    // New metadata is asked the same, and other settings change without it.
    let form = browser.get("/admin/applications/sp/edit").form("stamp");
    assert_eq!(form.get("metadata_certificates").map(str::trim), Some(pem.trim()));
    let page = browser.submit(&form.clone().set("metadata", &plain));
    assert!(page.status() == 422 && page.text_of("[role=alert]").contains("is not signed"), "{}", page.reply.text());
    assert_eq!(browser.submit(&form.set("name", "Other")).text_of("h1"), "Other");
    assert_eq!(app_of(&app, "sp")["metadata_certificates"][0]["fingerprint"], known.as_str());
}

on_each_engine! {
    fn in9_settings_are_changed_with_both_values_in_the_audit_log(engine) {
        let app = staffed(engine);
        app.apply(
            "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.application]]\nid = \"sp\"\nname = \"Time\"\n\
             [tenant.application.saml]\nentity_id = \"https://sp.example\"\nacs = [\"https://sp.example/acs\"]\n\
             attributes = { mail = \"email\", org = { value = \"12345678\" } }\n",
        );
        let mut browser = at_work(&app, "ada");
        let page = browser.get("/admin/applications/sp/edit");
        let form = page.form("stamp");
        assert_eq!(form.get("claim_2"), Some("="), "a fixed value is kept, not edited");
        let stale = form.clone();
        let page = browser.submit(&form.set("name", "Timer").set("claim_1", "username").set("idp_initiated", "1"));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(page.has("a[href$=\"/saml/start/sp\"]"), "now a sign-in may begin here");
        let stands = app_of(&app, "sp");
        assert_eq!((&stands["name"], &stands["idp_initiated"]), (&"Timer".into(), &true.into()));
        assert_eq!(stands["attributes"][0]["claim"], "username");
        assert_eq!(stands["attributes"][1]["value"][0], "12345678");
        assert_eq!(stands["acs"][0]["url"], "https://sp.example/acs");
        let changed = app.audit().into_iter().rfind(|event| event["kind"] == "application.changed").unwrap();
        let told = changed["details"]["changed"].as_str().unwrap();
        assert!(told.contains("name") && told.contains("saml.idp_initiated") && told.contains("saml.attributes"), "{told}");
        assert!(changed["details"]["before"].as_str().unwrap().contains("\"Time\""));
        assert!(changed["details"]["after"].as_str().unwrap().contains("\"Timer\""));
        let page = browser.submit(&stale);
        assert_eq!(page.status(), 409, "somebody else was faster");
        // Nothing signed is no choice, and the sentence says so.
        let page = browser.get("/admin/applications/sp/edit");
        let mut form = page.form("stamp");
        form.fields.retain(|(name, _)| !name.starts_with("sign_"));
        let page = browser.submit(&form);
        assert_eq!(page.status(), 422);
        assert!(page.text_of("[role=alert]").contains("anybody could write it"));
        // Out of use and back.
        let page = browser.get("/admin/applications/sp");
        let page = browser.submit(&page.form_to("/disable").unwrap());
        assert_eq!(app_of(&app, "sp")["enabled"], false, "{}", page.reply.text());
        assert!(!page.has("a[href$=\"/saml/start/sp\"]"));
        browser.submit(&page.form_to("/enable").unwrap());
        assert_eq!(app_of(&app, "sp")["enabled"], true);
    }
}

#[test]
fn in9_a_ws_federation_application_is_registered_by_hand() {
    let app = staffed(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    let page = browser.get("/admin/applications/new-wsfed");
    let form = page.form("realm").set("id", "intranet").set("realm", "urn:acme:intranet");
    let form = form.set("reply_urls", "https://intranet.example/signin\r\nhttps://intranet.example/other");
    let form = form.set("attribute_1", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress");
    let page = browser.submit(&form.clone().set("claim_1", "email").set("token_type", "saml20"));
    assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "intranet"), "{}", page.reply.text());
    let stands = app_of(&app, "intranet");
    assert_eq!((&stands["realm"], &stands["token_type"]), (&"urn:acme:intranet".into(), &"saml20".into()));
    assert_eq!(stands["reply_urls"].as_array().unwrap().len(), 2);
    assert!(page.has("a[href*=wtrealm]"));
    let page = browser.get("/admin/applications/new-wsfed");
    let form = page.form("realm").set("id", "x").set("realm", "intranet").set("reply_urls", "javascript:alert(1)");
    let page = browser.submit(&form);
    assert_eq!(page.status(), 422);
    let told = page.text_of("[role=alert]");
    assert!(told.contains("realm has to be") && told.contains("There has to be an address"), "{told}");
    let page = browser.submit(&form.clone().set("realm", ""));
    assert!(page.status() == 422 && page.has("#realm-fault") && page.has("#reply_urls-fault"), "{}", page.reply.text());
    let plain = form.clone().set("realm", "urn:other").set("reply_urls", "http://intranet.example/");
    let page = browser.submit(&plain);
    assert!(page.status() == 422 && page.has("#reply_urls-fault"), "people are not sent there in the clear");
    let twin = form.set("realm", "urn:acme:intranet").set("reply_urls", "https://intranet.example/");
    let page = browser.submit(&twin);
    assert!(page.status() == 422 && page.text_of("#realm-fault").contains("already has this realm"));
}

#[test]
fn auditors_look_and_nobody_else_but_administrators_changes() {
    let app = staffed(Engine::Sqlite);
    let mut auditor = at_work(&app, "otto");
    for path in ["/admin/applications", "/admin/applications/web", "/admin/certificates"] {
        let page = auditor.get(path);
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.find_form("csrf").is_none() && !page.has("a[href$=\"/new\"]"), "{path}");
    }
    for path in ["/admin/applications/new", "/admin/applications/new-wsfed", "/admin/applications/web/edit"] {
        assert_eq!(auditor.get(path).status(), 403, "{path}");
    }
    let mut helper = at_work(&app, "hal");
    for path in ["/admin/applications", "/admin/certificates"] {
        assert_eq!(helper.get(path).status(), 403, "{path}");
    }
    assert_eq!(at_work(&app, "ada").get("/admin/applications/web/edit").status(), 200);
}

on_each_engine! {
    fn in9_the_next_certificate_signs_only_when_it_has_been_published(engine) {
        let app = staffed(engine);
        app.apply(
            "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.application]]\nid = \"sp\"\n\
             [tenant.application.saml]\nentity_id = \"https://sp.example\"\nacs = [\"https://sp.example/acs\"]\n",
        );
        let keys = || -> Vec<Value> {
            let all: Value = serde_json::from_str(&app.cli(&["key", "list", "--output", "json"])).unwrap();
            let certified = |key: &&Value| key["use"] == "saml" && key["type"] == "rsa";
            all.as_array().unwrap().iter().filter(certified).cloned().collect()
        };
        let named = |state: &str| {
            let keys = keys();
            let mut found = keys.iter().filter(|key| key["state"] == state);
            found.next().unwrap_or_else(|| panic!("no {state}: {keys:?}"))["id"].clone()
        };
        let next = named("next");
        let refused = app.server.command(&["key", "rotate", "--use", "saml", "--yes", "--tenant", &app.slug]);
        assert_eq!(refused.status.code(), Some(5), "a conflict");
        assert_eq!(named("next"), next);
        let mut browser = at_work(&app, "ada");
        let page = browser.get("/admin/certificates");
        assert!(page.text_of("main").contains("Has not fetched it"), "{}", page.text_of("main"));
        for path in ["/saml/metadata", "/saml/metadata?app=unknown", "/saml/metadata?app=sp"] {
            assert_eq!(app.get(path).status, 200, "{path}");
        }
        eventually("the fetch is noted", || browser.get("/admin/certificates").text_of("main").contains("Has fetched it"));
        let page = browser.submit(&page.form("type"));
        assert_eq!(page.status(), 409, "published a moment ago: {}", page.reply.text());
        assert_eq!(named("next"), next);
        let page = browser.submit(&page.form("type").set("anyway", "1"));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert_eq!(named("active"), next);
        assert_ne!(named("next"), next);
        named("retired");
        assert_eq!(app.count_events("credential.rotated"), 1);
        app.cli(&["key", "rotate", "--use", "saml", "--type", "rsa", "--force", "--yes"]);
        assert_eq!(app.count_events("credential.rotated"), 2);
        assert_eq!(keys().len(), 4, "one that signs, one that will, two that did");
        let published = app.get("/saml/metadata").text().matches("<md:KeyDescriptor").count();
        assert_eq!(published, 4, "whoever looks finds all of them");
        app.cli(&["audit", "verify"]);
    }
}

on_each_engine! {
    fn declared_applications_are_applied_once_and_their_names_are_theirs_alone(engine) {
        let app = App::shared_on(engine);
        let sp = |id: &str| format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"{id}\"\n\
             [tenant.application.saml]\nentity_id = \"https://sp.example\"\nacs = [\"http://sp.example/acs\"]\n\
             [[tenant.application]]\nid = \"{id}-wsfed\"\n[tenant.application.wsfed]\nrealm = \"urn:acme:x\"\n\
             reply_urls = [\"https://rp.example/\"]\n"
        );
        let (done, told) = app.try_apply(&sp("sp"));
        assert!(done && told.contains("2 created") && told.contains("uses http"), "{told}");
        let (done, told) = app.try_apply(&sp("sp"));
        assert!(done && told.contains("0 created, 0 changed, 3 unchanged"), "{told}");
        let (done, told) = app.try_apply(&sp("other"));
        assert!(!done && told.matches("is registered already").count() == 2, "{told}");
        assert!(told.contains("declared.toml:6:"), "with the line: {told}");
        let shown = app.cli(&["app", "show", "sp"]);
        assert!(shown.contains("http://sp.example/acs (0 post)") && shown.contains("assertion signed"), "{shown}");
        assert!(app.cli(&["app", "show", "sp-wsfed"]).contains("saml11"));
    }
}

/// Serves one text at a time on this machine.
struct Publisher {
    text: Arc<Mutex<String>>,
    port: u16,
}

impl Publisher {
    fn start(text: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = Arc::new(Mutex::new(text.to_owned()));
        let served = Arc::clone(&text);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut head = [0; 4096];
                let _read = stream.read(&mut head);
                let body = served.lock().unwrap().clone();
                let _written = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/samlmetadata+xml\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { text, port }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/metadata", self.port)
    }
}

#[test]
fn in9_metadata_is_fetched_from_where_the_operator_allows_it_only() {
    let publisher = Publisher::start(&metadata("https://sp.example", "https://sp.example/acs", &certificate(), ""));
    let open = App::own(Settings::open(Engine::Sqlite));
    let closed = App::shared();
    for (app, allowed) in [(&open, true), (&closed, false)] {
        with_staff(app);
        let mut browser = at_work(app, "ada");
        let page = browser.get("/admin/applications/new");
        let page = browser.submit(&page.form("metadata_url").set("metadata_url", &publisher.url()));
        if allowed {
            assert_eq!(page.status(), 200, "{}", page.reply.text());
            let page = browser.submit(&page.form("attribute_1"));
            assert_eq!(page.status(), 200, "{}", page.reply.text());
            assert_eq!(app_of(app, "sp-example")["metadata_url"], publisher.url());
        } else {
            assert_eq!(page.status(), 422, "ADM-15: nothing inside is fetched: {}", page.reply.text());
            assert!(page.text_of("[role=alert]").contains("No usable answer"));
        }
        let declared = format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"sp-example\"\n\
             [tenant.application.saml]\nmetadata_url = \"{}\"\nname_id = \"transient\"\n",
            publisher.url()
        );
        let (done, told) = app.try_apply(&declared);
        assert_eq!(done, allowed, "{told}");
    }
    // The running server looks for itself, soon after its start. On a slow machine it has looked once already,
    // and would look again a day later.
    let moved = |acs: &str| {
        let now = publisher.text.lock().unwrap().replace("https://sp.example/acs", acs);
        *publisher.text.lock().unwrap() = now;
    };
    moved("https://new.sp.example/acs");
    // Of another one the metadata has to be signed, and is not.
    let pem = write_pem(signer().certificate());
    open.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"demanding\"\n\
         [tenant.application.saml]\nentity_id = \"https://two.example\"\nacs = [\"https://two.example/acs\"]\n\
         metadata_url = \"{}\"\nmetadata_certificates = \"\"\"\n{pem}\"\"\"\n",
        publisher.url()
    ));
    assert!(open.server.terminate().success());
    database::open(&open, Engine::Sqlite).execute("DELETE FROM metadata_watches");
    open.server.boot();
    eventually("the new address", || app_of(&open, "sp-example")["acs"][0]["url"] == "https://new.sp.example/acs");
    assert_eq!(open.count_events("application.refreshed"), 1);
    eventually("the other one held back", || open.count_events("application.refresh_held") > 0);
    let held = open.audit().into_iter().rfind(|event| event["kind"] == "application.refresh_held").unwrap();
    assert_eq!((&held["application"], &held["details"]["why"]), (&"demanding".into(), &"signature-missing".into()));
    let mut browser = at_work(&open, "ada");
    let home = browser.get("/admin");
    assert!(home.has("a[href$=\"/admin/applications/demanding\"]"), "an alert: {}", home.text_of("main"));
    let told = browser.get("/admin/applications/demanding").text_of("main");
    assert!(told.contains("The fetched metadata is not signed"), "{told}");
    *publisher.text.lock().unwrap() = " ".repeat(9 * 1024 * 1024);
    let page = browser.get("/admin/applications/new");
    let page = browser.submit(&page.form("metadata_url").set("metadata_url", &publisher.url()));
    assert!(page.text_of("[role=alert]").contains("more at the address"), "{}", page.reply.text());
    *publisher.text.lock().unwrap() = "gone".to_owned();
    let (done, told) = open.try_apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"sp-example\"\n\
         [tenant.application.saml]\nmetadata_url = \"{}\"\n",
        publisher.url()
    ));
    assert!(!done && told.contains(".metadata: is not XML"), "{told}");
}
