//! Browsers that are signed in. Known by the hash of their cookie.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, clean, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::sessions;
use super::{StoreError, Tx, audit, dialect, logout_notices, participants, transients};
use crate::domain::Time;
use crate::domain::assurance::Proof;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::{SessionId, UserId};
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct SessionRow {
    id: String,
    user_id: String,
    created_at: i64,
    auth_time: i64,
    last_seen: i64,
    amr: String,
    ended_at: Option<i64>,
    ends_by: Option<i64>,
}

impl SessionRow {
    fn into_session(self) -> Result<Session, StoreError> {
        let row = Row { table: "sessions", id: &self.id };
        Ok(Session {
            id: row.parse("id", &self.id)?,
            user: row.parse("user_id", &self.user_id)?,
            created_at: row.time("created_at", self.created_at)?,
            auth_time: row.time("auth_time", self.auth_time)?,
            last_seen: row.time("last_seen", self.last_seen)?,
            proofs: row.json("amr", &self.amr)?,
            ended_at: row.maybe_time("ended_at", self.ended_at)?,
            ends_by: row.maybe_time("ends_by", self.ends_by)?,
        })
    }
}

pub fn insert(tx: &mut Tx<'_>, session: &Session, token: &TokenHash, origin: &Origin) -> Result<(), StoreError> {
    let values = (
        sessions::id.eq(session.id.to_string()),
        sessions::token_hash.eq(token.as_bytes().as_slice()),
        sessions::user_id.eq(session.user.to_string()),
        sessions::created_at.eq(micros(session.created_at)),
        sessions::auth_time.eq(micros(session.auth_time)),
        sessions::last_seen.eq(micros(session.last_seen)),
        sessions::amr.eq(json(&session.proofs)?),
        sessions::address.eq(origin.address.map(|address| address.to_string())),
        sessions::user_agent.eq(origin.user_agent.as_deref().map(clean)),
        sessions::ended_at.eq(session.ended_at.map(micros)),
        sessions::ends_by.eq(session.ends_by.map(micros)),
    );
    diesel::insert_into(sessions::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// Ended sessions too: whether it stands is the domain's question.
pub fn find(tx: &mut Tx<'_>, token: &TokenHash) -> Result<Option<Session>, StoreError> {
    let query =
        sessions::table.filter(sessions::token_hash.eq(token.as_bytes().as_slice())).select(SessionRow::as_select());
    query.get_result(tx.connection).optional()?.map(SessionRow::into_session).transpose()
}

/// To rely on it: nobody ends it before this transaction ends.
pub fn hold(tx: &mut Tx<'_>, token: &TokenHash) -> Result<(), StoreError> {
    let lock = dialect::hold_rows(tx.connection);
    let statement = Statement::new("SELECT id FROM sessions WHERE token_hash = ?", [Value::Bytes(token.as_bytes())]);
    let _held: Option<String> = statement.tail(lock).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(())
}

pub fn find_by_id(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Session>, StoreError> {
    let query = sessions::table.find(id.to_string()).select(SessionRow::as_select());
    query.get_result(tx.connection).optional()?.map(SessionRow::into_session).transpose()
}

/// A new proof by the same person in the same browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    pub auth_time: Time,
    pub last_seen: Time,
    pub proofs: Vec<Proof>,
    pub ends_by: Option<Time>,
}

/// The same session after a new proof, under a new cookie; the old one is worth nothing.
pub fn renew(tx: &mut Tx<'_>, id: SessionId, token: &TokenHash, renewal: &Renewal) -> Result<(), StoreError> {
    let changed = diesel::update(sessions::table.find(id.to_string()).filter(sessions::ended_at.is_null()))
        .set((
            sessions::token_hash.eq(token.as_bytes().as_slice()),
            sessions::auth_time.eq(micros(renewal.auth_time)),
            sessions::last_seen.eq(micros(renewal.last_seen)),
            sessions::amr.eq(json(&renewal.proofs)?),
            sessions::ends_by.eq(renewal.ends_by.map(micros)),
        ))
        .execute(tx.connection)?;
    if changed == 0 { Err(StoreError::Missing("live session")) } else { Ok(()) }
}

/// Never moves backwards: touches may arrive out of order.
pub fn touch(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<(), StoreError> {
    let text = "UPDATE sessions SET last_seen = ? WHERE id = ? AND last_seen < ?";
    let (id, now) = (id.to_string(), micros(now));
    Statement::new(text, [Value::Number(now), Value::Text(&id), Value::Number(now)]).execute(tx.connection)?;
    Ok(())
}

/// A browser of the person's is trusted no longer: no session is let off by one any more.
pub(super) fn rest_on_no_browser(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    let live = sessions::table.filter(sessions::user_id.eq(user.to_string())).filter(sessions::ended_at.is_null());
    let rows: Vec<(String, String)> = live.select((sessions::id, sessions::amr)).load(tx.connection)?;
    for (id, proofs) in rows {
        let mut proofs: Vec<Proof> = Row { table: "sessions", id: &id }.json("amr", &proofs)?;
        if proofs.contains(&Proof::KnownDevice) {
            proofs.retain(|proof| *proof != Proof::KnownDevice);
            diesel::update(sessions::table.find(&id)).set(sessions::amr.eq(json(&proofs)?)).execute(tx.connection)?;
        }
    }
    Ok(())
}

/// Whether it was we who ended it. Applications that take notices get one; those that are told through the browser are
/// the caller's.
pub fn end(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL RETURNING user_id";
    let text_id = id.to_string();
    let ended: Option<String> = Statement::new(text, [Value::Number(micros(now)), Value::Text(&text_id)])
        .returning::<Text>()
        .get_result(tx.connection)
        .optional()?;
    let Some(user) = ended else { return Ok(false) };
    let user = Row { table: "sessions", id: &text_id }.parse("user_id", &user)?;
    transients::depart(tx, user)?;
    logout_notices::queue(tx, id, user, now)?;
    Ok(true)
}

/// The same where the session's browser is not at hand.
pub fn end_unseen(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<bool, StoreError> {
    let ended = end(tx, id, now)?;
    if ended {
        untold(tx, id, now)?;
    }
    Ok(ended)
}

/// How many were ended.
pub fn end_for_user(tx: &mut Tx<'_>, user: UserId, now: Time) -> Result<usize, StoreError> {
    let live = sessions::table.filter(sessions::user_id.eq(user.to_string())).filter(sessions::ended_at.is_null());
    let ids = live.select(sessions::id).load(tx.connection)?;
    end_each(tx, &ids, now)
}

/// Every session of the person but this one. How many were ended.
pub fn end_others(tx: &mut Tx<'_>, user: UserId, kept: SessionId, now: Time) -> Result<usize, StoreError> {
    let others = sessions::table
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::id.ne(kept.to_string()))
        .filter(sessions::ended_at.is_null());
    let ids = others.select(sessions::id).load(tx.connection)?;
    end_each(tx, &ids, now)
}

fn end_each(tx: &mut Tx<'_>, ids: &[String], now: Time) -> Result<usize, StoreError> {
    let mut ended = 0_usize;
    for id in ids {
        let id = Row { table: "sessions", id }.parse("id", id)?;
        ended = ended.saturating_add(usize::from(end_unseen(tx, id, now)?));
    }
    Ok(ended)
}

/// An application that was told of the session by an assertion can be told of its end through the browser only: that it
/// was not stands in the log.
fn untold(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<(), StoreError> {
    for told in participants::of_session(tx, id)? {
        let event =
            Event::new(now, EventKind::LogoutUntold, Outcome::Failure, Actor::System, &Origin::default()).session(id);
        audit::put_aside(tx, event.user(told.user).application(&told.application));
    }
    Ok(())
}

/// The newest first.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Session>, StoreError> {
    let query = sessions::table
        .filter(sessions::user_id.eq(user.to_string()))
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .select(SessionRow::as_select());
    query.load(tx.connection)?.into_iter().map(SessionRow::into_session).collect()
}

/// A session with what the browser said when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub session: Session,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// Those that were not ended, the one used last first. Whether they still stand is the domain's question.
pub fn seen_of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Seen>, StoreError> {
    let query = sessions::table
        .filter(sessions::user_id.eq(user.to_string()))
        .filter(sessions::ended_at.is_null())
        .order((sessions::last_seen.desc(), sessions::id.desc()))
        .select((SessionRow::as_select(), sessions::address, sessions::user_agent));
    let rows: Vec<(SessionRow, Option<String>, Option<String>)> = query.load(tx.connection)?;
    let seen =
        |(row, address, user_agent): (SessionRow, _, _)| Ok(Seen { session: row.into_session()?, address, user_agent });
    rows.into_iter().map(seen).collect()
}
