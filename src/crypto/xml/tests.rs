//! Signatures: what we make is accepted, and nothing that differs from it in a way that matters.

use aws_lc_rs::digest::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

#[path = "../../../tests/it/support/saml_idp/signed_info.rs"]
mod signed_info;

use super::*;
use crate::crypto::credential::{self, Credential};
use crate::crypto::entropy::SystemEntropy;
use crate::domain::Time;
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::domain::signing::{KeyId, KeyType};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// A certificate of RSA with 1024 bits.
const WEAK: &str = "\
    MIIB/DCCAWWgAwIBAgIUKD8DUVPLWCM0vrnOqp/unT5S1UwwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAgFw0y\
    NjExMjIxMTE4NDBaGA8yMTI2MTAyOTExMTg0MFowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC\
    gYEA2puwC3fji7PA2pbMmACjXpbYoh5o8yg8whJSfuRoXH6yXONFZ7p+ujRiFwkiYnVI8M1MZhyDM7p34I/v5ByVpwAak9LZ\
    /NTla9Z+BTF/tRX9jJPFtiX7Ljq8ETv3eQkZEw49CsBRYUlyxcK4Oyf6gj/39HWxr3rKW1r7zayaL9ECAwEAAaNTMFEwHQYD\
    VR0OBBYEFAmDGsbOcVr/8Q1VW3Ab7Tpl34lsMB8GA1UdIwQYMBaAFAmDGsbOcVr/8Q1VW3Ab7Tpl34lsMA8GA1UdEwEB/wQF\
    MAMBAf8wDQYJKoZIhvcNAQELBQADgYEAUYEgeSFrvD24WGRj4XdLegytROTYqA9I5ZpFrZRHXr89nMvO1+BlWIP/jt24Rwfo\
    1fdjncSng9v+FMHmICEviHNkV9oxk0KyXZeyBjF6VgKkl8cjkMIl3PWh5lTMfGyjEtGnfdew9WACOKNl0tHqR+jLOOiYw2GG\
    +z+1rAfeJ1Y=";

fn holder(kind: KeyType) -> Credential {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    let minted = credential::mint(kind, "holder", now, &SystemEntropy).unwrap();
    Credential::parse(KeyId("k".to_owned()), kind, &minted.private, minted.certificate).unwrap()
}

fn keys(holder: &Credential) -> Vec<CertificateDer> {
    vec![holder.certificate().clone()]
}

fn assertion(id: &str, subject: &str) -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"{SAML}\" xmlns:xs=\"urn:xs\" Version=\"2.0\" ID=\"{id}\">\
         <saml:Issuer>https://id.example</saml:Issuer>\
         <saml:Subject><saml:NameID>{subject}</saml:NameID></saml:Subject></saml:Assertion>"
    )
}

fn response(content: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"{SAMLP}\" xmlns:saml=\"{SAML}\" ID=\"_r\" Version=\"2.0\">\
         <saml:Issuer>https://id.example</saml:Issuer>{content}</samlp:Response>"
    )
}

/// Verifies the root, and says whom it names.
fn accept(xml: &str, keys: &[CertificateDer]) -> Result<String, XmlError> {
    let document = Document::parse(xml.as_bytes())?;
    verify_enveloped(document.root(), keys)?;
    let signed = signed_document(document.root(), keys)?;
    let subject = |root: Element<'_>| {
        let subject = root.child(SAML, "Subject").unwrap().unwrap();
        subject.child(SAML, "NameID").unwrap().unwrap().text().unwrap()
    };
    assert_eq!(subject(document.root()), subject(signed.root()));
    Ok(subject(signed.root()))
}

/// A signature made by hand: whatever `SignedInfo` says is truly signed.
fn forge(xml: &str, holder: &Credential, edit: impl Fn(String) -> String) -> String {
    let document = Document::parse(xml.as_bytes()).unwrap();
    let root = document.root();
    let octets = canonical::canonical(root.tree, root.id, None, &[]).unwrap();
    let value = STANDARD.encode(digest(&SHA256, &octets));
    let info = edit(format!(
        "<ds:SignedInfo xmlns:ds=\"{DSIG}\"><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <ds:Reference URI=\"#_a\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"/>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{value}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    ));
    let parsed = Document::parse(info.as_bytes()).unwrap();
    let signed = canonical::canonical(parsed.root().tree, parsed.root().id, None, &[]).unwrap();
    let value = STANDARD.encode(holder.sign(SignatureAlg::RsaSha256, &signed).unwrap());
    let signature = format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    );
    xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
}

#[test]
fn what_is_signed_is_accepted_by_every_algorithm_and_place() {
    for alg in SignatureAlg::ALL {
        let (holder, stranger) = (holder(alg.key_type()), holder(alg.key_type()));
        for place in [Place::AfterIssuer, Place::First, Place::Last] {
            let signed = sign_enveloped(&assertion("_a", "alice"), place, &holder, alg).unwrap();
            assert_eq!(accept(&signed, &keys(&holder)).unwrap(), "alice", "{alg:?} {place:?}");
            assert_eq!(accept(&signed, &keys(&stranger)), Err(XmlError::Signature));
            assert_eq!(accept(&signed, &[]), Err(XmlError::Signature));
            let both = [keys(&stranger), keys(&holder)].concat();
            assert_eq!(accept(&signed, &both).unwrap(), "alice", "any of the registered keys will do");
        }
    }
}

#[test]
fn the_signature_stands_where_the_schemas_want_it() {
    let holder = holder(KeyType::EcP256);
    let alg = SignatureAlg::EcdsaSha256;
    let order = |xml: &str| -> Vec<String> {
        let document = Document::parse(xml.as_bytes()).unwrap();
        document.root().children().map(|child| child.local().to_owned()).collect()
    };
    let place = |place| order(&sign_enveloped(&assertion("_a", "x"), place, &holder, alg).unwrap());
    assert_eq!(place(Place::AfterIssuer), ["Issuer", "Signature", "Subject"]);
    assert_eq!(place(Place::First), ["Signature", "Issuer", "Subject"]);
    assert_eq!(place(Place::Last), ["Issuer", "Subject", "Signature"]);
    let none = "<md:E xmlns:md=\"urn:md\" ID=\"_e\"><md:F/></md:E>";
    assert_eq!(order(&sign_enveloped(none, Place::AfterIssuer, &holder, alg).unwrap()), ["Signature", "F"]);
}

#[test]
fn what_has_no_place_or_no_name_is_not_signed() {
    let holder = holder(KeyType::EcP256);
    let sign = |xml: &str| sign_enveloped(xml, Place::First, &holder, SignatureAlg::EcdsaSha256).unwrap_err();
    assert_eq!(sign("<a><b/></a>"), XmlError::Identifier);
    assert_eq!(sign("<a ID=''><b/></a>"), XmlError::Identifier);
    assert_eq!(sign("<a ID='1'><b/></a>"), XmlError::Identifier);
    assert_eq!(sign("<a ID='x&amp;y'><b/></a>"), XmlError::Identifier);
    assert_eq!(sign("<a xmlns:i='urn:i' i:ID='x'><b/></a>"), XmlError::Identifier);
    assert_eq!(sign("<a ID='x'/>"), XmlError::Place);
    assert_eq!(sign("<a ID='x'><b ID='x'/></a>"), XmlError::DuplicateId);
    let twice = sign_enveloped(&assertion("_a", "x"), Place::First, &holder, SignatureAlg::EcdsaSha256).unwrap();
    assert_eq!(sign(&twice), XmlError::Place);
    assert!(matches!(
        sign_enveloped("<a ID='x'><b/></a>", Place::First, &holder, SignatureAlg::RsaSha256),
        Err(XmlError::Key(_))
    ));
}

#[test]
fn saml_1_1_is_signed_by_the_names_it_has() {
    let holder = holder(KeyType::Rsa);
    let sign = |xml: &str| sign_enveloped(xml, Place::Last, &holder, SignatureAlg::RsaSha256);
    let assertion = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:1.0:assertion\" AssertionID=\"_a\"><saml:B/></saml:Assertion>";
    let signed = sign(assertion).unwrap();
    assert!(signed.contains("URI=\"#_a\"") && signed.ends_with("</ds:Signature></saml:Assertion>"));
    let document = Document::parse(signed.as_bytes()).unwrap();
    verify_enveloped(document.root(), &keys(&holder)).unwrap();
    assert_eq!(sign(&assertion.replace("AssertionID", "ID")), Err(XmlError::Identifier));
}

#[test]
fn a_signed_assertion_stays_signed_inside_a_signed_response() {
    let holder = holder(KeyType::Rsa);
    let alg = SignatureAlg::RsaSha256;
    let inner = sign_enveloped(&assertion("_a", "alice"), Place::AfterIssuer, &holder, alg).unwrap();
    let outer = sign_enveloped(&response(&inner), Place::AfterIssuer, &holder, alg).unwrap();
    let document = Document::parse(outer.as_bytes()).unwrap();
    verify_enveloped(document.root(), &keys(&holder)).unwrap();
    let inside = document.root().child(SAML, "Assertion").unwrap().unwrap();
    verify_enveloped(inside, &keys(&holder)).unwrap();
    // Whoever signs the message does not thereby sign the assertion, nor the other way round.
    let bare = sign_enveloped(&response(&assertion("_a", "alice")), Place::AfterIssuer, &holder, alg).unwrap();
    let document = Document::parse(bare.as_bytes()).unwrap();
    let inside = document.root().child(SAML, "Assertion").unwrap().unwrap();
    assert_eq!(verify_enveloped(inside, &keys(&holder)), Err(XmlError::Unsigned));
    let document = response(&inner);
    let document = Document::parse(document.as_bytes()).unwrap();
    assert_eq!(verify_enveloped(document.root(), &keys(&holder)), Err(XmlError::Unsigned));
}

#[test]
fn tampering_is_seen() {
    let holder = holder(KeyType::Rsa);
    let keys = keys(&holder);
    let signed =
        sign_enveloped(&assertion("_a", "alice"), Place::AfterIssuer, &holder, SignatureAlg::RsaSha256).unwrap();
    let with = |from: &str, to: &str| {
        assert!(signed.contains(from), "{from}");
        accept(&signed.replacen(from, to, 1), &keys)
    };
    assert_eq!(with("alice", "mallory"), Err(XmlError::Digest));
    assert_eq!(with("Version=\"2.0\"", "Version=\"2.1\""), Err(XmlError::Digest));
    assert_eq!(with("Version=\"2.0\"", ""), Err(XmlError::Digest));
    assert_eq!(with("<saml:Subject>", "<saml:Advice/><saml:Subject>"), Err(XmlError::Digest));
    assert_eq!(with("<saml:Subject>", " <saml:Subject>"), Err(XmlError::Digest));
    assert_eq!(with("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha512"), Err(XmlError::Signature));
    assert_eq!(with("<ds:Transforms>", "<ds:Transforms Id=\"x\">"), Err(XmlError::Signature));
    assert_eq!(with("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), Err(XmlError::Signature));
    assert_eq!(with("ID=\"_a\"", "ID=\"_b\""), Err(XmlError::Shape("a reference to something else")));
    // What canonicalisation drops may change, and reads the same.
    assert_eq!(with("alice", "al<!-- -->ice").unwrap(), "alice");
    assert_eq!(with("xmlns:xs=\"urn:xs\" ", "").unwrap(), "alice");
    assert_eq!(with("alice", "<![CDATA[alice]]>").unwrap(), "alice");
}

#[test]
fn only_one_shape_of_signature_is_accepted() {
    let holder = holder(KeyType::Rsa);
    let keys = keys(&holder);
    let plain = assertion("_a", "alice");
    assert_eq!(accept(&forge(&plain, &holder, |info| info), &keys).unwrap(), "alice", "the forge makes good ones");
    for (why, from, to) in signed_info::faults("_a") {
        let forged = forge(&plain, &holder, |info| {
            assert!(info.contains(&from), "{from}");
            info.replacen(&from, &to, 1)
        });
        let error = accept(&forged, &keys).expect_err(&why);
        assert!(matches!(error, XmlError::Shape(_) | XmlError::Algorithm | XmlError::Digest), "{why}: {error}");
    }
}

#[test]
fn several_signatures_infos_objects_and_the_senders_own_key_are_refused() {
    let (holder, mallory) = (holder(KeyType::Rsa), holder(KeyType::Rsa));
    let trusted = keys(&holder);
    let plain = assertion("_a", "alice");
    let good = forge(&plain, &holder, |info| info);
    let signature = |xml: &str| {
        let start = xml.find("<ds:Signature ").unwrap();
        let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        xml[start..end].to_owned()
    };
    let own = signature(&good);
    let edit = |from: &str, to: &str| accept(&good.replacen(from, to, 1), &trusted);
    let shape = |result: Result<String, XmlError>| assert!(matches!(result, Err(XmlError::Shape(_))), "{result:?}");
    // Two signatures, in either order, good or bad.
    shape(edit(&own, &own.repeat(2)));
    let bad = own.replacen("<ds:DigestValue>", "<ds:DigestValue>AAAA", 1);
    shape(edit(&own, &format!("{bad}{own}")));
    shape(edit(&own, &format!("{own}{bad}")));
    // A second SignedInfo, before or after the first, or hidden in an Object.
    let info = &own[own.find("<ds:SignedInfo").unwrap()..own.find("<ds:SignatureValue").unwrap()];
    let evil = info.replacen("#_a", "#_b", 1);
    shape(edit(info, &format!("{evil}{info}")));
    shape(edit(info, &format!("{info}{evil}")));
    shape(edit("</ds:Signature>", &format!("{evil}</ds:Signature>")));
    shape(edit("</ds:Signature>", "<ds:Object/></ds:Signature>"));
    shape(edit("</ds:Signature>", "<ds:KeyInfo/><ds:KeyInfo/></ds:Signature>"));
    shape(edit(info, ""));
    // The attacker's key, announced by the attacker.
    let theirs = sign_enveloped(&plain, Place::AfterIssuer, &mallory, SignatureAlg::RsaSha256).unwrap();
    assert!(theirs.contains("<ds:X509Certificate>"));
    assert_eq!(accept(&theirs, &trusted), Err(XmlError::Signature));
    // KeyInfo is not signed and not read: what it holds changes nothing.
    let evil = assertion("_evil", "mallory");
    assert_eq!(edit("</ds:Signature>", &format!("<ds:KeyInfo>{evil}</ds:KeyInfo></ds:Signature>")).unwrap(), "alice");
    // HMAC keyed by what everybody knows.
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &holder.certificate().0);
    let value = STANDARD.encode(aws_lc_rs::hmac::sign(&hmac, info.as_bytes()));
    let uri = "http://www.w3.org/2001/04/xmldsig-more#";
    let forged = good.replacen(&format!("{uri}rsa-sha256"), &format!("{uri}hmac-sha256"), 1);
    let start = forged.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let end = forged.find("</ds:SignatureValue>").unwrap();
    let forged = format!("{}{value}{}", &forged[..start], &forged[end..]);
    assert_eq!(accept(&forged, &trusted), Err(XmlError::Algorithm));
}

/// Signature wrapping: the signed assertion is kept somewhere, and another stands where it is looked for.
#[test]
fn wrapped_signatures_are_refused() {
    let holder = holder(KeyType::Rsa);
    let keys = keys(&holder);
    let alg = SignatureAlg::RsaSha256;
    let good = sign_enveloped(&assertion("_a", "alice"), Place::AfterIssuer, &holder, alg).unwrap();
    let start = good.find("<ds:Signature ").unwrap();
    let end = good.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &good[start..end];
    let stripped = good.replacen(signature, "", 1);
    let evil = |id: &str, inside: &str| {
        assertion(id, "mallory").replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1)
    };
    let object = |inside: &str| {
        signature.replacen("</ds:Signature>", &format!("<ds:Object>{inside}</ds:Object></ds:Signature>"), 1)
    };
    let variants = [
        ("3: evil before", response(&format!("{}{good}", assertion("_e", "mallory")))),
        ("4: evil around", response(&evil("_e", &good))),
        ("5: evil with the signature, original after", response(&format!("{}{stripped}", evil("_e", signature)))),
        ("6: evil around the signature around the original", response(&evil("_e", &object(&stripped)))),
        (
            "7: evil among extensions",
            response(&format!("<samlp:Extensions>{}</samlp:Extensions>{good}", assertion("_e", "mallory"))),
        ),
        ("8: original in the evil one's object", response(&evil("_e", &object(&stripped)))),
        ("original in advice", response(&evil("_e", &format!("{signature}<saml:Advice>{stripped}</saml:Advice>")))),
        ("signature of a sibling", response(&format!("{signature}{}", assertion("_e", "mallory")))),
        ("the same identifier twice", response(&format!("{}{stripped}", evil("_a", signature)))),
        (
            "the same identifier in another case",
            response(&format!("{}{}", evil("_a", signature), stripped.replacen("ID=", "Id=", 1))),
        ),
    ];
    for (name, xml) in &variants {
        let Ok(document) = Document::parse(xml.as_bytes()) else { continue };
        // A reader that looks at every assertion, anywhere, still never believes the evil one.
        walk(document.root(), &mut |element| {
            if element.is(SAML, "Assertion") && verify_enveloped(element, &keys).is_ok() {
                let signed = signed_document(element, &keys).unwrap();
                let subject = signed.root().child(SAML, "Subject").unwrap().unwrap();
                assert_eq!(subject.child(SAML, "NameID").unwrap().unwrap().text().unwrap(), "alice", "{name}");
            }
        });
        // A reader that goes by the path finds one assertion that is signed, or none.
        let by_path = document.root().child(SAML, "Assertion");
        assert!(
            by_path.is_err()
                || by_path.is_ok_and(|found| found
                    .is_none_or(|found| { verify_enveloped(found, &keys).is_err() || name.starts_with('7') })),
            "{name}"
        );
    }
    // 1 and 2: the message is signed; an evil one takes its place and carries the signature.
    let message = sign_enveloped(&response(&assertion("_a", "alice")), Place::AfterIssuer, &holder, alg).unwrap();
    let start = message.find("<ds:Signature ").unwrap();
    let end = message.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let (signature, original) = (&message[start..end], [&message[..start], &message[end..]].concat());
    let forged = response(&assertion("_e", "mallory")).replacen("ID=\"_r\"", "ID=\"_f\"", 1);
    for (after, object) in [(format!("{signature}{original}"), ""), (String::new(), &*original)] {
        let signature =
            signature.replacen("</ds:Signature>", &format!("<ds:Object>{object}</ds:Object></ds:Signature>"), 1);
        for inside in [after.clone(), signature.clone(), format!("{signature}{original}")] {
            let xml = forged.replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1);
            let refused = Document::parse(xml.as_bytes()).and_then(|document| verify_enveloped(document.root(), &keys));
            assert!(refused.is_err(), "{xml}");
        }
    }
}

fn walk(element: Element<'_>, visit: &mut impl FnMut(Element<'_>)) {
    visit(element);
    element.children().for_each(|child| walk(child, visit));
}

#[test]
fn weak_keys_verify_nothing() {
    let weak = STANDARD.decode(WEAK).unwrap();
    let weak = CertificateDer(weak);
    assert_eq!(credential::read_certificate(&weak).unwrap().key, credential::KeyFacts::Rsa(1024));
    assert!(credential::PublicKey::of(&weak).is_err());
    assert!(encrypt_element("<a/>", &weak, Cipher::Aes256Gcm, &SystemEntropy).is_err());
}

#[test]
fn a_query_is_verified_by_its_raw_octets() {
    for alg in SignatureAlg::ALL {
        let holder = holder(alg.key_type());
        let octets = "SAMLRequest=fZ%2b&RelayState=&SigAlg=x";
        let signature = sign_query(octets, &holder, alg).unwrap();
        verify_query(octets.as_bytes(), alg, &signature, &keys(&holder)).unwrap();
        for other in [octets.replace("%2b", "%2B"), octets.replace("&RelayState=", ""), format!("{octets} ")] {
            let refused = verify_query(other.as_bytes(), alg, &signature, &keys(&holder));
            assert_eq!(refused, Err(XmlError::Signature), "{other}");
        }
        for other in SignatureAlg::ALL.into_iter().filter(|other| *other != alg) {
            assert!(verify_query(octets.as_bytes(), other, &signature, &keys(&holder)).is_err());
        }
        assert!(verify_query(octets.as_bytes(), alg, &[], &keys(&holder)).is_err());
    }
}

fn recipient() -> (Vec<u8>, CertificateDer) {
    let now = Time::from_timestamp(1_800_000_000, 0).unwrap();
    let minted = credential::mint(KeyType::Rsa, "recipient", now, &SystemEntropy).unwrap();
    (minted.private.to_vec(), minted.certificate)
}

fn decrypt(xml: &str, private: &[u8]) -> Result<String, XmlError> {
    let document = Document::parse(xml.as_bytes())?;
    decrypt_element(document.root(), private)
}

#[test]
fn what_is_encrypted_is_read_by_the_recipient_alone() {
    let (private, certificate) = recipient();
    let plain = assertion("_a", "ålice & bob");
    for cipher in Cipher::ALL {
        let sealed = encrypt_element(&plain, &certificate, cipher, &SystemEntropy).unwrap();
        assert!(!sealed.contains("Assertion") && sealed.contains(cipher.uri()));
        assert_eq!(decrypt(&sealed, &private).unwrap(), plain);
        assert_eq!(decrypt(&sealed, &recipient().0), Err(XmlError::Encryption));
        assert_eq!(decrypt(&sealed, b"no key"), Err(XmlError::Encryption));
        assert_ne!(sealed, encrypt_element(&plain, &certificate, cipher, &SystemEntropy).unwrap());
        // SAML lets the key stand beside the data as well.
        let key = &sealed[sealed.find("<xenc:EncryptedKey>").unwrap()..sealed.find("</ds:KeyInfo>").unwrap()];
        let beside = format!(
            "<s:E xmlns:s=\"urn:s\">{}{}</s:E>",
            sealed.replacen(key, "", 1),
            key.replacen("EncryptedKey", &format!("EncryptedKey xmlns:xenc=\"{XENC}\" xmlns:ds=\"{DSIG}\""), 1)
        );
        let document = Document::parse(beside.as_bytes()).unwrap();
        assert_eq!(decrypt_element(document.root().children().next().unwrap(), &private).unwrap(), plain);
    }
    let point = holder(KeyType::EcP256).certificate().clone();
    assert_eq!(encrypt_element(&plain, &point, Cipher::Aes256Gcm, &SystemEntropy), Err(XmlError::Encryption));
}

#[test]
fn changed_or_weaker_encryption_is_refused() {
    let (private, certificate) = recipient();
    let sealed = encrypt_element("<a/>", &certificate, Cipher::Aes256Gcm, &SystemEntropy).unwrap();
    let with = |from: &str, to: &str| {
        assert!(sealed.contains(from), "{from}");
        decrypt(&sealed.replacen(from, to, 1), &private).unwrap_err()
    };
    let gcm = Cipher::Aes256Gcm.uri();
    assert_eq!(with(gcm, "http://www.w3.org/2001/04/xmlenc#aes256-cbc"), XmlError::Algorithm);
    assert_eq!(with(gcm, Cipher::Aes128Gcm.uri()), XmlError::Encryption);
    assert_eq!(with("xmlenc#rsa-oaep-mgf1p", "xmlenc#rsa-1_5"), XmlError::Algorithm);
    assert_eq!(with("xmldsig#sha1", "xmldsig#md5"), XmlError::Algorithm);
    assert_eq!(with("xmlenc#Element", "xmlenc#Content"), XmlError::Shape("EncryptedData"));
    let method = "<xenc:EncryptionMethod";
    assert_eq!(with(method, &format!("<xenc:EncryptionMethod Algorithm=\"{gcm}\"/>{method}")), XmlError::Repeated);
    let data = "<xenc:CipherData><xenc:CipherValue>";
    let reference = "<xenc:CipherData><xenc:CipherReference URI=\"http://evil.example/\"/></xenc:CipherData>";
    assert_eq!(with(data, &format!("{reference}{data}")), XmlError::Repeated);
    let key = "<xenc:EncryptedKey>";
    assert_eq!(with(key, &format!("<xenc:EncryptedKey/>{key}")), XmlError::Repeated);
    assert!(matches!(with("<xenc:CipherValue>", "<xenc:CipherValue>!"), XmlError::Shape(_)));
    // Every octet of nonce, content and tag counts.
    let start = sealed.rfind("<xenc:CipherValue>").unwrap() + "<xenc:CipherValue>".len();
    let end = sealed.rfind("</xenc:CipherValue>").unwrap();
    let octets = STANDARD.decode(&sealed[start..end]).unwrap();
    for at in 0..octets.len() {
        let mut changed = octets.clone();
        changed[at] ^= 1;
        let changed = format!("{}{}{}", &sealed[..start], STANDARD.encode(changed), &sealed[end..]);
        assert_eq!(decrypt(&changed, &private), Err(XmlError::Encryption), "{at}");
    }
    for kept in 0..octets.len() {
        let cut = format!("{}{}{}", &sealed[..start], STANDARD.encode(&octets[..kept]), &sealed[end..]);
        assert_eq!(decrypt(&cut, &private), Err(XmlError::Encryption), "{kept}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_value_survives_signing(subject in "\\PC{1,60}|[ -~\\t\\n\\r]{1,60}", note in "\\PC{0,20}|[ -~\\t\\n\\r]{0,20}") {
        let holder = holder(KeyType::EcP256);
        let mut writer = Writer::new();
        writer.open("saml:Assertion", &[("xmlns:saml", SAML), ("ID", "_a"), ("note", &note)])
            .open("saml:Subject", &[]).leaf("saml:NameID", &[], &subject).close().close();
        if let Ok(xml) = writer.finish() {
            let signed = sign_enveloped(&xml, Place::First, &holder, SignatureAlg::EcdsaSha256).unwrap();
            prop_assert_eq!(accept(&signed, &keys(&holder)).unwrap(), subject);
        }
    }

    #[test]
    fn a_changed_octet_is_refused_or_reads_the_same(at in 0_usize..4000, with in any::<u8>()) {
        thread_local! {
            static SIGNED: (Credential, String) = {
                let holder = holder(KeyType::EcP256);
                let signed = sign_enveloped(&assertion("_a", "alice"), Place::AfterIssuer, &holder, SignatureAlg::EcdsaSha256).unwrap();
                (holder, signed)
            };
        }
        SIGNED.with(|(holder, signed)| {
            let mut octets = signed.clone().into_bytes();
            let at = at % octets.len();
            octets[at] = with;
            if let Ok(changed) = String::from_utf8(octets) && let Ok(subject) = accept(&changed, &keys(holder)) {
                assert_eq!(subject, "alice", "{changed}");
            }
        });
    }
}
