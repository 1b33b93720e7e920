//! The token endpoint (RFC 6749 §4.1.3, §4.4) and what it hands out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::client::{Auth, header, payload};
use crate::support::{App, CALLBACK, Call, Engine, SECRET, Settings, database, eventually};

#[test]
fn a_code_buys_an_id_token_an_access_token_and_a_refresh_token() {
    let app = App::shared();
    let rp = app.client("web");
    let code = rp.code(&mut app.signed_in());
    let reply = rp.try_redeem(&code);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("content-type").unwrap().starts_with("application/json"));
    let body = reply.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 300);
    let names: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from(["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"])
    );
}

#[test]
fn the_id_token_says_who_where_for_whom_and_when() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    let claims = tokens.id_claims();
    assert_eq!(claims["iss"], app.base());
    let audience = &claims["aud"];
    assert!(*audience == json!("web") || *audience == json!(["web"]), "this client and nobody else: {audience}");
    assert_eq!(claims["nonce"], "nonce-of-the-client");
    assert_eq!(claims["acr"], "urn:portner:acr:password");
    assert_eq!(claims["amr"], json!(["pwd"]));
    let at = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("no {name} in {claims}"));
    assert_eq!(at("exp") - at("iat"), 300);
    assert!(at("auth_time") <= at("iat"));
    assert!(claims["sub"].as_str().unwrap().len() <= 255);
    assert_eq!(header(tokens.id_token())["alg"], "RS256");
    insta::assert_json_snapshot!("id_token_members", claims.as_object().unwrap().keys().collect::<BTreeSet<_>>());
}

#[test]
fn the_access_token_is_a_jwt_after_rfc_9068() {
    let app = App::shared();
    let tokens = app.client("web").sign_in(&app);
    assert_eq!(header(tokens.access())["typ"], "at+jwt");
    let claims = payload(tokens.access());
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"] {
        assert!(!claims[name].is_null(), "{name} is missing: {claims}");
    }
    assert_eq!(claims["client_id"], "web");
    assert_eq!(claims["sub"], tokens.id_claims()["sub"]);
    for personal in ["email", "name", "given_name", "family_name", "preferred_username"] {
        assert!(claims[personal].is_null(), "{personal} is for UserInfo");
    }
}

#[test]
fn the_same_person_is_the_same_subject_and_others_are_not() {
    let app = App::shared();
    let mut bob = app.browser();
    bob.sign_in("bob", crate::support::PASSWORD);
    let alice = app.client("web").sign_in(&app).id_claims()["sub"].clone();
    assert_eq!(app.client("strict").sign_in(&app).id_claims()["sub"], alice);
    let rp = app.client("web");
    assert_ne!(rp.redeem(&rp.code(&mut bob)).id_claims()["sub"], alice);
}

#[test]
fn without_offline_access_there_is_no_refresh_token() {
    let app = App::shared();
    let rp = app.client("web").with("scope", "openid profile");
    let tokens = rp.redeem(&rp.code(&mut app.signed_in()));
    assert!(tokens.0.get("refresh_token").is_none(), "{}", tokens.0);
}

#[test]
fn without_openid_there_is_no_id_token() {
    let app = App::shared();
    let rp = app.client("web").with("scope", "profile email");
    let answer = rp.authorize(&mut app.signed_in()).answer();
    assert!(rp.redeem(&answer.code()).0.get("id_token").is_none());
}

#[test]
fn a_code_works_once_and_replay_revokes_what_it_bought() {
    let app = App::shared();
    let rp = app.client("web");
    let code = rp.code(&mut app.signed_in());
    let tokens = rp.redeem(&code);
    assert!(rp.is_active(tokens.access()));
    let replay = rp.try_redeem(&code);
    assert_eq!((replay.status, replay.error().as_str()), (400, "invalid_grant"));
    assert!(!rp.is_active(tokens.access()));
    assert_eq!(rp.userinfo(tokens.access()).status, 401);
    assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
    assert_eq!(app.count_events("code.replayed"), 1);
}

#[test]
fn a_code_is_of_use_only_to_the_client_it_was_made_for() {
    let app = App::shared();
    let rp = app.client("web");
    let mut browser = app.signed_in();
    for thief in [app.client("strict"), app.client("spa"), app.client("asking")] {
        let code = rp.code(&mut browser);
        let reply = thief.try_redeem(&code);
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"), "{}", thief.id);
    }
}

#[test]
fn a_code_of_another_tenant_is_no_code() {
    let (app, other) = (App::shared(), App::shared());
    let code = app.client("web").code(&mut app.signed_in());
    assert_eq!(other.client("web").try_redeem(&code).error(), "invalid_grant");
    app.client("web").redeem(&code);
}

#[test]
fn the_redirect_address_must_be_repeated() {
    let app = App::shared();
    let rp = app.client("web").without("code_challenge").without("code_challenge_method");
    let mut browser = app.signed_in();
    for uri in [None, Some(""), Some("https://app.example/callback/"), Some("https://evil.example/")] {
        let code = rp.code(&mut browser);
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code.as_str())];
        fields.extend(uri.map(|uri| ("redirect_uri", uri)));
        let reply = rp.token(&fields);
        assert_eq!(reply.status, 400, "{uri:?}: {}", reply.text());
    }
}

#[test]
fn malformed_token_requests_get_the_errors_of_rfc_6749() {
    let app = App::shared();
    let rp = app.client("web");
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[], "invalid_request"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("grant_type", "password"), ("username", "alice"), ("password", "x")], "unsupported_grant_type"),
        (&[("grant_type", "implicit")], "unsupported_grant_type"),
        (&[("grant_type", "client_credentials")], "unauthorized_client"),
        (&[("grant_type", "authorization_code")], "invalid_request"),
        (&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)], "invalid_grant"),
        (&[("grant_type", "authorization_code"), ("code", "x"), ("code", "y")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "nothing")], "invalid_grant"),
    ];
    for (fields, expected) in table {
        let reply = rp.token(fields);
        assert_eq!((reply.status, reply.error().as_str()), (400, *expected), "{fields:?}: {}", reply.text());
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    let get = app.get("/oauth2/token?grant_type=client_credentials");
    assert!(matches!(get.status, 400 | 404 | 405), "{}", get.status);
    let json = Call::new("POST", "/oauth2/token").body("application/json", r#"{"grant_type":"client_credentials"}"#);
    let reply = app.send(&json.basic("job", SECRET));
    assert!(matches!(reply.status, 400 | 415), "only forms are read: {}", reply.status);
    let query = Call::form("/oauth2/token?grant_type=client_credentials", &[]).basic("job", SECRET);
    assert_eq!(app.send(&query).error(), "invalid_request", "parameters are not read from the address");
}

#[test]
fn client_credentials_give_a_token_of_the_application_itself() {
    let app = App::shared();
    let job = app.client("job");
    let reply = job.token(&[("grant_type", "client_credentials"), ("scope", "reports:read")]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let body = reply.json();
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    assert_eq!(body["scope"].as_str().unwrap_or("reports:read"), "reports:read");
    let claims = payload(body["access_token"].as_str().unwrap());
    assert_eq!(claims["sub"], "job", "RFC 9068 §2.2");
    assert!(job.is_active(body["access_token"].as_str().unwrap()));
    let too_much = job.token(&[("grant_type", "client_credentials"), ("scope", "reports:read openid admin")]);
    assert_eq!((too_much.status, too_much.error().as_str()), (400, "invalid_scope"));
    let user = job.userinfo(body["access_token"].as_str().unwrap());
    assert!(matches!(user.status, 401 | 403), "there is no person behind it: {}", user.text());
}

#[test]
fn a_public_client_has_no_credentials_to_trade() {
    let app = App::shared();
    let reply = app.client("spa").token(&[("grant_type", "client_credentials")]);
    assert!(matches!(reply.error().as_str(), "unauthorized_client" | "invalid_client"), "{}", reply.text());
}

#[test]
fn codes_and_tokens_end_when_their_time_is_up() {
    let mut settings = Settings::new(Engine::Sqlite);
    settings.config += "[lifetimes]\nauthorization_code = \"1h\"\naccess_token = \"2s\"\nid_token = \"2s\"\n\
                        refresh_token_idle = \"2h\"\nrefresh_token_absolute = \"4h\"\n";
    let app = App::own(settings);
    let rp = app.client("web");
    let mut browser = app.signed_in();
    // The clock of a running server cannot be turned; what it has written down can be so much older.
    let mut raw = database::open(&app, Engine::Sqlite);
    let mut minutes_pass = |minutes: u32| {
        for column in ["codes SET expires_at", "refresh_tokens SET expires_at", "grants SET expires_at"] {
            let (_, name) = column.split_once(" SET ").unwrap();
            raw.execute(&format!("UPDATE {column} = {name} - {minutes} * 60000000"));
        }
    };
    let (late, later) = (rp.code(&mut browser), rp.code(&mut browser));
    minutes_pass(40);
    rp.redeem(&late);
    minutes_pass(20);
    assert_eq!(rp.try_redeem(&later).error(), "invalid_grant");
    // What an access token says of its end cannot be changed.
    let bought = std::time::Instant::now();
    let tokens = rp.redeem(&rp.code(&mut browser));
    assert_eq!(tokens.0["expires_in"], 2);
    eventually("the access token ends", || !rp.is_active(tokens.access()));
    assert!(bought.elapsed().as_millis() > 900);
    assert_eq!(rp.userinfo(tokens.access()).status, 401);
    // Idle for longer than it may be.
    minutes_pass(120);
    assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
    // In constant use it still ends at its absolute age.
    let mut token = rp.redeem(&rp.code(&mut browser)).refresh().to_owned();
    for hours in [1.5, 3.0] {
        minutes_pass(90);
        let reply = rp.refresh(&token);
        assert_eq!(reply.status, 200, "after {hours} hours: {}", reply.text());
        token = reply.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    minutes_pass(60);
    assert_eq!(rp.refresh(&token).error(), "invalid_grant");
}

#[test]
fn scripts_of_single_page_applications_may_call_the_token_endpoint() {
    let app = App::shared();
    let preflight = Call::new("OPTIONS", "/oauth2/token")
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "POST");
    let reply = app.send(&preflight);
    if reply.status < 300 {
        let allowed = reply.header("access-control-allow-origin").unwrap();
        assert!(allowed == "*" || allowed == "https://app.example", "{allowed}");
    }
    assert_eq!(reply.header("access-control-allow-credentials"), None, "cookies are never part of it");
}

#[test]
fn error_bodies_look_alike() {
    let app = App::shared();
    let rp = app.client("web");
    let mut bodies: Vec<Value> = Vec::new();
    for fields in [&[("grant_type", "nonsense")][..], &[("grant_type", "refresh_token"), ("refresh_token", "x")][..]] {
        bodies.push(rp.token(fields).json());
    }
    let mut stranger = rp.clone();
    stranger.secret = "wrong".to_owned();
    stranger.auth = Auth::Basic;
    bodies.push(stranger.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).json());
    for body in &mut bodies {
        if let Some(uri) = body.get_mut("error_uri") {
            *uri = json!(
                uri.as_str().unwrap().replace(&app.base(), "{base}").replace(&app.server.public_url(), "{public}")
            );
        }
    }
    insta::assert_json_snapshot!("token_errors", bodies);
}
