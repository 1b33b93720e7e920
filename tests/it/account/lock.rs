use super::{is_inside, person, send};
use crate::on_each_engine;
use crate::support::{App, PASSWORD};

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
        assert!(here.get(HERE).reply.text().contains("Lock your account"));
        assert!(is_inside(&mut here), "looking at the page does nothing");
        let page = send(&mut here, HERE, &[]);
        assert!(page.reply.text().contains("Your account is locked"), "{}", page.reply.text());
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
