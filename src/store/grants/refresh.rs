//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14): each is spent once, by one conditional write.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::column::{Row, json, micros, short};
use super::super::engine::statement::{Statement, Value};
use super::super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::grant::Grant;
use crate::domain::ids::GrantId;
use crate::domain::oauth::Scopes;
use crate::domain::secret::TokenHash;

/// One token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub scopes: Scopes,
    /// When it expires unused.
    pub expires_at: Time,
}

impl RefreshToken {
    fn read(token: &TokenHash, scopes: &str, expires_at: i64) -> Result<Self, StoreError> {
        let id = short(token);
        let row = Row { table: "refresh_tokens", id: &id };
        Ok(Self { scopes: row.json("scopes", scopes)?, expires_at: row.time("expires_at", expires_at)? })
    }
}

/// A token to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefresh {
    pub scopes: Scopes,
    pub issued_at: Time,
    /// When it expires unused.
    pub expires_at: Time,
}

pub fn issue_refresh(tx: &mut Tx<'_>, token: &TokenHash, grant: GrantId, new: &NewRefresh) -> Result<(), StoreError> {
    let text =
        "INSERT INTO refresh_tokens (token_hash, grant_id, scopes, issued_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    let (grant, scopes) = (grant.to_string(), json(&new.scopes)?);
    let values = [
        Value::Bytes(token.as_bytes()),
        Value::Text(&grant),
        Value::Text(&scopes),
        Value::Number(micros(new.issued_at)),
        Value::Number(micros(new.expires_at)),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// Spends the token if it is unspent: of any number at once exactly one is told `true`.
pub fn spend_refresh(tx: &mut Tx<'_>, token: &TokenHash, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE refresh_tokens SET spent_at = ? WHERE token_hash = ? AND spent_at IS NULL RETURNING grant_id";
    let spent: Option<String> = Statement::new(text, [Value::Number(micros(now)), Value::Bytes(token.as_bytes())])
        .returning::<Text>()
        .get_result(tx.connection)
        .optional()?;
    Ok(spent.is_some())
}

/// The token without spending it, and whether it is spent.
pub fn find_refresh(tx: &mut Tx<'_>, token: &TokenHash) -> Result<Option<(Grant, RefreshToken, bool)>, StoreError> {
    let text = "SELECT grant_id, scopes, expires_at, spent_at FROM refresh_tokens WHERE token_hash = ?";
    let found: Option<(String, String, i64, Option<i64>)> = Statement::new(text, [Value::Bytes(token.as_bytes())])
        .returning::<(Text, Text, BigInt, Nullable<BigInt>)>()
        .get_result(tx.connection)
        .optional()?;
    let Some((grant, scopes, expires_at, spent_at)) = found else { return Ok(None) };
    let refresh = RefreshToken::read(token, &scopes, expires_at)?;
    Ok(Some((super::load(tx, &grant)?, refresh, spent_at.is_some())))
}
