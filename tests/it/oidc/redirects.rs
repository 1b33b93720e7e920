//! Only a registered address ever gets a browser sent to it (RFC 9700 §2.1, §4.11).

use crate::support::{App, CALLBACK};

/// The registered address is `https://app.example/callback`; none of these is it.
const MUTATIONS: &[&str] = &[
    "https://app.example/callback/",
    "https://app.example/Callback",
    "https://APP.EXAMPLE/callback",
    "HTTPS://app.example/callback",
    "http://app.example/callback",
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example./callback",
    "https://app.example/callback?",
    "https://app.example/callback?x=1",
    "https://app.example/callback#",
    "https://app.example/callback#fragment",
    "https://app.example/callback;x",
    "https://app.example/callback%00",
    "https://app.example/callback%20",
    "https://app.example/callback%2f",
    "https://app.example/callback/..",
    "https://app.example/x/../callback",
    "https://app.example/./callback",
    "https://app.example//callback",
    "https://app.example/%63allback",
    "https://app.example/callback/../evil",
    "https://app.example%2fcallback",
    "https://app.example\\callback",
    "https://app.example/callback\\",
    "https:\\\\app.example\\callback",
    "https:/app.example/callback",
    "https:app.example/callback",
    "//app.example/callback",
    "/callback",
    "callback",
    "app.example/callback",
    " https://app.example/callback",
    "https://app.example/callback ",
    "https://app.example/callback\t",
    "https://app.example/callback\r\nLocation: https://evil.example/",
    "https://app.example/call\nback",
    "https://app.example.evil.example/callback",
    "https://evil.example/app.example/callback",
    "https://app.example@evil.example/callback",
    "https://user:pass@app.example/callback",
    "https://evil.example#https://app.example/callback",
    "https://evil.example?https://app.example/callback",
    "https://evil.example\\@app.example/callback",
    "https://аpp.example/callback",
    "https://app.examplе/callback",
    "https://xn--pp-7lc.example/callback",
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,https://app.example/callback",
    "vbscript:x",
    "file:///app.example/callback",
    "https://app.example/callback,https://evil.example/",
    "https://app.example/callback https://evil.example/",
    "https://*.example/callback",
    "https://[::1]/callback",
    "https://app.example/callback\u{0000}",
    "",
];

#[test]
fn whoever_may_see_what_is_registered_is_told_how_the_address_differs() {
    let app = App::shared();
    let rp = app.client("web").with("redirect_uri", "https://app.example/Callback?<b>x</b>");
    let detail = rp.authorize(&mut app.signed_in()).text_of("details pre");
    assert!(detail.contains("redirect_uri: https://app.example/Callback?<b>x</b>"), "what was got, as text: {detail}");
    assert!(!detail.contains("registered: "), "{detail}");
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nroles = [\"admin\"]\n",
    );
    for (asked, part) in
        [("https://app.example/callback/", "a slash at the end"), ("https://app.example/callbacK", "upper")]
    {
        let rp = app.client("web").with("redirect_uri", asked);
        let detail = rp.authorize(&mut app.signed_in()).text_of("details pre");
        assert!(detail.contains("registered: https://app.example/callback (differs in "), "{detail}");
        assert!(detail.contains(part), "{detail}");
        let stranger = rp.authorize(&mut app.browser()).text_of("details pre");
        assert!(stranger.contains(asked) && !stranger.contains("registered: "), "{stranger}");
    }
}

#[test]
fn an_unknown_application_and_a_scope_that_is_not_its_own_are_named() {
    let app = App::shared();
    let mut browser = app.browser();
    let detail = browser.get("/oauth2/authorize?client_id=web-shop").text_of("details pre");
    assert!(detail.contains("client_id: web-shop"), "{detail}");
    let answer = app.client("web").with("scope", "openid payroll").authorize(&mut browser).answer();
    assert_eq!(answer.error(), "invalid_scope");
    let told = answer.get("error_description").unwrap_or_default();
    assert_eq!(told, "PRT-1205: the scope payroll is not registered for the application");
}

#[test]
fn an_address_that_is_not_registered_gets_nobody() {
    let app = App::shared();
    assert!(MUTATIONS.len() >= 40);
    for browser in [&mut app.browser(), &mut app.signed_in()] {
        for uri in MUTATIONS {
            for extra in [None, Some("none")] {
                let mut rp = app.client("web").with("redirect_uri", uri);
                if let Some(prompt) = extra {
                    rp = rp.with("prompt", prompt);
                }
                let page = rp.authorize(browser);
                assert_eq!(page.status(), 400, "{uri:?}: {:?}", page.reply.headers);
                assert!(page.reply.header("location").is_none(), "{uri:?}");
                assert!(page.find_form("code").is_none() && page.find_form("error").is_none(), "{uri:?}");
                assert!(!page.has("meta[http-equiv]"), "{uri:?}");
                let html = page.html();
                let links = scraper::Selector::parse("[href], [src], [action]").unwrap();
                for element in html.select(&links) {
                    let value = ["href", "src", "action"].iter().find_map(|name| element.attr(name)).unwrap();
                    let leads_to = page.url.join(value).unwrap();
                    assert_eq!(leads_to.origin(), page.url.origin(), "{uri:?} became a link: {value}");
                }
            }
        }
    }
}

#[test]
fn an_address_is_never_left_out() {
    let app = App::shared();
    let page = app.client("web").without("redirect_uri").authorize(&mut app.browser());
    assert_eq!(page.status(), 400, "{}", page.reply.text());
}

#[test]
fn an_unknown_client_gets_a_page_with_a_code_and_no_redirect() {
    let app = App::shared();
    for id in ["nobody", "", "web ", "WEB", "web\u{0}", "' or 1=1 --", "<script>alert(1)</script>", "job"] {
        let page = app.client("web").with("client_id", id).authorize(&mut app.browser());
        assert_eq!(page.status(), 400, "{id:?}: {}", page.reply.text());
        assert!(page.reply.header("location").is_none());
        assert!(page.reply.text().contains("PRT-1"), "{id:?}");
        assert!(!page.reply.text().contains("<script>alert"), "{id:?}");
    }
    let page = app.client("web").without("client_id").authorize(&mut app.browser());
    assert_eq!(page.status(), 400);
}

#[test]
fn only_the_port_of_a_loopback_address_may_vary() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:53123/cb", "http://127.0.0.1:1/cb"] {
        let answer = app.client("spa").with("redirect_uri", uri).authorize(&mut browser).answer();
        assert_eq!(answer.to.as_str(), uri);
    }
    for uri in [
        "http://localhost/cb",
        "http://localhost:53123/cb",
        "http://127.0.0.1:53123/cb2",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:1@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.1/cb",
        "http://0x7f000001/cb",
        "http://[::1]:53123/cb",
        "https://127.0.0.1:53123/cb",
    ] {
        let page = app.client("spa").with("redirect_uri", uri).authorize(&mut browser);
        assert_eq!(page.status(), 400, "{uri}");
    }
}

#[test]
fn the_code_is_bound_to_the_address_it_was_sent_to() {
    let app = App::shared();
    let rp = app.client("spa").with("redirect_uri", "http://127.0.0.1:53123/cb");
    let code = rp.code(&mut app.signed_in());
    let other = rp.clone().with("redirect_uri", CALLBACK).try_redeem(&code);
    assert_eq!((other.status, other.error().as_str()), (400, "invalid_grant"));
}
