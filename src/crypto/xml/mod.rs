//! The narrow XML engine: what SAML and WS-Federation need of XML, XML Signature and XML Encryption, and no more.
//!
//! Implements XML 1.0 without document types, Exclusive XML Canonicalization 1.0 without comments, the enveloped
//! signatures of XML Signature 1.1 as SAML Core §5.4 profiles them, the detached signatures of SAML Bindings
//! §3.4.4.1, and XML Encryption 1.1 by AES-GCM and RSA-OAEP.
//!
//! Everything is an allow-list. Refused on purpose: document types, entities, processing instructions, XInclude, other
//! transforms, other canonicalisations, SHA-1 and HMAC, keys that a message brings along. A key comes from whoever
//! calls, and never from `KeyInfo`.
//!
//! | module | what it gives |
//! |--------|---------------|
//! | `screen` | bounds, before anything is parsed |
//! | `document` | [`Document`], [`Element`]: one parse, read afterwards by names and namespaces |
//! | `writer` | [`Writer`]: messages as text, every value escaped |
//! | `canonical` | what is digested of an element |
//! | `sign` | [`sign_enveloped`], [`sign_query`] |
//! | `verify` | [`verify_enveloped`], [`verify_query`], [`signed_document`] |
//! | `encryption` | [`encrypt_element`], [`decrypt_element`] |

mod canonical;
mod document;
mod encryption;
mod screen;
mod sign;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use document::{Document, Element};
pub use encryption::{Cipher, decrypt_element, encrypt_element};
pub use sign::{Place, sign_enveloped, sign_query};
pub use verify::{signed_document, verify_enveloped, verify_query};
pub use writer::Writer;

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512};

use super::credential::CredentialError;

/// Octets of the largest message.
pub const MESSAGE: usize = 64 * 1024;
/// Octets of the largest metadata, which may speak of a whole federation.
pub const METADATA: usize = 8 * 1024 * 1024;

pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    #[error("is larger than {0} bytes")]
    TooLarge(usize),
    #[error("is not UTF-8")]
    Encoding,
    #[error("is nested too deeply")]
    TooDeep,
    #[error("has too many attributes on one element")]
    TooManyAttributes,
    #[error("has too many elements, comments and sections for its size")]
    TooManyPieces,
    #[error("has a document type, a processing instruction or an inclusion")]
    Forbidden,
    #[error("is not well-formed XML with namespaces")]
    Malformed,
    #[error("has the same ID twice, or an element with two of them")]
    DuplicateId,
    #[error("has an element twice that may stand there once")]
    Repeated,
    #[error("has elements where only text may stand")]
    NotText,
    #[error("has a character that XML cannot carry")]
    Character,
    #[error("has elements that were opened and closed unevenly, or a name that is none")]
    Unbalanced,
    #[error("has no identifier, or one that is no name")]
    Identifier,
    #[error("has no place for a signature")]
    Place,
    #[error("carries no signature")]
    Unsigned,
    #[error("carries a signature of a shape that is not accepted: {0}")]
    Shape(&'static str),
    #[error("names an algorithm that is not accepted")]
    Algorithm,
    #[error("was changed after it was signed")]
    Digest,
    #[error("carries a signature that none of the registered keys made")]
    Signature,
    #[error("cannot be encrypted or decrypted with this key")]
    Encryption,
    #[error(transparent)]
    Key(#[from] CredentialError),
}

/// Digests that belong to signatures; nothing below SHA-256.
fn digest_method(uri: &str) -> Result<&'static Algorithm, XmlError> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(&SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(&SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(&SHA512),
        _ => Err(XmlError::Algorithm),
    }
}

/// What an element is referred to by: one attribute, whichever is its own (SAML 1.1 Core §5.4.2, SAML Core §5.4.2).
fn identifier<'a>(
    namespace: &str,
    local: &str,
    attribute: impl Fn(&'static str) -> Option<&'a str>,
) -> Result<&'a str, XmlError> {
    let name = match (namespace, local) {
        ("urn:oasis:names:tc:SAML:1.0:assertion", _) => "AssertionID",
        ("urn:oasis:names:tc:SAML:1.0:protocol", "Request") => "RequestID",
        ("urn:oasis:names:tc:SAML:1.0:protocol", _) => "ResponseID",
        _ => "ID",
    };
    let id = attribute(name).ok_or(XmlError::Identifier)?;
    let starts = id.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let plain = id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (starts && plain && id.len() <= 256).then_some(id).ok_or(XmlError::Identifier)
}
