use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A server on the loopback address that answers every connection with the same bytes.
struct Peer {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Peer {
    fn start(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                // A peer that hung up is no business of this server's.
                if stream.read(&mut request).is_ok() {
                    stream.write_all(&answer).ok();
                }
            }
        });
        Self { port, asked }
    }
    fn json(text: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", text.len());
        Self::start(format!("{head}connection: close\r\n\r\n{text}"))
    }
    fn status(line: &str) -> Self {
        Self::start(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    }
    fn url(&self, host: &str) -> Url {
        Url::parse(&format!("http://{host}:{}/keys", self.port)).unwrap()
    }
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn rules(allowed: fn(IpAddr) -> bool) -> FetchRules {
    let own_origin = "http://own.example".to_owned();
    FetchRules { allowed: Box::new(allowed), trust_anchors: Vec::new(), proxy: None, own_origin }
}

fn fetcher(rules: FetchRules) -> Fetcher {
    // Whichever test comes first installs it.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    Fetcher::new(rules).unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

#[test]
fn private_addresses_are_not_reached_by_number_nor_by_name() {
    let peer = Peer::json("{}");
    let fetcher = fetcher(rules(|_| false));
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        for scheme in ["http", "https"] {
            let mut url = peer.url(host);
            url.set_scheme(scheme).unwrap();
            assert_eq!(wait(fetcher.cached_text(&url)), Err(FetchError::Address), "{url}");
        }
    }
    let metadata = Url::parse("https://169.254.169.254/latest/meta-data").unwrap();
    assert_eq!(wait(fetcher.cached_text(&metadata)), Err(FetchError::Address));
    assert_eq!(peer.asked(), 0);
}

#[test]
fn the_operator_opens_networks_and_the_own_origin_is_always_open() {
    let peer = Peer::json("{\"keys\":[]}");
    let open = fetcher(rules(loopback));
    assert_eq!(wait(open.cached_text(&peer.url("127.0.0.1"))).unwrap().as_ref(), "{\"keys\":[]}");
    assert_eq!(wait(open.cached_text(&peer.url("localhost"))).unwrap().as_ref(), "{\"keys\":[]}");
    let own = FetchRules { own_origin: format!("http://localhost:{}/", peer.port), ..rules(|_| false) };
    let own = fetcher(own);
    assert!(wait(own.cached_text(&peer.url("localhost"))).is_ok());
    assert_eq!(wait(own.cached_text(&peer.url("127.0.0.1"))), Err(FetchError::Address));
}

#[test]
fn only_https_is_fetched_from_the_public_internet() {
    let fetcher = fetcher(rules(loopback));
    let plain = Url::parse("http://1.1.1.1/keys").unwrap();
    assert_eq!(wait(fetcher.cached_text(&plain)), Err(FetchError::Address));
    for odd in ["file:///etc/passwd", "ftp://127.0.0.1/", "http://u@127.0.0.1/", "http://u:p@127.0.0.1/", "data:,x"] {
        assert_eq!(wait(fetcher.cached_text(&Url::parse(odd).unwrap())), Err(FetchError::Unfetchable), "{odd}");
    }
}

#[test]
fn redirects_statuses_and_texts_that_are_not_json_are_failures() {
    let target = Peer::json("{}");
    let fetcher = fetcher(rules(loopback));
    let table = [
        (Peer::status(&format!("302 Found\r\nlocation: {}", target.url("127.0.0.1"))), FetchError::Status(302)),
        (Peer::status("204 No Content"), FetchError::Status(204)),
        (Peer::status("500 Internal Server Error"), FetchError::Status(500)),
        (Peer::json("<!doctype html>"), FetchError::NotJson),
        (
            Peer::start(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n\xff\xfe"),
            FetchError::NotJson,
        ),
    ];
    for (peer, expected) in table {
        assert_eq!(wait(fetcher.cached_text(&peer.url("127.0.0.1"))), Err(expected));
    }
    assert_eq!(target.asked(), 0);
}

#[test]
fn reading_stops_at_the_limit_whatever_length_is_announced() {
    let fetcher = fetcher(rules(loopback));
    let announced = Peer::json(&format!("\"{}\"", "x".repeat(MAX_KEPT)));
    // Without a length the body lasts until the connection closes.
    let mut silent = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    silent.resize(4 * 1024 * 1024, b' ');
    for peer in [announced, Peer::start(silent)] {
        assert_eq!(wait(fetcher.cached_text(&peer.url("127.0.0.1"))), Err(FetchError::TooLarge));
    }
}

#[test]
fn callers_share_one_fetch_and_a_failure_is_not_repeated() {
    let fetcher = fetcher(rules(loopback));
    let (good, bad) = (Peer::json("{}"), Peer::status("503 Service Unavailable"));
    wait(async {
        for peer in [&good, &bad] {
            let url = peer.url("127.0.0.1");
            let (a, b, c) =
                tokio::join!(fetcher.cached_text(&url), fetcher.cached_text(&url), fetcher.cached_text(&url));
            assert!(a == b && b == c);
            assert_eq!(fetcher.cached_text(&url).await, a);
        }
    });
    assert_eq!((good.asked(), bad.asked()), (1, 1));
}

#[test]
fn a_caller_who_hangs_up_does_not_cause_another_fetch() {
    let fetcher = fetcher(rules(loopback));
    let peer = Peer::json("{}");
    let url = peer.url("127.0.0.1");
    wait(async {
        {
            let mut abandoned = Box::pin(fetcher.cached_text(&url));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(abandoned.as_mut().poll(&mut context).is_pending());
        }
        assert!(fetcher.cached_text(&url).await.is_ok());
    });
    assert_eq!(peer.asked(), 1);
}

#[test]
fn a_peer_that_does_not_answer_is_left_after_five_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let started = Instant::now();
    assert_eq!(wait(fetcher(rules(loopback)).cached_text(&url)), Err(FetchError::TimedOut));
    assert!(started.elapsed() >= Duration::from_secs(5));
}

#[test]
fn requests_of_the_playground_go_to_their_own_tenant_and_nowhere_else() {
    let (own, other) = (Peer::status("401 Unauthorized"), Peer::json("{}"));
    let fetcher = fetcher(rules(|_| false));
    let home = own.url("localhost");
    let request = |url: &Url| http::Request::builder().uri(url.as_str()).body(Vec::new()).unwrap();
    let answer = wait(fetcher.send(&home, request(&own.url("localhost")))).unwrap();
    assert_eq!(answer.status(), http::StatusCode::UNAUTHORIZED);
    for foreign in [other.url("localhost"), own.url("127.0.0.1"), Url::parse("https://example.com/").unwrap()] {
        assert_eq!(wait(fetcher.send(&home, request(&foreign))).unwrap_err(), FetchError::Address);
    }
    assert_eq!(other.asked(), 0);
}

#[test]
fn behind_a_proxy_the_rules_hold_for_what_can_be_seen() {
    let proxy = Peer::json("{}");
    let behind = |allowed| FetchRules { proxy: Some(proxy.url("127.0.0.1")), ..rules(allowed) };
    let closed = fetcher(behind(|_| false));
    for refused in
        ["http://127.0.0.1/", "https://127.0.0.1/", "http://localhost/", "https://localhost/", "http://no.invalid/"]
    {
        assert_eq!(wait(closed.cached_text(&Url::parse(refused).unwrap())), Err(FetchError::Address), "{refused}");
    }
    assert_eq!(proxy.asked(), 0);
    let open = fetcher(behind(loopback));
    assert!(wait(open.cached_text(&Url::parse("http://127.0.0.1:1/through-the-proxy").unwrap())).is_ok());
    assert_eq!(proxy.asked(), 1);
}

#[test]
fn trust_anchors_that_hold_no_certificate_are_found_at_the_start() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for pem in ["", "not pem", broken] {
        let rules = FetchRules { trust_anchors: vec![pem.into()], ..rules(loopback) };
        assert!(matches!(Fetcher::new(rules), Err(FetchError::Setup(_))), "{pem}");
    }
}
