//! `<LogoutRequest>` and `<LogoutResponse>` (SAML Core §3.7, Profiles §4.4).
//!
//! Both directions, by Redirect and POST. What comes in must be signed by a registered key, for our address, of a moment
//! ago; a request works once. Refused on purpose: `EncryptedID` and `BaseID` (names are told in the clear or inside an
//! encrypted assertion), more than 100 sessions in one request.

use crate::crypto::credential::Credential;
use crate::crypto::entropy::Entropy;
use crate::crypto::xml::{Element, Place, Writer, XmlError, sign_enveloped};
use crate::domain::Time;
use crate::domain::saml::{Binding, NameIdKind, SignatureAlg};
use crate::protocol::reply::Reply;

use super::binding::{BindingError, Kind, Outgoing, SignatureError};
use super::message::{Header, MessageError, MessageId, SKEW, instant, written};
use super::status::Status;
use super::{ASSERTION, PROTOCOL, UNSPECIFIED_2};

const SESSIONS_MAX: usize = 100;
const NAME_MAX_BYTES: usize = 1024;
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// How long our own requests are good for.
const VALIDITY: chrono::Duration = chrono::Duration::minutes(5);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutError {
    #[error(transparent)]
    Binding(#[from] BindingError),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the sender is not registered, or switched off")]
    Sender,
    #[error("Version is not 2.0")]
    Version,
    #[error("Destination is missing or another address")]
    Destination,
    #[error("the message is too old, from the future, or past its NotOnOrAfter")]
    Stale,
    #[error("the message was used before")]
    Replayed,
    #[error("NameID is missing, encrypted or too long")]
    NameId,
    #[error("SessionIndex is there more than 100 times, or too long")]
    SessionIndex,
    #[error("InResponseTo is missing, or names no request of ours that is under way")]
    InResponseTo,
    #[error("Status is missing")]
    Status,
    #[error("nobody is signed in under this name, and there is no registered address to say so")]
    Nobody,
}

impl From<XmlError> for LogoutError {
    fn from(error: XmlError) -> Self {
        Self::Message(error.into())
    }
}

/// Whoever sends the browser here wants somebody signed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    pub header: Header,
    pub name_id: String,
    /// `None` = whatever it was.
    pub format: Option<String>,
    /// Empty = every session.
    pub sessions: Vec<String>,
    pub not_on_or_after: Option<Time>,
}

impl LogoutRequest {
    /// Nothing in it is trusted before the signature is verified.
    pub fn read(root: Element<'_>) -> Result<Self, LogoutError> {
        let header = Header::read(root, "LogoutRequest")?;
        let name = root.child(ASSERTION, "NameID")?.ok_or(LogoutError::NameId)?;
        let name_id = name.text()?.trim().to_owned();
        if name_id.is_empty() || name_id.len() > NAME_MAX_BYTES {
            return Err(LogoutError::NameId);
        }
        let open = ["", NameIdKind::Username.format(), UNSPECIFIED_2];
        let format = name.attribute("Format").filter(|format| !open.contains(format)).map(str::to_owned);
        let mut sessions = Vec::new();
        for index in root.children().filter(|child| child.is(PROTOCOL, "SessionIndex")) {
            let text = index.text()?.trim().to_owned();
            if sessions.len() >= SESSIONS_MAX || text.len() > NAME_MAX_BYTES {
                return Err(LogoutError::SessionIndex);
            }
            sessions.push(text);
        }
        let limit = root.attribute("NotOnOrAfter");
        let not_on_or_after = limit.map(|text| instant(text).ok_or(LogoutError::Stale)).transpose()?;
        Ok(Self { header, name_id, format, sessions, not_on_or_after })
    }

    /// §3.7.3: for this address, of a moment ago, and not over. A signed message names its address.
    pub fn check(&self, location: &str, now: Time) -> Result<(), LogoutError> {
        check(&self.header, location, now)?;
        match self.not_on_or_after {
            Some(limit) if limit + SKEW <= now => Err(LogoutError::Stale),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it is about somebody who was told of under this name and index.
    pub fn is_about(&self, format: &str, session_index: &str) -> bool {
        let same = self.format.as_deref().is_none_or(|asked| asked == format);
        same && (self.sessions.is_empty() || self.sessions.iter().any(|index| index == session_index))
    }
}

fn check(header: &Header, location: &str, now: Time) -> Result<(), LogoutError> {
    if !header.is_current_version() {
        return Err(LogoutError::Version);
    }
    if !header.is_for(location, true) {
        return Err(LogoutError::Destination);
    }
    if !header.is_timely(now) {
        return Err(LogoutError::Stale);
    }
    Ok(())
}

/// What a service provider says to our request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutResponse {
    pub header: Header,
    pub in_response_to: MessageId,
    /// The top-level status; a second one is commentary.
    pub success: bool,
}

impl LogoutResponse {
    pub fn read(root: Element<'_>) -> Result<Self, LogoutError> {
        let header = Header::read(root, "LogoutResponse")?;
        let request = root.attribute("InResponseTo").and_then(MessageId::parse).ok_or(LogoutError::InResponseTo)?;
        let status = root.child(PROTOCOL, "Status")?.ok_or(LogoutError::Status)?;
        let code = status.child(PROTOCOL, "StatusCode")?.ok_or(LogoutError::Status)?;
        let success = code.attribute("Value") == Some(SUCCESS);
        Ok(Self { header, in_response_to: request, success })
    }

    pub fn check(&self, location: &str, now: Time) -> Result<(), LogoutError> {
        check(&self.header, location, now)
    }
}

/// Us, at this moment, towards one service provider.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    pub entity_id: &'a str,
    pub signer: &'a Credential,
    pub alg: SignatureAlg,
    pub now: Time,
    pub entropy: &'a dyn Entropy,
}

/// A registered address, and how to go there.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    pub binding: Binding,
    pub location: &'a str,
    pub relay_state: Option<&'a str>,
}

/// Under which name somebody was told of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub name_id: &'a str,
    /// Empty = none was given.
    pub format: &'a str,
    pub session_index: &'a str,
    /// The entity that was told.
    pub audience: &'a str,
}

/// How an identity provider has named somebody, to be said back to it.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    pub name_id: &'a str,
    /// Empty = none was given.
    pub format: &'a str,
    pub session_index: &'a str,
    /// Attributes of the name beside its format.
    pub qualifiers: &'a [(&'a str, &'a str)],
}

impl Sender<'_> {
    /// The browser goes there with a request; `ID` is what the answer will name.
    pub fn request(self, id: &MessageId, route: Route<'_>, told: Told<'_>) -> Result<Reply, XmlError> {
        let Told { name_id, format, session_index, audience } = told;
        let pairwise = [NameIdKind::Persistent, NameIdKind::Transient].map(NameIdKind::format);
        let both = [("NameQualifier", self.entity_id), ("SPNameQualifier", audience)];
        let qualifiers = if pairwise.contains(&format) { both.as_slice() } else { &[] };
        self.ask(id, route, Called { name_id, format, session_index, qualifiers })
    }

    /// The same where somebody else has given the name.
    pub fn ask(self, id: &MessageId, route: Route<'_>, told: Called<'_>) -> Result<Reply, XmlError> {
        let limit = written(self.now + VALIDITY);
        let mut writer = self.begin("samlp:LogoutRequest", id, route, &[("NotOnOrAfter", &limit)]);
        let mut name = Vec::new();
        if !told.format.is_empty() {
            name.push(("Format", told.format));
        }
        name.extend_from_slice(told.qualifiers);
        writer.leaf("saml:NameID", &name, told.name_id);
        if !told.session_index.is_empty() {
            writer.leaf("samlp:SessionIndex", &[], told.session_index);
        }
        writer.close();
        self.send(Kind::Request, &writer.finish()?, route)
    }

    /// The browser goes back with the answer to a request.
    pub fn response(self, request: &str, route: Route<'_>, status: &Status) -> Result<Reply, XmlError> {
        let id = MessageId::mint(self.entropy);
        let mut writer = self.begin("samlp:LogoutResponse", &id, route, &[("InResponseTo", request)]);
        status.write(&mut writer);
        writer.close();
        self.send(Kind::Response, &writer.finish()?, route)
    }

    fn begin(self, name: &str, id: &MessageId, route: Route<'_>, more: &[(&str, &str)]) -> Writer {
        let issued = written(self.now);
        let mut attributes = vec![
            ("xmlns:samlp", PROTOCOL),
            ("xmlns:saml", ASSERTION),
            ("ID", id.as_str()),
            ("Version", "2.0"),
            ("IssueInstant", issued.as_str()),
            ("Destination", route.location),
        ];
        attributes.extend(more);
        let mut writer = Writer::new();
        writer.open(name, &attributes).leaf("saml:Issuer", &[], self.entity_id);
        writer
    }

    fn send(self, kind: Kind, xml: &str, route: Route<'_>) -> Result<Reply, XmlError> {
        let outgoing = Outgoing { kind, xml, to: route.location, relay_state: route.relay_state };
        match route.binding {
            Binding::Redirect => outgoing.redirect(self.signer, self.alg),
            Binding::Post | Binding::Artifact => {
                let signed = sign_enveloped(xml, Place::AfterIssuer, self.signer, self.alg)?;
                Ok(Outgoing { xml: &signed, ..outgoing }.post())
            }
        }
    }
}

#[cfg(test)]
mod tests;
