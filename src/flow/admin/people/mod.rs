//! What staff of a tenant do to its people, and the command line likewise: one function for each.
//!
//! Whoever acts is read again inside the transaction, together with the person it is done to, and both rows are ours
//! until it ends (security 3.20): a role that was taken away a moment ago does not count any more, and two
//! administrators who demote each other leave one.

pub mod deeds;
pub mod details;
pub mod home;
pub mod list;
pub mod record;

use crate::domain::audit::{EventKind, Outcome};
use crate::domain::authority::{Act as What, Authority, Deed, Over, StaffRole};
use crate::domain::ids::UserId;
use crate::domain::user::User;
use crate::store::{self, Store, StoreError, Tx};

pub use super::act::Act;

/// Why nothing was done. A value: a refusal is remembered in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such person here.
    Unknown,
    NotAllowed,
    LastAdministrator,
    /// There is no address that a mail could go to.
    NoAddress,
    /// The account is disabled.
    Closed,
    /// The person signs in at an identity provider, and has no password here.
    Elsewhere,
}

/// Inside: what came of it. Outside: a fault of ours.
pub type Done<T> = Result<Result<T, Refusal>, StoreError>;

/// Who else has to be held still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Both,
    /// All administrators too: one of them may be about to go.
    Administrators,
}

/// A person, and what is known of the others who were held.
struct Held {
    user: User,
    /// Whether somebody else administers the tenant.
    another_administrator: bool,
}

/// Lets whoever acts come to the person, if they may do this to them now.
fn admit(tx: &mut Tx<'_>, act: &Act, target: UserId, (what, hold): (What, Hold)) -> Done<Held> {
    let actor = act.person();
    let users = match hold {
        Hold::Both => store::users::lock(tx, actor.unwrap_or(target), target)?,
        Hold::Administrators => {
            store::users::lock_with_role(tx, actor.unwrap_or(target), target, StaffRole::Admin.name())?
        }
    };
    let Some(user) = users.iter().find(|user| user.id == target) else { return Ok(Err(Refusal::Unknown)) };
    // Nothing that is set for somebody who is not kept would stand: only what they have open can be ended.
    if user.is_transient() && what != What::Do(Deed::SignOut) {
        refused(tx, act, what, Some(user))?;
        return Ok(Err(Refusal::NotAllowed));
    }
    if let Some(actor) = actor {
        let over = if actor == target { Over::Oneself } else { Over::Somebody(Authority::of(&user.roles)) };
        if !authority_of(&users, actor).may(what, over) {
            refused(tx, act, what, Some(user))?;
            return Ok(Err(Refusal::NotAllowed));
        }
    }
    let administers = |other: &User| other.id != target && other.is_active() && Authority::of(&other.roles).is_admin();
    Ok(Ok(Held { another_administrator: users.iter().any(administers), user: user.clone() }))
}

/// Lets whoever acts do something that concerns nobody in particular yet.
pub(super) fn admit_to_tenant(tx: &mut Tx<'_>, act: &Act, what: What) -> Done<()> {
    let Some(actor) = act.person() else { return Ok(Ok(())) };
    let users = store::users::lock(tx, actor, actor)?;
    if authority_of(&users, actor).may(what, Over::Tenant) {
        return Ok(Ok(()));
    }
    refused(tx, act, what, None)?;
    Ok(Err(Refusal::NotAllowed))
}

/// What somebody may do at this moment: nothing, if they are not there or may not sign in.
fn authority_of(users: &[User], id: UserId) -> Authority {
    let found = users.iter().find(|user| user.id == id && user.is_active());
    found.map(|user| Authority::of(&user.roles)).unwrap_or_default()
}

/// Somebody was turned away before anything was looked up: from which page (below the tenant's address), and from whom.
pub fn refused_at_the_door(
    store: &Store,
    act: Act,
    (what, page): (What, String),
    user: Option<User>,
) -> Result<(), StoreError> {
    store.write(move |tx| {
        let event = act.event_with(EventKind::AdminRefused, Outcome::Failure);
        let event = event.detail("act", what.name()).detail("page", page);
        let event = match &user {
            Some(user) => event.user(user.id).username(user.username.as_str()),
            None => event,
        };
        store::audit::append(tx, &event)
    })
}

fn refused(tx: &mut Tx<'_>, act: &Act, what: What, user: Option<&User>) -> Result<(), StoreError> {
    let mut event = act.event_with(EventKind::AdminRefused, Outcome::Failure).detail("act", what.name());
    if let Some(user) = user {
        event = event.user(user.id).username(user.username.as_str());
    }
    store::audit::append(tx, &event)
}

impl Held {
    /// Whether the tenant would be left without an administrator.
    fn leaves_none(&self, after: Option<&User>) -> bool {
        let administers = |user: &User| user.is_active() && Authority::of(&user.roles).is_admin();
        administers(&self.user) && !after.is_some_and(administers) && !self.another_administrator
    }
}
