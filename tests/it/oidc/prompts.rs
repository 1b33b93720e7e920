//! What a request demands of a sign-in (OpenID Connect Core §3.1.2.1, §5.5).

use serde_json::json;

use crate::support::{App, Browser, PASSWORD, Page, RelyingParty, eventually};

fn asks_for_password(page: &Page) -> bool {
    page.status() == 200 && page.has("input[type=password]")
}

fn auth_time(rp: &RelyingParty, page: &Page) -> i64 {
    rp.redeem(&page.answer().code()).id_claims()["auth_time"].as_i64().unwrap()
}

#[test]
fn prompt_none_answers_without_a_page() {
    let app = App::shared();
    let rp = app.client("web").with("prompt", "none");
    assert_eq!(rp.authorize(&mut app.browser()).answer().error(), "login_required");
    rp.redeem(&rp.authorize(&mut app.signed_in()).answer().code());
}

#[test]
fn prompt_login_asks_again_and_a_newer_sign_in_is_told() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web");
    let before = auth_time(&rp, &rp.authorize(&mut browser));
    let old_cookie = browser.session_cookie().unwrap().1.to_owned();
    eventually("a second passes", || chrono_now() > before);
    let rp = rp.with("prompt", "login");
    let page = rp.authorize(&mut browser);
    assert!(asks_for_password(&page), "{}", page.reply.text());
    let done = browser.fill_in(&page, "alice", PASSWORD);
    assert!(auth_time(&rp, &done) > before);
    assert_ne!(browser.session_cookie().unwrap().1, old_cookie, "a new cookie at each proof of identity");
}

fn chrono_now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap()
}

#[test]
fn an_address_with_prompt_login_cannot_be_used_to_skip_the_prompt() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let page = app.client("web").with("prompt", "login").authorize(&mut browser);
    assert!(asks_for_password(&page));
    // Going back to where the request was parked, still signed in as before.
    assert!(asks_for_password(&browser.get(page.url.as_str())));
}

#[test]
fn prompt_select_account_lets_the_person_choose_or_take_another() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web").with("prompt", "select_account");
    let page = rp.authorize(&mut browser);
    assert_eq!(page.status(), 200, "a page to choose on");
    assert!(page.reply.text().contains("alice"), "{}", page.reply.text());
    assert!(!page.has("input[type=password]"), "choosing needs no password");
}

#[test]
fn prompt_consent_asks_even_where_consent_is_implied() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let page = app.client("asking").with("prompt", "consent").authorize(&mut browser);
    assert_eq!(page.status(), 200);
    assert!(page.reply.text().contains("Third party"));
}

#[test]
fn max_age_asks_again_when_the_sign_in_is_too_old() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web");
    let young = rp.clone().with("max_age", "3600");
    let since = auth_time(&young, &young.authorize(&mut browser));
    assert!(asks_for_password(&rp.clone().with("max_age", "0").authorize(&mut browser)));
    let silent = rp.clone().with("max_age", "0").with("prompt", "none");
    assert_eq!(silent.authorize(&mut browser).answer().error(), "login_required");
    eventually("two seconds pass", || chrono_now() > since + 2);
    let page = rp.clone().with("max_age", "1").authorize(&mut browser);
    assert!(asks_for_password(&page));
    let done = browser.fill_in(&page, "alice", PASSWORD);
    assert!(auth_time(&rp, &done) > since);
}

#[test]
fn an_enormous_max_age_is_no_error() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for age in ["4294967296", "9223372036854775807", "18446744073709551615", "99999999999999999999999999"] {
        let page = app.client("web").with("max_age", age).authorize(&mut browser);
        let answer = page.answer();
        assert!(answer.get("code").is_some() || answer.error() == "invalid_request", "{age}: {answer:?}");
    }
}

fn hint_of(app: &App, browser: &mut Browser) -> String {
    let rp = app.client("web");
    rp.redeem(&rp.code(browser)).id_token().to_owned()
}

#[test]
fn id_token_hint_names_the_only_person_that_will_do() {
    let app = App::shared();
    let mut alice = app.signed_in();
    let hint = hint_of(&app, &mut alice);
    let mut bob = app.browser();
    bob.sign_in("bob", PASSWORD);
    let rp = app.client("web").with("id_token_hint", &hint).with("prompt", "none");
    rp.redeem(&rp.authorize(&mut alice).answer().code());
    let error = rp.authorize(&mut bob).answer();
    assert_eq!(error.error(), "login_required", "somebody else is signed in");
    assert_eq!(rp.authorize(&mut app.browser()).answer().error(), "login_required");
}

#[test]
fn a_hint_that_is_altered_or_of_another_tenant_is_refused() {
    let app = App::shared();
    let other = App::shared();
    let mut browser = app.signed_in();
    let hint = hint_of(&app, &mut browser);
    let foreign = hint_of(&other, &mut other.signed_in());
    let mut cut = hint.clone();
    cut.truncate(hint.len() - 8);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    for bad in [foreign, format!("{cut}AAAAAAAA"), unsigned] {
        let answer =
            app.client("web").with("id_token_hint", &bad).with("prompt", "none").authorize(&mut browser).answer();
        assert!(answer.get("code").is_none(), "{answer:?}");
    }
}

#[test]
fn the_claims_parameter_asks_for_single_claims() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let claims = json!({
        "id_token": {"email": null, "auth_time": {"essential": true}, "made_up": null},
        "userinfo": {"given_name": {"essential": true}, "family_name": null},
    });
    let rp = app.client("web").with("scope", "openid").with("claims", &claims.to_string());
    let tokens = rp.redeem(&rp.authorize(&mut browser).answer().code());
    let id = tokens.id_claims();
    assert_eq!(id["email"], "alice@acme.example");
    assert!(id["auth_time"].is_i64());
    assert!(id.get("made_up").is_none());
    let user = rp.userinfo(tokens.access()).json();
    assert_eq!((&user["given_name"], &user["family_name"]), (&json!("Alice"), &json!("Åkerlund")));
    assert!(user.get("email").is_none(), "neither scope nor claims asked for it there: {user}");
}

#[test]
fn a_claim_outside_the_clients_scopes_is_not_given() {
    let app = App::shared();
    let mut browser = app.signed_in();
    // `spa` has no scope `phone` and `address`.
    let claims = json!({"userinfo": {"phone_number": {"essential": true}, "address": null}});
    let rp = app.client("spa").with("scope", "openid").with("claims", &claims.to_string());
    let tokens = rp.redeem(&rp.authorize(&mut browser).answer().code());
    let user = rp.userinfo(tokens.access()).json();
    assert!(user.get("phone_number").is_none() && user.get("address").is_none(), "{user}");
}

#[test]
fn an_assurance_that_cannot_be_reached_is_an_error_only_when_essential() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web").with("acr_values", "urn:nobody:has:this");
    let id = rp.redeem(&rp.authorize(&mut browser).answer().code()).id_claims();
    assert_eq!(id["acr"], "urn:portner:acr:password", "what was reached, not what was wished for");
    let claims = json!({"id_token": {"acr": {"essential": true, "values": ["urn:nobody:has:this"]}}});
    let rp = app.client("web").with("claims", &claims.to_string());
    assert_eq!(rp.authorize(&mut browser).answer().error(), "unmet_authentication_requirements");
}

#[test]
fn every_display_and_claims_locale_is_accepted() {
    let app = App::shared();
    let mut browser = app.signed_in();
    for display in ["page", "popup", "touch", "wap"] {
        let rp = app.client("web").with("display", display).with("claims_locales", "da en");
        rp.redeem(&rp.authorize(&mut browser).answer().code());
    }
}

#[test]
fn whoever_has_just_signed_in_has_chosen_the_account() {
    let app = App::shared();
    let mut browser = app.browser();
    let rp = app.client("web").with("prompt", "select_account");
    let page = rp.authorize(&mut browser);
    assert!(asks_for_password(&page));
    rp.redeem(&browser.fill_in(&page, "alice", PASSWORD).answer().code());
    // Nobody has chosen anything at the next request.
    let page = rp.authorize(&mut browser);
    let form = page.form_with_button("continue");
    rp.redeem(&browser.submit(&form.clone().press("continue")).answer().code());
    let page = browser.submit(&form.press("other"));
    assert!(asks_for_password(&page));
    rp.redeem(&browser.fill_in(&page, "bob", PASSWORD).answer().code());
}

#[test]
fn an_account_that_was_chosen_is_not_swapped_for_the_one_of_another_tab() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let rp = app.client("web").with("prompt", "select_account");
    let page = rp.authorize(&mut browser);
    let form = page.form_with_button("continue").press("continue");
    let other = app.client("web").with("prompt", "login").authorize(&mut browser);
    browser.fill_in(&other, "bob", PASSWORD).answer().code();
    let page = browser.submit(&form);
    assert_eq!(page.status(), 200, "asked anew: {:?}", page.reply.headers);
    assert!(page.reply.text().contains("bob") && !page.reply.text().contains("alice"), "{}", page.reply.text());
    let answer = browser.submit(&page.form_with_button("continue").press("continue")).answer();
    assert_eq!(rp.redeem(&answer.code()).id_claims()["preferred_username"], "bob");
}

#[test]
fn a_choice_and_a_consent_follow_each_other_once() {
    let app = App::shared();
    let rp = app.client("asking").with("prompt", "select_account consent");
    for mut browser in [app.signed_in(), app.browser()] {
        let mut page = rp.authorize(&mut browser);
        if asks_for_password(&page) {
            page = browser.fill_in(&page, "alice", PASSWORD);
        } else {
            page = browser.submit(&page.form_with_button("continue").press("continue"));
        }
        let page = browser.submit(&page.form_with_button("allow").press("allow"));
        rp.redeem(&page.answer().code());
    }
}
