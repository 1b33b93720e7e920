//! Who has fetched our metadata, and what became of the metadata of others.

use std::collections::HashMap;

use diesel::prelude::*;

use super::column::{Row, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::{metadata_fetches, metadata_watches};
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::ClientId;
use crate::domain::watch::{Failure, Watch};

/// Notes that an application has fetched our metadata; nothing where there is no such application.
pub fn note_fetch(tx: &mut Tx<'_>, application: &ClientId, now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO metadata_fetches (application_id, fetched_at) SELECT id, ? FROM applications WHERE id = ? \
                ON CONFLICT (application_id) DO UPDATE SET fetched_at = excluded.fetched_at";
    Statement::new(text, [Value::Number(micros(now)), Value::Text(application.as_str())]).execute(tx.connection)?;
    Ok(())
}

/// When one last fetched it.
pub fn fetched_at(tx: &mut Tx<'_>, application: &ClientId) -> Result<Option<Time>, StoreError> {
    let one = metadata_fetches::table.find(application.as_str()).select(metadata_fetches::fetched_at);
    let at: Option<i64> = one.get_result(tx.connection).optional()?;
    at.map(|at| Row { table: "metadata_fetches", id: application.as_str() }.time("fetched_at", at)).transpose()
}

/// When each last fetched it.
pub fn fetches(tx: &mut Tx<'_>) -> Result<HashMap<String, Time>, StoreError> {
    let rows: Vec<(String, i64)> = metadata_fetches::table.load(tx.connection)?;
    let fetch = |(id, at): (String, i64)| {
        let at = Row { table: "metadata_fetches", id: &id }.time("fetched_at", at)?;
        Ok((id, at))
    };
    rows.into_iter().map(fetch).collect()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = metadata_watches)]
struct WatchRow {
    application_id: String,
    checked_at: i64,
    due_at: i64,
    fetched_at: Option<i64>,
    valid_until: Option<i64>,
    failure: Option<String>,
    held: String,
}

impl WatchRow {
    fn into_watch(self) -> Result<Watch, StoreError> {
        let row = Row { table: "metadata_watches", id: &self.application_id };
        let failure = self.failure.map(|name| row.some("failure", Failure::parse(&name))).transpose()?;
        Ok(Watch {
            application: row.parse("application_id", &self.application_id)?,
            checked_at: row.time("checked_at", self.checked_at)?,
            due_at: row.time("due_at", self.due_at)?,
            fetched_at: row.maybe_time("fetched_at", self.fetched_at)?,
            valid_until: row.maybe_time("valid_until", self.valid_until)?,
            failure,
            held: row.json("held", &self.held)?,
        })
    }
}

pub fn watches(tx: &mut Tx<'_>) -> Result<Vec<Watch>, StoreError> {
    let query = metadata_watches::table.order(metadata_watches::application_id).select(WatchRow::as_select());
    query.load(tx.connection)?.into_iter().map(WatchRow::into_watch).collect()
}

pub fn watch(tx: &mut Tx<'_>, application: &ClientId) -> Result<Option<Watch>, StoreError> {
    let query = metadata_watches::table.find(application.as_str()).select(WatchRow::as_select());
    query.get_result(tx.connection).optional()?.map(WatchRow::into_watch).transpose()
}

pub fn save_watch(tx: &mut Tx<'_>, watch: &Watch) -> Result<(), StoreError> {
    let text = "INSERT INTO metadata_watches \
                (application_id, checked_at, due_at, fetched_at, valid_until, failure, held) \
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (application_id) DO UPDATE SET \
                checked_at = excluded.checked_at, due_at = excluded.due_at, fetched_at = excluded.fetched_at, \
                valid_until = excluded.valid_until, failure = excluded.failure, held = excluded.held";
    let held = json(&watch.held)?;
    let values = [
        Value::Text(watch.application.as_str()),
        Value::Number(micros(watch.checked_at)),
        Value::Number(micros(watch.due_at)),
        Value::MaybeNumber(watch.fetched_at.map(micros)),
        Value::MaybeNumber(watch.valid_until.map(micros)),
        Value::MaybeText(watch.failure.map(Failure::name)),
        Value::Text(&held),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// Once somebody has decided what its metadata is, what was found before counts no more.
pub fn forget_watch(tx: &mut Tx<'_>, application: &ClientId) -> Result<(), StoreError> {
    diesel::delete(metadata_watches::table.find(application.as_str())).execute(tx.connection)?;
    Ok(())
}
