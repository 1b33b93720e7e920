//! What every answer says to the browser (ASVS 3.4), per class of page.

use std::collections::BTreeMap;

use crate::support::{App, PASSWORD, Reply};

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
