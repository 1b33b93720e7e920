//! What the tenant says about itself, and the revision that caches compare.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::column::{Row, json};
use super::engine::statement::{Statement, Value};
use super::schema::settings;
use super::{StoreError, Tx, dialect};
use crate::domain::tenant::TenantSettings;

const ROW: Row<'static> = Row { table: "settings", id: "1" };

pub fn load(tx: &mut Tx<'_>) -> Result<TenantSettings, StoreError> {
    let document: Option<String> =
        settings::table.find(1).select(settings::document).get_result(tx.connection).optional()?;
    ROW.json("document", &ROW.some("id", document)?)
}

pub fn save(tx: &mut Tx<'_>, new: &TenantSettings) -> Result<(), StoreError> {
    let document = json(new)?;
    let text = "UPDATE settings SET document = ? WHERE id = 1";
    Statement::new(text, [Value::Text(&document)]).execute(tx.connection)?;
    bump(tx)
}

pub fn revision(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let revision: Option<i64> =
        settings::table.find(1).select(settings::revision).get_result(tx.connection).optional()?;
    ROW.some("id", revision)
}

/// The tenant's rules are ours until the transaction ends: for what must not be decided twice at the same moment.
pub fn hold(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let lock = dialect::lock_rows(tx.connection);
    let statement = Statement::new("SELECT revision FROM settings WHERE id = 1", []).tail(lock);
    let _held: Option<i64> = statement.returning::<BigInt>().get_result(tx.connection).optional()?;
    Ok(())
}

/// Whatever is cached of this tenant is old now.
pub fn bump(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    Statement::new("UPDATE settings SET revision = revision + 1 WHERE id = 1", []).execute(tx.connection)?;
    tx.after.revision = Some(revision(tx)?);
    Ok(())
}
