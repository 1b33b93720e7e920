//! Registered applications. Every change bumps the tenant's revision.

use diesel::prelude::*;

use super::column::{Row, json};
use super::engine::statement::{Statement, Value};
use super::schema::applications;
use super::{StoreError, Tx, settings};
use crate::domain::application::Application;
use crate::domain::ids::ClientId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApplication {
    pub application: Application,
    /// MAC of the client secret under the tenant's key; the secret itself is nowhere.
    pub secret_mac: Option<[u8; 32]>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = applications)]
struct ApplicationRow {
    id: String,
    document: String,
    secret_mac: Option<Vec<u8>>,
}

impl ApplicationRow {
    fn into_stored(self) -> Result<StoredApplication, StoreError> {
        let row = Row { table: "applications", id: &self.id };
        let application: Application = row.json("document", &self.document)?;
        if application.id.as_str() != self.id {
            return Err(row.corrupt("document"));
        }
        let secret_mac = self.secret_mac.map(|mac| row.bytes("secret_mac", &mac)).transpose()?;
        Ok(StoredApplication { application, secret_mac })
    }
}

/// By id.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StoredApplication>, StoreError> {
    let query = applications::table.order(applications::id).select(ApplicationRow::as_select());
    query.load(tx.connection)?.into_iter().map(ApplicationRow::into_stored).collect()
}

pub fn find(tx: &mut Tx<'_>, id: &ClientId) -> Result<Option<StoredApplication>, StoreError> {
    let query = applications::table.find(id.as_str()).select(ApplicationRow::as_select());
    query.get_result(tx.connection).optional()?.map(ApplicationRow::into_stored).transpose()
}

/// Creates or replaces it, the secret included: `None` leaves the application without one.
pub fn save(tx: &mut Tx<'_>, application: &Application, secret_mac: Option<&[u8; 32]>) -> Result<(), StoreError> {
    let text = "INSERT INTO applications (id, document, secret_mac) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE \
                SET document = excluded.document, secret_mac = excluded.secret_mac";
    let document = json(application)?;
    let values = [
        Value::Text(application.id.as_str()),
        Value::Text(&document),
        Value::MaybeBytes(secret_mac.map(<[u8; 32]>::as_slice)),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    settings::bump(tx)
}
