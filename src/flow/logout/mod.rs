//! Single logout. The session and what hangs from it ends first, durably, in one transaction that also leaves the notices
//! for OpenID Connect applications and the row of this logout. Only then does the browser go from one service provider
//! to the next, to our last page, and back to whoever asked; whatever fails on the way, the session has ended.

pub mod notices;
pub mod oidc;
pub mod saml;
pub mod upstream;

use crate::domain::application::Application;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{ClientId, LogoutId, SessionId};
use crate::domain::language::Language;
use crate::domain::logout::{Asker, Channel, Logout, Party, PartyState, Step, UpstreamState};
use crate::domain::mail::Delivery;
use crate::domain::saml::{Binding, LogoutEndpoint, ServiceProvider};
use crate::domain::session::{Participant, Session};
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::joined;
use crate::protocol::saml::logout::Route;
use crate::protocol::saml::status::{Reason, Status};
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::browser::{Browser, SignedIn};
use upstream::{Errand, Still};

/// How long the browser may take for the whole round.
const PATIENCE: chrono::Duration = chrono::Duration::minutes(15);

/// What an application will have to do with the end of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub name: String,
    pub told: Outlook,
}

/// How far an application has come, as a person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    SignedOut,
    /// It will be told, or was and does not say.
    Asked,
    Silent,
    Unable,
}

/// What the browser does next.
#[derive(Debug)]
pub enum Next {
    /// It carries a message to an application, or goes back to the one that asked.
    Send {
        reply: Reply,
        application: String,
        /// Everywhere it may be led from there.
        addresses: Vec<String>,
    },
    /// It goes to the identity provider that the session came from.
    Upstream(Errand),
    /// It came back without an answer.
    Stalled { waiting_for: String, told: Vec<Told>, addresses: Vec<String> },
    /// The last page.
    Show(Ending),
    /// There is no such logout, or not in this browser: only that nobody is signed in here is sure.
    Over,
}

#[derive(Debug, Default)]
pub struct Ending {
    pub told: Vec<Told>,
    /// Addresses that the page loads as pictures (WS-Federation §13.2.4).
    pub cleanups: Vec<String>,
    /// The application that waits for the browser.
    pub back: Option<String>,
    pub still: Option<Still>,
}

/// What a browser wants of a logout that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Look,
    /// Not to wait any longer for the application it was sent to.
    GoOn,
    /// From the last page back to whoever asked.
    Back,
    /// To be signed out at the identity provider too.
    Upstream,
}

/// The next thing, and whether the browser's session cookie is worth nothing any more.
#[derive(Debug)]
pub struct Progress {
    pub next: Next,
    pub stale_cookie: bool,
    /// Of the person who is signed out.
    pub language: Option<Language>,
}

/// Ends this browser's session. `Some` where the browser is to go on to `/sign-out/progress`; otherwise everything that
/// could be told has been, or will be without it.
pub fn begin(
    site: &Site,
    browser: &Browser,
    known: &SignedIn,
    asker: Asker,
) -> Result<(Option<LogoutId>, Vec<Told>), StoreError> {
    let now = site.now();
    let (session, user) = (known.session.id, known.user.id);
    let (told, clients) = site.store.read(|tx| -> Result<_, StoreError> {
        Ok((store::participants::of_session(tx, session)?, store::logout_notices::clients_of(tx, session)?))
    })?;
    let upstream = upstream::plan(site, &asker, upstream::rested(site, &[session])?);
    // Of somebody who is not kept nothing waits for a wish that may never come.
    let upstream = upstream.filter(|it| it.state != UpstreamState::Offered || !user.is_transient());
    let logout = Logout {
        id: LogoutId::from_uuid(site.new_id(now)),
        user,
        binding: Some(browser.binding),
        parties: parties(site, &asker, (session, &told, &clients)),
        upstream,
        asker,
        created_at: now,
        expires_at: now + PATIENCE,
    };
    let event = Event::new(now, EventKind::SessionEnded, Outcome::Success, Actor::User(user), &browser.origin)
        .user(user)
        .username(known.user.username.as_str())
        .session(session)
        .detail("reason", "signed_out");
    let visits = logout.upstream.is_some() || logout.parties.iter().any(is_visited);
    let row = logout.clone();
    let ended = site.store.write(move |tx| -> Result<bool, StoreError> {
        if !store::sessions::end(tx, session, now)? {
            return Ok(false);
        }
        store::grants::end_for_session(tx, session, GrantEnd::SignedOut, now)?;
        if visits {
            store::logouts::insert(tx, &row)?;
        }
        store::audit::append(tx, &event)?;
        Ok(true)
    })?;
    if !ended {
        return Ok((None, Vec::new()));
    }
    let onward = visits.then_some(logout.id);
    Ok((onward, site.store.read(|tx| outlooks(tx, site, &logout))?))
}

fn is_visited(party: &Party) -> bool {
    party.state == PartyState::Waiting
}

/// Names of the applications that end with the session, and the addresses that the browser will be led through.
pub fn concerned(site: &Site, known: &SignedIn) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let session = known.session.id;
    let (told, clients) = site.store.read(|tx| -> Result<_, StoreError> {
        Ok((store::participants::of_session(tx, session)?, store::logout_notices::clients_of(tx, session)?))
    })?;
    let parties = parties(site, &Asker::Person, (session, &told, &clients));
    let mut names: Vec<String> = parties.iter().map(|party| name_of(site, &party.application)).collect();
    names.dedup();
    let visited = parties.iter().filter(|party| party.channel == Channel::Saml);
    let addresses = visited.filter_map(|party| logout_address(site, &party.application));
    let mut addresses: Vec<String> = addresses.collect();
    let from = upstream::rested(site, &[session])?;
    if let Some(provider) = from.as_ref().and_then(|from| upstream::reached(site, from)) {
        names.push(provider.name.clone());
        addresses.push(upstream::place(provider).to_owned());
    }
    Ok((names, addresses))
}

fn name_of(site: &Site, id: &ClientId) -> String {
    site.application_name(id).unwrap_or(id.as_str()).to_owned()
}

/// The service provider of this id, switched on or not: what was told of a session is told of its end.
pub(super) fn provider<'a>(site: &'a Site, id: &ClientId) -> Option<&'a Application<ServiceProvider>> {
    site.applications.service_providers().find(|application| application.id == *id).map(AsRef::as_ref)
}

/// Where the browser is sent with a request, and how.
pub(super) fn request_endpoint(provider: &ServiceProvider) -> Option<(Binding, &str)> {
    let usable = |endpoint: &&LogoutEndpoint| endpoint.binding != Binding::Artifact;
    provider.logout.iter().find(usable).map(|endpoint| (endpoint.binding, endpoint.location.as_str()))
}

fn logout_address(site: &Site, id: &ClientId) -> Option<String> {
    let provider = provider(site, id)?;
    request_endpoint(&provider.protocol).map(|(_, location)| location.to_owned())
}

/// Of the service providers, of the identity provider and of whoever asked.
fn addresses(site: &Site, logout: &Logout) -> Vec<String> {
    let visited = logout.parties.iter().filter(|party| party.channel == Channel::Saml);
    let mut all: Vec<String> = visited.filter_map(|party| logout_address(site, &party.application)).collect();
    all.extend(upstream::address(site, logout));
    match &logout.asker {
        Asker::Person => {}
        Asker::Upstream { provider, .. } => all.extend(upstream::place_of(site, provider)),
        Asker::Application { return_to, .. } => all.extend(return_to.clone()),
        Asker::ServiceProvider { location, .. } => all.push(location.as_str().to_owned()),
    }
    all
}

/// `wsignoutcleanup1.0` at the first address that is registered (WS-Federation §13.2.4).
fn cleanup_address(site: &Site, id: &ClientId) -> Option<String> {
    let party = site.applications.relying_parties().find(|application| application.id == *id)?;
    let reply = party.protocol.reply_urls.first()?.as_str();
    Some(joined(reply, "wa=wsignoutcleanup1.0"))
}

/// Everybody who was told of the session but whoever asks, who knows already.
fn parties(site: &Site, asker: &Asker, about: (SessionId, &[Participant], &[ClientId])) -> Vec<Party> {
    let (session, told, clients) = about;
    let mut parties: Vec<Party> = Vec::new();
    for client in clients.iter().filter(|client| asker.application() != Some(client)) {
        let registered = site.applications.clients().find(|application| application.id == *client);
        let wants = registered.is_some_and(|application| application.protocol.backchannel_logout_uri.is_some());
        parties.push(Party {
            application: client.clone(),
            session,
            channel: Channel::Oidc,
            name_id: String::new(),
            name_id_format: String::new(),
            session_index: String::new(),
            state: if wants { PartyState::Told } else { PartyState::Unable },
            request: None,
        });
    }
    for (number, one) in told.iter().enumerate().filter(|(_, one)| asker.application() != Some(&one.application)) {
        // Told more than once, under another name: in this browser it knows the newest.
        let later = told.iter().skip(number).skip(1);
        if later.into_iter().any(|other| other.application == one.application) {
            continue;
        }
        let cleanup = cleanup_address(site, &one.application);
        let channel = if cleanup.is_some() { Channel::Wsfed } else { Channel::Saml };
        let reachable = cleanup.is_some() || logout_address(site, &one.application).is_some();
        parties.push(Party {
            application: one.application.clone(),
            session: one.session,
            channel,
            name_id: one.name_id.clone(),
            name_id_format: one.name_id_format.clone(),
            session_index: one.session_index.clone(),
            state: if reachable { PartyState::Waiting } else { PartyState::Unable },
            request: None,
        });
    }
    parties
}

/// Leads the browser on. Reloading, going back and coming twice are harmless: each party is told once.
pub fn proceed(site: &Site, browser: &Browser, id: LogoutId, wish: Wish) -> Result<Progress, StoreError> {
    let now = site.now();
    let (found, session) = site.store.read(|tx| -> Result<_, StoreError> {
        let session = match &browser.session {
            Some(token) => store::sessions::find(tx, &token.hash())?,
            None => None,
        };
        Ok((store::logouts::find(tx, id, now)?, session))
    })?;
    let stale_cookie = browser.session.is_some() && session.as_ref().is_none_or(|session| session.ended_at.is_some());
    let over = Progress { next: Next::Over, stale_cookie, language: None };
    let Some(found) = found else { return Ok(over) };
    let Some(logout) = claim(site, browser, found, session.as_ref())? else { return Ok(over) };
    let user = site.store.read(|tx| store::users::find(tx, logout.user))?;
    let next = lead(site, browser, logout, wish)?;
    Ok(Progress { next, stale_cookie, language: user.and_then(|user| user.locale) })
}

/// The logout, if it is this browser's. The first that comes has it; of sessions that are not that browser's it can tell
/// nobody.
fn claim(
    site: &Site,
    browser: &Browser,
    logout: Logout,
    session: Option<&Session>,
) -> Result<Option<Logout>, StoreError> {
    if let Some(binding) = &logout.binding {
        return Ok(binding.matches(&browser.binding).then_some(logout));
    }
    let (id, binding, now) = (logout.id, browser.binding, site.now());
    let own = session.map(|session| session.id);
    let elsewhere = logout.upstream.as_ref().is_some_and(|upstream| own != Some(upstream.from.session));
    // A form of another site began it, so that nobody knew whose browser it is: the sign-in that its own session rests on
    // is the one to end, if that session was among those that ended.
    let ended_now =
        session.filter(|session| session.ended_at == Some(logout.created_at) && session.user == logout.user);
    let rested = match ended_now.filter(|_| elsewhere) {
        Some(session) => upstream::rested(site, &[session.id])?.filter(|from| upstream::reached(site, from).is_some()),
        None => None,
    };
    let others = logout.parties.iter().enumerate().filter(|(_, party)| is_visited(party) && own != Some(party.session));
    let others: Vec<(usize, Party)> = others.map(|(position, party)| (position, party.clone())).collect();
    let user = logout.user;
    site.store.write(move |tx| -> Result<_, StoreError> {
        if store::logouts::bind(tx, id, &binding)? {
            for (position, _) in &others {
                store::logouts::advance(tx, (id, *position), (PartyState::Waiting, PartyState::Unable), None)?;
            }
            if let Some(from) = &rested {
                store::logouts::turn(tx, id, from)?;
            } else if elsewhere {
                let moves = (UpstreamState::Waiting, UpstreamState::Failed);
                store::logouts::advance_upstream(tx, id, moves, None)?;
            }
            for (_, party) in others {
                let origin = Origin::default();
                let event = Event::new(now, EventKind::LogoutUntold, Outcome::Failure, Actor::System, &origin);
                store::audit::append(tx, &event.user(user).application(&party.application).session(party.session))?;
            }
        }
        let found = store::logouts::find(tx, id, now)?;
        Ok(found.filter(|found| found.binding.as_ref().is_some_and(|bound| bound.matches(&binding))))
    })
}

fn lead(site: &Site, browser: &Browser, logout: Logout, wish: Wish) -> Result<Next, StoreError> {
    let mut logout = logout;
    if wish == Wish::Upstream && upstream::accept(site, logout.id)? {
        let (id, now) = (logout.id, site.now());
        let Some(again) = site.store.read(|tx| store::logouts::find(tx, id, now))? else { return Ok(Next::Over) };
        logout = again;
    }
    // Each round moves at least one party on, or ends.
    for _ in 0..logout.parties.len().saturating_add(3).saturating_mul(2) {
        match logout.step() {
            Step::Tell(position) => {
                if let Some(next) = tell(site, &logout, position)? {
                    return Ok(next);
                }
            }
            Step::Await if wish == Wish::GoOn => give_up(site, browser, &logout)?,
            Step::Await => return stalled(site, &logout),
            Step::Upstream => {
                if let Some(next) = upstream::leave(site, browser, &logout)? {
                    return Ok(next);
                }
            }
            Step::Finish => return finish(site, &logout, wish),
        }
        let (id, now) = (logout.id, site.now());
        let Some(again) = site.store.read(|tx| store::logouts::find(tx, id, now))? else { return Ok(Next::Over) };
        logout = again;
    }
    finish(site, &logout, wish)
}

/// Sends the browser to a service provider; `None` when there is nothing to send it with, or another request of this
/// browser has just done so.
fn tell(site: &Site, logout: &Logout, position: usize) -> Result<Option<Next>, StoreError> {
    let Some(party) = logout.parties.get(position) else { return Ok(None) };
    let (id, written) = (logout.id, saml::request(site, party));
    let (to, request) = match &written {
        Some((request, _)) => (PartyState::Told, Some(request.as_str().to_owned())),
        None => (PartyState::Failed, None),
    };
    let moved = site.store.write(move |tx| -> Result<bool, StoreError> {
        store::logouts::advance(tx, (id, position), (PartyState::Waiting, to), request.as_deref())
    })?;
    let application = name_of(site, &party.application);
    let addresses = addresses(site, logout);
    Ok(written.filter(|_| moved).map(|(_, reply)| Next::Send { reply, application, addresses }))
}

fn give_up(site: &Site, browser: &Browser, logout: &Logout) -> Result<(), StoreError> {
    let (id, user, now, origin) = (logout.id, logout.user, site.now(), browser.origin.clone());
    site.store.write(move |tx| -> Result<(), StoreError> {
        for application in store::logouts::give_up(tx, id)? {
            let event = Event::new(now, EventKind::LogoutAnswered, Outcome::Failure, Actor::User(user), &origin)
                .user(user)
                .application(&application)
                .detail("reason", "no_answer");
            store::audit::append(tx, &event)?;
        }
        Ok(())
    })
}

fn stalled(site: &Site, logout: &Logout) -> Result<Next, StoreError> {
    let awaited = logout.parties.iter().find(|party| party.channel == Channel::Saml && party.state == PartyState::Told);
    let waiting_for = awaited.map(|party| name_of(site, &party.application)).unwrap_or_default();
    let told = site.store.read(|tx| outlooks(tx, site, logout))?;
    Ok(Next::Stalled { waiting_for, told, addresses: addresses(site, logout) })
}

fn outlooks(tx: &mut Tx<'_>, site: &Site, logout: &Logout) -> Result<Vec<Told>, StoreError> {
    let mut told = Vec::with_capacity(logout.parties.len());
    for party in &logout.parties {
        let notice = match party.channel {
            Channel::Oidc => store::logout_notices::state_of(tx, party.session, &party.application)?,
            Channel::Saml | Channel::Wsfed => None,
        };
        told.push(Told { name: name_of(site, &party.application), told: outlook(party.state, notice) });
    }
    if let Some((name, state)) = upstream::visited(site, logout) {
        let told_there = match state {
            UpstreamState::Answered => Outlook::SignedOut,
            UpstreamState::Offered | UpstreamState::Waiting | UpstreamState::Told => Outlook::Asked,
            UpstreamState::Failed => Outlook::Silent,
        };
        told.push(Told { name, told: told_there });
    }
    Ok(told)
}

fn outlook(state: PartyState, notice: Option<Delivery>) -> Outlook {
    match (state, notice) {
        (_, Some(Delivery::Sent)) | (PartyState::Answered, _) => Outlook::SignedOut,
        (_, Some(Delivery::Dead)) | (PartyState::Refused | PartyState::Silent | PartyState::Failed, _) => {
            Outlook::Silent
        }
        (PartyState::Unable, _) => Outlook::Unable,
        (PartyState::Waiting | PartyState::Told, _) => Outlook::Asked,
    }
}

/// Back to whoever asked; by way of the last page where there is something to load or to tell.
fn finish(site: &Site, logout: &Logout, wish: Wish) -> Result<Next, StoreError> {
    let cleanups =
        wish == Wish::Look && logout.parties.iter().any(|party| party.channel == Channel::Wsfed && is_visited(party));
    let silent =
        |party: &Party| party.channel == Channel::Saml && party.state.is_lost() && party.state != PartyState::Unable;
    let silent = logout.parties.iter().any(silent) || logout.upstream_state() == Some(UpstreamState::Failed);
    let show = match &logout.asker {
        Asker::Person => true,
        Asker::Application { .. } => cleanups || (silent && wish != Wish::Back),
        Asker::ServiceProvider { .. } | Asker::Upstream { .. } => cleanups,
    };
    if !show && let Some(next) = answer(site, logout) {
        forget(site, logout)?;
        return Ok(next);
    }
    let now = site.now();
    let (id, visited) = (logout.id, visited(logout));
    if !visited.is_empty() {
        site.store.write(move |tx| -> Result<(), StoreError> {
            for position in visited {
                store::logouts::advance(tx, (id, position), (PartyState::Waiting, PartyState::Told), None)?;
            }
            Ok(())
        })?;
    }
    let told = site.store.read(|tx| -> Result<_, StoreError> {
        let fresh = store::logouts::find(tx, id, now)?;
        outlooks(tx, site, fresh.as_ref().unwrap_or(logout))
    })?;
    let cleanups = logout.parties.iter().filter(|party| party.channel == Channel::Wsfed && is_visited(party));
    let cleanups = cleanups.filter_map(|party| cleanup_address(site, &party.application)).collect();
    let back = match &logout.asker {
        Asker::Person | Asker::Application { return_to: None, .. } => None,
        Asker::Application { application, .. } | Asker::ServiceProvider { application, .. } => {
            Some(name_of(site, application))
        }
        Asker::Upstream { provider, .. } => site.upstream(provider).map(|stored| stored.provider.name.clone()),
    };
    let still = upstream::still(site, logout);
    if back.is_none() && still.is_none() {
        forget(site, logout)?;
    }
    Ok(Next::Show(Ending { told, cleanups, back, still }))
}

/// It is over. Of somebody who is not kept (IN-10) it is the last thing that is known: whoever reloads the last page is
/// only told that nobody is signed in.
fn forget(site: &Site, logout: &Logout) -> Result<(), StoreError> {
    if !logout.user.is_transient() {
        return Ok(());
    }
    let (id, user) = (logout.id, logout.user);
    site.store.write(move |tx| -> Result<(), StoreError> {
        store::logouts::delete(tx, id)?;
        store::transients::depart(tx, user)
    })
}

/// Relying parties whose pictures the last page loads.
fn visited(logout: &Logout) -> Vec<usize> {
    let parties = logout.parties.iter().enumerate();
    parties
        .filter(|(_, party)| party.channel == Channel::Wsfed && is_visited(party))
        .map(|(position, _)| position)
        .collect()
}

/// What the application that asked is told.
fn answer(site: &Site, logout: &Logout) -> Option<Next> {
    match &logout.asker {
        Asker::Person | Asker::Application { return_to: None, .. } => None,
        Asker::Application { application, return_to: Some(address) } => {
            let reply = Reply::Redirect(address.clone());
            let addresses = addresses(site, logout);
            Some(Next::Send { reply, application: name_of(site, application), addresses })
        }
        Asker::Upstream { provider, request, relay_state } => {
            let reply = upstream::answer(site, provider, (request, relay_state.as_deref()), &status_of(logout));
            let application = site.upstream(provider).map(|stored| stored.provider.name.clone()).unwrap_or_default();
            reply.map(|reply| Next::Send { reply, application, addresses: addresses(site, logout) })
        }
        Asker::ServiceProvider { application, request, relay_state, binding, location } => {
            let route = Route { binding: *binding, location: location.as_str(), relay_state: relay_state.as_deref() };
            let reply = saml::answer(site, application, (request, route), &status_of(logout));
            let addresses = addresses(site, logout);
            reply.map(|reply| Next::Send { reply, application: name_of(site, application), addresses })
        }
    }
}

fn status_of(logout: &Logout) -> Status {
    if logout.is_whole() { Status::Success } else { Status::SuccessBut(Reason::PartialLogout) }
}
