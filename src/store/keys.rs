//! Signing keys, private parts sealed. Every change bumps the tenant's revision.

use diesel::prelude::*;

use super::column::{Row, micros};
use super::schema::signing_keys;
use super::{StoreError, Tx, settings};
use crate::domain::Time;
use crate::domain::signing::{KeyId, KeyState, KeyType, StoredKey};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
struct KeyRow {
    id: String,
    kind: String,
    state: String,
    sealed_private: Vec<u8>,
    created_at: i64,
    activated_at: Option<i64>,
    retired_at: Option<i64>,
}

impl KeyRow {
    fn into_key(self) -> Result<StoredKey, StoreError> {
        let row = Row { table: "signing_keys", id: &self.id };
        Ok(StoredKey {
            kind: row.some("kind", KeyType::parse(&self.kind))?,
            state: row.some("state", KeyState::parse(&self.state))?,
            created_at: row.time("created_at", self.created_at)?,
            activated_at: row.maybe_time("activated_at", self.activated_at)?,
            retired_at: row.maybe_time("retired_at", self.retired_at)?,
            sealed_private: self.sealed_private,
            id: KeyId(self.id),
        })
    }
}

/// The oldest first.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StoredKey>, StoreError> {
    let query = signing_keys::table.order((signing_keys::created_at, signing_keys::id)).select(KeyRow::as_select());
    query.load(tx.connection)?.into_iter().map(KeyRow::into_key).collect()
}

pub fn insert(tx: &mut Tx<'_>, key: &StoredKey) -> Result<(), StoreError> {
    let row = KeyRow {
        id: key.id.to_string(),
        kind: key.kind.name().to_owned(),
        state: key.state.name().to_owned(),
        sealed_private: key.sealed_private.clone(),
        created_at: micros(key.created_at),
        activated_at: key.activated_at.map(micros),
        retired_at: key.retired_at.map(micros),
    };
    let insert = diesel::insert_into(signing_keys::table).values(&row);
    insert.execute(tx.connection).map_err(StoreError::taken("the key id"))?;
    settings::bump(tx)
}

/// Moves a key on, noting when.
pub fn set_state(tx: &mut Tx<'_>, id: &KeyId, state: KeyState, now: Time) -> Result<(), StoreError> {
    let key = signing_keys::table.find(&id.0);
    let name = signing_keys::state.eq(state.name());
    let changed = match state {
        KeyState::Next => diesel::update(key).set(name).execute(tx.connection)?,
        KeyState::Active => {
            diesel::update(key).set((name, signing_keys::activated_at.eq(micros(now)))).execute(tx.connection)?
        }
        KeyState::Retired => {
            diesel::update(key).set((name, signing_keys::retired_at.eq(micros(now)))).execute(tx.connection)?
        }
    };
    if changed == 0 { Err(StoreError::Missing("signing key")) } else { settings::bump(tx) }
}

/// Forgets a key: nothing that it signed can be verified any more.
pub fn remove(tx: &mut Tx<'_>, id: &KeyId) -> Result<(), StoreError> {
    diesel::delete(signing_keys::table.find(&id.0)).execute(tx.connection)?;
    settings::bump(tx)
}
