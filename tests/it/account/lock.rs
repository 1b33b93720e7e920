use super::{is_inside, link, mails, person, send};
use crate::on_each_engine;
use crate::support::{App, PASSWORD, eventually};

const HERE: &str = "/account/lock";

on_each_engine! {
    fn a_person_locks_their_own_account_from_every_side_at_once(engine) {
        let app = App::shared_on(engine);
        let rp = app.client("web");
        let mut here = person(&app, "alice");
        let mut elsewhere = person(&app, "alice");
        let mut bob = person(&app, "bob");
        let tokens = rp.redeem(&rp.code(&mut elsewhere));
        let unspent = rp.code(&mut elsewhere);
        assert!(here.get(HERE).reply.text().contains("Freeze your account"));
        assert!(is_inside(&mut here), "looking at the page does nothing");
        let page = send(&mut here, HERE, &[]);
        assert!(page.reply.text().contains("Your account is frozen"), "{}", page.reply.text());
        assert!(!here.is_signed_in() && !is_inside(&mut here) && !is_inside(&mut elsewhere));
        assert_eq!(rp.refresh(tokens.refresh()).error(), "invalid_grant");
        assert_eq!(rp.userinfo(tokens.access()).status, 401);
        assert_eq!(rp.try_redeem(&unspent).error(), "invalid_grant");
        assert!(is_inside(&mut bob));
        // The right password and a wrong one are answered alike.
        let right = app.browser().sign_in("alice", PASSWORD);
        let wrong = app.browser().sign_in("alice", "wrong");
        assert_eq!((right.status(), right.text_of("main")), (wrong.status(), wrong.text_of("main")));
        assert_eq!(app.count_events("account.self_locked"), 1);
        // A file that calls the account enabled does not undo it; an administrator does.
        app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nenabled = true\n");
        assert!(!app.browser().sign_in("alice", PASSWORD).has("nav a[aria-current=page]"));
        app.cli(&["user", "unlock", "alice"]);
        let mut again = person(&app, "alice");
        assert!(is_inside(&mut again) && !is_inside(&mut elsewhere));
    }
}

#[test]
fn whoever_locked_their_account_comes_back_by_a_mailed_link_and_nothing_mailed_before_opens_it() {
    let app = App::shared();
    let to = "alice@acme.example";
    let forget = |app: &App| {
        let mut browser = app.browser();
        let form = browser.get("/password/forgot").form("username").set("username", "alice");
        let had = mails(app, to, "password_reset").len();
        assert_eq!(browser.submit(&form).status(), 200);
        eventually("the mail", || mails(app, to, "password_reset").len() > had);
    };
    forget(&app);
    let before = link(&mails(&app, to, "password_reset")[0]);
    let mut alice = person(&app, "alice");
    send(&mut alice, HERE, &[]);
    assert_eq!(mails(&app, to, "account_self_locked").len(), 1);
    assert!(!app.browser().get(&before).has("input[type=password]"), "a link of before is dead");
    forget(&app);
    let mut browser = app.browser();
    let page = browser.get(&link(&mails(&app, to, "password_reset")[0]));
    let form = page.form("password").set("password", "another horse in the yard");
    assert!(browser.submit(&form).status() < 400);
    let mut again = app.browser();
    again.sign_in("alice", "another horse in the yard");
    assert!(is_inside(&mut again));
    assert_eq!(app.count_events("user.unlocked"), 1);
}

#[test]
fn what_the_administrator_has_closed_no_link_opens() {
    let app = App::shared();
    app.apply("version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\nenabled = false\n");
    let mut browser = app.browser();
    let form = browser.get("/password/forgot").form("username").set("username", "alice");
    assert_eq!(browser.submit(&form).status(), 200);
    eventually("the request is written down", || app.count_events("password_reset.requested") == 1);
    assert!(mails(&app, "alice@acme.example", "password_reset").is_empty());
}
