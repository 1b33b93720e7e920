//! People, a page at a time. Where a page ends is told to the browser sealed: it can be neither read, since it names
//! somebody, nor made up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::authority::StaffRole;
use crate::domain::ids::UserId;
use crate::domain::user::{Role, User, UserStatus};
use crate::flow::Site;
use crate::store::users::{Place, Search};
use crate::store::{self, StoreError};

pub use crate::store::users::Order;

/// On one page.
const PAGE: u32 = 50;
const CONTEXT: &str = "people-cursor";

/// Who is looked for, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    pub status: Option<UserStatus>,
    pub role: Option<String>,
    pub locked: bool,
    pub without_second_factor: bool,
    pub order: Order,
    /// As it was given with the page before.
    pub after: Option<String>,
}

#[derive(Debug)]
pub struct Page {
    pub people: Vec<Person>,
    /// The roles that can be asked for: those built in, those that rules name and those that applications require.
    pub roles: BTreeSet<Role>,
    /// For the page after this one, if there is one.
    pub next: Option<String>,
}

#[derive(Debug)]
pub struct Person {
    pub user: User,
    pub is_locked: bool,
    pub has_second_factor: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("the page was not linked to by us")]
    ForeignCursor,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a cursor could not be sealed")]
    Seal(#[from] SealError),
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    order: u8,
    text: Option<String>,
    #[serde(with = "chrono::serde::ts_microseconds_option")]
    time: Option<Time>,
    id: UserId,
}

fn order_number(order: Order) -> u8 {
    match order {
        Order::Username => 0,
        Order::Name => 1,
        Order::Newest => 2,
    }
}

pub fn page(site: &Site, query: &Query) -> Result<Page, ListError> {
    let now = site.now();
    let after = query.after.as_deref().map(|text| open(site, query.order, text)).transpose()?;
    let search = Search {
        text: query.text.clone(),
        status: query.status,
        role: query.role.clone(),
        locked_at: query.locked.then_some(now),
        without_second_factor: query.without_second_factor,
        order: query.order,
        after,
        limit: PAGE + 1,
    };
    let mut people = site.store.read(|tx| {
        let mut people = Vec::new();
        for user in store::users::search(tx, &search)? {
            let is_locked = !store::attempts::locks(tx, user.id, now)?.is_empty();
            let has_second_factor = !store::totp::list(tx, user.id)?.is_empty();
            people.push(Person { user, is_locked, has_second_factor });
        }
        Ok::<_, StoreError>(people)
    })?;
    let full = u32::try_from(people.len()).is_ok_and(|found| found > PAGE);
    if full {
        people.pop();
    }
    let last = people.last().filter(|_| full);
    let next = last.map(|person| seal(site, query.order, &person.user)).transpose()?;
    Ok(Page { people, roles: roles(site), next })
}

fn roles(site: &Site) -> BTreeSet<Role> {
    let required = site.applications.required_roles().cloned();
    let ruled = site.settings.policy.roles.iter().map(|rules| rules.role.clone());
    let built_in = StaffRole::ALL.into_iter().filter_map(|role| Role::parse(role.name()).ok());
    built_in.chain(ruled).chain(required).collect()
}

fn seal(site: &Site, order: Order, last: &User) -> Result<String, SealError> {
    let (text, time, id) = match order.place(last) {
        Place::Text(text, id) => (Some(text), None, id),
        Place::Time(time, id) => (None, Some(time), id),
    };
    let cursor = Cursor { order: order_number(order), text, time, id };
    let plain = serde_json::to_vec(&cursor).map_err(|_unwritable| SealError::Failed)?;
    site.store.sealer().seal_text(CONTEXT, &plain, site.entropy.as_ref())
}

fn open(site: &Site, order: Order, text: &str) -> Result<Place, ListError> {
    let opened = site.store.sealer().open_text(CONTEXT, text).ok();
    let cursor = opened.and_then(|plain| serde_json::from_slice::<Cursor>(&plain).ok());
    match cursor.filter(|cursor| cursor.order == order_number(order)) {
        Some(Cursor { text: Some(text), id, .. }) => Ok(Place::Text(text, id)),
        Some(Cursor { time: Some(time), id, .. }) => Ok(Place::Time(time, id)),
        _ => Err(ListError::ForeignCursor),
    }
}
