//! Key pairs with certificates, private parts sealed. Every change bumps the tenant's revision.

use diesel::prelude::*;

use super::column::{Row, micros};
use super::schema::credentials;
use super::{StoreError, Tx, settings};
use crate::domain::Time;
use crate::domain::saml::CertificateDer;
use crate::domain::signing::{KeyId, KeyState, KeyType, StoredCredential};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credentials, treat_none_as_default_value = false)]
struct CredentialRow {
    id: String,
    kind: String,
    state: String,
    sealed_private: Vec<u8>,
    certificate: Vec<u8>,
    created_at: i64,
    activated_at: Option<i64>,
    retired_at: Option<i64>,
}

impl CredentialRow {
    fn into_credential(self) -> Result<StoredCredential, StoreError> {
        let row = Row { table: "credentials", id: &self.id };
        Ok(StoredCredential {
            kind: row.some("kind", KeyType::parse(&self.kind))?,
            state: row.some("state", KeyState::parse(&self.state))?,
            created_at: row.time("created_at", self.created_at)?,
            activated_at: row.maybe_time("activated_at", self.activated_at)?,
            retired_at: row.maybe_time("retired_at", self.retired_at)?,
            sealed_private: self.sealed_private,
            certificate: CertificateDer(self.certificate),
            id: KeyId(self.id),
        })
    }
}

/// The oldest first.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StoredCredential>, StoreError> {
    let query = credentials::table.order((credentials::created_at, credentials::id)).select(CredentialRow::as_select());
    query.load(tx.connection)?.into_iter().map(CredentialRow::into_credential).collect()
}

pub fn insert(tx: &mut Tx<'_>, credential: &StoredCredential) -> Result<(), StoreError> {
    let row = CredentialRow {
        id: credential.id.to_string(),
        kind: credential.kind.name().to_owned(),
        state: credential.state.name().to_owned(),
        sealed_private: credential.sealed_private.clone(),
        certificate: credential.certificate.0.clone(),
        created_at: micros(credential.created_at),
        activated_at: credential.activated_at.map(micros),
        retired_at: credential.retired_at.map(micros),
    };
    let insert = diesel::insert_into(credentials::table).values(&row);
    insert.execute(tx.connection).map_err(StoreError::taken("the credential's id"))?;
    settings::bump(tx)
}

/// Moves one on, noting when.
pub fn set_state(tx: &mut Tx<'_>, id: &KeyId, state: KeyState, now: Time) -> Result<(), StoreError> {
    let one = credentials::table.find(&id.0);
    let name = credentials::state.eq(state.name());
    let changed = match state {
        KeyState::Next => diesel::update(one).set(name).execute(tx.connection)?,
        KeyState::Active => {
            diesel::update(one).set((name, credentials::activated_at.eq(micros(now)))).execute(tx.connection)?
        }
        KeyState::Retired => {
            diesel::update(one).set((name, credentials::retired_at.eq(micros(now)))).execute(tx.connection)?
        }
    };
    if changed == 0 { Err(StoreError::Missing("credential")) } else { settings::bump(tx) }
}

pub fn remove(tx: &mut Tx<'_>, id: &KeyId) -> Result<(), StoreError> {
    diesel::delete(credentials::table.find(&id.0)).execute(tx.connection)?;
    settings::bump(tx)
}
