use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{App, Call};

fn neutral(app: &App, value: &Value) -> Value {
    let text = value.to_string().replace(&app.base(), "{base}").replace(&app.server.public_url(), "{public}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn discovery_says_what_is_there_and_nothing_more() {
    let app = App::shared();
    let reply = app.get("/.well-known/openid-configuration");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.json()["issuer"], app.base(), "the issuer is exactly what the address says");
    insta::assert_json_snapshot!("discovery", neutral(&app, &reply.json()));
}

#[test]
fn the_metadata_of_rfc_8414_stands_at_its_own_place_with_the_same_content() {
    let app = App::shared();
    let path = format!("/.well-known/oauth-authorization-server/t/{}", app.slug);
    let metadata = Call::get(&path).send(app.server.port()).unwrap();
    assert_eq!(metadata.status, 200, "{}", metadata.text());
    assert_eq!(metadata.json(), app.get("/.well-known/openid-configuration").json());
}

#[test]
fn every_endpoint_of_the_metadata_exists() {
    let app = App::shared();
    let metadata = app.get("/.well-known/openid-configuration").json();
    for (name, value) in metadata.as_object().unwrap() {
        let Some(url) = value.as_str().filter(|_| name.ends_with("_endpoint") || name == "jwks_uri") else { continue };
        let path = url.strip_prefix(&app.server.public_url()).unwrap_or_else(|| panic!("{name} is elsewhere: {url}"));
        for method in ["GET", "POST"] {
            let status = Call::new(method, path).send(app.server.port()).unwrap().status;
            assert!(status != 404 && status < 500, "{method} {name}: {status}");
        }
    }
}

#[test]
fn the_key_set_holds_public_keys_only_and_each_has_its_own_name() {
    let app = App::shared();
    let reply = app.get("/oauth2/jwks");
    assert_eq!(reply.status, 200);
    let body = reply.json();
    let keys = body["keys"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for key in keys {
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let secret: Vec<_> =
            ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().filter(|it| members.contains(*it)).collect();
        assert!(secret.is_empty(), "private members are published: {secret:?}");
        assert!(names.insert(key["kid"].as_str().unwrap().to_owned()), "a kid is used twice");
        assert_eq!(key["use"], "sig");
    }
    let kinds: BTreeSet<&str> = keys.iter().map(|key| key["kty"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["EC", "OKP", "RSA"]));
    let mut shapes: Vec<Value> = keys
        .iter()
        .map(|key| {
            let members = key.as_object().unwrap().iter();
            let neutral = members.map(|(name, value)| match name.as_str() {
                "kid" | "n" | "x" | "y" => (name.clone(), json!("…")),
                _ => (name.clone(), value.clone()),
            });
            Value::Object(neutral.collect())
        })
        .collect();
    shapes.sort_by_key(Value::to_string);
    shapes.dedup();
    insta::assert_json_snapshot!("jwks", shapes);
}

#[test]
fn discovery_and_keys_may_be_cached_and_asked_for_again() {
    let app = App::shared();
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        let first = app.get(path);
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has an ETag")).to_owned();
        let again = app.send(&Call::get(path).header("If-None-Match", tag));
        assert_eq!(again.status, 304, "{path}");
        // What compresses an answer on the way makes its tag a weak one (RFC 9110 §13.1.2).
        let weak = app
            .send(&Call::get(path).header("If-None-Match", format!("\"other\", W/{}", again.header("etag").unwrap())));
        assert_eq!(weak.status, 304, "{path}");
        assert_eq!(first.header("access-control-allow-origin"), Some("*"), "{path} is for scripts of any origin");
    }
}

#[test]
fn two_tenants_share_neither_issuer_nor_keys() {
    let (one, other) = (App::shared(), App::shared());
    let keys = |app: &App| {
        let keys = app.get("/oauth2/jwks").json();
        let keys = keys["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(keys(&one).is_disjoint(&keys(&other)));
    assert_ne!(one.base(), other.base());
}

#[test]
fn a_tenant_or_document_that_is_not_there_is_404() {
    let app = App::shared();
    for path in [
        "/t/nobody/.well-known/openid-configuration",
        "/t/nobody/oauth2/jwks",
        "/.well-known/oauth-authorization-server/t/nobody",
        "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200",
        "/t/../etc/passwd",
        "/t/%2e%2e/x",
    ] {
        let reply = Call::get(path).send(app.server.port()).unwrap();
        assert_eq!(reply.status, 404, "{path}: {}", reply.text());
    }
}
