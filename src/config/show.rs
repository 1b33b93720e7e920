//! What counts, and who said so.

use serde_json::Value;
use url::Url;

use super::Settings;
use super::keys::{KEYS, Key};

/// One key as `config show` prints it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    pub key: &'static str,
    pub value: Value,
    pub origin: String,
}

/// All keys in the order of the file; secrets are not among what is shown.
pub fn rows(settings: &Settings) -> Vec<Shown> {
    let row = |key: &Key| {
        let setting = settings.values.get(key.path)?;
        let value = if key.secret { redact(&setting.value) } else { setting.value.clone() };
        Some(Shown { key: key.path, value, origin: setting.origin.to_string() })
    };
    KEYS.iter().filter_map(row).collect()
}

/// A database URL is worth seeing without its password; any other secret is only said to be there.
fn redact(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    if text.is_empty() {
        return value.clone();
    }
    match Url::parse(text) {
        Ok(mut url) if url.scheme().starts_with("postgres") => {
            let hides = url.query_pairs().any(|(key, _)| key.contains("password"));
            if hides || (url.password().is_some() && url.set_password(Some("redacted")).is_err()) {
                return Value::from("(secret)");
            }
            Value::from(url.as_str())
        }
        _ => Value::from("(secret)"),
    }
}
