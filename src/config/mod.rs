//! Configuration: raw TOML, environment and flags become one checked `Config`, or a list of everything that
//! is wrong with them.
//!
//! Machine state only (listeners, TLS, database, keys, mail, proxies); what belongs to a tenant lives in its
//! database. The environment is read here and nowhere else.

pub mod document;
pub mod keys;
mod pair;
mod reader;
pub mod shape;
pub mod show;
pub mod sources;
pub mod suggest;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

pub use crate::domain::mail::Sender;
pub use crate::domain::policy::Limit;
pub use crate::domain::quantity::{Network, Rate};
pub use sources::{Given, Origin, Problem, Settings};

/// What the server runs on, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    /// The external origin: scheme, host, port; no path.
    pub public_url: Url,
    pub data_dir: PathBuf,
    pub master_key: MasterKeySource,
    pub management: SocketAddr,
    pub database: Database,
    pub tls: Option<Tls>,
    /// `None`: mails stay in the outbox.
    pub mail: Option<Mail>,
    /// Networks whose forwarding headers count.
    pub trusted_proxies: Vec<Network>,
    pub password_hash: PasswordHashing,
    /// Passwords known from breaches.
    pub breached: Option<PathBuf>,
    pub limits: Limits,
    pub outgoing: Outgoing,
    pub lifetimes: Lifetimes,
    pub log: Log,
}

#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// Made at first start where it does not exist.
    File(PathBuf),
    /// From the environment; never written.
    Text(SecretString),
}

#[derive(Clone, Debug)]
pub enum Database {
    Embedded,
    /// A PostgreSQL URL, checked to be one.
    Postgres(SecretString),
}

#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// User name and password.
    pub login: Option<(String, SecretString)>,
    pub from: Sender,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    None,
    StartTls,
    Tls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordHashing {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
    /// `None`: all processor cores but one.
    pub workers: Option<usize>,
    pub queue: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub failures_per_source: Limit<Rate>,
    pub accounts_per_source: Limit<Rate>,
    pub resets_per_source: Limit<Rate>,
    pub resets_per_account: Limit<Rate>,
    pub codes_per_account: Limit<Rate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub allow: Vec<Network>,
    pub trust_anchors: Vec<PathBuf>,
    pub proxy: Option<Url>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    pub authorization_code: Duration,
    pub access_token: Duration,
    pub id_token: Duration,
    pub refresh_token_idle: Duration,
    pub refresh_token_absolute: Duration,
    pub one_time_code: Duration,
    pub invitation: Duration,
    pub password_reset: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Text,
    Json,
}

/// A configuration that can be used, and what its author should know about it all the same.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub settings: Settings,
    pub warnings: Vec<String>,
}

/// Reads all sources. Everything that is wrong comes back at once.
pub fn load(given: &Given) -> Result<Loaded, Vec<Problem>> {
    let mut settings = Settings::gather(given);
    let config = reader::read(&mut settings);
    match config {
        Some(config) if settings.problems.is_empty() => {
            let warnings = warnings(&config);
            Ok(Loaded { config, settings, warnings })
        }
        _ => Err(settings.problems),
    }
}

fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let host = config.public_url.host_str().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
    if config.public_url.scheme() == "http" && !local {
        warnings.push(format!(
            "public_url is {}: without https, browsers refuse the sign-in cookies except on localhost",
            config.public_url
        ));
    }
    if config.tls.is_some() && config.public_url.scheme() == "http" {
        warnings.push("tls is configured, but public_url begins with http".to_owned());
    }
    if let Some(mail) = &config.mail
        && mail.login.is_some()
        && mail.security == MailSecurity::None
        && !matches!(mail.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    {
        warnings
            .push("mail.security is \"none\": the mail password is sent readable to everybody on the way".to_owned());
    }
    if !config.management.ip().is_loopback() {
        warnings.push(format!("management.listen is {}: make sure that only you can reach it", config.management));
    }
    warnings
}

#[cfg(test)]
mod tests;
