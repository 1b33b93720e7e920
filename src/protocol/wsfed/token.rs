//! The security token: a SAML 1.1 assertion (SAML 1.1 Core §2), or the same one of SAML 2.0 as Web SSO sends; signed,
//! and encrypted where the relying party registered a certificate.
//!
//! Good for minutes and for one audience, the realm. Every value is escaped by the writer; one that XML cannot carry
//! is an error, never a document that says something else.

use chrono::TimeDelta;

use crate::crypto::xml::{Cipher, Place, Writer, XmlError, encrypt_element, sign_enveloped};
use crate::domain::saml::{AttributeRule, Endpoint};
use crate::domain::wsfed::{RelyingParty, TokenType};
use crate::protocol::saml::message::written;
use crate::protocol::saml::response::{Addressee, Issuer, Told, assertion};

use super::{SAML11, SAML20, method};

/// How long a token may be presented: with the minute before, five.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(4);
/// A clock that is late must not refuse it.
const EARLIER: TimeDelta = TimeDelta::minutes(1);

const BEARER: &str = "urn:oasis:names:tc:SAML:1.0:cm:bearer";
/// Where attributes live whose name is not a URI.
const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

/// The element for `RequestedSecurityToken`. `told.session_index` becomes the identifier of a SAML 1.1 assertion,
/// which knows no session.
pub fn issue(issuer: Issuer<'_>, party: &RelyingParty, reply: &Endpoint, told: &Told<'_>) -> Result<String, XmlError> {
    let signed = match party.token_type {
        TokenType::Saml11 => sign_enveloped(&saml11(issuer, party, told)?, Place::Last, issuer.signer, issuer.alg)?,
        TokenType::Saml20 => {
            let addressee =
                Addressee { audience: party.realm.as_str(), recipient: reply.as_str(), in_response_to: None };
            issuer.sign(&assertion(issuer, addressee, told, &[])?)?
        }
    };
    let Some(certificate) = &party.encryption_certificate else { return Ok(signed) };
    let encrypted = encrypt_element(&signed, certificate, Cipher::Aes256Gcm, issuer.entropy)?;
    match party.token_type {
        TokenType::Saml11 => Ok(encrypted),
        TokenType::Saml20 => {
            let mut writer = Writer::new();
            writer.open("saml:EncryptedAssertion", &[("xmlns:saml", SAML20)]).insert(&encrypted).close();
            writer.finish()
        }
    }
}

fn saml11(issuer: Issuer<'_>, party: &RelyingParty, told: &Told<'_>) -> Result<String, XmlError> {
    let at = written(issuer.now);
    let (from, to) = (written(issuer.now - EARLIER), written(issuer.now + LIFETIME));
    let head = [
        ("xmlns:saml", SAML11),
        ("MajorVersion", "1"),
        ("MinorVersion", "1"),
        ("AssertionID", &told.session_index),
        ("Issuer", issuer.entity_id),
        ("IssueInstant", &at),
    ];
    let mut writer = Writer::new();
    writer
        .open("saml:Assertion", &head)
        .open("saml:Conditions", &[("NotBefore", &from), ("NotOnOrAfter", &to)])
        .open("saml:AudienceRestrictionCondition", &[])
        .leaf("saml:Audience", &[], party.realm.as_str())
        .close()
        .close();
    if !told.attributes.is_empty() {
        writer.open("saml:AttributeStatement", &[]);
        subject(&mut writer, told);
        for (rule, values) in &told.attributes {
            let (namespace, name) = split(rule);
            writer.open("saml:Attribute", &[("AttributeName", name), ("AttributeNamespace", namespace)]);
            for value in values {
                writer.leaf("saml:AttributeValue", &[], value);
            }
            writer.close();
        }
        writer.close();
    }
    let signed_in = written(told.auth_time);
    let how = method::name(told.context, party.token_type);
    let how = [("AuthenticationMethod", how), ("AuthenticationInstant", signed_in.as_str())];
    writer.open("saml:AuthenticationStatement", &how);
    subject(&mut writer, told);
    writer.close().close();
    writer.finish()
}

/// Each statement says for itself whom it is about (SAML 1.1 Core §2.4.2).
fn subject(writer: &mut Writer, told: &Told<'_>) {
    writer
        .open("saml:Subject", &[])
        .leaf("saml:NameIdentifier", &[("Format", told.name_id.kind.format())], &told.name_id.value)
        .open("saml:SubjectConfirmation", &[])
        .leaf("saml:ConfirmationMethod", &[], BEARER)
        .close()
        .close();
}

/// A claim's URI as namespace and name, as every reader of SAML 1.1 joins them again: by a slash.
fn split(rule: &AttributeRule) -> (&str, &str) {
    match (&rule.format, rule.name.rsplit_once('/')) {
        (_, Some((namespace, name))) if !namespace.is_empty() && !name.is_empty() => (namespace, name),
        (Some(namespace), _) => (namespace, &rule.name),
        (None, _) => (CLAIMS, &rule.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::saml::{AttributeSource, ClaimName};

    #[test]
    fn a_claims_uri_is_split_where_readers_join_it() {
        let rule = |name: &str, format: Option<&str>| AttributeRule {
            name: name.to_owned(),
            format: format.map(str::to_owned),
            friendly_name: None,
            source: AttributeSource::Claim(ClaimName::parse("email").unwrap()),
        };
        for (name, format, namespace, rest) in [
            ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", None, CLAIMS, "emailaddress"),
            ("email", None, CLAIMS, "email"),
            ("email", Some("urn:acme"), "urn:acme", "email"),
            ("urn:oid:2.5.4.4", None, CLAIMS, "urn:oid:2.5.4.4"),
            ("https://acme.example/", None, CLAIMS, "https://acme.example/"),
        ] {
            assert_eq!(split(&rule(name, format)), (namespace, rest), "{name}");
        }
    }
}
