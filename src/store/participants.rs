//! Applications that were told of a session by an assertion. OpenID Connect's are known by their grants.

use diesel::prelude::*;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::participants;
use super::{StoreError, Tx};
use crate::domain::ids::{ClientId, SessionId, UserId};
use crate::domain::session::Participant;

#[derive(Queryable, Selectable)]
#[diesel(table_name = participants)]
struct ParticipantRow {
    session_id: String,
    application_id: String,
    user_id: String,
    name_id: String,
    name_id_format: String,
    session_index: String,
    joined_at: i64,
}

impl ParticipantRow {
    fn into_participant(self) -> Result<Participant, StoreError> {
        let row = Row { table: "participants", id: &self.session_id };
        Ok(Participant {
            session: row.parse("session_id", &self.session_id)?,
            application: row.text("application_id", self.application_id)?,
            user: row.parse("user_id", &self.user_id)?,
            name_id: self.name_id,
            name_id_format: self.name_id_format,
            session_index: self.session_index,
            joined_at: row.time("joined_at", self.joined_at)?,
        })
    }
}

/// Told again under the same name: the newest index counts.
pub fn join(tx: &mut Tx<'_>, one: &Participant) -> Result<(), StoreError> {
    let text = "INSERT INTO participants \
                (session_id, application_id, user_id, name_id, name_id_format, session_index, joined_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (session_id, application_id, name_id) DO UPDATE SET \
                name_id_format = excluded.name_id_format, session_index = excluded.session_index, \
                joined_at = excluded.joined_at";
    let (session, user) = (one.session.to_string(), one.user.to_string());
    let values = [
        Value::Text(&session),
        Value::Text(one.application.as_str()),
        Value::Text(&user),
        Value::Text(&one.name_id),
        Value::Text(&one.name_id_format),
        Value::Text(&one.session_index),
        Value::Number(micros(one.joined_at)),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// The first told first.
pub fn of_session(tx: &mut Tx<'_>, session: SessionId) -> Result<Vec<Participant>, StoreError> {
    let query = participants::table
        .filter(participants::session_id.eq(session.to_string()))
        .order((participants::joined_at, participants::application_id))
        .select(ParticipantRow::as_select());
    query.load(tx.connection)?.into_iter().map(ParticipantRow::into_participant).collect()
}

/// Every session that this application was told of under this name.
pub fn named(tx: &mut Tx<'_>, application: &ClientId, name_id: &str) -> Result<Vec<Participant>, StoreError> {
    let query = participants::table
        .filter(participants::application_id.eq(application.as_str()))
        .filter(participants::name_id.eq(name_id))
        .order(participants::joined_at)
        .select(ParticipantRow::as_select());
    query.load(tx.connection)?.into_iter().map(ParticipantRow::into_participant).collect()
}

/// Everything that applications were told of a person.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Participant>, StoreError> {
    let query = participants::table
        .filter(participants::user_id.eq(user.to_string()))
        .order((participants::joined_at, participants::application_id))
        .select(ParticipantRow::as_select());
    query.load(tx.connection)?.into_iter().map(ParticipantRow::into_participant).collect()
}

/// It has signed the person out.
pub fn leave(tx: &mut Tx<'_>, session: SessionId, application: &ClientId) -> Result<(), StoreError> {
    let one = participants::table
        .filter(participants::session_id.eq(session.to_string()))
        .filter(participants::application_id.eq(application.as_str()));
    diesel::delete(one).execute(tx.connection)?;
    Ok(())
}
