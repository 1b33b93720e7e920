//! Browsers that have completed a sign-in before: they keep a counter of their own (`domain::attempt`).

use diesel::prelude::*;

use super::column::{Row, micros};
use super::schema::devices;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::{DeviceId, UserId};
use crate::domain::secret::TokenHash;

pub fn insert(
    tx: &mut Tx<'_>,
    id: DeviceId,
    token: &TokenHash,
    user: UserId,
    (now, expires_at): (Time, Time),
) -> Result<(), StoreError> {
    let values = (
        devices::id.eq(id.to_string()),
        devices::token_hash.eq(token.as_bytes().as_slice()),
        devices::user_id.eq(user.to_string()),
        devices::created_at.eq(micros(now)),
        devices::expires_at.eq(micros(expires_at)),
    );
    diesel::insert_into(devices::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// The device of a live cookie and whom it belongs to.
pub fn find(tx: &mut Tx<'_>, token: &TokenHash, now: Time) -> Result<Option<(DeviceId, UserId)>, StoreError> {
    let query = devices::table
        .filter(devices::token_hash.eq(token.as_bytes().as_slice()))
        .filter(devices::expires_at.gt(micros(now)))
        .select((devices::id, devices::user_id));
    let found: Option<(String, String)> = query.get_result(tx.connection).optional()?;
    let Some((id, user)) = found else { return Ok(None) };
    let row = Row { table: "devices", id: &id };
    Ok(Some((row.parse("id", &id)?, row.parse("user_id", &user)?)))
}

/// The browser is a stranger from now on.
pub fn revoke(tx: &mut Tx<'_>, id: DeviceId) -> Result<(), StoreError> {
    diesel::delete(devices::table.find(id.to_string())).execute(tx.connection)?;
    Ok(())
}
