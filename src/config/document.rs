//! A TOML or JSON text as plain data that still knows on which line each key stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys by their path (`tenant[0].user[2].email`) with the line they stand on, from 1.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of a path, or of the nearest thing around it.
    pub fn of(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(*line);
            }
            path = path.get(..path.rfind(['.', '['])?)?;
        }
    }
}

/// What was read, with everything that could not be.
#[derive(Debug, Default)]
pub struct Document {
    pub value: Map<String, Value>,
    pub lines: Lines,
    pub faults: Vec<Fault>,
}

/// A place that is not TOML or JSON at all.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: Option<usize>,
    pub message: String,
}

/// Joins a key to the path of its table.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

pub fn read_toml(text: &str) -> Document {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut document = Document::default();
    for error in errors {
        let line = error.span().map(|span| line_of(text, span.start));
        document.faults.push(Fault { line, message: error.message().to_owned() });
    }
    let mut walk = Walk { text, lines: BTreeMap::new(), faults: Vec::new() };
    document.value = walk.table("", table.get_ref());
    document.lines = Lines(walk.lines);
    document.faults.append(&mut walk.faults);
    document
}

/// JSON has no comments and its reader keeps no places: the path alone names what is wrong.
pub fn read_json(text: &str) -> Document {
    let mut document = Document::default();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => document.value = object,
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            document.faults.push(Fault { line: Some(1), message: "must be a JSON object".to_owned() });
        }
        Err(error) => document.faults.push(Fault { line: Some(error.line()), message: error.to_string() }),
    }
    document
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

struct Walk<'a> {
    text: &'a str,
    lines: BTreeMap<String, usize>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Map<String, Value> {
        let mut object = Map::new();
        for (key, value) in table {
            let inner = join(path, key.get_ref());
            self.lines.insert(inner.clone(), line_of(self.text, key.span().start));
            let value = self.value(&inner, value);
            object.insert(key.get_ref().to_string(), value);
        }
        object
    }

    fn value(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_too_large| self.refuse(value, "the number is too large"), Value::from),
            DeValue::Float(number) => number
                .as_str()
                .parse::<f64>()
                .map_or_else(|_not_a_number| self.refuse(value, "not a number"), Value::from),
            DeValue::Datetime(_) => self.refuse(value, "dates are not used here; put the value in quotes"),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (n, item) in items.iter().enumerate() {
                    let inner = format!("{path}[{n}]");
                    self.lines.insert(inner.clone(), line_of(self.text, item.span().start));
                    list.push(self.value(&inner, item));
                }
                Value::Array(list)
            }
            DeValue::Table(table) => Value::Object(self.table(path, table)),
        }
    }

    fn refuse(&mut self, value: &Spanned<DeValue<'_>>, message: &str) -> Value {
        let line = Some(line_of(self.text, value.span().start));
        self.faults.push(Fault { line, message: message.to_owned() });
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_knows_its_line() {
        let document = read_toml("version = 1\n\n[[tenant]]\nslug = \"a\"\n[tenant.policy.lockout]\nfailures = 3\n");
        assert_eq!(document.faults, []);
        assert_eq!(document.lines.of("version"), Some(1));
        assert_eq!(document.lines.of("tenant[0].slug"), Some(4));
        assert_eq!(document.lines.of("tenant[0].policy.lockout.failures"), Some(6));
        assert_eq!(document.lines.of("tenant[0].name"), Some(3), "the table stands for a key that is missing");
        assert_eq!(document.lines.of("nothing"), None);
    }

    #[test]
    fn all_faults_of_a_text_are_found_at_once() {
        let document = read_toml("a = \nb = 1\nc = 1979-05-27\nd = [\n");
        let lines: Vec<_> = document.faults.iter().filter_map(|fault| fault.line).collect();
        assert!(lines.contains(&1) && lines.contains(&3), "{:?}", document.faults);
        assert_eq!(document.value.get("b"), Some(&Value::from(1)));
    }

    #[test]
    fn json_must_be_an_object() {
        assert_eq!(read_json("{\"version\": 1}").value.get("version"), Some(&Value::from(1)));
        assert_eq!(read_json("[1]").faults.len(), 1);
        assert_eq!(read_json("{\n\"a\": }").faults.first().and_then(|fault| fault.line), Some(2));
    }
}
