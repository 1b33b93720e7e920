//! Who vouches for the metadata of others (SAML Metadata §3): certificates that were registered for it. A federation
//! signs all of its members at once, others sign themselves; both is the enveloped signature that messages have, of
//! the same one shape and by the same algorithms.
//!
//! Where such certificates are registered, nothing is read but what one of them signed, parsed anew from the very octets
//! that were digested: a signature over something else in the document vouches for nothing. It has to say until when it
//! holds, or whoever is on the way could bring back what was signed years ago. `KeyInfo` is the sender's word: it is
//! shown, and never asked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sp_metadata::{Found, Limits, MetadataFault, entities};
use crate::crypto::certificate::fingerprint;
use crate::crypto::xml::{DSIG, Document, Element, METADATA, XmlError, signed_document};
use crate::domain::saml::{CertificateDer, EntityId};

/// What is known of who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    Absent,
    /// There is one, and nobody to compare it with. Its certificate's fingerprint by its own word, if it says one.
    Unchecked(Option<String>),
    /// One of the registered certificates made it.
    Verified,
}

/// Metadata as it may be read.
pub(super) struct Source {
    pub document: Document,
    pub signature: Signature,
}

impl Source {
    /// All of it where nobody has to have signed it. Otherwise what one of `signers` signed: the whole, or else the
    /// entity that is wanted, since some hand on what others signed themselves.
    pub fn open(
        text: &[u8],
        (role, wanted): (&str, Option<&EntityId>),
        signers: &[CertificateDer],
    ) -> Result<Self, MetadataFault> {
        let document = Document::parse_within(text, METADATA)?;
        let whole = document.root();
        let entity = the_one(entities(&document, role)?, wanted).unwrap_or(whole);
        if signers.is_empty() {
            let signature = signature_of([whole, entity]);
            return Ok(Self { document, signature });
        }
        let document = vouched((whole, entity), signers)?;
        Ok(Self { document, signature: Signature::Verified })
    }

    /// What is signed must end, and says so itself.
    pub fn ends(&self, limits: Limits) -> Result<(), MetadataFault> {
        match (&self.signature, limits.valid_until) {
            (Signature::Verified, None) => Err(MetadataFault::Endless),
            (Signature::Verified, Some(_)) | (Signature::Absent | Signature::Unchecked(_), _) => Ok(()),
        }
    }
}

fn the_one<'a>(mut found: Vec<Found<'a>>, wanted: Option<&EntityId>) -> Option<Element<'a>> {
    found.retain(|one| wanted.is_none_or(|wanted| one.id == wanted.as_str()));
    if let [only] = found.as_slice() { Some(only.entity) } else { None }
}

fn vouched((whole, entity): (Element<'_>, Element<'_>), signers: &[CertificateDer]) -> Result<Document, MetadataFault> {
    let first = match signed(whole, signers) {
        Ok(document) => return Ok(document),
        Err(fault) => fault,
    };
    // What is wrong with a signature is told before that another one is missing.
    let told = |second| if first == XmlError::Unsigned { second } else { first };
    signed(entity, signers).map_err(|second| MetadataFault::Unvouched(told(second)))
}

fn signed(element: Element<'_>, signers: &[CertificateDer]) -> Result<Document, XmlError> {
    if is_signed(element) { signed_document(element, signers) } else { Err(XmlError::Unsigned) }
}

fn is_signed(element: Element<'_>) -> bool {
    inside(element, "Signature").is_some()
}

fn inside<'a>(element: Element<'a>, local: &str) -> Option<Element<'a>> {
    element.children().find(|child| child.is(DSIG, local))
}

fn signature_of(elements: [Element<'_>; 2]) -> Signature {
    match elements.into_iter().find(|one| is_signed(*one)) {
        Some(signed) => Signature::Unchecked(named(signed)),
        None => Signature::Absent,
    }
}

/// The certificate that a signature names, by its fingerprint.
fn named(signed: Element<'_>) -> Option<String> {
    let path = ["Signature", "KeyInfo", "X509Data", "X509Certificate"];
    let certificate = path.into_iter().try_fold(signed, inside)?;
    let packed: String = certificate.text().ok()?.split_ascii_whitespace().collect();
    STANDARD.decode(packed).ok().filter(|der| !der.is_empty()).map(|der| fingerprint(&der))
}

#[cfg(test)]
#[path = "metadata_signature_tests.rs"]
mod tests;
