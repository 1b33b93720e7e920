//! The other side, as the playground plays it: what a service provider asks (SAML Profiles §4.1.4.1), and what it finds
//! of an answer (§4.1.4.3). Every check is made by itself and told, so that a developer sees which one fails; an
//! answer is good only if all of them pass.

use crate::crypto::xml::{DSIG, Document, Element, Writer, XmlError, verify_enveloped};
use crate::domain::Time;
use crate::domain::authn_context::ContextClass;
use crate::domain::saml::{Binding, CertificateDer};

use super::message::{MessageId, SKEW, instant, written};
use super::{ASSERTION, BEARER, ENTITY_FORMAT, PROTOCOL};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Who plays, and against whom.
#[derive(Clone, Debug)]
pub struct Parties {
    /// The service provider's `entityID`.
    pub entity_id: String,
    pub acs: String,
    pub logout: String,
    pub idp: String,
    pub idp_sso: String,
    pub idp_logout: String,
    /// The identity provider's.
    pub keys: Vec<CertificateDer>,
}

/// What a request asks for beside a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub force: bool,
    pub passive: bool,
    pub context: Option<ContextClass>,
}

/// The message alone; the Redirect binding signs it.
pub fn authn_request(parties: &Parties, id: &MessageId, now: Time, wish: Wish) -> Result<String, XmlError> {
    let issued = written(now);
    let mut head = vec![
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", id.as_str()),
        ("Version", "2.0"),
        ("IssueInstant", &issued),
        ("Destination", &parties.idp_sso),
        ("AssertionConsumerServiceURL", &parties.acs),
        ("ProtocolBinding", Binding::Post.urn()),
    ];
    head.extend(wish.force.then_some(("ForceAuthn", "true")));
    head.extend(wish.passive.then_some(("IsPassive", "true")));
    let mut writer = Writer::new();
    writer
        .open("samlp:AuthnRequest", &head)
        .leaf("saml:Issuer", &[("Format", ENTITY_FORMAT)], &parties.entity_id)
        .leaf("samlp:NameIDPolicy", &[("AllowCreate", "true")], "");
    if let Some(context) = wish.context {
        writer
            .open("samlp:RequestedAuthnContext", &[("Comparison", "minimum")])
            .leaf("saml:AuthnContextClassRef", &[], context.uri())
            .close();
    }
    writer.close();
    writer.finish()
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// As the protocol calls it.
    pub what: &'static str,
    /// The value that passed, or why it did not.
    pub outcome: Result<String, String>,
}

/// The person, as the assertion names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    pub name_id: String,
    pub format: String,
    pub session_index: String,
}

/// An answer, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    pub findings: Vec<Finding>,
    pub subject: Option<Subject>,
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Examined {
    pub fn is_good(&self) -> bool {
        self.subject.is_some() && self.findings.iter().all(|finding| finding.outcome.is_ok())
    }

    /// Whether it names the request that waits, so that it may be shown as the answer to it.
    pub fn answers_a_request(&self) -> bool {
        self.findings.iter().any(|finding| finding.what == "InResponseTo" && finding.outcome.is_ok())
    }

    fn note(&mut self, what: &'static str, outcome: Result<String, String>) {
        self.findings.push(Finding { what, outcome });
    }

    fn equal(&mut self, what: &'static str, found: Option<&str>, expected: &str) {
        let outcome = match found {
            Some(found) if found == expected => Ok(found.to_owned()),
            Some(found) => Err(format!("expected {expected}, found {found}")),
            None => Err(format!("expected {expected}, found nothing")),
        };
        self.note(what, outcome);
    }
}

/// `request`: the one that this browser sent last and that nothing has answered yet.
pub fn examine(xml: &[u8], parties: &Parties, request: Option<&MessageId>, now: Time) -> Examined {
    let mut examined = Examined::default();
    let document = match Document::parse(xml) {
        Ok(document) => document,
        Err(cause) => {
            examined.note("XML", Err(format!("it {cause}")));
            return examined;
        }
    };
    let look = Look { parties, request: request.map_or("", MessageId::as_str), now };
    if let Err(cause) = look.response(document.root(), &mut examined) {
        examined.note("XML", Err(format!("it {cause}")));
    }
    examined
}

struct Look<'a> {
    parties: &'a Parties,
    /// Empty where nothing was asked: then no answer can name it.
    request: &'a str,
    now: Time,
}

impl Look<'_> {
    fn response(&self, root: Element<'_>, to: &mut Examined) -> Result<(), XmlError> {
        if !root.is(PROTOCOL, "Response") {
            to.note("Response", Err(format!("found {}", root.local())));
            return Ok(());
        }
        to.note("Status", status(root)?);
        to.equal("Destination", root.attribute("Destination"), &self.parties.acs);
        to.note("InResponseTo", self.answers(root));
        let issuer = root.child(ASSERTION, "Issuer")?.map(Element::text).transpose()?;
        to.equal("Issuer", issuer.as_deref(), &self.parties.idp);
        let of_response = root.child(DSIG, "Signature")?.is_some();
        if of_response {
            to.note("Response: Signature", self.signature(root));
        }
        let mut assertions = root.children().filter(|child| child.is(ASSERTION, "Assertion"));
        match (assertions.next(), assertions.next()) {
            (Some(assertion), None) => self.assertion(assertion, of_response, to)?,
            // An error carries none, and says so by its status.
            (None, _) => {}
            (Some(_), Some(_)) => to.note("Assertion", Err("there are several".to_owned())),
        }
        Ok(())
    }

    fn answers(&self, element: Element<'_>) -> Result<String, String> {
        match element.attribute("InResponseTo") {
            Some(found) if !self.request.is_empty() && found == self.request => Ok(found.to_owned()),
            Some(found) => Err(format!("{found} is not a request of this browser that waits for an answer")),
            None => Err("nobody asked for this".to_owned()),
        }
    }

    fn signature(&self, element: Element<'_>) -> Result<String, String> {
        let verified = verify_enveloped(element, &self.parties.keys);
        verified.map(|()| algorithm(element)).map_err(|cause| format!("it {cause}"))
    }

    fn assertion(&self, assertion: Element<'_>, covered: bool, to: &mut Examined) -> Result<(), XmlError> {
        // Without one of its own, the one around it covers it.
        if assertion.child(DSIG, "Signature")?.is_some() || !covered {
            to.note("Assertion: Signature", self.signature(assertion));
        }
        let issuer = assertion.child(ASSERTION, "Issuer")?.map(Element::text).transpose()?;
        to.equal("Assertion: Issuer", issuer.as_deref(), &self.parties.idp);
        self.conditions(assertion, to)?;
        let name = self.subject(assertion, to)?;
        let statement = assertion.child(ASSERTION, "AuthnStatement")?;
        let index = statement.and_then(|found| found.attribute("SessionIndex")).unwrap_or_default();
        to.note("AuthnContextClassRef", class(statement)?.ok_or_else(|| "there is none".to_owned()));
        to.subject = name.map(|(name_id, format)| Subject { name_id, format, session_index: index.to_owned() });
        if let Some(statement) = assertion.child(ASSERTION, "AttributeStatement")? {
            for attribute in statement.children().filter(|child| child.is(ASSERTION, "Attribute")) {
                let values = attribute.children().map(Element::text).collect::<Result<Vec<_>, _>>()?;
                to.attributes.push((attribute.attribute("Name").unwrap_or_default().to_owned(), values));
            }
        }
        Ok(())
    }

    fn conditions(&self, assertion: Element<'_>, to: &mut Examined) -> Result<(), XmlError> {
        let Some(conditions) = assertion.child(ASSERTION, "Conditions")? else {
            to.note("Conditions", Err("there are none".to_owned()));
            return Ok(());
        };
        to.note("Conditions: NotBefore", self.begun(conditions.attribute("NotBefore")));
        to.note("Conditions: NotOnOrAfter", self.not_over(conditions.attribute("NotOnOrAfter")));
        let restriction = conditions.child(ASSERTION, "AudienceRestriction")?;
        let audience = match restriction {
            Some(restriction) => restriction.child(ASSERTION, "Audience")?.map(Element::text).transpose()?,
            None => None,
        };
        to.equal("Audience", audience.as_deref(), &self.parties.entity_id);
        Ok(())
    }

    /// The name and its format.
    fn subject(&self, assertion: Element<'_>, to: &mut Examined) -> Result<Option<(String, String)>, XmlError> {
        let Some(subject) = assertion.child(ASSERTION, "Subject")? else {
            to.note("Subject", Err("there is none".to_owned()));
            return Ok(None);
        };
        let confirmation = subject.child(ASSERTION, "SubjectConfirmation")?;
        to.equal("SubjectConfirmation", confirmation.and_then(|found| found.attribute("Method")), BEARER);
        let data = match confirmation {
            Some(confirmation) => confirmation.child(ASSERTION, "SubjectConfirmationData")?,
            None => None,
        };
        let given = |name: &str| data.and_then(|data| data.attribute(name));
        to.equal("Recipient", given("Recipient"), &self.parties.acs);
        to.note("SubjectConfirmationData: NotOnOrAfter", self.not_over(given("NotOnOrAfter")));
        let answers = data.map_or_else(|| Err("nobody asked for this".to_owned()), |data| self.answers(data));
        to.note("SubjectConfirmationData: InResponseTo", answers);
        let Some(name) = subject.child(ASSERTION, "NameID")? else {
            to.note("NameID", Err("there is none".to_owned()));
            return Ok(None);
        };
        let (text, format) = (name.text()?, name.attribute("Format").unwrap_or_default().to_owned());
        to.note("NameID", if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.clone()) });
        Ok(Some((text, format)))
    }

    fn begun(&self, given: Option<&str>) -> Result<String, String> {
        match given.map(|text| (text, instant(text))) {
            Some((text, Some(from))) if from <= self.now + SKEW => Ok(text.to_owned()),
            Some((text, _)) => Err(format!("{text} is yet to come")),
            None => Err("it is missing".to_owned()),
        }
    }

    fn not_over(&self, given: Option<&str>) -> Result<String, String> {
        match given.map(|text| (text, instant(text))) {
            Some((text, Some(until))) if self.now < until + SKEW => Ok(text.to_owned()),
            Some((text, _)) => Err(format!("{text} is past")),
            None => Err("it is missing".to_owned()),
        }
    }
}

/// The last part of each code, and what was said about it.
fn status(root: Element<'_>) -> Result<Result<String, String>, XmlError> {
    let Some(status) = root.child(PROTOCOL, "Status")? else { return Ok(Err("there is none".to_owned())) };
    let Some(code) = status.child(PROTOCOL, "StatusCode")? else { return Ok(Err("there is none".to_owned())) };
    let value = code.attribute("Value").unwrap_or_default();
    if value == SUCCESS {
        return Ok(Ok("Success".to_owned()));
    }
    let short = |urn: &str| urn.rsplit(':').next().unwrap_or_default().to_owned();
    let mut told = short(value);
    if let Some(inner) = code.child(PROTOCOL, "StatusCode")? {
        told = format!("{told} / {}", short(inner.attribute("Value").unwrap_or_default()));
    }
    if let Some(message) = status.child(PROTOCOL, "StatusMessage")? {
        told = format!("{told}: {}", message.text()?);
    }
    Ok(Err(told))
}

fn class(statement: Option<Element<'_>>) -> Result<Option<String>, XmlError> {
    let Some(statement) = statement else { return Ok(None) };
    let Some(context) = statement.child(ASSERTION, "AuthnContext")? else { return Ok(None) };
    context.child(ASSERTION, "AuthnContextClassRef")?.map(Element::text).transpose()
}

/// The name of a signature's algorithm, for the eye: it has been verified.
fn algorithm(element: Element<'_>) -> String {
    let find = || {
        let signature = element.child(DSIG, "Signature").ok()??;
        let info = signature.child(DSIG, "SignedInfo").ok()??;
        let method = info.child(DSIG, "SignatureMethod").ok()??.attribute("Algorithm")?;
        method.rsplit('#').next().map(str::to_owned)
    };
    find().unwrap_or_default()
}

/// A message with one element a line, for reading. Not for anything that verifies it.
pub fn pretty(xml: &str) -> String {
    /// Whoever sends thousands of elements in each other gets no wider page for it.
    const DEEPEST: usize = 32;
    let (mut out, mut depth, mut open) = (String::with_capacity(xml.len() * 2), 0_usize, false);
    let mut rest = xml;
    while let Some((text, tail)) = rest.split_once('<') {
        out.push_str(text);
        let (tag, after) = tail.split_once('>').unwrap_or((tail, ""));
        let closes = tag.starts_with('/');
        depth = if closes { depth.saturating_sub(1) } else { depth };
        // The end of what has no elements in it stays on its line.
        if !(out.is_empty() || closes && open) {
            out.push('\n');
            out.push_str(&"  ".repeat(depth.min(DEEPEST)));
        }
        out.extend(["<", tag, ">"]);
        open = !closes && !tag.ends_with('/');
        depth += usize::from(open);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
#[path = "service_provider_tests.rs"]
mod tests;
