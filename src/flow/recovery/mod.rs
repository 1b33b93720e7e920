//! Mailed links (IN-7): the invitation of a new person, a forgotten password, the proof of an address.
//!
//! A link is made and its mail put into the outbox in one transaction. Showing its page spends nothing, so that
//! programs that follow links in mails do no harm; only the form behind it does, once. What a link opens is never a
//! session: who has followed one signs in like everybody else, with every factor that policy demands.

mod address;
mod password;
#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::crypto::entropy::{self, Entropy};
use crate::crypto::token;
use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{LinkId, UserId};
use crate::domain::link::{Link, Purpose};
use crate::domain::mail::{Confided, Message};
use crate::domain::secret::{PlainToken, TokenKind};
use crate::domain::tenant::Tenant;
use crate::domain::user::{EmailAddress, User};
use crate::protocol::base::{Base, BaseError};
use crate::store::{self, StoreError, Tx};

use super::{Host, Site, mail};
pub use address::{Confirmation, Proof, confirm_address, look_at_address, start_address_change};
pub use password::{Choosing, Forgotten, Open, Request, choose_password, forgot, look};

/// What making a link needs, owned: it goes along into a transaction.
#[derive(Clone)]
pub struct Links {
    /// From the configuration, never from a request.
    base: String,
    invitation: Duration,
    password_reset: Duration,
    entropy: Arc<dyn Entropy>,
}

impl Links {
    pub fn of(site: &Site) -> Self {
        Self {
            base: site.base.issuer().to_owned(),
            invitation: site.lifetimes.invitation,
            password_reset: site.lifetimes.password_reset,
            entropy: Arc::clone(&site.entropy),
        }
    }

    /// Of a tenant that may not be open yet.
    pub fn at(host: &Host, tenant: &Tenant) -> Result<Self, BaseError> {
        Ok(Self {
            base: base_of(host, tenant)?.issuer().to_owned(),
            invitation: host.lifetimes.invitation,
            password_reset: host.lifetimes.password_reset,
            entropy: Arc::clone(&host.entropy),
        })
    }

    /// The same, but a link for another password is good for so long.
    #[must_use]
    pub fn with_password_reset(self, lifetime: Duration) -> Self {
        Self { password_reset: lifetime, ..self }
    }

    /// A new link, which ends those of its purpose before it.
    fn issue(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        (purpose, target): (Purpose, Option<&EmailAddress>),
        now: Time,
    ) -> Result<(Confided, Time), StoreError> {
        let lifetime = match purpose {
            Purpose::Invitation => self.invitation,
            Purpose::PasswordReset | Purpose::Address => self.password_reset,
        };
        let secret = token::mint(TokenKind::Link, self.entropy.as_ref());
        let link = Link {
            id: LinkId::from_uuid(entropy::uuid(now, self.entropy.as_ref())),
            purpose,
            user: user.id,
            address: user.email.as_ref().map(EmailAddress::key),
            target: target.cloned(),
            created_at: now,
            expires_at: now + lifetime,
        };
        store::links::issue(tx, &link, &secret.hash())?;
        Ok((self.address_of(purpose, &secret), link.expires_at))
    }

    fn address_of(&self, purpose: Purpose, secret: &PlainToken) -> Confided {
        Confided::new(format!("{}{}?token={}", self.base, purpose.path(), secret.expose()))
    }
}

/// The external address of a tenant.
pub fn base_of(host: &Host, tenant: &Tenant) -> Result<Base, BaseError> {
    match tenant.hosts.first() {
        Some(name) => Base::parse(&format!("https://{name}")),
        None => Base::parse(&format!("{}/t/{}", host.public_url, tenant.slug)),
    }
}

/// Who acts, and from where.
#[derive(Clone, Debug)]
pub struct By {
    pub actor: Actor,
    pub origin: Origin,
}

impl By {
    fn event(&self, kind: EventKind, user: &User, now: Time) -> Event {
        Event::new(now, kind, Outcome::Success, self.actor.clone(), &self.origin)
            .user(user.id)
            .username(user.username.as_str())
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Mailed,
    /// The account has no address to write to.
    NoAddress,
    /// The account is closed.
    Closed,
    /// The person signs in at an identity provider, and nowhere else.
    Elsewhere,
    NoSuchUser,
}

/// Mails a new person the link to choose a password.
pub fn invite(site: &Site, by: &By, user: UserId) -> Result<Sent, StoreError> {
    let (links, by, now) = (Links::of(site), by.clone(), site.now());
    site.store.write(move |tx| match store::users::find(tx, user)? {
        Some(user) => invite_in(tx, &links, &by, &user, now),
        None => Ok(Sent::NoSuchUser),
    })
}

/// The same within a transaction, such as the one that creates the person.
pub fn invite_in(tx: &mut Tx<'_>, links: &Links, by: &By, user: &User, now: Time) -> Result<Sent, StoreError> {
    send(tx, links, by, (user, Purpose::Invitation), now)
}

/// An administrator starts the reset of somebody's password; they never choose it.
pub fn send_reset(site: &Site, by: &By, user: UserId) -> Result<Sent, StoreError> {
    let (links, by, now) = (Links::of(site), by.clone(), site.now());
    site.store.write(move |tx| match store::users::find(tx, user)? {
        Some(user) => send_reset_in(tx, &links, &by, &user, now),
        None => Ok(Sent::NoSuchUser),
    })
}

pub fn send_reset_in(tx: &mut Tx<'_>, links: &Links, by: &By, user: &User, now: Time) -> Result<Sent, StoreError> {
    send(tx, links, by, (user, Purpose::PasswordReset), now)
}

/// A link for another password that is not mailed but handed over, by whoever asked for it on the host.
pub fn hand_out(tx: &mut Tx<'_>, links: &Links, user: &User, now: Time) -> Result<(Confided, Time), StoreError> {
    links.issue(tx, user, (Purpose::PasswordReset, None), now)
}

/// Whether a link of this purpose opens anything for this account. A person who has locked it comes back by choosing
/// another password, and by nothing else.
fn is_open(purpose: Purpose, user: &User) -> bool {
    match purpose {
        Purpose::PasswordReset => user.may_recover(),
        Purpose::Invitation | Purpose::Address => user.is_active(),
    }
}

/// Whether a password would be of any use to this person.
fn has_use(tx: &mut Tx<'_>, purpose: Purpose, user: &User) -> Result<bool, StoreError> {
    Ok(match purpose {
        Purpose::Address => true,
        Purpose::Invitation | Purpose::PasswordReset => {
            store::settings::load(tx)?.policy.sign_in.admits_roles(&user.roles)
        }
    })
}

fn send(
    tx: &mut Tx<'_>,
    links: &Links,
    by: &By,
    (user, purpose): (&User, Purpose),
    now: Time,
) -> Result<Sent, StoreError> {
    if !is_open(purpose, user) {
        return Ok(Sent::Closed);
    }
    if !has_use(tx, purpose, user)? {
        return Ok(Sent::Elsewhere);
    }
    if user.email.is_none() {
        return Ok(Sent::NoAddress);
    }
    let (link, expires_at) = links.issue(tx, user, (purpose, None), now)?;
    let (message, kind) = match purpose {
        Purpose::Invitation => (Message::Invitation { link, expires_at }, EventKind::InvitationSent),
        Purpose::PasswordReset | Purpose::Address => {
            (Message::PasswordReset { link, expires_at }, EventKind::PasswordResetRequested)
        }
    };
    mail::queue(tx, user, message, now)?;
    store::audit::append(tx, &by.event(kind, user, now))?;
    Ok(Sent::Mailed)
}
