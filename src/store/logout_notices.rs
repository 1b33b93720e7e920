//! Notices to applications that a session has ended (OpenID Connect Back-Channel Logout). They are put in by the
//! transaction that ends it and taken out by `jobs`; a node claims what it is going to send, so that of several nodes one
//! sends it. What a notice says is written and signed when it is sent: nothing in here is a secret.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::column::{Row, clean, micros};
use super::engine::statement::{Statement, Value};
use super::schema::{grants, logout_notices};
use super::{StoreError, Tx, applications};
use crate::crypto::entropy;
use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::ids::{ClientId, NoticeId, SessionId, UserId};
use crate::domain::mail::Delivery;
use crate::domain::oauth::Scopes;

/// What was sent is listed this long.
const SENT_STAYS: chrono::Duration = chrono::Duration::days(1);
/// What could not be sent stays this long.
const UNSENT_STAYS: chrono::Duration = chrono::Duration::days(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub application: ClientId,
    pub user: UserId,
    pub session: SessionId,
    pub state: Delivery,
    pub attempts: u32,
    pub due_at: Time,
    pub created_at: Time,
    pub ended_at: Option<Time>,
    pub last_error: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = logout_notices)]
struct NoticeRow {
    id: String,
    application_id: String,
    user_id: String,
    session_id: String,
    state: String,
    attempts: i64,
    due_at: i64,
    created_at: i64,
    ended_at: Option<i64>,
    last_error: Option<String>,
}

impl NoticeRow {
    fn into_notice(self) -> Result<Notice, StoreError> {
        let row = Row { table: "logout_notices", id: &self.id };
        Ok(Notice {
            id: row.parse("id", &self.id)?,
            application: row.text("application_id", self.application_id)?,
            user: row.parse("user_id", &self.user_id)?,
            session: row.parse("session_id", &self.session_id)?,
            state: row.some("state", Delivery::parse(&self.state))?,
            attempts: row.small("attempts", self.attempts)?,
            due_at: row.time("due_at", self.due_at)?,
            created_at: row.time("created_at", self.created_at)?,
            ended_at: row.maybe_time("ended_at", self.ended_at)?,
            last_error: self.last_error,
        })
    }
}

/// The OpenID Connect applications that were told of this session by an ID token, each once.
pub fn clients_of(tx: &mut Tx<'_>, session: SessionId) -> Result<Vec<ClientId>, StoreError> {
    let query = grants::table.filter(grants::session_id.eq(session.to_string())).order(grants::created_at).select((
        grants::id,
        grants::client_id,
        grants::scopes,
    ));
    let mut clients = Vec::new();
    for (id, client, scopes) in query.load::<(String, String, String)>(tx.connection)? {
        let row = Row { table: "grants", id: &id };
        let scopes: Scopes = row.json("scopes", &scopes)?;
        let client = row.text("client_id", client)?;
        if scopes.contains("openid") && !clients.contains(&client) {
            clients.push(client);
        }
    }
    Ok(clients)
}

/// Whether the application takes such notices. One that is switched off does too: it may still think that the person is
/// signed in.
pub fn is_wanted_by(application: &Application) -> bool {
    match &application.protocol {
        Protocol::Oidc(client) => client.backchannel_logout_uri.is_some(),
        Protocol::Saml(_) | Protocol::Wsfed(_) => false,
    }
}

/// For every application that was told of the session and takes notices; they leave once this is committed.
pub(super) fn queue(tx: &mut Tx<'_>, session: SessionId, user: UserId, now: Time) -> Result<(), StoreError> {
    for client in clients_of(tx, session)? {
        let wanted = applications::find(tx, &client)?.is_some_and(|stored| is_wanted_by(&stored.application));
        if !wanted {
            continue;
        }
        let text = "INSERT INTO logout_notices \
                    (id, application_id, user_id, session_id, state, attempts, due_at, created_at, keep_until) \
                    VALUES (?, ?, ?, ?, 'queued', 0, ?, ?, ?) ON CONFLICT (session_id, application_id) DO NOTHING";
        let id = NoticeId::from_uuid(entropy::uuid(now, tx.context.entropy.as_ref())).to_string();
        let (session, user) = (session.to_string(), user.to_string());
        let values = [
            Value::Text(&id),
            Value::Text(client.as_str()),
            Value::Text(&user),
            Value::Text(&session),
            Value::Number(micros(now)),
            Value::Number(micros(now)),
            Value::Number(micros(now + UNSENT_STAYS)),
        ];
        Statement::new(text, values).execute(tx.connection)?;
        tx.after.notices = tx.after.notices.saturating_add(1);
    }
    Ok(())
}

/// A notice that this node is to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: NoticeId,
    pub application: ClientId,
    pub user: UserId,
    pub session: SessionId,
    /// How many times it was tried, this one included: whoever claims it later has another number.
    pub attempts: u32,
}

/// Takes up to ten notices that are due; until `lease` nobody else takes them.
pub fn claim(tx: &mut Tx<'_>, now: Time, lease: Time) -> Result<Vec<Claimed>, StoreError> {
    let text = "UPDATE logout_notices SET attempts = attempts + 1, due_at = ?, last_error = NULL \
                WHERE state = 'queued' AND due_at <= ? AND id IN (SELECT id FROM logout_notices WHERE state = 'queued' AND due_at <= ? ORDER BY due_at, id \
                LIMIT 10) RETURNING id, application_id, user_id, session_id, attempts";
    let values = [Value::Number(micros(lease)), Value::Number(micros(now)), Value::Number(micros(now))];
    let rows: Vec<(String, String, String, String, i64)> =
        Statement::new(text, values).returning::<(Text, Text, Text, Text, BigInt)>().load(tx.connection)?;
    let read = |(id, application, user, session, attempts): (String, String, String, String, i64)| {
        let row = Row { table: "logout_notices", id: &id };
        Ok(Claimed {
            id: row.parse("id", &id)?,
            application: row.text("application_id", application)?,
            user: row.parse("user_id", &user)?,
            session: row.parse("session_id", &session)?,
            attempts: row.small("attempts", attempts)?,
        })
    };
    let mut claimed = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    claimed.sort_by_key(|notice| notice.id);
    Ok(claimed)
}

/// It was taken.
pub fn mark_sent(tx: &mut Tx<'_>, (id, attempts): (NoticeId, u32), now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE logout_notices SET state = 'sent', last_error = NULL, ended_at = ?, keep_until = ? \
                WHERE id = ? AND state = 'queued' AND attempts = ?";
    let id = id.to_string();
    let (ended, keep) = (micros(now), micros(now + SENT_STAYS));
    let values = [Value::Number(ended), Value::Number(keep), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// It is tried again at `due_at`.
pub fn postpone(
    tx: &mut Tx<'_>,
    (id, attempts): (NoticeId, u32),
    due_at: Time,
    error: &str,
) -> Result<bool, StoreError> {
    let text =
        "UPDATE logout_notices SET due_at = ?, last_error = ? WHERE id = ? AND state = 'queued' AND attempts = ?";
    let (id, error) = (id.to_string(), clean(error));
    let values = [Value::Number(micros(due_at)), Value::Text(&error), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// It is not tried again unless somebody asks for it.
pub fn bury(tx: &mut Tx<'_>, (id, attempts): (NoticeId, u32), now: Time, error: &str) -> Result<bool, StoreError> {
    let text = "UPDATE logout_notices SET state = 'dead', ended_at = ?, last_error = ? \
                WHERE id = ? AND state = 'queued' AND attempts = ?";
    let (id, error) = (id.to_string(), clean(error));
    let values = [Value::Number(micros(now)), Value::Text(&error), Value::Text(&id), Value::Number(attempts.into())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// Sends a dead or waiting notice at once. `false` where there is none, or somebody sends it at this moment (tried,
/// without an error yet).
pub fn retry(tx: &mut Tx<'_>, id: NoticeId, now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE logout_notices SET state = 'queued', attempts = 0, due_at = ?, ended_at = NULL \
                WHERE id = ? AND state <> 'sent' \
                AND NOT (state = 'queued' AND attempts > 0 AND last_error IS NULL AND due_at > ?)";
    let id = id.to_string();
    let now = Value::Number(micros(now));
    let changed = Statement::new(text, [now, Value::Text(&id), now]).execute(tx.connection)?;
    if changed > 0 {
        tx.after.notices = tx.after.notices.saturating_add(1);
    }
    Ok(changed > 0)
}

/// When the next notice is to be tried.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Time>, StoreError> {
    let query = logout_notices::table
        .filter(logout_notices::state.eq(Delivery::Queued.name()))
        .select(diesel::dsl::min(logout_notices::due_at));
    let due: Option<i64> = query.get_result(tx.connection)?;
    Row { table: "logout_notices", id: "next" }.maybe_time("due_at", due)
}

/// The newest first.
pub fn list(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Notice>, StoreError> {
    let query = logout_notices::table
        .order((logout_notices::created_at.desc(), logout_notices::id.desc()))
        .limit(limit.into())
        .select(NoticeRow::as_select());
    query.load(tx.connection)?.into_iter().map(NoticeRow::into_notice).collect()
}

/// About one person, the newest first.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Notice>, StoreError> {
    let query = logout_notices::table
        .filter(logout_notices::user_id.eq(user.to_string()))
        .order((logout_notices::created_at.desc(), logout_notices::id.desc()))
        .select(NoticeRow::as_select());
    query.load(tx.connection)?.into_iter().map(NoticeRow::into_notice).collect()
}

/// What became of the notice about this session to this application, if there was one.
pub fn state_of(tx: &mut Tx<'_>, session: SessionId, client: &ClientId) -> Result<Option<Delivery>, StoreError> {
    let query = logout_notices::table
        .filter(logout_notices::session_id.eq(session.to_string()))
        .filter(logout_notices::application_id.eq(client.as_str()))
        .select((logout_notices::id, logout_notices::state));
    let found: Option<(String, String)> = query.get_result(tx.connection).optional()?;
    let state =
        |(id, state): (String, String)| Row { table: "logout_notices", id: &id }.some("state", Delivery::parse(&state));
    found.map(state).transpose()
}

/// Removes what need not be kept any more, at most a thousand rows at a time.
pub(super) fn purge(tx: &mut Tx<'_>, now: Time) -> Result<usize, StoreError> {
    let text = "DELETE FROM logout_notices WHERE id IN (SELECT id FROM logout_notices WHERE keep_until < ? LIMIT 1000)";
    Ok(Statement::new(text, [Value::Number(micros(now))]).execute(tx.connection)?)
}
