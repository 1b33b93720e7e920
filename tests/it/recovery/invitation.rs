//! A new account: registered, invited, its owner's from the first password on.

use super::{below, choose, link};
use crate::on_each_engine;
use crate::support::{App, eventually};

const FIRST: &str = "a boat with a red sail";

on_each_engine! {
    fn in7_a_new_account_gets_a_mail_with_a_link_to_choose_a_password(engine) {
        let app = App::shared_on(engine);
        app.apply(
            "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"dorte\"\n\
             email = \"dorte@acme.example\"\nlocale = \"da\"\n",
        );
        let link = link(&app, "invitation", 1);
        let mail = &app.mails_of("invitation")[0];
        assert_eq!(mail.recipient(), "dorte@acme.example");
        assert!(mail.subject().starts_with("Velkommen hos Acme"), "{}", mail.subject());
        assert!(mail.text().contains("dorte"), "it tells the user name");
        let mut browser = app.browser();
        choose(&mut browser, below(&app, &link), FIRST);
        assert!(!browser.is_signed_in());
        browser.sign_in("dorte", FIRST);
        assert!(browser.is_signed_in());
        let shown = app.cli(&["user", "show", "dorte", "--output", "json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["email_verified"], true, "who has read the mail has proven the address");
        assert_eq!(app.browser().get(below(&app, &link)).status(), 410);
        // Applying the same again invites nobody a second time.
        app.apply(
            "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"dorte\"\n\
             email = \"dorte@acme.example\"\nlocale = \"da\"\n",
        );
        assert_eq!(app.mails_of("invitation").len(), 1);
    }
}

#[test]
fn the_command_line_invites_whom_it_creates_and_starts_resets() {
    let app = App::shared();
    app.cli(&["user", "create", "erik", "--email", "erik@acme.example"]);
    link(&app, "invitation", 1);
    app.cli(&["user", "create", "frida"]);
    assert_eq!(app.mails_of("invitation").len(), 1, "without an address there is nothing to send");
    app.cli(&["user", "reset-password", "alice"]);
    let reset = link(&app, "password_reset", 1);
    assert_eq!(app.browser().get(below(&app, &reset)).status(), 200);
    let code = |name: &str| app.server.command(&["user", "reset-password", name, "--tenant", &app.slug]).status.code();
    assert_eq!((code("nobody"), code("frida")), (Some(4), Some(5)));
    eventually("the events", || app.count_events("password_reset.requested") == 1);
    assert_eq!(app.count_events("invitation.sent"), 1);
}

#[test]
fn a_link_of_one_purpose_opens_no_other_page() {
    let app = App::shared();
    app.cli(&["user", "create", "gerd", "--email", "gerd@acme.example"]);
    let invitation = link(&app, "invitation", 1);
    let token = invitation.rsplit('=').next().unwrap();
    for path in ["/password/reset", "/account/email/confirm"] {
        assert_eq!(app.browser().get(&format!("{path}?token={token}")).status(), 410, "{path}");
    }
    let other = App::shared();
    assert_eq!(other.browser().get(&format!("/welcome?token={token}")).status(), 410, "nor one of another tenant");
    for wrong in ["", "?token=", "?token=x", "?token=ptl_", &format!("?token={token}x")] {
        assert_eq!(app.browser().get(&format!("/welcome{wrong}")).status(), 410, "{wrong}");
    }
}
