//! A SAML identity provider made by hand, so that each step can be done wrong. It needs no network: its requests come by
//! the browser, and so do its answers.

pub mod forge;
pub mod signed_info;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portner::crypto::credential::{self, Credential};
use portner::crypto::entropy::SystemEntropy;
use portner::crypto::xml::{Cipher, Document, Place, Writer, encrypt_element, sign_enveloped};
use portner::domain::Time;
use portner::domain::saml::{CertificateDer, SignatureAlg};
use portner::domain::signing::{KeyId, KeyType};
use portner::protocol::saml::binding::{Incoming, Kind};
use portner::protocol::saml::message::written;
use portner::protocol::saml::{ASSERTION, BEARER, METADATA, PROTOCOL};
use url::Url;

use super::provider::{child, now, post_from_elsewhere_to};
use super::{App, Browser, Page};
pub use forge::Forge;

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
pub const SSO: &str = "https://idp.example/sso";

/// What of an answer is signed, and whether its assertion is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub response: bool,
    pub assertion: bool,
    pub encrypted: bool,
}

pub const SHAPES: [Shape; 6] = [
    Shape { response: false, assertion: true, encrypted: false },
    Shape { response: true, assertion: false, encrypted: false },
    Shape { response: true, assertion: true, encrypted: false },
    Shape { response: false, assertion: true, encrypted: true },
    Shape { response: true, assertion: false, encrypted: true },
    Shape { response: true, assertion: true, encrypted: true },
];
pub const PLAIN: Shape = SHAPES[0];

pub struct SamlIdp {
    pub entity: String,
    pub credential: Credential,
    alg: SignatureAlg,
}

/// Somebody on the way there, with what is asked.
pub struct Asked {
    pub xml: String,
    pub relay_state: String,
    pub signed: bool,
    pub incoming: Incoming,
}

impl Asked {
    pub fn attribute(&self, name: &str) -> Option<String> {
        Document::parse(self.xml.as_bytes()).unwrap().root().attribute(name).map(str::to_owned)
    }
    pub fn id(&self) -> String {
        self.attribute("ID").unwrap()
    }
}

fn key_pair(kind: KeyType) -> Credential {
    let minted = credential::mint(kind, "idp", now(), &SystemEntropy).unwrap();
    Credential::parse(KeyId("idp".to_owned()), kind, &minted.private, minted.certificate).unwrap()
}

/// The declaration of a provider with this metadata.
pub fn declaration_by(metadata: &str, more: &str) -> String {
    format!(
        "version = 1\n[[tenant]]\nslug = \"{{slug}}\"\n[[tenant.identity_provider]]\nid = \"up\"\n\
         name = \"Upstream\"\nkind = \"saml\"\nmetadata = \"\"\"{metadata}\"\"\"\n{more}\n"
    )
}

/// As the provider reads what the browser brings.
pub fn asked(location: &Url) -> Asked {
    assert!(location.as_str().starts_with(SSO), "{location}");
    let incoming = Incoming::redirect(location.query().unwrap()).unwrap();
    assert_eq!(incoming.kind, Kind::Request);
    let document = Document::parse(&incoming.xml).unwrap();
    Asked {
        xml: String::from_utf8(incoming.xml.clone()).unwrap(),
        relay_state: incoming.relay_state.clone().unwrap(),
        signed: incoming.is_signed(document.root()),
        incoming,
    }
}

impl SamlIdp {
    pub fn new() -> Self {
        Self::with(SignatureAlg::RsaSha256)
    }
    pub fn with(alg: SignatureAlg) -> Self {
        let entity = "https://idp.example/metadata".to_owned();
        Self { entity, credential: key_pair(alg.key_type()), alg }
    }

    pub fn metadata(&self) -> String {
        self.metadata_with(&[self.credential.certificate()])
    }
    pub fn metadata_with(&self, certificates: &[&CertificateDer]) -> String {
        let keys: String = certificates
            .iter()
            .map(|one| {
                format!(
                    "<md:KeyDescriptor use='signing'><ds:KeyInfo xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>\
                     <ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
                     </md:KeyDescriptor>",
                    STANDARD.encode(&one.0)
                )
            })
            .collect();
        format!(
            "<md:EntityDescriptor xmlns:md='{METADATA}' entityID='{}'><md:IDPSSODescriptor \
             protocolSupportEnumeration='{PROTOCOL}'>{keys}<md:SingleLogoutService \
             Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/slo'/>\
             <md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='{SSO}'/>\
             </md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity
        )
    }

    /// The declaration of this provider under the name `up`, with these keys beside the usual ones.
    pub fn declaration(&self, more: &str) -> String {
        declaration_by(&self.metadata(), more)
    }
    /// The answer to a request, before it is written.
    pub fn forge(&self, asked: &Asked) -> Forge {
        let document = Document::parse(asked.xml.as_bytes()).unwrap();
        Forge {
            issuer: self.entity.clone(),
            audience: child(document.root(), ASSERTION, "Issuer").text().unwrap(),
            acs: asked.attribute("AssertionConsumerServiceURL").unwrap(),
            request: asked.id(),
            now: now(),
            attributes: [
                ("uid", vec!["mette"]),
                ("mail", vec!["mette@up.example"]),
                ("givenName", vec!["Mette"]),
                ("sn", vec!["Hansen"]),
            ]
            .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()))
            .to_vec(),
            ..Forge::default()
        }
    }

    pub fn sign(&self, xml: &str) -> String {
        sign_enveloped(xml, Place::AfterIssuer, &self.credential, self.alg).unwrap()
    }

    /// In this shape, encrypted for that certificate where it is.
    pub fn answer(&self, forge: &Forge, shape: Shape, recipient: Option<&CertificateDer>) -> String {
        // Every answer has names of its own: an assertion counts once.
        let id = portner::protocol::saml::message::MessageId::mint(&SystemEntropy);
        let mut inner = forge.assertion(id.as_str(), "sub-1");
        if shape.assertion {
            inner = self.sign(&inner);
        }
        if shape.encrypted {
            let data = encrypt_element(&inner, recipient.unwrap(), Cipher::Aes256Gcm, &SystemEntropy).unwrap();
            inner = format!("<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\">{data}</saml:EncryptedAssertion>");
        }
        let response = forge.response("_r", &inner);
        if shape.response { self.sign(&response) } else { response }
    }
}

/// By the browser, from the provider's page: no cookie of ours comes along with the form.
pub fn bring(browser: &mut Browser, xml: &str, relay_state: &str) -> Page {
    bring_to(browser, "/federation/up/acs", xml, relay_state)
}

pub fn bring_to(browser: &mut Browser, path: &str, xml: &str, relay_state: &str) -> Page {
    let fields = [("SAMLResponse", STANDARD.encode(xml)), ("RelayState", relay_state.to_owned())];
    post_from_elsewhere_to(browser, path, &fields)
}

/// The certificate to encrypt for, as our metadata tells it.
pub fn recipient(app: &App) -> CertificateDer {
    let text = app.get("/federation/up/metadata").text();
    let read = portner::protocol::saml::sp_metadata::read(text.as_bytes(), None, &[]).unwrap();
    read.encryption_certificates[0].clone()
}
