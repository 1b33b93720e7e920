use super::*;
use crate::domain::federation::Chain;
use crate::domain::identity_provider::Protocol;
use crate::domain::identity_provider::tests::{provider, saml};
use crate::domain::saml::EntityId;
use crate::domain::{identity_provider::Kind, user::Role};
use crate::protocol::saml::fixture;
use crate::protocol::saml::message::MessageId;

fn assertion(name: (&str, &str), attributes: &[(&str, &[&str])]) -> Assertion {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Assertion {
        id: MessageId::parse("_a").unwrap(),
        until: fixture::now(),
        name: Name { format: Some(name.0.to_owned()), qualifier: None, value: name.1.to_owned() },
        session_index: Some("s1".to_owned()),
        session_until: None,
        auth_time: fixture::now(),
        context: Some("https://refeds.org/profile/mfa".to_owned()),
        chain: Chain::default(),
        attributes: attributes.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect(),
        shown: String::new(),
        sealed: false,
    }
}

fn judged(upstream: &SamlUpstream, assertion: &Assertion) -> Result<Person, Nameless> {
    let provider = IdentityProvider {
        protocol: Protocol::Saml(Box::new(upstream.clone())),
        mfa_values: BTreeSet::from(["https://refeds.org/profile/mfa".to_owned()]),
        ..provider(Kind::Oidc, "x")
    };
    person(assertion, (&provider, upstream))
}

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

#[test]
fn a_person_is_known_by_a_name_that_stays() {
    let known = |kind, name| {
        judged(&SamlUpstream { name_id: kind, ..saml() }, &assertion(name, &[])).map(|person| person.subject)
    };
    let ok = |name: &str| Ok(name.to_owned());
    let format = Err(Nameless::Format);
    for (kind, name, expected) in [
        (NameIdKind::Persistent, (PERSISTENT, " 8f1 "), ok("8f1")),
        (NameIdKind::Persistent, (TRANSIENT, "8f1"), format.clone()),
        (NameIdKind::Persistent, (EMAIL_FORMAT, "a@b.example"), format.clone()),
        (NameIdKind::Persistent, (UNSPECIFIED, "a"), format.clone()),
        (NameIdKind::Email, (EMAIL_FORMAT, "a@b.example"), ok("a@b.example")),
        (NameIdKind::Email, (PERSISTENT, "8f1"), format.clone()),
        (NameIdKind::Username, (UNSPECIFIED, "mette"), ok("mette")),
        (NameIdKind::Transient, (TRANSIENT, "8f1"), format),
        (NameIdKind::Persistent, (PERSISTENT, "a\nb"), Err(Nameless::Name)),
        (NameIdKind::Persistent, (PERSISTENT, &"a".repeat(256)), Err(Nameless::Name)),
    ] {
        assert_eq!(known(kind, name), expected, "{kind:?} {name:?}");
    }
    let mut bare = assertion((UNSPECIFIED, "mette"), &[]);
    bare.name.format = None;
    assert_eq!(judged(&SamlUpstream { name_id: NameIdKind::Username, ..saml() }, &bare).unwrap().subject, "mette");
}

#[test]
fn the_same_name_from_another_house_is_somebody_else() {
    let by = |qualifier: Option<&str>| {
        let mut one = assertion((PERSISTENT, "8f1"), &[]);
        one.name.qualifier = qualifier.map(str::to_owned);
        judged(&saml(), &one).unwrap().subject
    };
    assert_eq!(by(None), by(Some(saml().entity_id.as_str())));
    assert_ne!(by(None), by(Some("https://other.example")));
}

#[test]
fn an_attribute_may_be_the_key_if_it_has_one_value() {
    let upstream = SamlUpstream { subject: Some("oid".to_owned()), ..saml() };
    let known = |attributes: &[(&str, &[&str])]| {
        judged(&upstream.clone(), &assertion((TRANSIENT, "t"), attributes)).map(|person| person.subject)
    };
    assert_eq!(known(&[("oid", &["o-1"])]), Ok("o-1".to_owned()));
    assert_eq!(known(&[("oid", &["o-1"]), ("oid", &["o-1 "])]), Ok("o-1".to_owned()));
    for bad in
        [&[][..], &[("oid", &[][..])], &[("oid", &["a", "b"])], &[("oid", &["a"]), ("oid", &["b"])], &[("oid", &[" "])]]
    {
        assert_eq!(known(bad), Err(Nameless::Attribute), "{bad:?}");
    }
}

#[test]
fn the_profile_is_found_by_the_names_of_every_house() {
    let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
    let entra = ["upn", "emailaddress", "givenname", "surname"].map(|name| format!("{claims}/{name}"));
    let houses: [[&str; 4]; 3] = [
        ["uid", "mail", "givenName", "sn"],
        [
            "urn:oid:0.9.2342.19200300.100.1.1",
            "urn:oid:0.9.2342.19200300.100.1.3",
            "urn:oid:2.5.4.42",
            "urn:oid:2.5.4.4",
        ],
        entra.each_ref().map(String::as_str),
    ];
    for [username, email, given, family] in houses {
        let attributes: &[(&str, &[&str])] = &[
            (username, &["mette"]),
            (email, &["", "mette@acme.example", "second@acme.example"]),
            (given, &["Mette"]),
            (family, &["a\u{7}b", "Hansen"]),
        ];
        let person = judged(&saml(), &assertion((PERSISTENT, "8f1"), attributes)).unwrap();
        let told = [&person.username, &person.email, &person.given_name, &person.family_name];
        let told: Vec<&str> = told.into_iter().flatten().map(String::as_str).collect();
        assert_eq!(told, ["mette", "mette@acme.example", "Mette", "Hansen"], "{username}");
        assert!(person.email_verified, "acme.example is the provider's own");
    }
    let person = judged(&saml(), &assertion((PERSISTENT, "8f1"), &[("mail", &["mette@other.example"])])).unwrap();
    assert_eq!(person.email.as_deref(), Some("mette@other.example"));
    assert!(!person.email_verified, "it cannot speak for other people's domains");
    let upstream = SamlUpstream { name_id: NameIdKind::Email, ..saml() };
    let person = judged(&upstream, &assertion((EMAIL_FORMAT, "mette@acme.example"), &[])).unwrap();
    assert_eq!(person.email.as_deref(), Some("mette@acme.example"));
}

#[test]
fn roles_come_by_configured_values_and_too_many_groups_are_unknown() {
    let roles =
        |attributes: &[(&str, &[&str])]| judged(&saml(), &assertion((PERSISTENT, "x"), attributes)).unwrap().roles;
    let admin = Some(BTreeSet::from([Role::parse("admin").unwrap()]));
    assert_eq!(roles(&[("groups", &["other", "Portner-Admins", "admin"])]), admin);
    assert_eq!(roles(&[(GROUPS[1], &["Portner-Admins"])]), admin);
    assert_eq!(roles(&[("memberOf", &["Portner-Admins"])]), Some(BTreeSet::new()));
    assert_eq!(roles(&[]), Some(BTreeSet::new()));
    assert_eq!(roles(&[(OVERAGE, &["https://graph.example"])]), None);
}

#[test]
fn two_factors_count_by_context_or_method_where_the_provider_is_trusted() {
    let trusted = IdentityProvider {
        trust_mfa: true,
        mfa_values: BTreeSet::from(["urn:two".to_owned()]),
        ..provider(Kind::Oidc, "x")
    };
    let counts = |context: Option<&str>, attributes: &[(&str, &[&str])], provider: &IdentityProvider| {
        let said = Assertion { context: context.map(str::to_owned), ..assertion((PERSISTENT, "x"), attributes) };
        person(&said, (provider, &saml())).unwrap().mfa
    };
    assert!(counts(Some("urn:two"), &[], &trusted));
    assert!(counts(None, &[(METHODS, &["urn:one", "urn:two"])], &trusted));
    assert!(!counts(Some("urn:one"), &[("acr", &["urn:two"])], &trusted));
    assert!(!counts(Some("urn:two"), &[], &IdentityProvider { trust_mfa: false, ..trusted }));
}

#[test]
fn what_the_sign_in_there_is_called_is_kept_and_the_assertion_counts_once() {
    let person = judged(&saml(), &assertion((PERSISTENT, "8f1"), &[])).unwrap();
    assert_eq!(person.issuer, EntityId::parse("https://idp.example/metadata").unwrap().as_str());
    assert_eq!(person.once, Some(Once { id: "_a".to_owned(), until: fixture::now() }));
    let Some(UpstreamSession::Saml { name_id, session_index, .. }) = person.session else { panic!("no session") };
    assert_eq!((name_id.as_str(), session_index.as_deref()), ("8f1", Some("s1")));
}

#[test]
fn details_are_read_from_the_attributes_that_the_tenant_names() {
    let mut up = provider(Kind::Oidc, "x");
    up.claims.given_name = Some("fornavn".to_owned());
    up.claims.email = Some("mailadresse".to_owned());
    let said: &[(&str, &[&str])] =
        &[("fornavn", &["Mette"]), ("givenName", &["Other"]), ("mail", &["other@x.example"])];
    let person = person(&assertion((PERSISTENT, "x"), said), (&up, &saml())).unwrap();
    assert_eq!(person.given_name.as_deref(), Some("Mette"));
    assert_eq!(person.email, None, "what is not told is not taken from elsewhere");
    let groups = judged(&saml(), &assertion((PERSISTENT, "x"), &[("groups", &["G-1", "G-2"])])).unwrap().groups;
    assert_eq!(groups, Some(BTreeSet::from(["finance".to_owned()])));
}
