use std::collections::HashMap;
use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm};
use openidconnect::{AccessTokenHash, JsonWebKeyId, PrivateSigningKey};
use serde_json::json;

use super::super::fetch::FetchRules;
use super::*;

/// RFC 8410 §10.3.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----";
const SUBJECT: &str = "019826c4-6f0e-7d31-9c5b-0a4f53b7d1aa";

fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

type Answers = Arc<Mutex<HashMap<String, (String, String)>>>;

/// A provider that says whatever the test wants it to say.
struct Peer {
    registration: Registration,
    fetcher: Fetcher,
    answers: Answers,
    key: CoreEdDsaPrivateSigningKey,
}

impl Peer {
    fn start() -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}/t/acme", listener.local_addr().unwrap());
        let answers = Answers::default();
        let shared = Arc::clone(&answers);
        std::thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap(), &shared)));
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEY, Some(JsonWebKeyId::new("k1".to_owned()))).unwrap();
        let rules = FetchRules {
            allowed: Box::new(|_| false),
            trust_anchors: Vec::new(),
            proxy: None,
            own_origin: "https://elsewhere.example".to_owned(),
        };
        let registration = Registration {
            client_id: "playground".to_owned(),
            redirect_uri: format!("{issuer}/playground/callback"),
            post_logout_redirect_uri: format!("{issuer}/playground"),
            scopes: Scopes::parse("openid email offline_access").unwrap(),
            issuer,
        };
        let peer = Self { registration, fetcher: Fetcher::new(rules).unwrap(), answers, key };
        peer.says("/.well-known/openid-configuration", "200 OK", peer.metadata());
        peer.says("/jwks", "200 OK", json!({ "keys": [peer.key.as_verification_key()] }));
        peer
    }
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.registration.issuer)
    }
    fn says(&self, path: &str, status: &str, body: impl Into<Value>) {
        // A text is sent as it is, all else as JSON.
        let body = match body.into() {
            Value::String(text) => text,
            json @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                json.to_string()
            }
        };
        let answer = (status.to_owned(), body);
        self.answers.lock().unwrap().insert(format!("/t/acme{path}"), answer);
    }
    fn metadata(&self) -> Value {
        json!({
            "issuer": self.registration.issuer,
            "authorization_endpoint": self.at("/authorize"),
            "token_endpoint": self.at("/token"),
            "userinfo_endpoint": self.at("/userinfo"),
            "jwks_uri": self.at("/jwks"),
            "end_session_endpoint": self.at("/logout"),
            "authorization_response_iss_parameter_supported": true,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
        })
    }
    fn party(&self) -> RelyingParty<'_> {
        RelyingParty::new(&self.fetcher, &self.registration)
    }
    fn provider(&self) -> Provider {
        wait(self.party().discover()).unwrap()
    }
    fn sign(&self, typ: &str, claims: &Value) -> String {
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": "EdDSA", "kid": "k1", "typ": typ });
        let input = format!("{}.{}", encode(header), encode(claims.clone()));
        let signature = self.key.sign(&CoreJwsSigningAlgorithm::EdDsa, input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
    fn access_token(&self) -> String {
        self.sign(
            "at+jwt",
            &json!({ "iss": self.registration.issuer, "client_id": "playground", "exp": now().timestamp() + 300 }),
        )
    }
    fn id_claims(&self) -> Value {
        let access = openidconnect::AccessToken::new(self.access_token());
        let key = self.key.as_verification_key();
        let hash = AccessTokenHash::from_token(&access, &CoreJwsSigningAlgorithm::EdDsa, &key).unwrap();
        json!({
            "iss": self.registration.issuer, "sub": SUBJECT, "aud": "playground", "iat": now().timestamp(),
            "exp": now().timestamp() + 300, "nonce": secrets().nonce.secret(), "at_hash": hash.as_str(),
        })
    }
    fn gives(&self, id_token: &str, refresh_token: &str) {
        let body = json!({
            "access_token": self.access_token(), "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
            "refresh_token": refresh_token,
        });
        self.says("/token", "200 OK", body);
    }
    fn redeem(&self) -> Result<Tokens, Fault> {
        wait(self.party().redeem(&self.provider(), &secrets(), "code".to_owned()))
    }
    fn tokens(&self) -> Tokens {
        self.gives(&self.sign("JWT", &self.id_claims()), "r1");
        self.redeem().unwrap()
    }
    /// The checks that fail.
    fn failing(&self, tokens: &Tokens) -> Vec<&'static str> {
        let checks = self.party().check_id_token(&self.provider(), tokens, now()).unwrap();
        checks.iter().filter(|check| !check.is_passed()).map(|check| check.what).collect()
    }
}

fn serve(mut stream: std::net::TcpStream, answers: &Answers) {
    let mut request = [0; 8192];
    let read = stream.read(&mut request).unwrap_or_default();
    let text = String::from_utf8_lossy(&request[..read]);
    let path = text.split_whitespace().nth(1).unwrap_or_default();
    let answer = answers.lock().unwrap().get(path).cloned();
    let (status, body) = answer.unwrap_or_else(|| ("404 Not Found".to_owned(), String::new()));
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n"
    );
    write!(stream, "{head}\r\n{body}").ok();
}

fn secrets() -> Secrets {
    Secrets::from_random(&[[1; 32], [2; 32], [3; 32]])
}

#[test]
fn a_request_carries_state_nonce_and_challenge_and_only_what_was_asked_for() {
    let peer = Peer::start();
    let prompt = Prompt { login: true, consent: true, ..Prompt::default() };
    let url = peer.party().request(&peer.provider(), &secrets(), prompt).unwrap();
    assert!(url.as_str().starts_with(&peer.at("/authorize?")));
    let mut names: Vec<_> = url.query_pairs().into_owned().collect();
    names.sort();
    let expected = [
        ("client_id", "playground"),
        ("code_challenge", "qHGRoCgUkIh0dV6u09VT2S5x63zLRMxbFKRyFCw-WJc"),
        ("code_challenge_method", "S256"),
        ("nonce", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"),
        ("prompt", "login consent"),
        ("redirect_uri", &peer.registration.redirect_uri),
        ("response_type", "code"),
        ("scope", "openid email offline_access"),
        ("state", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"),
    ];
    let expected: Vec<_> = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let without = |pairs: &[(String, String)]| -> Vec<_> {
        pairs.iter().filter(|(n, _)| n != "code_challenge").cloned().collect()
    };
    assert_eq!(without(&names), without(&expected));
    assert!(secrets().is_state("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"));
    assert!(!secrets().is_state("") && !secrets().is_state("AQEB"));
}

#[test]
fn a_good_answer_passes_every_check() {
    let peer = Peer::start();
    let tokens = peer.tokens();
    assert_eq!(peer.failing(&tokens), [""; 0]);
    let checks = peer.party().check_id_token(&peer.provider(), &tokens, now()).unwrap();
    let names: Vec<_> = checks.iter().map(|check| check.what).collect();
    assert_eq!(names, ["signature", "iss", "aud", "exp", "nonce", "at_hash", "id_token"]);
    assert_eq!(checks[0].outcome, Ok("EdDSA, kid k1".to_owned()));
    let of_access = peer.party().check_access_token(&peer.provider(), &tokens, now());
    assert!(of_access.iter().all(Check::is_passed), "{of_access:?}");
    let late = peer.party().check_access_token(&peer.provider(), &tokens, now() + chrono::TimeDelta::hours(1));
    assert_eq!(late.iter().filter(|check| !check.is_passed()).map(|check| check.what).collect::<Vec<_>>(), ["exp"]);
}

#[test]
fn each_fault_of_an_id_token_is_found_by_its_own_check() {
    let peer = Peer::start();
    let table = [
        ("iss", json!("http://evil.example")),
        ("aud", json!("another")),
        ("aud", json!(["playground", "another"])),
        ("exp", json!(now().timestamp())),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("at_hash", json!("another")),
    ];
    for (claim, value) in table {
        let mut claims = peer.id_claims();
        claims[claim] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        }
        peer.gives(&peer.sign("JWT", &claims), "r1");
        let mut expected = vec![claim];
        // The client leaves `at_hash` to the relying party.
        expected.extend((claim != "at_hash").then_some("id_token"));
        assert_eq!(peer.failing(&peer.redeem().unwrap()), expected, "{claim} {value}");
    }
    let signed = peer.sign("JWT", &peer.id_claims());
    let (input, _) = signed.rsplit_once('.').unwrap();
    peer.gives(&format!("{input}.{}", URL_SAFE_NO_PAD.encode([0; 64])), "r1");
    assert_eq!(peer.failing(&peer.redeem().unwrap()), ["signature", "id_token"]);
}

#[test]
fn a_provider_that_calls_itself_something_else_is_not_believed() {
    let peer = Peer::start();
    let mut metadata = peer.metadata();
    metadata["issuer"] = json!("http://evil.example");
    peer.says("/.well-known/openid-configuration", "200 OK", metadata);
    let fault = wait(peer.party().discover()).err().unwrap();
    assert!(fault.to_string().contains("unexpected issuer URI"), "{fault}");
    let mut metadata = peer.metadata();
    metadata["jwks_uri"] = json!("http://169.254.169.254/latest");
    peer.says("/.well-known/openid-configuration", "200 OK", metadata);
    let fault = wait(peer.party().discover()).err().unwrap();
    assert!(fault.to_string().contains("may not reach"), "{fault}");
}

#[test]
fn a_refusal_is_told_in_the_providers_own_words() {
    let peer = Peer::start();
    let body = json!({ "error": "invalid_grant", "error_description": "PRT-1202: the code has been used" });
    peer.says("/token", "400 Bad Request", body);
    assert_eq!(peer.redeem().err().unwrap().to_string(), "invalid_grant: PRT-1202: the code has been used");
    peer.says("/token", "200 OK", json!({ "access_token": "a", "token_type": "Bearer" }));
    assert_eq!(peer.redeem().err().unwrap().to_string(), "the answer has no id_token");
    peer.says("/token", "500 Internal Server Error", "<html>");
    assert!(peer.redeem().is_err());
}

#[test]
fn userinfo_is_believed_only_about_the_same_person() {
    let peer = Peer::start();
    let tokens = peer.tokens();
    let ask = || {
        let party = peer.party();
        let answer = wait(party.userinfo(&peer.provider(), &tokens));
        (answer, party.heard().unwrap())
    };
    peer.says("/userinfo", "200 OK", json!({ "sub": SUBJECT, "email": "alice@demo.example" }));
    let (answer, heard) = ask();
    assert_eq!(answer.unwrap(), [Check::passed("sub", SUBJECT)]);
    assert!(heard.status == 200 && heard.body.contains("alice@demo.example"));
    peer.says("/userinfo", "200 OK", json!({ "sub": "another" }));
    assert!(ask().0.unwrap_err().to_string().contains("subject"));
    peer.says("/userinfo", "401 Unauthorized\r\nwww-authenticate: Bearer error=\"invalid_token\"", "");
    let (answer, heard) = ask();
    assert_eq!(answer.unwrap_err().to_string(), "Bearer error=\"invalid_token\"");
    assert_eq!(heard.status, 401);
}

#[test]
fn a_renewal_need_not_repeat_the_nonce_but_is_about_the_same_person() {
    let peer = Peer::start();
    let before = peer.tokens();
    let renew = |claims: &Value, refresh_token| {
        peer.gives(&peer.sign("JWT", claims), refresh_token);
        wait(peer.party().refresh(&peer.provider(), &before)).unwrap()
    };
    let mut claims = peer.id_claims();
    claims.as_object_mut().unwrap().remove("nonce");
    let after = renew(&claims, "r2");
    assert_eq!(peer.failing(&after), [""; 0]);
    let checks = peer.party().check_refresh(&before, &after);
    assert_eq!(checks, [Check::passed("sub", SUBJECT), Check::passed("refresh_token", "is a new one")]);
    claims["nonce"] = json!("another");
    assert_eq!(peer.failing(&renew(&claims, "r3")), ["nonce", "id_token"]);
    claims = peer.id_claims();
    claims["sub"] = json!("another");
    assert!(!peer.party().check_refresh(&before, &renew(&claims, "r4"))[0].is_passed());
}

#[test]
fn an_answer_must_name_the_provider_that_was_asked() {
    let peer = Peer::start();
    let (party, provider) = (peer.party(), peer.provider());
    assert!(party.check_issuer(&provider, Some(&peer.registration.issuer)).is_passed());
    assert!(!party.check_issuer(&provider, Some("http://evil.example")).is_passed());
    assert!(!party.check_issuer(&provider, None).is_passed());
}

#[test]
fn a_sign_out_names_the_person_by_the_id_token_and_where_to_return() {
    let peer = Peer::start();
    let tokens = peer.tokens();
    let url = peer.party().logout(&peer.provider(), &tokens, "s").unwrap();
    let pairs: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert!(url.as_str().starts_with(&peer.at("/logout?")));
    assert_eq!(pairs["id_token_hint"], tokens.id_token());
    assert_eq!(pairs["post_logout_redirect_uri"], peer.registration.post_logout_redirect_uri);
    assert_eq!((pairs["state"].as_str(), pairs.len()), ("s", 3));
}
