//! Authenticator apps of people. The secret is sealed by the caller, for this row alone.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::totp_credentials;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::{TotpId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: TotpId,
    pub user: UserId,
    pub label: String,
    pub sealed_secret: Vec<u8>,
    pub last_step: i64,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = totp_credentials)]
struct CredentialRow {
    id: String,
    user_id: String,
    label: String,
    sealed_secret: Vec<u8>,
    last_step: i64,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl CredentialRow {
    fn into_credential(self) -> Result<Credential, StoreError> {
        let row = Row { table: "totp_credentials", id: &self.id };
        Ok(Credential {
            id: row.parse("id", &self.id)?,
            user: row.parse("user_id", &self.user_id)?,
            created_at: row.time("created_at", self.created_at)?,
            last_used_at: row.maybe_time("last_used_at", self.last_used_at)?,
            label: self.label,
            sealed_secret: self.sealed_secret,
            last_step: self.last_step,
        })
    }
}

pub fn insert(tx: &mut Tx<'_>, credential: &Credential) -> Result<(), StoreError> {
    let values = (
        totp_credentials::id.eq(credential.id.to_string()),
        totp_credentials::user_id.eq(credential.user.to_string()),
        totp_credentials::label.eq(&credential.label),
        totp_credentials::sealed_secret.eq(&credential.sealed_secret),
        totp_credentials::last_step.eq(credential.last_step),
        totp_credentials::created_at.eq(micros(credential.created_at)),
        totp_credentials::last_used_at.eq(credential.last_used_at.map(micros)),
    );
    diesel::insert_into(totp_credentials::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// The oldest first.
pub fn list(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Credential>, StoreError> {
    let query = totp_credentials::table
        .filter(totp_credentials::user_id.eq(user.to_string()))
        .order(totp_credentials::id)
        .select(CredentialRow::as_select());
    query.load(tx.connection)?.into_iter().map(CredentialRow::into_credential).collect()
}

/// Spends a time step: whether it was newer than every step that was accepted before (RFC 6238 §5.2).
pub fn spend_step(tx: &mut Tx<'_>, id: TotpId, step: i64, now: Time) -> Result<bool, StoreError> {
    let text =
        "UPDATE totp_credentials SET last_step = ?, last_used_at = ? WHERE id = ? AND last_step < ? RETURNING id";
    let id = id.to_string();
    let values = [Value::Number(step), Value::Number(micros(now)), Value::Text(&id), Value::Number(step)];
    let spent: Option<String> =
        Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(spent.is_some())
}

/// Whether there was one of this person's to rename.
pub fn rename(tx: &mut Tx<'_>, user: UserId, id: TotpId, label: &str) -> Result<bool, StoreError> {
    let own = totp_credentials::table.find(id.to_string()).filter(totp_credentials::user_id.eq(user.to_string()));
    Ok(diesel::update(own).set(totp_credentials::label.eq(label)).execute(tx.connection)? > 0)
}

/// Whether there was one of this person's to remove.
pub fn remove(tx: &mut Tx<'_>, user: UserId, id: TotpId) -> Result<bool, StoreError> {
    let own = totp_credentials::table.find(id.to_string()).filter(totp_credentials::user_id.eq(user.to_string()));
    Ok(diesel::delete(own).execute(tx.connection)? > 0)
}

/// How many went.
pub fn remove_all(tx: &mut Tx<'_>, user: UserId) -> Result<usize, StoreError> {
    let own = totp_credentials::table.filter(totp_credentials::user_id.eq(user.to_string()));
    Ok(diesel::delete(own).execute(tx.connection)?)
}
