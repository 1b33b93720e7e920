//! An answer from an identity provider that people of this organisation sign in with (SAML Core §2, §3.3.3; Profiles
//! §4.1.4.3): from octets to what it says of a person, in one function, or not at all.
//!
//! Everything that is read of a person was signed by a key of the connection: the octets that were signed are parsed
//! anew, and only that tree is looked at. An answer counts for one request, one connection, one address, and once:
//! whoever calls remembers `id` until `until`.
//!
//! Refused on purpose: answers nobody asked for, assertions inside assertions, encrypted names, conditions nobody here
//! knows (Core §2.5.1.1), confirmations other than bearer; and what may not be passed on at all, or only to parties that
//! are named (`ProxyRestriction`, Core §2.5.1.6): people come here to go on to applications.

use chrono::Duration;

use crate::crypto::xml::{self, Document, Element, XmlError, decrypt_element, signed_document};
use crate::domain::Time;
use crate::domain::federation::Chain;
use crate::domain::saml::CertificateDer;

use super::message::{MessageId, instant};
use super::{ASSERTION, BEARER, PROTOCOL};

/// How far the clocks of two servers may be apart.
const SKEW: Duration = Duration::seconds(60);
/// What is kept of those that the provider has it from.
const MOST_AUTHORITIES: usize = 5;
const LONGEST_AUTHORITY: usize = 512;
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// The connection, and the request that waits for an answer in this browser.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub keys: &'a [CertificateDer],
    /// Our name with this identity provider.
    pub audience: &'a str,
    pub acs: &'a str,
    pub request: &'a MessageId,
    /// PKCS#8, where assertions may be encrypted.
    pub private_key: Option<&'a [u8]>,
    pub now: Time,
}

/// What was signed, and holds here and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    pub id: MessageId,
    /// From then on nobody can use it again.
    pub until: Time,
    pub name: Name,
    pub session_index: Option<String>,
    /// The session there is over then, and with it whatever rests on it (Core §2.7.2).
    pub session_until: Option<Time>,
    pub auth_time: Time,
    pub context: Option<String>,
    pub chain: Chain,
    /// In order; a name may stand there twice.
    pub attributes: Vec<(String, Vec<String>)>,
    /// What a second reader is shown: the answer, or the assertion that was encrypted in it.
    pub shown: String,
    /// It was encrypted and carries no signature of its own: whoever has no key sees only the signed answer around it.
    pub sealed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub format: Option<String>,
    pub qualifier: Option<String>,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    #[error("the answer {0}")]
    Xml(#[from] XmlError),
    #[error("{0} is missing or stands there twice")]
    Missing(&'static str),
    #[error("{0} is not what this sign-in expects")]
    Mismatch(&'static str),
    #[error("the identity provider answered {0}")]
    Status(String),
    #[error("nothing in the answer is signed")]
    Unsigned,
    #[error("the assertion is not valid now: {0}")]
    Time(&'static str),
    #[error("the assertion has a condition that is not understood")]
    Condition,
    #[error("the assertion may not be passed on")]
    Proxy,
    #[error("the assertion is encrypted, and there is no key for it")]
    NoKey,
}

use AssertionError::{Mismatch, Missing};

impl AssertionError {
    /// For the audit trail.
    pub fn name(&self) -> String {
        match self {
            Self::Xml(XmlError::Signature | XmlError::Digest) => "signature".to_owned(),
            Self::Xml(XmlError::Encryption) | Self::NoKey => "encryption".to_owned(),
            Self::Xml(XmlError::Algorithm) => "algorithm".to_owned(),
            Self::Xml(XmlError::Shape(_)) => "shape".to_owned(),
            Self::Xml(_) => "xml".to_owned(),
            Missing(what) => format!("missing {what}"),
            Mismatch(what) => format!("other {what}"),
            Self::Status(_) => "status".to_owned(),
            Self::Unsigned => "unsigned".to_owned(),
            Self::Time(what) => format!("time {what}"),
            Self::Condition => "condition".to_owned(),
            Self::Proxy => "proxy_restriction".to_owned(),
        }
    }
}

/// `xml` as it came, decoded from base64.
pub fn read(xml: &[u8], expected: &Expected<'_>) -> Result<Assertion, AssertionError> {
    let document = Document::parse(xml)?;
    let root = document.root();
    if !root.is(PROTOCOL, "Response") {
        return Err(Missing("Response"));
    }
    let signed = signature(root)?.map(|_| signed_document(root, expected.keys)).transpose()?;
    let root = signed.as_ref().map_or(root, Document::root);
    response(root, signed.is_some(), expected)?;

    alone(root)?;
    let (plain, sealed) = (root.child(ASSERTION, "Assertion")?, root.child(ASSERTION, "EncryptedAssertion")?);
    let opened = match (plain, sealed) {
        (Some(_), None) => None,
        (None, Some(sealed)) => {
            let data = sealed.child(xml::XENC, "EncryptedData")?.ok_or(Missing("EncryptedData"))?;
            Some(decrypt_element(data, expected.private_key.ok_or(AssertionError::NoKey)?)?)
        }
        (None, None) | (Some(_), Some(_)) => return Err(Missing("Assertion")),
    };
    let inner = opened.as_ref().map(|text| Document::parse(text.as_bytes())).transpose()?;
    let assertion = inner.as_ref().map(Document::root).or(plain).ok_or(Missing("Assertion"))?;
    if !assertion.is(ASSERTION, "Assertion") {
        return Err(Missing("Assertion"));
    }
    alone(assertion)?;
    let own = signature(assertion)?.map(|_| signed_document(assertion, expected.keys)).transpose()?;
    if own.is_none() && signed.is_none() {
        return Err(AssertionError::Unsigned);
    }
    // Shown is what carries a signature: the assertion alone, if nothing else of what was decrypted does.
    let sealed = opened.is_some() && own.is_none();
    let shown = match opened {
        Some(text) if own.is_some() => text,
        _ => std::str::from_utf8(xml).ok().ok_or(XmlError::Encoding)?.to_owned(),
    };
    statement(own.as_ref().map_or(assertion, Document::root), (shown, sealed), expected)
}

/// The request that an answer says it belongs to. Nothing is believed yet; `None`: nobody asked.
pub fn answered(xml: &[u8]) -> Result<Option<MessageId>, AssertionError> {
    let document = Document::parse(xml)?;
    if !document.root().is(PROTOCOL, "Response") {
        return Err(Missing("Response"));
    }
    let request = document.root().attribute("InResponseTo").filter(|text| !text.is_empty());
    request.map(|text| MessageId::parse(text).ok_or(Mismatch("InResponseTo"))).transpose()
}

/// One assertion in all, wherever it stands. Advice and extensions with more of them are for nobody here.
fn alone(root: Element<'_>) -> Result<(), AssertionError> {
    fn count(of: Element<'_>) -> usize {
        let own = of.namespace() == ASSERTION && matches!(of.local(), "Assertion" | "EncryptedAssertion");
        usize::from(own) + of.children().map(count).sum::<usize>()
    }
    if count(root) == 1 { Ok(()) } else { Err(Missing("Assertion")) }
}

fn signature(of: Element<'_>) -> Result<Option<Element<'_>>, AssertionError> {
    of.child(xml::DSIG, "Signature").map_err(|_twice| Missing("Signature"))
}

fn text(of: Element<'_>, namespace: &str, local: &'static str) -> Result<Option<String>, AssertionError> {
    Ok(of.child(namespace, local)?.map(Element::text).transpose()?)
}

/// The envelope (Core §3.2.2).
fn response(root: Element<'_>, signed: bool, expected: &Expected<'_>) -> Result<(), AssertionError> {
    if root.attribute("Version") != Some("2.0") {
        return Err(Mismatch("Version"));
    }
    if root.attribute("InResponseTo") != Some(expected.request.as_str()) {
        return Err(Mismatch("InResponseTo"));
    }
    // Bindings §3.5.5.2: where it is signed, it says where it goes.
    match root.attribute("Destination") {
        None if !signed => {}
        destination if destination == Some(expected.acs) => {}
        _ => return Err(Mismatch("Destination")),
    }
    if text(root, ASSERTION, "Issuer")?.is_some_and(|issuer| issuer != expected.issuer) {
        return Err(Mismatch("Issuer"));
    }
    let status = root.child(PROTOCOL, "Status")?.ok_or(Missing("Status"))?;
    let code = status.child(PROTOCOL, "StatusCode")?.ok_or(Missing("StatusCode"))?;
    match code.attribute("Value") {
        Some(SUCCESS) => Ok(()),
        outer => {
            let inner = code.child(PROTOCOL, "StatusCode")?.and_then(|inner| inner.attribute("Value"));
            let told = inner.or(outer).unwrap_or_default().chars().filter(|c| !c.is_control()).take(128).collect();
            Err(AssertionError::Status(told))
        }
    }
}

fn statement(
    root: Element<'_>,
    (shown, sealed): (String, bool),
    expected: &Expected<'_>,
) -> Result<Assertion, AssertionError> {
    if root.attribute("Version") != Some("2.0") {
        return Err(Mismatch("Version"));
    }
    let id = root.attribute("ID").and_then(MessageId::parse).ok_or(Missing("ID"))?;
    if text(root, ASSERTION, "Issuer")?.as_deref() != Some(expected.issuer) {
        return Err(Mismatch("Issuer"));
    }
    let subject = root.child(ASSERTION, "Subject")?.ok_or(Missing("Subject"))?;
    let name = subject.child(ASSERTION, "NameID")?.ok_or(Missing("NameID"))?;
    let name = Name {
        format: name.attribute("Format").map(str::to_owned),
        qualifier: name.attribute("NameQualifier").map(str::to_owned),
        value: name.text()?,
    };
    if name.value.trim().is_empty() {
        return Err(Missing("NameID"));
    }
    let until = confirmation(subject, expected)?;
    let proxies = conditions(root.child(ASSERTION, "Conditions")?.ok_or(Missing("Conditions"))?, expected)?;

    let authn = root.child(ASSERTION, "AuthnStatement")?.ok_or(Missing("AuthnStatement"))?;
    let auth_time = time(authn, "AuthnInstant")?.ok_or(Missing("AuthnInstant"))?;
    if auth_time > expected.now + SKEW {
        return Err(AssertionError::Time("AuthnInstant"));
    }
    let session_until = time(authn, "SessionNotOnOrAfter")?.map(|end| end + SKEW);
    if session_until.is_some_and(|end| end <= expected.now) {
        return Err(AssertionError::Time("SessionNotOnOrAfter"));
    }
    let context = authn.child(ASSERTION, "AuthnContext")?.ok_or(Missing("AuthnContext"))?;
    Ok(Assertion {
        id,
        until,
        name,
        session_index: authn.attribute("SessionIndex").map(str::to_owned),
        session_until,
        auth_time,
        context: text(context, ASSERTION, "AuthnContextClassRef")?,
        chain: Chain { authorities: authorities(context), proxies },
        attributes: attributes(root)?,
        shown,
        sealed,
    })
}

/// Profiles §4.1.4.3: one that is bearer and meant for us, now, in answer to what we asked.
fn confirmation(subject: Element<'_>, expected: &Expected<'_>) -> Result<Time, AssertionError> {
    let all = subject.children().filter(|child| child.is(ASSERTION, "SubjectConfirmation"));
    let mut refused = Missing("SubjectConfirmation");
    for one in all.filter(|one| one.attribute("Method") == Some(BEARER)) {
        match bearer(one, expected) {
            Ok(until) => return Ok(until),
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

fn bearer(one: Element<'_>, expected: &Expected<'_>) -> Result<Time, AssertionError> {
    let data = one.child(ASSERTION, "SubjectConfirmationData")?.ok_or(Missing("SubjectConfirmationData"))?;
    if data.attribute("Recipient") != Some(expected.acs) {
        return Err(Mismatch("Recipient"));
    }
    if data.attribute("InResponseTo") != Some(expected.request.as_str()) {
        return Err(Mismatch("InResponseTo"));
    }
    if data.attribute("NotBefore").is_some() {
        return Err(Mismatch("NotBefore"));
    }
    let until = time(data, "NotOnOrAfter")?.ok_or(Missing("NotOnOrAfter"))?;
    if until <= expected.now - SKEW {
        return Err(AssertionError::Time("NotOnOrAfter of the confirmation"));
    }
    Ok(until + SKEW)
}

/// Core §2.7.2.2: those that the provider has it from.
fn authorities(context: Element<'_>) -> Vec<String> {
    let named = context.children().filter(|child| child.is(ASSERTION, "AuthenticatingAuthority"));
    let texts = named.filter_map(|one| one.text().ok()).map(|text| text.trim().to_owned());
    texts.filter(|text| !text.is_empty() && text.len() <= LONGEST_AUTHORITY).take(MOST_AUTHORITIES).collect()
}

/// Core §2.5.1: every one of them must hold, and one that is not known holds never. How often it may be passed on.
fn conditions(conditions: Element<'_>, expected: &Expected<'_>) -> Result<Option<u32>, AssertionError> {
    if time(conditions, "NotBefore")?.is_some_and(|start| start > expected.now + SKEW) {
        return Err(AssertionError::Time("NotBefore"));
    }
    if time(conditions, "NotOnOrAfter")?.is_some_and(|end| end <= expected.now - SKEW) {
        return Err(AssertionError::Time("NotOnOrAfter"));
    }
    let (mut restricted, mut proxies) = (false, None);
    for condition in conditions.children() {
        if condition.is(ASSERTION, "AudienceRestriction") {
            let mut audiences = condition.children().filter(|child| child.is(ASSERTION, "Audience"));
            if !audiences.any(|audience| audience.text().is_ok_and(|audience| audience == expected.audience)) {
                return Err(Mismatch("Audience"));
            }
            restricted = true;
        } else if condition.is(ASSERTION, "ProxyRestriction") {
            proxies = [proxies, proxy_restriction(condition)?].into_iter().flatten().min();
        } else if !condition.is(ASSERTION, "OneTimeUse") {
            return Err(AssertionError::Condition);
        }
    }
    if restricted { Ok(proxies) } else { Err(Missing("AudienceRestriction")) }
}

fn proxy_restriction(condition: Element<'_>) -> Result<Option<u32>, AssertionError> {
    if condition.children().next().is_some() {
        return Err(AssertionError::Proxy);
    }
    let count = condition.attribute("Count").map(|text| text.trim().parse().unwrap_or(0));
    if count == Some(0) { Err(AssertionError::Proxy) } else { Ok(count) }
}

fn attributes(root: Element<'_>) -> Result<Vec<(String, Vec<String>)>, AssertionError> {
    let mut found = Vec::new();
    for statement in root.children().filter(|child| child.is(ASSERTION, "AttributeStatement")) {
        for attribute in statement.children() {
            // An encrypted one is for somebody else.
            if !attribute.is(ASSERTION, "Attribute") {
                continue;
            }
            let name = attribute.attribute("Name").ok_or(Missing("Name"))?.to_owned();
            let values = attribute.children().filter(|child| child.is(ASSERTION, "AttributeValue"));
            // A value may hold elements (a name, an address); those have no text to go by.
            found.push((name, values.filter_map(|value| value.text().ok()).collect()));
        }
    }
    Ok(found)
}

fn time(of: Element<'_>, name: &'static str) -> Result<Option<Time>, AssertionError> {
    of.attribute(name).map(|text| instant(text).ok_or(Mismatch(name))).transpose()
}

#[cfg(test)]
mod tests;
