//! How an application proves itself (RFC 6749 §2.3, OpenID Connect Core §9, RFC 7523).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::support::client::Auth;
use crate::support::{App, CALLBACK, Call, Engine, Reply, SECRET, Settings, eventually};

const GRANT: &[(&str, &str)] = &[("grant_type", "refresh_token"), ("refresh_token", "nothing")];

/// Authenticated: the next complaint is about the grant.
fn passed(reply: &Reply) -> bool {
    reply.status == 400 && reply.error() == "invalid_grant"
}
/// However it tried: each 401 says how it could (RFC 9110 §15.5.2).
fn refused(reply: &Reply) -> bool {
    let challenge = reply.header("www-authenticate").is_some_and(|it| it.starts_with("Basic realm="));
    reply.status == 401 && reply.error() == "invalid_client" && challenge
}

#[test]
fn a_wrong_or_missing_secret_is_401_with_a_challenge() {
    let app = App::shared();
    let right = app.client("web");
    assert!(passed(&right.token(GRANT)));
    for secret in ["", "wrong", &SECRET[1..], &format!("{SECRET}x"), &SECRET.to_uppercase()] {
        let mut rp = right.clone();
        rp.secret = secret.to_owned();
        let reply = rp.token(GRANT);
        assert!(refused(&reply), "{secret:?}: {} {}", reply.status, reply.text());
    }
    let mut unknown = right.clone();
    unknown.id = "nobody".to_owned();
    assert!(refused(&unknown.token(GRANT)));
    let mut silent = right;
    silent.auth = Auth::None;
    assert!(refused(&silent.token(GRANT)), "a confidential client cannot pass as a public one");
}

#[test]
fn a_client_uses_the_way_it_is_registered_for_and_one_only() {
    let app = App::shared();
    let mut web = app.client("web");
    web.auth = Auth::Post;
    assert!(refused(&web.token(GRANT)), "registered for basic");
    let mut strict = app.client("strict");
    assert!(passed(&strict.token(GRANT)));
    strict.auth = Auth::Basic;
    assert!(refused(&strict.token(GRANT)), "registered for post");
    let mut asking = app.client("asking");
    for auth in [Auth::Basic, Auth::Post] {
        asking.auth = auth;
        assert!(passed(&asking.token(GRANT)), "registered without naming one: {auth:?}");
    }
    let mut both = GRANT.to_vec();
    both.extend([("client_id", "asking"), ("client_secret", SECRET)]);
    let reply = app.send(&Call::form("/oauth2/token", &both).basic("asking", SECRET));
    assert!(matches!(reply.error().as_str(), "invalid_request" | "invalid_client"), "two at once: {}", reply.text());
    let other = [GRANT, &[("client_id", "strict")]].concat();
    let reply = app.send(&Call::form("/oauth2/token", &other).basic("web", SECRET));
    assert!(matches!(reply.error().as_str(), "invalid_request" | "invalid_client"), "two names: {}", reply.text());
    let mut spa = app.client("spa");
    assert!(passed(&spa.token(GRANT)));
    spa.auth = Auth::Post;
    assert!(refused(&spa.token(GRANT)), "a public client has no secret");
}

/// What the request itself shows may be said; whether a name or a secret is right may not.
#[test]
fn a_client_is_told_what_its_request_lacks_and_its_operator_who_it_was() {
    let app = App::shared();
    let told = |reply: &Reply| reply.json()["error_description"].as_str().unwrap().to_owned();
    let nothing = app.send(&Call::form("/oauth2/token", GRANT));
    assert_eq!(told(&nothing), "PRT-1201: client authentication failed: no client authentication and no client_id");
    let mut silent = app.client("web");
    silent.auth = Auth::None;
    let other = silent.token(GRANT);
    assert_eq!(told(&other), "PRT-1201: client authentication failed: not the registered authentication method");
    let mut wrong = app.client("web");
    wrong.secret = "wrong".to_owned();
    let mut unknown = wrong.clone();
    unknown.id = "nobody".to_owned();
    let (wrong, unknown) = (wrong.token(GRANT), unknown.token(GRANT));
    assert_eq!(told(&wrong), told(&unknown), "nobody learns which names there are");
    let id = wrong.header("x-request-id").unwrap();
    let find = || {
        let log = app.server.log();
        log.lines().find(|line| line.contains(id) && line.contains("token request refused")).map(str::to_owned)
    };
    eventually("the log has it", || find().is_some());
    let line = find().unwrap();
    for part in ["\"client.application.id\":\"web\"".to_owned(), format!("\"tenant\":\"{}\"", app.slug)] {
        assert!(line.contains(&part), "{line}");
    }
}

#[test]
fn malformed_authorization_headers_are_refused_not_believed() {
    let app = App::shared();
    for value in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic d2Vi",
        "basic d2ViOg==",
        "Bearer x",
        "Digest username=web",
        "Basic d2ViOmE6Yg==",
        "Basic /////w==",
        "Basic AAAA",
    ] {
        let reply = app.send(&Call::form("/oauth2/token", GRANT).header("Authorization", value));
        assert!(matches!(reply.status, 400 | 401), "{value}: {}", reply.status);
        assert!(matches!(reply.error().as_str(), "invalid_client" | "invalid_request"), "{value}: {}", reply.text());
    }
}

// ---- private_key_jwt ----

enum Key {
    Rs256(RsaKeyPair),
    Ps256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Key {
    fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    fn ps256() -> Self {
        Self::Ps256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
    fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }
    fn eddsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }
    fn alg(&self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }
    fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rs256(key) | Self::Ps256(key) => {
                // `RSAPublicKey` in DER: modulus behind ten bytes of heads and a zero, exponent 65537.
                let der = key.public_key().as_ref();
                assert!(der.starts_with(&[0x30, 0x82, 1, 10, 2, 0x82, 1, 1, 0]) && der.ends_with(&[2, 3, 1, 0, 1]));
                json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": self.alg(), "n": text(&der[9..265]), "e": "AQAB"})
            }
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (text(&point[1..33]), text(&point[33..65]));
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y})
            }
            Self::EdDsa(key) => {
                let x = text(key.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "alg": "EdDSA", "x": x})
            }
        }
    }
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let rsa = |key: &RsaKeyPair, padding| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
            signature
        };
        let signature = match self {
            Self::Rs256(key) => rsa(key, &RSA_PKCS1_SHA256),
            Self::Ps256(key) => rsa(key, &RSA_PSS_SHA256),
            Self::Es256(key) => key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap()
}

fn claims(app: &App, jti: &str) -> Value {
    json!({"iss": "keyed", "sub": "keyed", "aud": app.base(), "jti": jti, "iat": now(), "exp": now() + 60})
}

fn keyed_app(key: &Key) -> App {
    let app = App::shared();
    declare_keyed(&app, &format!("jwks = '{}'", json!({"keys": [key.jwk("k1")]})));
    app
}

fn declare_keyed(app: &App, keys: &str) {
    app.apply(&format!(
        r#"
version = 1
[[tenant]]
slug = "{{slug}}"
[[tenant.application]]
id = "keyed"
name = "Keyed"
[tenant.application.oidc]
type = "confidential"
token_endpoint_auth_method = "private_key_jwt"
{keys}
redirect_uris = ["{CALLBACK}"]
scopes = ["openid", "profile", "email", "offline_access", "jobs"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
"#
    ));
}

fn present(app: &App, assertion: &str, extra: &[(&str, &str)]) -> Reply {
    let mut fields = vec![
        ("grant_type", "client_credentials"),
        ("scope", "jobs"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    fields.extend_from_slice(extra);
    app.send(&Call::form("/oauth2/token", &fields))
}

#[test]
fn a_client_proves_itself_with_its_private_key() {
    for key in [Key::rs256(), Key::ps256(), Key::es256(), Key::eddsa()] {
        let app = keyed_app(&key);
        for typ in [None, Some("JWT"), Some("client-authentication+jwt")] {
            let mut header = json!({"alg": key.alg(), "kid": "k1"});
            if let Some(typ) = typ {
                header["typ"] = json!(typ);
            }
            let assertion = key.sign(&header, &claims(&app, &format!("ok-{typ:?}")));
            let reply = present(&app, &assertion, &[("client_id", "keyed")]);
            assert_eq!(reply.status, 200, "{} {typ:?}: {}", key.alg(), reply.text());
        }
    }
}

#[test]
fn an_assertion_works_once() {
    let key = Key::es256();
    let app = keyed_app(&key);
    let assertion = key.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims(&app, "once"));
    assert_eq!(present(&app, &assertion, &[]).status, 200);
    assert!(refused(&present(&app, &assertion, &[])));
}

#[test]
fn every_false_assertion_is_refused() {
    let key = Key::es256();
    let stranger = Key::es256();
    let app = keyed_app(&key);
    let header = json!({"alg": "ES256", "kid": "k1"});
    let with = |name: &str, value: Value| {
        let mut claims = claims(&app, &format!("bad-{name}-{value}"));
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims(&app, &format!("without-{name}"));
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let false_claims = [
        with("iss", json!("web")),
        with("sub", json!("web")),
        with("aud", json!("https://evil.example")),
        with("aud", json!([app.base(), "https://evil.example"])),
        with("aud", json!(17)),
        with("exp", json!(now() - 120)),
        with("exp", json!("tomorrow")),
        with("exp", json!(now() + 10 * 365 * 24 * 3600)),
        with("nbf", json!(now() + 600)),
        with("jti", json!(17)),
        without("iss"),
        without("sub"),
        without("aud"),
        without("exp"),
        without("jti"),
    ];
    for claims in &false_claims {
        let reply = present(&app, &key.sign(&header, claims), &[]);
        assert!(refused(&reply), "{claims}: {} {}", reply.status, reply.text());
    }
    let good = claims(&app, "headers");
    let signed = key.sign(&header, &good);
    let mut parts: Vec<String> = signed.split('.').map(str::to_owned).collect();
    parts[1] = encoded(&claims(&app, "swapped"));
    let assertions = [
        stranger.sign(&header, &good),
        key.sign(&json!({"alg": "ES256", "kid": "k2"}), &good),
        key.sign(&json!({"alg": "RS256", "kid": "k1"}), &good),
        key.sign(&json!({"alg": "HS256", "kid": "k1"}), &good),
        key.sign(&json!({"alg": "none"}), &good),
        key.sign(&json!({"alg": "ES256", "kid": "k1", "typ": "at+jwt"}), &good),
        key.sign(&json!({"alg": "ES256", "kid": "k1", "crit": ["x"], "x": 1}), &good),
        stranger.sign(&json!({"alg": "ES256", "kid": "k1", "jwk": stranger.jwk("k1")}), &good),
        stranger.sign(&json!({"alg": "ES256", "jku": "https://evil.example/jwks"}), &good),
        format!("{}.{}.", encoded(&json!({"alg": "none"})), encoded(&good)),
        parts.join("."),
        "..".to_owned(),
        "x".repeat(20_000),
    ];
    for assertion in &assertions {
        let reply = present(&app, assertion, &[]);
        assert!(matches!(reply.status, 400 | 401), "{assertion}: {}", reply.status);
        assert!(
            matches!(reply.error().as_str(), "invalid_client" | "invalid_request"),
            "{assertion}: {}",
            reply.text()
        );
    }
    let fresh = || key.sign(&header, &claims(&app, &format!("mixed-{}", now())));
    assert!(!passed_with_token(&present(&app, &fresh(), &[("client_secret", SECRET)])), "two credentials");
    assert!(!passed_with_token(&present(&app, &fresh(), &[("client_id", "web")])), "another name");
}

fn passed_with_token(reply: &Reply) -> bool {
    reply.status == 200
}

/// An application's key set at an address of its own.
struct KeySet {
    port: u16,
    keys: Arc<Mutex<Value>>,
    fetched: Arc<Mutex<usize>>,
}

impl KeySet {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let (keys, fetched) = (Arc::new(Mutex::new(json!([]))), Arc::new(Mutex::new(0)));
        let serving = (Arc::clone(&keys), Arc::clone(&fetched));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
                assert!(head.count() > 0, "a request");
                *serving.1.lock().unwrap() += 1;
                let keys = serving.0.lock().unwrap().clone();
                // Without keys it is out of order.
                let status = if keys == json!([]) { "503 Later" } else { "200 OK" };
                let body = json!({ "keys": keys }).to_string();
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                drop(stream.write_all((head + &body).as_bytes()));
            }
        });
        Self { port, keys, fetched }
    }
    fn publish(&self, keys: Value) {
        *self.keys.lock().unwrap() = keys;
    }
    fn fetched(&self) -> usize {
        *self.fetched.lock().unwrap()
    }
}

fn app_with_key_set(set: &KeySet) -> App {
    let limits = "[password_hash]\nmemory_kib = 1024\niterations = 1\n[limits]\nfailures_per_source = \"5/1h\"\n";
    let app = App::own(Settings::with(Engine::Sqlite, &format!("{limits}[outgoing]\nallow = [\"127.0.0.0/8\"]\n")));
    declare_keyed(&app, &format!("jwks_uri = \"http://127.0.0.1:{}/keys\"", set.port));
    app
}

#[test]
fn a_new_key_of_an_application_is_known_at_its_first_use() {
    let (old, new, set) = (Key::es256(), Key::eddsa(), KeySet::start());
    set.publish(json!([old.jwk("one")]));
    let app = app_with_key_set(&set);
    let signed = |key: &Key, kid: Option<&str>, jti: &str| {
        let mut header = json!({"alg": key.alg()});
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        present(&app, &key.sign(&header, &claims(&app, jti)), &[])
    };
    assert_eq!(signed(&old, Some("one"), "a").status, 200);
    assert_eq!(signed(&old, Some("one"), "b").status, 200);
    assert_eq!(set.fetched(), 1, "kept for five minutes");
    set.publish(json!([old.jwk("one"), new.jwk("two")]));
    let reply = signed(&new, Some("two"), "c");
    assert_eq!(reply.status, 200, "OpenID Connect Core §10.1.1: {}", reply.text());
    assert_eq!((signed(&old, Some("one"), "d").status, set.fetched()), (200, 2));
    // Whoever makes names of keys up has them fetched once a minute at most, and takes nothing away.
    for n in 0..8 {
        assert!(refused(&signed(&new, Some(&format!("made-up-{n}")), &format!("e{n}"))));
    }
    assert_eq!(set.fetched(), 2);
    assert_eq!(signed(&new, Some("two"), "f").status, 200);
    assert_eq!(app.count_events("client.refused"), 1, "one reason, told once");
}

#[test]
fn a_key_set_out_of_order_takes_no_known_key_away() {
    let (key, set) = (Key::es256(), KeySet::start());
    set.publish(json!([key.jwk("one")]));
    let app = app_with_key_set(&set);
    let signed =
        |kid: &str, jti: &str| present(&app, &key.sign(&json!({"alg": "ES256", "kid": kid}), &claims(&app, jti)), &[]);
    assert_eq!(signed("one", "a").status, 200);
    set.publish(json!([]));
    assert!(refused(&signed("two", "b")));
    assert_eq!(set.fetched(), 2);
    assert_eq!(signed("one", "c").status, 200, "what was kept is good still");
}
