//! What applications were given, and the codes and refresh tokens that hang from it. Ending a grant ends them all.

mod bearer;
mod code;
mod refresh;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

pub use self::bearer::{Standing, find_standing};
pub use self::code::redeem_code;
pub use self::refresh::{NewRefresh, RefreshToken, find_refresh, issue_refresh, spend_refresh};
use super::column::{Row, json, micros};
use super::dialect::MultiBackend;
use super::engine::statement::{Statement, Value};
use super::schema::grants;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::grant::{CodeBinding, Grant, GrantEnd};
use crate::domain::ids::{ClientId, GrantId, SessionId, UserId};
use crate::domain::secret::TokenHash;

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
struct GrantRow {
    id: String,
    user_id: String,
    client_id: String,
    session_id: String,
    scopes: String,
    claims: String,
    claims_locales: String,
    nonce: Option<String>,
    auth_time: i64,
    amr: String,
    acr: String,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
}

impl GrantRow {
    fn into_grant(self) -> Result<Grant, StoreError> {
        let row = Row { table: "grants", id: &self.id };
        Ok(Grant {
            id: row.parse("id", &self.id)?,
            user: row.parse("user_id", &self.user_id)?,
            client: row.text("client_id", self.client_id)?,
            session: row.parse("session_id", &self.session_id)?,
            scopes: row.json("scopes", &self.scopes)?,
            claims: row.json("claims", &self.claims)?,
            claims_locales: row.json("claims_locales", &self.claims_locales)?,
            nonce: self.nonce.map(|nonce| row.json("nonce", &nonce)).transpose()?,
            auth_time: row.time("auth_time", self.auth_time)?,
            amr: row.json("amr", &self.amr)?,
            acr: self.acr,
            created_at: row.time("created_at", self.created_at)?,
            expires_at: row.time("expires_at", self.expires_at)?,
            ended_at: row.maybe_time("ended_at", self.ended_at)?,
        })
    }
}

/// The grant and its one code.
pub fn insert(tx: &mut Tx<'_>, grant: &Grant, code: &TokenHash, binding: &CodeBinding) -> Result<(), StoreError> {
    let values = (
        grants::id.eq(grant.id.to_string()),
        grants::user_id.eq(grant.user.to_string()),
        grants::client_id.eq(grant.client.as_str()),
        grants::session_id.eq(grant.session.to_string()),
        grants::scopes.eq(json(&grant.scopes)?),
        grants::claims.eq(json(&grant.claims)?),
        grants::claims_locales.eq(json(&grant.claims_locales)?),
        grants::nonce.eq(grant.nonce.as_ref().map(json).transpose()?),
        grants::auth_time.eq(micros(grant.auth_time)),
        grants::amr.eq(json(&grant.amr)?),
        grants::acr.eq(&grant.acr),
        grants::offline.eq(grant.is_offline()),
        grants::created_at.eq(micros(grant.created_at)),
        grants::expires_at.eq(micros(grant.expires_at)),
        grants::ended_at.eq(grant.ended_at.map(micros)),
    );
    diesel::insert_into(grants::table).values(values).execute(tx.connection)?;
    code::insert(tx, grant.id, code, binding)
}

/// What a statement written by hand selects for a [`GrantRow`], in its order.
type GrantColumns = diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<GrantRow, MultiBackend>>;

pub fn find(tx: &mut Tx<'_>, id: GrantId) -> Result<Option<Grant>, StoreError> {
    row(tx, &id.to_string())?.map(GrantRow::into_grant).transpose()
}

/// The grant that a code or token names: there always is one, the database sees to it.
fn load(tx: &mut Tx<'_>, id: &str) -> Result<Grant, StoreError> {
    row(tx, id)?.ok_or(Row { table: "grants", id }.corrupt("id"))?.into_grant()
}

fn row(tx: &mut Tx<'_>, id: &str) -> Result<Option<GrantRow>, StoreError> {
    let text = "SELECT id, user_id, client_id, session_id, scopes, claims, claims_locales, nonce, auth_time, amr, acr, \
                created_at, expires_at, ended_at FROM grants WHERE id = ?";
    let statement = Statement::new(text, [Value::Text(id)]).returning::<GrantColumns>();
    Ok(statement.get_result(tx.connection).optional()?)
}

/// Whether it was we who ended it.
pub fn end(tx: &mut Tx<'_>, id: GrantId, why: GrantEnd, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE grants SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL RETURNING id";
    let id = id.to_string();
    let values = [Value::Number(micros(now)), Value::Text(why.name()), Value::Text(&id)];
    let ended: Option<String> =
        Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(ended.is_some())
}

/// All but those with offline access, which outlive their session. How many were ended.
pub fn end_for_session(tx: &mut Tx<'_>, session: SessionId, why: GrantEnd, now: Time) -> Result<usize, StoreError> {
    let live = grants::table
        .filter(grants::session_id.eq(session.to_string()))
        .filter(grants::offline.eq(false))
        .filter(grants::ended_at.is_null());
    let end = (grants::ended_at.eq(micros(now)), grants::end_reason.eq(why.name()));
    Ok(diesel::update(live).set(end).execute(tx.connection)?)
}

/// What was granted in any session of the person but this one, offline access too. How many were ended.
pub fn end_for_others(
    tx: &mut Tx<'_>,
    user: UserId,
    kept: SessionId,
    (why, now): (GrantEnd, Time),
) -> Result<usize, StoreError> {
    let live = grants::table
        .filter(grants::user_id.eq(user.to_string()))
        .filter(grants::session_id.ne(kept.to_string()))
        .filter(grants::ended_at.is_null());
    let end = (grants::ended_at.eq(micros(now)), grants::end_reason.eq(why.name()));
    Ok(diesel::update(live).set(end).execute(tx.connection)?)
}

/// Offline access too. How many were ended.
pub fn end_for_user(tx: &mut Tx<'_>, user: UserId, why: GrantEnd, now: Time) -> Result<usize, StoreError> {
    let live = grants::table.filter(grants::user_id.eq(user.to_string())).filter(grants::ended_at.is_null());
    let end = (grants::ended_at.eq(micros(now)), grants::end_reason.eq(why.name()));
    Ok(diesel::update(live).set(end).execute(tx.connection)?)
}

/// Whatever the person gave one application. How many were ended.
pub fn end_for_client(
    tx: &mut Tx<'_>,
    (user, client): (UserId, &ClientId),
    why: GrantEnd,
    now: Time,
) -> Result<usize, StoreError> {
    let live = grants::table
        .filter(grants::user_id.eq(user.to_string()))
        .filter(grants::client_id.eq(client.as_str()))
        .filter(grants::ended_at.is_null());
    let end = (grants::ended_at.eq(micros(now)), grants::end_reason.eq(why.name()));
    Ok(diesel::update(live).set(end).execute(tx.connection)?)
}

/// A grant as its person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub grant: Grant,
    /// When a token was last fetched with it.
    pub used_at: Time,
}

/// What stands now, the oldest first.
pub fn live_of_user(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<Vec<Held>, StoreError> {
    let id = user.to_string();
    let text = "SELECT r.grant_id, MAX(r.issued_at) FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id \
                WHERE g.user_id = ? AND g.ended_at IS NULL GROUP BY r.grant_id";
    let renewals: Vec<(String, i64)> =
        Statement::new(text, [Value::Text(&id)]).returning::<(Text, BigInt)>().load(tx.connection)?;
    let renewed: std::collections::HashMap<String, i64> = renewals.into_iter().collect();
    let rows: Vec<GrantRow> = grants::table
        .filter(grants::user_id.eq(&id))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(micros(now)))
        .order(grants::id)
        .select(GrantRow::as_select())
        .load(tx.connection)?;
    let held = |row: GrantRow| {
        let at = renewed.get(&row.id).copied().unwrap_or(row.created_at);
        let used_at = Row { table: "refresh_tokens", id: &row.id }.time("issued_at", at)?;
        Ok(Held { used_at, grant: row.into_grant()? })
    };
    rows.into_iter().map(held).collect()
}
