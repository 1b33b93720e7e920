//! RFC 7662 and RFC 7009.

use serde_json::json;

use crate::support::App;
use crate::support::client::Auth;

#[test]
fn introspection_tells_about_a_live_token() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    let access = rp.introspect(tokens.access());
    assert_eq!(access["active"], true);
    assert_eq!(access["client_id"], "web");
    assert_eq!(access["iss"], app.base());
    assert_eq!(access["token_type"], "Bearer");
    assert_eq!(access["sub"], tokens.id_claims()["sub"]);
    assert!(access["scope"].as_str().unwrap().contains("openid"));
    assert!(access["exp"].as_i64().unwrap() > access["iat"].as_i64().unwrap());
    let refresh = rp.introspect(tokens.refresh());
    assert_eq!((&refresh["active"], &refresh["client_id"]), (&json!(true), &json!("web")));
}

#[test]
fn everything_else_is_inactive_and_nothing_more_is_told() {
    let app = App::shared();
    let other = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    let foreign = other.client("web").sign_in(&other);
    let mut altered = tokens.access().to_owned();
    let place = altered.len() - 10..altered.len() - 9;
    let other = if &altered[place.clone()] == "A" { "B" } else { "A" };
    altered.replace_range(place, other);
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", tokens.access().split('.').nth(1).unwrap());
    for token in ["", "x", "a.b.c", tokens.id_token(), foreign.access(), foreign.refresh(), &unsigned] {
        let reply = rp.post("/oauth2/introspect", &[("token", token)]);
        if token.is_empty() && reply.status == 400 {
            continue;
        }
        assert_eq!(reply.json(), json!({"active": false}), "{token}");
    }
    assert_eq!(rp.userinfo(&unsigned).status, 401);
    let altered = rp.introspect(&altered);
    assert_eq!(altered, json!({"active": false}));
}

#[test]
fn introspection_and_revocation_need_a_client() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let mut wrong = rp.clone();
        wrong.secret = "wrong".to_owned();
        assert_eq!(wrong.post(path, &[("token", tokens.access())]).status, 401, "{path}");
        wrong.auth = Auth::None;
        assert_eq!(wrong.post(path, &[("token", tokens.access())]).status, 401, "{path}");
        let get = app.get(&format!("{path}?token={}", tokens.access()));
        assert!(matches!(get.status, 400 | 401 | 404 | 405), "{path} by GET: {}", get.status);
        assert_eq!(rp.post(path, &[]).error(), "invalid_request", "{path} without a token");
    }
    assert!(rp.is_active(tokens.access()));
}

#[test]
fn a_public_client_learns_nothing_of_others_tokens() {
    let app = App::shared();
    let tokens = app.client("web").sign_in(&app);
    let reply = app.client("spa").post("/oauth2/introspect", &[("token", tokens.access())]);
    assert!(reply.status == 401 || reply.json() == json!({"active": false}), "{}", reply.text());
}

#[test]
fn a_revoked_refresh_token_takes_its_family_along() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    assert_eq!(rp.revoke(tokens.refresh()).status, 200);
    assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
    assert!(!rp.is_active(tokens.access()), "RFC 7009 §2.1");
    assert_eq!(rp.userinfo(tokens.access()).status, 401);
}

#[test]
fn a_revoked_access_token_is_dead_and_the_family_lives() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    assert_eq!(rp.revoke(tokens.access()).status, 200);
    assert!(!rp.is_active(tokens.access()));
    assert_eq!(rp.userinfo(tokens.access()).status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).status, 200);
}

#[test]
fn revoking_what_is_not_there_is_no_error_and_what_is_anothers_stays() {
    let app = App::shared();
    let rp = app.client("web");
    assert_eq!(rp.revoke("nothing").status, 200, "RFC 7009 §2.2");
    let tokens = rp.sign_in(&app);
    for token in [tokens.refresh(), tokens.access()] {
        let reply = app.client("strict").revoke(token);
        assert!(matches!(reply.status, 200 | 400), "{}", reply.text());
    }
    assert!(rp.is_active(tokens.access()));
    assert_eq!(rp.refresh(tokens.refresh()).status, 200);
}
