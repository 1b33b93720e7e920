//! Counters of failed attempts (IN-4). The rules are in `domain::attempt`; here a counter is locked, loaded and saved
//! in one transaction.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::column::{Row, hex, micros};
use super::dialect;
use super::engine::statement::{Statement, Value};
use super::schema::{attempt_counters, attempt_leases};
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::attempt::{Counter, Factor, Lease, Lock, Subject};
use crate::domain::ids::UserId;

const UNKNOWN: &str = "unknown:";
/// The first text that sorts after all that begin with `unknown:`.
const AFTER_UNKNOWN: &str = "unknown;";

type CounterColumns = (BigInt, BigInt, BigInt, Nullable<BigInt>, Nullable<BigInt>);
type CounterRow = (i64, i64, i64, Option<i64>, Option<i64>);

fn key(subject: &Subject) -> String {
    match subject {
        Subject::Account(user) => account(*user),
        Subject::Device(device) => format!("device:{device}"),
        Subject::Unknown(mac) => format!("{UNKNOWN}{}", hex(mac)),
    }
}

fn account(user: UserId) -> String {
    format!("account:{user}")
}

/// The counter as it stands, ours until the transaction ends.
pub fn load(tx: &mut Tx<'_>, subject: &Subject, factor: Factor) -> Result<Counter, StoreError> {
    let subject = key(subject);
    dialect::lay_counter(tx.connection, &subject, factor.name())?;
    let text = "SELECT failed, total, level, last_at, locked_until FROM attempt_counters \
                WHERE subject = ? AND factor = ?";
    let found: Option<CounterRow> = Statement::new(text, [Value::Text(&subject), Value::Text(factor.name())])
        .tail(dialect::lock_rows(tx.connection))
        .returning::<CounterColumns>()
        .get_result(tx.connection)
        .optional()?;
    let Some((failed, total, level, last_at, locked_until)) = found else { return Ok(Counter::default()) };
    let row = Row { table: "attempt_counters", id: &subject };
    Ok(Counter {
        failed: row.small("failed", failed)?,
        total: row.small("total", total)?,
        last_at: row.maybe_time("last_at", last_at)?,
        locked_until: row.maybe_time("locked_until", locked_until)?,
        level: row.small("level", level)?,
        leases: leases(tx, &subject, factor)?,
    })
}

fn leases(tx: &mut Tx<'_>, subject: &str, factor: Factor) -> Result<Vec<Lease>, StoreError> {
    let found: Vec<(String, i64)> = attempt_leases::table
        .filter(attempt_leases::subject.eq(subject))
        .filter(attempt_leases::factor.eq(factor.name()))
        .order((attempt_leases::expires_at, attempt_leases::id))
        .select((attempt_leases::id, attempt_leases::expires_at))
        .load(tx.connection)?;
    let lease = |(id, expires_at): (String, i64)| {
        let row = Row { table: "attempt_leases", id: &id };
        Ok(Lease { id: row.parse("id", &id)?, expires_at: row.time("expires_at", expires_at)? })
    };
    found.into_iter().map(lease).collect()
}

/// Writes the counter and exactly its leases.
pub fn save(tx: &mut Tx<'_>, subject: &Subject, factor: Factor, counter: &Counter) -> Result<(), StoreError> {
    let text = "INSERT INTO attempt_counters (subject, factor, failed, total, level, last_at, locked_until) \
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (subject, factor) DO UPDATE SET failed = excluded.failed, \
                total = excluded.total, level = excluded.level, last_at = excluded.last_at, \
                locked_until = excluded.locked_until";
    let subject = key(subject);
    let values = [
        Value::Text(&subject),
        Value::Text(factor.name()),
        Value::Number(counter.failed.into()),
        Value::Number(counter.total.into()),
        Value::Number(counter.level.into()),
        Value::MaybeNumber(counter.last_at.map(micros)),
        Value::MaybeNumber(counter.locked_until.map(micros)),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    let clear = "DELETE FROM attempt_leases WHERE subject = ? AND factor = ?";
    Statement::new(clear, [Value::Text(&subject), Value::Text(factor.name())]).execute(tx.connection)?;
    for lease in &counter.leases {
        let id = lease.id.to_string();
        let values = (
            attempt_leases::id.eq(&id),
            attempt_leases::subject.eq(&subject),
            attempt_leases::factor.eq(factor.name()),
            attempt_leases::expires_at.eq(micros(lease.expires_at)),
        );
        diesel::insert_into(attempt_leases::table).values(values).execute(tx.connection)?;
    }
    Ok(())
}

/// Forgets the failures of an account, with every factor. What is being evaluated still counts.
pub fn clear(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    let text = "UPDATE attempt_counters SET failed = 0, total = 0, level = 0, locked_until = NULL WHERE subject = ?";
    Statement::new(text, [Value::Text(&account(user))]).execute(tx.connection)?;
    Ok(())
}

/// The same with one factor alone.
pub fn clear_factor(tx: &mut Tx<'_>, user: UserId, factor: Factor) -> Result<(), StoreError> {
    let text = "UPDATE attempt_counters SET failed = 0, total = 0, level = 0, locked_until = NULL \
                WHERE subject = ? AND factor = ?";
    Statement::new(text, [Value::Text(&account(user)), Value::Text(factor.name())]).execute(tx.connection)?;
    Ok(())
}

/// What is being tried with one factor comes to nothing, in browsers that are known too: it is neither a failure nor,
/// once it is settled, a success.
pub fn end_leases(tx: &mut Tx<'_>, user: UserId, factor: Factor) -> Result<(), StoreError> {
    let text = "DELETE FROM attempt_leases WHERE factor = ? AND (subject = ? \
                OR subject IN (SELECT 'device:' || id FROM devices WHERE user_id = ?))";
    let (subject, user) = (account(user), user.to_string());
    let values = [Value::Text(factor.name()), Value::Text(&subject), Value::Text(&user)];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// How long the account is locked, if it ever was; the time may have passed.
pub fn locked_until(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Time>, StoreError> {
    let subject = account(user);
    let query = attempt_counters::table
        .filter(attempt_counters::subject.eq(&subject))
        .select(diesel::dsl::max(attempt_counters::locked_until));
    let until: Option<i64> = query.get_result(tx.connection)?;
    Row { table: "attempt_counters", id: &subject }.maybe_time("locked_until", until)
}

/// What keeps the account locked at this time, the longest lock first.
pub fn locks(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<Vec<Lock>, StoreError> {
    let subject = account(user);
    let rows: Vec<(String, i64, Option<i64>)> = attempt_counters::table
        .filter(attempt_counters::subject.eq(&subject))
        .select((attempt_counters::factor, attempt_counters::total, attempt_counters::locked_until))
        .load(tx.connection)?;
    let row = Row { table: "attempt_counters", id: &subject };
    let mut locks = Vec::new();
    for (factor, total, until) in rows {
        let factor = row.some("factor", Factor::parse(&factor))?;
        let failures = row.small("total", total)?;
        let until = row.maybe_time("locked_until", until)?.filter(|until| *until > now);
        if failures >= factor.ceiling() {
            locks.push(Lock { factor, failures, until: None });
        } else if until.is_some() {
            locks.push(Lock { factor, failures, until });
        }
    }
    locks.sort_by_key(|lock| (lock.until.is_some(), std::cmp::Reverse(lock.until)));
    Ok(locks)
}

/// Keeps the counters of names nobody has bounded: those that rested since `before` go, and all but `keep`.
pub fn purge_unknown(tx: &mut Tx<'_>, before: Time, keep: u32) -> Result<usize, StoreError> {
    let range = [Value::Text(UNKNOWN), Value::Text(AFTER_UNKNOWN), Value::Number(micros(before))];
    let rested = "DELETE FROM attempt_counters WHERE subject >= ? AND subject < ? AND coalesce(last_at, 0) < ?";
    let rested = Statement::new(rested, range).execute(tx.connection)?;
    let surplus = "DELETE FROM attempt_counters WHERE subject IN (SELECT subject FROM attempt_counters \
                   WHERE subject >= ? AND subject < ? ORDER BY coalesce(last_at, 0) DESC, subject \
                   LIMIT 1000 OFFSET ?)";
    let range = [Value::Text(UNKNOWN), Value::Text(AFTER_UNKNOWN), Value::Number(keep.into())];
    let surplus = Statement::new(surplus, range).execute(tx.connection)?;
    Ok(rested.saturating_add(surplus))
}
