//! Authorization codes (RFC 6749 §4.1.2): redeemed once, by one conditional write.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::super::column::{Row, micros, short};
use super::super::engine::statement::{Statement, Value};
use super::super::schema::codes;
use super::super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::grant::{CodeBinding, Grant, Spent};
use crate::domain::ids::GrantId;
use crate::domain::oauth::CodeChallenge;
use crate::domain::secret::TokenHash;

pub(super) fn insert(
    tx: &mut Tx<'_>,
    grant: GrantId,
    code: &TokenHash,
    binding: &CodeBinding,
) -> Result<(), StoreError> {
    let values = (
        codes::token_hash.eq(code.as_bytes().as_slice()),
        codes::grant_id.eq(grant.to_string()),
        codes::redirect_uri.eq(&binding.redirect_uri),
        codes::challenge.eq(binding.challenge.as_ref().map(CodeChallenge::as_str)),
        codes::expires_at.eq(micros(binding.expires_at)),
    );
    diesel::insert_into(codes::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// Spends the code if it is unspent: of any number at once exactly one sees `Fresh`. Expiry is the caller's to judge.
pub fn redeem_code(tx: &mut Tx<'_>, code: &TokenHash, now: Time) -> Result<Spent<(Grant, CodeBinding)>, StoreError> {
    let text = "UPDATE codes SET spent_at = ? WHERE token_hash = ? AND spent_at IS NULL \
                RETURNING grant_id, redirect_uri, challenge, expires_at";
    let fresh: Option<(String, String, Option<String>, i64)> =
        Statement::new(text, [Value::Number(micros(now)), Value::Bytes(code.as_bytes())])
            .returning::<(Text, Text, Nullable<Text>, BigInt)>()
            .get_result(tx.connection)
            .optional()?;
    let id = short(code);
    let row = Row { table: "codes", id: &id };
    if let Some((grant, redirect_uri, challenge, expires_at)) = fresh {
        let challenge = challenge.map(|text| row.some("challenge", CodeChallenge::parse(&text))).transpose()?;
        let binding = CodeBinding { redirect_uri, challenge, expires_at: row.time("expires_at", expires_at)? };
        return Ok(Spent::Fresh((super::load(tx, &grant)?, binding)));
    }
    let query = codes::table.find(code.as_bytes().as_slice()).select(codes::grant_id);
    let spent: Option<String> = query.get_result(tx.connection).optional()?;
    match spent {
        Some(grant) => Ok(Spent::Replayed(row.parse("grant_id", &grant)?)),
        None => Ok(Spent::Unknown),
    }
}
