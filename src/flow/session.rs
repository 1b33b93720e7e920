//! What a finished sign-in leaves: a session under a new cookie, and a browser that is known from now on.

use std::time::Duration;

use crate::crypto::token;
use crate::domain::Time;
use crate::domain::assurance::{Proof, amr};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::federation::Provenance;
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{DeviceId, SessionId};
use crate::domain::mail::Message;
use crate::domain::secret::{PlainToken, TokenKind};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::upstream_sessions::Holder;
use crate::store::{self, StoreError, Tx};

use super::browser::Browser;
use super::{Site, mail};

/// How long a browser that has signed in is known as such.
const DEVICE_LIFETIME: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// The cookies of a browser that has just signed in.
#[derive(Debug)]
pub struct Welcome {
    pub session: PlainToken,
    /// `None`: the browser is not known from now on.
    pub device: Option<PlainToken>,
    pub device_lifetime: Duration,
}

/// A session about to be opened: what it needs, minted before the transaction.
pub struct Arrival {
    now: Time,
    browser: Browser,
    session: PlainToken,
    session_id: SessionId,
    device: PlainToken,
    device_id: DeviceId,
    upstream: Option<Provenance>,
    /// Where to go if it was somebody else.
    not_me: String,
}

/// What the session rests on.
pub struct Grounds<'a> {
    pub user: &'a User,
    pub proofs: &'a [Proof],
    pub auth_time: Time,
    /// How long this browser need not give the second factor again.
    pub trust: Option<Duration>,
}

impl Arrival {
    pub fn prepare(site: &Site, browser: &Browser, now: Time) -> Self {
        Self {
            now,
            browser: browser.clone(),
            session: token::mint(TokenKind::Session, site.entropy.as_ref()),
            session_id: SessionId::from_uuid(site.new_id(now)),
            device: token::mint(TokenKind::Device, site.entropy.as_ref()),
            device_id: DeviceId::from_uuid(site.new_id(now)),
            upstream: None,
            not_me: format!("{}/account/not-me", site.base.issuer()),
        }
    }

    /// Somebody came from an upstream: what ends there ends here. A session that goes on without a new sign-in there
    /// keeps what it rested on.
    #[must_use]
    pub fn resting_on(self, upstream: Option<Provenance>) -> Self {
        Self { upstream, ..self }
    }

    /// Opens or renews the session, in the transaction that accepted the last proof.
    pub fn open(self, tx: &mut Tx<'_>, grounds: &Grounds<'_>) -> Result<Welcome, StoreError> {
        let (session, begins) = self.open_session(tx, grounds)?;
        if let Some(from) = &self.upstream {
            store::upstream_sessions::save(tx, Holder::Session(session), from)?;
        }
        let device = self.know_device(tx, grounds, begins.then_some(session))?;
        let signed_in = self.event(EventKind::SignInSucceeded, grounds).session(session);
        store::audit::append(tx, &signed_in.detail("amr", amr(grounds.proofs).join(" ")))?;
        Ok(Welcome { session: self.session, device, device_lifetime: DEVICE_LIFETIME })
    }

    fn event(&self, kind: EventKind, grounds: &Grounds<'_>) -> Event {
        let user = grounds.user;
        Event::new(self.now, kind, Outcome::Success, Actor::User(user.id), &self.browser.origin)
            .user(user.id)
            .username(user.username.as_str())
    }

    /// The same person goes on in the same session under a new cookie; anybody else's session ends. Whether it begins.
    fn open_session(&self, tx: &mut Tx<'_>, grounds: &Grounds<'_>) -> Result<(SessionId, bool), StoreError> {
        let before = match &self.browser.session {
            Some(token) => store::sessions::find(tx, &token.hash())?.filter(|session| session.ended_at.is_none()),
            None => None,
        };
        let (proofs, auth_time) = (grounds.proofs.to_vec(), grounds.auth_time);
        // One that was over already went on by a whole sign-in here, which has no such end.
        let ends_by = match &self.upstream {
            Some(from) => from.until,
            None => before.as_ref().and_then(|session| session.ends_by).filter(|end| *end > self.now),
        };
        if let Some(session) = before {
            if session.user == grounds.user.id {
                let renewal = store::sessions::Renewal { auth_time, last_seen: self.now, proofs, ends_by };
                store::sessions::renew(tx, session.id, &self.session.hash(), &renewal)?;
                return Ok((session.id, false));
            }
            store::sessions::end_unseen(tx, session.id, self.now)?;
            store::grants::end_for_session(tx, session.id, GrantEnd::SignedOut, self.now)?;
            let ended = self.event(EventKind::SessionEnded, grounds).session(session.id);
            store::audit::append(tx, &ended.detail("reason", "other_account"))?;
        }
        let session = Session {
            id: self.session_id,
            user: grounds.user.id,
            created_at: self.now,
            auth_time,
            last_seen: self.now,
            proofs,
            ended_at: None,
            ends_by: self.upstream.as_ref().and_then(|from| from.until),
        };
        store::sessions::insert(tx, &session, &self.session.hash(), &self.browser.origin)?;
        Ok((session.id, true))
    }

    /// A device that is known keeps its cookie; a new one is remembered from now on, and told of if a session `begins`
    /// in it. Nor is a browser known by whoever is not kept.
    fn know_device(
        &self,
        tx: &mut Tx<'_>,
        grounds: &Grounds<'_>,
        begins: Option<SessionId>,
    ) -> Result<Option<PlainToken>, StoreError> {
        if grounds.user.is_transient() {
            return Ok(None);
        }
        let (id, token) = if let Some(known) = self.known_device(tx, grounds.user)? {
            known
        } else {
            if let Some(session) = begins {
                self.tell(tx, grounds, session)?;
            }
            let expires_at = self.now + DEVICE_LIFETIME;
            let (id, hash) = (self.device_id, self.device.hash());
            store::devices::insert(tx, id, &hash, grounds.user.id, (self.now, expires_at))?;
            (id, self.device.clone())
        };
        store::devices::describe(tx, id, &self.browser.origin, self.now)?;
        if let Some(trust) = grounds.trust {
            store::devices::trust(tx, id, self.now + trust)?;
        }
        Ok(Some(token))
    }

    /// The owner hears of it at an address that was proven. Not in the very first browser, and not whoever has just typed
    /// in what was mailed to them.
    fn tell(&self, tx: &mut Tx<'_>, grounds: &Grounds<'_>, session: SessionId) -> Result<(), StoreError> {
        let user = grounds.user;
        let knows = !user.email_verified || grounds.proofs.contains(&Proof::EmailCode);
        if knows || !store::devices::has_company(tx, user.id, session)? {
            return Ok(());
        }
        let origin = self.browser.origin.clone();
        let (agent, address, link) = (origin.user_agent, origin.address, self.not_me.clone());
        mail::queue(tx, user, Message::NewDevice { agent, address, link }, self.now).map(drop)
    }

    fn known_device(&self, tx: &mut Tx<'_>, user: &User) -> Result<Option<(DeviceId, PlainToken)>, StoreError> {
        let Some(token) = &self.browser.device else { return Ok(None) };
        let known = store::devices::find(tx, &token.hash(), self.now)?;
        Ok(known.filter(|device| device.user == user.id).map(|device| (device.id, token.clone())))
    }
}
