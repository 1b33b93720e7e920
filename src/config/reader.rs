//! From settings to types. Every key is read before anything is given up, so that all problems are found.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::pair;
use super::sources::{Origin, Settings, read_secret};
use super::{
    Config, Database, Lifetimes, Limits, Log, LogFormat, LogLevel, Mail, MailSecurity, MasterKeySource, Outgoing,
    PasswordHashing, Tls,
};
use crate::crypto::keyring::MasterKey;
use crate::domain::mail::Sender;
use crate::domain::quantity::{Network, QuantityError, Rate, parse_duration};

pub fn read(settings: &mut Settings) -> Option<Config> {
    let mut reader = Reader(settings);
    reader.version();
    let listen = reader.address("listen");
    let tls = reader.tls();
    let public_url = reader.public_url(listen, tls.as_ref().is_ok_and(Option::is_some));
    let data_dir = reader.required_path("data_dir");
    let master_key = reader.master_key(data_dir.as_ref());
    let management = reader.address("management.listen");
    if listen.is_some() && listen == management && listen.is_some_and(|address| address.port() != 0) {
        reader.complain("management.listen", "must differ from listen");
    }
    let database = reader.database();
    let mail = reader.mail();
    let trusted_proxies = reader.networks("proxy.trusted");
    let password_hash = reader.password_hash();
    let breached = reader.optional_file("password_lists.breached");
    let limits = reader.limits();
    let outgoing = reader.outgoing();
    let lifetimes = reader.lifetimes();
    let log = reader.log();
    Some(Config {
        listen: listen?,
        public_url: public_url?,
        data_dir: data_dir?,
        master_key: master_key?,
        management: management?,
        database: database?,
        tls: tls.ok()?,
        mail: mail.ok()?,
        trusted_proxies: trusted_proxies?,
        password_hash: password_hash?,
        breached: breached.ok()?,
        limits: limits?,
        outgoing: outgoing?,
        lifetimes: lifetimes?,
        log: log?,
    })
}

struct Reader<'a>(&'a mut Settings);

/// What is wrong has been noted already.
struct Refused;

impl Reader<'_> {
    fn text(&self, key: &str) -> String {
        self.0.values.get(key).and_then(|setting| setting.value.as_str()).unwrap_or_default().to_owned()
    }

    fn filled(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    fn origin(&self, key: &str) -> Origin {
        self.0.values.get(key).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    fn complain(&mut self, key: &str, message: impl Display) {
        let origin = self.origin(key);
        self.0.complain(origin, Some(key), message.to_string());
    }

    fn parsed<T, E: Display>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let text = self.text(key);
        match parse(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(key, format!("{error} (it is {text:?})"));
                None
            }
        }
    }

    fn number<T: TryFrom<i64>>(&mut self, key: &str, least: i64, most: i64) -> Option<T> {
        let number = self.0.values.get(key).and_then(|setting| setting.value.as_i64());
        let value = number.filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
        if value.is_none() {
            self.complain(key, format!("must be a whole number from {least} to {most}"));
        }
        value
    }

    fn version(&mut self) {
        if self.0.values.get("version").and_then(|setting| setting.value.as_i64()) != Some(1) {
            self.complain("version", "this program reads version 1 of the configuration");
        }
    }

    fn address(&mut self, key: &str) -> Option<SocketAddr> {
        self.parsed(key, |text| {
            text.parse().map_err(|_refused| "must be an address and a port such as \"127.0.0.1:8080\" or \"[::]:8080\"")
        })
    }

    fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key);
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
            self.complain(key, format!("must be one of {} (it is {text:?})", names.join(", ")));
        }
        found
    }

    fn required_path(&mut self, key: &str) -> Option<PathBuf> {
        let path = self.filled(key).map(PathBuf::from);
        if path.is_none() {
            self.complain(key, "must not be empty");
        }
        path
    }

    /// A file that must be there and readable.
    fn readable(&mut self, key: &str, path: &str) -> Option<PathBuf> {
        match std::fs::File::open(path) {
            Ok(_) => Some(PathBuf::from(path)),
            Err(error) => {
                self.complain(key, format!("cannot read {path:?}: {error}"));
                None
            }
        }
    }

    /// A file that may be left out.
    fn optional_file(&mut self, key: &str) -> Result<Option<PathBuf>, Refused> {
        match self.filled(key) {
            None => Ok(None),
            Some(path) => self.readable(key, &path).map(Some).ok_or(Refused),
        }
    }

    fn list(&self, key: &str) -> Vec<String> {
        let items = self.0.values.get(key).and_then(|setting| setting.value.as_array());
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn networks(&mut self, key: &str) -> Option<Vec<Network>> {
        let mut networks = Some(Vec::new());
        for text in self.list(key) {
            match Network::parse(&text) {
                Ok(network) => networks.iter_mut().for_each(|list| list.push(network)),
                Err(error) => {
                    self.complain(key, format!("{error} (it is {text:?})"));
                    networks = None;
                }
            }
        }
        networks
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        self.parsed(key, |text| match parse_duration(text) {
            Ok(duration) if duration.is_zero() => Err("must be at least one second".to_owned()),
            Ok(duration) => Ok(duration),
            Err(error) => Err(error.to_string()),
        })
    }

    /// The default follows `listen`, so that another port needs no second setting.
    fn public_url(&mut self, listen: Option<SocketAddr>, tls: bool) -> Option<Url> {
        if self.origin("public_url") != Origin::Default {
            return self.parsed("public_url", parse_origin);
        }
        let scheme = if tls { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{}", listen?.port());
        if let Some(setting) = self.0.values.get_mut("public_url") {
            setting.value = Value::from(url.as_str());
        }
        self.parsed("public_url", parse_origin)
    }

    fn master_key(&mut self, data_dir: Option<&PathBuf>) -> Option<MasterKeySource> {
        match (self.filled("master_key"), self.filled("master_key_file")) {
            (Some(_), Some(_)) => {
                self.two_ways("master_key", "master_key_file");
                None
            }
            (Some(key), None) => match MasterKey::decode(&key) {
                Ok(_) => Some(MasterKeySource::Text(SecretString::from(key))),
                Err(fault) => {
                    self.complain("master_key", fault);
                    None
                }
            },
            (None, Some(file)) => self.master_key_in(PathBuf::from(file)),
            (None, None) => self.master_key_in(data_dir?.join("master.key")),
        }
    }

    /// It may be missing: then it is made. One that this user may not read is spoken of when it is needed.
    fn master_key_in(&mut self, file: PathBuf) -> Option<MasterKeySource> {
        if let Ok(text) = std::fs::read_to_string(&file).map(Zeroizing::new)
            && let Err(fault) = MasterKey::decode(&text)
        {
            self.complain("master_key_file", format!("{} is not a master key: {fault}", file.display()));
            return None;
        }
        Some(MasterKeySource::File(file))
    }

    /// Two sources for one secret: nobody could say which one counts.
    fn two_ways(&mut self, key: &str, other: &str) {
        let message = format!("is set in two ways, by {} and by {}; remove one", self.origin(key), self.origin(other));
        self.complain(key, message);
    }

    fn database(&mut self) -> Option<Database> {
        let Some(url) = self.filled("database.url") else { return Some(Database::Embedded) };
        match check_postgres(&url) {
            Ok(()) => Some(Database::Postgres(SecretString::from(url))),
            Err(why) => {
                // The URL may hold a password: it is not repeated.
                self.complain("database.url", why);
                None
            }
        }
    }

    fn tls(&mut self) -> Result<Option<Tls>, Refused> {
        match (self.filled("tls.certificate"), self.filled("tls.key")) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let certificate = self.readable("tls.certificate", &certificate);
                let key = self.readable("tls.key", &key);
                let tls = Tls { certificate: certificate.ok_or(Refused)?, key: key.ok_or(Refused)? };
                match pair::check(&tls) {
                    Ok(()) => Ok(Some(tls)),
                    Err((key, fault)) => {
                        self.complain(key, fault);
                        Err(Refused)
                    }
                }
            }
            (Some(_), None) => {
                self.complain("tls.key", "is needed as well, since tls.certificate is set");
                Err(Refused)
            }
            (None, Some(_)) => {
                self.complain("tls.certificate", "is needed as well, since tls.key is set");
                Err(Refused)
            }
        }
    }

    fn mail(&mut self) -> Result<Option<Mail>, Refused> {
        let port = self.number("mail.port", 1, 65_535);
        let choices = [("none", MailSecurity::None), ("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls)];
        let security = self.choice("mail.security", &choices);
        let login = self.mail_login();
        let from = self.filled("mail.from").map(|text| Sender::parse(&text));
        let from = match from {
            Some(Ok(from)) => Some(from),
            Some(Err(_refused)) => {
                self.complain("mail.from", "must be an address such as \"Portner <no-reply@acme.example>\"");
                None
            }
            None => {
                self.complain("mail.from", "must not be empty");
                None
            }
        };
        let host = self.filled("mail.host");
        let (Some(port), Some(security), Some(from)) = (port, security, from) else { return Err(Refused) };
        let login = login?;
        Ok(host.map(|host| Mail { host, port, security, login, from }))
    }

    /// Both or neither.
    fn mail_login(&mut self) -> Result<Option<(String, SecretString)>, Refused> {
        match (self.filled("mail.username"), self.mail_password()?) {
            (Some(username), Some(password)) => Ok(Some((username, password))),
            (None, None) => Ok(None),
            (Some(_), None) => {
                self.complain("mail.password_file", "is needed as well, since mail.username is set");
                Err(Refused)
            }
            (None, Some(_)) => {
                self.complain("mail.username", "is needed as well, since a mail password is set");
                Err(Refused)
            }
        }
    }

    fn mail_password(&mut self) -> Result<Option<SecretString>, Refused> {
        match (self.filled("mail.password"), self.filled("mail.password_file")) {
            (Some(_), Some(_)) => {
                self.two_ways("mail.password", "mail.password_file");
                Err(Refused)
            }
            (Some(password), None) => Ok(Some(SecretString::from(password))),
            (None, Some(file)) => match read_secret(file.as_ref()) {
                Ok(password) => Ok(Some(password)),
                Err(error) => {
                    self.complain("mail.password_file", format!("cannot read {file:?}: {error}"));
                    Err(Refused)
                }
            },
            (None, None) => Ok(None),
        }
    }

    fn password_hash(&mut self) -> Option<PasswordHashing> {
        let parallelism: Option<u32> = self.number("password_hash.parallelism", 1, 64);
        // RFC 9106 §3.1: at least eight KiB for each lane.
        let least = i64::from(parallelism.unwrap_or(1)).saturating_mul(8);
        let memory_kib = self.number("password_hash.memory_kib", least, 4 * 1024 * 1024);
        let iterations = self.number("password_hash.iterations", 1, 1_000);
        let workers: Option<usize> = self.number("password_hash.workers", 0, 1_024);
        let queue = self.number("password_hash.queue", 1, 100_000);
        Some(PasswordHashing {
            memory_kib: memory_kib?,
            iterations: iterations?,
            parallelism: parallelism?,
            workers: workers.map(|count| Some(count).filter(|count| *count > 0))?,
            queue: queue?,
        })
    }

    fn limits(&mut self) -> Option<Limits> {
        let failures = self.parsed::<_, QuantityError>("limits.failures_per_source", Rate::parse);
        let accounts = self.parsed::<_, QuantityError>("limits.accounts_per_source", Rate::parse);
        let codes = self.parsed::<_, QuantityError>("limits.codes_per_account", Rate::parse);
        let per_source = self.parsed::<_, QuantityError>("limits.resets_per_source", Rate::parse);
        let per_account = self.parsed::<_, QuantityError>("limits.resets_per_account", Rate::parse);
        Some(Limits {
            failures_per_source: failures?,
            accounts_per_source: accounts?,
            resets_per_source: per_source?,
            resets_per_account: per_account?,
            codes_per_account: codes?,
        })
    }

    fn outgoing(&mut self) -> Option<Outgoing> {
        let allow = self.networks("outgoing.allow");
        let mut trust_anchors = Some(Vec::new());
        for path in self.list("outgoing.trust_anchors") {
            match self.anchor(&path) {
                Some(path) => trust_anchors.iter_mut().for_each(|list| list.push(path.clone())),
                None => trust_anchors = None,
            }
        }
        let proxy = match self.filled("outgoing.proxy") {
            None => Some(None),
            Some(_) => self.parsed("outgoing.proxy", parse_origin).map(Some),
        };
        Some(Outgoing { allow: allow?, trust_anchors: trust_anchors?, proxy: proxy? })
    }

    fn anchor(&mut self, path: &str) -> Option<PathBuf> {
        let file = self.readable("outgoing.trust_anchors", path)?;
        match pair::certificates(&file) {
            Ok(_) => Some(file),
            Err(fault) => {
                self.complain("outgoing.trust_anchors", fault);
                None
            }
        }
    }

    fn lifetimes(&mut self) -> Option<Lifetimes> {
        let authorization_code = self.duration("lifetimes.authorization_code");
        let access_token = self.duration("lifetimes.access_token");
        let id_token = self.duration("lifetimes.id_token");
        let refresh_token_idle = self.duration("lifetimes.refresh_token_idle");
        let refresh_token_absolute = self.duration("lifetimes.refresh_token_absolute");
        let one_time_code = self.duration("lifetimes.one_time_code");
        let invitation = self.duration("lifetimes.invitation");
        let password_reset = self.duration("lifetimes.password_reset");
        Some(Lifetimes {
            authorization_code: authorization_code?,
            access_token: access_token?,
            id_token: id_token?,
            refresh_token_idle: refresh_token_idle?,
            refresh_token_absolute: refresh_token_absolute?,
            one_time_code: one_time_code?,
            invitation: invitation?,
            password_reset: password_reset?,
        })
    }

    fn log(&mut self) -> Option<Log> {
        let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
        let level = self.choice("log.level", &levels.map(|level| (level.name(), level)));
        let formats = [("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)];
        let format = self.choice("log.format", &formats);
        Some(Log { level: level?, format: format? })
    }
}

/// Scheme, host and port of a web address, and nothing more.
fn parse_origin(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_refused| "must be an address such as \"https://login.example.org\"")?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must begin with http:// or https:// and name a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a user name or password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a path, query or fragment");
    }
    Ok(url)
}

/// Anything that is not clearly PostgreSQL is refused: libpq's keyword form (`host=… dbname=…`) must never
/// be taken for a file name.
fn check_postgres(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_refused| "must be a URL such as \"postgres://user@host/portner\"")?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err("must begin with postgres://; leave it empty for the embedded store");
    }
    let socket = url.query_pairs().any(|(key, _)| key == "host");
    if !url.has_host() && !socket {
        return Err("must name a host");
    }
    if url.path().trim_matches('/').is_empty() || url.path().trim_start_matches('/').contains('/') {
        return Err("must name a database: \"postgres://user@host/portner\"");
    }
    Ok(())
}
