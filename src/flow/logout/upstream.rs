//! The last leg of a sign-out: to the identity provider that the session came from, and back. Everything here has ended
//! before; a provider that does not send the browser back keeps nothing open.

use std::time::Duration;

use crate::crypto::xml::Document;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::federation::Named;
use crate::domain::identity_provider::{IdentityProvider, Protocol, SamlUpstream, UpstreamLogout};
use crate::domain::ids::{IdpId, LogoutId, SessionId};
use crate::domain::logout::{Asker, Logout, Rested, Upstream, UpstreamState};
use crate::domain::saml::{Binding, SignatureAlg};
use crate::flow::Site;
use crate::flow::browser::Browser;
use crate::flow::federation::farewell::{Channel, Heard, Word, hear};
use crate::flow::federation::session::hint;
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::{Incoming, Kind};
use crate::protocol::saml::logout::{Called, LogoutError, LogoutRequest, LogoutResponse, Route, Sender};
use crate::protocol::saml::message::MessageId;
use crate::protocol::saml::status::{Reason, Status};
use crate::protocol::saml::upstream::Own;
use crate::store::upstream_sessions::Holder;
use crate::store::{self, StoreError};

use super::saml::Fault;
use super::{Next, PATIENCE, parties};

/// Everybody reads it.
const ALG: SignatureAlg = SignatureAlg::RsaSha256;
/// A used request is remembered this long: longer than it is timely.
const REMEMBERED: Duration = Duration::from_mins(15);

/// Where an OpenID Connect provider is asked to sign somebody out (RP-Initiated Logout 1.0 §2), but for its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    pub logout: LogoutId,
    pub provider: IdpId,
    /// The ID token that it gave.
    pub hint: Option<String>,
    /// What it gives back, sealed to this browser.
    pub state: String,
}

/// Where the person may still be signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    pub name: String,
    /// There is a place to sign out.
    pub offered: bool,
}

/// What the first of these sessions that came from an upstream rested on.
pub(super) fn rested(site: &Site, sessions: &[SessionId]) -> Result<Option<Rested>, StoreError> {
    site.store.read(|tx| {
        for session in sessions {
            if let Some(on) = store::upstream_sessions::find(tx, Holder::Session(*session))? {
                return Ok(Some(Rested { session: *session, on }));
            }
        }
        Ok(None)
    })
}

/// The provider that a sign-out reaches too, as it is configured now.
pub(super) fn reached<'a>(site: &'a Site, from: &Rested) -> Option<&'a IdentityProvider> {
    let provider = &site.upstream(&from.on.provider)?.provider;
    (provider.logout == UpstreamLogout::Upstream && provider.may_sign_out()).then_some(provider)
}

/// What becomes of the sign-in there.
pub(super) fn plan(site: &Site, asker: &Asker, from: Option<Rested>) -> Option<Upstream> {
    let from = from?;
    site.upstream(&from.on.provider)?;
    let sees_a_page = match asker {
        Asker::Person | Asker::Application { return_to: None, .. } => true,
        Asker::Application { return_to: Some(_), .. } | Asker::ServiceProvider { .. } | Asker::Upstream { .. } => false,
    };
    let state = match reached(site, &from) {
        Some(_) => UpstreamState::Waiting,
        None if sees_a_page => UpstreamState::Offered,
        None => return None,
    };
    Some(Upstream { from, state, request: None })
}

fn provider_of<'a>(site: &'a Site, logout: &Logout) -> Option<(&'a IdentityProvider, UpstreamState)> {
    let upstream = logout.upstream.as_ref()?;
    let stored = site.upstream(&upstream.from.on.provider)?;
    Some((&stored.provider, upstream.state))
}

/// Its name and how far the browser has come with it, where it was to go there.
pub(super) fn visited(site: &Site, logout: &Logout) -> Option<(String, UpstreamState)> {
    let (provider, state) = provider_of(site, logout)?;
    (state != UpstreamState::Offered).then(|| (provider.name.clone(), state))
}

/// For the last page.
pub(super) fn still(site: &Site, logout: &Logout) -> Option<Still> {
    let (provider, state) = provider_of(site, logout)?;
    let still = || Still { name: provider.name.clone(), offered: provider.may_sign_out() };
    (state == UpstreamState::Offered).then(still)
}

/// Where the browser is led to, as far as it is known here.
pub(super) fn address(site: &Site, logout: &Logout) -> Option<String> {
    let (provider, _) = provider_of(site, logout)?;
    Some(place(provider).to_owned())
}

/// The same for whoever asked.
pub(super) fn place_of(site: &Site, provider: &IdpId) -> Option<String> {
    Some(place(&site.upstream(provider)?.provider).to_owned())
}

/// Where a provider signs people out, as far as it is known here.
pub(super) fn place(provider: &IdentityProvider) -> &str {
    match &provider.protocol {
        Protocol::Oidc(_) => provider.address(),
        Protocol::Saml(saml) => saml.logout.as_ref().map_or_else(|| provider.address(), |place| place.as_str()),
    }
}

/// The person wants to be signed out there too.
pub(super) fn accept(site: &Site, id: LogoutId) -> Result<bool, StoreError> {
    site.store.write(move |tx| {
        store::logouts::advance_upstream(tx, id, (UpstreamState::Offered, UpstreamState::Waiting), None)
    })
}

/// Sends the browser there; `None` where it cannot be, or another request of this browser has just done so.
pub(super) fn leave(site: &Site, browser: &Browser, logout: &Logout) -> Result<Option<Next>, StoreError> {
    let id = logout.id;
    let provider = provider_of(site, logout).map(|(provider, _)| provider);
    let (next, request) = match provider.map(|provider| (provider, &provider.protocol)) {
        Some((_, Protocol::Oidc(_))) => (errand(site, browser, logout).map(Next::Upstream), None),
        Some((provider, Protocol::Saml(saml))) => match request(site, saml, logout) {
            Some((request, reply)) => {
                let (application, addresses) = (provider.name.clone(), super::addresses(site, logout));
                (Some(Next::Send { reply, application, addresses }), Some(request))
            }
            None => (None, None),
        },
        None => (None, None),
    };
    let to = if next.is_some() { UpstreamState::Told } else { UpstreamState::Failed };
    let moved = site.store.write(move |tx| {
        let request = request.as_ref().map(MessageId::as_str);
        store::logouts::advance_upstream(tx, id, (UpstreamState::Waiting, to), request)
    })?;
    Ok(next.filter(|_| moved))
}

/// Our request, by redirect and signed (SAML Profiles §4.4.3.1).
fn request(site: &Site, saml: &SamlUpstream, logout: &Logout) -> Option<(MessageId, Reply)> {
    let on = &logout.upstream.as_ref()?.from.on;
    let own = Own::of(&site.base, &on.provider);
    let sender = sender(site, &own)?;
    let id = MessageId::mint(site.entropy.as_ref());
    let qualifier = on.qualifier.as_deref().map(|qualifier| ("NameQualifier", qualifier));
    let qualifiers: Vec<(&str, &str)> = qualifier.into_iter().collect();
    let called = Called {
        name_id: &on.name,
        format: on.format.as_deref().unwrap_or_default(),
        session_index: on.index.as_deref().unwrap_or_default(),
        qualifiers: &qualifiers,
    };
    let route = Route { binding: Binding::Redirect, location: saml.logout.as_ref()?.as_str(), relay_state: None };
    match sender.ask(&id, route, called) {
        Ok(reply) => Some((id, reply)),
        Err(error) => {
            tracing::error!(provider = %on.provider, %error, "a logout request could not be written");
            None
        }
    }
}

/// Us, as one upstream knows us.
fn sender<'a>(site: &'a Site, own: &'a Own) -> Option<Sender<'a>> {
    let signer = site.credentials.signer(ALG)?;
    Some(Sender { entity_id: &own.entity_id, signer, alg: ALG, now: site.now(), entropy: site.entropy.as_ref() })
}

/// Where the browser goes after a message of an upstream that speaks SAML.
#[derive(Debug)]
pub enum Arrival {
    /// On with the sign-out that began here.
    Onward(LogoutId),
    /// Back with our answer.
    Answer(Reply),
    /// There is nowhere to go.
    Over,
}

/// `/federation/{idp}/slo`: the upstream asks for a logout, or answers to ours.
pub fn receive(
    site: &Site,
    origin: &Origin,
    (id, saml): (&IdpId, &SamlUpstream),
    incoming: &Incoming,
) -> Result<Arrival, Fault> {
    let document = Document::parse(&incoming.xml).map_err(LogoutError::from)?;
    let own = Own::of(&site.base, id);
    match incoming.kind {
        Kind::Request => requested(site, origin, (id, saml, &own), (incoming, &document)),
        Kind::Response => answered(site, (id, saml, &own), (incoming, &document)),
    }
}

/// Signed by a key of the provider, always; then whatever rests on the sign-ins it names ends, whichever browser brings it.
fn requested(
    site: &Site,
    origin: &Origin,
    (id, saml, own): (&IdpId, &SamlUpstream, &Own),
    (incoming, document): (&Incoming, &Document),
) -> Result<Arrival, Fault> {
    let request = LogoutRequest::read(document.root())?;
    if request.header.issuer != saml.entity_id {
        return Err(LogoutError::Sender.into());
    }
    incoming.verify(document.root(), &saml.certificates).map_err(LogoutError::from)?;
    request.check(&own.logout, site.now())?;
    let word = Word {
        provider: id.clone(),
        issuer: saml.entity_id.as_str().to_owned(),
        named: Named { name: Some(request.name_id), format: request.format, indices: request.sessions },
        channel: Channel::Saml,
        once: (request.header.id.as_str().to_owned(), REMEMBERED),
    };
    let (request_id, relay_state) = (request.header.id.as_str().to_owned(), incoming.relay_state.clone());
    let asker = Asker::Upstream { provider: id.clone(), request: request_id.clone(), relay_state: relay_state.clone() };
    let round = round(site, &word, asker)?;
    let status = match hear(site, origin, word, round)? {
        Heard::Replayed => return Err(LogoutError::Replayed.into()),
        Heard::Going(logout) => return Ok(Arrival::Onward(logout)),
        Heard::Ended { untold: 0 } => Status::Success,
        Heard::Ended { .. } => Status::SuccessBut(Reason::PartialLogout),
    };
    let reply = answer(site, id, (&request_id, relay_state.as_deref()), &status);
    Ok(reply.map_or(Arrival::Over, Arrival::Answer))
}

/// The way of the browser that brings it, past those who were told of the sessions that are meant.
fn round(site: &Site, word: &Word, asker: Asker) -> Result<Option<Logout>, StoreError> {
    let (now, mut told, mut user) = (site.now(), Vec::new(), None);
    let found = site.store.read(|tx| -> Result<_, StoreError> {
        let mut found = Vec::new();
        for (holder, _) in store::upstream_sessions::named(tx, (&word.provider, &word.issuer), &word.named)? {
            let Holder::Session(id) = holder else { continue };
            let Some(session) = store::sessions::find_by_id(tx, id)? else { continue };
            let about = (store::participants::of_session(tx, id)?, store::logout_notices::clients_of(tx, id)?);
            found.push((session, about));
        }
        Ok(found)
    })?;
    for (session, (participants, clients)) in &found {
        user = user.or(Some(session.user));
        told.extend(parties(site, &asker, (session.id, participants, clients)));
    }
    let id = LogoutId::from_uuid(site.new_id(now));
    // Whose browser it is turns out when it comes with its cookies.
    Ok(user.map(|user| Logout {
        id,
        user,
        binding: None,
        asker,
        parties: told,
        upstream: None,
        created_at: now,
        expires_at: now + PATIENCE,
    }))
}

/// Our answer to a request of theirs, by redirect.
pub(super) fn answer(
    site: &Site,
    id: &IdpId,
    (request, relay_state): (&str, Option<&str>),
    status: &Status,
) -> Option<Reply> {
    let Protocol::Saml(saml) = &site.upstream(id)?.provider.protocol else { return None };
    let own = Own::of(&site.base, id);
    let route = Route { binding: Binding::Redirect, location: saml.logout.as_ref()?.as_str(), relay_state };
    match sender(site, &own)?.response(request, route, status) {
        Ok(reply) => Some(reply),
        Err(error) => {
            tracing::error!(provider = %id, %error, "an answer to a logout could not be written");
            None
        }
    }
}

/// Only an answer to a request of ours that is under way moves anything, and only the one who was asked can give it.
fn answered(
    site: &Site,
    (id, saml, own): (&IdpId, &SamlUpstream, &Own),
    (incoming, document): (&Incoming, &Document),
) -> Result<Arrival, Fault> {
    let response = LogoutResponse::read(document.root())?;
    if response.header.issuer != saml.entity_id {
        return Err(LogoutError::Sender.into());
    }
    incoming.verify(document.root(), &saml.certificates).map_err(LogoutError::from)?;
    response.check(&own.logout, site.now())?;
    let request = response.in_response_to.as_str();
    let logout = site.store.read(|tx| store::logouts::asked_upstream(tx, request))?;
    let logout = logout.ok_or(LogoutError::InResponseTo)?;
    let state = if response.success { UpstreamState::Answered } else { UpstreamState::Failed };
    settle(site, (logout, id), state)?;
    Ok(Arrival::Onward(logout))
}

fn errand(site: &Site, browser: &Browser, logout: &Logout) -> Option<Errand> {
    let on = &logout.upstream.as_ref()?.from.on;
    let plain = logout.id.to_string();
    let context = context(browser, &on.provider);
    let state = site.store.sealer().seal_text(&context, plain.as_bytes(), site.entropy.as_ref()).ok()?;
    Some(Errand { logout: logout.id, provider: on.provider.clone(), hint: hint(site, on), state })
}

/// One browser, one provider.
fn context(browser: &Browser, provider: &IdpId) -> String {
    format!("federation-logout:{}:{provider}", browser.binding.hex())
}

/// The browser is back from the provider. `Some` the first time, where this browser was sent there.
pub fn returned(site: &Site, browser: &Browser, provider: &IdpId, state: &str) -> Result<Option<LogoutId>, StoreError> {
    let opened = site.store.sealer().open_text(&context(browser, provider), state).ok();
    let text = opened.as_ref().and_then(|plain| std::str::from_utf8(plain).ok());
    let Some(id) = text.and_then(|text| text.parse::<LogoutId>().ok()) else { return Ok(None) };
    Ok(settle(site, (id, provider), UpstreamState::Answered)?.then_some(id))
}

/// The browser could not be sent there after all.
pub fn failed(site: &Site, errand: &Errand) -> Result<bool, StoreError> {
    settle(site, (errand.logout, &errand.provider), UpstreamState::Failed)
}

/// How it ended, once, and in the log.
pub(super) fn settle(site: &Site, (id, provider): (LogoutId, &IdpId), to: UpstreamState) -> Result<bool, StoreError> {
    let (now, provider) = (site.now(), provider.clone());
    site.store.write(move |tx| {
        let Some(logout) = store::logouts::find(tx, id, now)? else { return Ok(false) };
        if !store::logouts::advance_upstream(tx, id, (UpstreamState::Told, to), None)? {
            return Ok(false);
        }
        let outcome = if to == UpstreamState::Answered { Outcome::Success } else { Outcome::Failure };
        let event = Event::new(now, EventKind::LogoutAnswered, outcome, Actor::System, &Origin::default())
            .user(logout.user)
            .detail("channel", "upstream")
            .detail("provider", &provider);
        store::audit::append(tx, &event)?;
        Ok(true)
    })
}
