//! An identity provider that says whatever a test wants, on plain HTTP and with keys of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use portner::crypto::jose::{KeySet, SigningKey};
use portner::domain::signing::{KeyId, KeyState, KeyType};
use serde_json::{Value, json};

pub const CLIENT: &str = "portner";
pub const CLIENT_SECRET: &str = "a secret: with+signs %";

/// How it answers at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Right,
    /// `Status(0)` hangs up.
    Status(u16),
    /// It does not answer as long as it is to be slow.
    Slow,
    /// A page for people, a megabyte of it, or somewhere else.
    Html,
    Huge,
    Elsewhere,
}

struct Script {
    kid: String,
    private: Vec<u8>,
    /// Members of the discovery document that are other than they should be.
    document: Value,
    /// Members of the JWS header and of the claims that are other than they should be; `null` = left out.
    header: Value,
    claims: Value,
    /// Members of the key that it publishes.
    key: Value,
    manner: Manner,
    key_fetches: usize,
    /// What was posted to the token endpoint, and the credential it came with.
    redeemed: Vec<(Vec<(String, String)>, String)>,
}

#[derive(Clone)]
pub struct Idp {
    port: u16,
    /// Below the origin: Entra's directories are part of the issuer.
    path: String,
    script: Arc<Mutex<Script>>,
}

/// Seconds since 1970, as tokens have them.
#[allow(clippy::disallowed_methods, reason = "the server under test lives by the real clock")]
pub fn seconds() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("before the end of time")
}

fn fresh_key() -> Vec<u8> {
    SigningKey::generate(KeyType::EcP256).expect("a key").to_vec()
}

/// `changes` over `base`; `null` takes a member away.
fn changed(base: Value, changes: &Value) -> Value {
    let mut base = base;
    for (name, value) in changes.as_object().into_iter().flatten() {
        let object = base.as_object_mut().expect("an object");
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    base
}

impl Idp {
    pub fn start() -> Self {
        Self::at("")
    }
    pub fn at(path: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let script = Script {
            kid: "k1".to_owned(),
            private: fresh_key(),
            document: json!({}),
            header: json!({}),
            claims: json!({}),
            key: json!({}),
            manner: Manner::Right,
            key_fetches: 0,
            redeemed: Vec::new(),
        };
        let idp = Self {
            port: listener.local_addr().expect("it is bound").port(),
            path: path.to_owned(),
            script: Arc::new(Mutex::new(script)),
        };
        let serving = idp.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&stream));
            }
        });
        idp
    }
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    pub fn document(&self, changes: Value) {
        self.script().document = changes;
    }
    pub fn header(&self, changes: Value) {
        self.script().header = changes;
    }
    pub fn claims(&self, changes: Value) {
        self.script().claims = changes;
    }
    pub fn key(&self, changes: Value) {
        self.script().key = changes;
    }
    pub fn answer(&self, manner: Manner) {
        self.script().manner = manner;
    }
    /// Another key under another name; the old one is published no more.
    pub fn rotate(&self, kid: &str) {
        let mut script = self.script();
        script.private = fresh_key();
        kid.clone_into(&mut script.kid);
    }
    pub fn key_fetches(&self) -> usize {
        self.script().key_fetches
    }
    pub fn redeemed(&self) -> Vec<(Vec<(String, String)>, String)> {
        self.script().redeemed.clone()
    }

    /// A token of the person that the script tells of, for the request that had this nonce (it travels as the code).
    fn token(&self, script: &Script, nonce: &str) -> String {
        let now = seconds();
        let claims = json!({
            "iss": self.issuer(), "sub": "sub-1", "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300,
            "auth_time": now, "preferred_username": "mette", "email": "mette@up.example", "email_verified": true,
            "name": "Mette Hansen", "given_name": "Mette", "family_name": "Hansen",
        });
        let claims = changed(claims, &script.claims);
        let header = changed(json!({ "alg": "ES256", "typ": "JWT", "kid": script.kid }), &script.header);
        Self::signed(script, &header, &claims)
    }

    /// What it would post to say that somebody has signed out; `null` takes a member away.
    pub fn logout_token(&self, header: &Value, claims: &Value) -> String {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (script, now) = (self.script(), seconds());
        let usual = json!({
            "iss": self.issuer(), "sub": "sub-1", "aud": CLIENT, "iat": now, "exp": now + 120,
            "jti": format!("{}-{number}", self.port),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let head = changed(json!({ "alg": "ES256", "typ": "logout+jwt", "kid": script.kid }), header);
        Self::signed(&script, &head, &changed(usual, claims))
    }

    fn signed(script: &Script, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &script.private).expect("a key");
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn keys(script: &Script) -> Value {
        let key = SigningKey::parse(KeyId(script.kid.clone()), KeyType::EcP256, &script.private).expect("a key");
        let mut jwks = serde_json::to_value(KeySet::new(vec![(key, KeyState::Active)]).jwks()).expect("JSON");
        jwks["keys"][0] = changed(jwks["keys"][0].clone(), &script.key);
        jwks
    }

    fn reply(&self, path: &str, body: &[u8], credential: String) -> Option<(u16, Value)> {
        let issuer = self.issuer();
        if path.ends_with("/.well-known/openid-configuration") {
            let document = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "end_session_endpoint": format!("{issuer}/logout?theme=dark"),
            });
            return Some((200, changed(document, &self.script().document)));
        }
        if path.ends_with("/keys") {
            let mut script = self.script();
            script.key_fetches += 1;
            return Some((200, Self::keys(&script)));
        }
        let manner = self.script().manner;
        match manner {
            Manner::Right => {}
            Manner::Status(0) => return None,
            Manner::Status(status) => return Some((status, json!({ "error": "invalid_grant" }))),
            Manner::Slow => {
                while self.script().manner == Manner::Slow {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
                return None;
            }
            Manner::Html => return Some((200, json!("<!doctype html><h1>Maintenance</h1>"))),
            Manner::Huge => return Some((200, json!(format!("{{\"access_token\":\"{}\"}}", "x".repeat(8 << 20))))),
            Manner::Elsewhere if path.ends_with("/elsewhere") => {}
            Manner::Elsewhere => return Some((307, json!({}))),
        }
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let code = fields.iter().find(|(name, _)| name == "code").map(|(_, value)| value.clone()).unwrap_or_default();
        let mut script = self.script();
        script.redeemed.push((fields, credential));
        let token = self.token(&script, &code);
        // As Entra's first version has it.
        let answer = json!({ "access_token": "at", "token_type": "Bearer", "expires_in": "3599", "id_token": token });
        Some((200, answer))
    }

    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut credential) = (0, String::new());
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => {
                    let basic = value.trim().strip_prefix("Basic ").unwrap_or_default();
                    let bytes = STANDARD.decode(basic).unwrap_or_default();
                    credential = String::from_utf8(bytes).unwrap_or_default();
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let Some((status, value)) = self.reply(&path, &body, credential) else { return };
        let text = match value {
            Value::String(raw) => raw,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        let away = if status == 307 { format!("location: {}/elsewhere\r\n", self.issuer()) } else { String::new() };
        let reply = format!(
            "HTTP/1.1 {status} Whatever\r\n{away}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        drop(stream.write_all(reply.as_bytes()));
    }
}
