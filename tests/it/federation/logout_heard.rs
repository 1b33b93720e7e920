//! What has ended at the upstream ends here: Back-Channel and Front-Channel Logout 1.0, as the receiving side.

use serde_json::{Value, json};

use super::{Bench, can_run, provider};
use crate::on_each_engine;
use crate::support::http::{Reply, encode};
use crate::support::idp::{Idp, seconds};
use crate::support::receiver::Receiver;
use crate::support::{App, Browser, CALLBACK, Call, Engine, SECRET};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn is_in(browser: &mut Browser) -> bool {
    browser.peek("/account").status() == 200
}

/// Somebody whose sign-in at the upstream is called so.
fn signed_in(bench: &Bench, claims: Value) -> Browser {
    bench.idp.claims(claims);
    let (mut browser, page) = bench.arrives();
    assert!(is_in(&mut browser), "{} {}", page.status(), page.reply.text());
    browser
}

fn post(app: &App, way: &str, token: &str) -> Reply {
    app.send(&Call::form(&format!("/federation/{way}/backchannel-logout"), &[("logout_token", token)]))
}

fn tell(bench: &Bench, claims: &Value) -> Reply {
    post(&bench.app, "up", &bench.idp.logout_token(&json!({}), claims))
}

fn events(bench: &Bench, kind: &str) -> Vec<Value> {
    bench.app.audit().into_iter().filter(|event| event["kind"] == kind).collect()
}

on_each_engine! {
    fn a_session_that_ends_at_the_upstream_ends_here_with_all_that_hangs_from_it_in_8(engine) {
        assert!(can_run(engine));
        let bench = Bench::with(engine, "oidc", Idp::start(), "create_users = true");
        let receiver = Receiver::start();
        bench.app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"shop\"\nname = \"Shop\"\n\
             [tenant.application.oidc]\ntype = \"confidential\"\nsecret = \"{SECRET}\"\n\
             redirect_uris = [\"{CALLBACK}\"]\ntoken_endpoint_auth_method = \"client_secret_basic\"\n\
             scopes = [\"openid\", \"profile\"]\ngrant_types = [\"authorization_code\"]\n\
             backchannel_logout_uri = \"{}\"\n",
            receiver.url("/shop")
        ));
        let mut mine = signed_in(&bench, json!({ "sid": "one" }));
        let client = bench.app.client("shop").with("scope", "openid");
        let tokens = client.redeem(&client.authorize(&mut mine).answer().code());
        let mut elsewhere = signed_in(&bench, json!({ "sid": "two" }));

        let token = bench.idp.logout_token(&json!({}), &json!({ "sub": null, "sid": "one" }));
        let reply = post(&bench.app, "up", &token);
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{}", reply.text());
        assert!(!is_in(&mut mine) && is_in(&mut elsewhere), "that session and no other");
        let called = bench.app.send(&Call::get("/oauth2/userinfo").bearer(tokens.access()));
        assert_eq!(called.status, 401, "its tokens too");
        receiver.await_posts("/shop", 1);
        assert_eq!(post(&bench.app, "up", &token).status, 400, "the same token once more");
        assert_eq!(tell(&bench, &json!({ "sid": "one" })).status, 200, "another one, when all is done");

        let ended = events(&bench, "session.ended");
        assert_eq!(ended.len(), 1, "{ended:?}");
        assert_eq!(ended[0]["details"]["reason"], "upstream");
        assert_eq!(ended[0]["username"], "mette");
        let requested = events(&bench, "logout.requested");
        let told: Vec<(&Value, &Value)> =
            requested.iter().map(|event| (&event["outcome"], &event["details"]["channel"])).collect();
        let (yes, no, channel) = (json!("success"), json!("failure"), json!("back"));
        assert_eq!(told, [(&yes, &channel), (&no, &channel), (&yes, &channel)]);
    }
}

on_each_engine! {
    fn a_person_who_is_signed_out_there_everywhere_is_signed_out_here_everywhere(engine) {
        assert!(can_run(engine));
        let bench = Bench::with(engine, "oidc", Idp::start(), "create_users = true");
        let mut browsers = [json!({ "sid": "one" }), json!({ "sid": "two" }), json!({})].map(|claims| signed_in(&bench, claims));
        let other = json!({ "sub": "sub-2", "preferred_username": "nils", "email": "nils@up.example" });
        let mut other = signed_in(&bench, other);
        let mut local = bench.app.signed_in();
        assert_eq!(tell(&bench, &json!({})).status, 200);
        for browser in &mut browsers {
            assert!(!is_in(browser));
        }
        assert!(is_in(&mut other) && is_in(&mut local), "nobody else");
        assert_eq!(events(&bench, "session.ended").len(), 3);
        // Who is known by another key than `sub` is called by `sub` all the same.
        assert_eq!(tell(&bench, &json!({ "sub": "sub-2", "sid": "one" })).status, 200);
        assert!(is_in(&mut other), "both must fit");
    }
}

#[test]
fn a_sign_in_that_is_half_done_cannot_be_finished_after_the_upstream_has_ended_it() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"email_code\", \"totp\"]\n",
    );
    let finish = |end: bool| {
        let (mut browser, page) = bench.arrives();
        assert!(page.has("input[name=code]") && !browser.is_signed_in(), "{}", page.reply.text());
        if end {
            assert_eq!(tell(&bench, &json!({})).status, 200);
        }
        let mails = bench.app.mails_of("one_time_code");
        let text = mails.first().expect("a code, the newest first").text().to_owned();
        let code: String =
            text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).expect("six digits").to_owned();
        browser.submit(&page.form("code").set("code", &code));
        browser.is_signed_in()
    };
    assert!(finish(false), "and the session rests on it");
    assert_eq!(tell(&bench, &json!({})).status, 200);
    assert_eq!(events(&bench, "session.ended").len(), 1);
    assert!(!finish(true));
}

#[test]
fn a_logout_token_with_any_fault_ends_nothing() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    let mut browser = signed_in(&bench, json!({ "sid": "one" }));
    let faults: Vec<(Value, Value, &str)> = vec![
        (json!({ "alg": "none" }), json!({}), "algorithm"),
        (json!({ "alg": "HS256" }), json!({}), "algorithm"),
        (json!({ "alg": "RS256" }), json!({}), "unknown_key"),
        (json!({ "kid": "other" }), json!({}), "unknown_key"),
        (json!({ "typ": "at+jwt" }), json!({}), "type"),
        (json!({ "crit": ["x"], "x": 1 }), json!({}), "signature"),
        (json!({}), json!({ "iss": "https://evil.example" }), "issuer"),
        (json!({}), json!({ "aud": "other" }), "audience"),
        (json!({}), json!({ "aud": null }), "audience"),
        (json!({}), json!({ "exp": seconds() - 120 }), "time"),
        (json!({}), json!({ "exp": null }), "time"),
        (json!({}), json!({ "iat": seconds() + 600, "exp": seconds() + 900 }), "time"),
        (json!({}), json!({ "iat": seconds() - 3600, "exp": seconds() + 900 }), "time"),
        (json!({}), json!({ "events": null }), "events"),
        (json!({}), json!({ "events": { "http://schemas.openid.net/event/other": {} } }), "events"),
        (json!({}), json!({ "events": { EVENT: null } }), "events"),
        (json!({}), json!({ "nonce": "n" }), "nonce"),
        (json!({}), json!({ "jti": null }), "jti"),
        (json!({}), json!({ "sub": null }), "name"),
        (json!({}), json!({ "sid": 1 }), "name"),
        (json!({}), json!({ "sub": "a\u{0}b" }), "name"),
    ];
    let count = faults.len();
    for (header, claims, reason) in faults {
        let reply = post(&bench.app, "up", &bench.idp.logout_token(&header, &claims));
        assert_eq!((reply.status, reply.header("cache-control")), (400, Some("no-store")), "{reason}");
        assert_eq!(reply.json()["error"], "invalid_request", "{reason}");
        assert!(is_in(&mut browser), "{reason} {header} {claims}");
        let refused = events(&bench, "logout.requested").pop().expect("an event");
        assert_eq!(
            (&refused["outcome"], &refused["details"]["reason"]),
            (&json!("failure"), &json!(reason)),
            "{header}"
        );
    }
    assert_eq!(events(&bench, "logout.requested").len(), count);
    for token in ["", "x", "a.b.c", "!"] {
        assert_eq!(post(&bench.app, "up", token).status, 400, "{token}");
    }
    assert_eq!(bench.app.send(&Call::form("/federation/up/backchannel-logout", &[])).status, 400);
    let plain = Call::new("POST", "/federation/up/backchannel-logout").body("application/json", "{}");
    assert_eq!(bench.app.send(&plain).status, 400);
    assert_eq!(post(&bench.app, "nobody", &bench.idp.logout_token(&json!({}), &json!({}))).status, 400);
    // A key of somebody else, and an ID token in its place.
    let stranger = Idp::start();
    let forged = stranger.logout_token(&json!({}), &json!({ "iss": bench.idp.issuer() }));
    assert_eq!(post(&bench.app, "up", &forged).status, 400);
    let id_token = bench.idp.logout_token(&json!({ "typ": "JWT" }), &json!({ "events": null, "nonce": "n-1" }));
    assert_eq!(post(&bench.app, "up", &id_token).status, 400);
    assert!(is_in(&mut browser));
    assert_eq!(events(&bench, "session.ended").len(), 0);
    assert_eq!(tell(&bench, &json!({ "sid": "one" })).status, 200, "and the right one is taken");
    assert!(!is_in(&mut browser));
}

#[test]
fn only_sessions_of_that_provider_and_that_tenant_end() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    let twin = provider("oidc", &bench.idp.issuer(), "create_users = true").replace("\"up\"", "\"twin\"");
    bench.app.apply(&twin);
    let other = App::on(&bench.app.server);
    other.apply(&provider("oidc", &bench.idp.issuer(), "create_users = true"));
    let mut browser = signed_in(&bench, json!({ "sid": "one" }));
    let token = || bench.idp.logout_token(&json!({}), &json!({ "sid": "one" }));
    assert_eq!(post(&bench.app, "twin", &token()).status, 200);
    assert_eq!(post(&other, "up", &token()).status, 200);
    assert!(is_in(&mut browser));
    // One token told to two providers: neither spends it for the other.
    let shared = token();
    assert_eq!(post(&bench.app, "twin", &shared).status, 200);
    assert_eq!(post(&bench.app, "up", &shared).status, 200);
    assert!(!is_in(&mut browser));
    bench.declare("oidc", "enabled = false");
    assert_eq!(post(&bench.app, "up", &token()).status, 400, "switched off");
}

#[test]
fn keys_are_renewed_for_a_logout_too_and_an_upstream_that_is_away_is_no_refusal() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    let mut browser = signed_in(&bench, json!({ "sid": "one" }));
    bench.idp.rotate("k2");
    assert_eq!(tell(&bench, &json!({ "sid": "one" })).status, 200);
    assert!(!is_in(&mut browser));
    let dead = App::on(&bench.app.server);
    dead.apply(&provider("oidc", "http://127.0.0.1:1", ""));
    let reply = post(&dead, "up", &bench.idp.logout_token(&json!({}), &json!({})));
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("60")), "worth another try");
}

#[test]
fn entra_calls_people_by_sub_though_they_are_known_by_directory_and_object() {
    let directory = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let bench = Bench::with(Engine::Sqlite, "entra", Idp::at(&format!("/{directory}/v2.0")), "create_users = true");
    let mut browser = signed_in(&bench, json!({ "tid": directory, "oid": "o-1", "sid": "one" }));
    assert_eq!(tell(&bench, &json!({ "tid": directory, "sub": "o-1" })).status, 200);
    assert!(is_in(&mut browser));
    assert_eq!(tell(&bench, &json!({ "tid": directory })).status, 200);
    assert!(!is_in(&mut browser));
}

/// The page that the upstream frames.
fn frame(bench: &Bench, browser: &mut Browser, way: &str, iss: &str, sid: &str) -> Reply {
    let query = encode(&[("iss", iss), ("sid", sid)]);
    browser.peek(&format!("{}/federation/{way}/frontchannel-logout?{query}", bench.app.base())).reply
}

#[test]
fn a_frame_of_the_upstream_ends_the_session_of_its_browser_if_it_is_that_one() {
    let bench = Bench::with(Engine::Sqlite, "oidc", Idp::start(), "create_users = true");
    let twin = provider("oidc", &bench.idp.issuer(), "create_users = true").replace("\"up\"", "\"twin\"");
    bench.app.apply(&twin);
    let mut browser = signed_in(&bench, json!({ "sid": "one" }));
    let mut elsewhere = signed_in(&bench, json!({ "sid": "two" }));
    let mut without = signed_in(&bench, json!({}));
    let issuer = bench.idp.issuer();
    for (way, iss, sid) in [
        ("up", issuer.as_str(), "two"),
        ("up", "https://evil.example", "one"),
        ("up", &issuer, ""),
        ("twin", &issuer, "one"),
    ] {
        assert_eq!(frame(&bench, &mut browser, way, iss, sid).status, 200);
        assert!(is_in(&mut browser), "{way} {iss} {sid}");
    }
    browser.peek("/federation/up/frontchannel-logout");
    assert!(is_in(&mut browser), "without a word of who it is");
    frame(&bench, &mut without, "up", &issuer, "");
    assert!(is_in(&mut without));
    let reply = frame(&bench, &mut browser, "up", &issuer, "one");
    assert!(!is_in(&mut browser) && !browser.is_signed_in());
    assert!(is_in(&mut elsewhere));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let policy = reply.header("content-security-policy").expect("a policy");
    let origin = url::Url::parse(&issuer).expect("a URL").origin().ascii_serialization();
    assert!(
        policy.contains(&format!("frame-ancestors {origin}")) && policy.starts_with("default-src 'none'"),
        "{policy}"
    );
    assert_ne!(reply.header("x-frame-options"), Some("DENY"));
    let ended = events(&bench, "session.ended");
    assert_eq!((ended.len(), &ended[0]["details"]["channel"]), (1, &json!("front")));
}
