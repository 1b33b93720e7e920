use super::{link, mails, person, send};
use crate::support::App;

const HERE: &str = "/account/email";

#[test]
fn an_address_is_changed_by_whoever_proves_the_new_one_and_the_old_one_is_told() {
    let app = App::shared();
    let mut alice = person(&app, "alice");
    let page = send(&mut alice, HERE, &[("email", "not an address")]);
    assert_eq!(page.status(), 422);
    assert!(page.has("[role=alert]") && page.has("#email[aria-invalid]"));
    let page = send(&mut alice, HERE, &[("email", "alice@home.example")]);
    assert!(page.has("[role=status]"), "{}", page.reply.text());
    let details = |browser: &mut crate::support::Browser| browser.get("/account/details").reply.text();
    assert!(details(&mut alice).contains("alice@acme.example"), "nothing has changed yet");
    let page = alice.get(&link(&mails(&app, "alice@home.example", "address_verification")[0]));
    assert_eq!(page.status(), 200);
    assert!(details(&mut alice).contains("alice@acme.example"), "looking at the link changes nothing");
    assert!(alice.submit(&page.form("csrf")).status() < 400);
    let text = details(&mut alice);
    assert!(text.contains("alice@home.example") && !text.contains("alice@acme.example"), "{text}");
    assert_eq!(mails(&app, "alice@acme.example", "address_changed").len(), 1);
    assert!(alice.get("/account/activity").reply.text().contains("The email address was confirmed."));
}

#[test]
fn an_address_that_is_not_proven_can_be() {
    let app = App::shared();
    let mut bob = person(&app, "bob");
    assert_eq!(bob.get(HERE).form("email").get("email"), Some("bob@acme.example"));
    let form = bob.get(HERE).form("email");
    bob.submit(&form);
    let page = bob.get(&link(&mails(&app, "bob@acme.example", "address_verification")[0]));
    bob.submit(&page.form("csrf"));
    assert!(!bob.get("/account").reply.text().contains("Confirm your email address"));
}
