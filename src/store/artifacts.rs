//! Messages that applications fetch themselves (SAML Bindings §3.6): each once, by one conditional delete.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::column::{Row, micros, short};
use super::engine::statement::{Statement, Value};
use super::schema::artifacts;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::ClientId;
use crate::domain::secret::TokenHash;
use crate::domain::session::Deposit;

type ArtifactColumns = (Nullable<Text>, Nullable<Text>, Binary, BigInt);
type ArtifactRow = (Option<String>, Option<String>, Vec<u8>, i64);

pub fn insert(tx: &mut Tx<'_>, artifact: &TokenHash, deposit: &Deposit) -> Result<(), StoreError> {
    let (user, session) = deposit.about.unzip();
    let values = (
        artifacts::token_hash.eq(artifact.as_bytes().as_slice()),
        artifacts::application_id.eq(deposit.application.as_str()),
        artifacts::user_id.eq(user.map(|id| id.to_string())),
        artifacts::session_id.eq(session.map(|id| id.to_string())),
        artifacts::sealed_message.eq(&deposit.sealed_message),
        artifacts::expires_at.eq(micros(deposit.expires_at)),
    );
    diesel::insert_into(artifacts::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// Those about nobody that still count; the others of them go. Whoever is not signed in can cause them.
pub fn count_about_nobody(tx: &mut Tx<'_>, now: Time) -> Result<i64, StoreError> {
    let about_nobody = artifacts::table.filter(artifacts::session_id.is_null());
    diesel::delete(about_nobody.filter(artifacts::expires_at.le(micros(now)))).execute(tx.connection)?;
    Ok(about_nobody.count().get_result(tx.connection)?)
}

/// Takes it out, for the application that it is for and nobody else. Expiry is the caller's to judge.
pub fn redeem(tx: &mut Tx<'_>, artifact: &TokenHash, application: &ClientId) -> Result<Option<Deposit>, StoreError> {
    let text = "DELETE FROM artifacts WHERE token_hash = ? AND application_id = ? \
                RETURNING user_id, session_id, sealed_message, expires_at";
    let values = [Value::Bytes(artifact.as_bytes()), Value::Text(application.as_str())];
    let found: Option<ArtifactRow> =
        Statement::new(text, values).returning::<ArtifactColumns>().get_result(tx.connection).optional()?;
    let Some((user, session, sealed_message, expires_at)) = found else { return Ok(None) };
    let id = short(artifact);
    let row = Row { table: "artifacts", id: &id };
    let about = match (user, session) {
        (Some(user), Some(session)) => Some((row.parse("user_id", &user)?, row.parse("session_id", &session)?)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(row.corrupt("session_id")),
    };
    let expires_at = row.time("expires_at", expires_at)?;
    Ok(Some(Deposit { application: application.clone(), about, sealed_message, expires_at }))
}
