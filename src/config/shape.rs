//! Plain data against a JSON Schema: every unknown key, wrong type and value that is not on the list, at once.
//!
//! Understands what `schemars` writes for our structures, not all of JSON Schema. What does not fit is cut out,
//! so that the rest can still be read and judged.

use serde_json::{Map, Value};

use super::document::join;
use super::suggest;

/// What is wrong at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub path: String,
    pub message: String,
}

/// Reports everything in `object` that the schema does not allow and removes it.
pub fn prune(object: &mut Map<String, Value>, schema: &Value) -> Vec<Misfit> {
    let mut check = Check { root: schema, misfits: Vec::new() };
    check.object("", object, schema);
    check.misfits
}

struct Check<'a> {
    root: &'a Value,
    misfits: Vec<Misfit>,
}

impl<'a> Check<'a> {
    fn complain(&mut self, path: &str, message: impl Into<String>) -> bool {
        self.misfits.push(Misfit { path: path.to_owned(), message: message.into() });
        false
    }

    /// Whether the value may stay.
    fn value(&mut self, path: &str, value: &mut Value, schema: &'a Value) -> bool {
        let schema = self.resolve(schema);
        if schema.get("not").is_some() {
            return self.complain(path, "is not supported by this version of Portner");
        }
        if let Some(branches) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array) {
            return self.one_of(path, value, branches);
        }
        if let Some(known) = known_values(schema) {
            return self.listed(path, value, &known);
        }
        if !has_type(value, schema) {
            return self.complain(path, format!("must be {}", describe(schema)));
        }
        match value {
            Value::Object(object) => {
                self.object(path, object, schema);
                true
            }
            Value::Array(items) => self.items(path, items, schema),
            Value::Number(number) => {
                let fits = bounds_hold(number.as_f64(), schema);
                fits || self.complain(path, format!("must be {}", describe(schema)))
            }
            Value::Null | Value::Bool(_) | Value::String(_) => true,
        }
    }

    fn object(&mut self, path: &str, object: &mut Map<String, Value>, schema: &'a Value) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let names: Vec<String> = object.keys().cloned().collect();
        for name in names {
            let inner = join(path, &name);
            let expected = properties.and_then(|known| known.get(&name));
            let keep = match (expected.or(others.filter(|schema| schema.is_object())), object.get_mut(&name)) {
                (Some(expected), Some(value)) => self.value(&inner, value, expected),
                (None, Some(_)) if others != Some(&Value::Bool(false)) => true,
                (_, _) => {
                    let known = properties.into_iter().flatten().map(|(name, _)| name.as_str());
                    let message = suggest::unknown_key(&name, known);
                    self.complain(&inner, message)
                }
            };
            if !keep {
                object.remove(&name);
            }
        }
    }

    /// A list with one unusable item is unusable: the places of the others must not shift.
    fn items(&mut self, path: &str, items: &mut [Value], schema: &'a Value) -> bool {
        let Some(expected) = schema.get("items") else { return true };
        let mut usable = true;
        for (n, item) in items.iter_mut().enumerate() {
            usable &= self.value(&format!("{path}[{n}]"), item, expected);
        }
        usable
    }

    fn one_of(&mut self, path: &str, value: &mut Value, branches: &'a [Value]) -> bool {
        let branches: Vec<&Value> = branches.iter().map(|branch| self.resolve(branch)).collect();
        let branches: Vec<&Value> = branches.into_iter().filter(|branch| !is_null(branch)).collect();
        let lists: Vec<Vec<&str>> = branches.iter().filter_map(|branch| known_values(branch)).collect();
        if lists.len() == branches.len() {
            return self.listed(path, value, &lists.concat());
        }
        if let Some(branch) = branches.iter().find(|branch| has_type(value, branch) || branches.len() == 1) {
            return self.value(path, value, branch);
        }
        let kinds: Vec<String> = branches.iter().map(|branch| describe(branch)).collect();
        self.complain(path, format!("must be {}", kinds.join(" or ")))
    }

    fn listed(&mut self, path: &str, value: &Value, known: &[&str]) -> bool {
        let given = value.as_str();
        if given.is_some_and(|given| known.contains(&given)) {
            return true;
        }
        let names: Vec<String> = known.iter().map(|name| format!("{name:?}")).collect();
        let meant = given.and_then(|given| suggest::nearest(given, known.iter().copied()));
        let hint = meant.map_or(String::new(), |meant| format!("; did you mean {meant:?}?"));
        self.complain(path, format!("must be one of {}{hint}", names.join(", ")))
    }

    /// Follows `#/$defs/…`.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }
}

/// The texts that are allowed, where only certain ones are.
fn known_values(schema: &Value) -> Option<Vec<&str>> {
    if let Some(only) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![only]);
    }
    let list = schema.get("enum")?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).collect())
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            several.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        _ => Vec::new(),
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// TOML has no null; in JSON it never stands for anything here.
fn has_type(value: &Value, schema: &Value) -> bool {
    let allowed = types(schema);
    let actual: &[&str] = match value {
        Value::Null => &[],
        Value::Bool(_) => &["boolean"],
        Value::Number(number) if number.is_f64() => &["number"],
        Value::Number(_) => &["integer", "number"],
        Value::String(_) => &["string"],
        Value::Array(_) => &["array"],
        Value::Object(_) => &["object"],
    };
    allowed.is_empty() || actual.iter().any(|name| allowed.contains(name))
}

fn bounds_hold(number: Option<f64>, schema: &Value) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let number = number.unwrap_or(f64::NAN);
    bound("minimum").is_none_or(|least| number >= least) && bound("maximum").is_none_or(|most| number <= most)
}

fn describe(schema: &Value) -> String {
    let kinds = types(schema).into_iter().map(|name| match name {
        "string" => "a text in quotes".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => whole_number(schema),
        "array" => "a list".to_owned(),
        "object" => "a table".to_owned(),
        other => format!("a {other}"),
    });
    kinds.collect::<Vec<_>>().join(" or ")
}

fn whole_number(schema: &Value) -> String {
    match (schema.get("minimum").and_then(Value::as_i64), schema.get("maximum").and_then(Value::as_i64)) {
        (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
        (Some(least), None) => format!("a whole number, at least {least}"),
        (None, Some(most)) => format!("a whole number, at most {most}"),
        (None, None) => "a whole number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(schemars::JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Basket {
        name: Option<String>,
        size: Option<Size>,
        apples: Option<u8>,
        ripe: Option<bool>,
        inner: Vec<Basket>,
        labels: BTreeMap<String, String>,
        tags: Option<Vec<String>>,
    }

    #[derive(schemars::JsonSchema)]
    #[schemars(rename_all = "lowercase")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Size {
        /// Documented variants become `oneOf`.
        Small,
        Large,
    }

    fn misfits(mut value: Value) -> (Vec<String>, Value) {
        let schema = schemars::schema_for!(Basket).to_value();
        let found = prune(value.as_object_mut().unwrap(), &schema);
        (found.into_iter().map(|misfit| format!("{}: {}", misfit.path, misfit.message)).collect(), value)
    }

    #[test]
    fn what_fits_stays() {
        let value =
            json!({"name": "a", "size": "small", "apples": 3, "ripe": true, "labels": {"x": "y"}, "inner": [{}]});
        assert_eq!(misfits(value.clone()), (vec![], value));
    }

    #[test]
    fn everything_that_does_not_fit_is_named_once_and_cut_out() {
        let (found, left) = misfits(json!({
            "nmae": "a", "size": "smal", "apples": 300, "ripe": "yes", "labels": {"x": 1},
            "inner": [{"name": 3, "apples": -1}, {"name": "kept", "size": null}], "tags": ["a", 1]
        }));
        let mut found = found;
        found.sort();
        assert_eq!(
            found,
            [
                "apples: must be a whole number from 0 to 255",
                "inner[0].apples: must be a whole number from 0 to 255",
                "inner[0].name: must be a text in quotes",
                "inner[1].size: must be one of \"large\", \"small\"",
                "labels.x: must be a text in quotes",
                "nmae: unknown key; did you mean `name`?",
                "ripe: must be true or false",
                "size: must be one of \"large\", \"small\"; did you mean \"small\"?",
                "tags[1]: must be a text in quotes",
            ]
        );
        assert_eq!(left, json!({"labels": {}, "inner": [{}, {"name": "kept"}]}));
    }
}
