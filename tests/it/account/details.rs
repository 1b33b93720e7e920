use super::{person, send};
use crate::on_each_engine;
use crate::support::{App, PASSWORD};

on_each_engine! {
    fn ac6_people_see_and_correct_what_is_known_of_them(engine) {
        let app = App::shared_on(engine);
        let mut browser = person(&app, "alice");
        let form = browser.get("/account/details").form("given_name");
        assert_eq!((form.get("given_name"), form.get("family_name")), (Some("Alice"), Some("Åkerlund")));
        assert_eq!(form.get("locale"), Some("sv"));
        let form = form.set("given_name", "  Alicia ").set("phone_number", "+45 70 10 20 30").set("locality", "Fjordby");
        let page = browser.submit(&form.set("locale", "en"));
        assert_eq!(page.status(), 200);
        assert!(page.has("[role=status]"), "{}", page.reply.text());
        let form = page.form("given_name");
        assert_eq!(form.get("given_name"), Some("Alicia"));
        assert_eq!(form.get("phone_number"), Some("+45 70 10 20 30"));
        assert_eq!((form.get("locality"), form.get("locale")), (Some("Fjordby"), Some("en")));

        // Applications are told the new values.
        let rp = app.client("web").with("scope", "openid profile phone address");
        let tokens = rp.redeem(&rp.code(&mut browser));
        let told = rp.userinfo(tokens.access()).json();
        assert_eq!(told["given_name"], "Alicia");
        assert_eq!(told["phone_number"], "+45 70 10 20 30");
        assert_eq!(told["phone_number_verified"], false);
        assert_eq!(told["address"]["locality"], "Fjordby");

        let changed: Vec<_> = app.audit().into_iter().filter(|event| event["kind"] == "user.changed").collect();
        assert_eq!(changed.len(), 1);
        let text = changed[0].to_string();
        assert!(text.contains("given_name, phone_number, locality, locale"), "{text}");
        assert!(!text.contains("Alicia") && !text.contains("70 10"), "the log names no values: {text}");
        // Saving what is there already is no change.
        let same = browser.get("/account/details").form("given_name");
        browser.submit(&same);
        assert_eq!(app.count_events("user.changed"), 1);
    }
}

#[test]
fn what_cannot_be_right_is_said_at_its_field_and_nothing_is_saved() {
    let app = App::shared();
    let mut browser = person(&app, "alice");
    let form = browser.get("/account/details").form("given_name");
    let form = form.set("given_name", "Alicia").set("phone_number", "call me").set("birthdate", "1/2/84");
    let page = browser.submit(&form);
    assert_eq!(page.status(), 422);
    assert!(page.title().starts_with("Error:"), "{}", page.title());
    assert!(page.has("[role=alert] a[href='#phone_number']") && page.has("[role=alert] a[href='#birthdate']"));
    assert!(page.has("#phone_number[aria-invalid][aria-describedby~=phone_number-problem]"));
    assert!(!page.has("#given_name[aria-invalid]"));
    let kept = page.form("given_name");
    assert_eq!((kept.get("given_name"), kept.get("phone_number")), (Some("Alicia"), Some("call me")));
    assert_eq!(browser.get("/account/details").form("given_name").get("given_name"), Some("Alice"));
    assert_eq!(app.count_events("user.changed"), 0);
}

#[test]
fn nobody_gives_themselves_a_role_a_name_to_sign_in_with_or_a_proven_address() {
    let app = App::shared();
    let mut browser = person(&app, "bob");
    let more = [
        ("given_name", "Bob"),
        ("username", "alice"),
        ("email", "alice@acme.example"),
        ("email_verified", "true"),
        ("roles", "admin"),
        ("groups", "finance"),
        ("status", "active"),
        ("user_id", "0"),
    ];
    assert_eq!(send(&mut browser, "/account/details", &more).status(), 200);
    let text = app.cli(&["user", "show", "bob", "--output", "json"]);
    assert!(text.contains("\"bob@acme.example\"") && !text.contains("admin") && !text.contains("finance"), "{text}");
    assert!(text.contains("\"email_verified\": false") || text.contains("\"email_verified\":false"), "{text}");
    assert!(app.browser().sign_in("bob", PASSWORD).status() < 400);
}

#[test]
fn what_people_write_about_themselves_is_shown_as_text() {
    let app = App::shared();
    let mut browser = person(&app, "alice");
    let nasty = "\"><script>alert(1)</script>";
    send(&mut browser, "/account/details", &[("name", nasty), ("street_address", "</textarea><script>x</script>")]);
    for path in ["/account", "/account/details", "/account/activity"] {
        let page = browser.get(path);
        assert!(!page.reply.text().contains("<script>"), "{path}");
    }
    assert_eq!(browser.get("/account/details").form("name").get("name"), Some(nasty));
}
