//! What is refused: always a page, never a token, never a way to an address that is not registered.

use super::party::{REALM, REPLY, app, sign_in_path};
use crate::support::Call;

/// A realm, further parameters, and the code of the page.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn a_request_that_is_wrong_is_answered_by_a_page_alone() {
    let app = app();
    let mut browser = app.signed_in();
    let long = "c".repeat(4097);
    let past = "2001-01-01T00:00:00Z";
    let evil = "https://evil.example/";
    let table: &[Refused<'_>] = &[
        ("urn:nobody", &[], "PRT-1331"),
        ("urn:acme:intranet/", &[], "PRT-1331"),
        ("URN:ACME:INTRANET", &[], "PRT-1331"),
        (REALM, &[("wreply", evil)], "PRT-1332"),
        (REALM, &[("wreply", "https://intranet.example/signin-wsfed/")], "PRT-1332"),
        (REALM, &[("wreply", "https://intranet.example@evil.example/signin-wsfed")], "PRT-1332"),
        (REALM, &[("wreply", "javascript:alert(1)")], "PRT-1332"),
        (REALM, &[("wreply", "//evil.example")], "PRT-1332"),
        (REALM, &[("wreq", "<x/>")], "PRT-1333"),
        (REALM, &[("wreqptr", "http://169.254.169.254/")], "PRT-1333"),
        (REALM, &[("wresultptr", evil)], "PRT-1333"),
        (REALM, &[("wp", evil)], "PRT-1333"),
        (REALM, &[("wctx", &long)], "PRT-1333"),
        (REALM, &[("wctx", "a\nb")], "PRT-1333"),
        (REALM, &[("wfresh", "soon")], "PRT-1333"),
        (REALM, &[("wct", "soon")], "PRT-1333"),
        (REALM, &[("wct", past)], "PRT-1334"),
    ];
    for (realm, more, code) in table {
        let page = browser.get(&sign_in_path(realm, more));
        let text = page.reply.text();
        assert_eq!(page.status(), 400, "{more:?}: {text}");
        assert!(text.contains(code), "{more:?}: {text}");
        assert!(page.find_form("wresult").is_none(), "{more:?}");
        assert!(!text.contains("href=\"https://evil"), "{more:?}");
    }
}

#[test]
fn the_page_says_what_was_received_and_to_administrators_what_is_registered() {
    let app = app();
    let detail = |browser: &mut crate::support::Browser, realm: &str, more: &[(&str, &str)]| {
        browser.get(&sign_in_path(realm, more)).text_of("details pre")
    };
    let alice = &mut app.signed_in();
    let unknown = detail(alice, "urn:no<b>body</b>", &[]);
    assert!(unknown.contains("wtrealm: urn:no<b>body</b>"), "as text: {unknown}");
    let missing = app.browser().get("/wsfed?wa=wsignin1.0").text_of("details pre");
    assert!(missing.contains("wtrealm is missing"), "another message than of an unknown one: {missing}");
    let nearly = [("wreply", "https://intranet.example/signin-wsfed/")];
    let told = detail(alice, REALM, &nearly);
    assert!(
        told.contains("wreply: https://intranet.example/signin-wsfed/") && !told.contains("registered: "),
        "{told}"
    );
    let past = detail(alice, REALM, &[("wct", "2001-01-01T00:00:00Z")]);
    assert!(past.contains("seconds ago"), "{past}");
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nroles = [\"admin\"]\n",
    );
    let told = detail(&mut app.signed_in(), REALM, &nearly);
    assert!(told.contains(&format!("registered: {REPLY} (differs in a slash at the end)")), "{told}");
}

#[test]
fn each_parameter_stands_once_and_under_its_plain_name() {
    let app = app();
    let mut browser = app.signed_in();
    let good = sign_in_path(REALM, &[]);
    for more in [
        "&wtrealm=urn:acme:intranet",
        "&wtrealm=urn:other",
        "&%77trealm=urn:other",
        "&wa=wsignin1.0",
        "&wreply=&wreply=https%3A%2F%2Fevil.example",
        "&wctx=%ff",
        "&wctx=%00",
        "&wctx=%zz",
    ] {
        let page = browser.get(&format!("{good}{more}"));
        assert_eq!(page.status(), 400, "{more}");
        assert!(page.find_form("wresult").is_none(), "{more}");
    }
}

#[test]
fn actions_of_other_profiles_are_a_page() {
    let app = app();
    for query in ["", "?wa=wattr1.0", "?wa=wpseudo1.0&wtrealm=urn:acme:intranet", "?wtrealm=urn:acme:intranet"] {
        let reply = app.get(&format!("/wsfed{query}"));
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.text().contains("PRT-1330"), "{query}");
    }
}

#[test]
fn a_posted_request_is_read_as_well() {
    let app = app();
    let fields = [("wa", "wsignin1.0"), ("wtrealm", REALM), ("wreply", REPLY)];
    let page = app.browser().post("/wsfed", &fields);
    assert_eq!(page.status(), 200);
    assert!(page.url.as_str().contains("/sign-in?interaction="), "{}", page.url);
    let reply = app.send(&Call::new("POST", "/wsfed").body("text/xml", "<x/>"));
    assert_eq!(reply.status, 400);
}
