//! The sign-in page as people, password managers and generic clients meet it.

use crate::support::{App, PASSWORD};

#[test]
fn the_form_is_what_password_managers_expect() {
    let app = App::shared();
    let page = app.browser().get("/sign-in");
    for selector in [
        "form[method=post]",
        "input[name=username][autocomplete~=username]",
        "input[name=password][type=password][autocomplete=current-password]",
        "input[name=remember][type=checkbox]",
        "label[for=username]",
        "label[for=password]",
        "h1",
        "main",
        "html[lang]",
        "meta[name=viewport]",
        "a[href='#content']",
        "button[type=submit]",
    ] {
        assert!(page.has(selector), "{selector}");
    }
    assert!(!page.has("[autocomplete=off]") && !page.has("[onpaste]") && !page.has("[autocomplete=new-password]"));
    assert!(!page.has("script:not([src])") && !page.has("[style]") && !page.has("style"), "the policy allows none");
}

#[test]
fn the_foot_of_every_page_says_where_help_is() {
    let app = App::shared();
    let declare = |keys: &str| {
        format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nlanguages = [\"en\"]\n[tenant.help]\n{keys}")
    };
    app.apply(&declare(
        "phone = \"+45 70 10 20 30\"\nhours = \"8–16 <b>\"\nprivacy = \"https://acme.example/privacy\"\n",
    ));
    let page = app.browser().get("/sign-in");
    assert!(page.text_of("footer").contains("+45 70 10 20 30 (8–16 <b>) Privacy"), "{}", page.text_of("footer"));
    assert_eq!(page.link("footer li a"), "https://acme.example/privacy");
    assert!(page.has("footer a[href='tel:+4570102030']") && !page.text_of("footer").contains("Accessibility"));
    app.apply(&declare("phone = \"\"\n"));
    let page = app.browser().get("/sign-in");
    assert!(!page.has("footer a[href^=tel]") && page.has("footer li a"), "one is taken away, the others stay");
    let (done, told) = app.try_apply(&declare("phone = \"call me\"\npage = \"javascript:alert(1)\"\n"));
    assert!(!done && told.contains("help.phone") && told.contains("help.page"), "{told}");
}

#[test]
fn a_page_and_all_it_needs_is_below_fifty_kilobytes_and_ours() {
    let app = App::shared();
    let page = app.browser().get("/sign-in");
    let mut total = page.reply.body.len();
    let html = page.html();
    let parts = scraper::Selector::parse("link[href], script[src], img[src]").unwrap();
    for part in html.select(&parts) {
        let address = part.attr("href").or_else(|| part.attr("src")).unwrap();
        let url = page.url.join(address).unwrap();
        assert_eq!(url.origin(), page.url.origin(), "a third party: {url}");
        let reply = app.browser().get(url.as_str());
        assert_eq!(reply.status(), 200, "{url}");
        assert!(reply.reply.header("cache-control").unwrap().contains("max-age"), "{url}");
        assert_eq!(reply.reply.header("x-content-type-options"), Some("nosniff"));
        total += reply.reply.body.len();
    }
    assert!(total < 50_000, "{total} bytes");
}

#[test]
fn a_wrong_password_says_so_in_one_sentence_and_is_not_shown_again() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.sign_in("alice", "a-very-special-wrong-password");
    assert!(matches!(page.status(), 200 | 401 | 403 | 422), "{}", page.status());
    assert!(page.has("[role=alert]"));
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(!page.reply.text().contains("a-very-special-wrong-password"));
    assert_eq!(page.form("password").get("username"), Some("alice"));
}

#[test]
fn a_wrong_password_is_told_how_long_to_wait_and_the_way_out_whoever_it_is() {
    let app = App::shared();
    let told = |name: &str| app.browser().sign_in(name, "wrong").text_of("[role=alert]");
    let text = told("alice");
    assert!(text.contains("wait 15 minutes or reset your password"), "{text}");
    assert_eq!(text, told("nobody"));
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[tenant.policy.lockout]\nduration = \"2h\"\nlongest = \"4h\"\n",
    );
    assert!(told("bob").contains("wait 2 hours"), "as the rules have it");
}

#[test]
fn a_code_can_be_looked_up_without_the_page_pretending_that_something_went_wrong() {
    let app = App::shared();
    let page = app.browser().get("/docs/errors/PRT-1202");
    assert_eq!((page.status(), page.text_of("h1").as_str()), (200, "Error code PRT-1202"));
    let text = page.text_of("main");
    assert!(text.contains("For developers") && text.contains("code_verifier"), "{text}");
    assert!(!text.contains("Trace ID") && !page.has("#trace") && !page.title().starts_with("Error:"), "{text}");
    assert!(!app.browser().get("/docs/errors/PRT-2004").text_of("main").contains("For developers"));
    assert_eq!(app.browser().get("/docs/errors/PRT-0000").status(), 404);
}

#[test]
fn empty_fields_are_asked_for_and_nothing_is_evaluated() {
    let app = App::shared();
    for (username, password) in [("", ""), ("alice", ""), ("", PASSWORD)] {
        let mut browser = app.browser();
        let page = browser.sign_in(username, password);
        assert!(page.has("input[type=password]"), "{username:?}");
        assert!(!browser.is_signed_in());
    }
    assert_eq!(app.count_events("signin.failed"), 0);
}

#[test]
fn what_a_person_types_is_shown_as_text() {
    let app = App::shared();
    let nasty = "\"><script>alert(1)</script>' onfocus=alert(1) autofocus x='";
    let page = app.browser().sign_in(nasty, "x");
    assert!(!page.reply.text().contains("<script>alert"));
    assert!(!page.has("[onfocus]"));
    assert_eq!(page.form("password").get("username"), Some(nasty));
}

#[test]
fn somebody_who_is_signed_in_sees_that_and_the_way_out() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let page = browser.get("/account");
    assert_eq!(page.status(), 200);
    assert!(page.reply.text().contains("Alice"), "{}", page.reply.text());
    assert!(page.has("a[href*='sign-out'], form[action*='sign-out']"));
}

#[test]
fn the_name_is_remembered_only_when_asked() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.get("/sign-in");
    let form = page.form("password").set("username", "alice").set("password", PASSWORD).set("remember", "yes");
    browser.submit(&form);
    browser.cookies.retain(|_, value| !value.starts_with("pts_"));
    assert_eq!(browser.get("/sign-in").form("password").get("username"), Some("alice"));
    let mut other = app.signed_in();
    other.cookies.retain(|_, value| !value.starts_with("pts_"));
    assert_eq!(other.get("/sign-in").form("password").get("username").unwrap_or_default(), "");
}

#[test]
fn the_page_says_which_application_one_is_going_to() {
    let app = App::shared();
    let page = app.client("web").authorize(&mut app.browser());
    let text = page.reply.text();
    assert!(text.contains("Webshop"), "{text}");
}

#[test]
fn an_error_page_has_a_code_a_time_and_a_trace_id() {
    let app = App::shared();
    let page = app.client("nobody").authorize(&mut app.browser());
    assert_eq!(page.status(), 400);
    let text = page.reply.text();
    assert!(text.contains("PRT-1101"), "{text}");
    let trace = page.reply.header("x-request-id").expect("every answer has its id");
    assert!(text.contains(trace), "the page shows the same id as the header");
}
