//! Client assertions that have been used (RFC 7523 §3, item 7): each `jti` of a client counts once.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sha2::{Digest, Sha256};

use super::column::micros;
use super::engine::statement::{Statement, Value};
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::ClientId;

/// Whether this is the first time. Hashed, since a `jti` may hold any characters and be of any length.
pub fn spend(tx: &mut Tx<'_>, client: &ClientId, jti: &str, expires_at: Time) -> Result<bool, StoreError> {
    let text = "INSERT INTO spent_assertions (client_id, jti_hash, expires_at) VALUES (?, ?, ?) \
                ON CONFLICT (client_id, jti_hash) DO NOTHING RETURNING expires_at";
    let hash: [u8; 32] = Sha256::digest(jti.as_bytes()).into();
    let values = [Value::Text(client.as_str()), Value::Bytes(&hash), Value::Number(micros(expires_at))];
    let first: Option<i64> = Statement::new(text, values).returning::<BigInt>().get_result(tx.connection).optional()?;
    Ok(first.is_some())
}
