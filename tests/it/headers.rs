//! What every answer says to the browser (ASVS 3.4), per class of page.

use std::collections::BTreeMap;

use crate::support::{App, Call, Engine, PASSWORD, Reply, Settings, eventually};

/// Headers that carry the protection, without what differs from answer to answer.
fn protection(reply: &Reply) -> BTreeMap<String, String> {
    let skipped = ["date", "content-length", "set-cookie", "x-request-id", "location", "etag", "connection"];
    let mut kept: BTreeMap<String, String> =
        reply.headers.iter().filter(|(name, _)| !skipped.contains(&name.as_str())).cloned().collect();
    if let Some(policy) = kept.get_mut("content-security-policy")
        && let Some((before, rest)) = policy.clone().split_once("'nonce-")
        && let Some((nonce, after)) = rest.split_once('\'')
    {
        assert!(nonce.len() >= 22, "a nonce has at least 128 bits");
        *policy = format!("{before}'nonce-…'{}", after.replace(nonce, "…"));
    }
    kept
}

#[test]
fn the_headers_of_each_class_of_answer() {
    let app = App::shared();
    let mut browser = app.browser();
    let rp = app.client("web");
    let sign_in = browser.get("/sign-in");
    let failed = browser.fill_in(&sign_in, "alice", "wrong");
    let mut inside = app.signed_in();
    let tokens = rp.sign_in(&app);
    let asset = {
        let html = sign_in.html();
        let links = scraper::Selector::parse("link[rel=stylesheet]").unwrap();
        let address = html.select(&links).next().unwrap().attr("href").unwrap().to_owned();
        app.browser().get(sign_in.url.join(&address).unwrap().as_str()).reply
    };
    let classes = [
        ("page", sign_in.reply),
        ("page_after_failure", failed.reply),
        ("page_inside", inside.get("/account").reply),
        ("page_to_application", rp.authorize(&mut app.browser()).reply),
        ("page_consent", app.client("asking").authorize(&mut inside).reply),
        ("page_error", app.client("nobody").authorize(&mut app.browser()).reply),
        ("page_form_post", rp.clone().with("response_mode", "form_post").authorize(&mut inside).reply),
        ("page_404", app.get("/nowhere")),
        ("redirect_to_client", inside.peek(&rp.authorize_path()).reply),
        ("redirect_to_sign_in", app.browser().peek(&rp.authorize_path()).reply),
        ("token", rp.refresh(tokens.refresh())),
        ("token_error", rp.refresh("x")),
        ("userinfo", rp.userinfo(tokens.access())),
        ("discovery", app.get("/.well-known/openid-configuration")),
        ("asset", asset),
    ];
    let all: BTreeMap<&str, _> = classes.iter().map(|(name, reply)| (*name, protection(reply))).collect();
    let told = serde_json::to_string(&all).unwrap().replace(&app.slug, "{slug}");
    let told = told.replace(&app.server.port().to_string(), "{port}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    insta::assert_json_snapshot!("headers", told);
}

#[test]
fn every_page_forbids_framing_sniffing_and_foreign_scripts() {
    let app = App::shared();
    let mut inside = app.signed_in();
    let pages = [
        app.browser().get("/sign-in").reply,
        app.browser().sign_in("alice", "wrong").reply,
        inside.get("/sign-out").reply,
        app.client("asking").authorize(&mut inside).reply,
        app.client("nobody").authorize(&mut inside).reply,
        app.get("/nowhere"),
    ];
    for reply in pages {
        let policy = reply.header("content-security-policy").expect("a policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"] {
            assert!(policy.contains(part), "{part} is missing: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(reply.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(reply.header("server").is_none(), "no versions");
    }
}

#[test]
fn a_nonce_is_used_once() {
    let app = App::shared();
    let nonce = || {
        let page = app.browser().get("/sign-in");
        let policy = page.reply.header("content-security-policy").unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(page.has(&format!("script[nonce={nonce:?}]")));
        nonce
    };
    assert_ne!(nonce(), nonce());
}

#[test]
fn transport_security_is_promised_on_https_only() {
    let app = App::shared();
    // On plain http the header means nothing (RFC 6797 §7.2); over TLS `operation` looks for it.
    let reply = app.get("/sign-in");
    assert!(reply.header("strict-transport-security").is_none_or(|it| it.contains("max-age=")));
    let mut browser = app.browser();
    browser.sign_in("alice", PASSWORD);
    assert!(browser.is_signed_in());
}

#[test]
fn a_page_tells_browsers_where_to_report_what_its_policy_stopped() {
    let app = App::shared();
    let mut inside = app.signed_in();
    let pages =
        [app.browser().get("/sign-in").reply, inside.get("/account").reply, app.get("/nowhere"), app.get("/status")];
    for reply in pages {
        let policy = reply.header("content-security-policy").expect("a policy");
        assert!(policy.ends_with("; report-uri /csp-reports"), "{policy}");
    }
}

/// A report as the Reporting API or `report-uri` has it.
fn report(kind: &str, directive: &str) -> Call {
    let body = match kind {
        "application/reports+json" => format!(
            "[{{\"type\":\"csp-violation\",\"age\":10,\"url\":\"https://x.example/t/a/sign-in?code=s3cret\",\"body\":{{\
             \"documentURL\":\"https://x.example/t/a/sign-in?code=s3cret\",\"effectiveDirective\":{directive:?},\
             \"blockedURL\":\"https://evil.example/a.js?s3cret\",\"sample\":\"s3cret\"}}}}]"
        ),
        _ => format!(
            "{{\"csp-report\":{{\"document-uri\":\"https://x.example/t/a/sign-in?code=s3cret\",\
             \"violated-directive\":{directive:?},\"blocked-uri\":\"https://evil.example/a.js?s3cret\"}}}}"
        ),
    };
    Call::new("POST", "/csp-reports").body(kind, body)
}

#[test]
fn a_report_is_one_line_in_the_log_and_reports_cannot_fill_it() {
    for kind in ["application/reports+json", "application/csp-report"] {
        let app = App::own(Settings::new(Engine::Sqlite));
        let port = app.server.port();
        let send = |call: &Call| call.send(port).unwrap().status;
        assert_eq!(send(&report(kind, "script-src-elem")), 204);
        let lines = || app.server.log().lines().filter(|line| line.contains("content security policy")).count();
        eventually("it is in the log", || lines() == 1);
        let log = app.server.log();
        assert!(log.contains("script-src-elem") && log.contains("https://evil.example"), "{log}");
        assert!(log.contains("/t/a/sign-in"), "which page it was: {log}");
        assert!(!log.contains("s3cret"), "nothing of the addresses' parameters: {log}");

        for _ in 0..200 {
            assert_eq!(send(&report(kind, "img-src")), 204);
        }
        assert!((1..30).contains(&lines()), "{} lines", lines());
        let metrics = app.server.metrics();
        assert!(metrics.contains("portner_csp_reports_total 201"), "all are counted: {metrics}");
    }
}

#[test]
fn what_is_no_report_is_taken_without_a_word() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let port = app.server.port();
    let of = |kind: &str, body: &str| Call::new("POST", "/csp-reports").body(kind, body).send(port).unwrap().status;
    for body in ["", "[]", "{}", "[1]", "null", "{\"csp-report\":{}}", "[{\"type\":\"deprecation\",\"body\":{}}]"] {
        assert_eq!(of("application/reports+json", body), 204, "{body}");
    }
    let forged = report("application/reports+json", "img-src\nFORGED line");
    assert_eq!(forged.send(port).unwrap().status, 204);
    assert_eq!(of("application/reports+json", &"x".repeat(200_000)), 413);
    assert_eq!(of("application/x-www-form-urlencoded", "a=b"), 415, "what a form of another site can send");
    assert_eq!(Call::get("/csp-reports").send(port).unwrap().status, 405);
    let log = app.server.log();
    assert!(!log.contains("FORGED") && !log.contains("content security policy"), "{log}");
}
