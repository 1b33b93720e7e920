//! One person, as staff see them.

use std::collections::BTreeMap;

use crate::domain::attempt::Lock;
use crate::domain::audit::{Actor, EventKind};
use crate::domain::ids::UserId;
use crate::domain::user::User;
use crate::flow::{Site, enrolment};
use crate::store::audit::{AuditFilter, AuditRecord};
use crate::store::sessions::Seen;
use crate::store::{self, StoreError, Tx};

use super::Act;

/// Events that are shown.
const EVENTS: usize = 20;
/// Events that are looked through for them: that staff have looked is no news to staff.
const LOOKED_THROUGH: u32 = 200;

#[derive(Debug)]
pub struct Whole {
    pub user: User,
    pub has_password: bool,
    /// The longest first.
    pub locks: Vec<Lock>,
    pub factors: enrolment::Overview,
    pub sessions: Vec<Seen>,
    /// The newest first.
    pub events: Vec<AuditRecord>,
    /// Names of the people who acted.
    pub actors: BTreeMap<UserId, String>,
}

/// Looking is remembered.
pub fn look(site: &Site, act: &Act, id: UserId) -> Result<Option<Whole>, StoreError> {
    let whole = site.store.read(|tx| load(tx, site, id))?;
    if let Some(whole) = &whole {
        let viewed = act.event(EventKind::UserViewed).user(id).username(whole.user.username.as_str());
        site.store.write(move |tx| store::audit::append(tx, &viewed))?;
    }
    Ok(whole)
}

/// Only who it is: for forms.
pub fn find(site: &Site, id: UserId) -> Result<Option<User>, StoreError> {
    site.store.read(|tx| store::users::find(tx, id))
}

fn load(tx: &mut Tx<'_>, site: &Site, id: UserId) -> Result<Option<Whole>, StoreError> {
    let Some(user) = store::users::find(tx, id)? else { return Ok(None) };
    let (policy, now) = (&site.settings.policy, site.now());
    let limits = policy.for_roles(&user.roles).session;
    let mut sessions = store::sessions::seen_of_user(tx, id)?;
    sessions.retain(|visit| visit.session.is_live(&limits, now));
    let filter = AuditFilter { user: Some(id), limit: LOOKED_THROUGH, ..AuditFilter::default() };
    let mut events = store::audit::latest(tx, &filter)?;
    events.retain(|event| event.kind != EventKind::UserViewed);
    events.reverse();
    events.truncate(EVENTS);
    Ok(Some(Whole {
        has_password: store::passwords::find(tx, id)?.is_some(),
        locks: store::attempts::locks(tx, id, now)?,
        factors: enrolment::overview(tx, &user, policy)?,
        sessions,
        actors: actors(tx, &events)?,
        events,
        user,
    }))
}

fn actors(tx: &mut Tx<'_>, events: &[AuditRecord]) -> Result<BTreeMap<UserId, String>, StoreError> {
    let mut names = BTreeMap::new();
    for event in events {
        if let Actor::User(id) = event.actor
            && !names.contains_key(&id)
            && let Some(user) = store::users::find(tx, id)?
        {
            names.insert(id, user.username.to_string());
        }
    }
    Ok(names)
}
