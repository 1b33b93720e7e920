use serde_json::{Value, json};

use super::*;
use crate::crypto::certificate::write_pem;
use crate::crypto::credential::{Credential, mint};
use crate::crypto::entropy::SystemEntropy;
use crate::crypto::xml::{Place, sign_enveloped};
use crate::domain::Time;
use crate::domain::application::Protocol;
use crate::domain::doubt::Doubt;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::saml::{AttributeSource, Binding, NameIdKind, ServiceProvider, SignatureAlg, Signed};
use crate::domain::signing::{KeyId, KeyType};
use crate::domain::wsfed::{RelyingParty, TokenType};

fn plan(table: &str, entry: &Value) -> Result<ApplicationPlan, String> {
    let entry = serde_json::from_value(json!({ "id": "app", table: entry })).unwrap();
    plan_application(entry).map_err(|problems| {
        let told = problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message));
        told.collect::<Vec<_>>().join("\n").replace(&format!("application.{table}"), "")
    })
}

fn provider(entry: &Value) -> Result<ServiceProvider, String> {
    match plan("saml", entry)?.protocol {
        Protocol::Saml(provider) => Ok(*provider),
        other @ (Protocol::Oidc(_) | Protocol::Wsfed(_)) => panic!("{other:?}"),
    }
}

fn party(entry: &Value) -> Result<RelyingParty, String> {
    match plan("wsfed", entry)?.protocol {
        Protocol::Wsfed(party) => Ok(*party),
        other @ (Protocol::Oidc(_) | Protocol::Saml(_)) => panic!("{other:?}"),
    }
}

fn pem(kind: KeyType) -> String {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    write_pem(&mint(kind, "sp", now, &SystemEntropy).unwrap().certificate)
}

/// By hand, with more keys beside.
fn hand(more: &Value) -> Value {
    let mut entry = json!({ "entity_id": "https://sp.example", "acs": ["https://sp.example/acs"] });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

const METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example" validUntil="2030-01-01T00:00:00Z">
<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>
<AssertionConsumerService index="3" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example/acs"/>
<AttributeConsumingService index="0"><ServiceName xml:lang="en">Time sheet</ServiceName><RequestedAttribute Name="mail" isRequired="true"/></AttributeConsumingService>
</SPSSODescriptor></EntityDescriptor>"#;

#[test]
fn a_service_provider_by_hand_has_safe_defaults() {
    let sp = provider(&hand(&json!({}))).unwrap();
    assert_eq!(
        (sp.acs[0].index, sp.acs[0].binding, sp.acs[0].location.as_str()),
        (0, Binding::Post, "https://sp.example/acs")
    );
    assert_eq!((sp.signed, sp.encrypt_assertion, sp.name_id), (Signed::Both, false, NameIdKind::Persistent));
    assert!(sp.attributes.is_empty(), "nothing is released that is not mapped");
    assert!(!sp.idp_initiated && !sp.signs_requests && sp.logout.is_empty());
}

#[test]
fn every_key_of_a_service_provider_is_obeyed() {
    let (rsa, ec) = (pem(KeyType::Rsa), pem(KeyType::EcP256));
    let sp = provider(&json!({
        "entity_id": "urn:sp", "certificates": [rsa, ec], "require_signed_requests": true,
        "acs": ["https://sp.example/a", { "url": "https://sp.example/b", "binding": "artifact", "index": 9, "default": true }],
        "slo": [{ "url": "https://sp.example/slo", "binding": "post", "response_url": "https://sp.example/done" }],
        "sign_response": false, "encrypt_assertion": true, "signature_algorithm": "ecdsa-sha256", "name_id": "transient",
        "attributes": {
            "mail": "email",
            "urn:oid:2.5.4.42": { "claim": "given_name", "name_format": "urn:x", "friendly_name": "givenName" },
            "org": { "value": "12345678" },
            "groups": { "value": ["a", "b"] },
        },
        "idp_initiated": true, "relay_state": "/start", "metadata_url": "https://sp.example/metadata",
    }))
    .unwrap();
    assert_eq!((sp.acs[1].index, sp.acs[1].binding, sp.acs[1].is_default), (9, Binding::Artifact, true));
    assert_eq!(sp.logout[0].response_location.as_ref().unwrap().as_str(), "https://sp.example/done");
    assert_eq!((sp.signing_certificates.len(), sp.encryption_certificates.len()), (2, 1), "P-256 encrypts nothing");
    assert_eq!((sp.signed, sp.encrypt_assertion, sp.signs_requests), (Signed::Assertion, true, true));
    assert_eq!((sp.name_id, sp.start_relay_state.as_deref()), (NameIdKind::Transient, Some("/start")));
    assert_eq!(sp.metadata_url.unwrap().as_str(), "https://sp.example/metadata");
    let fixed = |values: &[&str]| AttributeSource::Fixed(values.iter().map(ToString::to_string).collect());
    let sources: Vec<_> = sp.attributes.iter().map(|rule| (rule.name.as_str(), rule.source.clone())).collect();
    assert_eq!(sources[0], ("groups", fixed(&["a", "b"])));
    assert_eq!(sources[2], ("org", fixed(&["12345678"])));
    assert_eq!(sp.attributes[3].friendly_name.as_deref(), Some("givenName"));
}

#[test]
fn metadata_says_the_rest_and_gives_to_think() {
    let plan = plan("saml", &json!({ "metadata": METADATA })).unwrap();
    assert_eq!((plan.name.as_str(), plan.entity_id().as_deref()), ("Time sheet", Some("https://sp.example")));
    assert!(plan.needs_credentials() && !plan.needs_secret());
    assert_eq!(plan.valid_until.unwrap().timestamp(), 1_893_456_000);
    let Protocol::Saml(sp) = &plan.protocol else { panic!("{plan:?}") };
    assert_eq!((sp.acs[0].index, sp.name_id), (3, NameIdKind::Persistent));
    assert!(plan.doubts.contains(&Doubt::Unmapped("mail".to_owned())), "{:?}", plan.doubts);
    assert!(plan.doubts.iter().any(|doubt| matches!(doubt, Doubt::OtherNameId(_))));
    assert!(plan.doubts.iter().any(|doubt| matches!(doubt, Doubt::MetadataEnds(_))));
}

#[test]
fn presets_are_the_rules_of_their_federation() {
    let rsa = pem(KeyType::Rsa);
    let with = |more: Value| {
        let mut entry = hand(&json!({ "certificates": rsa }));
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        provider(&entry)
    };
    let oio = with(json!({ "preset": "oiosaml3" })).unwrap();
    assert_eq!((oio.signed, oio.encrypt_assertion), (Signed::Assertion, true));
    let sweden = with(json!({ "preset": "swedenconnect" })).unwrap();
    assert_eq!((sweden.signed, sweden.encrypt_assertion), (Signed::Both, true));
    for (more, expected) in [
        (json!({ "preset": "oiosaml3", "encrypt_assertion": false }), ".encrypt_assertion: the preset"),
        (
            json!({ "preset": "oiosaml3", "sign_assertion": false, "sign_response": true }),
            ".sign_assertion: the preset",
        ),
        (json!({ "preset": "swedenconnect", "sign_response": false }), ".sign_response: the preset"),
        (json!({ "preset": "swedenconnect", "name_id": "email" }), ".name_id: the preset"),
    ] {
        let said = with(more).unwrap_err();
        assert!(said.contains(expected), "{said}");
    }
    let without = provider(&hand(&json!({ "preset": "oiosaml3" }))).unwrap_err();
    assert!(without.contains(".encrypt_assertion: needs a certificate"), "{without}");
}

#[test]
fn impossible_service_providers_are_refused() {
    let table = [
        (json!({}), ": needs metadata, metadata_file or metadata_url, or entity_id and acs"),
        (json!({ "entity_id": "https://sp.example" }), ".acs: must name where assertions are sent"),
        (json!({ "acs": ["https://sp.example/acs"] }), ".entity_id: is missing"),
        (hand(&json!({ "acs": ["javascript:alert(1)"] })), ".acs[0]: is not an absolute http or https address"),
        (hand(&json!({ "slo": "javascript:alert(1)" })), ".slo: is not an absolute"),
        (hand(&json!({ "acs": [{ "binding": "post" }] })), ".acs[0].url: is missing"),
        (hand(&json!({ "acs": ["https://a/", { "url": "https://b/", "index": 0 }] })), ".acs[1]: has the index 0"),
        (hand(&json!({ "sign_response": false, "sign_assertion": false })), ".sign_assertion: sign the assertion"),
        (hand(&json!({ "encrypt_assertion": true })), ".encrypt_assertion: needs a certificate"),
        (hand(&json!({ "require_signed_requests": true })), ".require_signed_requests: needs a certificate"),
        (hand(&json!({ "certificates": "nonsense" })), ".certificates: is not an X.509 certificate"),
        (
            hand(&json!({ "encryption_certificates": pem(KeyType::EcP256) })),
            ".encryption_certificates: has a key that nothing can",
        ),
        (hand(&json!({ "attributes": { "x": "password" } })), ".attributes.x: is not a claim that people have"),
        (hand(&json!({ "attributes": { "x": { "claim": "email", "value": "y" } } })), ".attributes.x: needs one of"),
        (hand(&json!({ "attributes": { "x": { "value": [] } } })), ".attributes.x: must hold at least one value"),
        (hand(&json!({ "attributes": { "x": { "value": "\u{1}" } } })), ".attributes.x: must not contain control"),
        (hand(&json!({ "relay_state": "/x" })), ".relay_state: is only used with idp_initiated"),
        (hand(&json!({ "idp_initiated": true, "relay_state": "x".repeat(81) })), ".relay_state: must be at most 80"),
        (hand(&json!({ "metadata_file": "/etc/passwd" })), ".metadata_file: can only be read by the command line"),
        (json!({ "metadata_url": "https://sp.example/m" }), ".metadata_url: has not been fetched"),
        (hand(&json!({ "metadata": METADATA })), ".acs: stands in the metadata"),
        (json!({ "metadata": METADATA, "entity_id": "urn:x" }), ".metadata: does not describe"),
        (json!({ "metadata": "<x/>" }), ".metadata: is not SAML metadata"),
    ];
    for (entry, expected) in table {
        let said = provider(&entry).map(|_| ()).unwrap_err();
        assert!(said.contains(expected), "{entry}\n{said}");
    }
}

#[test]
fn a_relying_party_says_its_realm_and_where_answers_go() {
    let entry = json!({ "realm": "urn:acme:intranet", "reply_urls": ["https://intranet.example/wsfed"] });
    let read = party(&entry).unwrap();
    assert_eq!((read.token_type, read.name_id), (TokenType::Saml11, NameIdKind::Persistent));
    let read = party(&json!({ "realm": "urn:a:b", "reply_urls": ["https://x/"], "token_type": "saml20", "attributes": { "urn:e": "email" },
        "name_id": "username", "encryption_certificate": pem(KeyType::Rsa), "signature_algorithm": "rsa-sha512" }))
    .unwrap();
    assert_eq!((read.token_type, read.name_id, read.attributes.len()), (TokenType::Saml20, NameIdKind::Username, 1));
    assert!(read.encryption_certificate.is_some());
    for (entry, expected) in [
        (json!({}), ".realm: is missing"),
        (json!({ "realm": "intranet", "reply_urls": ["https://x/"] }), ".realm: is not an absolute URI"),
        (json!({ "realm": "urn:a:b" }), ".reply_urls: must name where"),
        (json!({ "realm": "urn:a:b", "reply_urls": ["javascript:x"] }), ".reply_urls[0]: is not an absolute"),
        (
            json!({ "realm": "urn:a:b", "reply_urls": ["https://x/"], "encryption_certificate": pem(KeyType::EcP256) }),
            ".encryption_certificate: has a key that nothing can be encrypted for",
        ),
    ] {
        let said = party(&entry).map(|_| ()).unwrap_err();
        assert!(said.contains(expected), "{entry}\n{said}");
    }
}

#[test]
fn an_application_speaks_one_protocol_and_has_its_name_alone() {
    let wsfed = json!({ "realm": "urn:a:b", "reply_urls": ["https://x/"] });
    let both = json!({ "id": "app", "wsfed": wsfed, "saml": hand(&json!({})) });
    let problems = plan_application(serde_json::from_value(both).unwrap()).unwrap_err();
    assert!(problems[0].message.contains("keep one of"), "{problems:?}");
    let twice = json!({ "tenant": [{ "slug": "acme", "application": [
        { "id": "a", "saml": hand(&json!({})) }, { "id": "b", "saml": hand(&json!({})) },
        { "id": "c", "wsfed": wsfed }, { "id": "d", "wsfed": wsfed },
    ] }] });
    let problems = check(serde_json::from_value(twice).unwrap()).unwrap_err();
    let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        told,
        ["the entity id \"https://sp.example\" stands here twice", "the realm \"urn:a:b\" stands here twice"]
    );
}

fn signer() -> Credential {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    let minted = mint(KeyType::EcP256, "federation", now, &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), KeyType::EcP256, &minted.private, minted.certificate).unwrap()
}

fn signed(text: &str, signer: &Credential) -> String {
    let text = text.replacen("entityID=", "ID=\"_x\" entityID=", 1);
    sign_enveloped(&text, Place::First, signer, SignatureAlg::EcdsaSha256).unwrap()
}

#[test]
fn in9_an_application_is_registered_only_by_metadata_that_its_federation_signed() {
    let (federation, stranger) = (signer(), signer());
    let pem = write_pem(federation.certificate());
    let with = |text: &str, certificates: Value| {
        provider(&json!({ "metadata": text, "metadata_certificates": certificates })).map(|sp| sp.metadata_certificates)
    };
    let good = signed(METADATA, &federation);
    assert_eq!(with(&good, json!(pem)).unwrap(), [federation.certificate().clone()]);
    assert_eq!(with(&good, json!([write_pem(stranger.certificate()), pem])).unwrap().len(), 2);
    let endless = METADATA.replacen(" validUntil=\"2030-01-01T00:00:00Z\"", "", 1);
    for (text, certificates, expected) in [
        (
            METADATA.to_owned(),
            json!(pem),
            ".metadata_certificates: cannot vouch for the metadata, which carries no signature",
        ),
        (signed(METADATA, &stranger), json!(pem), "which carries a signature that none of the registered keys made"),
        (good.replace("sp.example/acs", "evil.example/acs"), json!(pem), "which was changed after it was signed"),
        (signed(&endless, &federation), json!(pem), "which does not say until when it is valid"),
        (good.clone(), json!("nonsense"), ".metadata_certificates: is not an X.509 certificate"),
        (METADATA.to_owned(), json!(["nonsense"]), ".metadata_certificates[0]: is not an X.509 certificate"),
    ] {
        let said = with(&text, certificates).unwrap_err();
        assert!(said.contains(expected), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let file = provider(&hand(&json!({ "metadata_certificates_file": "/etc/passwd" }))).unwrap_err();
    assert!(file.contains(".metadata_certificates_file: can only be read by the command line"), "{file}");
    // By hand it counts from the first time that metadata is fetched.
    let url = "https://sp.example/metadata";
    let by_hand = provider(&hand(&json!({ "metadata_url": url, "metadata_certificates": pem }))).unwrap();
    assert_eq!(by_hand.metadata_certificates.len(), 1);
    // Signed, and nobody has said by whom it has to be.
    let plan = plan("saml", &json!({ "metadata": good })).unwrap();
    let name = crate::crypto::certificate::fingerprint(&federation.certificate().0);
    let doubt = Doubt::SignatureUnchecked(Some(name.clone()));
    assert!(plan.doubts.contains(&doubt) && doubt.to_string().contains(&name), "{:?}", plan.doubts);
}

#[test]
fn in8_a_provider_is_registered_only_by_metadata_that_its_federation_signed() {
    let (federation, stranger) = (signer(), signer());
    let pem = write_pem(federation.certificate());
    let certificate = pem.lines().filter(|line| !line.starts_with("---")).collect::<String>();
    let text = format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example" validUntil="2030-01-01T00:00:00Z">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor>
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</IDPSSODescriptor></EntityDescriptor>"#
    );
    let with = |text: &str| {
        let entry = json!({ "id": "up", "kind": "saml", "metadata": text, "metadata_certificates": pem });
        plan_identity_provider(serde_json::from_value(entry).unwrap())
    };
    let plan = with(&signed(&text, &federation)).unwrap();
    assert!(plan.valid_until.is_some() && plan.doubts.is_empty());
    let provider: IdentityProvider = plan.merge(None);
    assert_eq!(provider.saml().unwrap().metadata_certificates, [federation.certificate().clone()]);
    // What stands can be declared again, as the form does.
    let mut again = provider_as_written(&provider);
    assert!(again["metadata_certificates"][0].as_str().unwrap().contains("BEGIN CERTIFICATE"));
    again.remove("certificates");
    again.remove("sso");
    again.insert("metadata".to_owned(), signed(&text, &stranger).into());
    let again = plan_identity_provider(serde_json::from_value(Value::Object(again)).unwrap()).unwrap_err();
    let told = [with(&text).unwrap_err(), with(&signed(&text, &stranger)).unwrap_err(), again];
    for problems in told {
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].path, "identity_provider.metadata_certificates");
    }
    let unchecked = json!({ "id": "up", "kind": "saml", "metadata": signed(&text, &stranger) });
    let unchecked = plan_identity_provider(serde_json::from_value(unchecked).unwrap()).unwrap();
    assert!(matches!(unchecked.doubts[..], [Doubt::SignatureUnchecked(Some(_))]), "{:?}", unchecked.doubts);
}
