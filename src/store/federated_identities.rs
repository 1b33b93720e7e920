//! Who comes from an upstream identity provider: provider, issuer and subject make a person, and nothing else does. And
//! the sign-ins there that have been answered, each of which counts once.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::column::{Row, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::federated_identities;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::{IdpId, UserId};
use crate::domain::provider_form::Usage;
use crate::domain::secret::TokenHash;
use crate::domain::user::Role;

/// The key of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub provider: IdpId,
    pub issuer: String,
    pub subject: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub key: Key,
    pub user: UserId,
    /// Roles that the provider has given and may take away.
    pub roles: BTreeSet<Role>,
    /// And groups.
    pub groups: BTreeSet<String>,
    pub created_at: Time,
    pub used_at: Time,
}

type Columns = (String, String, String, String, String, i64, i64, String);

fn read(columns: Columns) -> Result<Identity, StoreError> {
    let (provider, issuer, subject, user, roles, created_at, used_at, groups) = columns;
    let row = Row { table: "federated_identities", id: &subject };
    Ok(Identity {
        user: row.parse("user_id", &user)?,
        roles: row.json("roles", &roles)?,
        groups: row.json("groups", &groups)?,
        created_at: row.time("created_at", created_at)?,
        used_at: row.time("used_at", used_at)?,
        key: Key { provider: row.parse("provider", &provider)?, issuer, subject },
    })
}

pub fn find(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Identity>, StoreError> {
    let one = federated_identities::table.find((key.provider.as_str(), &key.issuer, &key.subject));
    let row: Option<Columns> = one.get_result(tx.connection).optional()?;
    row.map(read).transpose()
}

/// Whose it is afterwards: whoever comes first decides.
pub fn claim(tx: &mut Tx<'_>, identity: &Identity) -> Result<UserId, StoreError> {
    let text = "INSERT INTO federated_identities (provider, issuer, subject, user_id, roles, created_at, used_at, \
                groups) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (provider, issuer, subject) DO UPDATE \
                SET used_at = federated_identities.used_at RETURNING user_id";
    let (user, roles, groups) = (identity.user.to_string(), json(&identity.roles)?, json(&identity.groups)?);
    let values = [
        Value::Text(identity.key.provider.as_str()),
        Value::Text(&identity.key.issuer),
        Value::Text(&identity.key.subject),
        Value::Text(&user),
        Value::Text(&roles),
        Value::Number(micros(identity.created_at)),
        Value::Number(micros(identity.used_at)),
        Value::Text(&groups),
    ];
    let owner: String = Statement::new(text, values).returning::<Text>().get_result(tx.connection)?;
    Row { table: "federated_identities", id: &identity.key.subject }.parse("user_id", &owner)
}

/// Used again, with the roles and groups that it gives now.
pub fn used(
    tx: &mut Tx<'_>,
    key: &Key,
    (roles, groups): (&BTreeSet<Role>, &BTreeSet<String>),
    now: Time,
) -> Result<(), StoreError> {
    let one = federated_identities::table.find((key.provider.as_str(), &key.issuer, &key.subject));
    let set = (
        federated_identities::roles.eq(json(roles)?),
        federated_identities::groups.eq(json(groups)?),
        federated_identities::used_at.eq(micros(now)),
    );
    diesel::update(one).set(set).execute(tx.connection)?;
    Ok(())
}

/// Of one person, the oldest first.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Identity>, StoreError> {
    let rows: Vec<Columns> = federated_identities::table
        .filter(federated_identities::user_id.eq(user.to_string()))
        .order((federated_identities::created_at, federated_identities::provider))
        .load(tx.connection)?;
    rows.into_iter().map(read).collect()
}

/// Those of one person at one provider go.
pub fn remove(tx: &mut Tx<'_>, user: UserId, provider: &IdpId) -> Result<usize, StoreError> {
    let own = federated_identities::user_id.eq(user.to_string());
    let there = federated_identities::provider.eq(provider.as_str());
    Ok(diesel::delete(federated_identities::table.filter(own).filter(there)).execute(tx.connection)?)
}

/// How much each provider is used, by its id.
pub fn usage(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Usage>, StoreError> {
    let rows: Vec<(String, i64, Option<i64>)> = federated_identities::table
        .group_by(federated_identities::provider)
        .select((
            federated_identities::provider,
            diesel::dsl::count_star(),
            diesel::dsl::max(federated_identities::used_at),
        ))
        .load(tx.connection)?;
    let read = |(provider, people, last): (String, i64, Option<i64>)| {
        let row = Row { table: "federated_identities", id: &provider };
        let last = last.map(|last| row.time("used_at", last)).transpose()?;
        let people = u64::try_from(people).unwrap_or_default();
        Ok((provider, Usage { people, last }))
    };
    rows.into_iter().map(read).collect()
}

/// Whether this answer is the first to the request with this state.
pub fn spend(tx: &mut Tx<'_>, state: &TokenHash, expires_at: Time) -> Result<bool, StoreError> {
    let text = "INSERT INTO spent_states (state, expires_at) VALUES (?, ?) ON CONFLICT (state) DO NOTHING \
                RETURNING expires_at";
    let values = [Value::Bytes(state.as_bytes()), Value::Number(micros(expires_at))];
    let first: Option<i64> = Statement::new(text, values).returning::<BigInt>().get_result(tx.connection).optional()?;
    Ok(first.is_some())
}
