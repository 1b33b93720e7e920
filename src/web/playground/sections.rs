//! From what the relying party did and found to what the page shows.

use serde_json::Value;
use url::Url;

use crate::outbound::relying_party::{Check, Heard, Provider, Registration, decoded, pretty};
use crate::view::{PlaygroundSection, PlaygroundTitle};

type Rows = Vec<(String, String)>;

fn plain(title: PlaygroundTitle, rows: Rows) -> PlaygroundSection {
    PlaygroundSection { title, ok: None, rows, code: None }
}

fn row(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

pub fn all_passed(checks: &[Check]) -> bool {
    checks.iter().all(Check::is_passed)
}

pub fn judged(title: PlaygroundTitle, checks: &[Check]) -> PlaygroundSection {
    let rows = checks.iter().map(|check| match &check.outcome {
        Ok(value) => (format!("✓ {}", check.what), value.clone()),
        Err(why) => (format!("✗ {}", check.what), why.clone()),
    });
    PlaygroundSection { title, ok: Some(all_passed(checks)), rows: rows.collect(), code: None }
}

/// Who asks.
pub fn application(registration: &Registration) -> PlaygroundSection {
    let rows = vec![
        row("issuer", &registration.issuer),
        row("client_id", &registration.client_id),
        row("token_endpoint_auth_method", "none"),
        row("redirect_uri", &registration.redirect_uri),
        row("post_logout_redirect_uri", &registration.post_logout_redirect_uri),
        row("scope", &registration.scopes.to_string()),
    ];
    plain(PlaygroundTitle::Application, rows)
}

/// The client has compared the issuer and fetched the keys.
pub fn discovery(provider: &Provider) -> PlaygroundSection {
    PlaygroundSection { ok: Some(true), ..plain(PlaygroundTitle::Discovery, provider.endpoints()) }
}

/// An address and all of its parameters.
fn address(title: PlaygroundTitle, url: &Url) -> PlaygroundSection {
    let mut bare = url.clone();
    bare.set_query(None);
    let parameters = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
    plain(title, std::iter::once(row("GET", bare.as_str())).chain(parameters).collect())
}

pub fn request(url: &Url) -> PlaygroundSection {
    address(PlaygroundTitle::Request, url)
}

pub fn sign_out_request(url: &Url) -> PlaygroundSection {
    address(PlaygroundTitle::SignOut, url)
}

/// The person is back with the `state` that was sent along.
pub fn signed_out(state: &str) -> PlaygroundSection {
    judged(PlaygroundTitle::SignOut, &[Check::passed("state", state)])
}

/// The answer as it came, then what was checked of it.
pub fn callback(received: Rows, checks: &[Check]) -> PlaygroundSection {
    let judged = judged(PlaygroundTitle::Callback, checks);
    PlaygroundSection { rows: received.into_iter().chain(judged.rows.clone()).collect(), ..judged }
}

/// An answer of the token endpoint, word for word.
pub fn token_response(heard: &Heard) -> PlaygroundSection {
    answer(PlaygroundTitle::TokenResponse, heard, &[])
}

pub fn refresh(heard: &Heard, checks: &[Check]) -> PlaygroundSection {
    answer(PlaygroundTitle::Refresh, heard, checks)
}

pub fn userinfo(heard: &Heard, checks: &[Check]) -> PlaygroundSection {
    answer(PlaygroundTitle::UserInfo, heard, checks)
}

fn answer(title: PlaygroundTitle, heard: &Heard, checks: &[Check]) -> PlaygroundSection {
    let judged = judged(title, checks);
    let challenge = heard.challenge.iter().map(|text| row("WWW-Authenticate", text));
    let rows = std::iter::once(row("status", &heard.status.to_string())).chain(challenge).chain(judged.rows.clone());
    PlaygroundSection {
        ok: Some(heard.status == 200 && all_passed(checks)),
        rows: rows.collect(),
        code: Some(pretty(&heard.body)).filter(|text| !text.is_empty()),
        ..judged
    }
}

/// The token as a person can read it, and the checks of the one who received it.
pub fn id_token(token: &str, checks: &[Check]) -> [PlaygroundSection; 2] {
    let shown = PlaygroundSection {
        ok: Some(all_passed(checks)),
        code: Some(readable(token)),
        ..plain(PlaygroundTitle::IdToken, Vec::new())
    };
    [shown, judged(PlaygroundTitle::Signature, checks)]
}

pub fn access_token(token: &str, checks: &[Check]) -> PlaygroundSection {
    PlaygroundSection { code: Some(readable(token)), ..judged(PlaygroundTitle::AccessToken, checks) }
}

fn readable(token: &str) -> String {
    let written = decoded(token).and_then(|value: Value| serde_json::to_string_pretty(&value).ok());
    written.unwrap_or_else(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_passes_only_if_the_answer_and_every_check_did() {
        let heard = |status| Heard { status, body: "{\"a\":1}".to_owned(), challenge: None };
        let (good, bad) = (Check::passed("sub", "1"), Check::refused("sub", "no"));
        assert_eq!(userinfo(&heard(200), std::slice::from_ref(&good)).ok, Some(true));
        assert_eq!(userinfo(&heard(200), &[good, bad.clone()]).ok, Some(false));
        assert_eq!(userinfo(&heard(401), &[]).ok, Some(false));
        let shown = userinfo(&heard(200), &[bad]);
        assert_eq!(shown.rows, [row("status", "200"), row("✗ sub", "no")]);
        assert_eq!(shown.code.as_deref(), Some("{\n  \"a\": 1\n}"));
    }

    #[test]
    fn a_request_is_shown_with_every_parameter_decoded() {
        let url = Url::parse("https://id.example/oauth2/authorize?scope=openid+email&state=%2Fx").unwrap();
        let rows = request(&url).rows;
        assert_eq!(
            rows,
            [row("GET", "https://id.example/oauth2/authorize"), row("scope", "openid email"), row("state", "/x")]
        );
    }

    #[test]
    fn what_is_no_token_is_shown_as_it_is() {
        assert_eq!(access_token("opaque", &[]).code.as_deref(), Some("opaque"));
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.AA";
        assert!(access_token(token, &[]).code.unwrap().contains("\"alg\": \"ES256\""));
    }
}
