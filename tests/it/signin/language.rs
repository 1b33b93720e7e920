use crate::support::App;

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
