//! When people were first told to set a second factor up: their days of grace count from there.

use diesel::prelude::*;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::enrolment_deadlines;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;

/// The first time counts, however often it is said.
pub fn asked(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO enrolment_deadlines (user_id, asked_at) VALUES (?, ?) ON CONFLICT (user_id) DO NOTHING";
    let user = user.to_string();
    Statement::new(text, [Value::Text(&user), Value::Number(micros(now))]).execute(tx.connection)?;
    Ok(())
}

pub fn asked_at(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Time>, StoreError> {
    let id = user.to_string();
    let query = enrolment_deadlines::table.find(&id).select(enrolment_deadlines::asked_at);
    let at: Option<i64> = query.get_result(tx.connection).optional()?;
    Row { table: "enrolment_deadlines", id: &id }.maybe_time("asked_at", at)
}

/// The person has done what was asked.
pub fn done(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    diesel::delete(enrolment_deadlines::table.find(user.to_string())).execute(tx.connection)?;
    Ok(())
}
