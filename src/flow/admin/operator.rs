//! What the operator does to people of a tenant, on the host: the same functions as the pages have.

use std::time::Duration;

use crate::domain::audit::{EventKind, Origin};
use crate::domain::authority::{Authority, Deed, StaffRole};
use crate::domain::ids::Slug;
use crate::domain::user::User;
use crate::flow::Host;
use crate::flow::recovery::{Links, hand_out};
use crate::store::{self, StoreError};

use super::act::Act;
use super::answer::{LinkAnswer, UserDetail};
use super::people::{Refusal, deeds};
use super::{AdminError, users};

/// How long the link of a recovery is good for.
const RECOVERY: Duration = Duration::from_secs(60 * 60);

/// Does one thing to one person.
pub fn perform(
    host: &Host,
    slug: &Slug,
    (name, deed): (&str, Deed),
    origin: &Origin,
) -> Result<UserDetail, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let links = Links::at(host, &tenant).map_err(|error| AdminError::Conflict(error.to_string()))?;
    let found = store.read(|tx| users::locate(tx, name))?;
    let user = found.ok_or_else(|| AdminError::not_found("user", name))?;
    let act = Act::new(host, slug, origin);
    match deeds::perform(&store, &links, &act, (user.id, deed))? {
        Ok(()) => users::show(host, slug, name),
        Err(refusal) => Err(refused(refusal, name)),
    }
}

fn refused(refusal: Refusal, name: &str) -> AdminError {
    match refusal {
        Refusal::Unknown => AdminError::not_found("user", name),
        Refusal::NotAllowed => {
            AdminError::blocked("this cannot be done to that user", "`portner user show` tells who it is.")
        }
        Refusal::LastAdministrator => AdminError::blocked(
            format!("{name:?} is the last administrator of the tenant"),
            "Make another one first: `portner user create NAME --role admin`.",
        ),
        Refusal::NoAddress => {
            AdminError::blocked(format!("{name:?} has no email address"), "Give one with `portner apply`.")
        }
        Refusal::Elsewhere => AdminError::blocked(
            format!("{name:?} signs in at an identity provider"),
            "What is asked for is done at the identity provider.",
        ),
        Refusal::Closed => {
            AdminError::blocked(format!("{name:?} is disabled"), "`portner user enable` lets the person in again.")
        }
    }
}

/// A link for an administrator who is locked out: it lets them choose another password, and the lock is lifted. Every
/// factor that policy demands is still asked for.
pub fn recover(host: &Host, slug: &Slug, name: Option<&str>, origin: &Origin) -> Result<LinkAnswer, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let links = Links::at(host, &tenant).map_err(|error| AdminError::Conflict(error.to_string()))?;
    let links = links.with_password_reset(RECOVERY);
    let user = store.read(|tx| -> Result<_, AdminError> {
        match name {
            Some(name) => users::locate(tx, name)?.ok_or_else(|| AdminError::not_found("user", name)),
            None => only_one(slug, store::users::with_role(tx, StaffRole::Admin.name())?),
        }
    })?;
    check(&user)?;
    let act = Act::new(host, slug, origin);
    let username = user.username.to_string();
    let (link, expires_at) = store.write(move |tx| -> Result<_, StoreError> {
        let issued = hand_out(tx, &links, &user, act.now)?;
        store::attempts::clear(tx, user.id)?;
        let event = act.event(EventKind::AdminRecovered).user(user.id).username(user.username.as_str());
        store::audit::append(tx, &event)?;
        Ok(issued)
    })?;
    Ok(LinkAnswer { username, link: link.expose().to_owned(), expires_at })
}

/// Whom the operator means who names nobody.
fn only_one(tenant: &Slug, administrators: Vec<User>) -> Result<User, AdminError> {
    let mut active: Vec<User> = administrators.into_iter().filter(User::is_active).collect();
    match (active.pop(), active.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(AdminError::blocked("there are several administrators", "Say who with --user.")),
        (None, _) => Err(AdminError::NoAdministrator(tenant.to_string())),
    }
}

fn check(user: &User) -> Result<(), AdminError> {
    let name = user.username.as_str();
    if !Authority::of(&user.roles).is_admin() {
        return Err(AdminError::blocked(
            format!("{name:?} is no administrator"),
            "`portner user reset-password` is for everybody.",
        ));
    }
    if user.is_active() { Ok(()) } else { Err(refused(Refusal::Closed, name)) }
}
