//! Where values come from: flag, environment, file, default; the first that says something wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::document::{self, Lines, join};
use super::keys::{self, KEYS, Key, Place, Preset};
use super::suggest;

const PREFIX: &str = "PORTNER_";
const MAX_BYTES: u64 = 1024 * 1024;

/// What the process was given, read once.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// Other flags: the key they set, the flag's name, the value.
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// Variables that begin with `PORTNER_`.
    pub environment: BTreeMap<String, OsString>,
}

impl Given {
    /// The one place where the environment is read.
    #[must_use]
    pub fn with_environment(mut self) -> Self {
        let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        self.environment = ours.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        self
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: Option<usize> },
    Variable(String),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong: where, which key, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub origin: Origin,
    pub key: Option<String>,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Default {
            write!(f, "{}: ", self.origin)?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// A key's value with its origin.
#[derive(Clone, Debug)]
pub struct Setting {
    pub value: Value,
    pub origin: Origin,
}

/// Everything that was said, one setting per key; what was not said stands at its default.
#[derive(Debug)]
pub struct Settings {
    pub values: BTreeMap<&'static str, Setting>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    pub problems: Vec<Problem>,
}

impl Settings {
    pub fn gather(given: &Given) -> Self {
        let mut settings = Self { values: defaults(), file: None, problems: Vec::new() };
        settings.read_file(given);
        settings.read_environment(&given.environment);
        for (path, flag, text) in &given.flags {
            if let Some(key) = keys::find(path) {
                settings.set_text(key, text, Origin::Flag(flag));
            }
        }
        settings
    }

    pub fn complain(&mut self, origin: Origin, key: Option<&str>, message: impl Into<String>) {
        self.problems.push(Problem { origin, key: key.map(str::to_owned), message: message.into() });
    }

    fn read_file(&mut self, given: &Given) {
        let named = given.environment.get("PORTNER_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
        let wanted = given.file.clone().or(named);
        let path = wanted.clone().unwrap_or_else(|| PathBuf::from("portner.toml"));
        let origin = Origin::File { path: path.clone(), line: None };
        match read_text(&path) {
            Ok(text) => {
                self.take_file(&path, &text);
                self.file = Some(path);
            }
            Err(error) if error.kind() == ErrorKind::NotFound && wanted.is_none() => {}
            Err(error) => self.complain(origin, None, format!("cannot be read: {error}")),
        }
    }

    fn take_file(&mut self, path: &Path, text: &str) {
        let document = document::read_toml(text);
        for fault in document.faults {
            self.complain(Origin::File { path: path.to_owned(), line: fault.line }, None, fault.message);
        }
        self.take_table(path, "", document.value, &document.lines);
    }

    fn take_table(&mut self, file: &Path, table: &str, values: Map<String, Value>, lines: &Lines) {
        for (name, value) in values {
            let whole = join(table, &name);
            let origin = Origin::File { path: file.to_owned(), line: lines.of(&whole) };
            let inner = format!("{whole}.");
            let is_section = KEYS.iter().any(|key| key.path.starts_with(&inner));
            match (keys::find(&whole), value) {
                (Some(key), value) => self.take_value(key, value, origin),
                (None, Value::Object(section)) if is_section => self.take_table(file, &whole, section, lines),
                (None, _) if is_section => self.complain(origin, Some(&whole), "must be a table"),
                (None, _) => {
                    let message = unknown_in_file(&whole);
                    self.complain(origin, Some(&whole), message);
                }
            }
        }
    }

    fn take_value(&mut self, key: &'static Key, value: Value, origin: Origin) {
        if key.place == Place::Environment {
            let message = format!("a secret does not belong in this file; set {} instead", key.variable());
            return self.complain(origin, Some(key.path), message);
        }
        match (key.preset, &value) {
            // The reader has already said what is wrong with it.
            (_, Value::Null) => {}
            (Preset::Text(_), Value::String(_)) | (Preset::Number(_), Value::Number(_)) => {
                self.values.insert(key.path, Setting { value, origin });
            }
            (Preset::List, Value::Array(items)) if items.iter().all(Value::is_string) => {
                self.values.insert(key.path, Setting { value, origin });
            }
            (Preset::Text(_), _) => self.complain(origin, Some(key.path), "must be a text in quotes"),
            (Preset::Number(_), _) => self.complain(origin, Some(key.path), "must be a whole number"),
            (Preset::List, _) => self.complain(origin, Some(key.path), "must be a list of texts"),
        }
    }

    fn read_environment(&mut self, environment: &BTreeMap<String, OsString>) {
        for (name, value) in environment {
            let Some(text) = value.to_str() else {
                self.complain(Origin::Variable(name.clone()), None, "is not valid UTF-8");
                continue;
            };
            if name != "PORTNER_CONFIG" {
                self.take_variable(name, text, environment);
            }
        }
    }

    fn take_variable(&mut self, name: &str, text: &str, environment: &BTreeMap<String, OsString>) {
        let origin = Origin::Variable(name.to_owned());
        if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
            return self.set_text(key, text, origin);
        }
        let behind_file =
            name.strip_suffix("_FILE").and_then(|stem| KEYS.iter().find(|key| key.secret && key.variable() == stem));
        let Some(key) = behind_file else {
            let mut names: Vec<String> = KEYS.iter().map(Key::variable).collect();
            names.push("PORTNER_CONFIG".to_owned());
            let message = suggest::unknown_key(name, names.iter().map(String::as_str));
            return self.complain(origin, None, message.replace("key", "variable"));
        };
        if environment.contains_key(&key.variable()) {
            let message = format!("is set in two ways, by {} and by {name}; remove one", key.variable());
            return self.complain(origin, Some(key.path), message);
        }
        match read_text(Path::new(text)) {
            Ok(secret) => self.set_text(key, secret.trim_end_matches(['\r', '\n']), origin),
            Err(error) => self.complain(origin, Some(key.path), format!("cannot read {text:?}: {error}")),
        }
    }

    fn set_text(&mut self, key: &'static Key, text: &str, origin: Origin) {
        let value = match key.preset {
            Preset::Text(_) => Value::from(text),
            Preset::Number(_) => match text.trim().parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => return self.complain(origin, Some(key.path), "must be a whole number"),
            },
            Preset::List => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect(),
        };
        self.values.insert(key.path, Setting { value, origin });
    }
}

fn defaults() -> BTreeMap<&'static str, Setting> {
    let value = |preset| match preset {
        Preset::Text(text) => Value::from(text),
        Preset::Number(number) => Value::from(number),
        Preset::List => Value::Array(Vec::new()),
    };
    KEYS.iter().map(|key| (key.path, Setting { value: value(key.preset), origin: Origin::Default })).collect()
}

/// An unknown key, with the known one that was probably meant: by its name here, or by its name elsewhere.
fn unknown_in_file(path: &str) -> String {
    let known: Vec<&str> = KEYS.iter().filter(|key| key.place == Place::Anywhere).map(|key| key.path).collect();
    let sections = known.iter().filter_map(|path| path.split_once('.')).map(|(section, _)| section);
    if let Some(meant) = suggest::nearest(path, known.iter().copied().chain(sections)) {
        return format!("unknown key; did you mean `{meant}`?");
    }
    let leaf = path.rsplit('.').next().unwrap_or(path);
    match known.iter().find(|known| known.rsplit('.').next() == Some(leaf)) {
        Some(meant) => format!("unknown key; did you mean `{meant}`?"),
        None => "unknown key; `portner config example` shows all keys".to_owned(),
    }
}

/// Reads a small text file.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    read_text_within(path, MAX_BYTES)
}

/// The same with a limit of its own, in whole mebibytes.
pub fn read_text_within(path: &Path, most: u64) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(most.saturating_add(1)).read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read <= most) {
        Ok(text)
    } else {
        Err(std::io::Error::new(ErrorKind::InvalidData, format!("is larger than {} MiB", most / MAX_BYTES)))
    }
}

/// A secret's file without the line break that editors add.
pub fn read_secret(path: &Path) -> std::io::Result<SecretString> {
    read_text(path).map(|text| SecretString::from(text.trim_end_matches(['\r', '\n'])))
}
