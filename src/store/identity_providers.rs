//! Upstream identity providers. Every change bumps the tenant's revision.

use diesel::prelude::*;

use super::column::{Row, json};
use super::engine::statement::{Statement, Value};
use super::schema::{federated_identities, identity_providers};
use super::{StoreError, Tx, settings};
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::IdpId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredProvider {
    pub provider: IdentityProvider,
    /// What proves us to it, sealed.
    pub sealed_secret: Option<Vec<u8>>,
}

type Columns = (String, String, Option<Vec<u8>>);

fn read((id, document, sealed_secret): Columns) -> Result<StoredProvider, StoreError> {
    let row = Row { table: "identity_providers", id: &id };
    let provider: IdentityProvider = row.json("document", &document)?;
    if provider.id.as_str() != id {
        return Err(row.corrupt("document"));
    }
    Ok(StoredProvider { provider, sealed_secret })
}

/// By id.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StoredProvider>, StoreError> {
    let rows: Vec<Columns> = identity_providers::table.order(identity_providers::id).load(tx.connection)?;
    rows.into_iter().map(read).collect()
}

pub fn find(tx: &mut Tx<'_>, id: &IdpId) -> Result<Option<StoredProvider>, StoreError> {
    let row: Option<Columns> = identity_providers::table.find(id.as_str()).get_result(tx.connection).optional()?;
    row.map(read).transpose()
}

/// Whether it was there. Who came from it is forgotten with it, so that a later one of the same name has nobody's people.
pub fn delete(tx: &mut Tx<'_>, id: &IdpId) -> Result<bool, StoreError> {
    let of_it = federated_identities::table.filter(federated_identities::provider.eq(id.as_str()));
    diesel::delete(of_it).execute(tx.connection)?;
    let gone = diesel::delete(identity_providers::table.find(id.as_str())).execute(tx.connection)?;
    settings::bump(tx)?;
    Ok(gone > 0)
}

/// Creates or replaces it, the secret included.
pub fn save(tx: &mut Tx<'_>, stored: &StoredProvider) -> Result<(), StoreError> {
    let text = "INSERT INTO identity_providers (id, document, sealed_secret) VALUES (?, ?, ?) ON CONFLICT (id) DO \
                UPDATE SET document = excluded.document, sealed_secret = excluded.sealed_secret";
    let document = json(&stored.provider)?;
    let values = [
        Value::Text(stored.provider.id.as_str()),
        Value::Text(&document),
        Value::MaybeBytes(stored.sealed_secret.as_deref()),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    settings::bump(tx)
}
