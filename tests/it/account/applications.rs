use super::{hidden, person, send};
use crate::on_each_engine;
use crate::support::{App, Browser, RelyingParty, Tokens};

const HERE: &str = "/account/applications";

fn allow(rp: &RelyingParty, browser: &mut Browser) -> Tokens {
    // Access that outlives the session is given only to an explicit question (OpenID Connect Core §11).
    let page = rp.clone().with("prompt", "consent").authorize(browser);
    rp.redeem(&browser.submit(&page.form("decision").press("allow")).answer().code())
}

on_each_engine! {
    fn access_that_is_withdrawn_ends_at_once_and_is_asked_for_again(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("asking");
        let mut alice = person(&app, "alice");
        let mut bob = person(&app, "bob");
        let (hers, his) = (allow(&rp, &mut alice), allow(&rp, &mut bob));
        let page = alice.get(HERE);
        let text = page.reply.text();
        assert!(text.contains("Third party") && text.contains("Given name") && text.contains("Email"), "{text}");
        assert!(text.contains("You allowed it") && text.contains("Last used"), "{text}");
        assert_eq!(hidden(&page, "application"), ["asking"]);
        let unspent = rp.code(&mut alice);
        let csrf = page.form("csrf").get("csrf").unwrap().to_owned();
        let page = send(&mut alice, HERE, &[("application", "asking")]);
        assert!(page.has("[role=status]") && hidden(&page, "application").is_empty(), "{}", page.reply.text());
        assert_eq!(rp.refresh(hers.refresh()).error(), "invalid_grant");
        assert_eq!(rp.userinfo(hers.access()).status, 401);
        assert_eq!(rp.try_redeem(&unspent).error(), "invalid_grant");
        assert!(rp.authorize(&mut alice).has("[name=decision]"), "she is asked again");
        assert_eq!(rp.refresh(his.refresh()).status, 200, "his is not hers");
        assert_eq!(app.count_events("consent.withdrawn"), 1);
        assert_eq!(alice.post(HERE, &[("csrf", &csrf), ("application", "asking")]).status(), 404);
    }
}

#[test]
fn a_service_that_does_not_ask_is_listed_too_while_it_can_do_something() {
    let app = App::shared();
    let mut alice = person(&app, "alice");
    let rp = app.client("web");
    let tokens = rp.redeem(&rp.code(&mut alice));
    let text = alice.get(HERE).reply.text();
    assert!(text.contains("Webshop") && text.contains("Has had access since"), "{text}");
    assert!(person(&app, "bob").get(HERE).reply.text().contains("No services have access"));
    let csrf = alice.get(HERE).form("csrf").get("csrf").unwrap().to_owned();
    let post = |browser: &mut Browser, more: &[(&str, &str)]| {
        browser.post(HERE, &[&[("csrf", csrf.as_str())], more].concat()).status()
    };
    assert_eq!(post(&mut alice, &[]), 400);
    assert_eq!(post(&mut alice, &[("application", "nobody")]), 404);
    assert_eq!(post(&mut alice, &[("application", "web")]), 200);
    assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
    assert_eq!(post(&mut alice, &[("application", "web")]), 404, "there is nothing any more");
}
