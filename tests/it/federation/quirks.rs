//! What Entra ID and Google do otherwise than it is written, each by its number in our list: the real shapes of tokens and
//! documents from public documentation, told by the mock. The rules alone are in `protocol/oidc/upstream_tests.rs`.

use serde_json::{Value, json};

use super::Bench;
use crate::support::idp::Idp;
use crate::support::{App, Call, Engine};

const DIRECTORY: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER: &str = "00000000-1111-4222-8333-444444444444";

/// One of many directories behind `common`.
struct Entra(Bench);

impl Entra {
    fn new(more: &str) -> Self {
        let idp = Idp::at("/common/v2.0");
        // Behind an issuer of all directories those that may come have to be named.
        let both = format!("tenants = [\"{DIRECTORY}\", \"{OTHER}\"]\n{more}");
        let more = if more.contains("tenants") { more } else { &both };
        let bench = Bench::with(Engine::Sqlite, "entra", idp, &format!("create_users = true\n{more}"));
        let entra = Self(bench);
        entra.0.idp.document(json!({ "issuer": entra.issuer("{tenantid}") }));
        entra.0.idp.key(json!({ "issuer": entra.issuer("{tenantid}"), "alg": null }));
        entra
    }
    fn issuer(&self, directory: &str) -> String {
        self.0.idp.issuer().replace("/common/", &format!("/{directory}/"))
    }
    /// As Entra writes an ID token of version 2: no `email_verified`, no `auth_time`, no `at_hash`.
    fn token(&self, directory: &str, changes: &Value) {
        let mut claims = json!({ "iss": self.issuer(directory), "tid": directory, "oid": "o-1", "ver": "2.0",
            "rh": "0.AR8A", "uti": "x", "email_verified": null, "auth_time": null });
        claims.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        self.0.idp.claims(claims);
    }
}

#[test]
fn entra_1_the_document_has_braces_and_each_token_its_own_directory() {
    let entra = Entra::new(&format!("tenants = [\"{DIRECTORY}\"]"));
    entra.token(DIRECTORY, &json!({}));
    assert!(entra.0.arrives().0.is_signed_in());
    entra.token(DIRECTORY, &json!({ "iss": entra.issuer("{tenantid}") }));
    entra.0.assert_refused(&entra.0.arrives(), "PRT-1404", "issuer");
    entra.token(OTHER, &json!({}));
    entra.0.assert_refused(&entra.0.arrives(), "PRT-1405", "not_admitted");
    entra.token(DIRECTORY, &json!({}));
    entra.0.idp.rotate("k2");
    entra.0.idp.key(json!({ "issuer": entra.issuer(OTHER) }));
    let (browser, page) = entra.0.arrives();
    assert!(!browser.is_signed_in() && page.reply.text().contains("PRT-1404"), "a key of another directory");
}

#[test]
fn entra_2_the_first_version_writes_a_lifetime_as_text() {
    // The mock always does. Its issuers are told apart in `domain::identity_provider`.
    let bench = Bench::new();
    assert!(bench.arrives().0.is_signed_in());
}

#[test]
fn entra_3_a_person_is_a_directory_and_an_object_in_it() {
    let entra = Entra::new("");
    entra.token(DIRECTORY, &json!({}));
    assert!(entra.0.arrives().0.is_signed_in());
    entra.token(DIRECTORY, &json!({ "sub": "pairwise", "preferred_username": "renamed", "email": "new@up.example" }));
    assert!(entra.0.arrives().0.is_signed_in());
    assert_eq!(entra.0.users(), ["alice", "bob", "mette"], "neither `sub` nor a name makes another person");
    // The same object id and names in another directory are somebody else.
    entra.token(OTHER, &json!({}));
    entra.0.assert_refused(&entra.0.arrives(), "PRT-1407", "name_taken");
    entra.token(DIRECTORY, &json!({ "oid": null }));
    entra.0.assert_refused(&entra.0.arrives(), "PRT-1404", "subject");
}

#[test]
fn entra_4_an_address_is_verified_by_its_domains_owner_or_not_at_all() {
    let entra = Entra::new("");
    entra.token(DIRECTORY, &json!({ "email": "alice@acme.example", "email_verified": true }));
    assert!(entra.0.arrives().0.is_signed_in());
    assert!(entra.0.user("mette")["email"].is_null(), "nobody is found by it (nOAuth)");
    entra.token(DIRECTORY, &json!({ "email": "mette@up.example", "email_verified": true }));
    assert!(entra.0.arrives().0.is_signed_in());
    assert_eq!(entra.0.user("mette")["email_verified"], false);
    entra.token(DIRECTORY, &json!({ "email": "mette@up.example", "xms_edov": true }));
    assert!(entra.0.arrives().0.is_signed_in());
    assert_eq!(entra.0.user("mette")["email_verified"], true);
}

#[test]
fn entra_5_too_many_groups_are_unknown_groups() {
    let group = "4d9c7a2e-5b0f-4a51-9d52-0a8b3f0c1e11";
    let entra = Entra::new(&format!("role_claims = {{ \"{group}\" = \"sales\" }}"));
    let roles = |claims| {
        entra.token(DIRECTORY, &claims);
        assert!(entra.0.arrives().0.is_signed_in());
        entra.0.user("mette")["roles"].clone()
    };
    assert_eq!(roles(json!({ "groups": [group] })), json!(["sales"]));
    let sources = json!({ "src1": { "endpoint": "https://graph.microsoft.com/v1.0/users/x/getMemberObjects" } });
    assert_eq!(roles(json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": sources })), json!([]));
    assert_eq!(roles(json!({ "groups": [group] })), json!(["sales"]));
    assert_eq!(roles(json!({ "hasgroups": true })), json!([]));
}

#[test]
fn entra_6_keys_say_no_algorithm_and_roll_over_without_notice() {
    let entra = Entra::new("");
    entra.token(DIRECTORY, &json!({}));
    assert!(entra.0.arrives().0.is_signed_in());
    entra.0.idp.rotate("k2");
    assert!(entra.0.arrives().0.is_signed_in());
    assert_eq!(entra.0.idp.key_fetches(), 2);
}

#[test]
fn entra_7_a_guest_is_a_person_of_the_directory_that_vouches() {
    let entra = Entra::new(&format!("tenants = [\"{DIRECTORY}\"]"));
    let guest = json!({ "acct": 1, "idp": format!("https://sts.windows.net/{OTHER}/"), "oid": "o-7",
        "preferred_username": "mette_other.example#EXT#@acme.onmicrosoft.com", "email": "mette@other.example" });
    entra.token(DIRECTORY, &guest);
    let (browser, page) = entra.0.arrives();
    assert!(browser.is_signed_in(), "{}", page.reply.text());
    let user = entra.0.user("mette_other.example#EXT#@acme.onmicrosoft.com");
    assert_eq!(user["email_verified"], false, "the directory does not vouch for the address of a guest");
}

#[test]
fn entra_8_without_an_iss_parameter_each_provider_has_an_address_of_its_own() {
    let entra = Entra::new("");
    let trip = entra.0.set_out(&mut entra.0.app.browser());
    assert_eq!(trip.get("redirect_uri"), format!("{}/federation/up/callback", entra.0.app.base()));
    entra.token(DIRECTORY, &json!({}));
    assert!(entra.0.arrives().0.is_signed_in(), "nobody promised the parameter");
}

#[test]
fn entra_9_an_answer_by_post_is_neither_asked_for_nor_taken() {
    let entra = Entra::new("");
    let mut browser = entra.0.app.browser();
    let trip = entra.0.set_out(&mut browser);
    assert!(!trip.has("response_mode"));
    let (code, state) = (trip.get("nonce"), trip.get("state"));
    let call = Call::form("/federation/up/callback", &[("code", &code), ("state", &state)]);
    assert_eq!(entra.0.app.send(&call).status, 405);
    let app = App::shared();
    let (done, told) = app.try_apply(&super::provider(
        "oidc",
        "https://idp.example",
        "parameters = { response_mode = \"form_post\" }",
    ));
    assert!(!done && told.contains("is set by Portner itself"), "{told}");
}

#[test]
fn entra_11_its_own_error_numbers_are_shown_as_text() {
    let entra = Entra::new("");
    let mut browser = entra.0.app.browser();
    let trip = entra.0.set_out(&mut browser);
    let said = "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor.";
    let query = [
        ("error", "interaction_required".to_owned()),
        ("error_description", said.to_owned()),
        ("claims", r#"{"access_token":{"capolids":{"essential":true}}}"#.to_owned()),
        ("error_uri", "https://login.microsoftonline.com/error?code=50076".to_owned()),
        ("state", trip.get("state")),
    ];
    let page = entra.0.answer(&mut browser, &query);
    assert!(page.reply.text().contains("AADSTS50076"), "{}", page.reply.text());
    assert!(!page.reply.text().contains("error?code=50076"), "no address of theirs on our page");
    entra.0.assert_refused(&(browser, page), "PRT-1402", "error: interaction_required");
}

#[test]
fn google_may_leave_the_scheme_out_and_asks_for_one_organisation_by_a_hint() {
    let more = "create_users = true\nhosted_domains = [\"up.example\"]";
    let bench = Bench::with(Engine::Sqlite, "google", Idp::start(), more);
    let trip = bench.set_out(&mut bench.app.browser());
    assert_eq!(trip.get("hd"), "up.example");
    assert!(!trip.get("scope").contains("offline_access") && !trip.has("access_type"), "no token outlives the sign-in");
    bench.idp.claims(json!({ "hd": "up.example", "azp": "another-client" }));
    bench.assert_refused(&bench.arrives(), "PRT-1404", "audience");
    bench.idp.claims(json!({ "hd": "up.example" }));
    assert!(bench.arrives().0.is_signed_in());
    // Consumers have no organisation, whatever the hint said.
    bench.idp.claims(json!({}));
    bench.assert_refused(&bench.arrives(), "PRT-1405", "not_admitted");
}
