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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub user: UserId,
    /// Until when it need not give the second factor again.
    pub trusted_until: Option<Time>,
}

impl Device {
    pub fn is_trusted(&self, now: Time) -> bool {
        self.trusted_until.is_some_and(|until| now < until)
    }
}

/// The device of a live cookie and whom it belongs to.
pub fn find(tx: &mut Tx<'_>, token: &TokenHash, now: Time) -> Result<Option<Device>, StoreError> {
    let query = devices::table
        .filter(devices::token_hash.eq(token.as_bytes().as_slice()))
        .filter(devices::expires_at.gt(micros(now)))
        .select((devices::id, devices::user_id, devices::trusted_until));
    let found: Option<(String, String, Option<i64>)> = query.get_result(tx.connection).optional()?;
    let Some((id, user, trusted_until)) = found else { return Ok(None) };
    let row = Row { table: "devices", id: &id };
    Ok(Some(Device {
        id: row.parse("id", &id)?,
        user: row.parse("user_id", &user)?,
        trusted_until: row.maybe_time("trusted_until", trusted_until)?,
    }))
}

/// The browser need not give the second factor again until then.
pub fn trust(tx: &mut Tx<'_>, id: DeviceId, until: Time) -> Result<(), StoreError> {
    diesel::update(devices::table.find(id.to_string()))
        .set(devices::trusted_until.eq(micros(until)))
        .execute(tx.connection)?;
    Ok(())
}

/// Every browser of the person gives the second factor again.
pub fn distrust_all(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    let own = devices::table.filter(devices::user_id.eq(user.to_string()));
    diesel::update(own).set(devices::trusted_until.eq(None::<i64>)).execute(tx.connection)?;
    Ok(())
}

/// The browser is a stranger from now on.
pub fn revoke(tx: &mut Tx<'_>, id: DeviceId) -> Result<(), StoreError> {
    diesel::delete(devices::table.find(id.to_string())).execute(tx.connection)?;
    Ok(())
}
