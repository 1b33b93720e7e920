use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::crypto::jose::{KeySet, SigningKey};
use crate::domain::identity_provider::tests::{DIRECTORY, provider};
use crate::domain::identity_provider::{GOOGLE, Protocol};
use crate::domain::signing::{KeyId, KeyState, KeyType, SigningAlg};
use crate::domain::user::Role;

const ISSUER: &str = "https://idp.example";
const OTHER: &str = "00000000-1111-4222-8333-444444444444";
const ENTRA: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn now() -> Time {
    Time::from_timestamp(1_800_000_000, 0).unwrap()
}

fn seconds(offset: i64) -> i64 {
    1_800_000_000 + offset
}

fn claims(changes: Value) -> Claims {
    let claims = json!({
        "iss": ISSUER, "sub": "s-1", "aud": "portner", "nonce": "n-1", "exp": seconds(300), "iat": seconds(0),
        "preferred_username": "mette", "email": "mette@acme.example", "email_verified": true, "name": "Mette Hansen",
    });
    let (Value::Object(mut claims), Value::Object(changes)) = (claims, changes) else { panic!("objects") };
    for (name, value) in changes {
        if value.is_null() {
            claims.remove(&name);
        } else {
            claims.insert(name, value);
        }
    }
    claims
}

fn expected<'a>(provider: &'a IdentityProvider, issuer: &'a str) -> Expected<'a> {
    Expected {
        provider,
        oidc: provider.oidc().expect("OpenID Connect"),
        issuer,
        nonce: "n-1",
        access_token: Some("at"),
        userinfo: None,
        age: Age::default(),
        now: now(),
    }
}

fn dialect(provider: &mut IdentityProvider) -> &mut OidcUpstream {
    let Protocol::Oidc(oidc) = &mut provider.protocol else { panic!("OpenID Connect") };
    oidc
}

fn judged(provider: &IdentityProvider, issuer: &str, changes: Value) -> Result<Person, Refusal> {
    let verified = Assertion { typ: Some("JWT".to_owned()), alg: SigningAlg::RS256, claims: claims(changes) };
    judge_claims(&verified, &expected(provider, issuer))
}

fn oidc(changes: Value) -> Result<Person, Refusal> {
    judged(&provider(Kind::Oidc, ISSUER), ISSUER, changes)
}

#[test]
fn every_claim_of_a_hostile_upstream_is_refused_by_name() {
    let claim = |name: &str| Refusal::Signature(JoseError::Claim(name.to_owned()));
    let table = [
        ("another issuer", json!({ "iss": "https://evil.example" }), Refusal::Issuer),
        ("a slash more", json!({ "iss": format!("{ISSUER}/") }), Refusal::Issuer),
        ("no issuer", json!({ "iss": null }), Refusal::Issuer),
        ("an issuer that is no text", json!({ "iss": [ISSUER] }), claim("iss")),
        ("another audience", json!({ "aud": "other" }), Refusal::Audience),
        ("no audience", json!({ "aud": null }), Refusal::Audience),
        ("an audience in capitals", json!({ "aud": "Portner" }), Refusal::Audience),
        ("others beside us", json!({ "aud": ["portner", "other"] }), Refusal::Audience),
        ("issued to another", json!({ "aud": ["portner", "other"], "azp": "other" }), Refusal::Audience),
        ("alone but issued to another", json!({ "azp": "other" }), Refusal::Audience),
        ("expired", json!({ "exp": seconds(-60) }), Refusal::Time),
        ("without an end", json!({ "exp": null }), Refusal::Time),
        ("with an end that is a text", json!({ "exp": "never" }), Refusal::Time),
        ("of the future", json!({ "iat": seconds(61) }), Refusal::Time),
        ("without a beginning", json!({ "iat": null }), Refusal::Time),
        ("not yet", json!({ "nbf": seconds(61) }), Refusal::Time),
        ("another nonce", json!({ "nonce": "n-2" }), Refusal::Nonce),
        ("no nonce", json!({ "nonce": null }), Refusal::Nonce),
        ("another access token", json!({ "at_hash": at_hash(SigningAlg::RS256, "other") }), Refusal::AccessToken),
        ("no subject", json!({ "sub": null }), Refusal::Subject),
        ("an empty subject", json!({ "sub": "" }), Refusal::Subject),
        ("a number as subject", json!({ "sub": 7 }), Refusal::Subject),
        ("an endless subject", json!({ "sub": "x".repeat(256) }), Refusal::Subject),
        ("a subject with a line end", json!({ "sub": "a\nb" }), Refusal::Subject),
        ("a sign-in of the future", json!({ "auth_time": seconds(61) }), Refusal::Time),
    ];
    for (name, changes, refusal) in table {
        assert_eq!(oidc(changes).unwrap_err(), refusal, "{name}");
    }
    let right = [
        json!({}),
        json!({ "exp": seconds(-59), "iat": seconds(60), "nbf": seconds(60) }),
        json!({ "aud": ["portner"] }),
        json!({ "aud": ["portner", "other"], "azp": "portner" }),
        json!({ "at_hash": at_hash(SigningAlg::RS256, "at") }),
    ];
    for changes in right {
        assert_eq!(oidc(changes).unwrap().subject, "s-1");
    }
}

#[test]
fn a_token_of_another_type_is_no_id_token() {
    let up = provider(Kind::Oidc, ISSUER);
    for (typ, fits) in [(None, true), (Some("JWT"), true), (Some("at+jwt"), false), (Some("logout+jwt"), false)] {
        let verified = Assertion { typ: typ.map(str::to_owned), alg: SigningAlg::RS256, claims: claims(json!({})) };
        assert_eq!(judge_claims(&verified, &expected(&up, ISSUER)).is_ok(), fits, "{typ:?}");
    }
}

#[test]
fn entra_is_a_directory_and_a_person_in_it_and_only_admitted_directories_come_in() {
    let common = "https://login.microsoftonline.com/common/v2.0";
    let mut up = provider(Kind::Entra, common);
    dialect(&mut up).tenants = [DIRECTORY.to_owned()].into();
    let from = |tid: &str| json!({ "iss": in_directory(ENTRA, tid), "tid": tid, "oid": "o-1" });
    let person = judged(&up, ENTRA, from(DIRECTORY)).unwrap();
    assert_eq!(person.subject, format!("{DIRECTORY}:o-1"), "not `sub`, which is another for each application");
    assert_eq!(person.issuer, in_directory(ENTRA, DIRECTORY));
    assert!(!person.email_verified, "nobody has verified it, whatever the claim says");
    assert_eq!(judged(&up, ENTRA, from(OTHER)).unwrap_err(), Refusal::NotAdmitted);
    let wrong = [
        json!({ "iss": in_directory(ENTRA, OTHER), "tid": DIRECTORY, "oid": "o-1" }),
        json!({ "iss": ENTRA, "tid": "{tenantid}", "oid": "o-1" }),
        json!({ "iss": in_directory(ENTRA, DIRECTORY), "oid": "o-1" }),
        json!({ "iss": in_directory(ENTRA, "../x"), "tid": "../x", "oid": "o-1" }),
    ];
    for changes in wrong {
        assert_eq!(judged(&up, ENTRA, changes.clone()).unwrap_err(), Refusal::Issuer, "{changes}");
    }
    let mut nameless = from(DIRECTORY);
    nameless["oid"] = Value::Null;
    assert_eq!(judged(&up, ENTRA, nameless).unwrap_err(), Refusal::Subject);
    let mut owned = from(DIRECTORY);
    owned["xms_edov"] = Value::Bool(true);
    assert!(judged(&up, ENTRA, owned).unwrap().email_verified);
    // The first version's issuer.
    let sts = format!("https://sts.windows.net/{DIRECTORY}/");
    let old = provider(Kind::Entra, &format!("https://login.microsoftonline.com/{DIRECTORY}"));
    let told = json!({ "iss": sts, "tid": DIRECTORY, "oid": "o-1" });
    assert!(judged(&old, &sts, told).is_ok());
}

#[test]
fn google_may_leave_the_scheme_out_and_its_organisation_counts_only_where_it_is_signed() {
    let mut up = provider(Kind::Google, GOOGLE);
    dialect(&mut up).hosted_domains = ["acme.example".to_owned()].into();
    for iss in ["accounts.google.com", GOOGLE] {
        let person = judged(&up, GOOGLE, json!({ "iss": iss, "hd": "acme.example" })).unwrap();
        assert_eq!((person.issuer.as_str(), person.subject.as_str()), (GOOGLE, "s-1"));
        assert!(person.email_verified);
    }
    assert_eq!(oidc(json!({ "iss": "idp.example" })).unwrap_err(), Refusal::Issuer, "only Google may");
    for changes in [json!({ "iss": GOOGLE }), json!({ "iss": GOOGLE, "hd": "evil.example" })] {
        assert_eq!(judged(&up, GOOGLE, changes).unwrap_err(), Refusal::NotAdmitted);
    }
    let anybody = provider(Kind::Google, GOOGLE);
    assert!(!judged(&anybody, GOOGLE, json!({ "iss": GOOGLE })).unwrap().email_verified, "not Google's to verify");
}

#[test]
fn only_a_plain_true_verifies_an_address() {
    for value in [json!("true"), json!(1), json!(false), Value::Null] {
        assert!(!oidc(json!({ "email_verified": value })).unwrap().email_verified);
    }
    assert!(oidc(json!({})).unwrap().email_verified);
}

#[test]
fn roles_come_by_the_configured_values_and_unknown_is_not_none() {
    let admin: BTreeSet<Role> = [Role::parse("admin").unwrap()].into();
    let table = [
        (json!({ "groups": ["Portner-Admins", "other"] }), Some(admin.clone())),
        (json!({ "groups": "Portner-Admins" }), Some(admin)),
        (json!({ "groups": ["admin"] }), Some(BTreeSet::new())),
        (json!({ "roles": ["Portner-Admins"] }), Some(BTreeSet::new())),
        (json!({}), Some(BTreeSet::new())),
        (json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": {} }), None),
        (json!({ "hasgroups": true }), None),
        (json!({ "hasgroups": "true" }), None),
    ];
    for (changes, roles) in table {
        assert_eq!(oidc(changes.clone()).unwrap().roles, roles, "{changes}");
    }
}

#[test]
fn groups_come_by_the_configured_values_and_unknown_is_not_none() {
    let finance: BTreeSet<String> = ["finance".to_owned()].into();
    let table = [
        (json!({ "groups": ["G-1", "finance", "G-2"] }), Some(finance.clone())),
        (json!({ "groups": "G-1" }), Some(finance)),
        (json!({ "groups": ["finance"] }), Some(BTreeSet::new())),
        (json!({}), Some(BTreeSet::new())),
        (json!({ "hasgroups": true }), None),
    ];
    for (changes, groups) in table {
        assert_eq!(oidc(changes.clone()).unwrap().groups, groups, "{changes}");
    }
}

#[test]
fn details_are_read_from_the_claims_that_the_tenant_names() {
    let mut up = provider(Kind::Oidc, ISSUER);
    let named = |name: &str| Some(name.to_owned());
    up.claims.username = named("upn");
    up.claims.email = named("mail");
    up.claims.given_name = named("fornavn");
    let told = json!({ "upn": "mh", "mail": ["mh@acme.example"], "fornavn": "Mette", "given_name": "Other" });
    let person = judged(&up, ISSUER, told).unwrap();
    assert_eq!((person.username.as_deref(), person.given_name.as_deref()), (Some("mh"), Some("Mette")));
    assert_eq!(person.email.as_deref(), Some("mh@acme.example"));
    assert!(!person.email_verified, "`email_verified` says nothing of another claim");
    let person = judged(&up, ISSUER, json!({ "mail": ["a@acme.example", "b@acme.example"] })).unwrap();
    assert_eq!((person.username, person.email), (None, None), "what is not told is not taken from elsewhere");
}

#[test]
fn two_factors_elsewhere_count_where_the_tenant_trusts_the_provider_for_it() {
    let said = [json!({ "amr": ["pwd", "mfa"] }), json!({ "acr": "mfa" })];
    let mut up = provider(Kind::Oidc, ISSUER);
    for changes in said {
        up.trust_mfa = false;
        assert!(!judged(&up, ISSUER, changes.clone()).unwrap().mfa);
        up.trust_mfa = true;
        assert!(judged(&up, ISSUER, changes).unwrap().mfa);
    }
    assert!(!judged(&up, ISSUER, json!({ "amr": ["pwd"], "acr": "1" })).unwrap().mfa);
}

#[test]
fn the_age_that_was_asked_for_is_checked() {
    let began = now() - TimeDelta::seconds(10);
    let hour = Duration::from_secs(3600);
    let fresh = Age { asked: true, since: Some(began), max: None };
    let max = Age { asked: true, since: None, max: Some((hour, began)) };
    let policy = Age { asked: false, since: None, max: Some((hour, began)) };
    let told = |offset: i64| json!({ "auth_time": seconds(offset) });
    let up = provider(Kind::Oidc, ISSUER);
    let judged = |age: Age, changes: Value| {
        let verified = Assertion { typ: None, alg: SigningAlg::RS256, claims: claims(changes) };
        judge_claims(&verified, &Expected { age, ..expected(&up, ISSUER) }).map(|person| person.auth_time)
    };
    let after = |offset: i64| now() + TimeDelta::seconds(offset);
    assert_eq!(judged(fresh, json!({})), Err(Refusal::TooOld), "not told is no answer");
    assert_eq!(judged(fresh, told(-71)), Err(Refusal::TooOld));
    assert_eq!(judged(fresh, told(-60)), Ok(Some(began)), "clocks may differ by a minute");
    assert_eq!(judged(fresh, told(-5)), Ok(Some(after(-5))));
    assert_eq!(judged(fresh, told(30)), Ok(Some(now())), "never later than now");
    assert_eq!(judged(max, json!({})), Err(Refusal::TooOld));
    assert_eq!(judged(max, told(-3600)), Err(Refusal::TooOld));
    assert_eq!(judged(max, told(-3599)), Ok(Some(after(-3599))));
    assert_eq!(judged(policy, json!({})), Ok(None), "nobody asked");
    assert_eq!(judged(policy, told(-3600)), Err(Refusal::TooOld));
    assert_eq!(judged(Age::default(), told(-999_999)), Ok(Some(after(-999_999))));
}

#[test]
fn an_answer_that_names_another_issuer_is_of_another_provider() {
    assert!(
        is_from(ISSUER, false, None) && is_from(ISSUER, true, Some(ISSUER)) && is_from(ISSUER, false, Some(ISSUER))
    );
    assert!(!is_from(ISSUER, true, None), "promised");
    assert!(!is_from(ISSUER, false, Some("https://evil.example")));
}

#[test]
fn names_are_for_people_or_not_taken() {
    let person = oidc(json!({ "name": "a\u{0}b", "given_name": "x".repeat(201), "family_name": "  " })).unwrap();
    assert_eq!((person.name, person.given_name, person.family_name), (None, None, None));
}

#[test]
fn the_algorithm_belongs_to_the_key_and_entras_keys_to_their_directories() {
    let private = SigningKey::generate(KeyType::EcP256).unwrap();
    let key = SigningKey::parse(KeyId("k1".to_owned()), KeyType::EcP256, &private).unwrap();
    let keys = KeySet::new(vec![(key, KeyState::Active)]);
    let mut jwks = serde_json::to_value(keys.jwks()).unwrap();
    let directory = in_directory(ENTRA, DIRECTORY);
    let token = |changes: Value| keys.sign(SigningAlg::ES256, "JWT", &claims(changes)).unwrap();
    let plain = token(json!({}));
    let up = provider(Kind::Oidc, ISSUER);
    assert!(judge(&jwks.to_string(), &plain, &expected(&up, ISSUER)).is_ok());
    let (_, rest) = plain.split_once('.').unwrap();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256","kid":"k1"}"#, r#"{"alg":"RS256","kid":"k1"}"#] {
        use base64::Engine as _;
        let forged = format!("{}.{rest}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header));
        assert!(matches!(judge(&jwks.to_string(), &forged, &expected(&up, ISSUER)), Err(Refusal::Signature(_))));
    }
    let mut entra = provider(Kind::Entra, "https://login.microsoftonline.com/common/v2.0");
    dialect(&mut entra).tenants = [DIRECTORY.to_owned()].into();
    let signed = token(json!({ "iss": directory, "tid": DIRECTORY, "oid": "o-1" }));
    for (owner, fits) in [(ENTRA.to_owned(), true), (directory, true), (in_directory(ENTRA, OTHER), false)] {
        jwks["keys"][0]["issuer"] = json!(owner);
        assert_eq!(judge(&jwks.to_string(), &signed, &expected(&entra, ENTRA)).is_ok(), fits, "{owner}");
    }
}
