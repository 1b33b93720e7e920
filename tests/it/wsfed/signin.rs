//! `wsignin1.0`: from the request to a token that others verify.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::mint;
use portner::crypto::entropy::{Clock as _, SystemClock, SystemEntropy};
use portner::crypto::xml::{Document, decrypt_element};
use portner::domain::signing::KeyType;

use super::party::{
    CLOSED_REALM, MODERN_REALM, MODERN_REPLY, OTHER_REPLY, REALM, REPLY, SAML11, SAML20, answer, app, at, claims,
    declare, pem, sign_in, sign_in_path, text_at, verified_by_xmlsec1,
};
use crate::on_each_engine;
use crate::support::{App, PASSWORD};

const ASSERTION_11: (&str, &str) = ("AssertionID", "urn:oasis:names:tc:SAML:1.0:assertion:Assertion");
const ASSERTION_20: (&str, &str) = ("ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion");

on_each_engine! {
    fn in_9_a_relying_party_gets_a_saml_11_token_for_it_alone(engine) {
        let app = App::shared_on(engine);
        declare(&app);
        let page = sign_in(&mut app.browser(), REALM, &[("wctx", "rm=0&id=passive&ru=%2f"), ("wreply", OTHER_REPLY)]);
        let answer = answer(&page);
        assert_eq!(answer.to.as_str(), OTHER_REPLY);
        assert_eq!(answer.context.as_deref(), Some("rm=0&id=passive&ru=%2f"), "octet for octet");
        let envelope = answer.envelope();
        assert_eq!((envelope.applies_to.as_str(), envelope.token_type.as_str()), (REALM, SAML11));
        assert!(envelope.created < envelope.expires);

        let text = answer.assertion();
        let document = Document::parse(text.as_bytes()).unwrap();
        let assertion = document.root();
        assert!(assertion.is(SAML11, "Assertion"));
        assert_eq!(assertion.attribute("Issuer"), Some(format!("{}/saml/metadata", app.base()).as_str()));
        assert_eq!(text_at(assertion, &["Conditions", "AudienceRestrictionCondition", "Audience"]), REALM);
        let conditions = at(assertion, &["Conditions"]);
        assert_eq!(conditions.attribute("NotOnOrAfter"), Some(envelope.expires.as_str()));
        let statement = at(assertion, &["AuthenticationStatement"]);
        assert_eq!(statement.attribute("AuthenticationMethod"), Some("urn:oasis:names:tc:SAML:1.0:am:password"));
        let confirmation = ["Subject", "SubjectConfirmation", "ConfirmationMethod"];
        assert_eq!(text_at(statement, &confirmation), "urn:oasis:names:tc:SAML:1.0:cm:bearer");
        let claim = |name: &str| format!("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/{name}");
        let mut told = claims(assertion);
        told.sort();
        let expected = [("emailaddress", "alice@acme.example"), ("givenname", "Alice"), ("surname", "Åkerlund")];
        let expected: Vec<_> = expected.map(|(name, value)| (claim(name), vec![value.to_owned()])).into();
        assert_eq!(told, expected, "what is mapped and has a value, and nothing else");
        assert_eq!(assertion.children().last().unwrap().local(), "Signature");
        assert!(verified_by_xmlsec1(&app, "saml11", &text, ASSERTION_11));
        let tampered = text.replace("Åkerlund", "Mallory");
        assert!(!verified_by_xmlsec1(&app, "tampered", &tampered, ASSERTION_11));

        let granted: Vec<_> = app.audit().into_iter().filter(|event| event["kind"] == "authorization.granted").collect();
        assert_eq!(granted.len(), 1);
        assert_eq!(granted[0]["details"]["protocol"], "wsfed");
        assert_eq!(granted[0]["application"], "intranet");
    }
}

#[test]
fn a_saml_20_token_names_its_recipient() {
    let app = app();
    let answer = answer(&sign_in(&mut app.browser(), MODERN_REALM, &[]));
    assert_eq!((answer.to.as_str(), answer.context.as_deref()), (MODERN_REPLY, None));
    assert_eq!(answer.envelope().token_type, SAML20);
    let text = answer.assertion();
    let document = Document::parse(text.as_bytes()).unwrap();
    let assertion = document.root();
    assert!(assertion.is(SAML20, "Assertion"));
    let names: Vec<&str> = assertion.children().map(portner::crypto::xml::Element::local).collect();
    let expected = ["Issuer", "Signature", "Subject", "Conditions", "AuthnStatement", "AttributeStatement"];
    assert_eq!(names, expected);
    assert_eq!(text_at(assertion, &["Subject", "NameID"]), "alice");
    let data = at(assertion, &["Subject", "SubjectConfirmation", "SubjectConfirmationData"]);
    assert_eq!(data.attribute("Recipient"), Some(MODERN_REPLY));
    assert!(data.attribute("NotOnOrAfter").is_some());
    assert_eq!(text_at(assertion, &["Conditions", "AudienceRestriction", "Audience"]), MODERN_REALM);
    assert!(verified_by_xmlsec1(&app, "saml20", &text, ASSERTION_20));
}

/// Who is signed in is not asked again, whatever they signed in for.
#[test]
fn a_session_serves_every_application_until_a_fresh_sign_in_is_asked_for() {
    let app = app();
    let mut browser = app.signed_in();
    let name = |browser: &mut crate::support::Browser| {
        let page = browser.get(&sign_in_path(REALM, &[]));
        let text = answer(&page).assertion();
        let document = Document::parse(text.as_bytes()).unwrap();
        text_at(document.root(), &["AuthenticationStatement", "Subject", "NameIdentifier"])
    };
    assert_eq!(name(&mut browser), name(&mut browser), "a lasting name");
    let page = browser.get(&sign_in_path(REALM, &[("wfresh", "0")]));
    assert!(page.has("input[type=password]"), "wfresh=0 asks for the password");
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert_eq!(answer(&page).to.as_str(), REPLY);
    let page = browser.get(&sign_in_path(REALM, &[("wfresh", "5")]));
    assert_eq!(answer(&page).to.as_str(), REPLY, "that was less than five minutes ago");
}

#[test]
fn wauth_is_enforced_and_never_claimed_in_vain() {
    let app = app();
    let mut browser = app.signed_in();
    let password = "urn:oasis:names:tc:SAML:1.0:am:password";
    let page = browser.get(&sign_in_path(REALM, &[("wauth", password)]));
    assert!(answer(&page).assertion().contains(&format!("AuthenticationMethod=\"{password}\"")));
    let several = "http://schemas.microsoft.com/claims/multipleauthn";
    let page = browser.get(&sign_in_path(REALM, &[("wauth", several)]));
    assert!(page.find_form("wresult").is_none(), "no token without the second factor");
    let page = browser.get(&sign_in_path(REALM, &[("wauth", "urn:unheard:of")]));
    assert_eq!(page.status(), 400);
    assert!(page.reply.text().contains("PRT-1213"), "{}", page.reply.text());
}

#[test]
fn ac_2_an_application_for_a_role_is_closed_to_everybody_else() {
    let app = app();
    let page = sign_in(&mut app.browser(), CLOSED_REALM, &[]);
    assert_eq!(page.status(), 403);
    assert!(page.find_form("wresult").is_none());
    assert!(page.reply.text().contains("PRT-1217"));
    let refused: Vec<_> = app.audit().into_iter().filter(|event| event["kind"] == "authorization.refused").collect();
    assert_eq!((refused.len(), refused[0]["details"]["reason"].as_str()), (1, Some("role")));
}

/// What has been parked is looked at again when the person comes back.
#[test]
fn an_application_that_is_switched_off_meanwhile_gets_no_token() {
    let app = app();
    let mut browser = app.browser();
    let page = browser.get(&sign_in_path(REALM, &[]));
    app.apply(&format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"intranet\"\nname = \"Intranet\"\n\
         enabled = false\n[tenant.application.wsfed]\nrealm = \"{REALM}\"\nreply_urls = [\"{REPLY}\"]\n"
    ));
    let page = browser.fill_in(&page, "alice", PASSWORD);
    assert_eq!(page.status(), 400, "{}", page.reply.text());
    assert!(page.reply.text().contains("PRT-1331"));
}

#[test]
fn values_cannot_break_out_of_the_token_or_the_page() {
    let app = app();
    app.apply(
        "version = 1\n[[tenant]]\nslug = \"{slug}\"\n[[tenant.user]]\nusername = \"alice\"\n\
         given_name = \"</saml:AttributeValue><x>&amp;\"\nfamily_name = \"a]]><!--b--> \\\"'\"\n",
    );
    let page = sign_in(&mut app.browser(), REALM, &[("wctx", "\"><script>alert(1)</script>")]);
    let answer = answer(&page);
    assert_eq!(answer.context.as_deref(), Some("\"><script>alert(1)</script>"));
    assert!(!page.reply.text().contains("<script>alert"));
    let text = answer.assertion();
    let document = Document::parse(text.as_bytes()).unwrap();
    let told = claims(document.root());
    let value = |end: &str| told.iter().find(|(name, _)| name.ends_with(end)).map(|(_, values)| values[0].clone());
    assert_eq!(value("givenname").as_deref(), Some("</saml:AttributeValue><x>&amp;"));
    assert_eq!(value("surname").as_deref(), Some("a]]><!--b--> \"'"));
    assert!(verified_by_xmlsec1(&app, "escaped", &text, ASSERTION_11));
}

/// Whoever only carries the token, a browser, reads nothing of it.
#[test]
fn a_token_is_encrypted_for_whoever_registered_a_certificate() {
    let app = app();
    let minted = mint(KeyType::Rsa, "intranet", SystemClock.now(), &SystemEntropy).unwrap();
    let pem = pem(&STANDARD.encode(&minted.certificate.0));
    for (token_type, expected) in [("saml11", "EncryptedData"), ("saml20", "EncryptedAssertion")] {
        app.apply(&format!(
            "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.application]]\nid = \"intranet\"\nname = \"Intranet\"\n\
             [tenant.application.wsfed]\nrealm = \"{REALM}\"\nreply_urls = [\"{REPLY}\"]\ntoken_type = \"{token_type}\"\n\
             encryption_certificate = \"\"\"\n{pem}\"\"\"\n[tenant.application.wsfed.attributes]\nemail = \"email\"\n"
        ));
        let answer = answer(&sign_in(&mut app.browser(), REALM, &[]));
        assert!(!answer.result.contains("alice@acme.example"), "{}", answer.result);
        let document = Document::parse(answer.result.as_bytes()).unwrap();
        let token = at(document.root(), &["RequestedSecurityToken"]).children().next().unwrap();
        assert_eq!(token.local(), expected);
        let data = if expected == "EncryptedData" { token } else { at(token, &["EncryptedData"]) };
        let opened = decrypt_element(data, &minted.private).unwrap();
        assert!(opened.contains("alice@acme.example"));
        let id = if token_type == "saml11" { ASSERTION_11 } else { ASSERTION_20 };
        assert!(verified_by_xmlsec1(&app, token_type, &opened, id), "signed, then encrypted");
    }
}
