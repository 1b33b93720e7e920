//! People who are not kept (IN-10): a tenant in broker mode has a row for somebody only as long as one of their sessions
//! lives. The transaction that ends the last one forgets them; what ends by time is forgotten by [`purge`], and is not
//! served until then. Their ids say who they are (`UserId::is_transient`), so that ordinary people cost no look.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::column::{Row, micros};
use super::dialect;
use super::engine::statement::{Statement, Value};
use super::{StoreError, Tx, sessions, settings, users};
use crate::domain::Time;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::user::{Profile, User, UserStatus, Username};

/// As `users_transient` has it: the version of the id.
const ALL: &str = "SELECT id FROM users WHERE substr(id, 15, 1) = '8' ORDER BY id";

/// Somebody may have lost their last session, or never got one: looked at when the transaction is about to end. The row
/// is ours from here on, so that nobody comes back to it meanwhile.
pub fn depart(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    if user.is_transient() && !tx.after.leaving.contains(&user) {
        lock(tx, user)?;
        tx.after.leaving.push(user);
    }
    Ok(())
}

/// Before the commit.
pub(super) fn forget_leaving(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    for user in std::mem::take(&mut tx.after.leaving) {
        forget(tx, user)?;
    }
    Ok(())
}

/// Whether what hangs from this session may still be given out. Of everybody else it is decided elsewhere.
pub fn stands(tx: &mut Tx<'_>, user: &User, session: SessionId, now: Time) -> Result<bool, StoreError> {
    if !user.is_transient() {
        return Ok(true);
    }
    let policy = settings::load(tx)?.policy;
    let limits = policy.for_roles(&user.roles).session;
    Ok(sessions::find_by_id(tx, session)?.is_some_and(|session| session.is_live(&limits, now)))
}

/// What time has ended. How many people went.
pub fn purge(tx: &mut Tx<'_>, now: Time) -> Result<usize, StoreError> {
    let policy = settings::load(tx)?.policy;
    let mut gone = 0_usize;
    for id in all(tx)? {
        lock(tx, id)?;
        let Some(user) = users::find(tx, id)? else { continue };
        let limits = policy.for_roles(&user.roles).session;
        for session in sessions::list_for_user(tx, id)? {
            if !session.is_live(&limits, now) {
                execute(tx, "DELETE FROM sessions WHERE id = ?", &session.id.to_string())?;
            }
        }
        let over = "DELETE FROM logouts WHERE user_id = ? AND expires_at <= ?";
        let text = id.to_string();
        Statement::new(over, [Value::Text(&text), Value::Number(micros(now))]).execute(tx.connection)?;
        gone = gone.saturating_add(usize::from(forget(tx, id)?));
    }
    Ok(gone)
}

/// Everybody, with sessions or without: the tenant keeps people again.
pub fn end_all(tx: &mut Tx<'_>, now: Time) -> Result<(), StoreError> {
    for id in all(tx)? {
        sessions::end_for_user(tx, id, now)?;
        depart(tx, id)?;
    }
    Ok(())
}

fn all(tx: &mut Tx<'_>) -> Result<Vec<UserId>, StoreError> {
    let ids: Vec<String> = Statement::new(ALL, []).returning::<Text>().load(tx.connection)?;
    ids.iter().map(|id| Row { table: "users", id }.parse("id", id)).collect()
}

fn lock(tx: &mut Tx<'_>, user: UserId) -> Result<(), StoreError> {
    let lock = dialect::lock_rows(tx.connection);
    let id = user.to_string();
    let statement = Statement::new("SELECT id FROM users WHERE id = ?", [Value::Text(&id)]).tail(lock);
    let _held: Option<String> = statement.returning::<Text>().get_result(tx.connection).optional()?;
    Ok(())
}

/// Whether the person is gone. Whoever has a session elsewhere loses what hung from the ended ones. A logout that is on
/// its way through a browser needs the row: it stays without anything in it, and goes with the logout.
fn forget(tx: &mut Tx<'_>, user: UserId) -> Result<bool, StoreError> {
    let id = user.to_string();
    execute(tx, "DELETE FROM sessions WHERE ended_at IS NOT NULL AND user_id = ?", &id)?;
    execute(
        tx,
        "DELETE FROM grants WHERE user_id = ? AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = grants.session_id)",
        &id,
    )?;
    if count(tx, "SELECT count(*) FROM sessions WHERE user_id = ?", &id)? > 0 {
        return Ok(false);
    }
    execute(tx, "DELETE FROM attempt_counters WHERE subject = 'account:' || ?", &id)?;
    if count(tx, "SELECT count(*) FROM logouts WHERE user_id = ?", &id)? == 0 {
        return Ok(execute(tx, "DELETE FROM users WHERE id = ?", &id)? > 0);
    }
    for text in [
        "DELETE FROM consents WHERE user_id = ?",
        "DELETE FROM name_ids WHERE user_id = ?",
        "DELETE FROM artifacts WHERE user_id = ?",
        "DELETE FROM sign_ins WHERE user_id = ?",
    ] {
        execute(tx, text, &id)?;
    }
    let Some(before) = users::find(tx, user)? else { return Ok(true) };
    users::update(tx, &blank(&before)?)?;
    Ok(false)
}

fn blank(user: &User) -> Result<User, StoreError> {
    let id = user.id.to_string();
    let username = Username::parse(&id).map_err(|_never| Row { table: "users", id: &id }.corrupt("id"))?;
    Ok(User {
        id: user.id,
        username,
        email: None,
        email_verified: false,
        locale: None,
        profile: Profile::default(),
        roles: std::collections::BTreeSet::new(),
        groups: std::collections::BTreeSet::new(),
        status: UserStatus::Active,
        created_at: user.created_at,
        updated_at: user.updated_at,
    })
}

fn execute(tx: &mut Tx<'_>, text: &'static str, id: &str) -> Result<usize, StoreError> {
    Ok(Statement::new(text, [Value::Text(id)]).execute(tx.connection)?)
}

fn count(tx: &mut Tx<'_>, text: &'static str, id: &str) -> Result<i64, StoreError> {
    Ok(Statement::new(text, [Value::Text(id)]).returning::<BigInt>().get_result(tx.connection)?)
}
