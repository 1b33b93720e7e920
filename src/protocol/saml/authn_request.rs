//! `<AuthnRequest>` (SAML Core §3.4.1, Profiles §4.1.4.1), read in two stages.
//!
//! Until the sender is known, its signature verified and one of its registered addresses chosen, a failure is a page.
//! From then on it is a status, sent to that address. Only a [`ReplyAddress`] can send a browser to an application,
//! and only a registered consumer makes one.
//!
//! Refused on purpose: addresses that are not registered byte for byte, `<SubjectConfirmation>`, encrypted subjects,
//! affiliations (`SPNameQualifier` of somebody else), names that are not for people. Ignored, as the specification
//! lets us: `Conditions`, `IDPList` and `RequesterID` in `Scoping` (advice; `ProxyCount` is obeyed), `Extensions`,
//! `ProviderName` (people are shown the registered name), `Consent`, `AttributeConsumingServiceIndex` (what is
//! released is the administrator's choice), `AllowCreate` (every person can always be named).
//!
//! The same request twice is two sign-ins: it only ever leads to an answer at a registered address, and only the
//! application knows whether it still waits for one (`InResponseTo`).

use serde::{Deserialize, Serialize};

use crate::crypto::xml::Element;
use crate::domain::Time;
use crate::domain::authn_context::{Comparison, ContextClass, RequestedContext};
use crate::domain::fault::ErrorCode;
use crate::domain::saml::{Binding, Endpoint, EntityId, NameIdKind, Preset, ServiceProvider};

use super::message::{Header, MessageError, MessageId, far, flag};
use super::status::{Fault, Reason, Status};
use super::{ASSERTION, PROTOCOL, UNSPECIFIED_2};

pub const ACS_URL: &str = "AssertionConsumerServiceURL";
pub const ACS_INDEX: &str = "AssertionConsumerServiceIndex";

/// Of an asked-for name or subject.
const VALUE_MAX_BYTES: usize = 320;
/// More classes than anybody has, few enough to carry along.
const CLASSES_MAX: usize = 20;

/// A registered consumer of the application that asked, and what goes back there with any answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyAddress {
    pub entity: EntityId,
    pub location: Endpoint,
    /// `Post` or `Artifact`.
    pub binding: Binding,
    /// What is answered; nothing where the sign-in began here.
    pub in_response_to: Option<MessageId>,
    pub relay_state: Option<String>,
}

/// Whom the application wants to see, by a name it was told or knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectHint {
    /// `None` = any kind.
    pub kind: Option<NameIdKind>,
    pub value: String,
}

/// Verified and typed; small enough to wait in the browser while the person signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthnRequest {
    pub force: bool,
    pub passive: bool,
    pub context: Option<RequestedContext>,
    /// `None` = as the application is registered.
    pub name_id: Option<NameIdKind>,
    pub subject: Option<SubjectHint>,
    /// How many others the sign-in may be passed on to, one after the other; `Some(0)`: it is to be made here.
    #[serde(default)]
    pub proxies: Option<u32>,
}

impl AuthnRequest {
    /// What a sign-in that begins here asks for: nothing beyond what policy does.
    pub fn unsolicited() -> Self {
        Self { force: false, passive: false, context: None, name_id: None, subject: None, proxies: None }
    }
}

/// Why nothing can be sent to an application; shown as a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unaddressable {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("AssertionConsumerServiceURL is not registered for the application")]
    Location,
    #[error("AssertionConsumerServiceIndex is not registered for the application")]
    Index,
    #[error("AssertionConsumerServiceIndex excludes AssertionConsumerServiceURL and ProtocolBinding")]
    Ambiguous,
    #[error("the application has no address for assertions")]
    Nowhere,
}

impl Unaddressable {
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Message(_) | Self::Ambiguous => ErrorCode::SamlMessage,
            Self::Location | Self::Index | Self::Nowhere => ErrorCode::SamlAddress,
        }
    }
}

/// Stage one: where to answer. A `ProtocolBinding` that does not fit is refused in stage two.
pub fn reply_address(
    root: Element<'_>,
    header: &Header,
    provider: &ServiceProvider,
    relay_state: Option<String>,
) -> Result<ReplyAddress, Unaddressable> {
    let url = root.attribute(ACS_URL);
    let index = root.attribute(ACS_INDEX);
    let binding = root.attribute("ProtocolBinding");
    if index.is_some() && (url.is_some() || binding.is_some()) {
        return Err(Unaddressable::Ambiguous);
    }
    let wanted = binding.and_then(Binding::parse);
    let mut consumers: Vec<_> = provider.acs.iter().filter(|one| one.binding != Binding::Redirect).collect();
    // Metadata §2.4.4: the default first, then in the order of registration.
    consumers.sort_by_key(|one| !one.is_default);
    if let Some(url) = url {
        consumers.retain(|one| one.location.as_str() == url);
        if consumers.is_empty() {
            return Err(Unaddressable::Location);
        }
    }
    if let Some(index) = index {
        let index: u16 = index.trim().parse().map_err(|_not_a_number| Unaddressable::Index)?;
        consumers.retain(|one| one.index == index);
        if consumers.is_empty() {
            return Err(Unaddressable::Index);
        }
    }
    let fitting = consumers.iter().find(|one| wanted.is_none_or(|wanted| one.binding == wanted));
    let chosen = fitting.or_else(|| consumers.first()).ok_or(Unaddressable::Nowhere)?;
    Ok(ReplyAddress {
        entity: provider.entity_id.clone(),
        location: chosen.location.clone(),
        binding: chosen.binding,
        in_response_to: Some(header.id.clone()),
        relay_state,
    })
}

/// For a sign-in that begins here (Profiles §4.1.5): the default consumer.
pub fn unsolicited_address(provider: &ServiceProvider) -> Option<ReplyAddress> {
    let consumers = || provider.acs.iter().filter(|one| one.binding != Binding::Redirect);
    let chosen = consumers().find(|one| one.is_default).or_else(|| consumers().next())?;
    Some(ReplyAddress {
        entity: provider.entity_id.clone(),
        location: chosen.location.clone(),
        binding: chosen.binding,
        in_response_to: None,
        relay_state: provider.start_relay_state.clone(),
    })
}

impl ReplyAddress {
    /// Whether it still stands: an administrator may have changed the application while the person signed in.
    pub fn is_of(&self, provider: &ServiceProvider) -> bool {
        provider.entity_id == self.entity
            && provider.acs.iter().any(|one| one.location == self.location && one.binding == self.binding)
    }
}

/// Why the application is refused; told to it as a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthnError {
    #[error("only SAML 2.0 is spoken here")]
    Version { higher: bool },
    #[error("Destination is not the address that the request was sent to")]
    Destination,
    /// By how many seconds it is later than now.
    #[error("IssueInstant is {}", far(*.0))]
    IssueInstant(i64),
    #[error("the request cannot be understood: {0}")]
    Malformed(&'static str),
    #[error("ProtocolBinding is not registered for the application")]
    Binding,
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    #[error("the person cannot be named as NameIDPolicy asks")]
    NameIdPolicy,
    #[error("nobody is signed in, and nobody may be asked")]
    NoPassive,
    #[error("the requested authentication context cannot be reached")]
    NoAuthnContext,
    #[error("the person who signed in is not the one that was asked for")]
    UnknownPrincipal,
    #[error("the person can only be signed in elsewhere, and ProxyCount is 0")]
    ProxyCount,
    #[error("the person may not use the application")]
    NotForUser,
    #[error("the session ended")]
    SessionEnded,
    #[error("the answer cannot be written as the application's settings ask")]
    Unwritable,
}

impl AuthnError {
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Version { .. } | Self::Malformed(_) => ErrorCode::SamlMessage,
            Self::Destination => ErrorCode::SamlDestination,
            Self::IssueInstant(_) => ErrorCode::SamlExpired,
            Self::Binding => ErrorCode::SamlAddress,
            Self::Unsupported(_) => ErrorCode::SamlUnsupported,
            Self::NameIdPolicy => ErrorCode::SamlName,
            Self::NoPassive | Self::SessionEnded => ErrorCode::LoginRequired,
            Self::NoAuthnContext | Self::ProxyCount => ErrorCode::UnmetAuthenticationRequirements,
            Self::UnknownPrincipal => ErrorCode::SamlPrincipal,
            Self::NotForUser => ErrorCode::ApplicationNotForUser,
            Self::Unwritable => ErrorCode::SamlUnwritable,
        }
    }

    pub fn status(self) -> Status {
        let (fault, reason) = match self {
            Self::Version { higher: true } => (Fault::VersionMismatch, Some(Reason::RequestVersionTooHigh)),
            Self::Version { higher: false } => (Fault::VersionMismatch, Some(Reason::RequestVersionTooLow)),
            Self::Destination | Self::IssueInstant(_) => (Fault::Requester, Some(Reason::RequestDenied)),
            Self::Malformed(_) => (Fault::Requester, None),
            Self::Binding => (Fault::Requester, Some(Reason::UnsupportedBinding)),
            Self::Unsupported(_) => (Fault::Requester, Some(Reason::RequestUnsupported)),
            Self::NameIdPolicy => (Fault::Requester, Some(Reason::InvalidNameIdPolicy)),
            Self::NoPassive => (Fault::Responder, Some(Reason::NoPassive)),
            Self::NoAuthnContext => (Fault::Responder, Some(Reason::NoAuthnContext)),
            Self::UnknownPrincipal => (Fault::Responder, Some(Reason::UnknownPrincipal)),
            Self::ProxyCount => (Fault::Responder, Some(Reason::ProxyCountExceeded)),
            Self::NotForUser => (Fault::Responder, Some(Reason::RequestDenied)),
            Self::SessionEnded => (Fault::Responder, Some(Reason::AuthnFailed)),
            Self::Unwritable => (Fault::Responder, None),
        };
        Status::refused(fault, reason, format!("{}: {self}", self.code().code()))
    }
}

/// Where and when a request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The address of ours that it was sent to.
    pub location: &'a str,
    pub signed: bool,
    pub now: Time,
}

/// Stage two.
pub fn parse(
    root: Element<'_>,
    header: &Header,
    provider: &ServiceProvider,
    (address, arrival): (&ReplyAddress, Arrival<'_>),
) -> Result<AuthnRequest, AuthnError> {
    if !header.is_current_version() {
        return Err(AuthnError::Version { higher: header.version.as_str() > "2.0" });
    }
    if !header.is_for(arrival.location, arrival.signed) {
        return Err(AuthnError::Destination);
    }
    if !header.is_timely(arrival.now) {
        return Err(AuthnError::IssueInstant((header.issue_instant - arrival.now).num_seconds()));
    }
    let binding = root.attribute("ProtocolBinding");
    if binding.is_some_and(|urn| Binding::parse(urn) != Some(address.binding)) {
        return Err(AuthnError::Binding);
    }
    let flag = |name: &'static str| flag(root, name).ok_or(AuthnError::Malformed(name));
    Ok(AuthnRequest {
        force: flag("ForceAuthn")?,
        passive: flag("IsPassive")?,
        context: context(root, provider.preset)?,
        name_id: name_id(root, provider)?,
        subject: subject(root)?,
        proxies: proxies(root)?,
    })
}

fn child<'a>(parent: Element<'a>, namespace: &str, name: &'static str) -> Result<Option<Element<'a>>, AuthnError> {
    parent.child(namespace, name).map_err(|_twice| AuthnError::Malformed(name))
}

/// Core §3.3.2.2.1. A class that is not known here is one that cannot be reached; the others count.
fn context(root: Element<'_>, preset: Preset) -> Result<Option<RequestedContext>, AuthnError> {
    const NAME: &str = "RequestedAuthnContext";
    let Some(asked) = child(root, PROTOCOL, NAME)? else { return Ok(None) };
    let comparison = match asked.attribute("Comparison") {
        None => Comparison::Exact,
        Some(text) => Comparison::parse(text).ok_or(AuthnError::Malformed("Comparison"))?,
    };
    let mut classes = Vec::new();
    for one in asked.children().filter(|one| one.is(ASSERTION, "AuthnContextClassRef")).take(CLASSES_MAX) {
        let uri = one.text().map_err(|_not_text| AuthnError::Malformed("AuthnContextClassRef"))?;
        classes.extend(ContextClass::parse(uri.trim(), preset).filter(|class| !classes.contains(class)));
    }
    Ok(Some(RequestedContext { comparison, classes }))
}

/// Core §3.4.1.1. What is not registered is not told because somebody asked: a name that says who it is stands for
/// itself in the mapping, or in the application's own kind of name.
fn name_id(root: Element<'_>, provider: &ServiceProvider) -> Result<Option<NameIdKind>, AuthnError> {
    let Some(policy) = child(root, PROTOCOL, "NameIDPolicy")? else { return Ok(None) };
    let qualifier = policy.attribute("SPNameQualifier").filter(|name| !name.is_empty());
    if qualifier.is_some_and(|name| name != provider.entity_id.as_str()) {
        return Err(AuthnError::NameIdPolicy);
    }
    let kind = match policy.attribute("Format") {
        None | Some("" | UNSPECIFIED_2) => return Ok(None),
        Some(format) => NameIdKind::parse(format).ok_or(AuthnError::NameIdPolicy)?,
    };
    match kind {
        NameIdKind::Username => Ok(None),
        kind if may_be_named(kind, provider) => Ok(Some(kind)),
        NameIdKind::Email | NameIdKind::Persistent | NameIdKind::Transient => Err(AuthnError::NameIdPolicy),
    }
}

fn may_be_named(kind: NameIdKind, provider: &ServiceProvider) -> bool {
    match kind {
        NameIdKind::Persistent | NameIdKind::Transient => true,
        NameIdKind::Email => provider.name_id == kind || provider.releases("email"),
        NameIdKind::Username => provider.name_id == kind || provider.releases("username"),
    }
}

/// Core §3.4.1, Profiles §4.1.4.1: whom the answer must be about.
fn subject(root: Element<'_>) -> Result<Option<SubjectHint>, AuthnError> {
    let Some(subject) = child(root, ASSERTION, "Subject")? else { return Ok(None) };
    if subject.children().any(|child| child.is(ASSERTION, "SubjectConfirmation")) {
        return Err(AuthnError::Malformed("SubjectConfirmation"));
    }
    let name = child(subject, ASSERTION, "NameID")?.ok_or(AuthnError::Unsupported("a Subject without NameID"))?;
    let value = name.text().map_err(|_not_text| AuthnError::Malformed("NameID"))?.trim().to_owned();
    if value.is_empty() || value.len() > VALUE_MAX_BYTES {
        return Err(AuthnError::Malformed("NameID"));
    }
    let kind = match name.attribute("Format") {
        None | Some("" | UNSPECIFIED_2) => None,
        // In this format anything may stand.
        Some(format) => match NameIdKind::parse(format) {
            Some(NameIdKind::Username) => None,
            Some(kind) => Some(kind),
            None => return Err(AuthnError::Unsupported("the format of the Subject's name")),
        },
    };
    Ok(Some(SubjectHint { kind, value }))
}

/// Core §3.4.1.2, §3.4.1.5.
fn proxies(root: Element<'_>) -> Result<Option<u32>, AuthnError> {
    const NAME: &str = "ProxyCount";
    let scoping = child(root, PROTOCOL, "Scoping")?;
    let count = scoping.and_then(|scoping| scoping.attribute(NAME));
    count.map(|text| text.trim().parse().map_err(|_not_a_number| AuthnError::Malformed(NAME))).transpose()
}

#[cfg(test)]
#[path = "authn_request_tests.rs"]
mod tests;
