//! What differs between two states of an object, field by field, in the words of the declarative file.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::crypto::certificate::fingerprint;
use crate::domain::quantity::write_duration;

use super::answer::FieldChange;

/// Fields that are no news: identity and times.
const SILENT: [&str; 3] = ["id", "created_at", "updated_at"];

/// The fields that differ, with both values.
pub fn between<T: Serialize>(before: &T, after: &T) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare("", &data(before), &data(after), &mut changes);
    changes
}

/// Those whose values may stand anywhere, and the others.
pub fn apart(changes: Vec<FieldChange>, open: &[&str]) -> (Vec<FieldChange>, Vec<FieldChange>) {
    changes.into_iter().partition(|change| open.contains(&change.field.as_str()))
}

/// Only the names of the fields are told.
pub fn without_values(changes: Vec<FieldChange>) -> Vec<FieldChange> {
    changes.into_iter().map(|change| secret(&change.field)).collect()
}

/// A field whose values nobody may see.
pub fn secret(field: &str) -> FieldChange {
    FieldChange { field: field.to_owned(), before: None, after: None }
}

/// The changes as details of an audit event.
pub fn names(changes: &[FieldChange]) -> String {
    changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>().join(", ")
}

/// The values before, as one JSON text.
pub fn before(changes: &[FieldChange]) -> Option<String> {
    values(changes, |change| &change.before)
}

/// The values after, as one JSON text.
pub fn after(changes: &[FieldChange]) -> Option<String> {
    values(changes, |change| &change.after)
}

fn values(changes: &[FieldChange], side: impl Fn(&FieldChange) -> &Option<Value>) -> Option<String> {
    let seen = changes.iter().filter_map(|change| Some((change.field.clone(), side(change).clone()?)));
    let object: Map<String, Value> = seen.collect();
    (!object.is_empty()).then(|| Value::Object(object).to_string())
}

fn data<T: Serialize>(object: &T) -> Value {
    // Our own types are maps of texts, numbers and lists: they always have a JSON form.
    plain(serde_json::to_value(object).unwrap_or_default())
}

/// Durations and limits as people write them.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(mut object) => {
            let seconds = object.get("secs").and_then(Value::as_u64).filter(|_| object.contains_key("nanos"));
            if let Some(seconds) = seconds {
                return Value::from(write_duration(Duration::from_secs(seconds)));
            }
            if object.len() == 1
                && let Some(limit) = object.remove("At")
            {
                return plain(limit);
            }
            Value::Object(object.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        Value::String(text) if text == "Off" => Value::from("off"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn compare(path: &str, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys.into_iter().filter(|key| !SILENT.contains(&key.as_str())) {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let side = |object: &Map<String, Value>| object.get(key).cloned().unwrap_or_default();
                compare(&inner, &side(before), &side(after), changes);
            }
        }
        (before, after) if before == after => {}
        (before, after) => changes.push(FieldChange {
            field: in_words_of_the_file(path),
            before: Some(told(path, before)),
            after: Some(told(path, after)),
        }),
    }
}

/// A certificate is told by its fingerprint: that is what people compare.
fn told(path: &str, value: &Value) -> Value {
    if !path.ends_with("certificates") && !path.ends_with("certificate") {
        return value.clone();
    }
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| told(path, item)).collect()),
        Value::String(text) => STANDARD.decode(text).map_or(Value::Null, |der| Value::from(fingerprint(&der))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}

fn in_words_of_the_file(path: &str) -> String {
    let word = match path {
        "status" => "enabled",
        "oidc.kind" => "oidc.type",
        "oidc.auth" => "oidc.token_endpoint_auth_method",
        "oidc.id_token_alg" => "oidc.id_token_signed_response_alg",
        "saml.signed" => "saml.sign_response, saml.sign_assertion",
        "saml.signature" => "saml.signature_algorithm",
        "saml.logout" => "saml.slo",
        "saml.signing_certificates" => "saml.certificates",
        "saml.signs_requests" => "saml.require_signed_requests",
        "saml.start_relay_state" => "saml.relay_state",
        "wsfed.signature" => "wsfed.signature_algorithm",
        "policy.roles" => "policy.role",
        other => other.strip_prefix("profile.").unwrap_or(other),
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::{Limit, Policy};

    #[test]
    fn only_what_differs_is_named_and_written_as_people_write_it() {
        let before = Policy::default();
        let mut after = before.clone();
        after.lockout.duration = Duration::from_mins(1);
        after.session.idle = Limit::Off;
        after.session.absolute = Limit::At(Duration::from_hours(1));
        let changes = between(&before, &after);
        let written: Vec<String> = changes
            .iter()
            .map(|change| {
                format!("{}: {} > {}", change.field, change.before.clone().unwrap(), change.after.clone().unwrap())
            })
            .collect();
        assert_eq!(
            written,
            [
                "lockout.duration: \"15m\" > \"1m\"",
                "session.absolute: \"12h\" > \"1h\"",
                "session.idle: \"1h\" > \"off\"",
            ]
        );
        assert_eq!(between(&after, &after), []);
    }
}
