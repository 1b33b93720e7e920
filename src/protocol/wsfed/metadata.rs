//! Federation metadata (WS-Federation §3.1): who issues tokens, where people are sent, with which certificates. Signed,
//! in the shape that ASP.NET and SharePoint read.

use crate::crypto::credential::Credential;
use crate::crypto::xml::{DSIG, Place, Writer, XmlError, sign_enveloped};
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::protocol::base::Base;
use crate::protocol::saml::METADATA;
use crate::protocol::saml::metadata::{entity_id, key_descriptor};

use super::{ADDRESSING, AUTHORIZATION, FEDERATION, SAML11, SAML20};

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Claims that applications can map without being told more; what one is given is said where it is registered.
const CLAIMS: [(&str, &str); 6] = [
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "Name ID"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "E-mail address"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "Given name"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "Surname"),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "Name"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "Role"),
];

/// What the metadata is about. The tenant has one name in every assertion, its SAML entityID.
pub struct Publisher<'a> {
    pub base: &'a Base,
    pub name: &'a str,
    /// All that may sign now or soon, or did lately.
    pub certificates: &'a [&'a CertificateDer],
    /// An XML name: the same for the same content.
    pub id: &'a str,
}

/// Where people are sent.
pub fn endpoint(base: &Base) -> String {
    base.at("/wsfed")
}

pub fn metadata(publisher: &Publisher<'_>, signer: &Credential, alg: SignatureAlg) -> Result<String, XmlError> {
    let (entity, endpoint) = (entity_id(publisher.base), endpoint(publisher.base));
    let head = [("xmlns:md", METADATA), ("xmlns:ds", DSIG), ("ID", publisher.id), ("entityID", &entity)];
    let role = [
        ("xmlns:xsi", INSTANCE),
        ("xmlns:fed", FEDERATION),
        ("xsi:type", "fed:SecurityTokenServiceType"),
        ("protocolSupportEnumeration", FEDERATION),
        ("ServiceDisplayName", publisher.name),
    ];
    let mut writer = Writer::new();
    writer.open("md:EntityDescriptor", &head).open("md:RoleDescriptor", &role);
    for certificate in publisher.certificates {
        key_descriptor(&mut writer, certificate);
    }
    writer.open("fed:TokenTypesOffered", &[]);
    for uri in [SAML20, SAML11] {
        writer.leaf("fed:TokenType", &[("Uri", uri)], "");
    }
    writer.close().open("fed:ClaimTypesOffered", &[]);
    for (uri, name) in CLAIMS {
        writer
            .open("auth:ClaimType", &[("xmlns:auth", AUTHORIZATION), ("Uri", uri), ("Optional", "true")])
            .leaf("auth:DisplayName", &[], name)
            .close();
    }
    writer.close();
    for name in ["fed:SecurityTokenServiceEndpoint", "fed:PassiveRequestorEndpoint"] {
        writer
            .open(name, &[])
            .open("wsa:EndpointReference", &[("xmlns:wsa", ADDRESSING)])
            .leaf("wsa:Address", &[], &endpoint)
            .close()
            .close();
    }
    writer.close().close();
    sign_enveloped(&writer.finish()?, Place::First, signer, alg)
}
