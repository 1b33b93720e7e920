//! Our own metadata (SAML Metadata §2.4.3): every certificate that signs, has signed or is about to, so that
//! applications are ready before a rollover.

use crate::crypto::credential::Credential;
use crate::crypto::entropy::Entropy;
use crate::crypto::xml::{DSIG, Place, Writer, XmlError, sign_enveloped};
use crate::domain::saml::{Binding, CertificateDer, NameIdKind, SignatureAlg};
use crate::protocol::base::Base;

use super::message::MessageId;
use super::{ARTIFACT_PATH, LOGOUT_PATH, METADATA, METADATA_PATH, PROTOCOL, SSO_PATH};

const SOAP_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP";

/// The name of the tenant as an identity provider: where its metadata is.
pub fn entity_id(base: &Base) -> String {
    base.at(METADATA_PATH)
}

/// Signed. `certificates` in the order in which applications should try them.
pub fn metadata<'a>(
    base: &Base,
    certificates: impl Iterator<Item = &'a CertificateDer>,
    (signer, alg): (&Credential, SignatureAlg),
    entropy: &dyn Entropy,
) -> Result<String, XmlError> {
    let (entity, id) = (entity_id(base), MessageId::mint(entropy));
    let mut writer = Writer::new();
    let attributes = [
        ("xmlns:md", METADATA),
        ("xmlns:ds", DSIG),
        ("entityID", entity.as_str()),
        ("ID", id.as_str()),
        // How long it may be kept; a new certificate is published long before it signs.
        ("cacheDuration", "PT6H"),
    ];
    writer.open("md:EntityDescriptor", &attributes);
    let role = [("protocolSupportEnumeration", PROTOCOL), ("WantAuthnRequestsSigned", "false")];
    writer.open("md:IDPSSODescriptor", &role);
    for certificate in certificates {
        key_descriptor(&mut writer, certificate);
    }
    let (artifact, logout, sso) = (base.at(ARTIFACT_PATH), base.at(LOGOUT_PATH), base.at(SSO_PATH));
    let resolution = [("Binding", SOAP_BINDING), ("Location", &artifact), ("index", "0"), ("isDefault", "true")];
    writer.open("md:ArtifactResolutionService", &resolution).close();
    let both = [Binding::Redirect, Binding::Post];
    for binding in both {
        let service = [("Binding", binding.urn()), ("Location", &logout)];
        writer.open("md:SingleLogoutService", &service).close();
    }
    for kind in NameIdKind::ALL {
        writer.leaf("md:NameIDFormat", &[], kind.format());
    }
    for binding in both {
        writer.open("md:SingleSignOnService", &[("Binding", binding.urn()), ("Location", &sso)]).close();
    }
    writer.close().close();
    sign_enveloped(&writer.finish()?, Place::First, signer, alg)
}

/// `<KeyDescriptor use="signing">` in a document that declares `md` and `ds`.
pub fn key_descriptor(writer: &mut Writer, certificate: &CertificateDer) {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&certificate.0);
    writer
        .open("md:KeyDescriptor", &[("use", "signing")])
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &encoded)
        .close()
        .close()
        .close();
}
