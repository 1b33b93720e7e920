//! Identity providers in the administration (IN-8): registered, changed, tried, taken out of use and deleted by people.

use base64::Engine as _;
use serde_json::{Value, json};

use super::with_staff;
use crate::support::idp::{CLIENT, CLIENT_SECRET, Idp};
use crate::support::{App, Browser, Engine, PASSWORD, Page, Settings};
use crate::{on_each_engine, support::server};

const HOME: &str = "/admin/identity-providers";

fn open_app(engine: Engine) -> App {
    let app = App::shared_open_on(engine);
    with_staff(&app);
    app
}

/// On a server that nobody else uses.
fn own_app(engine: Engine) -> App {
    let app = App::own(Settings::open(engine));
    with_staff(&app);
    app
}

fn at_work(app: &App, name: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(name, PASSWORD);
    assert!(browser.is_signed_in(), "{name}");
    browser
}

/// Registers the mock as `up` by the form.
fn register(browser: &mut Browser, issuer: &str, more: &[(&str, &str)]) -> Page {
    let page = browser.get(&format!("{HOME}/new?kind=oidc"));
    let mut form = page.form("issuer").set("id", "up").set("name", "Upstream").set("issuer", issuer);
    form = form.set("client_id", CLIENT).set("client_secret", CLIENT_SECRET);
    for (name, value) in more {
        form = form.set(name, value);
    }
    browser.submit(&form)
}

fn shown(app: &App, id: &str) -> Value {
    serde_json::from_str(&app.cli(&["idp", "show", id, "--output", "json"])).expect("JSON")
}

/// Signs in at the mock, whose answer is right.
fn come_back(app: &App, browser: &mut Browser, location: &str) -> Page {
    let to = url::Url::parse(location).expect("an address");
    let get = |name: &str| to.query_pairs().find(|(key, _)| key == name).expect("it is there").1.into_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &get("nonce"))
        .append_pair("state", &get("state"))
        .finish();
    browser.get(&format!("{}/federation/up/callback?{query}", app.base()))
}

on_each_engine! {
    fn in8_an_administrator_registers_a_provider_and_people_come_from_it(engine) {
        let (app, idp) = (open_app(engine), Idp::start());
        let mut browser = at_work(&app, "ada");
        let page = browser.get(&format!("{HOME}/new"));
        for kind in ["entra", "google", "oidc", "saml"] {
            assert!(page.has(&format!("a[href$='?kind={kind}']")), "{kind}");
        }
        let google = browser.get(&format!("{HOME}/new?kind=google")).form("issuer");
        assert_eq!(google.get("issuer"), Some("https://accounts.google.com"));
        let more = [("create_users", "1"), ("domains", "up.example"), ("role_claims", "buyers = buyer")];
        let page = register(&mut browser, &idp.issuer(), &more);
        assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "Upstream"), "{}", page.reply.text());
        let text = page.reply.text();
        assert!(text.contains(&format!("{}/federation/up/callback", app.base())), "{text}");
        assert!(!text.contains(CLIENT_SECRET) && text.contains("Stored, and never shown"), "{text}");
        let stands = shown(&app, "up");
        assert_eq!((&stands["issuer"], &stands["role_claims"]["buyers"]), (&json!(idp.issuer()), &json!("buyer")));
        let created = app.audit().into_iter().rfind(|event| event["kind"] == "identity_provider.created").unwrap();
        assert!(created["actor"].as_str().unwrap().starts_with("user:"));
        idp.claims(json!({ "groups": ["buyers"] }));
        let mut guest = app.browser();
        let start = guest.peek("/federation/up/start");
        come_back(&app, &mut guest, start.reply.location());
        assert_eq!(guest.peek("/account").status(), 200);
        assert!(guest.is_signed_in());
        let user: Value = serde_json::from_str(&app.cli(&["user", "show", "mette", "--output", "json"])).unwrap();
        assert_eq!(user["roles"], json!(["buyer"]));
        let list = browser.get(HOME).text_of(".people");
        assert!(list.contains("Upstream") && list.contains("1 person") && list.contains("last sign-in"), "{list}");
    }
}

on_each_engine! {
    fn in8_a_secret_stays_where_it_is_and_is_asked_for_again_when_its_address_changes(engine) {
        let app = open_app(engine);
        let mut browser = at_work(&app, "ada");
        register(&mut browser, "https://idp.example", &[]);
        let edit = |browser: &mut Browser| browser.get(&format!("{HOME}/up/edit")).form("issuer");
        let form = edit(&mut browser);
        assert_eq!(form.get("client_secret"), Some(""), "write-only");
        let page = browser.submit(&form.set("name", "Other"));
        assert!(page.text_of("[role=status]").contains("saved"), "{}", page.reply.text());
        assert_eq!(shown(&app, "up")["has_secret"], true);
        for (field, value) in [("issuer", "https://evil.example"), ("client_id", "another")] {
            let form = edit(&mut browser).set(field, value);
            let page = browser.submit(&form);
            assert_eq!(page.status(), 422, "{field}");
            assert!(page.text_of("#client_secret-fault").contains("once more"), "{}", page.reply.text());
            assert_ne!(shown(&app, "up")[field], value);
            let page = browser.submit(&page.form("issuer").set("client_secret", "new one"));
            assert_eq!(page.status(), 200, "{}", page.reply.text());
            assert_eq!(shown(&app, "up")[field], value);
        }
        // Without a secret at all, and back.
        let form = edit(&mut browser).set("token_endpoint_auth_method", "private_key_jwt");
    let page = browser.submit(&form);
        assert!(page.reply.text().contains("/oauth2/jwks"), "{}", page.reply.text());
        assert_eq!(shown(&app, "up")["has_secret"], false);
        let form = edit(&mut browser).set("token_endpoint_auth_method", "client_secret_basic");
    let page = browser.submit(&form);
        assert_eq!(page.status(), 422);
        let text = serde_json::to_string(&app.audit()).unwrap();
        assert!(!text.contains(CLIENT_SECRET) && !text.contains("new one"));
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let app = open_app(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    let table = [
        ("id", "new", "id"),
        ("id", "Not An Id", "id"),
        ("issuer", "http://idp.example", "issuer"),
        ("issuer", "javascript:alert(1)", "issuer"),
        ("client_id", "", "client_id"),
        ("client_secret", "", "client_secret"),
        ("domains", "Not A Domain", "domains"),
        ("role_claims", "buyers", "role_claims"),
        ("scopes", "profile", "scopes"),
        ("parameters", "state = x", "parameters"),
        ("claims", "password = x", "claims"),
        ("claims", "email = nonce", "claims"),
    ];
    for (field, value, at) in table {
        let page = register(&mut browser, "https://idp.example", &[(field, value)]);
        assert_eq!(page.status(), 422, "{field} = {value}: {}", page.reply.text());
        assert!(page.has(&format!("#{at}-fault")) && page.has(&format!("#{at}[aria-invalid]")), "{field} = {value}");
        assert_eq!(page.form("issuer").get("client_secret"), Some(""), "a secret never comes back");
    }
    assert_eq!(app.cli(&["idp", "list", "--output", "json"]).trim(), "[]");
    register(&mut browser, "https://idp.example", &[("domains", "up.example")]);
    let page = register(&mut browser, "https://idp.example", &[]);
    assert!(page.status() == 422 && page.has("#id-fault"), "taken: {}", page.reply.text());
    let page = register(&mut browser, "https://idp.example", &[("id", "twin"), ("domains", "up.example")]);
    assert!(page.status() == 422 && page.has("#domains-fault"), "taken: {}", page.reply.text());
    // Two windows: the second one is told.
    let (one, two) = (browser.get(&format!("{HOME}/up/edit")), browser.get(&format!("{HOME}/up/edit")));
    browser.submit(&one.form("issuer").set("name", "First"));
    let page = browser.submit(&two.form("issuer").set("name", "Second"));
    assert_eq!((page.status(), &shown(&app, "up")["name"]), (409, &json!("First")));
}

on_each_engine! {
    fn in8_a_provider_is_switched_off_and_deleted_with_open_eyes(engine) {
        let (app, idp) = (open_app(engine), Idp::start());
        let mut browser = at_work(&app, "ada");
        register(&mut browser, &idp.issuer(), &[("create_users", "1")]);
        let mut guest = app.browser();
        let start = guest.peek("/federation/up/start");
        come_back(&app, &mut guest, start.reply.location());
        let press = |browser: &mut Browser, end: &str| {
            let form = browser.get(&format!("{HOME}/up")).form_to(end).expect("a button");
            browser.submit(&form)
        };
        press(&mut browser, "/disable");
        assert_eq!(shown(&app, "up")["enabled"], false);
        assert!(app.browser().get("/federation/up/start").status() >= 400);
        press(&mut browser, "/enable");
        assert_eq!(app.browser().peek("/federation/up/start").status(), 303);
        let ask = browser.get(&format!("{HOME}/up/delete"));
        assert!(ask.text_of("main").contains("1 person comes from it"), "{}", ask.reply.text());
        let page = browser.submit(&ask.form_to("/delete").expect("a form"));
        assert!(page.status() == 409 && page.has("[role=alert]"), "{}", page.reply.text());
        assert_eq!(shown(&app, "up")["people"], 1);
        let page = browser.submit(&page.form_to("/delete").expect("a form").set("sure", "1"));
        assert!(page.text_of("[role=status]").contains("deleted"), "{}", page.reply.text());
        assert_eq!(guest.peek("/account").status(), 303, "whoever came by it is signed out");
        assert_eq!(app.server.command(&["idp", "show", "up", "--tenant", &app.slug]).status.code(), Some(4));
        let deleted = app.audit().into_iter().rfind(|event| event["kind"] == "identity_provider.deleted").unwrap();
        assert_eq!((&deleted["details"]["provider"], &deleted["details"]["identities"]), (&json!("up"), &json!("1")));
        // A later one of the same name has nobody's people: the name is taken, so that nobody gets the old account.
        register(&mut browser, &idp.issuer(), &[("create_users", "1")]);
        let mut again = app.browser();
        let start = again.peek("/federation/up/start");
        come_back(&app, &mut again, start.reply.location());
        assert!(!again.is_signed_in());
        app.cli(&["audit", "verify"]);
    }
}

#[test]
fn only_administrators_who_signed_in_a_moment_ago_change_providers() {
    let app = open_app(Engine::Sqlite);
    register(&mut at_work(&app, "ada"), "https://idp.example", &[]);
    let mut auditor = at_work(&app, "otto");
    assert_eq!(auditor.get(HOME).status(), 200);
    let page = auditor.get(&format!("{HOME}/up"));
    assert!(page.status() == 200 && page.form_to("/disable").is_none(), "{}", page.reply.text());
    for path in ["new", "new?kind=oidc", "up/edit", "up/delete", "up/try"] {
        assert_eq!(auditor.get(&format!("{HOME}/{path}")).status(), 403, "{path}");
    }
    let mut helper = at_work(&app, "hal");
    assert_eq!(helper.get(HOME).status(), 403);
    let mut ada = at_work(&app, "ada");
    for path in ["new", "up/edit", "up/enable", "up/disable", "up/delete", "up/try", "up/try/sign-in"] {
        let page = ada.post(&format!("{HOME}/{path}"), &[("csrf", "wrong"), ("sure", "1"), ("kind", "oidc")]);
        assert!(page.status() >= 400, "{path} without a token of its form: {}", page.status());
    }
    assert_eq!(shown(&app, "up")["enabled"], true);
}

/// Tries the connection up to the provider; where the browser would be sent.
fn sets_out(browser: &mut Browser) -> (Page, String) {
    let page = browser.get(&format!("{HOME}/up/try"));
    let page = browser.submit(&page.form_to("/try").expect("a button"));
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    let form = page.form_to("/try/sign-in").expect("a button");
    let policy = page.reply.header("content-security-policy").unwrap_or_default().to_owned();
    assert!(policy.contains("form-action 'self' https: http://127.0.0.1:"), "{policy}");
    let away = browser.submit_once(&form);
    assert_eq!(away.status(), 303, "{}", away.reply.text());
    let location = away.reply.location().to_owned();
    (page, location)
}

on_each_engine! {
    fn in8_a_trial_shows_each_step_and_signs_nobody_in(engine) {
        let (app, idp) = (own_app(engine), Idp::start());
        let mut browser = at_work(&app, "ada");
        register(&mut browser, &idp.issuer(), &[("create_users", "1"), ("role_claims", "buyers = buyer")]);
        browser.submit(&browser.clone().get(&format!("{HOME}/up")).form_to("/disable").expect("a button"));
        idp.document(json!({
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }));
        idp.claims(json!({ "groups": ["buyers", "<b>others</b>"], "secret_of_hers": "told only here" }));
        let (page, location) = sets_out(&mut browser);
        let steps = page.text_of(".things");
        for seen in [format!("{}/.well-known/openid-configuration", idp.issuer()), "S256".into(), "P-256".into(), "ms".into()] {
            assert!(steps.contains(&seen), "{seen}: {steps}");
        }
        assert!(!steps.contains("Does not work"), "{steps}");
        let before = app.cli(&["user", "list", "--output", "json"]);
        let session = browser.session_cookie().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page = come_back(&app, &mut browser, &location);
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        let text = page.reply.text();
        assert!(page.text_of("[role=status]").contains("can sign in"), "{text}");
        for seen in ["A new account with the username mette", "buyer", "told only here", "sub-1"] {
            assert!(text.contains(seen), "{seen}: {text}");
        }
        assert!(page.text_of("main").contains("<b>others"), "inert: {text}");
        assert!(!text.contains("<b>others") && page.reply.header("cache-control").is_some_and(|it| it.contains("no-store")));
        assert_eq!(app.cli(&["user", "list", "--output", "json"]), before, "nobody is made");
        let after = browser.session_cookie().map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(after, session, "nobody is signed in");
        assert_eq!(app.count_events("federation.accepted"), 0);
        let tried = app.audit().into_iter().rfind(|event| event["kind"] == "identity_provider.tried").unwrap();
        assert_eq!(tried["outcome"], "success");
        let log = app.server.log();
        for kept in [serde_json::to_string(&app.audit()).unwrap(), log] {
            assert!(!kept.contains("told only here") && !kept.contains("sub-1"), "claims are kept nowhere");
        }
        // The same answer once more shows nothing.
        assert!(come_back(&app, &mut browser, &location).status() >= 400);
    }
}

#[test]
fn a_trial_that_fails_says_where_and_what_to_do() {
    let (app, idp) = (open_app(Engine::Sqlite), Idp::start());
    let mut browser = at_work(&app, "ada");
    register(&mut browser, &idp.issuer(), &[]);
    let table = [
        (json!({ "aud": "another" }), json!({}), "The token is meant for us"),
        (json!({ "iss": "https://evil.example" }), json!({}), "The token is from the right provider"),
        (json!({ "nonce": "x" }), json!({}), "The token answers this very request"),
        (json!({ "exp": 1 }), json!({}), "The token is valid now"),
        (json!({ "sub": null }), json!({}), "It names the person"),
        (json!({}), json!({ "alg": "none" }), "The token is signed with its key"),
        (json!({}), json!({ "typ": "at+jwt" }), "The token is an ID token"),
    ];
    for (claims, header, step) in table {
        idp.claims(claims.clone());
        idp.header(header);
        let (_, location) = sets_out(&mut browser);
        let page = come_back(&app, &mut browser, &location);
        assert_eq!(page.status(), 200, "{step}: {}", page.reply.text());
        assert!(page.has("[role=alert]"), "{step}");
        let html = page.html();
        let line = scraper::Selector::parse(".things > li").unwrap();
        let failed: Vec<String> = html
            .select(&line)
            .map(|line| line.text().collect::<Vec<_>>().join(" "))
            .filter(|text| text.contains("Does not work"))
            .collect();
        assert!(failed.len() == 1 && failed[0].contains(step), "{step}: {failed:?}");
        let tried = app.audit().into_iter().rfind(|event| event["kind"] == "identity_provider.tried").unwrap();
        assert_eq!(tried["outcome"], "failure", "{step}");
    }
    idp.claims(json!({}));
    idp.header(json!({}));
    // Everything is right but that there is no account: said as such.
    let (_, location) = sets_out(&mut browser);
    let page = come_back(&app, &mut browser, &location);
    assert!(page.text_of("main").contains("Nobody: no account is linked"), "{}", page.reply.text());
    // What the provider says of itself is told too, before anybody goes there.
    idp.document(
        json!({ "issuer": "https://evil.example", "token_endpoint_auth_methods_supported": ["tls_client_auth"] }),
    );
    let page = browser.get(&format!("{HOME}/up/try"));
    let page = browser.submit(&page.form_to("/try").expect("a button"));
    let text = page.text_of("main");
    assert!(text.contains("https://evil.example") && text.contains("tls_client_auth"), "{text}");
    assert_eq!(text.matches("Does not work").count(), 2, "{text}");
}

#[test]
fn nobody_else_sees_what_comes_back_from_a_trial() {
    let (app, idp) = (open_app(Engine::Sqlite), Idp::start());
    let mut browser = at_work(&app, "ada");
    register(&mut browser, &idp.issuer(), &[]);
    let (_, location) = sets_out(&mut browser);
    // Another browser has nothing that the answer would fit.
    assert!(come_back(&app, &mut at_work(&app, "abe"), &location).status() >= 400);
    // The same browser, somebody else: the session is another's.
    let session = browser.session_cookie().expect("signed in").0.to_owned();
    browser.cookies.remove(&session);
    assert!(come_back(&app, &mut browser, &location).status() >= 400, "nobody");
    browser.sign_in("abe", PASSWORD);
    let page = come_back(&app, &mut browser, &location);
    assert!(page.status() >= 400 && !page.reply.text().contains("sub-1"), "{}", page.reply.text());
    assert!(idp.redeemed().is_empty(), "the code is not even shown to the provider");
}

on_each_engine! {
    fn in8_the_command_line_lists_shows_tries_and_switches(engine) {
        let (app, idp) = (own_app(engine), Idp::start());
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\nkind = \"oidc\"\n\
             issuer = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{CLIENT_SECRET}\"\ndomains = [\"up.example\"]\n",
            idp.issuer()
        ));
        assert!(app.cli(&["idp", "list"]).contains("up.example"));
        let told = app.cli(&["idp", "show", "up"]);
        assert!(told.contains("/federation/up/callback") && !told.contains(CLIENT_SECRET), "{told}");
        app.cli(&["idp", "disable", "up"]);
        assert_eq!(shown(&app, "up")["enabled"], false);
        app.cli(&["idp", "enable", "up"]);
        let event = app.audit().into_iter().rfind(|event| event["kind"] == "identity_provider.changed").unwrap();
        assert_eq!((&event["actor"], &event["details"]["provider"]), (&json!("operator"), &json!("up")));
        let command = |arguments: &[&str]| {
            let all = [arguments, &["--tenant", &app.slug]].concat();
            let output = app.server.command(&all);
            (output.status.code(), server::told(&output))
        };
        for verb in ["show", "try", "enable", "disable"] {
            assert_eq!(command(&["idp", verb, "nobody"]).0, Some(4), "{verb}");
        }
        for running in [true, false] {
            if !running {
                assert!(app.server.terminate().success());
            }
            let (code, told) = command(&["idp", "try", "up"]);
            assert!(code == Some(0) && told.contains("discovery") && told.contains("doubtful"), "{code:?} {told}");
            idp.document(json!({ "issuer": "https://evil.example" }));
            let (code, told) = command(&["idp", "try", "up", "--output", "json"]);
            assert!(code == Some(9) && told.contains("\"failed\""), "{code:?} {told}");
            idp.document(json!({}));
        }
    }
}

fn metadata(certificate: &str, sso: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://idp.example/saml\">\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

on_each_engine! {
    fn in8_a_saml_provider_is_registered_by_metadata_that_is_shown_first(engine) {
        let app = open_app(engine);
        let mut browser = at_work(&app, "ada");
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let made = rcgen::CertificateParams::new(vec!["idp.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let certificate = base64::engine::general_purpose::STANDARD.encode(made.der());
        let page = browser.get(&format!("{HOME}/new?kind=saml"));
        let form = page.form("metadata").set("id", "up").set("metadata", "<html/>");
        let page = browser.submit(&form);
        assert!(page.status() == 422 && page.has("#metadata-fault"), "{}", page.reply.text());
        let form = page.form("metadata").set("metadata", &metadata(&certificate, "https://idp.example/sso"));
        let page = browser.submit(&form);
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        let facts = page.text_of(".facts");
        assert!(facts.contains("https://idp.example/saml") && facts.contains("https://idp.example/sso"), "{facts}");
        assert_eq!(app.cli(&["idp", "list", "--output", "json"]).trim(), "[]", "nothing is saved yet");
        // What is saved is what was seen.
        let swapped = page.form("metadata").set("metadata", &metadata(&certificate, "https://evil.example/sso"));
        let again = browser.submit(&swapped);
        assert!(again.text_of(".facts").contains("evil.example"), "shown first: {}", again.reply.text());
        let page = browser.submit(&page.form("metadata"));
        assert_eq!((page.status(), page.text_of(".standing").as_str()), (200, "In use SAML 2.0"), "{}", page.reply.text());
        assert!(page.reply.text().contains(&format!("{}/federation/up/acs", app.base())));
        let stands = shown(&app, "up");
        assert_eq!((&stands["kind"], &stands["sign_on"]), (&json!("saml"), &json!("https://idp.example/sso")));
        // Other settings are changed without the metadata; what it said stays.
        let form = browser.get(&format!("{HOME}/up/edit")).form("metadata");
        let page = browser.submit(&form.set("name", "Other").set("create_users", "1"));
        assert_eq!(page.text_of("h1"), "Other", "{}", page.reply.text());
        let after = shown(&app, "up");
        assert_eq!((&after["certificates"], &after["entity_id"]), (&stands["certificates"], &stands["entity_id"]));
        assert_eq!(after["create_users"], true);
        let page = browser.get(&format!("{HOME}/up/try"));
        let page = browser.submit(&page.form_to("/try").expect("a button"));
        assert!(page.text_of(".things").contains("Its certificate is valid"), "{}", page.reply.text());
    }
}

#[test]
fn names_of_pages_are_nobodys_name() {
    let app = App::shared();
    for id in ["new", "new-oidc", "new-wsfed", "create"] {
        let (done, told) = app.try_apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"{id}\"\n\
             [tenant.application.wsfed]\nrealm = \"urn:x\"\nreply_urls = [\"https://rp.example/\"]\n"
        ));
        assert!(!done && told.contains("is the name of a page"), "{id}: {told}");
    }
    let (done, told) = app.try_apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.identity_provider]]\nid = \"new\"\nkind = \"oidc\"\n\
         issuer = \"https://idp.example\"\nclient_id = \"x\"\nclient_secret = \"y\"\n",
    );
    assert!(!done && told.contains("is the name of a page"), "{told}");
}
