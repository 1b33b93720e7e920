//! What samael, which shares no line of code with our engine, makes of an answer that somebody else issued.
//!
//! It is asked after our own reader (`assertion.rs`) has accepted the answer, about the same octets, and must come to
//! the same subject. Where it refuses or reads somebody else, one of the two is wrong: the answer is refused and somebody
//! has to look. Times are not its business, since it has a clock of its own: they were checked against ours.
//!
//! It blocks, so it runs where blocking is allowed. It is never shown what our parser would not take, and whatever
//! panics in it ends here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use samael::crypto::AllowedSignatureAlgorithm;
use samael::key_info::{KeyInfo, X509Data};
use samael::metadata::{EntityDescriptor, IdpSsoDescriptor, KeyDescriptor};
use samael::service_provider::{Error, ServiceProvider};

use crate::crypto::xml::{Document, XmlError};
use crate::domain::saml::CertificateDer;

/// Of the answer and of the identity provider that it must come from.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The `Response`, or the signed `Assertion` that an encrypted one turned out to be.
    pub xml: &'a str,
    pub issuer: &'a str,
    pub keys: &'a [CertificateDer],
    pub audience: &'a str,
    pub acs: &'a str,
    pub request: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// Believed, and this is whom it names.
    Subject { format: Option<String>, name: String },
    /// The message is believed as a whole, and what is in it is encrypted.
    Sealed,
}

#[derive(Debug, thiserror::Error)]
pub enum Dissent {
    #[error("the answer {0}")]
    Shape(#[from] XmlError),
    #[error("it does not believe the answer: {0}")]
    Refused(String),
    #[error("it believes the answer, and finds nobody in it")]
    Nobody,
    #[error("it gave up")]
    Panicked,
}

pub fn ask(question: Question<'_>) -> Result<Opinion, Dissent> {
    Document::parse(question.xml.as_bytes())?;
    guarded(|| {
        let asked = provider(question).parse_xml_response(question.xml, Some(&[question.request]));
        let assertion = match asked {
            Ok(assertion) => assertion,
            // It has no key to decrypt with, and says so only once the signature and the envelope were right.
            Err(Error::MissingPrivateKeySP) => return Ok(Opinion::Sealed),
            Err(error) => return Err(Dissent::Refused(error.to_string())),
        };
        let name_id = assertion.subject.and_then(|subject| subject.name_id).ok_or(Dissent::Nobody)?;
        Ok(Opinion::Subject { format: name_id.format, name: name_id.value })
    })
}

fn guarded(work: impl FnOnce() -> Result<Opinion, Dissent>) -> Result<Opinion, Dissent> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Dissent::Panicked))
}

fn provider(question: Question<'_>) -> ServiceProvider {
    let keys = question.keys.iter().map(|key| STANDARD.encode(&key.0)).collect();
    let descriptor = IdpSsoDescriptor {
        id: None,
        valid_until: None,
        cache_duration: None,
        protocol_support_enumeration: None,
        error_url: None,
        signature: None,
        key_descriptors: vec![KeyDescriptor {
            key_use: Some("signing".to_owned()),
            key_info: KeyInfo { id: None, x509_data: Some(X509Data { certificates: keys }) },
            encryption_methods: None,
        }],
        organization: None,
        contact_people: Vec::new(),
        artifact_resolution_service: Vec::new(),
        single_logout_services: Vec::new(),
        manage_name_id_services: Vec::new(),
        name_id_formats: Vec::new(),
        want_authn_requests_signed: None,
        single_sign_on_services: Vec::new(),
        name_id_mapping_services: Vec::new(),
        assertion_id_request_services: Vec::new(),
        attribute_profiles: Vec::new(),
        attributes: Vec::new(),
    };
    let ever = Duration::days(365 * 1000);
    ServiceProvider {
        entity_id: Some(question.audience.to_owned()),
        acs_url: Some(question.acs.to_owned()),
        metadata_url: None,
        slo_url: None,
        idp_metadata: EntityDescriptor {
            entity_id: Some(question.issuer.to_owned()),
            idp_sso_descriptors: Some(vec![descriptor]),
            ..EntityDescriptor::default()
        },
        max_issue_delay: ever,
        max_clock_skew: ever,
        allowed_signature_algorithms: Some(vec![
            AllowedSignatureAlgorithm::RsaSha256,
            AllowedSignatureAlgorithm::RsaSha384,
            AllowedSignatureAlgorithm::RsaSha512,
            AllowedSignatureAlgorithm::EcdsaSha256,
        ]),
        ..ServiceProvider::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_is_a_dissent_and_goes_no_further() {
        let panics = guarded(|| panic!("this panic belongs to the test"));
        assert!(matches!(panics, Err(Dissent::Panicked)));
    }

    #[test]
    fn what_our_parser_refuses_is_never_shown_to_it() {
        let question = |xml| Question { xml, issuer: "i", keys: &[], audience: "a", acs: "https://a", request: "_r" };
        for xml in ["", "<!DOCTYPE a><a/>", "<a><a></a>", "<a ID='1'><b ID='1'/></a>"] {
            assert!(matches!(ask(question(xml)), Err(Dissent::Shape(_))), "{xml}");
        }
        assert!(matches!(ask(question("<a/>")), Err(Dissent::Refused(_))));
    }
}
