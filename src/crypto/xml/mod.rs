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

mod document;
mod screen;
mod writer;

pub use document::{Document, Element};
pub use writer::Writer;

/// Octets of the largest message.
pub const MESSAGE: usize = 64 * 1024;
/// Octets of the largest metadata, which may speak of a whole federation.
pub const METADATA: usize = 8 * 1024 * 1024;

pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";

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
}
