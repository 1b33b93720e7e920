use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::*;

struct Case {
    dir: tempfile::TempDir,
    given: Given,
}

impl Case {
    fn new(file: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("portner.toml");
        std::fs::write(&path, file).unwrap();
        Self { dir, given: Given { file: Some(path), ..Given::default() } }
    }
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.given.environment.insert(name.to_owned(), OsString::from(value));
        self
    }
    fn flag(mut self, key: &'static str, name: &'static str, value: &str) -> Self {
        self.given.flags.push((key, name, value.to_owned()));
        self
    }
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
    fn config(&self) -> Config {
        load(&self.given).unwrap_or_else(|problems| panic!("{problems:#?}")).config
    }
    /// What is said, with the temporary folder cut away.
    fn problems(&self) -> Vec<String> {
        let prefix = format!("{}/", self.dir.path().display());
        let problems = load(&self.given).map(|loaded| loaded.config).unwrap_err();
        problems.iter().map(|problem| problem.to_string().replace(&prefix, "")).collect()
    }
}

#[test]
fn the_example_is_the_defaults() {
    let example = Case::new(&keys::example());
    let silent = Case::new("");
    let (shown, plain) = (load(&example.given).unwrap(), load(&silent.given).unwrap());
    assert_eq!(format!("{:?}", shown.config), format!("{:?}", plain.config));
    for key in keys::KEYS.iter().filter(|key| key.place == keys::Place::Anywhere) {
        let origin = &shown.settings.values[key.path].origin;
        assert!(matches!(origin, Origin::File { line: Some(_), .. }), "{} is not in the example", key.path);
    }
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = Case::new("").config();
    assert_eq!(config.listen, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
    assert_eq!(config.data_dir, Path::new("./data"));
    assert!(matches!(config.master_key, MasterKeySource::File(path) if path == Path::new("./data/master.key")));
    assert!(matches!(config.database, Database::Embedded));
    assert_eq!((config.password_hash.memory_kib, config.password_hash.iterations), (19_456, 2));
    assert_eq!(config.password_hash.workers, None);
    let failures = Rate { events: 20.try_into().unwrap(), per: Duration::from_mins(5) };
    assert_eq!(config.limits.failures_per_source, Limit::At(failures));
    assert_eq!(config.lifetimes.authorization_code, Duration::from_mins(1));
    assert_eq!(config.lifetimes.refresh_token_absolute, Duration::from_hours(90 * 24));
    assert!(config.mail.is_none() && config.tls.is_none() && config.trusted_proxies.is_empty());
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let case = || Case::new("listen = \"127.0.0.1:1\"\n");
    assert_eq!(case().config().listen.port(), 1);
    let environment = || case().variable("PORTNER_LISTEN", "127.0.0.1:2");
    assert_eq!(environment().config().listen.port(), 2);
    assert_eq!(environment().flag("listen", "--listen", "127.0.0.1:3").config().listen.port(), 3);
}

#[test]
fn the_environment_nests_by_two_underscores_and_separates_lists_by_commas() {
    let config = Case::new("")
        .variable("PORTNER_MANAGEMENT__LISTEN", "127.0.0.1:9999")
        .variable("PORTNER_PASSWORD_HASH__QUEUE", "7")
        .variable("PORTNER_PROXY__TRUSTED", "10.0.0.0/8, ::1")
        .config();
    assert_eq!(config.management.port(), 9999);
    assert_eq!(config.password_hash.queue, 7);
    assert_eq!(config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn the_configuration_file_may_be_named_by_the_environment() {
    let case = Case::new("listen = \"127.0.0.1:4\"\n");
    let path = case.given.file.clone().unwrap();
    let environment = BTreeMap::from([("PORTNER_CONFIG".to_owned(), path.into_os_string())]);
    let given = Given { environment, ..Given::default() };
    assert_eq!(load(&given).unwrap().config.listen.port(), 4);
}

#[test]
fn a_configuration_file_that_was_named_must_exist() {
    let given = Given { file: Some(PathBuf::from("/nowhere/portner.toml")), ..Given::default() };
    let problems = load(&given).map(|loaded| loaded.config).unwrap_err();
    assert_eq!(
        problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["/nowhere/portner.toml: cannot be read: No such file or directory (os error 2)"]
    );
}

#[test]
fn all_problems_come_at_once_each_with_its_place() {
    let case = Case::new(
        "version = 2\nlistn = \"x\"\nlisten = 8080\npublic_url = \"http://localhost/path\"\n\n[database]\n\
         url = \"host=localhost dbname=portner\"\n[lifetimes]\nid_token = \"soon\"\naccess_token = \"0s\"\n\
         [password_hash]\nworkers = -1\n[wheels]\nround = true\n[proxy]\ntrusted = [\"everyone\"]\n[tls]\nkey = \"k\"\n",
    )
    .variable("PORTNER_LISSEN", "127.0.0.1:2")
    .variable("PORTNER_LIMITS__FAILURES_PER_SOURCE", "many")
    .flag("data_dir", "--data-dir", "");
    let mut problems = case.problems();
    problems.sort();
    assert_eq!(
        problems,
        [
            "--data-dir: data_dir: must not be empty",
            "PORTNER_LIMITS__FAILURES_PER_SOURCE: limits.failures_per_source: must be a number of times in a duration \
             such as \"20/5m\", or \"off\" (it is \"many\")",
            "PORTNER_LISSEN: unknown variable; did you mean `PORTNER_LISTEN`?",
            "portner.toml:10: lifetimes.access_token: must be at least one second (it is \"0s\")",
            "portner.toml:12: password_hash.workers: must be a whole number from 0 to 1024",
            "portner.toml:13: wheels: unknown key; `portner config example` shows all keys",
            "portner.toml:16: proxy.trusted: must be an address or a network such as \"10.0.0.0/8\" or \"fd00::/8\" \
             (it is \"everyone\")",
            "portner.toml:1: version: this program reads version 1 of the configuration",
            "portner.toml:2: listn: unknown key; did you mean `listen`?",
            "portner.toml:3: listen: must be a text in quotes",
            "portner.toml:4: public_url: must not have a path, query or fragment (it is \"http://localhost/path\")",
            "portner.toml:7: database.url: must be a URL such as \"postgres://user@host/portner\"",
            "portner.toml:9: lifetimes.id_token: must be a duration such as \"30s\", \"15m\", \"12h\" or \"14d\" \
             (it is \"soon\")",
            "tls.certificate: is needed as well, since tls.key is set",
        ]
    );
}

#[test]
fn the_two_listeners_cannot_share_an_address() {
    let problems = Case::new("listen = \"127.0.0.1:9090\"\n").problems();
    assert_eq!(problems, ["management.listen: must differ from listen"]);
}

#[test]
fn a_key_in_the_wrong_section_is_recognised() {
    let problems = Case::new("trusted = []\n[managment]\nlisten = \"127.0.0.1:1\"\n").problems();
    assert_eq!(
        problems,
        [
            "portner.toml:2: managment: unknown key; did you mean `management`?",
            "portner.toml:1: trusted: unknown key; did you mean `proxy.trusted`?",
        ]
    );
}

#[test]
fn every_limit_can_be_off_and_every_duration_one_second() {
    let mut case = Case::new("");
    for key in keys::KEYS {
        if key.path.starts_with("limits.") {
            case = case.variable(&key.variable(), "off");
        }
        if key.path.starts_with("lifetimes.") {
            case = case.variable(&key.variable(), "1s");
        }
    }
    let config = case.config();
    assert_eq!(
        config.limits,
        Limits {
            failures_per_source: Limit::Off,
            accounts_per_source: Limit::Off,
            resets_per_source: Limit::Off,
            resets_per_account: Limit::Off,
            codes_per_account: Limit::Off,
        }
    );
    assert_eq!(config.lifetimes.password_reset, Duration::from_secs(1));
}

#[test]
fn a_secret_is_read_from_the_file_a_variable_names() {
    let case = Case::new("");
    let file = case.write("url", "postgres://portner:geheim@db.example/portner\n");
    let case = case.variable("PORTNER_DATABASE__URL_FILE", &file);
    match case.config().database {
        Database::Postgres(url) => {
            assert_eq!(url.expose_secret(), "postgres://portner:geheim@db.example/portner");
        }
        Database::Embedded => panic!("the file was not read"),
    }
}

#[test]
fn a_secret_set_in_two_ways_is_refused() {
    let case = Case::new("master_key_file = \"/etc/portner/master.key\"\n[mail]\nhost = \"mail.example\"\n");
    let file = case.write("secret", "x");
    let problems = case
        .variable("PORTNER_MASTER_KEY", "AAAA")
        .variable("PORTNER_DATABASE__URL", "postgres://a@b/c")
        .variable("PORTNER_DATABASE__URL_FILE", &file)
        .variable("PORTNER_MAIL__PASSWORD", "x")
        .variable("PORTNER_MAIL__PASSWORD_FILE", &file)
        .problems();
    assert_eq!(problems.iter().filter(|problem| problem.contains("is set in two ways")).count(), 3, "{problems:#?}");
}

#[test]
fn secrets_are_neither_taken_from_the_file_nor_shown() {
    assert_eq!(
        Case::new("master_key = \"AAAA\"\n").problems(),
        ["portner.toml:1: master_key: a secret does not belong in this file; set PORTNER_MASTER_KEY instead"]
    );
    let key = "Z2VoZWltZ2VoZWltZ2VoZWltZ2VoZWltZ2VoZWltISE=";
    let case = Case::new("[database]\nurl = \"postgres://portner:geheim@db.example/portner\"\n")
        .variable("PORTNER_MASTER_KEY", key);
    let loaded = load(&case.given).unwrap();
    let shown = format!("{:?}", show::rows(&loaded.settings));
    assert!(!shown.contains("geheim") && !shown.contains(key), "{shown}");
    assert!(shown.contains("postgres://portner:redacted@db.example/portner"), "{shown}");
    let debugged = format!("{:?}", loaded.config);
    assert!(!debugged.contains("geheim") && !debugged.contains(key));
}

#[test]
fn what_counts_is_shown_with_its_origin() {
    let case = Case::new("listen = \"127.0.0.1:1\"\n").variable("PORTNER_MAIL__PORT", "26").flag(
        "data_dir",
        "--data-dir",
        "/srv/portner",
    );
    let loaded = load(&case.given).unwrap();
    let rows = show::rows(&loaded.settings);
    let of = |key: &str| {
        let row = rows.iter().find(|row| row.key == key).unwrap();
        (row.value.to_string(), row.origin.rsplit('/').next().unwrap().to_owned())
    };
    assert_eq!(of("listen"), ("\"127.0.0.1:1\"".to_owned(), "portner.toml:1".to_owned()));
    assert_eq!(of("mail.port"), ("26".to_owned(), "PORTNER_MAIL__PORT".to_owned()));
    assert_eq!(of("data_dir"), ("\"/srv/portner\"".to_owned(), "--data-dir".to_owned()));
    assert_eq!(of("public_url"), ("\"http://localhost:1\"".to_owned(), "default".to_owned()));
}

#[test]
fn only_a_clear_postgresql_address_is_a_database() {
    for good in ["postgres://u@h/portner", "postgresql://u:p@h:5433/portner", "postgres:///portner?host=/run/pg"] {
        let config = Case::new(&format!("[database]\nurl = \"{good}\"\n")).config();
        assert!(matches!(config.database, Database::Postgres(_)), "{good}");
    }
    for bad in ["portner.db", "sqlite://x", "mysql://u@h/x", "postgres://u@h", "postgres:///x", "postgres://u@h/a/b"] {
        assert_eq!(Case::new(&format!("[database]\nurl = \"{bad}\"\n")).problems().len(), 1, "{bad}");
    }
}

#[test]
fn an_address_without_https_is_worth_a_warning_except_at_home() {
    let warnings = |url: &str| load(&Case::new(&format!("public_url = \"{url}\"\n")).given).unwrap().warnings.len();
    assert_eq!(warnings("http://login.example"), 1);
    for fine in ["https://login.example", "http://localhost:9", "http://127.0.0.1:9", "http://[::1]:9"] {
        assert_eq!(warnings(fine), 0, "{fine}");
    }
}

#[test]
fn the_mail_server_is_checked_with_everything_else() {
    let problems = Case::new(
        "[mail]\nhost = \"mail.example\"\nport = 70000\nsecurity = \"ssl\"\nusername = \"portner\"\nfrom = \"nobody\"\n",
    )
    .problems();
    let keys: Vec<&str> = problems.iter().filter_map(|problem| problem.split(": ").nth(1)).collect();
    assert_eq!(keys.len(), 4, "{problems:#?}");
    for key in ["mail.port", "mail.security", "mail.password_file", "mail.from"] {
        assert!(problems.iter().any(|problem| problem.contains(key)), "{key}: {problems:#?}");
    }
    let case =
        Case::new("[mail]\nhost = \"mail.example\"\nusername = \"portner\"\nfrom = \"Acme <login@acme.example>\"\n");
    let file = case.write("secret", "geheim\n");
    let case = case.variable("PORTNER_MAIL__PASSWORD_FILE", &file).variable("PORTNER_MAIL__SECURITY", "starttls");
    let mail = case.config().mail.unwrap();
    assert_eq!((mail.host.as_str(), mail.port, mail.security), ("mail.example", 25, MailSecurity::StartTls));
    let (username, password) = mail.login.unwrap();
    assert_eq!((username.as_str(), password.expose_secret()), ("portner", "geheim"));
    assert_eq!(mail.from.address.as_str(), "login@acme.example");
}
