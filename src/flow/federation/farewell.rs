//! What an upstream has ended ends here: the sessions that rest on the sign-in there, and the sign-ins that are not
//! finished yet.

use std::time::Duration;

use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::federation::{Age, Named};
use crate::domain::grant::GrantEnd;
use crate::domain::identity_provider::{IdentityProvider, OidcUpstream};
use crate::domain::ids::{IdpId, LogoutId, SessionId, UserId};
use crate::domain::logout::{Logout, PartyState};
use crate::domain::secret::TokenHash;
use crate::protocol::oidc::upstream::Expected;
use crate::protocol::oidc::upstream_logout::{Farewell, REMEMBERED, Unfit, judge};
use crate::store::upstream_sessions::Holder;
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::super::browser::Browser;

/// How the word came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// From server to server.
    Back,
    /// In a frame of the provider's page.
    Front,
    Saml,
}

impl Channel {
    fn name(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Front => "front",
            Self::Saml => "saml",
        }
    }
}

/// Somebody has signed out at a provider, who is believed.
#[derive(Clone, Debug)]
pub struct Word {
    pub provider: IdpId,
    pub issuer: String,
    pub named: Named,
    pub channel: Channel,
    /// What makes it count once, and how long that has to be remembered.
    pub once: (String, Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// All of it has ended; so many applications could not be told.
    Ended { untold: usize },
    /// The same, and the browser that is here is to tell others.
    Going(LogoutId),
    /// The same word once more.
    Replayed,
}

/// Whether a logout token may be believed, by the provider's published keys.
pub fn heed(
    site: &Site,
    (provider, oidc): (&IdentityProvider, &OidcUpstream),
    (issuer, token): (&str, &str),
    jwks: &str,
) -> Result<Farewell, Unfit> {
    let (age, now) = (Age::default(), site.now());
    judge(jwks, token, &Expected { provider, oidc, issuer, nonce: "", access_token: None, userinfo: None, age, now })
}

/// What a logout token says.
pub fn word(provider: &IdpId, farewell: Farewell) -> Word {
    let Farewell { issuer, named, jti } = farewell;
    Word { provider: provider.clone(), issuer, named, channel: Channel::Back, once: (jti, REMEMBERED) }
}

/// One transaction: the word is used, and whatever it is about ends. `round`: how a browser could tell those that are told
/// through it.
pub fn hear(site: &Site, origin: &Origin, word: Word, round: Option<Logout>) -> Result<Heard, StoreError> {
    let (now, origin) = (site.now(), origin.clone());
    site.store.write(move |tx| {
        let event = |kind, outcome| {
            Event::new(now, kind, outcome, Actor::System, &origin)
                .detail("provider", &word.provider)
                .detail("channel", word.channel.name())
        };
        let (once, remembered) = &word.once;
        let mark = format!("federation-logout:{}:{}:{}:{once}", word.provider, word.channel.name(), word.issuer);
        if !store::federated_identities::spend(tx, &TokenHash::of(&mark), now + *remembered)? {
            let event = event(EventKind::LogoutRequested, Outcome::Failure).detail("reason", "replayed");
            store::audit::append(tx, &event)?;
            return Ok(Heard::Replayed);
        }
        let end = |tx: &mut Tx<'_>, id, seen: bool| {
            if seen { store::sessions::end(tx, id, now) } else { store::sessions::end_unseen(tx, id, now) }
        };
        let (mut ended, mut untold) = (Vec::new(), 0_usize);
        for (holder, _) in store::upstream_sessions::named(tx, (&word.provider, &word.issuer), &word.named)? {
            match holder {
                Holder::SignIn(id) => store::upstream_sessions::end_sign_in(tx, id)?,
                Holder::Session(id) if end(tx, id, round.is_some())? => {
                    store::grants::end_for_session(tx, id, GrantEnd::SignedOut, now)?;
                    untold = untold.saturating_add(store::participants::of_session(tx, id)?.len());
                    ended.push(id);
                }
                Holder::Session(_) => {}
            }
        }
        let requested = event(EventKind::LogoutRequested, Outcome::Success).detail("sessions", ended.len());
        store::audit::append(tx, &requested)?;
        for id in &ended {
            let event = over(tx, (*id, "upstream"), event(EventKind::SessionEnded, Outcome::Success))?;
            store::audit::append(tx, &event)?;
        }
        let Some(mut round) = round else { return Ok(Heard::Ended { untold }) };
        // What had ended before was somebody else's to tell.
        round.parties.retain(|party| ended.contains(&party.session));
        if round.parties.iter().any(|party| party.state == PartyState::Waiting) {
            store::logouts::insert(tx, &round)?;
            return Ok(Heard::Going(round.id));
        }
        let unable = round.parties.iter().filter(|party| party.state == PartyState::Unable);
        Ok(Heard::Ended { untold: unable.count() })
    })
}

/// Nobody stays by a way in that is taken away: what rests on sign-ins at this provider ends. `whose`: of this person
/// alone, and not the session that they take it away from. `ended`: what the log says of each.
pub(in crate::flow) fn cut_off(
    tx: &mut Tx<'_>,
    provider: &IdpId,
    whose: Option<(UserId, SessionId)>,
    ended: &Event,
) -> Result<(), StoreError> {
    let (user, kept) = whose.unzip();
    for holder in store::upstream_sessions::of_provider(tx, provider, user)? {
        match holder {
            Holder::SignIn(id) => store::upstream_sessions::end_sign_in(tx, id)?,
            Holder::Session(id) if Some(id) != kept && store::sessions::end_unseen(tx, id, ended.at)? => {
                store::grants::end_for_session(tx, id, GrantEnd::SignedOut, ended.at)?;
                let over = over(tx, (id, "provider"), ended.clone())?;
                store::audit::append(tx, &over)?;
            }
            Holder::Session(_) => {}
        }
    }
    Ok(())
}

/// That this session ended, and whose it was.
fn over(tx: &mut Tx<'_>, (id, reason): (SessionId, &str), event: Event) -> Result<Event, StoreError> {
    let event = event.session(id).detail("reason", reason);
    let Some(session) = store::sessions::find_by_id(tx, id)? else { return Ok(event) };
    let event = event.user(session.user);
    let user = store::users::find(tx, session.user)?;
    Ok(user.into_iter().fold(event, |event, user| event.username(user.username.as_str())))
}

/// A page of the provider was shown in this browser, which says who is signed out: the browser's own session ends, if it
/// is that one (Front-Channel Logout 1.0 §2). Whether it did.
pub fn frame(
    site: &Site,
    browser: &Browser,
    provider: &IdpId,
    (issuer, sid): (&str, &str),
) -> Result<bool, StoreError> {
    let Some(token) = &browser.session else { return Ok(false) };
    let rests = site.store.read(|tx| -> Result<_, StoreError> {
        let Some(session) = store::sessions::find(tx, &token.hash())?.filter(|session| session.ended_at.is_none())
        else {
            return Ok(None);
        };
        let on = store::upstream_sessions::find(tx, Holder::Session(session.id))?;
        Ok(on.map(|on| (session.id, on)))
    })?;
    let is_it = |on: &crate::domain::federation::Provenance| {
        on.provider == *provider && on.issuer == issuer && on.index.as_deref() == Some(sid)
    };
    let Some((id, _)) = rests.filter(|(_, on)| is_it(on)) else { return Ok(false) };
    let (now, origin, provider) = (site.now(), browser.origin.clone(), provider.clone());
    site.store.write(move |tx| {
        if !store::sessions::end_unseen(tx, id, now)? {
            return Ok(false);
        }
        store::grants::end_for_session(tx, id, GrantEnd::SignedOut, now)?;
        let event = |kind| {
            Event::new(now, kind, Outcome::Success, Actor::System, &origin)
                .detail("provider", &provider)
                .detail("channel", Channel::Front.name())
        };
        store::audit::append(tx, &event(EventKind::LogoutRequested).detail("sessions", 1))?;
        let over = over(tx, (id, "upstream"), event(EventKind::SessionEnded))?;
        store::audit::append(tx, &over)?;
        Ok(true)
    })
}

/// A word that is not believed stands in the log. Anybody can say one, and nothing is guessed by it.
pub fn disbelieve(
    site: &Site,
    browser: &Browser,
    (provider, channel): (&IdpId, Channel),
    reason: &'static str,
) -> Result<(), StoreError> {
    let event = Event::new(site.now(), EventKind::LogoutRequested, Outcome::Failure, Actor::Nobody, &browser.origin)
        .detail("provider", provider)
        .detail("channel", channel.name())
        .detail("reason", reason);
    if site.noise.is_heard(site.id) {
        return site.store.write(move |tx| store::audit::append(tx, &event));
    }
    tracing::info!(%provider, reason, "a word of a sign-out that nobody believes was refused");
    Ok(())
}
