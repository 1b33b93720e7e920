//! Every address of the contract that exists now is there, and nothing else answers 200.

use crate::support::{App, Call};

/// Path below the tenant, and the methods that mean something there.
const ROUTES: &[(&str, &[&str])] = &[
    ("/.well-known/openid-configuration", &["GET"]),
    ("/oauth2/jwks", &["GET"]),
    ("/oauth2/authorize", &["GET", "POST"]),
    ("/oauth2/token", &["POST"]),
    ("/oauth2/userinfo", &["GET", "POST"]),
    ("/oauth2/introspect", &["POST"]),
    ("/oauth2/revoke", &["POST"]),
    ("/oauth2/logout", &["GET", "POST"]),
    ("/sign-in", &["GET", "POST"]),
    ("/sign-out", &["GET", "POST"]),
];

#[test]
fn every_route_takes_its_methods_and_refuses_the_others() {
    let app = App::shared();
    for (path, methods) in ROUTES {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let status = Call::new(method, &app.path(path)).send(app.server.port()).unwrap().status;
            if methods.contains(&method) {
                assert!(!matches!(status, 404 | 405), "{method} {path}: {status}");
            } else {
                assert_eq!(status, 405, "{method} {path}");
            }
        }
    }
}

#[test]
fn what_is_switched_off_or_not_built_is_404() {
    let app = App::shared();
    for path in [
        "/playground",
        "/oauth2/par",
        "/oauth2/register",
        "/saml/metadata",
        "/wsfed",
        "/admin",
        "/nowhere",
        "/.git/config",
    ] {
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
}
