//! The audit log, read and verified by the operator.

use serde::{Deserialize, Serialize};

use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::Slug;
use crate::store;
use crate::store::audit::{AuditFilter, AuditRecord};

use super::super::Host;
use super::AdminError;
use super::answer::{Break, EventRow, Verified};
use super::users;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Those after this sequence number; without it the last ones.
    pub after: Option<u64>,
    pub limit: u32,
    /// The name of a kind, e.g. `signin.failed`.
    pub kind: Option<String>,
    /// A user name or user id.
    pub user: Option<String>,
}

/// Events, the oldest first. That somebody has read them is an event too.
pub fn list(host: &Host, slug: &Slug, query: &Query, origin: &Origin) -> Result<Vec<EventRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let about = match &query.user {
        Some(name) => {
            let user = store.read(|tx| users::locate(tx, name))?;
            Some(user.ok_or_else(|| AdminError::not_found("user", name))?.id)
        }
        None => None,
    };
    let kind = query.kind.as_deref().and_then(EventKind::parse);
    let filter = AuditFilter { after: query.after, limit: query.limit.clamp(1, 10_000), kind, user: about };
    let records = store.read(|tx| match filter.after {
        Some(_) => store::audit::list(tx, &filter),
        None => store::audit::latest(tx, &filter),
    })?;
    let event = Event::new(host.clock.now(), EventKind::AuditRead, Outcome::Success, Actor::Operator, origin)
        .detail("events", records.len());
    let event = match about {
        Some(user) => event.user(user),
        None => event,
    };
    store.write(move |tx| store::audit::append(tx, &event))?;
    Ok(records.into_iter().map(row).collect())
}

fn row(record: AuditRecord) -> EventRow {
    let actor = match record.actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::Application(id) => format!("application:{id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Nobody => "nobody".to_owned(),
    };
    let personal = record.personal.into_iter().map(|(key, value)| (format!("personal.{key}"), value));
    EventRow {
        sequence: record.sequence,
        at: record.at,
        kind: record.kind.name().to_owned(),
        outcome: record.outcome.name().to_owned(),
        actor,
        user: record.user.map(|id| id.to_string()),
        username: record.username,
        application: record.application.map(|id| id.to_string()),
        session: record.session.map(|id| id.to_string()),
        address: record.origin.address.map(|address| address.to_string()),
        user_agent: record.origin.user_agent,
        request_id: record.origin.request_id,
        details: record.details.into_iter().chain(personal).collect(),
        hash: hex(&record.hash),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// Walks the whole chain.
pub fn verify(host: &Host, slug: &Slug) -> Result<Verified, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let found = store.read(store::audit::verify)?;
    let first_break = found.first_break.map(|link| Break { sequence: link.sequence, reason: link.reason.to_string() });
    Ok(Verified { tenant: slug.to_string(), rows: found.rows, first_break })
}
