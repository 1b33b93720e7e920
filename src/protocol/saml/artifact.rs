//! HTTP-Artifact (SAML Bindings §3.6) and the resolution of artifacts over SOAP (§3.2, Core §3.5).
//!
//! An artifact is a reference that travels through the browser; the message it stands for is fetched by the
//! application itself, which proves who it is by its signature. What cannot be resolved is answered by an empty
//! success, whatever the cause, as Core §3.5.3 wants it.

use crate::crypto::xml::{Document, Element, Writer, XmlError};
use crate::domain::Time;
use crate::domain::secret::PlainToken;

use super::message::{Header, MessageError, MessageId, written};
use super::response::Issuer;
use super::status::Status;
use super::{ASSERTION, PROTOCOL, SOAP};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    #[error("the envelope {0}")]
    Xml(#[from] XmlError),
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("it is not a SOAP envelope with one ArtifactResolve in its body")]
    Envelope,
    #[error("there is no Artifact in it")]
    NoArtifact,
}

/// `<ArtifactResolve>`, read and not yet trusted.
#[derive(Clone, Debug)]
pub struct Resolve {
    pub header: Header,
    pub artifact: String,
}

/// The message inside the envelope. Its signature is over the element that is returned.
pub fn inside(envelope: &Document) -> Result<Element<'_>, ResolveError> {
    let root = envelope.root();
    if !root.is(SOAP, "Envelope") {
        return Err(ResolveError::Envelope);
    }
    let body = root.child(SOAP, "Body")?.ok_or(ResolveError::Envelope)?;
    let mut children = body.children();
    match (children.next(), children.next()) {
        (Some(message), None) => Ok(message),
        (None, _) | (Some(_), Some(_)) => Err(ResolveError::Envelope),
    }
}

impl Resolve {
    pub fn read(message: Element<'_>) -> Result<Self, ResolveError> {
        let header = Header::read(message, "ArtifactResolve")?;
        let artifact = message.child(PROTOCOL, "Artifact")?.ok_or(ResolveError::NoArtifact)?.text()?.trim().to_owned();
        Ok(Self { header, artifact })
    }

    pub fn is_timely(&self, now: Time) -> bool {
        self.header.is_timely(now)
    }
}

/// Where the browser is sent with it (§3.6.3).
pub fn address(location: &str, artifact: &PlainToken, relay_state: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("SAMLart", artifact.expose());
    if let Some(relay_state) = relay_state {
        query.append_pair("RelayState", relay_state);
    }
    super::binding::joined(location, &query.finish().replace('+', "%20"))
}

/// `<ArtifactResponse>`, signed, in its envelope. `message` is what the artifact stood for.
pub fn response(
    issuer: Issuer<'_>,
    request: &MessageId,
    status: &Status,
    message: Option<&str>,
) -> Result<String, XmlError> {
    let (id, at) = (MessageId::mint(issuer.entropy), written(issuer.now));
    let mut writer = Writer::new();
    let attributes = [
        ("xmlns:samlp", PROTOCOL),
        ("xmlns:saml", ASSERTION),
        ("ID", id.as_str()),
        ("InResponseTo", request.as_str()),
        ("Version", "2.0"),
        ("IssueInstant", &at),
    ];
    writer.open("samlp:ArtifactResponse", &attributes).leaf("saml:Issuer", &[], issuer.entity_id);
    status.write(&mut writer);
    if let Some(message) = message {
        writer.insert(message);
    }
    writer.close();
    let signed = issuer.sign(&writer.finish()?)?;
    let mut envelope = Writer::new();
    envelope.open("soap:Envelope", &[("xmlns:soap", SOAP)]).open("soap:Body", &[]).insert(&signed).close().close();
    envelope.finish()
}

/// A SOAP fault (SOAP 1.1 §4.4): there is nobody known to be answered.
pub fn fault(reason: &str) -> Result<String, XmlError> {
    let mut envelope = Writer::new();
    envelope
        .open("soap:Envelope", &[("xmlns:soap", SOAP)])
        .open("soap:Body", &[])
        .open("soap:Fault", &[])
        .leaf("faultcode", &[], "soap:Client")
        .leaf("faultstring", &[], reason)
        .close()
        .close()
        .close();
    envelope.finish()
}
