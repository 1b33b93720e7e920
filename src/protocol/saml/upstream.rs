//! Our side towards an identity provider of an organisation: what we are called there, what we ask (SAML Core §3.4.1,
//! Profiles §4.1.4.1), and our metadata as service provider (Metadata §2.4.4).
//!
//! Each connection has a name and addresses of its own, so that no other provider's answer can pass for its. Never asked:
//! `IsPassive` (whoever is sent there shall sign in), answers by artifact.

use crate::crypto::credential::Credential;
use crate::crypto::entropy::Entropy;
use crate::crypto::xml::{Cipher, DSIG, Place, Writer, XmlError, sign_enveloped};
use crate::domain::Time;
use crate::domain::identity_provider::SamlUpstream;
use crate::domain::ids::IdpId;
use crate::domain::saml::{Binding, CertificateDer, NameIdKind, SignatureAlg};
use crate::protocol::base::Base;

use super::message::{MessageId, written};
use super::metadata::key_descriptor;
use super::{ASSERTION, ENTITY_FORMAT, METADATA, PROTOCOL};

/// What encrypted assertions are wrapped by; both kinds of padding use the digests that everybody knows.
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

/// What we are called at one provider, and where it finds us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Also where our metadata is.
    pub entity_id: String,
    pub acs: String,
    pub logout: String,
}

impl Own {
    pub fn of(base: &Base, provider: &IdpId) -> Self {
        let at = |last: &str| base.at(&format!("/federation/{provider}/{last}"));
        Self { entity_id: at("metadata"), acs: at("acs"), logout: at("slo") }
    }
}

/// The request that belongs to a nonce.
pub fn request_id(nonce: &str) -> Option<MessageId> {
    MessageId::parse(&format!("_{nonce}"))
}

/// What is asked of the provider, as far as it is not the same each time.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub id: &'a MessageId,
    pub force: bool,
    pub contexts: &'a [String],
    /// How many others it may pass the sign-in on to (Core §3.4.1.5.1).
    pub proxies: Option<u32>,
}

/// The message alone; the Redirect binding signs it.
pub fn authn_request(own: &Own, upstream: &SamlUpstream, asked: Asked<'_>, now: Time) -> Result<String, XmlError> {
    let Asked { id, force, contexts, proxies } = asked;
    let issued = written(now);
    let mut head = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", id.as_str()),
        ("Version", "2.0"),
        ("IssueInstant", &issued),
        ("Destination", upstream.sign_on.as_str()),
        ("AssertionConsumerServiceURL", &own.acs),
        ("ProtocolBinding", Binding::Post.urn()),
    ];
    head.extend(force.then_some(("ForceAuthn", "true")));
    let mut policy = vec![("AllowCreate", "true")];
    // A provider may refuse a format that it does not have; where an attribute names people, none is needed.
    if upstream.subject.is_none() || upstream.name_id != NameIdKind::Persistent {
        policy.insert(0, ("Format", upstream.name_id.format()));
    }
    let mut writer = Writer::new();
    writer.open("samlp:AuthnRequest", &head).leaf("saml:Issuer", &[("Format", ENTITY_FORMAT)], &own.entity_id).leaf(
        "samlp:NameIDPolicy",
        &policy,
        "",
    );
    if !contexts.is_empty() {
        writer.open("samlp:RequestedAuthnContext", &[("Comparison", "exact")]);
        for context in contexts {
            writer.leaf("saml:AuthnContextClassRef", &[], context);
        }
        writer.close();
    }
    if let Some(times) = proxies {
        writer.open("samlp:Scoping", &[("ProxyCount", &times.to_string())]).close();
    }
    writer.close();
    writer.finish()
}

/// The certificates that others know us by: each that signs or will, and the one to encrypt for.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    pub signing: &'a [&'a CertificateDer],
    pub encryption: Option<&'a CertificateDer>,
}

/// Signed.
pub fn metadata(
    own: &Own,
    upstream: &SamlUpstream,
    keys: Keys<'_>,
    (signer, alg): (&Credential, SignatureAlg),
    entropy: &dyn Entropy,
) -> Result<String, XmlError> {
    let id = MessageId::mint(entropy);
    let mut writer = Writer::new();
    let attributes = [
        ("xmlns:md", METADATA),
        ("xmlns:ds", DSIG),
        ("entityID", own.entity_id.as_str()),
        ("ID", id.as_str()),
        ("cacheDuration", "PT6H"),
    ];
    let signs = if upstream.sign_requests { "true" } else { "false" };
    let role =
        [("protocolSupportEnumeration", PROTOCOL), ("AuthnRequestsSigned", signs), ("WantAssertionsSigned", "true")];
    writer.open("md:EntityDescriptor", &attributes).open("md:SPSSODescriptor", &role);
    for certificate in keys.signing {
        key_descriptor(&mut writer, certificate);
    }
    if let Some(certificate) = keys.encryption {
        encryption_descriptor(&mut writer, certificate);
    }
    for binding in [Binding::Redirect, Binding::Post] {
        let service = [("Binding", binding.urn()), ("Location", own.logout.as_str())];
        writer.open("md:SingleLogoutService", &service).close();
    }
    writer.leaf("md:NameIDFormat", &[], upstream.name_id.format());
    let consumer =
        [("Binding", Binding::Post.urn()), ("Location", own.acs.as_str()), ("index", "0"), ("isDefault", "true")];
    writer.open("md:AssertionConsumerService", &consumer).close();
    writer.close().close();
    sign_enveloped(&writer.finish()?, Place::First, signer, alg)
}

/// With the ways to encrypt that are understood: a provider that is not told uses those that are refused here.
fn encryption_descriptor(writer: &mut Writer, certificate: &CertificateDer) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&certificate.0);
    writer
        .open("md:KeyDescriptor", &[("use", "encryption")])
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &encoded)
        .close()
        .close();
    for method in [Cipher::Aes256Gcm.uri(), Cipher::Aes128Gcm.uri(), OAEP] {
        writer.open("md:EncryptionMethod", &[("Algorithm", method)]).close();
    }
    writer.close();
}

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;
