//! What people are called by applications: pairwise, random, kept for good.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::name_ids;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;

pub fn find(tx: &mut Tx<'_>, user: UserId, audience: &str) -> Result<Option<String>, StoreError> {
    let one = name_ids::table.find((user.to_string(), audience));
    Ok(one.select(name_ids::value).get_result(tx.connection).optional()?)
}

/// The value that stands afterwards: whoever comes first decides.
pub fn keep(tx: &mut Tx<'_>, user: UserId, audience: &str, fresh: &str, now: Time) -> Result<String, StoreError> {
    let text = "INSERT INTO name_ids (user_id, audience, value, created_at) VALUES (?, ?, ?, ?) \
                ON CONFLICT (user_id, audience) DO UPDATE SET value = name_ids.value RETURNING value";
    let user = user.to_string();
    let values = [Value::Text(&user), Value::Text(audience), Value::Text(fresh), Value::Number(micros(now))];
    Ok(Statement::new(text, values).returning::<Text>().get_result(tx.connection)?)
}

/// What one application calls a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub audience: String,
    pub value: String,
    pub created_at: Time,
}

/// By audience.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Name>, StoreError> {
    let query = name_ids::table.filter(name_ids::user_id.eq(user.to_string())).order(name_ids::audience).select((
        name_ids::audience,
        name_ids::value,
        name_ids::created_at,
    ));
    let rows: Vec<(String, String, i64)> = query.load(tx.connection)?;
    let name = |(audience, value, created_at): (String, String, i64)| {
        let created_at = Row { table: "name_ids", id: &audience }.time("created_at", created_at)?;
        Ok(Name { audience, value, created_at })
    };
    rows.into_iter().map(name).collect()
}
