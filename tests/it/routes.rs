//! Every address of the contract that exists now is there, and nothing else answers 200.

use std::collections::BTreeMap;

use portner::web::routes::{Guard, TENANT_ROUTES};

use crate::support::{App, Call, PASSWORD};

const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "PATCH"];

/// A tenant with everything switched on that can be.
fn whole_app() -> App {
    let app = App::shared();
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nplayground = true\n");
    app
}

/// What a path of the table stands for here.
fn concrete(app: &App, path: &str) -> String {
    app.path(
        &path
            .replace("{code}", "PRT-1101")
            .replace("{idp}", "up")
            .replace("{id}", "0197d0c4-0000-7000-8000-000000000001"),
    )
}

#[test]
fn every_route_takes_its_methods_and_refuses_the_others() {
    let app = whole_app();
    let mut table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (method, path, _) in TENANT_ROUTES {
        table.entry(path).or_default().push(method);
    }
    for (path, methods) in table {
        for method in METHODS {
            let reply = Call::new(method, &concrete(&app, path)).send(app.server.port()).unwrap();
            if methods.contains(method) {
                assert!(!matches!(reply.status, 404 | 405), "{method} {path}: {}", reply.status);
            } else {
                assert_eq!(reply.status, 405, "{method} {path}");
                let allowed = reply.header("allow").unwrap_or_else(|| panic!("{method} {path} says what there is"));
                let named: Vec<&str> = allowed.split(", ").filter(|one| METHODS.contains(one)).collect();
                assert_eq!(named, methods, "{method} {path}: {allowed}");
            }
        }
    }
}

#[test]
fn every_route_is_guarded_as_the_table_says() {
    let app = whole_app();
    for (method, path, guard) in TENANT_ROUTES {
        let call = match *method {
            "POST" => {
                Call::form(&concrete(&app, path), &[("username", "alice"), ("password", "x"), ("decision", "allow")])
            }
            method => Call::new(method, &concrete(&app, path)),
        };
        let reply = call.send(app.server.port()).unwrap();
        let told = format!("{method} {path}: {} {}", reply.status, reply.text());
        match guard {
            Guard::Public => assert!(reply.status < 500, "{told}"),
            Guard::Credential => assert!(matches!(reply.status, 400 | 401), "{told}"),
            // No token, no effect: the page again, or a refusal.
            Guard::Form => {
                // A page for somebody who is known asks who it is before it looks at the form.
                let to_sign_in = reply.header("location").is_some_and(|to| to.contains("/sign-in?page="));
                assert!(reply.status < 500 && (reply.status != 303 || to_sign_in), "{told}");
                assert!(!reply.cookies().any(|line| line.contains("pts_")), "{told}");
            }
            Guard::Person => {
                assert_eq!(reply.status, 303, "{told}");
                assert!(reply.location().contains("/sign-in?page="), "{told} {}", reply.location());
            }
            Guard::Session => assert!(!reply.text().contains("Alice"), "{told}"),
        }
    }
    let heard = ["signin.failed", "consent.given", "session.ended"];
    assert!(heard.iter().all(|kind| app.count_events(kind) == 0), "nothing happened");
}

#[test]
fn whoever_asks_only_whether_it_is_there_hears_so() {
    let app = whole_app();
    let outside = ["/", "/robots.txt", "/favicon.ico", "/docs/errors", "/docs/errors/PRT-1101"].map(str::to_owned);
    let inside = [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth2/jwks",
        "/saml/metadata",
        "/wsfed/metadata",
        "/FederationMetadata/2007-06/FederationMetadata.xml",
        "/status",
        "/docs/errors",
        "/docs/errors/PRT-1101",
    ];
    for path in outside.into_iter().chain(inside.map(|path| app.path(path))) {
        let ask = |method: &str| Call::new(method, &path).send(app.server.port()).unwrap();
        let (head, get) = (ask("HEAD"), ask("GET"));
        assert_eq!((head.status, get.status), (200, 200), "{path}");
        let told = |reply: &crate::support::http::Reply| {
            ["content-type", "etag", "cache-control"].map(|name| reply.header(name).map(str::to_owned))
        };
        assert_eq!(told(&head), told(&get), "{path}");
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(ask("DELETE").header("allow"), Some("GET, HEAD"), "{path}");
    }
    let sign_in = Call::new("HEAD", &app.path("/sign-in")).send(app.server.port()).unwrap();
    assert_eq!((sign_in.status, sign_in.header("allow")), (405, Some("GET, POST")));
}

#[test]
fn whoever_has_no_part_in_the_administration_is_turned_away_at_each_of_its_doors_and_remembered() {
    let app = whole_app();
    let mut bob = app.browser();
    bob.sign_in("bob", PASSWORD);
    let doors: Vec<_> = TENANT_ROUTES.iter().filter(|(_, path, _)| path.starts_with("/admin")).collect();
    assert!(doors.len() > 20);
    for (number, (method, path, _)) in doors.iter().enumerate() {
        let url = bob.url(&concrete(&app, path)[app.path("").len()..]);
        let body = (*method == "POST").then(String::new);
        let page = bob.send(&url, method, body);
        assert_eq!(page.status(), 403, "{method} {path}: {}", page.reply.text());
        assert_eq!(app.count_events("admin.refused"), number + 1, "{method} {path}");
    }
}

#[test]
fn what_is_switched_off_or_not_built_is_404() {
    let app = App::shared();
    for path in ["/playground", "/playground/saml", "/oauth2/par", "/oauth2/register", "/nowhere", "/.git/config"] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
}

#[test]
fn the_front_page_and_small_files_are_there() {
    let app = App::shared();
    let front = Call::get("/").send(app.server.port()).unwrap();
    assert_eq!(front.status, 200, "{}", front.text());
    assert!(!front.text().contains(&app.slug), "it lists no customers");
}

#[test]
fn an_api_error_is_json_and_a_page_error_is_a_page() {
    let app = App::shared();
    let page = app.send(&Call::get("/nowhere").header("Accept", "text/html"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.text().contains("PRT-1002"));
    let token = app.send(&Call::new("POST", "/oauth2/token"));
    assert!(token.header("content-type").unwrap().starts_with("application/json"));
    // An address or a method that is wrong: a library reads JSON, a browser shows a page.
    let (json, html) = (Some("application/json"), Some("text/html,application/xhtml+xml"));
    let table = [
        ("GET", app.path("/oauth2/token"), None, Some((405, "PRT-1003"))),
        ("GET", app.path("/oauth2/nowhere"), Some("*/*"), Some((404, "PRT-1002"))),
        ("GET", "/t/nobody-has-this/.well-known/openid-configuration".to_owned(), None, Some((404, "PRT-1002"))),
        ("GET", app.path("/.well-known/nowhere"), json, Some((404, "PRT-1002"))),
        ("DELETE", app.path("/saml/metadata"), json, Some((405, "PRT-1003"))),
        ("GET", app.path("/oauth2/token"), html, None),
        ("GET", app.path("/oauth2/nowhere"), html, None),
        ("GET", app.path("/nowhere"), Some("*/*"), None),
        ("GET", app.path("/oauth2/authorize?client_id=nobody"), json, None),
    ];
    for (method, path, accept, expected) in table {
        let call = Call::new(method, &path);
        let call = accept.into_iter().fold(call, |call, accept| call.header("Accept", accept));
        let reply = call.send(app.server.port()).unwrap();
        let kind = reply.header("content-type").unwrap_or_default().to_owned();
        let Some((status, code)) = expected else {
            assert!(kind.starts_with("text/html"), "{method} {path} {accept:?}: {kind}");
            continue;
        };
        assert_eq!((reply.status, kind.as_str()), (status, "application/json"), "{method} {path} {accept:?}");
        let told = reply.json();
        assert!(told["error_description"].as_str().unwrap().starts_with(code), "{told}");
        assert_eq!(told["request_id"].as_str(), reply.header("x-request-id"), "what stands in the log");
        assert_eq!(reply.header("allow").is_some(), status == 405, "{method} {path}");
    }
}

#[test]
fn the_address_of_a_tenant_leads_to_what_is_theirs_there() {
    let app = App::shared();
    let host = format!("{}.example", app.slug);
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nhosts = [\"{host}\"]\n"));
    for path in ["", "/"] {
        let reply = app.send(&Call::get(path));
        assert_eq!((reply.status, reply.location()), (303, app.path("/account").as_str()), "{path:?}");
    }
    let own = Call::get("/").header("Host", host.as_str()).send(app.server.port()).unwrap();
    assert_eq!((own.status, own.location()), (303, "/account"));
    for stranger in ["/t/nobody-has-this", "/t/nobody-has-this/"] {
        assert_eq!(Call::get(stranger).send(app.server.port()).unwrap().status, 404, "{stranger}");
    }
}

#[test]
fn an_error_page_leads_to_what_its_code_means() {
    let app = App::shared();
    let page = app.browser().get("/oauth2/authorize?client_id=nobody");
    let catalogue = page.link("main dd a");
    assert!(catalogue.ends_with(&app.path("/docs/errors/PRT-1101")), "{catalogue}");
    let explained = app.browser().get(&catalogue);
    assert!(explained.status() == 200 && explained.reply.text().contains("client_id"), "{}", explained.reply.text());
    let every = app.browser().get(&explained.link("main p.below a"));
    assert!(every.has("main li a[href$='/docs/errors/PRT-1334']"), "{}", every.reply.text());
    // Where no tenant is, too; and as people type it.
    let bare = Call::get("/t/nobody-has-this").send(app.server.port()).unwrap().text();
    assert!(bare.contains("href=\"/docs/errors/PRT-1002\""), "{bare}");
    assert_eq!(Call::get("/docs/errors/prt-1002").send(app.server.port()).unwrap().status, 200);
    assert_eq!(app.get("/docs/errors/PRT-1").status, 404);
}
