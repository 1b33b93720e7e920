//! What was answered with "done" holds: for everybody who asks afterwards, at the node that did it, and a moment later at
//! each other node. All nodes of an installation have one master key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::on_each_engine;
use crate::support::server::{postgres_is_there, told};
use crate::support::{App, Call, Engine, Server, Settings, eventually};

const ROUNDS: usize = 25;

fn application(id: &str, round: usize) -> String {
    format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"{id}\"\nname = \"{id}\"\n\
         [tenant.application.oidc]\ntype = \"public\"\nredirect_uris = [\"https://{id}.example/{round}\"]\n"
    )
}

/// The answer to somebody who comes from this application's newest address.
fn asked(app: &App, id: &str, round: usize) -> u16 {
    let target = format!(
        "/oauth2/authorize?client_id={id}&redirect_uri=https%3A%2F%2F{id}.example%2F{round}&response_type=code&scope=openid\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    app.get(&target).status
}

on_each_engine! {
    fn changes_made_at_once_hold_for_whoever_asks_afterwards(engine) {
        let app = App::own(Settings::new(engine));
        let done = AtomicBool::new(false);
        let missed = thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        app.get("/status");
                    }
                });
            }
            let mut missed = Vec::new();
            for round in 0..ROUNDS {
                let file = |name: &str, text: String| app.file(name, &text.replace("{slug}", &app.slug));
                let named = format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nname = \"Round {round}\"\n");
                let files = [
                    file("name.toml", named),
                    file("x1.toml", application("x1", round)),
                    file("x2.toml", application("x2", round)),
                ];
                let apply = |file: &PathBuf| {
                    let output = app.server.command(&["apply", file.to_str().unwrap()]);
                    assert!(output.status.success(), "{}", told(&output));
                };
                thread::scope(|scope| files.iter().for_each(|file| drop(scope.spawn(move || apply(file)))));
                let named = app.get("/sign-in").text().contains(&format!("<strong>Round {round}</strong>"));
                let seen = (named, asked(&app, "x1", round), asked(&app, "x2", round));
                if seen != (true, 303, 303) {
                    missed.push((round, seen));
                }
            }
            done.store(true, Ordering::Relaxed);
            missed
        });
        assert!(missed.is_empty(), "{} of {ROUNDS} rounds: {missed:?}", missed.len());
    }
}

#[test]
fn a_host_name_given_and_taken_at_one_node_counts_at_the_other() {
    if !postgres_is_there() {
        return;
    }
    let app = App::own(Settings::new(Engine::Postgres));
    let other = app.server.beside();
    let name = format!("{}.example", app.slug);
    let at = |server: &Server, path: &str| Call::get(path).header("Host", name.as_str()).send(server.port()).unwrap();
    assert_eq!(Call::get(&app.path("/sign-in")).send(other.port()).unwrap().status, 200, "the other serves the tenant");
    assert_eq!(at(&other, "/sign-in").status, 404);

    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nhosts = [\"{name}\"]\n"));
    let issuer = |server: &Server| at(server, "/.well-known/openid-configuration").json()["issuer"].clone();
    assert_eq!(at(&app.server, "/sign-in").status, 200, "where it was given it counts at once");
    assert_eq!(issuer(&app.server), format!("https://{name}"));
    eventually("it is served by the other", || at(&other, "/sign-in").status == 200);
    eventually("the tenant is called by it there", || issuer(&other) == format!("https://{name}"));

    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nhosts = []\n");
    assert_eq!(at(&app.server, "/sign-in").status, 404);
    eventually("nor by the other any more", || at(&other, "/sign-in").status == 404);
    let by_path = || Call::get(&app.path("/.well-known/openid-configuration")).send(other.port()).unwrap();
    eventually("it has the issuer it had", || by_path().json()["issuer"] == app.base());
}

#[test]
fn a_node_without_the_installations_master_key_does_not_start_and_makes_none() {
    if !postgres_is_there() {
        return;
    }
    let app = App::own(Settings::new(Engine::Postgres));
    let lost = app.server.dir().join("lost");
    let lost = |arguments: &[&str]| {
        let mut all = vec!["--data-dir", lost.to_str().unwrap()];
        all.extend(arguments);
        app.server.command(&all)
    };
    let key = app.server.dir().join("lost/master.key");
    let refused = |arguments: &[&str]| {
        let output = lost(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", told(&output));
        told(&output)
    };
    // A lost volume, a second node that was given nothing, a command with the wrong directory.
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["tenant", "list"], &["tenant", "create", "late"]] {
        let told = refused(arguments);
        assert!(told.contains("restore the key from your backup"), "{arguments:?}: {told}");
        assert!(!key.exists(), "{arguments:?} leaves no key of its own");
    }
    // The key of another installation.
    let stranger = Server::start(Settings::new(Engine::Sqlite));
    fs::copy(stranger.data_dir().join("master.key"), &key).unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["tenant", "create", "late"]] {
        let told = refused(arguments);
        assert!(told.contains("master key") && told.contains("backup"), "{arguments:?}: {told}");
    }
    assert!(!app.server.run(&["tenant", "list"]).contains("late"));
    // With the right one it is a node.
    fs::copy(app.server.data_dir().join("master.key"), &key).unwrap();
    let output = lost(&["tenant", "list"]);
    assert!(output.status.success() && told(&output).contains(&app.slug), "{}", told(&output));
}

on_each_engine! {
    fn a_master_key_that_others_can_read_is_warned_of(engine) {
        let server = Server::start(Settings::new(engine));
        let key = server.data_dir().join("master.key");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!server.log().contains("readable by others"), "{}", server.log());
        assert!(server.terminate().success());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        server.boot();
        let log = server.log();
        let line = log.lines().find(|line| line.contains("readable by others"));
        assert!(line.is_some_and(|line| line.contains("WARN") && line.contains("master.key")), "{log}");
    }
}
