//! Signatures that others made: of one shape, by registered keys.
//!
//! XML Signature lets a signature say what it covers, how that is changed before it is looked at, and by which key. Here
//! it says none of that: it covers the element it stands in (SAML Core §5.4.2), enveloped and exclusively
//! canonicalised (§5.4.3, §5.4.4), and keys come from whoever calls. A signature that says otherwise is refused.

use aws_lc_rs::digest::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;
use uppsala::NodeKind;

use super::canonical::canonical;
use super::{DSIG, Document, ENVELOPED, EXCLUSIVE, Element, METADATA, XmlError, digest_method, identifier};
use crate::crypto::credential::PublicKey;
use crate::domain::saml::{CertificateDer, SignatureAlg};

/// Prefixes that a signer may ask to be treated inclusively.
const PREFIXES: usize = 16;

/// Whether one of `keys` signed exactly this element. What is read of it afterwards is what was signed, as long as it
/// is read through this very [`Element`].
pub fn verify_enveloped(element: Element<'_>, keys: &[CertificateDer]) -> Result<(), XmlError> {
    signed_octets(element, keys).map(drop)
}

/// The same, and hands out nothing but what was signed, parsed anew: for assertions of others, which are believed.
pub fn signed_document(element: Element<'_>, keys: &[CertificateDer]) -> Result<Document, XmlError> {
    Document::parse_within(&signed_octets(element, keys)?, METADATA)
}

/// Whether one of `keys` signed these octets, which are the raw ones of a query (Bindings §3.4.4.1).
pub fn verify_query(
    octets: &[u8],
    alg: SignatureAlg,
    signature: &[u8],
    keys: &[CertificateDer],
) -> Result<(), XmlError> {
    let made = keys.iter().any(|key| PublicKey::of(key).is_ok_and(|key| key.verify(alg, octets, signature)));
    made.then_some(()).ok_or(XmlError::Signature)
}

fn signed_octets(element: Element<'_>, keys: &[CertificateDer]) -> Result<Vec<u8>, XmlError> {
    let id = identifier(element.namespace(), element.local(), |name| element.attribute(name))?;
    let signature = match element.child(DSIG, "Signature") {
        Ok(found) => found.ok_or(XmlError::Unsigned)?,
        Err(_twice) => return Err(XmlError::Shape("two signatures")),
    };
    let mut parts = signature.children();
    let info = part(parts.next(), "SignedInfo")?;
    let value = part(parts.next(), "SignatureValue")?;
    // Whatever KeyInfo says is the sender's word, so nobody reads it. `Object` and a second SignedInfo stand nowhere.
    match (parts.next(), parts.next()) {
        (None, None) => {}
        (Some(key), None) if key.is(DSIG, "KeyInfo") => {}
        _ => return Err(XmlError::Shape("something beside SignedInfo, SignatureValue and KeyInfo")),
    }
    plain(info)?;
    plain(value)?;
    let signed = SignedInfo::read(info, id)?;
    let octets = canonical(element.tree, element.id, Some(signature.id), &signed.content_prefixes)?;
    let expected = digest(digest_method(signed.digest_method)?, &octets);
    if !bool::from(expected.as_ref().ct_eq(&signed.digest)) {
        return Err(XmlError::Digest);
    }
    let info = canonical(element.tree, info.id, None, &signed.info_prefixes)?;
    verify_query(&info, signed.alg, &decoded(value)?, keys)?;
    Ok(octets)
}

/// What little a signature may choose.
struct SignedInfo<'a> {
    info_prefixes: Vec<&'a str>,
    alg: SignatureAlg,
    content_prefixes: Vec<&'a str>,
    digest_method: &'a str,
    digest: Vec<u8>,
}

impl<'a> SignedInfo<'a> {
    fn read(info: Element<'a>, id: &str) -> Result<Self, XmlError> {
        let mut parts = info.children();
        let canonicalization = part(parts.next(), "CanonicalizationMethod")?;
        let method = part(parts.next(), "SignatureMethod")?;
        let reference = part(parts.next(), "Reference")?;
        none(parts.next(), "several references")?;
        none(method.children().next(), "a parameter of the signature")?;
        if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
            return Err(XmlError::Shape("a reference to something else"));
        }
        let mut parts = reference.children();
        let transforms = part(parts.next(), "Transforms")?;
        let digest_method = part(parts.next(), "DigestMethod")?;
        let digest = part(parts.next(), "DigestValue")?;
        none(parts.next(), "something after the digest")?;
        none(digest_method.children().next(), "a parameter of the digest")?;
        let mut parts = transforms.children();
        let enveloped = part(parts.next(), "Transform")?;
        let exclusive = part(parts.next(), "Transform")?;
        none(parts.next(), "a third transform")?;
        if algorithm(enveloped)? != ENVELOPED {
            return Err(XmlError::Shape("a transform other than enveloped"));
        }
        none(enveloped.children().next(), "a parameter of the transform")?;
        Ok(Self {
            info_prefixes: exclusive_prefixes(canonicalization)?,
            alg: SignatureAlg::parse(algorithm(method)?).ok_or(XmlError::Algorithm)?,
            content_prefixes: exclusive_prefixes(exclusive)?,
            digest_method: algorithm(digest_method)?,
            digest: decoded(digest)?,
        })
    }
}

fn part<'a>(found: Option<Element<'a>>, name: &'static str) -> Result<Element<'a>, XmlError> {
    found.filter(|element| element.is(DSIG, name)).ok_or(XmlError::Shape(name))
}

fn none(found: Option<Element<'_>>, what: &'static str) -> Result<(), XmlError> {
    if found.is_none() { Ok(()) } else { Err(XmlError::Shape(what)) }
}

fn algorithm(element: Element<'_>) -> Result<&str, XmlError> {
    element.attribute("Algorithm").ok_or(XmlError::Algorithm)
}

/// The only canonicalisation there is, with the prefixes that it treats inclusively.
fn exclusive_prefixes(method: Element<'_>) -> Result<Vec<&str>, XmlError> {
    if algorithm(method)? != EXCLUSIVE {
        return Err(XmlError::Shape("a canonicalisation other than exclusive"));
    }
    let mut parts = method.children();
    let Some(inclusive) = parts.next() else { return Ok(Vec::new()) };
    none(parts.next(), "a parameter of the canonicalisation")?;
    none(inclusive.children().next(), "a parameter of the canonicalisation")?;
    if !inclusive.is(EXCLUSIVE, "InclusiveNamespaces") {
        return Err(XmlError::Shape("a parameter of the canonicalisation"));
    }
    let list = inclusive.attribute("PrefixList").unwrap_or_default();
    let prefixes: Vec<_> = list.split_ascii_whitespace().collect();
    if prefixes.len() > PREFIXES { Err(XmlError::Shape("too many prefixes")) } else { Ok(prefixes) }
}

/// Base64, broken into lines as its writer liked.
fn decoded(element: Element<'_>) -> Result<Vec<u8>, XmlError> {
    none(element.children().next(), "elements in a value")?;
    let text: String = element.text()?.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok().ok_or(XmlError::Shape("a value that is not base64"))
}

/// No comment anywhere, and text only where a value stands: everybody then reads the same.
fn plain(element: Element<'_>) -> Result<(), XmlError> {
    let leaf = element.children().next().is_none();
    for node in element.tree.children_iter(element.id) {
        match element.tree.node_kind(node) {
            Some(NodeKind::Element(_)) => plain(Element { tree: element.tree, id: node })?,
            Some(NodeKind::Text(text)) if leaf || text.trim().is_empty() => {}
            Some(
                NodeKind::Text(_)
                | NodeKind::CData(_)
                | NodeKind::Comment(_)
                | NodeKind::Document
                | NodeKind::ProcessingInstruction(_)
                | NodeKind::Attribute(..),
            )
            | None => return Err(XmlError::Shape("comments or text between the parts")),
        }
    }
    Ok(())
}
