//! HTTP-Artifact: the application fetches what it is told by itself, once.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::on_each_engine;
use crate::support::{App, Browser, ServiceProvider};

const FETCHING: &str = "acs = [{ url = \"https://{id}.example/acs\", binding = \"artifact\" }]";

fn registered(app: &App, id: &str) -> ServiceProvider {
    ServiceProvider::registered(app, id, &FETCHING.replace("{id}", id))
}

/// A reference for alice, and the state beside it.
fn artifact(sp: &ServiceProvider, browser: &mut Browser) -> String {
    let page = sp.request().sign_in(browser);
    let answer = page.answer();
    assert_eq!(answer.to.as_str(), sp.acs);
    assert_eq!(answer.get("RelayState"), Some("state of the application"));
    assert_eq!(answer.fields.len(), 2, "nothing about her goes through the browser: {answer:?}");
    answer.get("SAMLart").unwrap().to_owned()
}

on_each_engine! {
    fn an_artifact_is_resolved_once(engine) {
        let app = App::shared_on(engine);
        let sp = registered(&app, "fetching");
        let artifact = artifact(&sp, &mut app.browser());
        let message = sp.resolve(&artifact).message().unwrap().expect("the message");
        assert_eq!(message.attribute("Destination").as_deref(), Some(sp.acs.as_str()));
        assert_eq!(message.assertion().audience(), sp.entity);
        assert!(sp.resolve(&artifact).message().unwrap().is_none(), "once");
    }
}

on_each_engine! {
    fn of_many_that_ask_at_once_one_gets_the_message(engine) {
        let app = App::shared_on(engine);
        let sp = registered(&app, "racing");
        let artifact = artifact(&sp, &mut app.browser());
        let found = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    if sp.resolve(&artifact).message().unwrap().is_some() {
                        found.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(found.into_inner(), 1);
    }
}

#[test]
fn an_artifact_is_for_the_application_it_was_made_for() {
    let app = App::shared();
    let (sp, other) = (registered(&app, "mine"), registered(&app, "theirs"));
    let artifact = artifact(&sp, &mut app.browser());
    assert!(other.resolve(&artifact).message().unwrap().is_none());
    assert!(sp.resolve(&artifact).message().unwrap().is_some(), "and it is not spent by somebody else");
}

#[test]
fn whoever_does_not_prove_who_they_are_gets_a_fault() {
    let app = App::shared();
    let (sp, other) = (registered(&app, "proving"), registered(&app, "posing"));
    let artifact = artifact(&sp, &mut app.browser());
    let unsigned = sp.artifact_resolve(&artifact, false);
    let signed = sp.artifact_resolve(&artifact, true);
    let foreign = other.artifact_resolve(&artifact, true).replace(&other.entity, &sp.entity);
    let changed = signed.replace(&artifact, &artifact.replacen("AAQAA", "AAQAB", 1));
    let stranger = ServiceProvider::new(&app, "unknown").artifact_resolve(&artifact, true);
    let body = signed[signed.find("<samlp").unwrap()..signed.find("</s:Body>").unwrap()].to_owned();
    let twice = signed.replace("</s:Body>", &format!("{body}</s:Body>"));
    for envelope in [
        unsigned.as_str(),
        &foreign,
        &changed,
        &stranger,
        &twice,
        &body,
        "",
        "<a/>",
        "not XML",
        &format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{signed}"),
    ] {
        let refused = sp.send_resolve(envelope);
        assert!(refused.message().is_err(), "{}", refused.reply.text());
    }
    assert!(sp.resolve("AAQAAA==").message().unwrap().is_none());
    assert!(sp.resolve("<nothing>").message().unwrap().is_none());
    assert!(sp.resolve(&artifact).message().unwrap().is_some(), "none of them spent it");
}

#[test]
fn what_has_ended_meanwhile_is_not_given_out() {
    let app = App::shared();
    let sp = registered(&app, "ending");
    let mut browser = app.signed_in();
    let gone = artifact(&sp, &mut browser);
    app.cli(&["user", "disable", "alice"]);
    assert!(sp.resolve(&gone).message().unwrap().is_none());
}

#[test]
fn a_refusal_is_fetched_too_and_says_nothing_of_anybody() {
    let app = App::shared();
    let sp = registered(&app, "refused");
    let page = sp.request().with("IsPassive", "true").send(&mut app.browser());
    let artifact = page.answer().get("SAMLart").unwrap().to_owned();
    assert_eq!(sp.resolve(&artifact).message().unwrap().unwrap().refusal(), "Responder NoPassive");
    assert!(sp.resolve(&artifact).message().unwrap().is_none());
}

#[test]
fn a_reference_never_stands_in_the_log() {
    let app = App::shared();
    let sp = registered(&app, "sealed");
    let artifact = artifact(&sp, &mut app.browser());
    assert_eq!(artifact.len(), 60, "44 bytes in base64");
    let log = app.server.log();
    assert!(!log.contains(&artifact), "a reference is a secret until it is spent");
}
