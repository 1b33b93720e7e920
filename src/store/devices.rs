//! Browsers that have completed a sign-in before: they keep a counter of their own (`domain::attempt`).

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::column::{Row, clean, micros};
use super::engine::statement::{Statement, Value};
use super::schema::devices;
use super::{StoreError, Tx, sessions};
use crate::domain::Time;
use crate::domain::audit::Origin;
use crate::domain::ids::{DeviceId, SessionId, UserId};
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
    sessions::rest_on_no_browser(tx, user)
}

/// The browser is a stranger from now on.
pub fn revoke(tx: &mut Tx<'_>, id: DeviceId) -> Result<(), StoreError> {
    diesel::delete(devices::table.find(id.to_string())).execute(tx.connection)?;
    Ok(())
}

/// What the browser says of itself, at a sign-in.
pub fn describe(tx: &mut Tx<'_>, id: DeviceId, origin: &Origin, now: Time) -> Result<(), StoreError> {
    let what = (
        devices::user_agent.eq(origin.user_agent.as_deref().map(clean)),
        devices::address.eq(origin.address.map(|address| address.to_string())),
        devices::seen_at.eq(micros(now)),
    );
    diesel::update(devices::table.find(id.to_string())).set(what).execute(tx.connection)?;
    Ok(())
}

/// A browser as its person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub device: Device,
    pub created_at: Time,
    pub expires_at: Time,
    pub seen_at: Option<Time>,
    pub user_agent: Option<String>,
    pub address: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = devices)]
struct KnownRow {
    id: String,
    user_id: String,
    created_at: i64,
    expires_at: i64,
    trusted_until: Option<i64>,
    user_agent: Option<String>,
    address: Option<String>,
    seen_at: Option<i64>,
}

impl KnownRow {
    fn into_known(self) -> Result<Known, StoreError> {
        let row = Row { table: "devices", id: &self.id };
        Ok(Known {
            device: Device {
                id: row.parse("id", &self.id)?,
                user: row.parse("user_id", &self.user_id)?,
                trusted_until: row.maybe_time("trusted_until", self.trusted_until)?,
            },
            created_at: row.time("created_at", self.created_at)?,
            expires_at: row.time("expires_at", self.expires_at)?,
            seen_at: row.maybe_time("seen_at", self.seen_at)?,
            user_agent: self.user_agent,
            address: self.address,
        })
    }
}

/// The newest first.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<Vec<Known>, StoreError> {
    let query = devices::table
        .filter(devices::user_id.eq(user.to_string()))
        .filter(devices::expires_at.gt(micros(now)))
        .order(devices::id.desc())
        .select(KnownRow::as_select());
    query.load(tx.connection)?.into_iter().map(KnownRow::into_known).collect()
}

/// Whether the person has been in any browser before, known or signed in, apart from this session.
pub fn has_company(tx: &mut Tx<'_>, user: UserId, session: SessionId) -> Result<bool, StoreError> {
    let text = "SELECT count(*) FROM (SELECT id FROM devices WHERE user_id = ? UNION ALL \
                SELECT id FROM sessions WHERE user_id = ? AND id <> ?) AS rest";
    let (user, session) = (user.to_string(), session.to_string());
    let values = [Value::Text(&user), Value::Text(&user), Value::Text(&session)];
    let count: i64 = Statement::new(text, values).returning::<BigInt>().get_result(tx.connection)?;
    Ok(count > 0)
}

/// By the person it belongs to; whether it was theirs.
pub fn forget(tx: &mut Tx<'_>, user: UserId, id: DeviceId) -> Result<bool, StoreError> {
    let own = devices::table.find(id.to_string()).filter(devices::user_id.eq(user.to_string()));
    let forgotten = diesel::delete(own).execute(tx.connection)? > 0;
    sessions::rest_on_no_browser(tx, user)?;
    Ok(forgotten)
}

/// How many were forgotten.
pub fn forget_all(tx: &mut Tx<'_>, user: UserId) -> Result<usize, StoreError> {
    let own = devices::table.filter(devices::user_id.eq(user.to_string()));
    let forgotten = diesel::delete(own).execute(tx.connection)?;
    sessions::rest_on_no_browser(tx, user)?;
    Ok(forgotten)
}
