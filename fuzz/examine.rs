//! What a stranger's octets pass through before anybody is known: decoding, parsing, reading, verifying, decrypting.
//! Shared by the fuzz target and by the property tests.

use portner::crypto::xml::{self, Document, Element, decrypt_element, signed_document, verify_enveloped};
use portner::domain::saml::CertificateDer;
use portner::protocol::saml::binding::Incoming;
use portner::protocol::saml::message::Header;

/// Anything may come of it but a panic, or a signature that nobody made.
pub fn message(octets: &[u8]) {
    if let Ok(text) = std::str::from_utf8(octets) {
        for incoming in [Incoming::redirect(text), Incoming::post(text)].into_iter().flatten() {
            assert!(incoming.xml.len() <= xml::MESSAGE);
            if let Ok(document) = Document::parse(&incoming.xml) {
                assert!(incoming.verify(document.root(), &nobody()).is_err());
                look(&document);
            }
        }
    }
    if let Ok(document) = Document::parse(octets) {
        look(&document);
    }
}

/// A registered certificate that is none.
fn nobody() -> [CertificateDer; 1] {
    [CertificateDer(vec![0x30, 0x00])]
}

fn look(document: &Document) {
    for kind in ["AuthnRequest", "LogoutRequest", "Response"] {
        drop(Header::read(document.root(), kind));
    }
    walk(document.root());
}

fn walk(element: Element<'_>) {
    drop(element.text());
    if element.child(xml::DSIG, "Signature").is_ok_and(|found| found.is_some()) {
        assert!(verify_enveloped(element, &nobody()).is_err());
        assert!(signed_document(element, &nobody()).is_err());
    }
    if element.is(xml::XENC, "EncryptedData") {
        assert!(decrypt_element(element, &[]).is_err());
    }
    element.children().for_each(walk);
}
