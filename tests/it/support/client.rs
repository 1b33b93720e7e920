//! A relying party made by hand, so that each step can be done wrong.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::http::{Call, Reply, encode};
use super::{App, Browser, CALLBACK, PASSWORD, Page, SECRET};

/// RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Basic,
    Post,
    None,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens(pub Value);

impl Tokens {
    fn field(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
    pub fn access(&self) -> &str {
        self.field("access_token")
    }
    pub fn refresh(&self) -> &str {
        self.field("refresh_token")
    }
    pub fn id_token(&self) -> &str {
        self.field("id_token")
    }
    pub fn id_claims(&self) -> Value {
        payload(self.id_token())
    }
}

/// The claims of a token, unverified: for looking at.
pub fn payload(token: &str) -> Value {
    part(token, 1)
}
pub fn header(token: &str) -> Value {
    part(token, 0)
}
fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap_or_else(|| panic!("not a JWS: {token}"));
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[derive(Clone)]
pub struct RelyingParty {
    port: u16,
    prefix: String,
    pub id: String,
    pub secret: String,
    pub auth: Auth,
    /// The parameters of an authorization request.
    pub parameters: BTreeMap<String, String>,
}

impl RelyingParty {
    pub fn new(app: &App, id: &str) -> Self {
        let auth = match id {
            "strict" => Auth::Post,
            "spa" => Auth::None,
            _ => Auth::Basic,
        };
        let mut it = Self {
            port: app.server.port(),
            prefix: app.path(""),
            id: id.to_owned(),
            secret: SECRET.to_owned(),
            auth,
            parameters: BTreeMap::new(),
        };
        for (name, value) in [
            ("client_id", id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email offline_access"),
            ("state", "state-of-the-client"),
            ("nonce", "nonce-of-the-client"),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ] {
            it = it.with(name, value);
        }
        it
    }
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self
    }
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.remove(name);
        self
    }

    /// Below the tenant's base.
    pub fn authorize_path(&self) -> String {
        let fields: Vec<(&str, &str)> =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("/oauth2/authorize?{}", encode(&fields))
    }
    /// Where the request leads this browser: a page, or the way back.
    pub fn authorize(&self, browser: &mut Browser) -> Page {
        browser.get(&self.authorize_path())
    }
    /// A code for a browser that may have to sign in as alice first.
    pub fn code(&self, browser: &mut Browser) -> String {
        let mut page = self.authorize(browser);
        if page.status() == 200 && page.has("input[type=password]") {
            page = browser.fill_in(&page, "alice", PASSWORD);
        }
        page.answer().code()
    }
    pub fn sign_in(&self, app: &App) -> Tokens {
        self.redeem(&self.code(&mut app.browser()))
    }
    pub fn redeem(&self, code: &str) -> Tokens {
        let reply = self.try_redeem(code);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Tokens(reply.json())
    }
    pub fn try_redeem(&self, code: &str) -> Reply {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.parameters.get("redirect_uri").map_or(CALLBACK, String::as_str)),
        ];
        if self.parameters.contains_key("code_challenge") {
            fields.push(("code_verifier", VERIFIER));
        }
        self.token(&fields)
    }
    pub fn refresh(&self, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }
    pub fn token(&self, fields: &[(&str, &str)]) -> Reply {
        self.post("/oauth2/token", fields)
    }
    pub fn introspect(&self, token: &str) -> Value {
        let reply = self.post("/oauth2/introspect", &[("token", token)]);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
    pub fn is_active(&self, token: &str) -> bool {
        self.introspect(token)["active"].as_bool().expect("active is a boolean")
    }
    pub fn revoke(&self, token: &str) -> Reply {
        self.post("/oauth2/revoke", &[("token", token)])
    }
    pub fn userinfo(&self, access_token: &str) -> Reply {
        self.send(&Call::get("/oauth2/userinfo").bearer(access_token))
    }
    /// A form to an endpoint with this client's authentication.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = fields.to_vec();
        match self.auth {
            Auth::Basic => return self.send(&Call::form(path, &all).basic(&self.id, &self.secret)),
            Auth::Post => all.extend([("client_id", self.id.as_str()), ("client_secret", &self.secret)]),
            Auth::None => all.push(("client_id", &self.id)),
        }
        self.send(&Call::form(path, &all))
    }
    pub fn send(&self, call: &Call) -> Reply {
        let call = Call { target: format!("{}{}", self.prefix, call.target), ..call.clone() };
        call.send(self.port).unwrap_or_else(|error| panic!("{} {}: {error}", call.method, call.target))
    }
}
