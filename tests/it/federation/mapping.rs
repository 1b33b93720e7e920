//! What an upstream says of a person becomes details, groups and roles as the tenant says, and nothing else does.

use serde_json::{Value, json};

use super::{Bench, provider};
use crate::support::idp::Idp;
use crate::support::{App, Engine};

#[test]
fn details_come_from_the_claims_that_the_tenant_names() {
    let bench = Bench::with(
        Engine::Sqlite,
        "oidc",
        Idp::start(),
        "create_users = true\nclaims = { username = \"upn\", email = \"mail\", given_name = \"fornavn\" }",
    );
    bench.idp.claims(json!({ "upn": "mh", "mail": "mh@up.example", "fornavn": "Mette" }));
    assert!(bench.arrives().0.is_signed_in());
    assert_eq!(bench.users(), ["alice", "bob", "mh"]);
    let user = bench.user("mh");
    assert_eq!((user["email"].as_str(), user["email_verified"].as_bool()), (Some("mh@up.example"), Some(false)));
    assert!(user.to_string().contains("Mette"), "{user}");
}

#[test]
fn groups_come_and_go_with_the_claim_and_those_given_here_stay() {
    let bench = Bench::with(
        Engine::Sqlite,
        "oidc",
        Idp::start(),
        "create_users = true\ngroup_claims = { \"G-1\" = \"finance\", \"G-2\" = \"hr\" }",
    );
    let groups = |claims: Value| {
        bench.idp.claims(claims);
        let (browser, page) = bench.arrives();
        assert!(browser.is_signed_in(), "{}", page.reply.text());
        bench.user("mette")["groups"].clone()
    };
    assert_eq!(groups(json!({ "groups": ["G-2", "finance", "G-9"] })), json!(["hr"]), "only what is configured");
    bench.app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"mette\"\ngroups = [\"choir\", \"hr\"]\n",
    );
    assert_eq!(groups(json!({ "groups": ["G-1", "G-2"] })), json!(["choir", "finance", "hr"]));
    assert_eq!(groups(json!({ "hasgroups": true })), json!(["choir"]), "too many to be told is not given");
    assert_eq!(groups(json!({ "groups": ["G-1"] })), json!(["choir", "finance"]));
    // What it gave stays its to take away when the configuration forgets it.
    bench.declare("oidc", "create_users = true");
    assert_eq!(groups(json!({ "groups": ["G-1"] })), json!(["choir"]));
    assert!(bench.app.audit().iter().any(|event| {
        event["kind"] == "user.changed"
            && event["details"]["changed"] == "groups"
            && event["details"]["provider"] == "up"
    }));
}

#[test]
fn a_detail_that_is_not_known_is_refused_with_what_was_probably_meant() {
    let app = App::shared();
    let (done, told) = app.try_apply(&provider("oidc", "https://idp.example", "claims = { usrname = \"upn\" }"));
    assert!(!done && told.contains("did you mean `username`"), "{told}");
    let (done, told) = app.try_apply(&provider("oidc", "https://idp.example", "claims = { email = \"nonce\" }"));
    assert!(!done && told.contains("claims.email") && told.contains("the protocol"), "{told}");
}
