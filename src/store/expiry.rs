//! Deletes what time has made worthless, a bounded number of rows at a time so that no other writer waits long.

use diesel::RunQueryDsl;

use super::column::micros;
use super::engine::statement::{Statement, Value};
use super::{StoreError, Tx, logout_notices, outbox, settings};
use crate::domain::Time;
use crate::domain::policy::Limit;

/// What has ended stays a day: for replays of spent codes and tokens, and for those who look into an incident.
const GRACE: chrono::Duration = chrono::Duration::days(1);

/// Each deletes at most a thousand rows that ended before `?`.
const ENDED: [&str; 15] = [
    "DELETE FROM codes WHERE token_hash IN (SELECT token_hash FROM codes WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM refresh_tokens WHERE token_hash IN \
     (SELECT token_hash FROM refresh_tokens WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE ended_at < ? LIMIT 1000)",
    "DELETE FROM revoked_tokens WHERE jti IN (SELECT jti FROM revoked_tokens WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM spent_assertions WHERE (client_id, jti_hash) IN \
     (SELECT client_id, jti_hash FROM spent_assertions WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM artifacts WHERE token_hash IN (SELECT token_hash FROM artifacts WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM spent_states WHERE state IN (SELECT state FROM spent_states WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM mail_codes WHERE id IN (SELECT id FROM mail_codes WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM logouts WHERE id IN (SELECT id FROM logouts WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE expires_at < ? LIMIT 1000)",
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ended_at < ? LIMIT 1000)",
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ends_by < ? LIMIT 1000)",
];
const IDLE: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE last_seen < ? LIMIT 1000)";
const OLD: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE auth_time < ? LIMIT 1000)";

/// How many rows went; ask again while there are any.
pub fn purge(tx: &mut Tx<'_>, now: Time) -> Result<usize, StoreError> {
    let ended = now - GRACE;
    let session = settings::load(tx)?.policy.session;
    let mut gone = 0_usize;
    for text in ENDED {
        gone = gone.saturating_add(delete(tx, text, ended)?);
    }
    // A session without a limit of idleness or age never dies of it; its age counts from the last proof, as in
    // `domain::session`.
    for (text, limit) in [(IDLE, session.idle), (OLD, session.absolute)] {
        if let Limit::At(limit) = limit {
            gone = gone.saturating_add(delete(tx, text, ended - limit)?);
        }
    }
    let gone = gone.saturating_add(outbox::purge(tx, now)?);
    Ok(gone.saturating_add(logout_notices::purge(tx, now)?))
}

fn delete(tx: &mut Tx<'_>, text: &'static str, before: Time) -> Result<usize, StoreError> {
    Ok(Statement::new(text, [Value::Number(micros(before))]).execute(tx.connection)?)
}
