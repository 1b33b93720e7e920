use crate::support::provider::post_from_elsewhere_to;
use crate::support::{App, Browser, CALLBACK, Call, PASSWORD, Page, RelyingParty};

#[test]
fn a_request_comes_by_get_or_by_post() {
    let app = App::shared();
    let rp = app.client("web");
    let mut browser = app.browser();
    let fields: Vec<(&str, &str)> = rp.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = browser.post("/oauth2/authorize", &fields);
    let answer = browser.fill_in(&page, "alice", PASSWORD).answer();
    assert_eq!(answer.to.as_str(), CALLBACK);
    rp.redeem(&answer.code());
    let again = rp.authorize(&mut browser).answer();
    rp.redeem(&again.code());
}

#[test]
fn a_signed_in_browser_gets_its_code_without_a_page() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let page = browser.peek(&app.client("web").authorize_path());
    assert_eq!(page.status(), 303);
    let answer = page.answer();
    assert_eq!(answer.get("state"), Some("state-of-the-client"));
    assert_eq!(answer.get("iss"), Some(app.base().as_str()));
    assert_eq!(answer.fields.len(), 3, "code, state and iss: {:?}", answer.fields);
    assert_eq!(page.reply.header("cache-control"), Some("no-store"));
}

#[test]
fn state_comes_back_byte_for_byte_and_only_if_it_was_sent() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for state in ["x", "a b+c%20&=#?/\\\"'<script>", "æøåÆØÅ😀", &"s".repeat(1000)] {
        let answer = app.client("web").with("state", state).authorize(&mut browser).answer();
        assert_eq!(answer.get("state"), Some(state));
        let posted =
            app.client("web").with("state", state).with("response_mode", "form_post").authorize(&mut browser).answer();
        assert_eq!(posted.get("state"), Some(state));
    }
    let answer = app.client("web").without("state").authorize(&mut browser).answer();
    assert_eq!(answer.get("state"), None);
}

#[test]
fn form_post_sends_the_answer_in_a_form_to_the_registered_address_only() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let page = app.client("web").with("response_mode", "form_post").authorize(&mut browser);
    assert_eq!(page.status(), 200);
    let form = page.form("code");
    assert_eq!(form.action.as_str(), CALLBACK);
    assert_eq!(form.method, "POST");
    assert!(page.has("noscript button, noscript input[type=submit], form button"), "works without JavaScript");
    let policy = page.reply.header("content-security-policy").unwrap();
    let allowed = policy.split(';').find(|part| part.trim().starts_with("form-action")).unwrap();
    assert!(allowed.contains("https://app.example"), "the browser must let the form go: {policy}");
    app.client("web").redeem(&page.answer().code());
}

#[test]
fn errors_that_belong_to_the_client_go_there_with_state_and_issuer() {
    let app = App::shared();
    let rp = app.client("web");
    let table = [
        (rp.clone().without("response_type"), "invalid_request"),
        (rp.clone().with("response_type", "token"), "unsupported_response_type"),
        (rp.clone().with("response_type", "id_token"), "unsupported_response_type"),
        (rp.clone().with("response_type", "code id_token"), "unsupported_response_type"),
        (rp.clone().with("response_type", "none"), "unsupported_response_type"),
        (rp.clone().with("response_mode", "fragment"), "invalid_request"),
        (rp.clone().with("response_mode", "web_message"), "invalid_request"),
        (rp.clone().with("scope", "openid admin"), "invalid_scope"),
        (rp.clone().with("scope", "openid \"quoted\""), "invalid_scope"),
        (rp.clone().with("prompt", "none login"), "invalid_request"),
        (rp.clone().with("prompt", "dance"), "invalid_request"),
        (rp.clone().with("max_age", "-1"), "invalid_request"),
        (rp.clone().with("max_age", "soon"), "invalid_request"),
        (rp.clone().with("claims", "{"), "invalid_request"),
        (rp.clone().with("claims", "[1]"), "invalid_request"),
        (rp.clone().with("id_token_hint", "not.a.token"), "invalid_request"),
        (rp.clone().with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
        (rp.clone().with("request_uri", "https://app.example/request"), "request_uri_not_supported"),
        (rp.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (rp.clone().with("code_challenge_method", "S512"), "invalid_request"),
        (rp.clone().with("code_challenge", "short"), "invalid_request"),
        (rp.clone().without("code_challenge"), "invalid_request"),
        (rp.clone().with("prompt", "none"), "login_required"),
    ];
    for (rp, expected) in table {
        let page = rp.authorize(&mut app.browser());
        let told = rp.authorize_path();
        assert_eq!(page.status(), 303, "{told}: {}", page.reply.text());
        let answer = page.answer();
        assert_eq!(answer.to.as_str(), CALLBACK, "{told}");
        assert_eq!(answer.error(), expected, "{told}: {answer:?}");
        assert_eq!(answer.get("state"), Some("state-of-the-client"), "{told}");
        assert_eq!(answer.get("iss"), Some(app.base().as_str()), "{told}");
        assert_eq!(answer.get("code"), None, "{told}");
    }
}

#[test]
fn an_error_is_posted_when_the_client_asked_for_form_post() {
    let app = App::shared();
    let page =
        app.client("web").with("response_mode", "form_post").with("prompt", "none").authorize(&mut app.browser());
    let answer = page.answer();
    assert_eq!((answer.error(), answer.to.as_str()), ("login_required", CALLBACK));
}

#[test]
fn unknown_parameters_are_ignored_and_empty_ones_count_as_absent() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web").with("made_up", "1").with("prompt", "").with("max_age", "").with("ui_locales", "");
    rp.redeem(&rp.authorize(&mut browser).answer().code());
}

#[test]
fn a_parameter_given_twice_is_refused() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let base = app.client("web").authorize_path();
    for (extra, to_client) in [
        ("&state=2", true),
        ("&nonce=2", true),
        ("&scope=openid", true),
        ("&response_type=code", true),
        ("&code_challenge=x", true),
        ("&prompt=login&prompt=none", true),
        ("&client_id=web", false),
        ("&client_id=spa", false),
        ("&redirect_uri=https://app.example/callback", false),
        ("&redirect_uri=https://evil.example/", false),
    ] {
        let page = browser.get(&format!("{base}{extra}"));
        if to_client && page.status() == 303 {
            assert_eq!(page.answer().error(), "invalid_request", "{extra}");
        } else {
            assert_eq!(page.status(), 400, "{extra}: {}", page.reply.text());
            assert!(page.reply.header("location").is_none());
        }
    }
}

#[test]
fn a_browser_that_has_to_sign_in_is_sent_by_303_and_comes_back_to_its_request() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = browser.peek(&app.client("web").authorize_path());
    assert_eq!(page.status(), 303, "never 307: {:?}", page.reply.headers);
    assert!(page.reply.location().contains("/sign-in"), "{}", page.reply.location());
    let rp = app.client("web");
    let code = rp.code(&mut browser);
    assert_eq!(rp.redeem(&code).id_claims()["nonce"], "nonce-of-the-client");
}

#[test]
fn a_parked_request_is_of_no_use_to_another_browser() {
    let app = App::shared();
    let mut victim = app.browser();
    let page = app.client("web").authorize(&mut victim);
    let mut stranger = app.signed_in();
    let stolen = stranger.get(page.url.as_str());
    if matches!(stolen.status(), 303) {
        panic!("another browser went on with it: {}", stolen.reply.location());
    }
    // With the form copied but not the cookie of the browser that asked.
    let mut other = app.browser();
    let posted = other.fill_in(&page, "alice", PASSWORD);
    assert_ne!(posted.status(), 303, "{:?}", posted.reply.headers);
    assert!(!other.is_signed_in());
}

#[test]
fn the_name_that_the_client_hints_at_is_filled_in_and_can_be_changed() {
    let app = App::shared();
    let mut browser = app.browser();
    let page = app.client("web").with("login_hint", "alice").authorize(&mut browser);
    assert_eq!(page.form("password").get("username"), Some("alice"));
    let answer = browser.fill_in(&page, "bob", PASSWORD).answer();
    let tokens = app.client("web").redeem(&answer.code());
    let user = app.client("web").userinfo(tokens.access()).json();
    assert_eq!(user["given_name"], "Bob");
}

#[test]
fn the_language_that_the_client_asks_for_is_spoken() {
    let app = App::shared();
    for (asked, expected) in [("da", "da"), ("sv-FI", "sv"), ("nn", "nb"), ("fr no", "nb"), ("fr", "en")] {
        let page = app.client("web").with("ui_locales", asked).authorize(&mut app.browser());
        assert!(page.has(&format!("html[lang={expected:?}]")), "{asked}: {}", page.reply.text());
        assert_eq!(page.reply.header("content-language"), Some(expected));
    }
}

#[test]
fn the_authorization_endpoint_answers_no_script() {
    let app = App::shared();
    let call = Call::get(&app.client("web").authorize_path()).header("Origin", "https://evil.example");
    let reply = app.send(&call);
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

/// A form of another site: no cookie of ours comes with it.
fn posted(browser: &mut Browser, rp: &RelyingParty) -> Page {
    let field = |(name, value): (&String, &String)| (&*name.clone().leak(), value.clone());
    post_from_elsewhere_to(browser, "/oauth2/authorize", &rp.parameters.iter().map(field).collect::<Vec<_>>())
}

#[test]
fn a_request_posted_by_another_site_finds_the_session() {
    let app = App::shared();
    let state = "a b+c%20&=#?/\\\"'<script> æ\r\n\n😀";
    let rp = app.client("web").with("prompt", "none").with("state", state);
    let answer = posted(&mut app.signed_in(), &rp).answer();
    assert_eq!(answer.get("state"), Some(state));
    rp.redeem(&answer.code());
    assert_eq!(posted(&mut app.browser(), &rp).answer().error(), "login_required", "once, and not for ever");
}

#[test]
fn a_request_posted_by_another_site_spoils_no_other_sign_in_of_this_browser() {
    let app = App::shared();
    let (one, other) = (app.client("web"), app.client("strict"));
    let mut browser = app.browser();
    let first = one.authorize(&mut browser);
    let second = posted(&mut browser, &other);
    assert!(second.has("input[type=password]"), "{}", second.reply.text());
    one.redeem(&browser.fill_in(&first, "alice", PASSWORD).answer().code());
    other.redeem(&browser.fill_in(&second, "alice", PASSWORD).answer().code());
}

#[test]
fn a_request_of_any_length_that_is_taken_lasts_until_the_sign_in_is_done() {
    let app = App::shared();
    let more = "y".repeat(15_600);
    let rp = app.client("web").with("more", &more);
    for get in [true, false] {
        let mut browser = app.browser();
        let page = if get { rp.authorize(&mut browser) } else { posted(&mut browser, &rp) };
        let page = if page.has("[name=carried]") { browser.submit(&page.form("carried")) } else { page };
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        // A wrong password, the page in another language, a forgotten password: nothing is lost.
        let page = browser.fill_in(&page, "alice", "wrong");
        assert!(page.has("[name=password]"), "{}", page.reply.text());
        let page = browser.get(&page.link("a[hreflang=da]"));
        assert_eq!(page.status(), 200);
        assert_eq!(browser.get(&page.link("a[href*='/password/forgot']")).status(), 200);
        rp.redeem(&browser.fill_in(&page, "alice", PASSWORD).answer().code());
    }
    let page = app.client("web").with("more", &"y".repeat(16_400)).authorize(&mut app.browser());
    assert_eq!(page.status(), 400, "what is too long is refused at once");
}
