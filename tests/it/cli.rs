//! The command line as people and scripts use it: what it prints where, its exit codes, with the server running
//! and stopped.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::sync::Arc;

use serde_json::Value;

use crate::on_each_engine;
use crate::support::server::told;
use crate::support::{App, Engine, PASSWORD, Server, Settings, usual};

/// A data directory and configuration without a running server.
fn stopped(engine: Engine) -> Server {
    Server::prepare(Settings::new(engine), "http")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{}", told(output)))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes a file beside the configuration and gives its path.
fn file(server: &Server, name: &str, text: &str) -> String {
    let path = server.dir().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

on_each_engine! {
    fn commands_do_the_same_with_the_server_running_and_stopped(engine) {
        let server = stopped(engine);
        let declared = file(&server, "acme.toml", &usual("acme"));
        let everything = |server: &Server| {
            let mut said = Vec::new();
            for arguments in [
                &["apply", &declared][..],
                &["tenant", "list"],
                &["tenant", "show", "acme"],
                &["user", "list", "--tenant", "acme"],
                &["user", "show", "alice", "--tenant", "acme"],
                &["app", "list", "--tenant", "acme"],
                &["app", "show", "web", "--tenant", "acme"],
                &["key", "list", "--tenant", "acme"],
                &["tenant", "show", "acme", "--output", "json"],
                &["app", "show", "web", "--tenant", "acme", "--output", "json"],
            ] {
                said.push(server.run(arguments));
            }
            said
        };
        server.run(&["apply", &declared]);
        let before = everything(&server);
        server.boot();
        assert!(server.data_dir().join("portner.sock").exists());
        assert_eq!(everything(&server), before);
        assert!(server.terminate().success());
        assert!(!server.data_dir().join("portner.sock").exists(), "the socket goes with the server");
        assert_eq!(everything(&server), before);
    }
}

#[test]
fn a_change_takes_effect_at_once_in_the_running_server() {
    let app = App::shared();
    let mut browser = app.browser();
    browser.sign_in("dora", PASSWORD);
    assert!(!browser.is_signed_in());
    let password = app.file("dora", &format!("{PASSWORD}\n"));
    app.cli(&["user", "create", "dora", "--password-file", password.to_str().unwrap(), "--role", "helpdesk"]);
    let mut browser = app.browser();
    browser.sign_in("dora", PASSWORD);
    assert!(browser.is_signed_in());
}

#[test]
fn the_socket_is_the_operators_alone_and_a_stale_one_does_no_harm() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let socket = app.server.data_dir().join("portner.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    app.server.kill();
    assert!(socket.exists(), "a killed server cannot clean up");
    assert!(app.server.run(&["tenant", "list"]).contains(&app.slug));
    app.server.boot();
    assert!(app.server.run(&["tenant", "list"]).contains(&app.slug));
}

#[test]
fn the_socket_withstands_nonsense() {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    let app = App::own(Settings::new(Engine::Sqlite));
    let socket = app.server.data_dir().join("portner.sock");
    for nonsense in [
        &b"\n"[..],
        b"{}\n",
        b"\xff\xfe\n",
        b"{\"version\":\"0.0.0\",\"command\":\"tenant_list\"}\n",
        b"{\"version\":1}\n",
        b"[[[[[[[[",
        &b"[".repeat(100_000),
    ] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        // The server may hang up before all is written.
        drop(stream.write_all(nonsense).and_then(|()| stream.shutdown(std::net::Shutdown::Write)));
        let mut reply = String::new();
        drop(stream.read_to_string(&mut reply));
        assert!(!reply.contains("answer"), "{reply}");
    }
    let idle: Vec<_> = (0..3).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    assert!(app.server.run(&["tenant", "list"]).contains(&app.slug));
    drop(idle);
}

#[test]
fn data_goes_to_standard_output_and_talk_to_standard_error() {
    let server = stopped(Engine::Sqlite);
    let declared = file(&server, "acme.toml", &usual("acme"));
    let output = server.command(&["apply", &declared, "--output", "json"]);
    assert_eq!(json(&String::from_utf8_lossy(&output.stdout))["changes"].as_array().unwrap().len(), 8);
    assert!(stderr(&output).contains("8 created, 0 changed, 0 unchanged"), "{}", told(&output));
    for arguments in
        [&["tenant", "list"][..], &["user", "list", "--tenant", "acme"], &["audit", "list", "--tenant", "acme"]]
    {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--output", "json"]);
        assert!(json(&server.run(&arguments)).is_array(), "{arguments:?}");
    }
    let table = server.run(&["user", "list", "--tenant", "acme"]);
    assert_eq!(table.lines().next().unwrap().split_whitespace().next(), Some("USERNAME"));
    assert!(table.contains("alice     Alice Åkerlund  alice@acme.example"), "{table}");
}

#[test]
fn exit_codes_tell_scripts_what_happened_and_every_failure_says_what_to_do() {
    let server = stopped(Engine::Sqlite);
    let declared = file(&server, "acme.toml", &usual("acme"));
    let wrong = file(&server, "wrong.toml", "[[tenant]]\nslug = \"beta\"\nnmae = \"Beta\"\n");
    let config = file(&server, "config.toml", "listn = 1\n");
    server.run(&["apply", &declared]);
    for (arguments, expected) in [
        (&["tenant", "show", "nobody"][..], 4),
        (&["user", "show", "nobody", "--tenant", "acme"], 4),
        (&["user", "unlock", "nobody", "--tenant", "acme"], 4),
        (&["app", "show", "nothing", "--tenant", "acme"], 4),
        (&["key", "list", "--tenant", "nobody"], 4),
        (&["audit", "verify", "--tenant", "nobody"], 4),
        (&["tenant", "create", "acme"], 5),
        (&["user", "create", "ALICE", "--tenant", "acme"], 5),
        (&["apply", &wrong], 3),
        (&["apply", "/nowhere.toml"], 3),
        (&["user", "create", "eva", "--tenant", "acme", "--password-file", "/nowhere"], 2),
        (&["tenant", "create", "Not A Slug"], 2),
        (&["config", "check", "--data-dir", ""], 3),
    ] {
        let output = server.command(arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}", told(&output));
        assert!(output.stdout.is_empty(), "{}", told(&output));
        assert!(stderr(&output).lines().count() >= 2, "{arguments:?} says what to do: {}", told(&output));
    }
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_portner"))
        .env_clear()
        .args(["--config", &config, "tenant", "list"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("config.toml:1: listn: unknown key; did you mean `listen`?"), "{}", told(&output));
}

#[test]
fn a_second_user_of_the_data_directory_is_told_to_wait() {
    let app = App::own(Settings::new(Engine::Sqlite));
    fs::remove_file(app.server.data_dir().join("portner.sock")).unwrap();
    let output = app.server.command(&["tenant", "list"]);
    assert_eq!(code(&output), 7, "{}", told(&output));
    let output = app.server.command(&["serve"]);
    assert_eq!(code(&output), 7, "{}", told(&output));
}

#[test]
fn applying_is_idempotent_and_a_trial_run_changes_nothing() {
    let server = stopped(Engine::Sqlite);
    file(&server, "declared/secrets/alice", "en geheim med sild\n");
    let text = "version = 1\n[[tenant]]\nslug = \"acme\"\nname = \"Acme\"\n[[tenant.user]]\nusername = \"alice\"\n\
                password_file = \"secrets/alice\"\n";
    let declared = file(&server, "declared/acme.toml", text);
    let trial = server.run(&["apply", &declared, "--dry-run"]);
    assert!(trial.contains("created  acme    user    alice"), "{trial}");
    assert!(!server.data_dir().exists(), "not even an installation");
    assert_eq!(server.run(&["apply", &declared]), trial);
    let again = server.command(&["apply", &declared]);
    assert!(again.status.success() && again.stdout.is_empty(), "{}", told(&again));
    file(&server, "declared/secrets/alice", "en verborgen med sild\n");
    let changed = server.command(&["apply", &declared]);
    assert!(String::from_utf8_lossy(&changed.stdout).contains("password"), "{}", told(&changed));
    assert!(!told(&changed).contains("verborgen") && !told(&changed).contains("geheim"));
}

on_each_engine! {
    fn what_is_refused_leaves_no_tenant_behind_and_a_trial_run_refuses_it_too(engine) {
        let server = stopped(engine);
        let wrong = "version = 1\n[[tenant]]\nslug = \"good\"\n[[tenant]]\nslug = \"wrong\"\n\
                     [tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"passkey\"]\n";
        let wrong = file(&server, "wrong.toml", wrong);
        for arguments in [&["apply", &wrong, "--dry-run"][..], &["apply", &wrong]] {
            let output = server.command(arguments);
            assert_eq!(code(&output), 3, "{}", told(&output));
            assert!(stderr(&output).contains("wrong.toml:8: tenant[1].policy.second_factor.methods: "), "{}", told(&output));
            assert!(stderr(&output).contains("nothing was applied: 1 problem"), "{}", told(&output));
        }
        assert_eq!(server.run(&["tenant", "list"]), "");
    }
}

on_each_engine! {
    fn a_mistyped_directory_does_not_become_an_installation(engine) {
        let server = stopped(engine);
        let declared = file(&server, "acme.toml", &usual("acme"));
        for arguments in [&["tenant", "list"][..], &["user", "list", "--tenant", "acme"], &["key", "list", "--tenant", "a"]] {
            let output = server.command(arguments);
            assert_eq!(code(&output), 4, "{arguments:?}: {}", told(&output));
            assert!(stderr(&output).contains("there is no Portner installation in "), "{}", told(&output));
            assert!(stderr(&output).contains("--data-dir"), "{}", told(&output));
        }
        let trial = server.command(&["apply", &declared, "--dry-run"]);
        assert!(trial.status.success() && stderr(&trial).contains("8 would be created"), "{}", told(&trial));
        assert!(!server.data_dir().exists());
        let begun = server.command(&["apply", &declared]);
        assert!(begun.status.success() && stderr(&begun).contains("A new installation was begun in "), "{}", told(&begun));
        assert!(stderr(&begun).contains("master.key"), "{}", told(&begun));
        let again = server.command(&["tenant", "create", "beta"]);
        assert!(again.status.success() && !stderr(&again).contains("was begun"), "{}", told(&again));
    }
}

#[test]
fn what_an_operator_does_to_people_comes_with_advice_that_fits() {
    let server = stopped(Engine::Sqlite);
    let says = |arguments: &[&str], expected: &[&str]| {
        let output = server.command(arguments);
        for text in expected {
            assert!(stderr(&output).contains(text), "{arguments:?}: {text}: {}", told(&output));
        }
        output
    };
    server.run(&["tenant", "create", "acme"]);
    says(&["user", "list", "--tenant", "acme"], &["There are no users."]);
    let recover = says(
        &["admin", "recover", "--tenant", "acme"],
        &["tenant \"acme\" has no administrator", "user create NAME --role admin --tenant acme"],
    );
    assert_eq!(code(&recover), 4);
    let short = file(&server, "short", "kort\n");
    let short = ["user", "create", "anna", "--tenant", "acme", "--password-file", &short];
    assert!(
        says(&short, &["warning: the password is set, but nobody could choose it", "12 characters"]).status.success()
    );
    says(&["user", "create", "bo", "--tenant", "acme"], &["no password was set, and there is no address"]);
    let with_address = ["user", "create", "cy", "--tenant", "acme", "--email", "cy@acme.example"];
    says(&with_address, &["an invitation to choose one goes to cy@acme.example"]);
    let taken = says(&with_address, &["there is a user \"cy\" already"]);
    assert!(!stderr(&taken).contains("No password was set"), "{}", told(&taken));
    let reset =
        says(&["user", "reset-password", "anna", "--tenant", "acme"], &["no mail address", "portner admin recover"]);
    assert_eq!(code(&reset), 5);
    says(&["mail", "retry", "x", "--tenant", "acme"], &["portner mail list"]);
}

#[test]
fn all_problems_of_a_declaration_come_at_once_with_their_lines() {
    let server = stopped(Engine::Sqlite);
    let text = "version = 1\n[[tenant]]\nslug = \"acme\"\nlangauges = [\"da\"]\n[[tenant.user]]\nusername = \"a\"\n\
                email = \"nowhere\"\npassword_file = \"missing\"\n[[tenant.application]]\nid = \"x\"\n\
                [tenant.application.saml]\nname_id = \"email\"\n";
    let declared = file(&server, "wrong.toml", text);
    let output = server.command(&["apply", &declared]);
    assert_eq!(code(&output), 3);
    for expected in [
        "wrong.toml:4: tenant[0].langauges: unknown key; did you mean `languages`?",
        "wrong.toml:7: tenant[0].user[0].email: ",
        "wrong.toml:8: tenant[0].user[0].password_file: cannot read",
        "wrong.toml:11: tenant[0].application[0].saml: needs metadata, metadata_file or metadata_url, or entity_id and acs",
    ] {
        assert!(stderr(&output).contains(expected), "{expected}: {}", told(&output));
    }
    let lonely = "[[tenant]]\nslug = \"acme\"\n[[tenant.application]]\nid = \"x\"\n[tenant.application.oidc]\n\
                  redirect_uris = [\"https://x.example/\"]\n";
    let output = server.command(&["apply", &file(&server, "lonely.toml", lonely)]);
    assert_eq!(code(&output), 3);
    assert!(
        stderr(&output).contains("lonely.toml:5: tenant[0].application[0].oidc: needs a secret"),
        "{}",
        told(&output)
    );
    assert_eq!(server.run(&["tenant", "list"]), "");
}

#[test]
fn the_schema_describes_the_file_and_the_example_fits() {
    let server = stopped(Engine::Sqlite);
    let schema = json(&server.run(&["apply", "--schema"]));
    assert!(schema["$schema"].is_string() && schema["properties"]["tenant"].is_object());
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/acme.toml");
    let applied = server.command(&["apply", example]);
    assert!(applied.status.success(), "{}", told(&applied));
    assert!(!stderr(&applied).contains("warning"), "{}", told(&applied));
}

#[test]
fn configuration_is_checked_shown_and_explained() {
    let server = stopped(Engine::Sqlite);
    let example = server.run(&["config", "example"]);
    let path = file(&server, "example.toml", &example);
    let checked = server.command(&["config", "check"]);
    assert!(checked.status.success() && checked.stdout.is_empty(), "{}", told(&checked));
    let shown = server.run(&["config", "show", "--origin", "--data-dir", "/srv/portner"]);
    assert!(shown.lines().any(|line| line.starts_with("data_dir") && line.ends_with("--data-dir")), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("mail.port") && line.ends_with("default")), "{shown}");
    assert!(shown.contains("portner.toml:2"), "{shown}");
    let program = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portner"));
        command.env_clear();
        command
    };
    let checked = program().args(["config", "check", "--config", &path]).output().unwrap();
    assert!(checked.status.success(), "{}", told(&checked));
    let key = file(&server, "key.pem", "no key\n");
    for (variables, expected) in [
        (&[("PORTNER_MASTER_KEY", "abc")][..], "a master key is one line"),
        (&[("PORTNER_MASTER_KEY_FILE", &*key)], "a master key is one line"),
        (&[("PORTNER_TLS__CERTIFICATE", &*key), ("PORTNER_TLS__KEY", &key)], "tls.certificate: "),
        (&[("PORTNER_OUTGOING__TRUST_ANCHORS", &*key)], "outgoing.trust_anchors: "),
    ] {
        for command in [&["config", "check"][..], &["tenant", "list"]] {
            let output = program().args(command).envs(variables.iter().copied()).output().unwrap();
            assert_eq!(code(&output), 3, "{command:?}: {}", told(&output));
            assert!(stderr(&output).contains(expected), "{command:?}: {expected}: {}", told(&output));
        }
    }
    let checked = program()
        .args(["config", "check", "--output", "json"])
        .env("PORTNER_CONFIG", &path)
        .env("PORTNER_LISTEN", "nowhere")
        .env("PORTNER_LISEN", "x")
        .output()
        .unwrap();
    assert_eq!(code(&checked), 3);
    assert_eq!(json(&String::from_utf8_lossy(&checked.stdout))["problems"].as_array().unwrap().len(), 2);
}

#[test]
fn passwords_come_from_a_file_or_from_standard_input_never_from_an_argument() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let server = stopped(Engine::Sqlite);
    server.run(&["tenant", "create", "acme", "--name", "Acme"]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_portner"))
        .env_clear()
        .args(["user", "create", "alice", "--tenant", "acme", "--password-file", "-", "--output", "json", "--config"])
        .arg(server.config_file())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"en geheim med sild\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(json(&String::from_utf8_lossy(&output.stdout))["has_password"], true, "{}", told(&output));
    let without = server.run(&["user", "create", "bob", "--tenant", "acme", "--output", "json"]);
    assert_eq!(json(&without)["has_password"], false);
    let refused = server.command(&["user", "create", "eve", "--tenant", "acme", "--password", "geheim"]);
    assert_eq!(code(&refused), 2, "{}", told(&refused));
}

on_each_engine! {
    fn keys_rotate_while_the_server_runs_and_what_they_signed_stays_valid(engine) {
        let app = App::shared_on(engine);
        let published = |app: &App| -> Vec<String> {
            let keys = app.get("/oauth2/jwks").json()["keys"].as_array().unwrap().clone();
            keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        let before = published(&app);
        let rows = json(&app.cli(&["key", "rotate", "--yes", "--output", "json"]));
        assert_eq!(rows.as_array().unwrap().len(), 9);
        let after = published(&app);
        assert!(before.iter().all(|key| after.contains(key)), "nothing disappears: {before:?} {after:?}");
        assert_eq!(after.len(), before.len() + 3);
        assert_eq!(app.count_events("key.rotated"), 3);
        // The keys that are next now were made a moment ago: whoever keeps the set for its five minutes has not seen them.
        let rotate = ["key", "rotate", "--tenant", &app.slug, "--yes"];
        let refused = app.server.command(&rotate);
        assert_eq!(code(&refused), 5, "{}", told(&refused));
        assert!(told(&refused).contains("--force") && told(&refused).contains("ten minutes"), "{}", told(&refused));
        assert_eq!((published(&app), app.count_events("key.rotated")), (after.clone(), 3));
        let of_one_type = app.server.command(&[&rotate[..], &["--type", "rsa"]].concat());
        assert_eq!(code(&of_one_type), 5, "{}", told(&of_one_type));
        app.cli(&["key", "rotate", "--yes", "--force"]);
        assert_eq!((published(&app).len(), app.count_events("key.rotated")), (after.len() + 3, 6));
    }
}

#[test]
fn a_short_client_secret_is_obeyed_and_told() {
    let app = App::shared();
    let declare = |secret: &str| {
        app.try_apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"job\"\nname = \"Job\"\n\
             [tenant.application.oidc]\ntype = \"service\"\nsecret = \"{secret}\"\nscopes = [\"reports:read\"]\n"
        ))
    };
    let (accepted, told) = declare("x");
    assert!(accepted && told.contains("warning") && told.contains("oidc.secret"), "{told}");
    assert!(!told.contains("\"x\""), "the secret itself is not: {told}");
    let (accepted, told) = declare(&"x".repeat(31));
    assert!(accepted && told.contains("warning"), "{told}");
    let (accepted, told) = declare(&"x".repeat(32));
    assert!(accepted && !told.contains("warning"), "{told}");
}

on_each_engine! {
    fn au1_what_operators_do_is_recorded_and_the_chain_holds(engine) {
        let app = App::shared_on(engine);
        app.cli(&["user", "unlock", "alice"]);
        assert_eq!(app.count_events("user.unlocked"), 1);
        assert!(app.count_events("audit.read") >= 1);
        assert!(app.cli(&["audit", "verify"]).contains("unbroken"));
        let events = app.audit();
        let sequence: Vec<_> = events.iter().filter_map(|event| event["sequence"].as_u64()).collect();
        assert_eq!(sequence, (1..=u64::try_from(sequence.len()).unwrap()).collect::<Vec<_>>());
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let server = stopped(Engine::Sqlite);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(server.run(&["completions", shell]).contains("unlock"), "{shell}");
    }
}

#[test]
fn the_demonstration_stands_ready_at_the_first_start() {
    let mut settings = Settings::new(Engine::Sqlite);
    settings.arguments.push("--demo".to_owned());
    let server = Arc::new(Server::start(settings));
    let told = server.log();
    assert!(told.contains("/t/demo/playground") && told.contains("alice"), "{told}");
    let users = json(&server.run(&["user", "list", "--tenant", "demo", "--output", "json"]));
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert!(server.terminate().success());
    server.boot();
    assert_eq!(json(&server.run(&["user", "list", "--tenant", "demo", "--output", "json"])), users);
}

#[test]
fn a_long_data_directory_name_does_not_stop_the_socket() {
    let server = stopped(Engine::Sqlite);
    let long = server.dir().join("a-rather-long-name-of-a-folder".repeat(4)).join("data");
    let config = fs::read_to_string(server.config_file()).unwrap();
    let config = config.replace(server.data_dir().to_str().unwrap(), long.to_str().unwrap());
    fs::write(server.config_file(), config).unwrap();
    server.boot();
    assert!(long.join("portner.sock").exists());
    server.run(&["tenant", "create", "acme"]);
    assert!(server.run(&["tenant", "list"]).contains("acme"));
}
