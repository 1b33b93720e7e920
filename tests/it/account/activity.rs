use super::{EDGE, person, person_in, send};
use crate::support::App;

const HERE: &str = "/account/activity";

#[test]
fn au1_people_see_in_sentences_what_happened_on_their_own_account() {
    let app = App::shared();
    app.browser().with_header("User-Agent", EDGE).sign_in("alice", "wrong");
    let mut alice = person_in(&app, "alice", EDGE);
    person(&app, "bob").get("/account/details");
    let rp = app.client("web");
    rp.redeem(&rp.code(&mut alice));
    send(&mut alice, "/account/details", &[("given_name", "Alicia"), ("family_name", "Åkerlund")]);
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\ngroups = [\"finance\"]\n",
    );
    let text = alice.get(HERE).reply.text();
    for sentence in [
        "Somebody tried to sign in and did not succeed.",
        "You signed in.",
        "You signed in to Webshop.",
        "Details were changed: Given name",
        "Details were changed: Groups.",
        "Your administrator did this.",
        "The account was created.",
        "Edge on Windows · 127.0.0.1",
        "Was it not you?",
    ] {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
    assert!(!text.contains("bob"), "{text}");
    let mut bob = person(&app, "bob");
    let text = bob.get(HERE).reply.text();
    assert!(!text.contains("Webshop") && !text.contains("Edge on Windows"), "{text}");
}

#[test]
fn a_drawer_shows_only_what_lies_in_it_and_a_page_ends_where_the_next_begins() {
    let app = App::shared();
    let mut alice = person(&app, "alice");
    for n in 0..30 {
        let csrf = alice.get("/account/details").form("csrf").get("csrf").unwrap().to_owned();
        alice.post("/account/details", &[("csrf", &csrf), ("nickname", &format!("n{n}"))]);
    }
    let first = alice.get(&format!("{HERE}?kind=details"));
    assert!(first.has(".tabs a[aria-current]"));
    let count = |text: &str| text.matches("Details were changed").count();
    assert_eq!(count(&first.reply.text()), 25);
    assert!(!first.reply.text().contains("You signed in."));
    let older = first.html();
    let selector = scraper::Selector::parse("main a[href*='before=']").unwrap();
    let href = older.select(&selector).next().unwrap().attr("href").unwrap().to_owned();
    let second = alice.get(first.url.join(&href).unwrap().as_str());
    assert_eq!(count(&second.reply.text()), 5, "none twice, none lost");
    assert!(second.reply.text().contains("The account was created."));
    assert!(!second.has("main a[href*='before=']"));
    assert_eq!(count(&alice.get(&format!("{HERE}?kind=security")).reply.text()), 0);
    for bad in ["kind=everything", "before=x", "before=-1"] {
        assert_eq!(alice.get(&format!("{HERE}?{bad}")).status(), 400, "{bad}");
    }
}
