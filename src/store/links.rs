//! Links that were mailed, known by the hash of their secret. Spent by one conditional update, so that of any number of
//! attempts at once exactly one succeeds.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::column::{Row, micros};
use super::dialect;
use super::engine::statement::{Statement, Value};
use super::schema::links;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::link::{Link, LinkEnd, Purpose};
use crate::domain::secret::TokenHash;
use crate::domain::user::{EmailAddress, User};

type LinkColumns = (Text, Text, Nullable<Text>, Nullable<Text>, BigInt, BigInt);
type LinkRow = (String, String, Option<String>, Option<String>, i64, i64);

fn into_link(
    purpose: Purpose,
    (id, user, address, target, created_at, expires_at): LinkRow,
) -> Result<Link, StoreError> {
    let row = Row { table: "links", id: &id };
    Ok(Link {
        id: row.parse("id", &id)?,
        purpose,
        user: row.parse("user_id", &user)?,
        address,
        target: target.map(|target| row.text("target", target)).transpose()?,
        created_at: row.time("created_at", created_at)?,
        expires_at: row.time("expires_at", expires_at)?,
    })
}

/// A new link; those of the same purpose before it open nothing any more.
pub fn issue(tx: &mut Tx<'_>, link: &Link, token: &TokenHash) -> Result<(), StoreError> {
    let user = link.user.to_string();
    // Two at once must see each other, or both would live.
    let _ours: Option<String> = Statement::new("SELECT id FROM users WHERE id = ?", [Value::Text(&user)])
        .tail(dialect::lock_rows(tx.connection))
        .returning::<Text>()
        .get_result(tx.connection)
        .optional()?;
    let text = "UPDATE links SET ended_at = ?, end_reason = ? WHERE user_id = ? AND kind = ? AND ended_at IS NULL";
    let values = [
        Value::Number(micros(link.created_at)),
        Value::Text(LinkEnd::Superseded.name()),
        Value::Text(&user),
        Value::Text(link.purpose.name()),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    let values = (
        links::id.eq(link.id.to_string()),
        links::token_hash.eq(token.as_bytes().as_slice()),
        links::kind.eq(link.purpose.name()),
        links::user_id.eq(&user),
        links::address.eq(&link.address),
        links::target.eq(link.target.as_ref().map(EmailAddress::as_str)),
        links::created_at.eq(micros(link.created_at)),
        links::expires_at.eq(micros(link.expires_at)),
    );
    diesel::insert_into(links::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// The link, if it still opens something. Looking spends nothing.
pub fn find(tx: &mut Tx<'_>, purpose: Purpose, token: &TokenHash, now: Time) -> Result<Option<Link>, StoreError> {
    let query = links::table
        .filter(links::token_hash.eq(token.as_bytes().as_slice()))
        .filter(links::kind.eq(purpose.name()))
        .filter(links::ended_at.is_null())
        .filter(links::expires_at.gt(micros(now)))
        .select((links::id, links::user_id, links::address, links::target, links::created_at, links::expires_at));
    let found: Option<LinkRow> = query.get_result(tx.connection).optional()?;
    found.map(|row| into_link(purpose, row)).transpose()
}

/// Spends the link if it still opens something.
pub fn spend(tx: &mut Tx<'_>, purpose: Purpose, token: &TokenHash, now: Time) -> Result<Option<Link>, StoreError> {
    let text = "UPDATE links SET ended_at = ?, end_reason = ? \
                WHERE token_hash = ? AND kind = ? AND ended_at IS NULL AND expires_at > ? \
                RETURNING id, user_id, address, target, created_at, expires_at";
    let values = [
        Value::Number(micros(now)),
        Value::Text(LinkEnd::Spent.name()),
        Value::Bytes(token.as_bytes()),
        Value::Text(purpose.name()),
        Value::Number(micros(now)),
    ];
    let spent: Option<LinkRow> =
        Statement::new(text, values).returning::<LinkColumns>().get_result(tx.connection).optional()?;
    spent.map(|row| into_link(purpose, row)).transpose()
}

/// How many of a purpose were made for this person since then.
pub fn count_since(tx: &mut Tx<'_>, user: UserId, purpose: Purpose, since: Time) -> Result<u32, StoreError> {
    let query = links::table
        .filter(links::user_id.eq(user.to_string()))
        .filter(links::kind.eq(purpose.name()))
        .filter(links::created_at.gt(micros(since)))
        .count();
    let count: i64 = query.get_result(tx.connection)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// After another password: whoever had a link before has nothing.
pub(super) fn end_for_password(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<(), StoreError> {
    let text = "UPDATE links SET ended_at = ?, end_reason = ? WHERE user_id = ? AND ended_at IS NULL";
    let user = user.to_string();
    let values = [Value::Number(micros(now)), Value::Text(LinkEnd::AccountChanged.name()), Value::Text(&user)];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// After any change of the account: links made for another address are dead, and all of a closed account.
pub(super) fn end_for_change(tx: &mut Tx<'_>, user: &User) -> Result<(), StoreError> {
    if !user.is_active() {
        return end_for_password(tx, user.id, user.updated_at);
    }
    let text = "UPDATE links SET ended_at = ?, end_reason = ? \
                WHERE user_id = ? AND ended_at IS NULL AND coalesce(address, '') <> ?";
    let (id, key) = (user.id.to_string(), user.email.as_ref().map(EmailAddress::key).unwrap_or_default());
    let values = [
        Value::Number(micros(user.updated_at)),
        Value::Text(LinkEnd::AccountChanged.name()),
        Value::Text(&id),
        Value::Text(&key),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}
