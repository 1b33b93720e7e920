//! `/saml/slo`: service providers ask for a logout, and answer to ours.

use crate::crypto::xml::Document;
use crate::domain::Time;
use crate::domain::application::Application;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::fault::ErrorCode;
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{ClientId, LogoutId, SessionId};
use crate::domain::logout::{Asker, Logout, Party, PartyState};
use crate::domain::saml::{Binding, Endpoint, LogoutEndpoint, ServiceProvider};
use crate::domain::session::Participant;
use crate::flow::Site;
use crate::flow::browser::Browser;
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::{Incoming, Kind};
use crate::protocol::saml::logout::{LogoutError, LogoutRequest, LogoutResponse, Route, Sender, Told};
use crate::protocol::saml::message::MessageId;
use crate::protocol::saml::status::{Fault as Blame, Reason, Status};
use crate::protocol::saml::{LOGOUT_PATH, METADATA_PATH};
use crate::store::{self, StoreError};

use super::{PATIENCE, name_of, parties, provider, request_endpoint, upstream};

/// A used request is remembered this long: longer than it is timely.
const REMEMBERED: chrono::Duration = chrono::Duration::minutes(15);

/// Where the browser goes.
#[derive(Debug)]
pub enum Arrival {
    /// Our page that leads it on.
    Onward(LogoutId),
    /// Straight back, since there is nothing to end.
    Answer { reply: Reply, application: String },
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Refused(#[from] LogoutError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault {
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(match error {
                LogoutError::Signature(_) | LogoutError::Sender => ErrorCode::LogoutUnverified,
                LogoutError::Stale | LogoutError::Replayed | LogoutError::InResponseTo => ErrorCode::LogoutStale,
                LogoutError::Nobody => ErrorCode::LogoutNobody,
                LogoutError::Binding(_)
                | LogoutError::Message(_)
                | LogoutError::Version
                | LogoutError::Destination
                | LogoutError::NameId
                | LogoutError::SessionIndex
                | LogoutError::Status => ErrorCode::LogoutMalformed,
            }),
            Self::Store(_) => None,
        }
    }
}

pub fn receive(site: &Site, browser: &Browser, incoming: &Incoming) -> Result<Arrival, Fault> {
    let document = Document::parse(&incoming.xml).map_err(LogoutError::from)?;
    match incoming.kind {
        Kind::Request => requested(site, browser, incoming, &document),
        Kind::Response => answered(site, browser, incoming, &document),
    }
}

/// §4.4.3.1: signed by a registered key, always; then whoever it names is signed out, whichever browser brings it.
fn requested(site: &Site, browser: &Browser, incoming: &Incoming, document: &Document) -> Result<Arrival, Fault> {
    let now = site.now();
    let request = LogoutRequest::read(document.root())?;
    let sender = site.service_provider(&request.header.issuer).ok_or(LogoutError::Sender)?;
    incoming.verify(document.root(), &sender.protocol.signing_certificates).map_err(LogoutError::from)?;
    request.check(&site.base.at(LOGOUT_PATH), now)?;
    let named = site.store.read(|tx| store::participants::named(tx, &sender.id, &request.name_id))?;
    let meant: Vec<Participant> =
        named.into_iter().filter(|one| request.is_about(&one.name_id_format, &one.session_index)).collect();
    let asker = asker(sender, &request, incoming);
    match end(site, browser, (sender, &request), (&asker, &meant), now)? {
        Ended::Replayed => Err(LogoutError::Replayed.into()),
        Ended::Going(id) => Ok(Arrival::Onward(id)),
        Ended::Nobody => {
            let message = "nobody is signed in under this name";
            let status = Status::refused(Blame::Requester, Some(Reason::UnknownPrincipal), message);
            let Asker::ServiceProvider { application, request, relay_state, binding, location } = &asker else {
                return Err(LogoutError::Nobody.into());
            };
            let route = Route { binding: *binding, location: location.as_str(), relay_state: relay_state.as_deref() };
            let reply = answer(site, application, (request, route), &status).ok_or(LogoutError::Nobody)?;
            Ok(Arrival::Answer { reply, application: name_of(site, application) })
        }
    }
}

/// The answer goes to a registered address: by the binding of the request if that is registered.
fn asker(sender: &Application<ServiceProvider>, request: &LogoutRequest, incoming: &Incoming) -> Asker {
    let endpoints = || sender.protocol.logout.iter().filter(|endpoint| endpoint.binding != Binding::Artifact);
    let same = endpoints().find(|endpoint| endpoint.binding == incoming.binding);
    let answers = |endpoint: &LogoutEndpoint| -> (Binding, Endpoint) {
        (endpoint.binding, endpoint.response_location.as_ref().unwrap_or(&endpoint.location).clone())
    };
    let application = sender.id.clone();
    match same.or_else(|| endpoints().next()).map(answers) {
        None => Asker::Application { application, return_to: None },
        Some((binding, location)) => Asker::ServiceProvider {
            application,
            request: request.header.id.as_str().to_owned(),
            relay_state: incoming.relay_state.clone(),
            binding,
            location,
        },
    }
}

enum Ended {
    Going(LogoutId),
    Nobody,
    /// The same request once more.
    Replayed,
}

/// One transaction: the request is used, the sessions end, and the logout stands.
fn end(
    site: &Site,
    browser: &Browser,
    (sender, request): (&Application<ServiceProvider>, &LogoutRequest),
    (asker, meant): (&Asker, &[Participant]),
    now: Time,
) -> Result<Ended, StoreError> {
    let mut sessions: Vec<SessionId> = meant.iter().map(|one| one.session).collect();
    sessions.sort_unstable();
    sessions.dedup();
    // A name outlives sessions: of one that has ended before nobody is told, and it leads to no upstream.
    let sessions = site.store.read(|tx| -> Result<Vec<SessionId>, StoreError> {
        let mut live = Vec::with_capacity(sessions.len());
        for id in sessions {
            if store::sessions::find_by_id(tx, id)?.is_some_and(|session| session.ended_at.is_none()) {
                live.push(id);
            }
        }
        Ok(live)
    })?;
    let mut told = Vec::new();
    for session in &sessions {
        let (participants, clients) = site.store.read(|tx| -> Result<_, StoreError> {
            Ok((store::participants::of_session(tx, *session)?, store::logout_notices::clients_of(tx, *session)?))
        })?;
        told.extend(parties(site, asker, (*session, &participants, &clients)));
    }
    let upstream = match &browser.session {
        // Its own session first: the browser that is here can be sent on for no other.
        Some(token) => {
            let own = site.store.read(|tx| store::sessions::find(tx, &token.hash()))?.map(|session| session.id);
            let mut mine: Vec<SessionId> = sessions.clone();
            mine.sort_by_key(|session| Some(*session) != own);
            upstream::rested(site, &mine)?
        }
        None => upstream::rested(site, &sessions)?,
    };
    let upstream = upstream::plan(site, asker, upstream);
    let logout = meant.first().map(|one| Logout {
        id: LogoutId::from_uuid(site.new_id(now)),
        user: one.user,
        // Known when the browser comes with its cookies: a form that another site posts brings none.
        binding: None,
        asker: asker.clone(),
        parties: told,
        upstream,
        created_at: now,
        expires_at: now + PATIENCE,
    });
    let (application, used) = (sender.id.clone(), format!("saml-logout:{}", request.header.id));
    let origin = browser.origin.clone();
    site.store.write(move |tx| -> Result<Ended, StoreError> {
        let actor = || Actor::Application(application.clone());
        let event = |kind, outcome| Event::new(now, kind, outcome, actor(), &origin).application(&application);
        if !store::assertions::spend(tx, &application, &used, now + REMEMBERED)? {
            let event = event(EventKind::LogoutRequested, Outcome::Failure).detail("reason", "replayed");
            store::audit::append(tx, &event)?;
            return Ok(Ended::Replayed);
        }
        let Some(mut logout) = logout else { return Ok(Ended::Nobody) };
        let mut ended = Vec::new();
        for session in sessions {
            if store::sessions::end(tx, session, now)? {
                store::grants::end_for_session(tx, session, GrantEnd::SignedOut, now)?;
                ended.push(session);
            }
        }
        // What had ended before was somebody else's to tell.
        logout.parties.retain(|party| ended.contains(&party.session));
        logout.upstream = logout.upstream.filter(|upstream| ended.contains(&upstream.from.session));
        store::logouts::insert(tx, &logout)?;
        let requested = event(EventKind::LogoutRequested, Outcome::Success).user(logout.user);
        store::audit::append(tx, &requested.detail("sessions", ended.len()))?;
        for session in ended {
            let over = event(EventKind::SessionEnded, Outcome::Success).user(logout.user).session(session);
            store::audit::append(tx, &over.detail("reason", "service_provider"))?;
        }
        Ok(Ended::Going(logout.id))
    })
}

/// Only an answer to a request of ours that is under way moves anything, and only the one who was asked can give it.
/// What cannot be believed counts as a failure of theirs, so that nobody waits for it any longer.
fn answered(site: &Site, browser: &Browser, incoming: &Incoming, document: &Document) -> Result<Arrival, Fault> {
    let now = site.now();
    let response = LogoutResponse::read(document.root())?;
    let request = response.in_response_to.as_str().to_owned();
    let asked = site.store.read(|tx| store::logouts::asked(tx, &request))?;
    let (id, application) = asked.ok_or(LogoutError::InResponseTo)?;
    let state = match believe(site, &application, incoming, (document, &response), now) {
        Ok(()) if response.success => PartyState::Answered,
        Ok(()) => PartyState::Refused,
        Err(error) => {
            tracing::warn!(application = application.as_str(), %error, "an answer to a logout was not believed");
            PartyState::Failed
        }
    };
    let origin = browser.origin.clone();
    site.store.write(move |tx| -> Result<(), StoreError> {
        if !store::logouts::answer(tx, &request, state)? {
            return Ok(());
        }
        let logout = store::logouts::find(tx, id, now)?;
        let of = |logout: &Logout| -> Option<Party> {
            logout.parties.iter().find(|party| party.request.as_deref() == Some(request.as_str())).cloned()
        };
        let party = logout.as_ref().and_then(of);
        let outcome = if state == PartyState::Answered { Outcome::Success } else { Outcome::Failure };
        let actor = Actor::Application(application.clone());
        let mut event = Event::new(now, EventKind::LogoutAnswered, outcome, actor, &origin)
            .application(&application)
            .detail("channel", "browser")
            .detail("answer", state.name());
        if let (Some(logout), Some(party)) = (logout, party) {
            event = event.user(logout.user).session(party.session);
            if state == PartyState::Answered {
                store::participants::leave(tx, party.session, &application)?;
            }
        }
        store::audit::append(tx, &event)
    })?;
    Ok(Arrival::Onward(id))
}

fn believe(
    site: &Site,
    application: &ClientId,
    incoming: &Incoming,
    (document, response): (&Document, &LogoutResponse),
    now: Time,
) -> Result<(), LogoutError> {
    let provider = provider(site, application).ok_or(LogoutError::Sender)?;
    if response.header.issuer != provider.protocol.entity_id {
        return Err(LogoutError::Sender);
    }
    incoming.verify(document.root(), &provider.protocol.signing_certificates)?;
    response.check(&site.base.at(LOGOUT_PATH), now)
}

/// Our request to a service provider, as the browser carries it; `None` where it cannot be written.
pub(super) fn request(site: &Site, party: &Party) -> Option<(MessageId, Reply)> {
    let provider = provider(site, &party.application)?;
    let (binding, location) = request_endpoint(&provider.protocol)?;
    let (entity_id, id) = (site.base.at(METADATA_PATH), MessageId::mint(site.entropy.as_ref()));
    let told = Told {
        name_id: &party.name_id,
        format: &party.name_id_format,
        session_index: &party.session_index,
        audience: provider.protocol.entity_id.as_str(),
    };
    let route = Route { binding, location, relay_state: None };
    let written = sender(site, &provider.protocol, &entity_id)?.request(&id, route, told);
    noted(&party.application, written).map(|reply| (id, reply))
}

/// Our answer to a request of theirs.
pub(super) fn answer(
    site: &Site,
    application: &ClientId,
    (request, route): (&str, Route<'_>),
    status: &Status,
) -> Option<Reply> {
    let provider = provider(site, application)?;
    let entity_id = site.base.at(METADATA_PATH);
    noted(application, sender(site, &provider.protocol, &entity_id)?.response(request, route, status))
}

fn sender<'a>(site: &'a Site, provider: &ServiceProvider, entity_id: &'a str) -> Option<Sender<'a>> {
    let signer = site.credentials.signer(provider.signature)?;
    let entropy = site.entropy.as_ref();
    Some(Sender { entity_id, signer, alg: provider.signature, now: site.now(), entropy })
}

fn noted<T>(application: &ClientId, written: Result<T, crate::crypto::xml::XmlError>) -> Option<T> {
    match written {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::error!(application = application.as_str(), %error, "a logout message could not be written");
            None
        }
    }
}
