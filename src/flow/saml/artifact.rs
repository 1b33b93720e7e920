//! The resolution of artifacts: an application fetches what it was referred to, once. Whether it may still have it is
//! judged now: the application, the session and the person must still stand.

use crate::crypto::artifact as minted;
use crate::crypto::xml::{Document, XmlError};
use crate::domain::application::Application;
use crate::domain::ids::ClientId;
use crate::domain::saml::ServiceProvider;
use crate::domain::secret::PlainToken;
use crate::domain::session::Deposit;
use crate::domain::user::User;
use crate::protocol::saml::ARTIFACT_PATH;
use crate::protocol::saml::artifact::{Resolve, ResolveError, fault, inside, response};
use crate::protocol::saml::status::{Fault, Reason, Status};
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::super::resume::Refusal;
use super::{issuer, own_name};

/// What goes back over SOAP.
#[derive(Debug)]
pub enum Answer {
    Message(String),
    /// Nobody known asked, or not in words that are understood.
    Fault(String),
}

/// What a message is sealed for: this reference and this application.
pub(super) fn seal_context(artifact: &PlainToken, application: &ClientId) -> String {
    format!("artifacts.sealed_message:{application}:{}", artifact.hash().hex())
}

pub fn resolve(site: &Site, body: &[u8]) -> Result<Answer, Refusal> {
    let shut = |reason: String| fault(&reason).map(Answer::Fault).map_err(written);
    let envelope = match Document::parse(body) {
        Ok(envelope) => envelope,
        Err(cause) => return shut(format!("the envelope {cause}")),
    };
    let read = inside(&envelope).and_then(|message| Ok::<_, ResolveError>((message, Resolve::read(message)?)));
    let (message, resolve) = match read {
        Ok(read) => read,
        Err(cause) => return shut(cause.to_string()),
    };
    let Some(application) = site.service_provider(&resolve.header.issuer) else {
        return shut("no application of this name".to_owned());
    };
    let keys = &application.protocol.signing_certificates;
    // Nothing else says who asks: without a registered certificate nothing is given out.
    if let Err(cause) = crate::crypto::xml::verify_enveloped(message, keys) {
        return shut(format!("the signature cannot be accepted: it {cause}"));
    }
    let location = site.base.at(ARTIFACT_PATH);
    let status = if !resolve.header.is_current_version() {
        Status::refused(Fault::VersionMismatch, None, "only SAML 2.0 is spoken here")
    } else if resolve.header.destination.as_ref().is_some_and(|to| *to != location) {
        Status::refused(Fault::Requester, Some(Reason::RequestDenied), "Destination is another address")
    } else if !resolve.is_timely(site.now()) {
        Status::refused(Fault::Requester, Some(Reason::RequestDenied), "IssueInstant is too long ago, or in the future")
    } else {
        Status::Success
    };
    let found = if status == Status::Success { fetch(site, application, &resolve.artifact)? } else { None };
    let own = own_name(site);
    let issuer = issuer(site, &own, application.protocol.signature)?;
    response(issuer, &resolve.header.id, &status, found.as_deref()).map(Answer::Message).map_err(written)
}

fn written(cause: XmlError) -> Refusal {
    Refusal::Fault(format!("an answer {cause}"))
}

/// Spent even where it then is not given out.
fn fetch(site: &Site, application: &Application<ServiceProvider>, artifact: &str) -> Result<Option<String>, Refusal> {
    let Some(artifact) = minted::parse(artifact) else { return Ok(None) };
    let (hash, id, now) = (artifact.hash(), application.id.clone(), site.now());
    let found = site.store.write(move |tx: &mut Tx<'_>| {
        let Some(deposit) = store::artifacts::redeem(tx, &hash, &id)? else { return Ok::<_, StoreError>(None) };
        let in_time = now < deposit.expires_at;
        Ok(if in_time && stands(tx, &deposit)? { Some(deposit) } else { None })
    })?;
    let Some(deposit) = found else { return Ok(None) };
    let plain = site.store.sealer().open(&seal_context(&artifact, &application.id), &deposit.sealed_message)?;
    String::from_utf8(plain.to_vec()).map(Some).map_err(|_never| Refusal::Fault("a message is not text".to_owned()))
}

fn stands(tx: &mut Tx<'_>, deposit: &Deposit) -> Result<bool, StoreError> {
    let Some((user, session)) = deposit.about else { return Ok(true) };
    let live = store::sessions::find_by_id(tx, session)?.is_some_and(|session| session.ended_at.is_none());
    Ok(live && store::users::find(tx, user)?.as_ref().is_some_and(User::is_active))
}
