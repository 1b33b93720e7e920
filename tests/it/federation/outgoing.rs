//! One client fetches everything: through the proxy that is configured, and by the certificates that the operator trusts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;

use super::{Bench, provider};
use crate::support::idp::Idp;
use crate::support::{App, Engine, Settings};

/// Carries bytes both ways until both sides have said all.
fn join(one: &TcpStream, other: &TcpStream) {
    let pump = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let _done = std::io::copy(&mut from, &mut to);
            let _closed = to.shutdown(std::net::Shutdown::Write);
        })
    };
    let copy = |stream: &TcpStream| stream.try_clone().expect("a copy");
    let there = pump(copy(one), copy(other));
    let back = pump(copy(other), copy(one));
    let _ends = (there.join(), back.join());
}

/// A forward proxy (RFC 9110 §7.6, §9.3.6) that notes what it is asked for.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || serve(&stream, &noted));
            }
        });
        Self { port, asked }
    }
    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

fn serve(stream: &TcpStream, noted: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut rest, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        rest.push_str(&header);
    }
    noted.lock().expect("not poisoned").push(line.trim().to_owned());
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if method == "CONNECT" {
        let there = TcpStream::connect(target).ok()?;
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
        join(stream, &there);
        return None;
    }
    let url = url::Url::parse(target).ok()?;
    let mut there = TcpStream::connect((url.host_str()?, url.port_or_known_default()?)).ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    write!(there, "{method} {} HTTP/1.1\r\n{rest}\r\n", url.path()).ok()?;
    there.write_all(&body).ok()?;
    join(stream, &there);
    None
}

/// TLS in front of somebody who speaks plain HTTP, by a certificate authority of its own.
struct Tls {
    port: u16,
    authority: String,
}

impl Tls {
    fn before(behind: u16) -> Self {
        let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = params.self_signed(&key).expect("a certificate");
        let authority = base64::engine::general_purpose::STANDARD.encode(authority.der());
        let authority = format!("-----BEGIN CERTIFICATE-----\n{authority}\n-----END CERTIFICATE-----\n");
        let issuer = Issuer::new(params, key);
        let leaf_key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let leaf = leaf.signed_by(&leaf_key, &issuer).expect("a certificate");
        let private = rustls::pki_types::PrivateKeyDer::try_from(leaf_key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private)
            .expect("they fit");
        let config = Arc::new(config);
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                std::thread::spawn(move || relay(stream, config, behind));
            }
        });
        Self { port, authority }
    }
}

/// One request and its answer.
fn relay(stream: TcpStream, config: Arc<rustls::ServerConfig>, behind: u16) -> Option<()> {
    let mut stream = rustls::StreamOwned::new(rustls::ServerConnection::new(config).ok()?, stream);
    let (mut asked, mut piece) = (Vec::new(), [0; 8192]);
    loop {
        let read = stream.read(&mut piece).ok()?;
        asked.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&asked).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
            if body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0) {
                break;
            }
        }
        if read == 0 {
            return None;
        }
    }
    let mut there = TcpStream::connect(("127.0.0.1", behind)).ok()?;
    there.write_all(&asked).ok()?;
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).ok()?;
    stream.write_all(&answer).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}

/// The mock behind TLS at `https://localhost`, and what it then says of itself.
fn secured(idp: &Idp) -> (Tls, String) {
    let behind = url::Url::parse(&idp.issuer()).expect("a URL").port().expect("a port");
    let tls = Tls::before(behind);
    let issuer = format!("https://localhost:{}", tls.port);
    idp.document(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }));
    idp.claims(json!({ "iss": issuer }));
    (tls, issuer)
}

/// A server with this `[outgoing]` and the upstream at this issuer.
fn bench(idp: Idp, outgoing: &str, issuer: &str) -> Bench {
    let usual = Settings::new(Engine::Sqlite);
    let config = usual.config.clone() + &format!("[outgoing]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\n{outgoing}\n");
    let app = App::own(Settings { config, ..usual });
    app.apply(&provider("oidc", issuer, "create_users = true"));
    Bench { app, idp }
}

#[test]
fn discovery_code_and_keys_go_through_the_configured_proxy() {
    let (proxy, idp) = (Proxy::start(), Idp::start());
    let issuer = idp.issuer();
    let bench = bench(idp, &format!("proxy = \"http://127.0.0.1:{}\"", proxy.port), &issuer);
    let (browser, page) = bench.arrives();
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    let asked = proxy.asked();
    for wanted in [
        format!("GET {issuer}/.well-known/openid-configuration HTTP/1.1"),
        format!("POST {issuer}/token HTTP/1.1"),
        format!("GET {issuer}/keys HTTP/1.1"),
    ] {
        assert_eq!(asked.iter().filter(|line| **line == wanted).count(), 1, "{wanted}: {asked:?}");
    }
}

#[test]
fn a_certificate_authority_of_the_operators_is_trusted_and_no_other() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    for (trusted, through_proxy) in [(true, false), (true, true), (false, false)] {
        let (idp, proxy) = (Idp::start(), Proxy::start());
        let (tls, issuer) = secured(&idp);
        std::fs::write(file.path(), &tls.authority).expect("written");
        let anchors = format!("trust_anchors = [{:?}]\n", file.path().to_str().expect("text"));
        let way = format!("proxy = \"http://127.0.0.1:{}\"\n", proxy.port);
        let outgoing = [(trusted, anchors), (through_proxy, way)].into_iter().filter(|(is, _)| *is);
        let outgoing: String = outgoing.map(|(_, line)| line).collect();
        let bench = bench(idp, &outgoing, &issuer);
        if !trusted {
            let page = bench.app.browser().get("/federation/up/start");
            assert!(page.status() == 503 && page.reply.text().contains("PRT-14"), "{}", page.reply.text());
            assert!(bench.idp.redeemed().is_empty());
            continue;
        }
        let (browser, page) = bench.arrives();
        assert!(browser.is_signed_in(), "{}\n{}", page.reply.text(), bench.app.server.log());
        let tunnels = proxy.asked().iter().filter(|line| line.starts_with("CONNECT localhost:")).count();
        assert_eq!(tunnels, if through_proxy { 3 } else { 0 }, "{:?}", proxy.asked());
    }
}
