//! The last leg of a sign-out: to the identity provider that the session came from, and back. Everything here has ended
//! before; a provider that does not send the browser back keeps nothing open.

use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::identity_provider::{IdentityProvider, Protocol, UpstreamLogout};
use crate::domain::ids::{IdpId, LogoutId, SessionId};
use crate::domain::logout::{Asker, Logout, Rested, Upstream, UpstreamState};
use crate::flow::Site;
use crate::flow::browser::Browser;
use crate::flow::federation::session::hint;
use crate::store::upstream_sessions::Holder;
use crate::store::{self, StoreError};

use super::Next;

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
        Asker::Application { return_to: Some(_), .. } | Asker::ServiceProvider { .. } => false,
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
    let next = match provider_of(site, logout).map(|(provider, _)| &provider.protocol) {
        Some(Protocol::Oidc(_)) => errand(site, browser, logout).map(Next::Upstream),
        Some(Protocol::Saml(_)) | None => None,
    };
    let to = if next.is_some() { UpstreamState::Told } else { UpstreamState::Failed };
    let moved =
        site.store.write(move |tx| store::logouts::advance_upstream(tx, id, (UpstreamState::Waiting, to), None))?;
    Ok(next.filter(|_| moved))
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
    let hex: String = browser.binding.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("federation-logout:{hex}:{provider}")
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
