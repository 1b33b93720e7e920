//! Mail that is to leave. It is put in by the transaction that causes it and taken out by `jobs`; a node claims what
//! it is going to send, so that of several nodes one sends it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::column::{Row, clean, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::outbox;
use super::{StoreError, Tx};
use crate::crypto::entropy;
use crate::domain::Time;
use crate::domain::ids::{MailId, UserId};
use crate::domain::mail::{Delivery, Letter};

/// What was sent is listed this long, without what it said.
const SENT_STAYS: chrono::Duration = chrono::Duration::days(1);
/// What could not be sent, or has nobody who would send it, stays this long.
const UNSENT_STAYS: chrono::Duration = chrono::Duration::days(30);

/// A mail as it is listed; never what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub id: MailId,
    pub kind: String,
    pub recipient: String,
    pub state: Delivery,
    pub attempts: u32,
    pub due_at: Time,
    pub expires_at: Option<Time>,
    pub created_at: Time,
    pub ended_at: Option<Time>,
    pub last_error: Option<String>,
}

/// A mail that this node is to send.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: MailId,
    /// How many times it was tried, this one included: whoever claims it later has another number.
    pub attempts: u32,
    pub created_at: Time,
    pub letter: Letter,
}

/// What a letter is sealed for: this row and no other.
fn seal_context(id: &str) -> String {
    format!("outbox.sealed:{id}")
}

/// Puts a mail into the outbox of this transaction: it leaves once that is committed, and never if it is not.
pub fn enqueue(tx: &mut Tx<'_>, letter: &Letter, now: Time) -> Result<MailId, StoreError> {
    let id = MailId::from_uuid(entropy::uuid(now, tx.context.entropy.as_ref()));
    let text = id.to_string();
    let plain = zeroize::Zeroizing::new(json(letter)?);
    let sealed = tx.context.sealer.seal(&seal_context(&text), plain.as_bytes(), tx.context.entropy.as_ref())?;
    let values = (
        outbox::id.eq(&text),
        outbox::user_id.eq(letter.user.to_string()),
        outbox::kind.eq(letter.message.kind()),
        outbox::recipient.eq(clean(letter.to.as_str())),
        outbox::sealed.eq(Some(sealed)),
        outbox::state.eq(Delivery::Queued.name()),
        outbox::attempts.eq(0_i64),
        outbox::due_at.eq(micros(now)),
        outbox::expires_at.eq(letter.message.expires_at().map(micros)),
        outbox::created_at.eq(micros(now)),
        outbox::keep_until.eq(micros(now + UNSENT_STAYS)),
    );
    diesel::insert_into(outbox::table).values(values).execute(tx.connection)?;
    tx.after.mails = tx.after.mails.saturating_add(1);
    Ok(id)
}

/// Takes up to ten mails that are due; until `lease` nobody else takes them. Those whose time is over are given up.
pub fn claim(tx: &mut Tx<'_>, now: Time, lease: Time) -> Result<Vec<Claimed>, StoreError> {
    give_up_expired(tx, now)?;
    let text = "UPDATE outbox SET attempts = attempts + 1, due_at = ?, last_error = NULL WHERE state = 'queued' AND due_at <= ? \
                AND id IN (SELECT id FROM outbox WHERE state = 'queued' AND due_at <= ? ORDER BY due_at, id LIMIT 10) \
                RETURNING id, attempts, created_at, sealed";
    let values = [Value::Number(micros(lease)), Value::Number(micros(now)), Value::Number(micros(now))];
    let rows: Vec<(String, i64, i64, Option<Vec<u8>>)> =
        Statement::new(text, values).returning::<(Text, BigInt, BigInt, Nullable<Binary>)>().load(tx.connection)?;
    let mut claimed = Vec::with_capacity(rows.len());
    for (text, attempts, created_at, sealed) in rows {
        let row = Row { table: "outbox", id: &text };
        let (id, attempts) = (row.parse("id", &text)?, row.small("attempts", attempts)?);
        let created_at = row.time("created_at", created_at)?;
        match open(tx, &text, sealed.as_deref()) {
            Ok(letter) => claimed.push(Claimed { id, attempts, created_at, letter }),
            // One that does not open must not hold up the others.
            Err(fault) => {
                tracing::error!(%fault, mail.id = text, "a mail in the outbox cannot be read");
                bury(tx, (id, attempts), now, "it cannot be read any more")?;
            }
        }
    }
    claimed.sort_by_key(|mail| mail.id);
    Ok(claimed)
}

fn open(tx: &Tx<'_>, id: &str, sealed: Option<&[u8]>) -> Result<Letter, StoreError> {
    let row = Row { table: "outbox", id };
    let sealed = row.some("sealed", sealed)?;
    let plain = tx.context.sealer.open(&seal_context(id), sealed)?;
    row.some("sealed", serde_json::from_slice(&plain).ok())
}

fn give_up_expired(tx: &mut Tx<'_>, now: Time) -> Result<usize, StoreError> {
    let text = "UPDATE outbox SET state = 'dead', ended_at = ?, sealed = NULL, last_error = 'expired before it was sent' \
                WHERE state = 'queued' AND due_at <= ? AND expires_at <= ?";
    let now = Value::Number(micros(now));
    Ok(Statement::new(text, [now, now, now]).execute(tx.connection)?)
}

/// It has left: what it said is erased.
pub fn mark_sent(tx: &mut Tx<'_>, mail: MailId, attempts: u32, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE outbox SET state = 'sent', sealed = NULL, last_error = NULL, ended_at = ?, keep_until = ? \
                WHERE id = ? AND state = 'queued' AND attempts = ?";
    let id = mail.to_string();
    let (ended, keep) = (micros(now), micros(now + SENT_STAYS));
    let values = [Value::Number(ended), Value::Number(keep), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// It is tried again at `due_at`.
pub fn postpone(
    tx: &mut Tx<'_>,
    (mail, attempts): (MailId, u32),
    due_at: Time,
    error: &str,
) -> Result<bool, StoreError> {
    let text = "UPDATE outbox SET due_at = ?, last_error = ? WHERE id = ? AND state = 'queued' AND attempts = ?";
    let (id, error) = (mail.to_string(), clean(error));
    let values = [Value::Number(micros(due_at)), Value::Text(&error), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// It is not tried again unless somebody asks for it.
pub fn bury(tx: &mut Tx<'_>, (mail, attempts): (MailId, u32), now: Time, error: &str) -> Result<bool, StoreError> {
    let text = "UPDATE outbox SET state = 'dead', ended_at = ?, last_error = ? \
                WHERE id = ? AND state = 'queued' AND attempts = ?";
    let (id, error) = (mail.to_string(), clean(error));
    let values = [Value::Number(micros(now)), Value::Text(&error), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// Sends a dead or waiting mail at once. `false` where there is none, nothing left of it to send, or somebody sends it at
/// this moment (tried, without an error yet).
pub fn retry(tx: &mut Tx<'_>, mail: MailId, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE outbox SET state = 'queued', attempts = 0, due_at = ?, ended_at = NULL \
                WHERE id = ? AND state <> 'sent' AND sealed IS NOT NULL AND coalesce(expires_at, ?) >= ? \
                AND NOT (state = 'queued' AND attempts > 0 AND last_error IS NULL AND due_at > ?)";
    let id = mail.to_string();
    let now = Value::Number(micros(now));
    let changed = Statement::new(text, [now, Value::Text(&id), now, now, now]).execute(tx.connection)?;
    if changed > 0 {
        tx.after.mails = tx.after.mails.saturating_add(1);
    }
    Ok(changed > 0)
}

/// When the next mail is to be tried.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Time>, StoreError> {
    let query =
        outbox::table.filter(outbox::state.eq(Delivery::Queued.name())).select(diesel::dsl::min(outbox::due_at));
    let due: Option<i64> = query.get_result(tx.connection)?;
    Row { table: "outbox", id: "next" }.maybe_time("due_at", due)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct EnvelopeRow {
    id: String,
    kind: String,
    recipient: String,
    state: String,
    attempts: i64,
    due_at: i64,
    expires_at: Option<i64>,
    created_at: i64,
    ended_at: Option<i64>,
    last_error: Option<String>,
}

impl EnvelopeRow {
    fn into_envelope(self) -> Result<Envelope, StoreError> {
        let row = Row { table: "outbox", id: &self.id };
        Ok(Envelope {
            id: row.parse("id", &self.id)?,
            state: row.some("state", Delivery::parse(&self.state))?,
            attempts: row.small("attempts", self.attempts)?,
            due_at: row.time("due_at", self.due_at)?,
            expires_at: row.maybe_time("expires_at", self.expires_at)?,
            created_at: row.time("created_at", self.created_at)?,
            ended_at: row.maybe_time("ended_at", self.ended_at)?,
            kind: self.kind,
            recipient: self.recipient,
            last_error: self.last_error,
        })
    }
}

/// The newest first.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Envelope>, StoreError> {
    let query = outbox::table
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(limit.into())
        .select(EnvelopeRow::as_select());
    query.load(tx.connection)?.into_iter().map(EnvelopeRow::into_envelope).collect()
}

/// To one person, the newest first.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Envelope>, StoreError> {
    let query = outbox::table
        .filter(outbox::user_id.eq(user.to_string()))
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .select(EnvelopeRow::as_select());
    query.load(tx.connection)?.into_iter().map(EnvelopeRow::into_envelope).collect()
}

/// What a mail says, as long as it is kept.
pub fn letter(tx: &mut Tx<'_>, mail: MailId) -> Result<Option<Letter>, StoreError> {
    let id = mail.to_string();
    let sealed: Option<Option<Vec<u8>>> =
        outbox::table.find(&id).select(outbox::sealed).get_result(tx.connection).optional()?;
    match sealed.flatten() {
        Some(sealed) => open(tx, &id, Some(&sealed)).map(Some),
        None => Ok(None),
    }
}

/// Removes what need not be kept any more, at most a thousand rows at a time; a secret whose time is over goes at once.
pub(super) fn purge(tx: &mut Tx<'_>, now: Time) -> Result<usize, StoreError> {
    give_up_expired(tx, now)?;
    let erase = "UPDATE outbox SET sealed = NULL WHERE sealed IS NOT NULL AND expires_at <= ?";
    Statement::new(erase, [Value::Number(micros(now))]).execute(tx.connection)?;
    let text = "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE keep_until < ? LIMIT 1000)";
    Ok(Statement::new(text, [Value::Number(micros(now))]).execute(tx.connection)?)
}
