//! Refresh tokens: rotation, reuse, narrowing, ends (RFC 9700 §4.14).

use serde_json::json;

use crate::on_each_engine;
use crate::support::client::payload;
use crate::support::{App, Tokens};

#[test]
fn a_refresh_token_is_replaced_at_every_use() {
    let app = App::shared();
    for rp in [app.client("web"), app.client("spa"), app.client("strict")] {
        let first = rp.sign_in(&app);
        let second = Tokens(rp.refresh(first.refresh()).json());
        let third = Tokens(rp.refresh(second.refresh()).json());
        assert_ne!(second.refresh(), first.refresh());
        assert_ne!(third.refresh(), second.refresh());
        assert!(rp.userinfo(third.access()).status == 200);
        let (before, after) = (first.id_claims(), third.id_claims());
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[same], after[same], "OpenID Connect Core §12.2: {same}");
        }
    }
}

#[test]
fn a_refresh_token_used_again_ends_the_whole_family() {
    let app = App::shared();
    let rp = app.client("web");
    let first = rp.sign_in(&app);
    let second = Tokens(rp.refresh(first.refresh()).json());
    let replay = rp.refresh(first.refresh());
    assert_eq!((replay.status, replay.error().as_str()), (400, "invalid_grant"));
    assert_eq!(rp.refresh(second.refresh()).error(), "invalid_grant", "the newest one too");
    assert!(!rp.is_active(second.refresh()));
    for tokens in [&first, &second] {
        assert!(!rp.is_active(tokens.access()));
        assert_eq!(rp.userinfo(tokens.access()).status, 401);
    }
    assert_eq!(app.count_events("token.refresh_replayed"), 1);
    // Another authorization of the same person and client is not touched.
    let other = rp.sign_in(&app);
    assert!(rp.is_active(other.access()));
}

#[test]
fn a_refresh_token_is_of_use_only_to_its_client() {
    let app = App::shared();
    let token = app.client("web").sign_in(&app).refresh().to_owned();
    for thief in [app.client("strict"), app.client("spa")] {
        assert_eq!(thief.refresh(&token).error(), "invalid_grant");
    }
    let other = App::shared();
    assert_eq!(other.client("web").refresh(&token).error(), "invalid_grant", "nor to another tenant");
}

#[test]
fn a_refresh_may_narrow_the_scope_but_never_widen_it() {
    let app = App::shared();
    let rp = app.client("web").with("scope", "openid email offline_access");
    let first = rp.redeem(&rp.code(&mut app.signed_in()));
    let narrow = rp.token(&[("grant_type", "refresh_token"), ("refresh_token", first.refresh()), ("scope", "openid")]);
    assert_eq!(narrow.status, 200, "{}", narrow.text());
    let narrow = Tokens(narrow.json());
    assert_eq!(payload(narrow.access())["scope"], "openid");
    let wide = rp.token(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", narrow.refresh()),
        ("scope", "openid email profile offline_access"),
    ]);
    assert_eq!((wide.status, wide.error().as_str()), (400, "invalid_scope"));
}

#[test]
fn a_code_or_an_access_token_is_no_refresh_token() {
    let app = App::shared();
    let rp = app.client("web");
    let mut browser = app.signed_in();
    let code = rp.code(&mut browser);
    let tokens = rp.redeem(&rp.code(&mut browser));
    for wrong in [code.as_str(), tokens.access(), tokens.id_token()] {
        assert_eq!(rp.refresh(wrong).error(), "invalid_grant");
    }
}

on_each_engine! {
    fn a_refused_refresh_spends_nothing_and_is_no_theft(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let tokens = rp.sign_in(&app);
        let asking = |scope| {
            rp.token(&[("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("scope", scope)])
        };
        for scope in ["openid phone", "openid everything"] {
            let reply = asking(scope);
            assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_scope"), "RFC 6749 §5.2");
        }
        for stranger in [app.client("strict"), app.client("spa")] {
            assert_eq!(stranger.refresh(tokens.refresh()).error(), "invalid_grant");
        }
        assert!(rp.is_active(tokens.refresh()) && rp.is_active(tokens.access()));
        let reply = rp.refresh(tokens.refresh());
        assert_eq!(reply.status, 200, "nothing replaced it, so it is good still: {}", reply.text());
        assert_eq!(app.count_events("token.refresh_replayed"), 0);
        let audit = app.audit();
        let refused: Vec<_> =
            audit.iter().filter(|it| it["kind"] == "token.refreshed" && it["outcome"] == "failure").collect();
        assert_eq!(refused.len(), 4, "each is told: {audit:#?}");
        assert_eq!((&refused[3]["application"], &refused[3]["details"]["issued_to"]), (&json!("spa"), &json!("web")));
    }
}

/// What may be taken from an application: a role people need, the person's consent, a scope.
fn declared(scopes: &str, more: (&str, &str)) -> String {
    format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.application]]
id = "web"
name = "Webshop"
{}
[tenant.application.oidc]
type = "confidential"
token_endpoint_auth_method = "client_secret_basic"
redirect_uris = ["https://app.example/callback"]
scopes = [{scopes}]
grant_types = ["authorization_code", "refresh_token"]
require_pkce = false
{}
"#,
        more.0, more.1
    )
}

const ALL: &str = r#""openid", "profile", "email", "offline_access""#;

#[test]
fn a_declaration_that_takes_the_right_away_takes_effect_at_the_next_refresh() {
    let app = App::shared();
    let rp = app.client("web");
    let tokens = rp.sign_in(&app);
    let taken = [
        declared(ALL, ("require_role = \"customer\"", "")),
        declared(ALL, ("", "consent = \"ask\"")),
        declared(r#""openid", "profile", "email""#, ("", "")),
    ];
    for without in &taken {
        app.apply(without);
        let reply = rp.refresh(tokens.refresh());
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"), "{without}");
    }
    app.apply(&declared(ALL, ("", "")));
    let reply = rp.refresh(tokens.refresh());
    assert_eq!(reply.status, 200, "and is there again once it is given back: {}", reply.text());
    assert_eq!(app.count_events("token.refresh_replayed"), 0);
}
