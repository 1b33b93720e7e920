//! Reading the log.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::column::{Row, micros};
use super::super::dialect::MultiBackend;
use super::super::engine::statement::{Statement, Value};
use super::super::schema::audit_events;
use super::super::{StoreError, Tx};
use super::{Details, EventRow, Personal};
use crate::domain::Time;
use crate::domain::audit::{Actor, EventKind, Origin, Outcome};
use crate::domain::ids::{ClientId, SessionId, UserId};

/// Which events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// From the event after this sequence number.
    pub after: Option<u64>,
    pub limit: u32,
    pub kind: Option<EventKind>,
    pub user: Option<UserId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    pub sequence: u64,
    pub at: Time,
    pub kind: EventKind,
    pub outcome: Outcome,
    pub actor: Actor,
    pub user: Option<UserId>,
    pub application: Option<ClientId>,
    pub session: Option<SessionId>,
    /// Without address and user agent once the person is erased.
    pub origin: Origin,
    pub username: Option<String>,
    pub details: Details,
    /// What is the person's own of the details; gone once the person is erased.
    pub personal: Details,
    pub hash: [u8; 32],
}

pub fn list(tx: &mut Tx<'_>, filter: &AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
    let rows: Vec<EventRow> = chosen(filter).order(audit_events::sequence).load(tx.connection)?;
    rows.into_iter().map(EventRow::into_record).collect()
}

/// Failed sign-ins since then.
pub fn failures_since(tx: &mut Tx<'_>, since: Time) -> Result<u64, StoreError> {
    let text = "SELECT count(*) FROM audit_events WHERE kind = 'signin.failed' AND at >= ?";
    let count: i64 =
        Statement::new(text, [Value::Number(micros(since))]).returning::<BigInt>().get_result(tx.connection)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// When somebody last signed in to this application.
pub fn last_granted(tx: &mut Tx<'_>, application: &ClientId) -> Result<Option<Time>, StoreError> {
    let text = "SELECT coalesce(max(at), 0) FROM audit_events WHERE kind = 'authorization.granted' AND application = ?";
    let values = [Value::Text(application.as_str())];
    let at: i64 = Statement::new(text, values).returning::<BigInt>().get_result(tx.connection)?;
    let row = Row { table: "audit_events", id: application.as_str() };
    if at == 0 { Ok(None) } else { row.time("at", at).map(Some) }
}

/// The last events that fit, oldest first all the same.
pub fn latest(tx: &mut Tx<'_>, filter: &AuditFilter) -> Result<Vec<AuditRecord>, StoreError> {
    let rows: Vec<EventRow> = chosen(filter).order(audit_events::sequence.desc()).load(tx.connection)?;
    rows.into_iter().rev().map(EventRow::into_record).collect()
}

/// What a person is shown of their own account, the newest first.
#[derive(Clone, Debug)]
pub struct Own {
    pub user: UserId,
    pub kinds: Vec<EventKind>,
    pub since: Time,
    /// Only what came before this sequence number.
    pub before: Option<u64>,
    pub limit: u32,
}

pub fn own(tx: &mut Tx<'_>, wish: &Own) -> Result<Vec<AuditRecord>, StoreError> {
    let before = wish.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
    let kinds: Vec<&'static str> = wish.kinds.iter().map(|kind| kind.name()).collect();
    let rows: Vec<EventRow> = audit_events::table
        .filter(audit_events::user_id.eq(wish.user.to_string()))
        .filter(audit_events::sequence.lt(before))
        .filter(audit_events::at.ge(micros(wish.since)))
        .filter(audit_events::kind.eq_any(kinds))
        .order(audit_events::sequence.desc())
        .limit(wish.limit.into())
        .select(EventRow::as_select())
        .load(tx.connection)?;
    rows.into_iter().map(EventRow::into_record).collect()
}

type Chosen = audit_events::BoxedQuery<
    'static,
    MultiBackend,
    diesel::helper_types::SqlTypeOf<diesel::helper_types::AsSelect<EventRow, MultiBackend>>,
>;

fn chosen(filter: &AuditFilter) -> Chosen {
    let after = i64::try_from(filter.after.unwrap_or(0)).unwrap_or(i64::MAX);
    let mut query = audit_events::table
        .filter(audit_events::sequence.gt(after))
        .limit(filter.limit.into())
        .select(EventRow::as_select())
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(audit_events::kind.eq(kind.name()));
    }
    if let Some(user) = filter.user {
        query = query.filter(audit_events::user_id.eq(user.to_string()));
    }
    query
}

impl EventRow {
    fn into_record(self) -> Result<AuditRecord, StoreError> {
        let id = self.sequence.to_string();
        let row = Row { table: "audit_events", id: &id };
        let personal: Personal =
            self.personal.as_deref().map(|text| row.json("personal", text)).transpose()?.unwrap_or_default();
        let origin = Origin {
            address: personal.address.map(|text| row.parse("personal", &text)).transpose()?,
            user_agent: personal.user_agent,
            request_id: self.request_id,
        };
        Ok(AuditRecord {
            sequence: row.some("sequence", u64::try_from(self.sequence).ok())?,
            at: row.time("at", self.at)?,
            kind: row.some("kind", EventKind::parse(&self.kind))?,
            outcome: match self.outcome.as_str() {
                "success" => Outcome::Success,
                "failure" => Outcome::Failure,
                _ => return Err(row.corrupt("outcome")),
            },
            actor: row.some("actor", parse_actor(&self.actor))?,
            user: self.user_id.map(|text| row.parse("user_id", &text)).transpose()?,
            application: self.application.map(|text| row.text("application", text)).transpose()?,
            session: self.session_id.map(|text| row.parse("session_id", &text)).transpose()?,
            origin,
            username: personal.username,
            personal: personal.details,
            details: row.json("details", &self.details)?,
            hash: row.bytes("hash", &self.hash)?,
        })
    }
}

fn parse_actor(text: &str) -> Option<Actor> {
    if let Some(id) = text.strip_prefix("user:") {
        return id.parse().ok().map(Actor::User);
    }
    if let Some(id) = text.strip_prefix("application:") {
        return ClientId::parse(id).ok().map(Actor::Application);
    }
    match text {
        "operator" => Some(Actor::Operator),
        "system" => Some(Actor::System),
        "nobody" => Some(Actor::Nobody),
        _ => None,
    }
}
