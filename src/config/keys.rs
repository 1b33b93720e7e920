//! Every key of the configuration: its default, its meaning and where it may be set. The example file,
//! the unknown-key check, the names of environment variables and the conversion all walk this table.

use std::fmt::Write;

/// What a key holds before anybody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Text(&'static str),
    Number(i64),
    /// An empty list of texts.
    List,
}

/// Where a key may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    /// A secret itself: never in the file, only in the environment.
    Environment,
}

#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key`.
    pub path: &'static str,
    pub preset: Preset,
    pub about: &'static str,
    pub place: Place,
    /// Shown redacted; may be read from the file that `PORTNER_…_FILE` names.
    pub secret: bool,
}

const fn key(path: &'static str, preset: Preset, about: &'static str) -> Key {
    Key { path, preset, about, place: Place::Anywhere, secret: false }
}

const fn secret(path: &'static str, place: Place, about: &'static str) -> Key {
    Key { path, preset: Preset::Text(""), about, place, secret: true }
}

use Preset::{List, Number, Text};

pub const KEYS: &[Key] = &[
    key("version", Number(1), "The version of this file's format."),
    key("listen", Text("127.0.0.1:8080"), "Where the server listens: address and port."),
    key(
        "public_url",
        Text("http://localhost:8080"),
        "The address people and applications use, as seen from outside. Nothing is ever built from a Host\n\
         header. If it is not set, it is localhost with the port of `listen`.",
    ),
    key("data_dir", Text("./data"), "Databases, keys and the command line's socket live here."),
    key(
        "master_key_file",
        Text(""),
        "The key that protects all others. Empty: <data_dir>/master.key, made at first start. Keep a copy in a\n\
         safe place, apart from the backups. The key itself can also come from PORTNER_MASTER_KEY.",
    ),
    secret("master_key", Place::Environment, "The master key itself."),
    key("management.listen", Text("127.0.0.1:9090"), "Health and metrics; not for the public."),
    secret(
        "database.url",
        Place::Anywhere,
        "Empty: embedded databases below data_dir. Or PostgreSQL: \"postgres://user@host/portner\".",
    ),
    key("tls.certificate", Text(""), "PEM files: the server then speaks HTTPS itself. Give both or neither."),
    key("tls.key", Text(""), ""),
    key("mail.host", Text(""), "Empty: mails are kept in the outbox and shown by the command line."),
    key("mail.port", Number(25), ""),
    key("mail.security", Text("none"), "\"none\", \"starttls\" or \"tls\"."),
    key("mail.username", Text(""), ""),
    key("mail.password_file", Text(""), "A file with the password; or set PORTNER_MAIL__PASSWORD."),
    secret("mail.password", Place::Environment, "The mail password itself."),
    key("mail.from", Text("Portner <no-reply@localhost>"), "The sender of every mail."),
    key(
        "proxy.trusted",
        List,
        "Networks of reverse proxies whose forwarding headers count, e.g. [\"10.0.0.0/8\"]. Empty: none.",
    ),
    key("password_hash.memory_kib", Number(19456), "Cost of a password hash (Argon2id): memory, passes, lanes."),
    key("password_hash.iterations", Number(2), ""),
    key("password_hash.parallelism", Number(1), ""),
    key("password_hash.workers", Number(0), "Threads that hash. 0: as many as processor cores."),
    key("password_hash.queue", Number(64), "How many sign-ins may wait for them; more are asked to come again."),
    key(
        "password_lists.breached",
        Text(""),
        "Passwords known from breaches: a file made by `portner breached build`. Empty: only a short list is known.",
    ),
    key(
        "limits.failures_per_source",
        Text("20/5m"),
        "Failed sign-ins from one source, and wrong secrets of one application, or \"off\".",
    ),
    key("limits.accounts_per_source", Text("10/10m"), "Different accounts tried from one source, or \"off\"."),
    key(
        "limits.resets_per_source",
        Text("20/1h"),
        "Links for a forgotten password asked for by one source, or \"off\".",
    ),
    key("limits.resets_per_account", Text("5/1h"), "The same, mailed to one person, or \"off\"."),
    key("limits.codes_per_account", Text("10/1h"), "Sign-in codes mailed to one person, or \"off\"."),
    key("outgoing.allow", List, "Private networks that may be reached, e.g. [\"127.0.0.0/8\"]."),
    key("outgoing.trust_anchors", List, "Files with further CA certificates (PEM)."),
    key("outgoing.proxy", Text(""), "An HTTP proxy for outgoing requests, e.g. \"http://proxy.example:3128\"."),
    key("lifetimes.authorization_code", Text("60s"), "How long things last that are handed out."),
    key("lifetimes.access_token", Text("5m"), ""),
    key("lifetimes.id_token", Text("5m"), ""),
    key("lifetimes.refresh_token_idle", Text("14d"), ""),
    key("lifetimes.refresh_token_absolute", Text("90d"), ""),
    key("lifetimes.one_time_code", Text("10m"), ""),
    key("lifetimes.invitation", Text("7d"), ""),
    key("lifetimes.password_reset", Text("1h"), ""),
    key("log.level", Text("info"), "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"."),
    key("log.format", Text("auto"), "\"text\", \"json\", or \"auto\": text on a terminal, JSON elsewhere."),
];

pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

impl Key {
    /// `PORTNER_MANAGEMENT__LISTEN`.
    pub fn variable(&self) -> String {
        format!("PORTNER_{}", self.path.replace('.', "__").to_ascii_uppercase())
    }

    fn literal(&self) -> String {
        match self.preset {
            Preset::Text(text) => format!("{text:?}"),
            Preset::Number(number) => number.to_string(),
            Preset::List => "[]".to_owned(),
        }
    }
}

/// The whole file with its defaults, explained.
pub fn example() -> String {
    let mut text = String::from(
        "# Configuration of Portner. Every key is optional; these are the defaults.\n\
         #\n\
         # A flag beats an environment variable, which beats this file. The variable of a key is PORTNER_ and its\n\
         # name in capitals, with __ between section and key: PORTNER_MANAGEMENT__LISTEN. Lists are separated by\n\
         # commas there. Durations are written \"30s\", \"15m\", \"12h\", \"14d\". Relative paths start from the\n\
         # working directory. `portner config check` tells whether all of it can be used.\n",
    );
    let mut section = "";
    for key in KEYS.iter().filter(|key| key.place == Place::Anywhere) {
        let (table, name) = key.path.split_once('.').unwrap_or(("", key.path));
        text.push('\n');
        if table != section {
            section = table;
            write_line(&mut text, &format!("[{table}]"));
        }
        for line in key.about.lines() {
            write_line(&mut text, &format!("# {line}"));
        }
        write_line(&mut text, &format!("{name} = {}", key.literal()));
    }
    text
}

fn write_line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    writeln!(text, "{line}").unwrap_or_default();
}
