//! Signatures that we make: enveloped ones over a whole element, and detached ones over a query.

use aws_lc_rs::digest::{Digest, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uppsala::{Document, NodeId};

use super::canonical::canonical;
use super::{DSIG, ENVELOPED, EXCLUSIVE, Writer, XmlError, digest_method, document, identifier};
use crate::crypto::credential::Credential;
use crate::domain::saml::SignatureAlg;

/// Where the schema of an element wants its `ds:Signature`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// SAML 2.0 messages and assertions (Core §2.3.3, §3.2.1).
    AfterIssuer,
    /// Metadata (Metadata §2.3.2).
    First,
    /// SAML 1.1 assertions (SAML 1.1 Core §2.3.2).
    Last,
}

/// Signs the root by its identifier. Not an octet of what is given changes: the signature is put in between.
pub fn sign_enveloped(xml: &str, place: Place, signer: &Credential, alg: SignatureAlg) -> Result<String, XmlError> {
    let tree = document::tree(xml)?;
    let root = tree.document_element().ok_or(XmlError::Malformed)?;
    let element = tree.element(root).ok_or(XmlError::Malformed)?;
    let namespace = element.name.namespace_uri.as_deref().unwrap_or_default();
    let id = identifier(namespace, &element.name.local_name, |name| {
        let mut own = element.attributes.iter().filter(|one| one.name.prefix.is_none());
        own.find(|one| one.name.local_name == name).map(|one| &*one.value)
    })?;
    let at = position(xml, &tree, root, place)?;
    let method = digest_uri(alg);
    let value = digest(digest_method(method)?, &canonical(&tree, root, None, &[])?);
    let info = signed_info(id, alg, method, &value)?;
    let signature = signature(&info, signer, alg)?;
    let (before, after) = xml.split_at_checked(at).ok_or(XmlError::Place)?;
    Ok([before, &signature, after].concat())
}

/// Signs the octets of a query (Bindings §3.4.4.1): `SAMLRequest=…&RelayState=…&SigAlg=…`.
pub fn sign_query(octets: &str, signer: &Credential, alg: SignatureAlg) -> Result<Vec<u8>, XmlError> {
    Ok(signer.sign(alg, octets.as_bytes())?)
}

/// The digest of the same strength as the signature.
fn digest_uri(alg: SignatureAlg) -> &'static str {
    match alg {
        SignatureAlg::RsaSha256 | SignatureAlg::EcdsaSha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        SignatureAlg::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        SignatureAlg::RsaSha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

/// `SignedInfo` in canonical form, which is also how it is sent but for one declaration.
fn signed_info(id: &str, alg: SignatureAlg, method: &str, value: &Digest) -> Result<String, XmlError> {
    let mut info = Writer::new();
    info.open("ds:SignedInfo", &[("xmlns:ds", DSIG)])
        .leaf("ds:CanonicalizationMethod", &[("Algorithm", EXCLUSIVE)], "")
        .leaf("ds:SignatureMethod", &[("Algorithm", alg.uri())], "")
        .open("ds:Reference", &[("URI", &format!("#{id}"))])
        .open("ds:Transforms", &[])
        .leaf("ds:Transform", &[("Algorithm", ENVELOPED)], "")
        .leaf("ds:Transform", &[("Algorithm", EXCLUSIVE)], "")
        .close()
        .leaf("ds:DigestMethod", &[("Algorithm", method)], "")
        .leaf("ds:DigestValue", &[], &STANDARD.encode(value))
        .close()
        .close();
    info.finish()
}

fn signature(info: &str, signer: &Credential, alg: SignatureAlg) -> Result<String, XmlError> {
    let value = signer.sign(alg, info.as_bytes())?;
    let mut signature = Writer::new();
    signature
        .open("ds:Signature", &[("xmlns:ds", DSIG)])
        .insert(&info.replacen(&format!(" xmlns:ds=\"{DSIG}\""), "", 1))
        .leaf("ds:SignatureValue", &[], &STANDARD.encode(value))
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &STANDARD.encode(&signer.certificate().0))
        .close()
        .close()
        .close();
    signature.finish()
}

/// Where in the text the signature goes. Whatever is signed already, or has nothing in it, has no place.
fn position(xml: &str, tree: &Document<'_>, root: NodeId, place: Place) -> Result<usize, XmlError> {
    let mut children = tree.children_iter(root).filter(|child| tree.element(*child).is_some());
    if children.any(|child| tree.element(child).is_some_and(|element| element.matches_name_ns(DSIG, "Signature"))) {
        return Err(XmlError::Place);
    }
    let first = tree.children_iter(root).find(|child| tree.element(*child).is_some()).ok_or(XmlError::Place)?;
    let range = tree.node_range(first).ok_or(XmlError::Place)?;
    match place {
        Place::AfterIssuer if tree.element(first).is_some_and(|element| element.name.local_name == "Issuer") => {
            Ok(range.end)
        }
        Place::AfterIssuer | Place::First => Ok(range.start),
        Place::Last => {
            let end = tree.node_range(root).ok_or(XmlError::Place)?.end;
            xml.get(..end).and_then(|text| text.rfind("</")).ok_or(XmlError::Place)
        }
    }
}
