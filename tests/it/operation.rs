//! Running it: readiness, metrics, stopping, a second server, TLS, what logs and files give away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde_json::Value;

use crate::on_each_engine;
use crate::support::http::{Call, exchange, raw};
use crate::support::server::told;
use crate::support::{App, Engine, PASSWORD, SECRET, Server, Settings, eventually};

#[test]
fn health_and_metrics_are_on_the_management_listener_only() {
    let app = App::shared();
    app.browser().sign_in("alice", PASSWORD);
    app.browser().sign_in("alice", "wrong");
    for path in ["/health/live", "/health/ready"] {
        let reply = Call::get(path).send(app.server.management()).unwrap();
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.json()["status"], "UP", "{path}");
    }
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(Call::get(path).send(app.server.port()).unwrap().status, 404, "{path} is not for the public");
    }
    let metrics = app.server.metrics();
    assert!(metrics.contains("http_server_request_duration_seconds"), "{metrics}");
    assert!(!metrics.contains("alice") && !metrics.contains(&app.slug), "neither people nor raw paths: {metrics}");
    assert_eq!(Call::get("/t/x/sign-in").send(app.server.management()).unwrap().status, 404);
}

on_each_engine! {
    fn log06_nothing_is_handed_out_that_cannot_be_written_down(engine) {
        let app = App::shared_on(engine);
        let (job, web) = (app.client("job"), app.client("web"));
        let service = || job.token(&[("grant_type", "client_credentials")]);
        let tokens = web.sign_in(&app);
        let code = web.code(&mut app.signed_in());
        let mut guesser = web.clone();
        "a guess".clone_into(&mut guesser.secret);
        let mut raw = crate::support::database::open(&app, engine);
        raw.execute(match engine {
            Engine::Sqlite => {
                "CREATE TRIGGER full_up BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END"
            }
            Engine::Postgres => {
                "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$; \
                 CREATE TRIGGER full_up BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION full_up()"
            }
        });
        let replies = [
            ("service", service()),
            ("code", web.try_redeem(&code)),
            ("refresh", web.refresh(tokens.refresh())),
            ("revocation", web.revoke(tokens.access())),
            ("wrong secret", guesser.token(&[("grant_type", "client_credentials")])),
            ("wrong secret at introspection", guesser.post("/oauth2/introspect", &[("token", tokens.access())])),
        ];
        for (what, reply) in &replies {
            assert!(reply.status >= 500, "{what}: {} {}", reply.status, reply.text());
            assert!(!reply.text().contains("access_token"), "{what}: {}", reply.text());
        }
        let mut browser = app.browser();
        browser.sign_in_quietly("alice", PASSWORD);
        assert!(!browser.is_signed_in());
        raw.execute(match engine {
            Engine::Sqlite => "DROP TRIGGER full_up",
            Engine::Postgres => "DROP TRIGGER full_up ON audit_events",
        });
        let before = app.count_events("client.token_issued");
        assert_eq!(service().status, 200);
        assert_eq!(app.count_events("client.token_issued"), before + 1, "written before it was answered");
        assert_eq!(web.refresh(tokens.refresh()).status, 200, "what was refused is not spent");
        web.redeem(&code);
    }
}

on_each_engine! {
    fn a_node_that_cannot_write_is_not_ready(engine) {
        let app = App::own(Settings::new(engine));
        let ready = || {
            let reply = Call::get("/health/ready").send(app.server.management()).unwrap();
            let checks = reply.json()["checks"].as_array().unwrap().clone();
            let of = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap()["status"].clone();
            (reply.status, of("database"), of("writing"))
        };
        assert_eq!(ready(), (200, "UP".into(), "UP".into()));
        let (data, away) = (app.server.data_dir(), app.server.dir().join("away"));
        let mut registry = (engine == Engine::Postgres).then(|| crate::support::database::registry(&app, engine));
        match &mut registry {
            // A volume that is gone, or full.
            None => fs::rename(&data, &away).unwrap(),
            Some(raw) => raw.execute(
                "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$; \
                 CREATE TRIGGER full_up BEFORE UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION full_up()",
            ),
        }
        assert_eq!(ready(), (503, "UP".into(), "DOWN".into()));
        match &mut registry {
            None => fs::rename(&away, &data).unwrap(),
            Some(raw) => raw.execute("DROP TRIGGER full_up ON tenants"),
        }
        assert_eq!(ready(), (200, "UP".into(), "UP".into()));
        let left: Vec<_> = fs::read_dir(&data).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("probe")), "{left:?}");
    }
}

#[test]
fn stopping_lets_running_requests_finish() {
    // Dear enough that they are under way when it stops; threads that hash give way to all others, and on a busy machine
    // three of them still end well within the twenty seconds that a stop takes at most.
    let app =
        App::own(Settings::with(Engine::Sqlite, "[password_hash]\nmemory_kib = 32768\niterations = 2\nworkers = 1\n"));
    let mut browsers: Vec<_> = (0..3)
        .map(|_| {
            let mut browser = app.browser();
            let page = browser.get("/sign-in");
            (browser, page)
        })
        .collect();
    thread::scope(|scope| {
        let running: Vec<_> = browsers
            .iter_mut()
            .map(|(browser, page)| {
                let form = page.form("password").set("username", "alice").set("password", PASSWORD);
                scope.spawn(move || browser.submit_once(&form).status())
            })
            .collect();
        // One is being hashed, two wait: all of them have been taken in. A fourth would wait for a slot unseen.
        eventually("all are inside", || {
            let metrics = app.server.metrics();
            let queue = metrics.lines().find_map(|line| line.strip_prefix("portner_password_hash_queue "));
            queue.and_then(|count| count.parse::<f64>().ok()).is_some_and(|count| count >= 2.0)
                || running.iter().all(thread::ScopedJoinHandle::is_finished)
        });
        let status = app.server.terminate();
        assert!(status.success(), "{status}");
        for thread in running {
            assert!(matches!(thread.join().unwrap(), 200 | 303), "nobody is cut off");
        }
    });
}

on_each_engine! {
    fn a_second_server_on_the_same_data_is_refused(engine) {
        let app = App::own(Settings::new(engine));
        let output = app.server.command(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!output.status.success());
        assert!(told(&output).to_lowercase().contains("use"), "it says why: {}", told(&output));
        assert_eq!(Call::get("/health/ready").send(app.server.management()).unwrap().status, 200, "the first goes on");
    }
}

on_each_engine! {
    fn declarations_are_idempotent_and_survive_a_restart(engine) {
        let app = App::own(Settings::new(engine));
        let (_, first) = app.try_apply(&crate::support::usual(&app.slug));
        let (ok, second) = app.try_apply(&crate::support::usual(&app.slug));
        assert!(ok);
        assert_eq!(first, second, "nothing changes the second time: {second}");
        app.server.kill();
        app.server.boot();
        app.client("web").sign_in(&app);
    }
}

#[test]
fn a_declaration_made_while_stopped_is_there_after_the_start() {
    let server = Arc::new(Server::prepare(Settings::new(Engine::Sqlite), "http"));
    let app = App::on(&server);
    server.boot();
    app.client("web").sign_in(&app);
}

#[test]
fn a_tenant_is_there_at_once_while_the_server_runs() {
    let app = App::shared();
    let late = App::on(&app.server);
    late.client("web").sign_in(&late);
}

#[test]
fn the_demonstration_tenant_signs_its_users_in() {
    let mut settings = Settings::new(Engine::Sqlite);
    settings.arguments = vec!["--demo".to_owned()];
    let server = Arc::new(Server::start(settings));
    let app = App { server, slug: "demo".to_owned() };
    assert_eq!(app.get("/.well-known/openid-configuration").status, 200);
    let page = app.browser().get("/playground");
    assert_eq!(page.status(), 200, "{}", page.reply.text());
    assert_eq!(app.browser().get("/sign-in").status(), 200);
}

#[test]
fn tls_is_spoken_when_a_certificate_is_configured() {
    let mut settings = Settings::new(Engine::Sqlite);
    settings.config += "[tls]\ncertificate = \"{dir}/cert.pem\"\nkey = \"{dir}/key.pem\"\n";
    let server = Server::prepare(settings, "https");
    let (certificate, key) = (server.dir().join("cert.pem"), server.dir().join("key.pem"));
    certify(&certificate, &key);
    server.boot();
    let server = Arc::new(server);
    let app = App::on(&server);
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        app.path("/.well-known/openid-configuration")
    );
    let reply = exchange(tls(&server, &certificate), request.as_bytes()).unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["issuer"], app.base());
    let promised = reply.header("strict-transport-security").expect("HSTS");
    let age = promised.split("max-age=").nth(1).unwrap().split(';').next().unwrap().parse::<u64>().unwrap();
    assert!(age >= 31_536_000, "{promised}");
    let plain = Call::get("/").send(server.port());
    assert!(plain.is_err() || plain.is_ok_and(|reply| reply.status >= 400), "no plain http there");
}

fn certify(certificate: &Path, key: &Path) {
    let done = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(key)
        .arg("-out")
        .arg(certificate)
        .output()
        .expect("openssl is installed");
    assert!(done.status.success(), "{}", told(&done));
}

fn tls(server: &Server, certificate: &Path) -> rustls::StreamOwned<rustls::ClientConnection, std::net::TcpStream> {
    use rustls::pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(connection, std::net::TcpStream::connect(("127.0.0.1", server.port())).unwrap())
}

#[test]
fn logs_carry_ids_and_events_and_no_secret() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let rp = app.client("web");
    let mut browser = app.browser();
    let wrong = "a-wrong-password-nobody-has";
    browser.sign_in("alice", wrong);
    let code = rp.code(&mut browser);
    let tokens = rp.redeem(&code);
    let refreshed = rp.refresh(tokens.refresh()).json()["refresh_token"].as_str().unwrap().to_owned();
    rp.try_redeem(&code);
    rp.userinfo(tokens.access());
    rp.introspect(tokens.access());
    app.get(&format!("/oauth2/userinfo?access_token={}", tokens.access()));
    let mut stranger = rp.clone();
    "another-client-secret-that-is-wrong".clone_into(&mut stranger.secret);
    stranger.refresh(&refreshed);
    app.browser().sign_in("alice\nforged: line", "x");
    let cookies: Vec<String> = browser.cookies.values().cloned().collect();
    app.server.terminate();
    let log = app.server.log();
    assert!(log.contains("signin.succeeded") && log.contains("signin.failed"), "AU-1: events are in the log: {log}");
    let mut secrets = vec![
        PASSWORD,
        wrong,
        SECRET,
        stranger.secret.as_str(),
        code.as_str(),
        tokens.access(),
        tokens.refresh(),
        tokens.id_token(),
        refreshed.as_str(),
    ];
    secrets.extend(cookies.iter().filter(|value| value.len() > 20).map(String::as_str));
    for secret in secrets {
        assert!(!log.contains(secret), "the log has a secret: {secret}");
        // Nor in part: enough of it to go on with.
        let part = &secret[..secret.len().min(40)];
        assert!(part.len() < 20 || !log.contains(part), "the log has most of a secret: {secret}");
    }
    assert!(!log.lines().any(|line| line.starts_with("forged:")), "a name cannot begin a line of its own");
}

on_each_engine! {
    fn au1_every_event_of_the_audit_log_is_a_line_of_the_log_stream_too(engine) {
        let app = App::own(Settings::new(engine));
        let rp = app.client("web");
        let mut browser = app.browser().with_header("User-Agent", "Test/1.0");
        browser.sign_in("alice", "wrong");
        let code = rp.code(&mut browser);
        let tokens = rp.redeem(&code);
        rp.refresh(tokens.refresh());
        rp.refresh(tokens.refresh());
        rp.try_redeem(&code);
        let mut stranger = rp.clone();
        "another-client-secret-that-is-wrong".clone_into(&mut stranger.secret);
        stranger.refresh("x");
        app.client("job").token(&[("grant_type", "client_credentials")]);
        for number in 0..4 {
            app.browser().sign_in("bob", &format!("wrong-{number}"));
        }
        app.browser().sign_in("nobody", "wrong");
        app.cli(&["user", "unlock", "bob"]);
        // The last event of a service's token is written behind its answer.
        eventually("all is written down", || app.count_events("client.token_issued") == 1);
        let events = app.audit();
        app.server.terminate();

        let log = app.server.log();
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let tenant = lines.iter().find(|line| line["event.action"] == "signin.succeeded").expect("alice signs in");
        let tenant = &tenant["tenant.id"];
        let told: Vec<&Value> = lines.iter().filter(|line| line["target"] == "audit" && line["tenant.id"] == *tenant).collect();
        let kinds: BTreeSet<&str> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
        assert!(kinds.len() >= 12, "a day of some variety: {kinds:?}");
        for event in events {
            let same: Vec<_> = told.iter().filter(|line| line["sequence"] == event["sequence"]).collect();
            let [line] = same.as_slice() else { panic!("{} lines tell of {event}", same.len()) };
            let text = |name: &str| event[name].as_str().unwrap_or_default();
            let pairs = [
                ("event.action", "kind"),
                ("event.outcome", "outcome"),
                ("actor", "actor"),
                ("user.id", "user"),
                ("user.name", "username"),
                ("source.ip", "address"),
                ("client.id", "application"),
                ("session.id", "session"),
                ("trace.id", "request_id"),
                ("hash", "hash"),
            ];
            for (in_log, in_audit) in pairs {
                assert_eq!(line[in_log], text(in_audit), "{in_log} of {line}");
            }
            if text("kind").starts_with("signin.") {
                assert!(!text("username").is_empty() && text("address") == "127.0.0.1", "{event}");
                assert!(!text("request_id").is_empty(), "{event}");
            }
        }
        let entry = told.iter().find(|line| line["event.action"] == "signin.succeeded").unwrap();
        assert_eq!(entry["user.name"], "alice");
    }
}

#[test]
fn a_request_that_never_arrives_whole_is_answered_like_any_other() {
    let app = App::shared();
    let started = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAccept-Language: da\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=",
        app.path("/sign-in")
    );
    let reply = raw(app.server.port(), started.as_bytes()).unwrap();
    assert_eq!(reply.status, 408);
    assert!(reply.text().contains("PRT-1005"), "{}", reply.text());
    assert_eq!(reply.header("content-language"), Some("da"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let id = reply.header("x-request-id").unwrap();
    assert!(reply.text().contains(id), "the page names the id that the log has");
}

#[test]
fn a_taken_port_is_named_with_the_way_to_choose_another() {
    let running = App::shared();
    for (taken, advice) in
        [(running.server.port(), "--listen"), (running.server.management(), "PORTNER_MANAGEMENT__LISTEN")]
    {
        let other = Server::prepare(Settings::new(Engine::Sqlite), "http");
        let key = if advice == "--listen" { "listen = \"127.0.0.1:" } else { "[management]\nlisten = \"127.0.0.1:" };
        let own = if advice == "--listen" { other.port() } else { other.management() };
        let config = fs::read_to_string(other.config_file()).unwrap();
        let config = config.replace(&format!("{key}{own}"), &format!("{key}{taken}"));
        fs::write(other.config_file(), config).unwrap();
        let output = other.command(&["serve"]);
        assert_eq!(output.status.code(), Some(7), "{}", told(&output));
        assert!(told(&output).contains(advice), "{}", told(&output));
    }
}

#[test]
fn da2_no_file_of_the_data_directory_can_be_read_without_the_key() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let canary = "canary-in-a-coal-mine-7c1f";
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"{canary}\"\n\
         email = \"{canary}@acme.example\"\ngiven_name = \"{canary}\"\npassword = \"correct horse battery\"\n\
         [[tenant.application]]\nid = \"{canary}\"\nname = \"{canary}\"\n[tenant.application.oidc]\ntype = \"confidential\"\n\
         secret = \"{canary}-secret-{SECRET}\"\nredirect_uris = [\"https://{canary}.example/\"]\nscopes = [\"openid\"]\n"
    ));
    let mut browser = app.browser();
    browser.sign_in(canary, PASSWORD);
    assert!(browser.is_signed_in());
    let mut seen = 0;
    let mut look = || {
        for (path, bytes) in files(&app.server.data_dir()) {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{} holds the canary", path.display());
            assert!(!bytes.starts_with(b"SQLite format 3"), "{} is a plain database", path.display());
            seen += 1;
        }
    };
    look();
    app.server.terminate();
    look();
    assert!(seen > 4);
}

#[test]
fn a_server_whose_log_cannot_be_written_serves_counts_and_stops() {
    let app = App::own(Settings::unheard(Engine::Sqlite));
    for _ in 0..20 {
        assert_eq!(app.get("/oauth2/authorize?client_id=nobody").status, 400, "a refusal is a line of the log");
    }
    assert!(app.signed_in().is_signed_in());
    app.cli(&["audit", "verify"]);
    let metrics = app.server.metrics();
    let lost = metrics.lines().find_map(|line| line.strip_prefix("portner_log_lines_lost_total "));
    assert!(lost.expect("it is counted").parse::<f64>().unwrap() >= 20.0, "{metrics}");
    assert!(app.server.terminate().success(), "and it stops when it is told to");
}

#[test]
fn the_key_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = App::shared();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&app.server.data_dir().join("master.key")), 0o600);
    assert_eq!(mode(&app.server.data_dir()) & 0o077, 0);
}

#[test]
fn da1_each_tenant_has_a_database_of_its_own() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let count = || {
        let databases = files(&app.server.data_dir());
        databases.iter().filter(|(path, _)| path.extension().is_some_and(|it| it == "db" || it == "sqlite")).count()
    };
    let before = count();
    App::on(&app.server);
    assert_eq!(count(), before + 1);
}

fn files(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

on_each_engine! {
    fn the_audit_log_tells_the_story_and_verifies(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let mut browser = app.browser().with_header("User-Agent", "Test/1.0");
        browser.sign_in("alice", "wrong");
        let tokens = rp.redeem(&rp.code(&mut browser));
        rp.refresh(tokens.refresh());
        let events = app.audit();
        let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        let story = ["signin.failed", "signin.succeeded", "authorization.granted", "code.redeemed", "token.refreshed"];
        let mut left = kinds.iter();
        for expected in story {
            assert!(left.any(|kind| *kind == expected), "{expected} is missing or out of order: {kinds:?}");
        }
        let entry = events.iter().find(|event| event["kind"] == "signin.succeeded").unwrap();
        let text = entry.to_string();
        assert!(text.contains("alice") && text.contains("127.0.0.1"), "AU-1: {text}");
        assert_eq!(entry["user_agent"], "Test/1.0");
        for name in ["session", "request_id"] {
            assert!(entry[name].as_str().is_some_and(|id| !id.is_empty()), "{name}: {text}");
        }
        app.cli(&["audit", "verify"]);
    }
}
