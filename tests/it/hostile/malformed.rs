//! Bytes that nobody sends in earnest: a clear refusal, never a 500, a hang, or the end of the process.

use base64::Engine as _;
use proptest::test_runner::{Config, TestRunner};

use crate::support::http::{Call, raw};
use crate::support::{App, PASSWORD};

/// Still there and still working, after whatever was sent.
fn is_well(app: &App) {
    assert!(app.server.exited().is_none(), "the server has stopped");
    let mut browser = app.browser();
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in());
}

const PATHS: &[&str] = &[
    "/.well-known/openid-configuration",
    "/oauth2/jwks",
    "/oauth2/authorize",
    "/oauth2/token",
    "/oauth2/userinfo",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/logout",
    "/wsfed",
    "/wsfed/metadata",
    "/sign-in",
    "/sign-out",
];

fn refused(status: u16) -> bool {
    status < 500 || status == 501 || status == 505
}

#[test]
fn no_path_answers_500_to_any_method() {
    let app = App::shared();
    for path in PATHS {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"] {
            let Ok(reply) = Call::new(method, &app.path(path)).send(app.server.port()) else { continue };
            assert!(refused(reply.status), "{method} {path}: {}", reply.status);
            if method == "TRACE" {
                assert!(reply.status >= 400, "TRACE is not there");
            }
        }
    }
    is_well(&app);
}

#[test]
fn no_path_answers_500_to_a_hostile_address() {
    let app = App::shared();
    let long = "a".repeat(20_000);
    let many = "a=1&".repeat(3_000);
    let queries = [
        "?%00",
        "?%",
        "?%zz",
        "?%ff%fe=%ff",
        "?=&=&&&=",
        "?a=%00",
        "?client_id=%ff",
        "?client_id=%F0%9F%98%80",
        "?client_id=web%00",
        "?client_id[]=web",
        "?client_id=web&client_id=web",
        "?interaction=AAAA",
        "?interaction=%00%01",
        "?ui_locales=%ff",
        "?lang=../../etc/passwd",
        "?max_age=NaN&client_id=web",
        "?claims=%7B%22id_token%22%3A%7B%7D%7D&client_id=web",
        &format!("?{long}"),
        &format!("?client_id={long}"),
        &format!("?scope={long}"),
        &format!("?{many}"),
    ];
    for path in PATHS {
        for query in &queries {
            let Ok(reply) = Call::get(&app.path(&format!("{path}{query}"))).send(app.server.port()) else { continue };
            assert!(refused(reply.status), "{path}{}: {}", &query[..query.len().min(40)], reply.status);
        }
    }
    is_well(&app);
}

#[test]
fn no_path_answers_500_to_a_hostile_body() {
    let app = App::shared();
    let large = "a=".to_owned() + &"x".repeat(2 << 20);
    let fields = "a=1&".repeat(50_000);
    let deep = "[".repeat(100_000);
    let claims = format!("client_id=web&claims={}", "%7B%22a%22%3A".repeat(4_000));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("application/x-www-form-urlencoded", Vec::new()),
        ("application/x-www-form-urlencoded", b"%ff%fe=%00&grant_type=%ff".to_vec()),
        ("application/x-www-form-urlencoded", vec![0xff, 0xfe, 0, 1, 2]),
        ("application/x-www-form-urlencoded", b"grant_type=authorization_code&code=%00".to_vec()),
        ("application/x-www-form-urlencoded", b"username=%ff&password=%ff&csrf=%ff&interaction=%ff".to_vec()),
        ("application/x-www-form-urlencoded", large.into_bytes()),
        ("application/x-www-form-urlencoded", fields.into_bytes()),
        ("application/x-www-form-urlencoded", claims.into_bytes()),
        ("application/x-www-form-urlencoded; charset=utf-7", b"grant_type=+AGE-".to_vec()),
        ("application/json", deep.into_bytes()),
        ("application/json", br#"{"grant_type":"password"}"#.to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--".to_vec()),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_vec()),
        ("", b"x".to_vec()),
        ("\x01", b"x".to_vec()),
    ];
    for path in PATHS {
        for (kind, body) in &bodies {
            let call = Call::new("POST", &app.path(path)).body(kind, body.clone());
            let Ok(reply) = call.send(app.server.port()) else { continue };
            assert!(refused(reply.status), "{path} {kind} {} bytes: {}", body.len(), reply.status);
        }
    }
    is_well(&app);
}

#[test]
fn no_path_answers_500_to_hostile_headers() {
    let app = App::shared();
    let huge = "x".repeat(60_000);
    let jwt = |header: &str, body: &str| {
        let text = |part: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part);
        format!("Bearer {}.{}.{}", text(header), text(body), text("signature"))
    };
    let headers: Vec<(&str, Vec<u8>)> = vec![
        ("Authorization", huge.clone().into_bytes()),
        ("Authorization", format!("Basic {}", "A".repeat(20_000)).into_bytes()),
        ("Authorization", b"Basic \xff\xfe".to_vec()),
        ("Authorization", b"Bearer ....".to_vec()),
        ("Authorization", jwt("{\"alg\":\"none\"}", "{}").into_bytes()),
        ("Authorization", jwt("{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", "{\"exp\":1e400}").into_bytes()),
        ("Authorization", jwt(&"[".repeat(5_000), "{}").into_bytes()),
        ("Authorization", jwt("{\"alg\":[],\"kid\":{},\"typ\":1}", "[]").into_bytes()),
        ("Cookie", huge.clone().into_bytes()),
        ("Cookie", b"\xff\xfe=\xff; ;;=;a".to_vec()),
        ("Cookie", "a=1; ".repeat(2_000).into_bytes()),
        ("Cookie", b"__Host-x=pts_\"\\,".to_vec()),
        ("Accept-Language", "da,".repeat(10_000).into_bytes()),
        ("Accept-Language", b"\xff;q=\xff".to_vec()),
        ("Accept-Language", b"da;q=1e999, en;q=-1, *;q=NaN".to_vec()),
        ("User-Agent", b"\xff\xfe\x01".to_vec()),
        ("User-Agent", huge.into_bytes()),
        ("X-Forwarded-For", b"\xff, 1.2.3.4.5, ::::".to_vec()),
        ("Forwarded", b"for=\"[::\"; by=;;=".to_vec()),
        ("traceparent", b"00-zz-zz-zz".to_vec()),
        ("X-Request-Id", "x".repeat(5_000).into_bytes()),
        ("If-None-Match", b"\xff".to_vec()),
        ("Origin", b"\xff".to_vec()),
        ("Range", b"bytes=0-0,1-1,2-2".to_vec()),
        ("Content-Type", b"\xff".to_vec()),
        ("Content-Length", b"-1".to_vec()),
        ("Content-Length", b"99999999999999999999".to_vec()),
        ("Expect", b"101-nothing".to_vec()),
    ];
    for path in PATHS {
        for method in ["GET", "POST"] {
            for (name, value) in &headers {
                let call = Call::new(method, &app.path(path)).header(name, value.clone());
                let Ok(reply) = call.send(app.server.port()) else { continue };
                let told = String::from_utf8_lossy(&value[..value.len().min(30)]).into_owned();
                assert!(refused(reply.status), "{method} {path} {name}: {told}: {}", reply.status);
            }
        }
    }
    is_well(&app);
}

#[test]
fn a_host_header_builds_no_address() {
    let app = App::shared();
    for host in ["evil.example", "evil.example:80", "localhost", "[::1]", "a@b", "\"", ""] {
        let call = Call::get(&app.path("/.well-known/openid-configuration")).header("Host", host);
        let call = call.header("X-Forwarded-Host", "evil.example").header("Forwarded", "host=evil.example");
        let Ok(reply) = call.send(app.server.port()) else { continue };
        assert!(!reply.text().contains("evil.example"), "{host}");
        let page = Call::get(&app.client("web").authorize_path());
        let page = Call { target: app.path(&page.target), ..page }.header("Host", host);
        let Ok(reply) = page.send(app.server.port()) else { continue };
        assert!(!format!("{reply:?}").contains("evil.example"), "{host}: {reply:?}");
    }
}

#[test]
fn what_is_not_http_at_all_gets_an_answer_or_is_hung_up_on() {
    let app = App::shared();
    let port = app.server.port();
    let cases: &[&[u8]] = &[
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: folded\r\n\r\n",
        b"POST /t/x/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffffff\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for case in cases {
        if let Ok(reply) = raw(port, case) {
            assert!(refused(reply.status), "{}: {}", String::from_utf8_lossy(case), reply.status);
        }
    }
    is_well(&app);
}

#[test]
fn an_answer_never_carries_a_line_break_that_was_sent_in() {
    let app = App::shared();
    let nasty = "x%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>";
    for path in [
        format!(
            "/oauth2/authorize?client_id=web&state={nasty}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=openid&prompt=none"
        ),
        format!("/oauth2/logout?state={nasty}&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye&client_id=web"),
        format!("/sign-in?lang={nasty}"),
        format!("/{nasty}"),
    ] {
        let reply = app.get(&path);
        assert!(refused(reply.status));
        assert!(!reply.headers.iter().any(|(name, value)| name == "set-cookie" && value.contains("evil")), "{path}");
    }
}

/// Parameters that some endpoint reads.
const NAMES: &[&str] = &[
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "claims",
    "id_token_hint",
    "login_hint",
    "ui_locales",
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "display",
    "request",
    "grant_type",
    "code",
    "refresh_token",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "token",
    "username",
    "password",
    "csrf",
    "interaction",
];

#[test]
fn random_parameters_never_break_an_endpoint() {
    let app = App::shared();
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let pair = (proptest::sample::select(NAMES), "(web|code|openid|none|\\PC{0,40}|[\\x00-\\x7f]{0,60})");
    let some = proptest::collection::vec(pair, 0..12);
    let endpoint = proptest::sample::select(PATHS);
    runner
        .run(&(endpoint, some, proptest::bool::ANY), |(path, fields, post)| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let call = if post {
                Call::form(&app.path(path), &fields)
            } else {
                Call::get(&app.path(&format!("{path}?{}", crate::support::http::encode(&fields))))
            };
            let reply = call.send(app.server.port()).unwrap();
            proptest::prop_assert!(refused(reply.status), "{} {:?}: {}", path, fields, reply.status);
            Ok(())
        })
        .unwrap();
    is_well(&app);
}
