//! Access tokens revoked before they expire (RFC 7009). All others are not stored.

use diesel::prelude::*;

use super::column::micros;
use super::engine::statement::{Statement, Value};
use super::schema::revoked_tokens;
use super::{StoreError, Tx};
use crate::domain::Time;

pub fn revoke(tx: &mut Tx<'_>, jti: &str, expires_at: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO revoked_tokens (jti, expires_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING";
    Statement::new(text, [Value::Text(jti), Value::Number(micros(expires_at))]).execute(tx.connection)?;
    Ok(())
}

pub fn is_revoked(tx: &mut Tx<'_>, jti: &str) -> Result<bool, StoreError> {
    let query = revoked_tokens::table.find(jti).select(revoked_tokens::expires_at);
    let found: Option<i64> = query.get_result(tx.connection).optional()?;
    Ok(found.is_some())
}
