//! What every request and response shares (SAML Core §3.2.1, §3.2.2): ID, Version, IssueInstant, Destination, Issuer.

use std::fmt;

use chrono::{DateTime, Datelike as _, Duration, NaiveDateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

use crate::crypto::entropy::Entropy;
use crate::crypto::xml::{Element, XmlError};
use crate::domain::Time;
use crate::domain::saml::EntityId;

use super::{ASSERTION, ENTITY_FORMAT, PROTOCOL};

/// How far two clocks may be apart.
pub const SKEW: Duration = Duration::minutes(3);
/// How long a message may have been on its way.
const ON_THE_WAY: Duration = Duration::minutes(5);
/// No identifier of ours or of anybody known is near that long.
const ID_MAX_BYTES: usize = 256;
const LOCATION_MAX_BYTES: usize = 2048;

/// `ID` of a message (xs:ID): what its answer names in `InResponseTo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageId(String);

impl MessageId {
    /// An XML name without a colon, since the answer repeats it where only such may stand.
    pub fn parse(text: &str) -> Option<Self> {
        let starts = text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        let rest = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        (starts && rest && text.len() <= ID_MAX_BYTES).then(|| Self(text.to_owned()))
    }

    /// Unpredictable: 160 random bits (Core §1.3.4 asks for 128).
    pub fn mint(entropy: &dyn Entropy) -> Self {
        let mut random = [0; 20];
        entropy.fill(&mut random);
        Self(random.iter().fold("_".to_owned(), |id, byte| format!("{id}{byte:02x}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MessageId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an XML name")
    }
}
impl From<MessageId> for String {
    fn from(id: MessageId) -> String {
        id.0
    }
}
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("the message {0}")]
    Xml(#[from] XmlError),
    #[error("the message is not a {0}")]
    OtherMessage(&'static str),
    #[error("ID is missing or not an XML name of at most 256 bytes")]
    Id,
    #[error("Version is missing")]
    NoVersion,
    #[error("IssueInstant is missing or not a time")]
    IssueInstant,
    #[error("Issuer is missing, not the name of an entity, or in another format")]
    Issuer,
    #[error("Destination is longer than 2,048 bytes")]
    Destination,
}

/// Read, but trusted in nothing before the signature is verified: `issuer` only says whose keys to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub id: MessageId,
    pub version: String,
    pub issue_instant: Time,
    pub destination: Option<String>,
    pub issuer: EntityId,
}

impl Header {
    /// Of a message that must be of this kind in the protocol namespace.
    pub fn read(root: Element<'_>, kind: &'static str) -> Result<Self, MessageError> {
        if !root.is(PROTOCOL, kind) {
            return Err(MessageError::OtherMessage(kind));
        }
        let id = root.attribute("ID").and_then(MessageId::parse).ok_or(MessageError::Id)?;
        let version = root.attribute("Version").ok_or(MessageError::NoVersion)?;
        let issue_instant = root.attribute("IssueInstant").and_then(instant).ok_or(MessageError::IssueInstant)?;
        let destination = root.attribute("Destination").filter(|text| !text.is_empty()).map(str::to_owned);
        if destination.as_ref().is_some_and(|text| text.len() > LOCATION_MAX_BYTES) {
            return Err(MessageError::Destination);
        }
        let issuer = root.child(ASSERTION, "Issuer")?.ok_or(MessageError::Issuer)?;
        if issuer.attribute("Format").is_some_and(|format| format != ENTITY_FORMAT) {
            return Err(MessageError::Issuer);
        }
        // White space around it is what indenting leaves behind.
        let issuer = EntityId::parse(issuer.text()?.trim()).map_err(|_refused| MessageError::Issuer)?;
        Ok(Self { id, version: version.chars().take(16).collect(), issue_instant, destination, issuer })
    }

    /// Core §3.2.1: only this one is spoken here.
    pub fn is_current_version(&self) -> bool {
        self.version == "2.0"
    }

    /// Whether it was meant for this address. Bindings §3.4.5.2, §3.5.5.2: a signed message says so, so that it cannot
    /// be sent on to somebody else.
    pub fn is_for(&self, location: &str, signed: bool) -> bool {
        match &self.destination {
            Some(destination) => destination == location,
            None => !signed,
        }
    }

    /// Whether it was made a moment ago, as far as two clocks can tell.
    pub fn is_timely(&self, now: Time) -> bool {
        self.issue_instant <= now + SKEW && now <= self.issue_instant + ON_THE_WAY + SKEW
    }
}

/// xs:dateTime in UTC (Core §1.3.3). Other zones are understood; no zone means UTC. Years have four digits: beyond them
/// lie times that cannot be reckoned with.
pub fn instant(text: &str) -> Option<Time> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let plain = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|time| time.and_utc());
    zoned.or_else(plain).filter(|time| (1..=9999).contains(&time.year()))
}

/// The same, written: to the millisecond, which every reader understands.
pub fn written(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How far from now a time is that is not accepted.
pub fn far(seconds: i64) -> String {
    if seconds < 0 {
        format!("{} seconds ago", seconds.unsigned_abs())
    } else {
        format!("{seconds} seconds in the future")
    }
}

/// xs:boolean; absent is false.
pub fn flag(element: Element<'_>, name: &str) -> Option<bool> {
    match element.attribute(name).map(str::trim) {
        None | Some("false" | "0") => Some(false),
        Some("true" | "1") => Some(true),
        Some(_) => None,
    }
}
