//! Broker mode (IN-10): whoever comes from an upstream is passed on to the application, and not kept. The account is there
//! as long as a session is (`store::transients`). Everything that outlives it is derived: the id from provider, issuer and
//! subject, by a key of the tenant, so that the same person is called the same each time and nobody can tell who it was.

use std::collections::BTreeSet;

use crate::domain::Time;
use crate::domain::federation::Person;
use crate::domain::ids::UserId;
use crate::domain::user::{Profile, Role, User, UserStatus, Username};
use crate::store::federated_identities::Key;
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::account::{self, Met};

const PURPOSE: &str = "broker-subject";

/// What the person is called here: always the same, and nothing that says who it is.
pub(super) fn id(site: &Site, key: &Key) -> UserId {
    let mut data = Vec::new();
    for part in [key.provider.as_str(), &key.issuer, &key.subject] {
        data.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    UserId::transient(&site.store.mac().tag(PURPOSE, &data))
}

/// As the upstream tells of the person now, and nothing from before. Nobody administers the tenant under a name that
/// the log does not know.
pub(super) fn stay(tx: &mut Tx<'_>, person: &Person, (id, now): (UserId, Time)) -> Result<Met, StoreError> {
    let before = store::users::find_to_change(tx, id)?;
    let (roles, groups) = account::given(person);
    let mut user = User {
        id,
        username: username(tx, person, (id, before.as_ref()))?,
        email: None,
        email_verified: false,
        locale: None,
        profile: Profile::default(),
        roles: roles.into_iter().filter(|role: &Role| !role.is_administrative()).collect::<BTreeSet<_>>(),
        groups,
        status: UserStatus::Active,
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
    };
    account::refresh(tx, &mut user, person, false)?;
    match before {
        Some(_) => store::users::update(tx, &user)?,
        None => store::users::insert(tx, &user)?,
    }
    Ok(Met::Known(Box::new(user)))
}

/// The name that the upstream gives; the id where somebody else is found by that name at this moment.
fn username(tx: &mut Tx<'_>, person: &Person, (id, before): (UserId, Option<&User>)) -> Result<Username, StoreError> {
    let told = [person.username.as_deref(), person.email.as_deref()];
    for name in told.into_iter().flatten().filter_map(|name| Username::parse(name).ok()) {
        let own = before.is_some_and(|before| before.username.key() == name.key());
        if own || !account::is_taken(tx, &name)? {
            return Ok(name);
        }
    }
    Username::parse(&id.to_string()).map_err(|_never| StoreError::Conflict("the user name"))
}
