//! OpenID Connect applications in the administration (IN-9): registered, changed, given a new secret, by people.

use serde_json::{Value, json};

use super::staffed;
use crate::on_each_engine;
use crate::support::client::Auth;
use crate::support::{App, Browser, CALLBACK, Engine, Form, PASSWORD, Page, RelyingParty, SECRET};

const NEW: &str = "/admin/applications/new-oidc";

fn at_work(app: &App, name: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(name, PASSWORD);
    assert!(browser.is_signed_in(), "{name}");
    browser
}

fn shown(app: &App, id: &str) -> Value {
    serde_json::from_str(&app.cli(&["app", "show", id, "--output", "json"])).unwrap()
}

/// The form for a kind, filled in.
fn filled(browser: &mut Browser, kind: &str, fields: &[(&str, &str)]) -> Form {
    let mut form = browser.get(&format!("{NEW}?kind={kind}")).form("id");
    for (name, value) in fields {
        form = form.set(name, value);
    }
    form
}

/// The preview of it, and the form that registers it.
fn previewed(browser: &mut Browser, form: &Form) -> (Page, Form) {
    let page = browser.submit(form);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    let form = page.form("seen");
    (page, form)
}

fn registered(browser: &mut Browser, kind: &str, fields: &[(&str, &str)]) -> Page {
    let form = filled(browser, kind, fields);
    let (_, form) = previewed(browser, &form);
    let page = browser.submit(&form);
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    page
}

fn client(app: &App, id: &str, secret: &str) -> RelyingParty {
    let mut client = app.client(id);
    secret.clone_into(&mut client.secret);
    client
}

/// Whether the token endpoint takes this secret: a code that nobody issued is refused for another reason.
fn is_proof(app: &App, id: &str, secret: &str) -> bool {
    let reply = client(app, id, secret).try_redeem("ptc_unknown");
    match reply.json()["error"].as_str() {
        Some("invalid_grant") => true,
        Some("invalid_client") => false,
        other => panic!("{other:?}: {}", reply.text()),
    }
}

on_each_engine! {
    fn in9_an_administrator_registers_an_openid_connect_application_and_people_sign_in_to_it(engine) {
        let app = staffed(engine);
        let mut browser = at_work(&app, "ada");
        assert!(browser.get("/admin/applications").has(&format!("a[href$='{NEW}']")));
        for kind in ["confidential", "confidential&auth=private_key_jwt", "public", "service"] {
            assert!(browser.get(NEW).has(&format!("a[href$='?kind={kind}']")), "{kind}");
        }
        let both = format!("{CALLBACK}\r\nhttp://portal.example/cb");
        let fields = [("id", "portal"), ("name", "Portal"), ("redirect_uris", &both), ("scope_offline_access", "1")];
        let form = filled(&mut browser, "confidential", &fields);
        let (page, form) = previewed(&mut browser, &form);
        let told = page.text_of("#abilities");
        for ability in ["Everyone", CALLBACK, "(openid)", "(offline_access)", "client secret", "are not asked"] {
            assert!(told.contains(ability), "{ability}: {told}");
        }
        assert!(page.text_of(".todo").contains("uses http") && page.text_of(".todo").contains("http://portal.example"));
        assert!(!app.cli(&["app", "list"]).contains("portal"), "nothing is saved yet");
        // What is changed after that is shown again.
        let page = browser.submit(&form.clone().set("require_role", "buyer"));
        assert!(page.text_of("#abilities").contains("buyer") && page.has("[name=seen]"));
        let page = browser.submit(&form);
        assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "Copy the client secret now"));
        let secret = page.text_of("#secret");
        assert!(secret.starts_with("pta_") && secret.len() == 47, "{secret}");
        assert!(page.reply.header("cache-control").unwrap().contains("no-store"));
        assert!(!page.url.as_str().contains("pta_"));
        let tokens = client(&app, "portal", &secret).sign_in(&app);
        assert_eq!(tokens.id_claims()["email"], "alice@acme.example");
        assert_eq!(client(&app, "portal", &secret).refresh(tokens.refresh()).status, 200);
        // The same form again: one application, one secret, and it is not shown.
        let again = browser.submit(&form);
        assert_eq!((again.status(), again.text_of("h1").as_str()), (200, "Portal"), "{}", again.reply.text());
        assert!(again.text_of("[role=status]").contains("registered already"), "{}", again.reply.text());
        let text = again.text_of("main");
        for endpoint in [app.base(), format!("{}/.well-known/openid-configuration", app.base())] {
            assert!(text.contains(&endpoint), "{endpoint}: {text}");
        }
        assert!(text.contains("uses http"), "what there is to think about stays in sight");
        let audit = app.audit();
        let created = |event: &&Value| event["kind"] == "application.created" && event["application"] == "portal";
        let created: Vec<&Value> = audit.iter().filter(created).collect();
        assert!(created.len() == 1 && created[0]["actor"].as_str().unwrap().starts_with("user:"), "{created:?}");
        assert!(is_proof(&app, "portal", &secret));
        for said in [serde_json::to_string(&audit).unwrap(), again.reply.text(), app.cli(&["app", "show", "portal"])] {
            assert!(!said.contains(&secret) && !said.contains(&secret[4..]), "shown once");
        }
        // Another one cannot have its name.
        let form = filled(&mut browser, "public", &[("id", "portal"), ("redirect_uris", "https://x.example/cb")]);
        let (_, form) = previewed(&mut browser, &form);
        let taken = browser.submit(&form);
        assert!(taken.status() == 422 && taken.has("#id-fault"), "{}", taken.reply.text());
        assert_eq!(taken.form("id").get("redirect_uris"), Some("https://x.example/cb"));
    }
}

on_each_engine! {
    fn a_form_that_is_sent_twice_at_once_makes_one_application_and_one_secret(engine) {
        let app = staffed(engine);
        let mut desks: Vec<Browser> = ["ada", "abe", "ada"].iter().map(|name| at_work(&app, name)).collect();
        let ready = |browser: &mut Browser| {
            let form = filled(browser, "confidential", &[("id", "twice"), ("redirect_uris", CALLBACK)]);
            previewed(browser, &form).1
        };
        let at_once = |desks: &[Browser], forms: &[Form]| -> Vec<Page> {
            let send = |browser: &Browser, form: &Form| browser.clone().submit(form);
            std::thread::scope(|scope| {
                let pages: Vec<_> = desks.iter().zip(forms).map(|(desk, form)| scope.spawn(move || send(desk, form))).collect();
                pages.into_iter().map(|page| page.join().unwrap()).collect()
            })
        };
        let forms: Vec<Form> = desks.iter_mut().map(ready).collect();
        let pages = at_once(&desks, &forms);
        let secrets: Vec<String> = pages.iter().filter(|page| page.has("#secret")).map(|page| page.text_of("#secret")).collect();
        assert_eq!(secrets.len(), 1);
        assert!(is_proof(&app, "twice", &secrets[0]));
        let renew = |browser: &mut Browser| browser.get("/admin/applications/twice/secret").form("of");
        let forms: Vec<Form> = desks.iter_mut().map(renew).collect();
        let pages = at_once(&desks, &forms);
        let renewed: Vec<String> = pages.iter().filter(|page| page.has("#secret")).map(|page| page.text_of("#secret")).collect();
        assert_eq!((renewed.len(), pages.iter().filter(|page| page.status() == 409).count()), (1, 2));
        assert!(is_proof(&app, "twice", &renewed[0]) && !is_proof(&app, "twice", &secrets[0]));
        let of_it = |event: &&Value| event["application"] == "twice" && event["kind"].as_str().unwrap().starts_with("app");
        assert_eq!(app.audit().iter().filter(of_it).count(), 2, "made once, renewed once");
    }
}

on_each_engine! {
    fn a_new_secret_ends_the_old_one_at_once_and_is_shown_once(engine) {
        let app = staffed(engine);
        let mut browser = at_work(&app, "ada");
        let page = browser.get("/admin/applications/web");
        let page = browser.get(&page.link("a[href$='/secret']"));
        assert!(page.text_of("main").contains("stops working at once"), "{}", page.text_of("main"));
        assert!(is_proof(&app, "web", SECRET));
        let form = page.form("of");
        let page = browser.submit(&form);
        let secret = page.text_of("#secret");
        assert!(is_proof(&app, "web", &secret) && !is_proof(&app, "web", SECRET));
        let again = browser.submit(&form);
        assert!(again.status() == 409 && again.text_of("[role=alert]").contains("a moment ago"), "{}", again.reply.text());
        assert!(!again.reply.text().contains(&secret) && is_proof(&app, "web", &secret), "there is no third");
        let changed = app.audit().into_iter().rfind(|event| event["kind"] == "application.changed").unwrap();
        assert_eq!(changed["details"]["changed"], "oidc.secret");
        assert!(changed["details"].get("after").is_none() && !changed.to_string().contains(&secret));
        for without in ["spa", "unknown"] {
            assert_eq!(browser.get(&format!("/admin/applications/{without}/secret")).status(), 404, "{without}");
        }
    }
}

on_each_engine! {
    fn in9_a_declared_application_is_changed_and_what_the_form_does_not_show_stays(engine) {
        let app = staffed(engine);
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\nkind = \"oidc\"\n\
             issuer = \"https://idp.example\"\nclient_id = \"x\"\nclient_secret = \"y\"\n\
             [[tenant.application]]\nid = \"shop\"\nname = \"Shop\"\nidentity_provider = \"up\"\n\
             [tenant.application.oidc]\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\nrequire_pkce = false\n\
             scopes = [\"openid\", \"orders:read\"]\ngrant_types = [\"authorization_code\", \"refresh_token\"]\n"
        ));
        let before = shown(&app, "shop");
        let mut browser = at_work(&app, "ada");
        let edit = |browser: &mut Browser| browser.get("/admin/applications/shop/edit").form("stamp");
        let form = edit(&mut browser);
        assert_eq!((form.get("scope_openid"), form.get("scope_email"), form.get("scopes")), (Some("1"), None, Some("orders:read")));
        let unchanged = browser.submit(&form);
        assert!(unchanged.text_of("[role=status]").contains("nothing to change"), "{}", unchanged.reply.text());
        let page = browser.submit(&form.clone().set("name", "Butik").set("post_logout_redirect_uris", "https://shop.example/"));
        assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "Butik"), "{}", page.reply.text());
        let mut expected = before.clone();
        expected["name"] = "Butik".into();
        expected["post_logout_redirect_uris"] = json!(["https://shop.example/"]);
        assert_eq!(shown(&app, "shop"), expected, "the rest stays as it was");
        assert!(is_proof(&app, "shop", SECRET), "and so does the secret");
        let changed = app.audit().into_iter().rfind(|event| event["kind"] == "application.changed").unwrap();
        assert_eq!(changed["details"]["changed"], "name, oidc.post_logout_redirect_uris");
        assert!(changed["details"]["after"].as_str().unwrap().contains("Butik"));
        assert_eq!(browser.submit(&form.set("name", "Late")).status(), 409, "somebody else was faster");
        // An address that others can read along with is shown before it is saved.
        let form = edit(&mut browser).set("redirect_uris", "http://shop.example/cb");
        let page = browser.submit(&form);
        assert!(page.status() == 200 && page.text_of(".todo").contains("uses http"), "{}", page.reply.text());
        assert_eq!(shown(&app, "shop"), expected);
        let page = browser.submit(&page.form("seen"));
        assert!(page.text_of("[role=status]").contains("saved"), "{}", page.reply.text());
        assert_eq!(shown(&app, "shop")["redirect_uris"], json!(["http://shop.example/cb"]));
        // Out of use, nobody gets in.
        let page = browser.get("/admin/applications/web");
        browser.submit(&page.form_to("/disable").unwrap());
        assert!(!is_proof(&app, "web", SECRET));
        let page = browser.get("/admin/applications/web");
        browser.submit(&page.form_to("/enable").unwrap());
        assert!(is_proof(&app, "web", SECRET));
    }
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_that_was_typed_is_lost() {
    let app = staffed(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    let fields = [
        ("id", "new"),
        ("name", "Shop"),
        ("redirect_uris", "https://shop.example/cb\r\nhttps://*.shop.example/cb"),
        ("post_logout_redirect_uris", "javascript:alert(1)"),
        ("backchannel_logout_uri", "ftp://shop.example"),
        ("jwks", "{}"),
        ("scopes", "orders:read\r\ntwo words"),
        ("id_token_signed_response_alg", "ES256"),
    ];
    let form = filled(&mut browser, "confidential", &fields);
    let page = browser.submit(&form);
    assert_eq!(page.status(), 422, "{}", page.reply.text());
    let told = page.text_of("[role=alert]");
    for reason in
        ["https://*.shop.example/cb", "javascript:alert(1)", "two words", "begins with https", "cannot be “new”"]
    {
        assert!(told.contains(reason), "{reason}: {told}");
    }
    let faulty = ["id", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "jwks", "scopes"];
    for field in faulty {
        assert!(page.has(&format!("#{field}-fault")) && page.has(&format!("#{field}[aria-invalid]")), "{field}");
    }
    let again = page.form("id");
    for (name, value) in fields {
        assert_eq!(again.get(name), Some(value.replace("\r\n", "\n").as_str()), "{name}");
    }
    assert_eq!((again.get("scope_openid"), again.get("scope_groups")), (Some("1"), None));
    // Nothing to return to, and choices that are on no list.
    for (name, value) in [("redirect_uris", ""), ("consent", "never"), ("token_endpoint_auth_method", "none")] {
        let good = [("id", "shop"), ("redirect_uris", "https://shop.example/cb"), (name, value)];
        let form = filled(&mut browser, "confidential", &good);
        let page = browser.submit(&form);
        assert!(page.status() == 422 && page.has(&format!("#{name}-fault")), "{name}: {}", page.reply.text());
    }
    // Whoever leaves the preview out is shown it, whatever mark comes along.
    let good = [("id", "shop"), ("redirect_uris", "https://shop.example/cb"), ("seen", "0123456789abcdef")];
    let form = filled(&mut browser, "confidential", &good);
    assert!(browser.submit(&form).has("#abilities"));
    assert_eq!(app.count_events("application.created"), 5, "only the usual ones");
}

#[test]
fn in9_apps_services_and_keys_of_their_own_need_no_more_than_they_have() {
    let app = staffed(Engine::Sqlite);
    let mut browser = at_work(&app, "ada");
    // An app has no secret: it is simply there.
    let page = registered(&mut browser, "public", &[("id", "phone"), ("redirect_uris", CALLBACK)]);
    assert!(page.text_of("[role=status]").contains("has been registered") && !page.has("#secret"));
    assert!(!page.has("a[href$='/secret']"));
    let mut phone = client(&app, "phone", "").with("scope", "openid");
    phone.auth = Auth::None;
    assert_eq!(phone.sign_in(&app).id_claims()["aud"], "phone");
    // A service gets tokens for itself, and nobody signs in to it.
    let page = registered(&mut browser, "service", &[("id", "nightly"), ("scopes", "reports:read")]);
    let nightly = client(&app, "nightly", &page.text_of("#secret"));
    let reply = nightly.token(&[("grant_type", "client_credentials"), ("scope", "reports:read")]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let page = browser.get("/admin/applications/nightly");
    assert!(!page.text_of("main").contains("sign in from there"), "{}", page.text_of("main"));
    // A web application with a key: the private one is refused, and with the public one there is no secret.
    let public = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                         "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "use": "sig" });
    let mut private = public.clone();
    private["d"] = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI".into();
    let set = |key: &Value| json!({ "keys": [key] }).to_string();
    let fields = [("id", "keyed"), ("redirect_uris", CALLBACK), ("jwks", &set(&private))];
    let form = filled(&mut browser, "confidential&auth=private_key_jwt", &fields);
    assert_eq!(form.get("token_endpoint_auth_method"), Some("private_key_jwt"));
    let page = browser.submit(&form);
    assert!(page.status() == 422 && page.has("#jwks-fault"), "{}", page.reply.text());
    let (page, form) = previewed(&mut browser, &form.set("jwks", &set(&public)));
    assert!(page.text_of("#abilities").contains("its own key"), "{}", page.text_of("#abilities"));
    let page = browser.submit(&form);
    assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "keyed"), "{}", page.reply.text());
    assert_eq!(shown(&app, "keyed")["jwks"]["keys"][0]["x"], public["x"]);
    // The day it is to have a secret after all, it is made and shown then.
    let form = browser.get("/admin/applications/keyed/edit").form("stamp");
    let page = browser.submit(&form.set("token_endpoint_auth_method", "").set("jwks", ""));
    assert!(is_proof(&app, "keyed", &page.text_of("#secret")), "{}", page.reply.text());
    app.cli(&["audit", "verify"]);
}

#[test]
fn auditors_look_at_applications_and_only_administrators_register_change_and_renew_them() {
    let app = staffed(Engine::Sqlite);
    let mut auditor = at_work(&app, "otto");
    let page = auditor.get("/admin/applications/web");
    assert!(page.status() == 200 && page.text_of("main").contains("openid-configuration"));
    assert!(!page.has("a[href$='/secret']") && !page.has("a[href$='/edit']"));
    assert!(!auditor.get("/admin/applications").has(&format!("a[href$='{NEW}']")));
    let pages = [NEW, "/admin/applications/web/edit", "/admin/applications/web/secret"];
    for name in ["otto", "hal", "alice"] {
        let mut browser = at_work(&app, name);
        for path in pages {
            assert_eq!(browser.get(path).status(), 403, "{name} {path}");
            assert_eq!(browser.post(path, &[("kind", "public")]).status(), 403, "{name} {path}");
        }
    }
    // Without the token of the form nothing is done for anybody.
    let mut browser = at_work(&app, "ada");
    for path in pages {
        let before = app.audit().iter().filter(|event| event["kind"] == "form.refused").count();
        let page = browser.post(path, &[("kind", "public"), ("id", "forged"), ("redirect_uris", CALLBACK)]);
        assert!(page.status() >= 400 && !page.has("#secret"), "{path}: {}", page.status());
        let after = app.audit().iter().filter(|event| event["kind"] == "form.refused").count();
        assert_eq!(after, before + 1, "{path}");
    }
    assert!(is_proof(&app, "web", SECRET) && !app.cli(&["app", "list"]).contains("forged"));
}
