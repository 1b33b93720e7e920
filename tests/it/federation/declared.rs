//! What the declarative file says of an upstream.

use super::provider;
use crate::support::App;
use crate::support::idp::CLIENT_SECRET;

#[test]
fn it_is_applied_once_shown_as_changed_and_its_secret_comes_out_nowhere() {
    let app = App::shared();
    let first = provider("oidc", "https://idp.example", "domains = [\"acme.example\"]");
    app.apply(&first);
    let (done, told) = app.try_apply(&first);
    assert!(done && told.contains("unchanged"), "{told}");
    let (done, told) = app.try_apply(&first.replace(CLIENT_SECRET, "another"));
    assert!(done && told.contains("client_secret") && !told.contains("another"), "{told}");
    let events = app.audit();
    let kinds: Vec<_> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "identity_provider.created").count(), 1);
    assert_eq!(kinds.iter().filter(|kind| **kind == "identity_provider.changed").count(), 1);
    assert!(!serde_json::to_string(&events).expect("JSON").contains(CLIENT_SECRET));
}

#[test]
fn a_secret_is_never_sent_to_an_address_that_it_was_not_given_for() {
    let app = App::shared();
    let secret = format!("client_secret = \"{CLIENT_SECRET}\"\n");
    app.apply(&provider("oidc", "https://idp.example", ""));
    let (done, told) =
        app.try_apply(&provider("oidc", "https://idp.example", "create_users = true").replace(&secret, ""));
    assert!(done, "the same address needs no secret again: {told}");
    let (done, told) = app.try_apply(&provider("oidc", "https://evil.example", "").replace(&secret, ""));
    assert!(!done && told.contains("is needed again"), "{told}");
    let (done, told) = App::shared().try_apply(&provider("oidc", "https://idp.example", "").replace(&secret, ""));
    assert!(!done && told.contains("client_secret: is missing"), "{told}");
}

#[test]
fn a_domain_has_one_provider() {
    let app = App::shared();
    app.apply(&provider("oidc", "https://idp.example", "domains = [\"acme.example\"]"));
    let twin = provider("oidc", "https://twin.example", "domains = [\"acme.example\"]").replace("\"up\"", "\"twin\"");
    let (done, told) = app.try_apply(&twin);
    assert!(!done && told.contains("belongs to the identity provider \"up\""), "{told}");
}
