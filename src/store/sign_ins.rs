//! Sign-ins that are not finished. Only whoever gave the right password has one, so nobody else can fill the table.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::column::{Row, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::sign_ins;
use super::upstream_sessions::{self, Holder};
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::assurance::Proof;
use crate::domain::federation::Provenance;
use crate::domain::ids::{SignInId, UserId};
use crate::domain::secret::TokenHash;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub id: SignInId,
    pub user: UserId,
    pub proofs: Vec<Proof>,
    pub auth_time: Time,
    /// The sign-in at an upstream that it goes on from.
    pub upstream: Option<Provenance>,
}

pub fn insert(tx: &mut Tx<'_>, sign_in: &SignIn, binding: &TokenHash, expires_at: Time) -> Result<(), StoreError> {
    let values = (
        sign_ins::id.eq(sign_in.id.to_string()),
        sign_ins::binding.eq(binding.as_bytes().as_slice()),
        sign_ins::user_id.eq(sign_in.user.to_string()),
        sign_ins::proofs.eq(json(&sign_in.proofs)?),
        sign_ins::auth_time.eq(micros(sign_in.auth_time)),
        sign_ins::expires_at.eq(micros(expires_at)),
    );
    diesel::insert_into(sign_ins::table).values(values).execute(tx.connection)?;
    match &sign_in.upstream {
        Some(from) => upstream_sessions::save(tx, Holder::SignIn(sign_in.id), from),
        None => Ok(()),
    }
}

type Columns = (String, String, i64);

fn read(id: SignInId, (user, proofs, auth_time): Columns, upstream: Option<Provenance>) -> Result<SignIn, StoreError> {
    let text = id.to_string();
    let row = Row { table: "sign_ins", id: &text };
    Ok(SignIn {
        id,
        user: row.parse("user_id", &user)?,
        proofs: row.json("proofs", &proofs)?,
        auth_time: row.time("auth_time", auth_time)?,
        upstream,
    })
}

/// Only for the browser that began it, and only in time.
pub fn find(tx: &mut Tx<'_>, id: SignInId, binding: &TokenHash, now: Time) -> Result<Option<SignIn>, StoreError> {
    let query = sign_ins::table
        .find(id.to_string())
        .filter(sign_ins::binding.eq(binding.as_bytes().as_slice()))
        .filter(sign_ins::expires_at.gt(micros(now)))
        .select((sign_ins::user_id, sign_ins::proofs, sign_ins::auth_time));
    let Some(found): Option<Columns> = query.get_result(tx.connection).optional()? else { return Ok(None) };
    let upstream = upstream_sessions::find(tx, Holder::SignIn(id))?;
    read(id, found, upstream).map(Some)
}

/// Takes it away, for us alone: whoever gets it finishes it.
pub fn take(tx: &mut Tx<'_>, id: SignInId, binding: &TokenHash, now: Time) -> Result<Option<SignIn>, StoreError> {
    let text = "DELETE FROM sign_ins WHERE id = ? AND binding = ? AND expires_at > ? \
                RETURNING user_id, proofs, auth_time";
    let key = id.to_string();
    // It goes with the row.
    let upstream = upstream_sessions::find(tx, Holder::SignIn(id))?;
    let values = [Value::Text(&key), Value::Bytes(binding.as_bytes()), Value::Number(micros(now))];
    let taken: Option<Columns> =
        Statement::new(text, values).returning::<(Text, Text, BigInt)>().get_result(tx.connection).optional()?;
    taken.map(|columns| read(id, columns, upstream)).transpose()
}

/// One more proof; the sign-in goes on.
pub fn set_proofs(tx: &mut Tx<'_>, id: SignInId, proofs: &[Proof]) -> Result<(), StoreError> {
    diesel::update(sign_ins::table.find(id.to_string()))
        .set(sign_ins::proofs.eq(json(proofs)?))
        .execute(tx.connection)?;
    Ok(())
}

/// Nobody goes on with a sign-in to this account that began before now.
pub fn end_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    diesel::delete(sign_ins::table.filter(sign_ins::user_id.eq(user.to_string()))).execute(tx.connection)?;
    Ok(())
}
