//! Codes for the day the authenticator app is lost: each works once.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::recovery_codes;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;

/// New ones; whatever was there before is worth nothing.
pub fn replace(tx: &mut Tx<'_>, user: UserId, macs: &[[u8; 32]], now: Time) -> Result<(), StoreError> {
    remove_all(tx, user)?;
    for mac in macs {
        let values = (
            recovery_codes::user_id.eq(user.to_string()),
            recovery_codes::mac.eq(mac.as_slice()),
            recovery_codes::created_at.eq(micros(now)),
        );
        diesel::insert_into(recovery_codes::table).values(values).execute(tx.connection)?;
    }
    Ok(())
}

/// When the codes of now were made; `None`: there are none.
pub fn made_at(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Time>, StoreError> {
    let own = recovery_codes::table.filter(recovery_codes::user_id.eq(user.to_string()));
    let newest: Option<i64> = own.select(max(recovery_codes::created_at)).get_result(tx.connection)?;
    Row { table: "recovery_codes", id: &user.to_string() }.maybe_time("created_at", newest)
}

/// Whether this code was there and unspent; now it is spent.
pub fn spend(tx: &mut Tx<'_>, user: UserId, mac: &[u8; 32], now: Time) -> Result<bool, StoreError> {
    let text =
        "UPDATE recovery_codes SET spent_at = ? WHERE user_id = ? AND mac = ? AND spent_at IS NULL RETURNING user_id";
    let user = user.to_string();
    let values = [Value::Number(micros(now)), Value::Text(&user), Value::Bytes(mac)];
    let spent: Option<String> =
        Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(spent.is_some())
}

/// How many can still be used.
pub fn left(tx: &mut Tx<'_>, user: UserId) -> Result<u32, StoreError> {
    let unspent = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user.to_string()))
        .filter(recovery_codes::spent_at.is_null());
    let count: i64 = unspent.select(count_star()).get_result(tx.connection)?;
    Ok(u32::try_from(count).unwrap_or_default())
}

pub fn remove_all(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    let own = recovery_codes::table.filter(recovery_codes::user_id.eq(user.to_string()));
    diesel::delete(own).execute(tx.connection)?;
    Ok(())
}
