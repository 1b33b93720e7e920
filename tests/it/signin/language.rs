use crate::support::{App, Call, PASSWORD};
use portner::web::routes::{Guard, TENANT_ROUTES};

#[test]
fn the_browsers_language_is_spoken_and_norwegian_has_many_names() {
    let app = App::shared();
    for (header, expected) in [
        ("da", "da"),
        ("da-DK,da;q=0.9,en;q=0.8", "da"),
        ("sv-FI", "sv"),
        ("nb-NO", "nb"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("en-GB", "en"),
        ("fr;q=1, sv;q=0.5", "sv"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("q=,;;;;", "en"),
        ("en;q=0, da;q=0.1", "da"),
    ] {
        let page = app.browser().with_header("Accept-Language", header).get("/sign-in");
        assert!(page.has(&format!("html[lang={expected:?}]")), "{header:?}");
        assert_eq!(page.reply.header("content-language"), Some(expected), "{header:?}");
        let vary = page.reply.header("vary").unwrap_or_default().to_ascii_lowercase();
        assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
    }
}

#[test]
fn the_persons_choice_is_remembered_and_keeps_the_request() {
    let app = App::shared();
    let mut browser = app.browser();
    let rp = app.client("web");
    let page = rp.authorize(&mut browser);
    assert!(page.has("html[lang=en]"));
    let html = page.html();
    let links = scraper::Selector::parse("nav a[hreflang=da]").unwrap();
    let link = html.select(&links).next().expect("a link to Danish").attr("href").unwrap().to_owned();
    let danish = browser.get(page.url.join(&link).unwrap().as_str());
    assert!(danish.has("html[lang=da]"), "{}", danish.reply.text());
    let answer = browser.fill_in(&danish, "alice", crate::support::PASSWORD).answer();
    rp.redeem(&answer.code());
    assert!(browser.get("/sign-out").has("html[lang=da]"), "remembered");
    let asked = rp.with("ui_locales", "sv").with("prompt", "login").authorize(&mut browser);
    assert!(asked.has("html[lang=da]"), "the person's own choice comes first");
}

#[test]
fn a_tenant_that_speaks_one_language_shows_no_switcher() {
    let app = App::shared();
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nlanguages = [\"sv\"]\n");
    let page = app.browser().with_header("Accept-Language", "da").get("/sign-in");
    assert!(page.has("html[lang=sv]"), "{}", page.reply.text());
    assert!(!page.has("a[hreflang=da]"));
}

#[test]
fn errors_are_told_in_the_tenants_languages_and_its_name() {
    let app = App::shared();
    let speaks = |page: &crate::support::Page, tag: &str| {
        assert_eq!(page.reply.header("content-language"), Some(tag), "{} {}", page.url, page.reply.text());
    };
    let paths = ["/oauth2/authorize?client_id=nobody", "/nowhere", "/oauth2/logout?id_token_hint=x", "/saml/artifact"];
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\nname = \"Fjordby\"\nlanguages = [\"sv\", \"en\"]\n");
    for path in paths {
        for (accepted, tag) in [("", "sv"), ("de", "sv"), ("nb", "sv"), ("en", "en")] {
            let page = app.browser().with_header("Accept-Language", accepted).get(path);
            assert!(page.status() >= 400, "{path}");
            speaks(&page, tag);
            assert!(page.reply.text().contains("Fjordby"), "{}", page.reply.text());
            assert!(page.has("a[hreflang=en]") && !page.has("a[hreflang=da]"), "it offers what the tenant offers");
        }
    }
    // What the application asked for counts where its request is refused, and the person's own choice before it.
    let mut browser = app.browser().with_header("Accept-Language", "sv");
    speaks(&browser.get("/oauth2/authorize?client_id=nobody&ui_locales=fr+en"), "en");
    browser.get("/sign-in?lang=sv");
    speaks(&browser.get("/oauth2/authorize?client_id=nobody&ui_locales=en"), "sv");
}

#[test]
fn where_no_tenant_is_the_page_is_english_for_whoever_names_no_language_of_ours() {
    let app = App::shared();
    for (accepted, tag) in [("", "en"), ("de", "en"), ("nb", "nb")] {
        for path in ["/", "/t/nobody-has-this/sign-in", "/nowhere"] {
            let reply = Call::get(path).header("Accept-Language", accepted).send(app.server.port()).unwrap();
            assert_eq!(reply.header("content-language"), Some(tag), "{path} {accepted:?}");
        }
    }
}

#[test]
fn whoever_has_a_language_of_their_own_meets_it_on_every_page_and_error() {
    let app = App::shared();
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.user]]\nusername = \"ada\"\nlocale = \"da\"\n\
         roles = [\"admin\"]\npassword = \"{PASSWORD}\"\n"
    ));
    let mut browser = app.browser().with_header("Accept-Language", "en");
    assert!(browser.get("/sign-in").has("html[lang=en]"), "nobody is known yet");
    browser.sign_in("ada", PASSWORD);
    let for_people = TENANT_ROUTES
        .iter()
        .filter(|(method, path, guard)| *method == "GET" && matches!(guard, Guard::Person) && !path.contains('{'));
    let mut walked = 0;
    for (_, path, _) in for_people {
        let page = browser.get(path);
        assert_eq!(page.reply.header("content-language"), Some("da"), "{path} {}", page.status());
        walked += 1;
    }
    assert!(walked > 20, "{walked}");
    for missing in ["/admin/users/0/edit", "/admin/applications/nobody"] {
        let page = browser.get(missing);
        assert_eq!((page.status(), page.reply.header("content-language")), (404, Some("da")), "{missing}");
    }
    let ask = browser.get("/sign-out");
    assert!(ask.has("html[lang=da]"), "{}", ask.reply.text());
    let over = browser.submit(&ask.form("csrf"));
    assert!(!browser.is_signed_in() && over.has("html[lang=da]"), "{}", over.reply.text());
    assert!(browser.get("/sign-in").has("html[lang=en]"), "nobody is known any more");
    // What was chosen comes before what was entered.
    browser.get("/sign-in?lang=nb");
    browser.sign_in("ada", PASSWORD);
    assert!(browser.get("/admin").has("html[lang=nb]"));
}
