use crate::support::browser::Form;
use crate::support::{App, CALLBACK, Page, SECRET};

/// The two buttons of the consent page: the first form with at least two.
fn decide(page: &Page, yes: bool) -> Form {
    let form = page.form("decision");
    assert!(form.buttons.len() >= 2, "allow and deny: {form:?}");
    form.press(if yes { "allow" } else { "deny" })
}

#[test]
fn an_application_that_asks_gets_an_answer_from_the_person() {
    let app = App::shared();
    let rp = app.client("asking");
    let mut browser = app.signed_in();
    let page = rp.authorize(&mut browser);
    assert_eq!(page.status(), 200);
    let text = page.reply.text();
    assert!(
        text.contains("Third party") && text.contains("alice@acme.example"),
        "who wants what, with the value: {text}"
    );
    let told = page.text_of("dl.facts");
    assert!(told.starts_with("Name "), "who it is comes first: {told}");
    let (_, changed) = told.split_once("Profile last changed ").expect("in people's words, and last");
    assert!(changed.contains(" at ") && changed.split(' ').count() == 5, "a date by the clock: {changed}");
    assert!(!text.contains("<dd>true</dd>") && text.contains("My profile under Services"), "{text}");
    let refused = browser.submit(&decide(&page, false)).answer();
    assert_eq!(refused.error(), "access_denied");
    assert_eq!(refused.get("state"), Some("state-of-the-client"));
    let page = rp.authorize(&mut browser);
    let allowed = browser.submit(&decide(&page, true)).answer();
    rp.redeem(&allowed.code());
    rp.redeem(&rp.authorize(&mut browser).answer().code());
    assert_eq!((app.count_events("consent.given"), app.count_events("consent.refused")), (1, 1));
}

#[test]
fn whoever_is_asked_sees_whose_data_it_is_how_long_access_lasts_and_what_the_application_publishes() {
    let app = App::shared();
    let page = app.client("asking").with("prompt", "consent").authorize(&mut app.signed_in());
    let who = page.text_of("main .account");
    assert!(who.contains("Alice") && who.contains("alice@acme.example"), "{who}");
    assert!(page.text_of("main").contains("after 90 days at the latest"), "{}", page.reply.text());
    assert!(!page.has("main a[href^=https]"), "it publishes nothing");
    let published = "policy_uri = \"https://third.example/privacy\"\ntos_uri = \"https://third.example/terms\"\n";
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"asking\"\n[tenant.application.oidc]\n\
         consent = \"ask\"\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\nrequire_pkce = false\n{published}"
    ));
    let page = app.client("asking").with("scope", "openid email").authorize(&mut app.signed_in());
    assert!(!page.text_of("main").contains("at the latest"), "no access without the person");
    for link in ["https://third.example/privacy", "https://third.example/terms"] {
        assert!(page.has(&format!("main a[href='{link}']")), "{}", page.reply.text());
    }
    for wrong in ["http://third.example/privacy", "javascript:alert(1)"] {
        let (taken, told) = app.try_apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"asking\"\n\
             [tenant.application.oidc]\nsecret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\npolicy_uri = \"{wrong}\"\n"
        ));
        assert!(!taken && told.contains("policy_uri"), "{told}");
    }
}

#[test]
fn more_scopes_than_before_are_asked_for_again() {
    let app = App::shared();
    let mut browser = app.signed_in();
    let little = app.client("asking").with("scope", "openid");
    let page = little.authorize(&mut browser);
    browser.submit(&decide(&page, true)).answer().code();
    little.redeem(&little.authorize(&mut browser).answer().code());
    let more = app.client("asking").with("scope", "openid email");
    assert_eq!(more.authorize(&mut browser).status(), 200, "email was not agreed to");
    let silent = more.with("prompt", "none").authorize(&mut browser).answer();
    assert_eq!(silent.error(), "consent_required");
}

#[test]
fn consent_of_one_person_is_not_anothers() {
    let app = App::shared();
    let rp = app.client("asking");
    let mut alice = app.signed_in();
    let page = rp.authorize(&mut alice);
    alice.submit(&decide(&page, true)).answer().code();
    let mut bob = app.browser();
    bob.sign_in("bob", crate::support::PASSWORD);
    assert_eq!(rp.authorize(&mut bob).status(), 200);
    // Alice's page in Bob's browser decides nothing.
    let page = rp.clone().with("prompt", "consent").authorize(&mut alice);
    let stolen = bob.submit(&decide(&page, true));
    assert!(stolen.reply.header("location").is_none(), "{:?}", stolen.reply.headers);
}

#[test]
fn what_was_decided_on_one_persons_page_is_not_given_for_whoever_signed_in_since() {
    let app = App::shared();
    let rp = app.client("asking");
    let mut browser = app.signed_in();
    for yes in [true, false] {
        let page = rp.clone().with("prompt", "consent").authorize(&mut browser);
        assert!(page.reply.text().contains("alice@acme.example"));
        let other = app.client("web").with("prompt", "login").authorize(&mut browser);
        browser.fill_in(&other, "bob", crate::support::PASSWORD).answer().code();
        let anew = browser.submit(&decide(&page, yes));
        assert_eq!(anew.status(), 200, "bob is asked: {:?}", anew.reply.headers);
        assert!(!anew.reply.text().contains("alice@acme.example"), "{}", anew.reply.text());
        assert_eq!((app.count_events("consent.given"), app.count_events("consent.refused")), (0, 0));
        let back = app.client("web").with("prompt", "login").authorize(&mut browser);
        browser.fill_in(&back, "alice", crate::support::PASSWORD).answer().code();
    }
    let page = rp.authorize(&mut browser);
    rp.redeem(&browser.submit(&decide(&page, true)).answer().code());
    assert_eq!(app.count_events("consent.given"), 1);
}

#[test]
fn oidc26_what_is_not_filled_in_yet_is_asked_for_too() {
    let app = App::shared();
    let rp =
        app.client("asking").with("scope", "openid phone address").with("claims", r#"{"userinfo":{"birthdate":null}}"#);
    let declare = |scopes: &str| {
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"asking\"\nname = \"Third party\"\n\
             [tenant.application.oidc]\ntype = \"confidential\"\nredirect_uris = [\"{}\"]\nscopes = [{scopes}]\n\
             grant_types = [\"authorization_code\"]\nrequire_pkce = false\nconsent = \"ask\"\n",
            crate::support::CALLBACK
        ));
    };
    declare(r#""openid", "phone", "address""#);
    let mut browser = app.signed_in();
    let page = rp.authorize(&mut browser);
    let text = page.text_of("main");
    assert!(!text.contains("no other information"), "it would get more once it is there: {text}");
    for claim in ["Telephone", "Address", "Date of birth"] {
        assert!(text.contains(claim), "{claim}: {text}");
    }
    browser.submit(&decide(&page, true)).answer().code();
    let nothing = rp.with("scope", "openid").without("claims").with("prompt", "consent");
    let page = nothing.authorize(&mut browser);
    assert!(page.text_of("main").contains("no other information"), "{}", page.text_of("main"));
}
