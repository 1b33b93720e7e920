//! Looks at an upstream as an administrator would: asked anew, each thing told, whatever is kept in memory.

use std::time::{Duration, Instant};

use chrono::DateTime;
use openidconnect::http::header;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::domain::Time;
use crate::domain::identity_provider::{OidcUpstream, ProviderAuth};
use crate::domain::trial::{Check, Step, Verdict};

use super::super::fetch::{FetchError, Fetcher};

/// Tokens whose times are further off are refused.
const SKEW: i64 = 60;

/// As much of OpenID Connect Discovery §3 as is looked at.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    authorization_endpoint: String,
    #[serde(default)]
    token_endpoint: String,
    #[serde(default)]
    jwks_uri: String,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// A text as it came, and what came with it.
struct Seen {
    body: Vec<u8>,
    date: Option<Time>,
    took: Duration,
}

/// Where the discovery document of an issuer is (OpenID Connect Discovery §4).
pub fn discovery_address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Every step up to where nothing more can be said. `now` is the server's own time.
pub async fn probe(fetch: &Fetcher, provider: &OidcUpstream, now: Time) -> Vec<Step> {
    let address = discovery_address(&provider.issuer);
    let failed = |what: String| vec![Step::failed(Check::Discovery, format!("{address}: {what}"))];
    let seen = match look(fetch, &address).await {
        Ok(seen) => seen,
        Err(fault) => return failed(fault),
    };
    let document: Document = match serde_json::from_slice(&seen.body) {
        Ok(document) => document,
        Err(fault) => return failed(fault.to_string()),
    };
    let mut steps = vec![Step::passed(Check::Discovery, format!("{address}, {} ms", seen.took.as_millis()))];
    steps.push(Step::held(Check::Issuer, provider.is_issuer(&document.issuer), &document.issuer));
    steps.push(endpoints(provider, &document));
    steps.push(pkce(&document));
    steps.push(auth(provider, &document));
    steps.push(keys(fetch, &document.jwks_uri).await);
    steps.push(clock(seen.date, now));
    steps
}

async fn look(fetch: &Fetcher, address: &str) -> Result<Seen, String> {
    let url = Url::parse(address).map_err(|fault| fault.to_string())?;
    let request = openidconnect::http::Request::get(url.as_str()).header(header::ACCEPT, "application/json");
    let request = request.body(Vec::new()).map_err(|fault| fault.to_string())?;
    let began = Instant::now();
    let response = fetch.reach(request).await.map_err(|fault| fault.to_string())?;
    let took = began.elapsed();
    if response.status() != openidconnect::http::StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()).to_string());
    }
    let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(Time::from);
    Ok(Seen { body: response.into_body(), date, took })
}

/// Codes and secrets go there: nobody may be able to listen.
fn endpoints(provider: &OidcUpstream, document: &Document) -> Step {
    let both = [&document.authorization_endpoint, &document.token_endpoint];
    let seen = both.map(String::as_str).join(" ");
    let fits = |url: &&String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !both.iter().all(fits) {
        return Step::failed(Check::Endpoints, seen);
    }
    let secure = both.iter().all(|url| url.starts_with("https://"));
    // On this very machine nobody stands in between.
    Step::held(Check::Endpoints, secure || provider.issuer.starts_with("http://"), seen)
}

/// It is used whatever the document says; one that names others only would refuse it.
fn pkce(document: &Document) -> Step {
    match &document.code_challenge_methods_supported {
        None => Step::new(Check::Pkce, Verdict::Doubtful, ""),
        Some(methods) => Step::held(Check::Pkce, methods.iter().any(|method| method == "S256"), methods.join(" ")),
    }
}

/// Without a list it is `client_secret_basic` (OpenID Connect Discovery §3).
fn auth(provider: &OidcUpstream, document: &Document) -> Step {
    let ours = provider.token_endpoint_auth_method;
    match &document.token_endpoint_auth_methods_supported {
        None if ours == ProviderAuth::ClientSecretBasic => Step::passed(Check::Auth, ours.name()),
        None => Step::new(Check::Auth, Verdict::Doubtful, ours.name()),
        Some(methods) => {
            let seen = format!("{} ({})", ours.name(), methods.join(" "));
            Step::held(Check::Auth, methods.iter().any(|method| method == ours.name()), seen)
        }
    }
}

async fn keys(fetch: &Fetcher, address: &str) -> Step {
    let seen = match look(fetch, address).await {
        Ok(seen) => seen,
        Err(fault) => return Step::failed(Check::Keys, format!("{address}: {fault}")),
    };
    let set: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let told: Vec<String> = keys.iter().filter_map(key).collect();
    let seen = format!("{address}, {} ms: {}", seen.took.as_millis(), told.join(", "));
    Step::held(Check::Keys, !told.is_empty(), seen)
}

/// A key that a signature can be checked with, in a word.
fn key(key: &Value) -> Option<String> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let kind = text("kty").filter(|kind| matches!(*kind, "RSA" | "EC" | "OKP"))?;
    let signs = text("use").is_none_or(|usage| usage == "sig");
    let word = text("alg").or_else(|| text("crv")).unwrap_or(kind);
    signs.then(|| word.to_owned())
}

fn clock(date: Option<Time>, now: Time) -> Step {
    match date {
        None => Step::new(Check::Clock, Verdict::Doubtful, ""),
        Some(date) => {
            let off = (date - now).num_seconds();
            Step::held(Check::Clock, off.abs() <= SKEW, format!("{off:+} s"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity_provider::Kind;
    use crate::domain::identity_provider::tests::oidc;

    fn document(value: Value) -> Document {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_the_document_says_is_held_against_what_is_used() {
        let provider = oidc(Kind::Oidc, "https://idp.example");
        let endpoints = |authorize: &str, token: &str| {
            let document =
                document(serde_json::json!({ "authorization_endpoint": authorize, "token_endpoint": token }));
            super::endpoints(&provider, &document).verdict
        };
        assert_eq!(endpoints("https://idp.example/a", "https://idp.example/t"), Verdict::Passed);
        assert_eq!(endpoints("https://idp.example/a", "http://idp.example/t"), Verdict::Failed);
        assert_eq!(endpoints("javascript:alert(1)", "https://idp.example/t"), Verdict::Failed);
        assert_eq!(endpoints("https://idp.example/a", ""), Verdict::Failed);
        let methods = |list: Option<&[&str]>| {
            let name = "token_endpoint_auth_methods_supported";
            let value = list.map_or_else(|| serde_json::json!({}), |list| serde_json::json!({ name: list }));
            auth(&provider, &document(value)).verdict
        };
        assert_eq!(methods(None), Verdict::Passed);
        assert_eq!(methods(Some(&["client_secret_basic"])), Verdict::Passed);
        assert_eq!(methods(Some(&["private_key_jwt"])), Verdict::Failed);
        let plain = document(serde_json::json!({ "code_challenge_methods_supported": ["plain"] }));
        assert_eq!(pkce(&plain).verdict, Verdict::Failed);
        assert_eq!(pkce(&document(serde_json::json!({}))).verdict, Verdict::Doubtful);
    }

    #[test]
    fn a_clock_that_is_more_than_a_minute_off_is_told() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let off = |seconds| clock(Some(now + chrono::TimeDelta::seconds(seconds)), now);
        assert_eq!((off(59).verdict, off(-61).verdict), (Verdict::Passed, Verdict::Failed));
        assert_eq!(off(-61).seen, "-61 s");
        assert_eq!(clock(None, now).verdict, Verdict::Doubtful);
    }
}
