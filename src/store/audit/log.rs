//! Committed events as lines of the log stream (AU-1), for whoever collects logs.

use super::super::column::hex;
use crate::domain::audit::Event;
use crate::domain::ids::TenantId;

/// An event that waits for its transaction.
pub(in crate::store) struct Line {
    event: Event,
    sequence: i64,
    hash: String,
}

impl Line {
    pub(super) fn of(event: &Event, sequence: i64, hash: &[u8; 32]) -> Self {
        Self { event: event.clone(), sequence, hash: hex(hash) }
    }
}

/// Only after the commit: the log tells nothing that did not happen.
pub(in crate::store) fn emit(tenant: TenantId, lines: &[Line]) {
    for Line { event, sequence, hash } in lines {
        let text = |value: Option<String>| value.unwrap_or_default();
        let details = serde_json::to_string(&event.details).unwrap_or_default();
        tracing::info!(
            target: "audit",
            {
                tenant.id = %tenant,
                event.action = event.kind.name(),
                event.outcome = event.outcome.name(),
                event.time = %event.at.to_rfc3339(),
                actor = super::actor_name(&event.actor),
                user.id = text(event.user.map(|id| id.to_string())),
                user.name = event.username.as_deref().unwrap_or_default(),
                source.ip = text(event.origin.address.map(|address| address.to_string())),
                client.id = text(event.application.as_ref().map(ToString::to_string)),
                session.id = text(event.session.map(|id| id.to_string())),
                trace.id = event.origin.request_id.as_deref().unwrap_or_default(),
                details,
                sequence,
                hash,
            },
            "{}",
            event.kind.name()
        );
    }
}
