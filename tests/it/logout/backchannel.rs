//! OpenID Connect Back-Channel Logout 1.0 (IN-9): notices from server to server.

use serde_json::{Value, json};

use super::register;
use crate::on_each_engine;
use crate::support::client::{header, payload};
use crate::support::http::encode;
use crate::support::receiver::{Manner, Receiver};
use crate::support::{App, Browser, Engine, Settings, Tokens, eventually};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Signs in to each application in one browser.
fn sign_in(app: &App, browser: &mut Browser, ids: &[&str]) -> Vec<Tokens> {
    let sign_in = |id: &&str| {
        let rp = app.client(id);
        rp.redeem(&rp.code(browser))
    };
    ids.iter().map(sign_in).collect()
}

fn notices(app: &App) -> Vec<Value> {
    let printed = app.cli(&["notice", "list", "--output", "json"]);
    let printed: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    printed.as_array().expect("a list").clone()
}

fn state_of(app: &App, application: &str) -> String {
    let found = notices(app).into_iter().find(|notice| notice["application"] == application);
    found.map_or_else(|| "none".to_owned(), |notice| notice["state"].as_str().unwrap_or_default().to_owned())
}

fn sign_out(browser: &mut Browser) {
    let page = browser.get("/sign-out");
    let page = browser.submit(&page.form("csrf"));
    assert_eq!(page.status(), 200, "{}", page.reply.text());
}

on_each_engine! {
    fn every_application_of_the_session_is_told_and_the_token_is_as_the_specification_wants(engine) {
        let app = App::shared_open_on(engine);
        let receiver = Receiver::start();
        register(&app, "shop", Some(&receiver.url("/shop")));
        register(&app, "desk", Some(&receiver.url("/desk")));
        register(&app, "deaf", None);
        register(&app, "elsewhere", Some(&receiver.url("/elsewhere")));
        let mut browser = app.browser();
        let tokens = sign_in(&app, &mut browser, &["shop", "desk", "deaf", "shop"]);
        sign_out(&mut browser);

        let shop = receiver.await_posts("/shop", 1);
        receiver.await_posts("/desk", 1);
        assert_eq!(shop[0].content_type, "application/x-www-form-urlencoded");
        let token = shop[0].get("logout_token");
        let head = header(token);
        assert_eq!((&head["typ"], &head["alg"]), (&json!("logout+jwt"), &json!("RS256")));
        let keys = app.get("/oauth2/jwks").json();
        assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == head["kid"]), "a published key");
        let (claims, id) = (payload(token), tokens[0].id_claims());
        for name in ["iss", "sub", "sid", "aud"] {
            assert_eq!(claims[name], id[name], "{name} as in the ID token");
        }
        assert_eq!(claims["events"], json!({ EVENT: {} }));
        assert!(claims.get("nonce").is_none(), "§2.4 forbids it");
        assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 32));
        let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert!((1..=120).contains(&life), "{life}");

        eventually("both notices are noted as sent", || {
            state_of(&app, "shop") == "sent" && state_of(&app, "desk") == "sent"
        });
        assert_eq!(receiver.posted("/shop").len(), 1, "one notice, however often one signed in there");
        assert!(receiver.posted("/elsewhere").is_empty(), "nobody else is told");
        assert_eq!(notices(&app).len(), 2);
        assert_eq!(app.count_events("logout.answered"), 2);
    }
}

#[test]
fn the_application_that_asks_for_the_logout_and_the_others_are_told() {
    let app = App::shared_open_on(Engine::Sqlite);
    let receiver = Receiver::start();
    register(&app, "shop", Some(&receiver.url("/shop")));
    register(&app, "desk", Some(&receiver.url("/desk")));
    let mut browser = app.browser();
    let tokens = sign_in(&app, &mut browser, &["shop", "desk"]);
    let fields = [("id_token_hint", tokens[0].id_token()), ("post_logout_redirect_uri", "https://app.example/bye")];
    let page = browser.get(&format!("/oauth2/logout?{}", encode(&fields)));
    assert_eq!(page.answer().to.as_str(), "https://app.example/bye");
    receiver.await_posts("/desk", 1);
    receiver.await_posts("/shop", 1);
}

on_each_engine! {
    fn a_receiver_that_fails_is_tried_again_and_one_that_refuses_is_not(engine) {
        let app = App::shared_open_on(engine);
        let receiver = Receiver::start();
        register(&app, "shop", Some(&receiver.url("/shop")));
        receiver.answer(Manner::Status(503));
        let mut browser = app.browser();
        sign_in(&app, &mut browser, &["shop"]);
        sign_out(&mut browser);
        let first = receiver.await_posts("/shop", 1);
        receiver.answer(Manner::Status(204));
        let again = receiver.await_posts("/shop", 2);
        let (first, again) = (payload(first[0].get("logout_token")), payload(again[1].get("logout_token")));
        assert_ne!(first["jti"], again["jti"], "each attempt has a token of its own");
        eventually("it is noted as sent", || state_of(&app, "shop") == "sent");

        receiver.answer(Manner::Status(400));
        let mut browser = app.browser();
        sign_in(&app, &mut browser, &["shop"]);
        sign_out(&mut browser);
        eventually("it is given up", || state_of(&app, "shop") == "dead");
        let dead = notices(&app).into_iter().find(|notice| notice["state"] == "dead").unwrap();
        assert_eq!(dead["attempts"], 1);
        assert!(dead["error"].as_str().unwrap().contains("400"), "{dead}");

        // The operator sees it and sends it again.
        receiver.answer(Manner::Status(200));
        let shown = app.cli(&["notice", "list"]);
        assert!(shown.contains("dead") && shown.contains("shop"), "{shown}");
        app.cli(&["notice", "retry", dead["id"].as_str().unwrap()]);
        eventually("the second try is taken", || notices(&app).iter().all(|notice| notice["state"] == "sent"));
        assert_eq!(app.count_events("notice.retried"), 1);
    }
}

#[test]
fn a_receiver_that_is_slow_or_down_holds_up_neither_the_person_nor_the_others() {
    let app = App::own(Settings::open(Engine::Sqlite));
    let (slow, quick) = (Receiver::start(), Receiver::start());
    slow.answer(Manner::Silent);
    register(&app, "slow", Some(&slow.url("/slow")));
    register(&app, "down", Some("http://127.0.0.1:9/down"));
    register(&app, "quick", Some(&quick.url("/quick")));
    let mut browser = app.browser();
    sign_in(&app, &mut browser, &["slow", "down", "quick"]);
    sign_out(&mut browser);
    quick.await_posts("/quick", 1);
    assert_eq!(slow.given_up(), 0, "neither the page nor the notice has waited for whoever is silent");
    eventually("the failures are noted", || {
        notices(&app).iter().filter(|notice| notice["error"].as_str().is_some()).count() == 2
    });
    assert!(slow.given_up() > 0);
    assert_eq!(state_of(&app, "slow"), "queued");
    assert_eq!(state_of(&app, "down"), "queued");
}

#[test]
fn an_address_inside_is_not_reached_unless_the_operator_opened_it() {
    let app = App::shared();
    let receiver = Receiver::start();
    register(&app, "shop", Some(&receiver.url("/shop")));
    let mut browser = app.browser();
    sign_in(&app, &mut browser, &["shop"]);
    sign_out(&mut browser);
    eventually("the refusal is noted", || {
        notices(&app).first().and_then(|notice| notice["error"].as_str()).is_some_and(|error| error.contains("network"))
    });
    assert!(receiver.posted("/shop").is_empty());
}

on_each_engine! {
    fn whoever_ends_a_session_from_outside_leaves_notices_too(engine) {
        let app = App::shared_open_on(engine);
        let receiver = Receiver::start();
        register(&app, "shop", Some(&receiver.url("/shop")));
        // The person, from another browser.
        let mut browser = app.browser();
        sign_in(&app, &mut browser, &["shop"]);
        let mut other = app.signed_in();
        let page = other.get("/account/sessions");
        other.submit(&page.form_with_button("end-others").press("end-others"));
        receiver.await_posts("/shop", 1);
        // The operator, by shutting the account.
        let mut browser = app.browser();
        sign_in(&app, &mut browser, &["shop"]);
        app.cli(&["user", "disable", "alice"]);
        receiver.await_posts("/shop", 2);
        let told: Vec<Value> =
            receiver.posted("/shop").iter().map(|posted| payload(posted.get("logout_token"))["sid"].clone()).collect();
        assert_ne!(told[0], told[1], "each session by its own id");
    }
}

#[test]
fn notices_that_a_killed_server_left_behind_leave_after_the_restart() {
    let app = App::own(Settings::open(Engine::Sqlite));
    let receiver = Receiver::start();
    receiver.answer(Manner::Status(500));
    register(&app, "shop", Some(&receiver.url("/shop")));
    let mut browser = app.browser();
    sign_in(&app, &mut browser, &["shop"]);
    sign_out(&mut browser);
    receiver.await_posts("/shop", 1);
    eventually("the failure is noted", || notices(&app)[0]["error"].as_str().is_some());
    app.server.kill();
    receiver.answer(Manner::Status(200));
    app.server.boot();
    eventually("it is sent", || state_of(&app, "shop") == "sent");
}
