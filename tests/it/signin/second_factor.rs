//! IN-2, IN-3: the second step, by an authenticator app, a mailed code or a recovery code.

use std::sync::Barrier;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Algorithm, Builder, Secret};

use crate::on_each_engine;
use crate::support::client::payload;
use crate::support::{App, Browser, PASSWORD, Page, Settings, eventually};

/// 160 bits, known to the test.
pub const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Adds people, and what the policy says, to a tenant.
pub fn declare(app: &App, policy: &str, people: &str) {
    app.apply(&format!("version = 1\n[[tenant]]\nslug = \"{{slug}}\"\nname = \"Acme\"\n{policy}\n{people}"));
}

pub fn with_app(name: &str) -> String {
    format!(
        "[[tenant.user]]\nusername = \"{name}\"\nemail = \"{name}@acme.example\"\npassword = \"{PASSWORD}\"\n\
         totp_secret = \"{SEED}\"\n"
    )
}

#[allow(clippy::disallowed_methods, reason = "the server runs by the real clock")]
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The code of an app that nobody here wrote.
fn code_at(secret: &str, time: u64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .unwrap();
    totp.generate(time).to_string()
}

pub fn code(secret: &str) -> String {
    code_at(secret, seconds())
}

/// A code that no step of now has.
fn wrong(secret: &str) -> String {
    let now = seconds();
    let near: Vec<String> = [now - 60, now - 30, now, now + 30, now + 60].map(|time| code_at(secret, time)).into();
    (0..100).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
}

pub fn enter(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser.submit(&page.form("code").set("code", code))
}

/// To the page that asks for the second factor.
pub fn past_password(browser: &mut Browser, name: &str) -> Page {
    let page = browser.sign_in(name, PASSWORD);
    assert!(!browser.is_signed_in(), "the password alone opens nothing");
    assert!(page.has("input[name=code]"), "{}", page.reply.text());
    page
}

on_each_engine! {
    fn in3_an_authenticator_app_that_is_set_up_is_asked_for_and_opens_the_session(engine) {
        let app = App::shared_on(engine);
        declare(&app, "", &with_app("carla"));
        let mut browser = app.browser();
        let page = past_password(&mut browser, "carla");
        assert!(page.has("input[autocomplete=one-time-code][inputmode=numeric]"));
        let page = enter(&mut browser, &page, &wrong(SEED));
        assert_eq!(page.status(), 401);
        assert!(!browser.is_signed_in());
        let spaced = code(SEED);
        let page = enter(&mut browser, &page, &format!("{} {}", &spaced[..3], &spaced[3..]));
        assert_eq!(page.status(), 200, "{}", page.reply.text());
        assert!(browser.is_signed_in());
        // The same code does not work a second time, not even in its own half minute.
        let mut second = app.browser();
        let page = past_password(&mut second, "carla");
        enter(&mut second, &page, &spaced);
        assert!(!second.is_signed_in());
    }
}

#[test]
fn assurance_is_told_as_it_was_proven() {
    let app = App::shared();
    declare(&app, "", &with_app("carla"));
    let rp = app.client("web");
    let mut browser = app.browser();
    let page = rp.authorize(&mut browser);
    let page = browser.fill_in(&page, "carla", PASSWORD);
    let page = enter(&mut browser, &page, &code(SEED));
    let claims = rp.redeem(&page.answer().code()).id_claims();
    assert_eq!(claims["acr"], "urn:portner:acr:mfa");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    // Asked for a lower level by name, that one is told; the evidence stays what it is.
    let page = rp.clone().with("acr_values", "urn:portner:acr:password").authorize(&mut browser);
    let claims = rp.redeem(&page.answer().code()).id_claims();
    assert_eq!(claims["acr"], "urn:portner:acr:password");
    let tokens = rp.sign_in(&app);
    assert_eq!(tokens.id_claims()["amr"], serde_json::json!(["pwd"]));
    assert_eq!(payload(tokens.access())["acr"], "urn:portner:acr:password");
}

on_each_engine! {
    fn in4_three_wrong_codes_lock_the_factor_and_not_the_password(engine) {
        let app = App::shared_on(engine);
        declare(&app, "", &with_app("carla"));
        let mut browser = app.browser();
        let mut page = past_password(&mut browser, "carla");
        for _ in 0..3 {
            page = enter(&mut browser, &page, &wrong(SEED));
        }
        let page = enter(&mut browser, &page, &code(SEED));
        assert_eq!(page.status(), 401);
        assert!(!browser.is_signed_in(), "the fourth is refused, right as it is");
        // A success with the password resets nothing of the other counter.
        let mut second = app.browser();
        let page = past_password(&mut second, "carla");
        enter(&mut second, &page, &code(SEED));
        assert!(!second.is_signed_in());
        assert_eq!(app.count_events("account.locked"), 1);
        assert_eq!(app.count_events("signin.throttled"), 2, "whoever comes while it is locked is remembered");
    }
}

on_each_engine! {
    fn in4_the_tenth_wrong_code_closes_the_factor_and_the_owner_is_told(engine) {
        let app = App::shared_on(engine);
        let carla = with_app("carla") + "email_verified = true\n";
        declare(&app, "[tenant.policy.lockout]\nfailures = 50\n", &carla);
        let mut browser = app.browser();
        let mut page = past_password(&mut browser, "carla");
        for _ in 0..10 {
            page = enter(&mut browser, &page, &wrong(SEED));
        }
        let locked: Vec<_> = app.audit().into_iter().filter(|event| event["kind"] == "account.locked").collect();
        assert_eq!(locked.len(), 1);
        assert_eq!((&locked[0]["details"]["scope"], &locked[0]["details"]["factor"]), (&"ceiling".into(), &"totp".into()));
        assert_eq!(app.mails_of("factor_closed").len(), 1);
        enter(&mut browser, &page, &code(SEED));
        assert!(!browser.is_signed_in());
        assert_eq!(app.count_events("signin.throttled"), 1);
        app.cli(&["user", "unlock", "carla"]);
        let page = past_password(&mut browser, "carla");
        enter(&mut browser, &page, &code(SEED));
        assert!(browser.is_signed_in());
    }
}

on_each_engine! {
    fn of_twenty_sign_ins_with_one_code_one_succeeds(engine) {
        let app = App::shared_on(engine);
        declare(&app, "", &with_app("carla"));
        let ready: Vec<(Browser, Page)> = (0..20)
            .map(|_| {
                let mut browser = app.browser();
                let page = past_password(&mut browser, "carla");
                (browser, page)
            })
            .collect();
        let code = code(SEED);
        let barrier = Barrier::new(20);
        let signed_in = thread::scope(|scope| {
            let (barrier, code) = (&barrier, &code);
            let running: Vec<_> = ready
                .into_iter()
                .map(|(mut browser, page)| {
                    scope.spawn(move || {
                        barrier.wait();
                        enter(&mut browser, &page, code);
                        browser.is_signed_in()
                    })
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).filter(|signed_in| *signed_in).count()
        });
        assert_eq!(signed_in, 1);
    }
}

/// The secret that the page shows, as a person would type it.
fn secret_on(page: &Page) -> String {
    page.text_of("#secret").replace(' ', "")
}

on_each_engine! {
    fn in3_policy_forces_an_app_to_be_set_up_and_shows_recovery_codes_once(engine) {
        let app = App::shared_on(engine);
        let policy = "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\"]\n";
        declare(&app, policy, "");
        let rp = app.client("web");
        let mut browser = app.browser();
        let page = rp.authorize(&mut browser);
        let page = browser.fill_in(&page, "alice", PASSWORD);
        assert!(page.has("svg.qr path"), "{}", page.reply.text());
        assert!(!browser.is_signed_in());
        // Nothing but finishing leads on.
        for path in ["/account", &rp.authorize_path()] {
            assert!(!browser.clone().get(path).reply.text().contains("/sign-out"), "{path}");
        }
        let secret = secret_on(&page);
        let page = enter(&mut browser, &page, &wrong(&secret));
        assert_eq!(secret_on(&page), secret, "the app has scanned it already");
        let page = enter(&mut browser, &page, &code(&secret));
        let codes: Vec<String> = page.text_of("#codes").split_whitespace().map(str::to_owned).collect();
        assert_eq!(codes.len(), 10, "{}", page.reply.text());
        assert!(!page.has("nav.languages"), "what is shown once cannot be shown in another language");
        // Not every browser asks for the tick: the same codes again, and no others.
        let page = browser.submit(&page.form("csrf"));
        assert!(page.has("#notice[role=alert]"), "{}", page.reply.text());
        assert_eq!(page.text_of("#codes").split_whitespace().collect::<Vec<_>>(), codes);
        let page = browser.submit(&page.form("csrf").set("saved", "yes"));
        let claims = rp.redeem(&page.answer().code()).id_claims();
        assert_eq!(claims["acr"], "urn:portner:acr:mfa");

        // The phone is lost: each recovery code opens once.
        let mut second = app.browser();
        let page = past_password(&mut second, "alice");
        let page = second.submit(&page.form_with_button("recovery_code").press("recovery_code"));
        let page = enter(&mut second, &page, &codes[3].to_lowercase().replace('-', " "));
        assert!(second.is_signed_in(), "{}", page.reply.text());
        let mut third = app.browser();
        let page = past_password(&mut third, "alice");
        let page = third.submit(&page.form_with_button("recovery_code").press("recovery_code"));
        enter(&mut third, &page, &codes[3]);
        assert!(!third.is_signed_in());
        let kinds = ["factor.added", "factor.recovery_codes_renewed", "factor.recovery_code_used"];
        assert_eq!(kinds.map(|kind| app.count_events(kind)), [1, 1, 1]);
    }
}

#[test]
fn a_form_for_new_recovery_codes_that_is_sent_twice_replaces_nothing() {
    let app = App::shared();
    declare(&app, "", &with_app("carla"));
    let mut browser = app.browser();
    let page = past_password(&mut browser, "carla");
    enter(&mut browser, &page, &code(SEED));
    let form = browser.get("/account/factors").form_to("/account/factors/codes").expect("a form");
    let page = browser.submit(&form);
    let first = page.text_of("#codes").split_whitespace().next().expect("a code").to_owned();
    let again = browser.submit(&form);
    assert!(again.status() == 409 && !again.has("#codes"), "{}", again.reply.text());
    assert!(again.text_of("[role=alert]").contains("shown once already"));
    assert_eq!(app.count_events("factor.recovery_codes_renewed"), 1);
    let unsaved = browser.submit(&page.form("saved"));
    assert!(unsaved.has("#notice[role=alert]") && unsaved.text_of("#codes").starts_with(&first), "not saved yet");
    let page = browser.submit(&unsaved.form("saved").set("saved", "yes"));
    assert!(page.status() == 200 && !page.has("#codes"), "{}", page.reply.text());
    let mut lost = app.browser();
    let page = past_password(&mut lost, "carla");
    let page = lost.submit(&page.form_with_button("recovery_code").press("recovery_code"));
    enter(&mut lost, &page, &first);
    assert!(lost.is_signed_in(), "the codes that were shown are good");
}

#[test]
fn days_of_grace_let_a_person_put_it_off() {
    let app = App::shared();
    let policy = "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\"]\ngrace = \"3d\"\n";
    declare(&app, policy, "");
    let mut browser = app.browser();
    let page = browser.sign_in("alice", PASSWORD);
    browser.submit(&page.form("later").press("yes"));
    assert!(browser.is_signed_in());
    let app = App::shared();
    declare(&app, &policy.replace("3d", "0s"), "");
    let mut browser = app.browser();
    let page = browser.sign_in("alice", PASSWORD);
    assert!(!page.has("button[name=later]"));
    browser.submit(&page.form("code").set("later", "yes"));
    assert!(!browser.is_signed_in(), "asking for it all the same is no way round");
}

#[test]
fn the_page_of_another_browser_is_worth_nothing() {
    let app = App::shared();
    declare(&app, "", &with_app("carla"));
    let mut browser = app.browser();
    let page = past_password(&mut browser, "carla");
    let mut thief = app.browser();
    thief.get("/sign-in");
    enter(&mut thief, &page, &code(SEED));
    assert!(!thief.is_signed_in());
    // Without the password, a code page cannot be reached, nor can the code be posted.
    let mut nobody = app.browser();
    let page = nobody.get("/sign-in");
    let interaction = page.form("password").get("interaction").unwrap().to_owned();
    let csrf = page.form("password").get("csrf").unwrap().to_owned();
    let right = code(SEED);
    let fields = [("interaction", interaction.as_str()), ("csrf", &csrf), ("method", "totp"), ("code", &right)];
    let page = nobody.post("/sign-in/code", &fields);
    assert!(page.has("input[type=password]") && !nobody.is_signed_in(), "{}", page.reply.text());
}

#[test]
fn a_session_from_before_goes_on_only_after_the_second_step() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web");
    assert!(rp.authorize(&mut browser).answer().get("code").is_some());
    declare(&app, "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\"]\n", "");
    // The policy has changed: silent requests say so, others lead to the step; the password is not asked again.
    assert_eq!(rp.clone().with("prompt", "none").authorize(&mut browser).answer().error(), "login_required");
    let page = rp.authorize(&mut browser);
    assert!(page.has("svg.qr") && !page.has("input[type=password]"), "{}", page.reply.text());
    let page = enter(&mut browser, &page, &code(&secret_on(&page)));
    let page = browser.submit(&page.form("csrf").set("saved", "yes"));
    assert_eq!(rp.redeem(&page.answer().code()).id_claims()["acr"], "urn:portner:acr:mfa");
}

#[test]
fn an_application_that_asks_for_more_gets_a_step_up_and_what_cannot_be_reached_is_an_error() {
    let app = App::shared();
    declare(&app, "", &with_app("carla"));
    let mut browser = app.signed_in();
    let rp = app.client("web").with("acr_values", "urn:portner:acr:mfa");
    let page = rp.authorize(&mut browser);
    assert!(page.has("svg.qr"), "alice sets an app up: {}", page.reply.text());
    declare(&app, "[tenant.policy.second_factor]\nmethods = [\"email_code\"]\n", "");
    let essential = r#"{"id_token":{"acr":{"essential":true,"value":"urn:portner:acr:mfa"}}}"#;
    let page = app.client("web").with("claims", essential).authorize(&mut browser);
    assert_eq!(page.answer().error(), "unmet_authentication_requirements");
}

#[test]
fn a_device_may_be_let_off_for_a_while_if_policy_says_so() {
    let app = App::shared();
    declare(&app, "[tenant.policy.second_factor]\nremember_device = \"30d\"\n", &with_app("carla"));
    let mut browser = app.browser();
    let page = past_password(&mut browser, "carla");
    let page = browser.submit(&page.form("code").set("code", &code(SEED)).set("remember", "yes"));
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    let session = browser.session_cookie().unwrap().0.to_owned();
    browser.cookies.remove(&session);
    browser.sign_in("carla", PASSWORD);
    assert!(browser.is_signed_in());
    // It proves nothing to an application that wants the factor itself.
    let page = app.client("web").with("acr_values", "urn:portner:acr:mfa").authorize(&mut browser);
    assert!(page.has("input[name=code]"));
    assert!(!app.browser().sign_in("carla", PASSWORD).has("a[href$='/sign-out']"), "other browsers are asked");
}

#[test]
fn a_sign_in_that_waits_dies_with_the_account_and_survives_a_crash() {
    let app = App::own(Settings::new(crate::support::Engine::Sqlite));
    declare(&app, "", &with_app("carla"));
    let mut browser = app.browser();
    let page = past_password(&mut browser, "carla");
    app.server.kill();
    app.server.boot();
    eventually("the server is back", || app.get("/oauth2/jwks").status == 200);
    let mut second = browser.clone();
    declare(&app, "", "[[tenant.user]]\nusername = \"carla\"\nenabled = false\n");
    enter(&mut second, &page, &code(SEED));
    assert!(!second.is_signed_in(), "disabled meanwhile (AC-7)");
    declare(&app, "", "[[tenant.user]]\nusername = \"carla\"\nenabled = true\n");
}

on_each_engine! {
    fn a_session_that_was_let_off_is_asked_once_policy_lets_nobody_off(engine) {
        let app = App::shared_on(engine);
        declare(&app, "[tenant.policy.second_factor]\nremember_device = \"30d\"\n", &with_app("carla"));
        let mut browser = app.browser();
        let page = past_password(&mut browser, "carla");
        browser.submit(&page.form("code").set("code", &code(SEED)).set("remember", "yes"));
        let session = browser.session_cookie().unwrap().0.to_owned();
        browser.cookies.remove(&session);
        browser.sign_in("carla", PASSWORD);
        assert_eq!(browser.peek("/account").status(), 200, "let off");
        declare(&app, "[tenant.policy.second_factor]\nremember_device = \"0s\"\n", "");
        assert_eq!(browser.peek("/account").status(), 303);
        assert!(browser.get("/account").has("input[name=code]"), "the password is not asked again");
        declare(&app, "[tenant.policy.second_factor]\nremember_device = \"30d\"\n", "");
        assert_eq!(browser.peek("/account").status(), 200);
    }
}

on_each_engine! {
    fn what_was_put_off_is_asked_for_once_there_is_no_grace(engine) {
        let app = App::shared_on(engine);
        let policy = "[tenant.policy.second_factor]\nrequired = \"everyone\"\nmethods = [\"totp\"]\ngrace = \"3d\"\n";
        declare(&app, policy, "");
        let mut browser = app.browser();
        let page = browser.sign_in("alice", PASSWORD);
        browser.submit(&page.form("later").press("yes"));
        assert_eq!(browser.peek("/account").status(), 200);
        declare(&app, &policy.replace("3d", "0s"), "");
        assert_eq!(browser.peek("/account").status(), 303);
        assert!(browser.get("/account").has("svg.qr"));
    }
}

on_each_engine! {
    fn a_session_rests_on_no_browser_that_is_trusted_no_longer(engine) {
        let app = App::shared_on(engine);
        declare(&app, "[tenant.policy.second_factor]\nremember_device = \"30d\"\n", &with_app("carla"));
        let mut phone = app.browser();
        let page = past_password(&mut phone, "carla");
        phone.submit(&page.form("code").set("code", &code(SEED)).set("remember", "yes"));
        phone.cookies.retain(|_, value| !value.starts_with("pts_"));
        phone.sign_in("carla", PASSWORD);
        assert_eq!(phone.peek("/account").status(), 200, "let off");
        let page = phone.get("/account/sessions");
        let form = page.form_with_button("forget-all").press("forget-all");
        phone.submit(&form);
        assert_eq!(phone.peek("/account").status(), 303);
        assert!(phone.get("/account").has("input[name=code]"));
    }
}
