//! `<Response>` and the assertion in it (SAML Core §2, §3.3.3; Profiles §4.1.4.2).
//!
//! The assertion is written and signed as a text of its own and then put into the answer, never serialised again. An
//! assertion names one audience, one recipient and the request it answers, and is good for minutes. An error carries a
//! status and nothing about anybody. A value that XML cannot carry is an error, never an invalid document.

use chrono::Duration;

use crate::crypto::credential::Credential;
use crate::crypto::entropy::Entropy;
use crate::crypto::xml::{Cipher, Place, Writer, XmlError, encrypt_element, sign_enveloped};
use crate::domain::Time;
use crate::domain::assurance::Level;
use crate::domain::authn_context::ContextClass;
use crate::domain::federation::Chain;
use crate::domain::saml::{AttributeRule, CertificateDer, NameIdKind, ServiceProvider, SignatureAlg};

use super::authn_request::ReplyAddress;
use super::message::{MessageId, written};
use super::status::Status;
use super::{ASSERTION, BEARER, PROTOCOL, preset};

/// Before and after the moment of issue, together five minutes: the clocks of applications differ.
const BEFORE: Duration = Duration::minutes(1);
const AFTER: Duration = Duration::minutes(4);

const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    #[error("the answer {0}")]
    Xml(#[from] XmlError),
    #[error("the assertion must be encrypted, and the application has no certificate for it")]
    NoCertificate,
}

/// Us, at this moment.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    pub entity_id: &'a str,
    pub signer: &'a Credential,
    pub alg: SignatureAlg,
    pub now: Time,
    pub entropy: &'a dyn Entropy,
}

impl Issuer<'_> {
    pub fn sign(&self, xml: &str) -> Result<String, XmlError> {
        sign_enveloped(xml, Place::AfterIssuer, self.signer, self.alg)
    }
}

/// What the subject is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameId {
    pub kind: NameIdKind,
    pub value: String,
}

/// What is told of a person and of how they signed in.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    pub name_id: NameId,
    pub session_index: String,
    pub auth_time: Time,
    pub session_ends: Option<Time>,
    pub context: ContextClass,
    /// What the sign-in is worth, whatever it is called.
    pub level: Level,
    /// Where others have signed the person in.
    pub chain: Chain,
    pub attributes: Vec<(&'a AttributeRule, Vec<String>)>,
}

/// Whom an assertion is for.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    pub audience: &'a str,
    pub recipient: &'a str,
    pub in_response_to: Option<&'a MessageId>,
}

/// An answer with an assertion, signed and encrypted as the application and its preset ask.
pub fn success(
    issuer: Issuer<'_>,
    provider: &ServiceProvider,
    address: &ReplyAddress,
    told: &Told<'_>,
) -> Result<String, ResponseError> {
    let form = preset::form(provider);
    let addressee = Addressee {
        audience: provider.entity_id.as_str(),
        recipient: address.location.as_str(),
        in_response_to: address.in_response_to.as_ref(),
    };
    let mut inner = assertion(issuer, addressee, told, &preset::attributes(provider, told.level))?;
    if form.sign_assertion {
        inner = issuer.sign(&inner)?;
    }
    if form.encrypt {
        inner = encrypted(&inner, &provider.encryption_certificates, issuer.entropy)?;
    }
    let response = response(issuer, address, &Status::Success, Some(&inner))?;
    Ok(if form.sign_response { issuer.sign(&response)? } else { response })
}

/// An answer with a status and nothing else. Always signed, so that nobody can make an application believe it.
pub fn refusal(issuer: Issuer<'_>, address: &ReplyAddress, status: &Status) -> Result<String, ResponseError> {
    Ok(issuer.sign(&response(issuer, address, status, None)?)?)
}

fn response(
    issuer: Issuer<'_>,
    address: &ReplyAddress,
    status: &Status,
    assertion: Option<&str>,
) -> Result<String, XmlError> {
    let (id, at) = (MessageId::mint(issuer.entropy), written(issuer.now));
    let mut attributes = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", id.as_str()),
        ("Version", "2.0"),
        ("IssueInstant", &at),
        ("Destination", address.location.as_str()),
    ];
    if let Some(request) = &address.in_response_to {
        attributes.push(("InResponseTo", request.as_str()));
    }
    let mut writer = Writer::new();
    writer.open("samlp:Response", &attributes).leaf("saml:Issuer", &[], issuer.entity_id);
    status.write(&mut writer);
    if let Some(assertion) = assertion {
        writer.insert(assertion);
    }
    writer.close();
    writer.finish()
}

/// Unsigned, with all namespaces it needs: also for WS-Federation. `more` are attributes that a preset prescribes.
pub fn assertion(
    issuer: Issuer<'_>,
    addressee: Addressee<'_>,
    told: &Told<'_>,
    more: &[(AttributeRule, Vec<String>)],
) -> Result<String, XmlError> {
    let (id, at) = (MessageId::mint(issuer.entropy), written(issuer.now));
    let mut writer = Writer::new();
    let attributes = [("xmlns:saml", ASSERTION), ("ID", id.as_str()), ("Version", "2.0"), ("IssueInstant", &at)];
    writer.open("saml:Assertion", &attributes).leaf("saml:Issuer", &[], issuer.entity_id);
    subject(&mut writer, issuer, addressee, &told.name_id);
    let (before, after) = (written(issuer.now - BEFORE), written(issuer.now + AFTER));
    writer
        .open("saml:Conditions", &[("NotBefore", &before), ("NotOnOrAfter", &after)])
        .open("saml:AudienceRestriction", &[])
        .leaf("saml:Audience", &[], addressee.audience)
        .close();
    if let Some(times) = told.chain.proxies {
        writer.open("saml:ProxyRestriction", &[("Count", &times.to_string())]).close();
    }
    writer.close();
    let (signed_in, ends) = (written(told.auth_time), told.session_ends.map(written));
    let mut attributes = vec![("AuthnInstant", signed_in.as_str()), ("SessionIndex", &told.session_index)];
    attributes.extend(ends.as_deref().map(|ends| ("SessionNotOnOrAfter", ends)));
    writer.open("saml:AuthnStatement", &attributes).open("saml:AuthnContext", &[]).leaf(
        "saml:AuthnContextClassRef",
        &[],
        told.context.uri(),
    );
    // Core §3.4.1.5.1: whoever was asked in our place is named.
    for authority in &told.chain.authorities {
        writer.leaf("saml:AuthenticatingAuthority", &[], authority);
    }
    writer.close().close();
    let mapped = told.attributes.iter().map(|(rule, values)| (*rule, values.as_slice()));
    let prescribed = more.iter().map(|(rule, values)| (rule, values.as_slice()));
    attribute_statement(&mut writer, mapped.chain(prescribed));
    writer.close();
    writer.finish()
}

/// Profiles §3.3: whoever brings it is the subject, at this address and for minutes only.
fn subject(writer: &mut Writer, issuer: Issuer<'_>, addressee: Addressee<'_>, name_id: &NameId) {
    let until = written(issuer.now + AFTER);
    let mut name = vec![("Format", name_id.kind.format())];
    if matches!(name_id.kind, NameIdKind::Persistent | NameIdKind::Transient) {
        name.extend([("NameQualifier", issuer.entity_id), ("SPNameQualifier", addressee.audience)]);
    }
    let mut data = vec![("Recipient", addressee.recipient), ("NotOnOrAfter", &until)];
    if let Some(request) = addressee.in_response_to {
        data.push(("InResponseTo", request.as_str()));
    }
    writer
        .open("saml:Subject", &[])
        .leaf("saml:NameID", &name, &name_id.value)
        .open("saml:SubjectConfirmation", &[("Method", BEARER)])
        .leaf("saml:SubjectConfirmationData", &data, "")
        .close()
        .close();
}

/// One element for each name, whatever number of rules give it values: readers refuse a name twice.
fn attribute_statement<'a>(writer: &mut Writer, attributes: impl Iterator<Item = (&'a AttributeRule, &'a [String])>) {
    let mut merged: Vec<(&AttributeRule, Vec<&String>)> = Vec::new();
    for (rule, values) in attributes {
        match merged.iter_mut().find(|(known, _)| known.name == rule.name && known.format == rule.format) {
            None => merged.push((rule, values.iter().collect())),
            Some((_, known)) => {
                for value in values {
                    if !known.contains(&value) {
                        known.push(value);
                    }
                }
            }
        }
    }
    if merged.is_empty() {
        return;
    }
    writer.open("saml:AttributeStatement", &[]);
    for (rule, values) in merged {
        let format = rule.format.as_deref().unwrap_or(if rule.name.contains(':') { URI } else { BASIC });
        let mut names = vec![("Name", rule.name.as_str()), ("NameFormat", format)];
        names.extend(rule.friendly_name.as_deref().map(|name| ("FriendlyName", name)));
        writer.open("saml:Attribute", &names);
        for value in values {
            writer.leaf("saml:AttributeValue", &[], value);
        }
        writer.close();
    }
    writer.close();
}

/// Core §2.3.4, for the first certificate that can be used.
fn encrypted(assertion: &str, to: &[CertificateDer], entropy: &dyn Entropy) -> Result<String, ResponseError> {
    let mut refused = ResponseError::NoCertificate;
    for certificate in to {
        match encrypt_element(assertion, certificate, Cipher::Aes256Gcm, entropy) {
            Ok(data) => {
                let mut writer = Writer::new();
                writer.open("saml:EncryptedAssertion", &[("xmlns:saml", ASSERTION)]).insert(&data).close();
                return Ok(writer.finish()?);
            }
            Err(cause) => refused = cause.into(),
        }
    }
    Err(refused)
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
