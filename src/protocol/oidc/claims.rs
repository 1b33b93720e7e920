//! The `claims` parameter (OpenID Connect Core §5.5): JSON from a stranger, so bounded in size and depth first.
//!
//! Unknown members and claims are ignored, as §5.5 and §5.5.1 say. `value` and `values` are obeyed for `sub` and
//! `acr`; for other claims they are wishes that nothing here can fulfil.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::domain::oauth::ClaimsRequest;
use crate::domain::release::CLAIMS;

use super::authorize::AuthorizationError;
use super::error::Reason;

const MAX_BYTES: usize = 8 * 1024;
const MAX_DEPTH: usize = 8;
const MAX_VALUES: usize = 32;

fn invalid<T>(reason: Reason) -> Result<T, AuthorizationError> {
    Err(AuthorizationError::InvalidRequest(reason))
}

pub fn parse(text: &str) -> Result<ClaimsRequest, AuthorizationError> {
    if text.len() > MAX_BYTES || too_deep(text) {
        return invalid("claims is too large or nested too deeply");
    }
    let Ok(Value::Object(top)) = serde_json::from_str::<Value>(text) else {
        return invalid("claims is not a JSON object");
    };
    let mut request = ClaimsRequest::default();
    if let Some(place) = place(&top, "userinfo")? {
        request.userinfo = known(place);
        request.subject = subject(place)?;
    }
    if let Some(place) = place(&top, "id_token")? {
        request.id_token = known(place);
        request.auth_time = is_essential(place.get("auth_time"));
        request.essential_acr = essential_acr(place.get("acr"))?;
        request.subject = agree(request.subject, subject(place)?)?;
    }
    Ok(request)
}

/// Counts brackets outside strings, before any of it is built.
fn too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// A place of delivery: an object whose members are `null` or objects (§5.5.1).
fn place<'a>(top: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Map<String, Value>>, AuthorizationError> {
    match top.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(claims)) if claims.values().all(|wish| wish.is_null() || wish.is_object()) => {
            Ok(Some(claims))
        }
        Some(_) => invalid("claims: a place of delivery is not an object of claims"),
    }
}

/// The claims that exist here. A language tag (`name#da`, §5.2) asks for a language that we do not keep apart.
fn known(place: &Map<String, Value>) -> BTreeSet<String> {
    let names = place.keys().map(|name| name.split('#').next().unwrap_or_default());
    names.filter(|name| CLAIMS.contains(name)).map(str::to_owned).collect()
}

fn is_essential(wish: Option<&Value>) -> bool {
    wish.and_then(|wish| wish.get("essential")) == Some(&Value::Bool(true))
}

/// §5.5.1.1: only an essential `acr` can fail a request. `Some` and empty: any value will do.
fn essential_acr(wish: Option<&Value>) -> Result<Option<Vec<String>>, AuthorizationError> {
    let values = match wish {
        Some(wish) => values(wish)?,
        None => Vec::new(),
    };
    Ok(is_essential(wish).then_some(values))
}

/// §5.5.1: `sub` with a value means that only this user will do.
fn subject(place: &Map<String, Value>) -> Result<Option<String>, AuthorizationError> {
    let Some(wish) = place.get("sub") else { return Ok(None) };
    let mut values = values(wish)?.into_iter();
    match (values.next(), values.next()) {
        (only, None) => Ok(only),
        (_, Some(_)) => invalid("claims: sub may be asked for with one value only"),
    }
}

fn agree(one: Option<String>, other: Option<String>) -> Result<Option<String>, AuthorizationError> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => invalid("claims: sub is asked for with two values"),
        (one, other) => Ok(one.or(other)),
    }
}

/// `value` and `values` together.
fn values(wish: &Value) -> Result<Vec<String>, AuthorizationError> {
    let many = match wish.get("values") {
        None => &[][..],
        Some(Value::Array(many)) if many.len() <= MAX_VALUES => many.as_slice(),
        Some(_) => return invalid("claims: values is not a list of at most 32"),
    };
    let texts = wish.get("value").into_iter().chain(many).map(|value| value.as_str().map(str::to_owned));
    match texts.collect::<Option<Vec<_>>>() {
        Some(texts) => Ok(texts),
        None => invalid("claims: a value of sub or acr is not a text"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn claims_are_read_per_place_and_unknown_ones_are_ignored() {
        let request = parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "http://example.info/x": null},
                "id_token": {"auth_time": {"essential": true}, "email#da": null, "picture": {"value": 5},
                             "acr": {"essential": true, "values": ["a", "b"]}},
                "elsewhere": 5}"#,
        );
        let expected = ClaimsRequest {
            userinfo: names(&["given_name", "nickname"]),
            id_token: names(&["email", "picture"]),
            essential_acr: Some(vec!["a".into(), "b".into()]),
            subject: None,
            auth_time: true,
        };
        assert_eq!(request, Ok(expected));
    }

    #[test]
    fn only_an_essential_acr_binds() {
        let table = [
            (r#"{"id_token":{"acr":null}}"#, None),
            (r#"{"id_token":{"acr":{"values":["a"]}}}"#, None),
            (r#"{"id_token":{"acr":{"essential":false,"value":"a"}}}"#, None),
            (r#"{"id_token":{"acr":{"essential":true}}}"#, Some(vec![])),
            (r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#, Some(vec!["a".to_owned()])),
            (r#"{"userinfo":{"acr":{"essential":true,"value":"a"}}}"#, None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).unwrap().essential_acr, expected, "{text}");
        }
    }

    #[test]
    fn a_sub_with_a_value_names_the_only_person_who_will_do() {
        for text in [
            r#"{"id_token":{"sub":{"value":"x"}}}"#,
            r#"{"userinfo":{"sub":{"values":["x"]}}}"#,
            r#"{"userinfo":{"sub":{"value":"x"}},"id_token":{"sub":{"value":"x"}}}"#,
        ] {
            assert_eq!(parse(text).unwrap().subject.as_deref(), Some("x"), "{text}");
        }
        assert_eq!(parse(r#"{"id_token":{"sub":null}}"#).unwrap().subject, None);
    }

    #[test]
    fn malformed_claims_are_refused() {
        let wide = format!(r#"{{"id_token":{{"acr":{{"values":[{}"a"]}}}}}}"#, r#""a","#.repeat(MAX_VALUES));
        let long = format!(r#"{{"x":"{}"}}"#, "a".repeat(MAX_BYTES));
        let deep = "[".repeat(MAX_DEPTH + 1);
        for text in [
            "",
            "null",
            "[]",
            "{",
            "\"claims\"",
            r#"{"id_token":[]}"#,
            r#"{"id_token":"x"}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"id_token":{"sub":{"value":5}}}"#,
            r#"{"id_token":{"sub":{"values":["a","b"]}}}"#,
            r#"{"userinfo":{"sub":{"value":"x"}},"id_token":{"sub":{"value":"y"}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":"a"}}}"#,
            &wide,
            &long,
            &deep,
        ] {
            assert!(matches!(parse(text), Err(AuthorizationError::InvalidRequest(_))), "{text}");
        }
        assert_eq!(parse(r#"{"x":"[[[[[[[[[[[[\"[[["}"#), Ok(ClaimsRequest::default()));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,200}") {
            drop(parse(&text));
        }
        #[test]
        fn arbitrary_brackets_never_panic(text in "[\\[\\]{}\":,\\\\a1]{0,80}") {
            drop(parse(&text));
        }
    }
}
