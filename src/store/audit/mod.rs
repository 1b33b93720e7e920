//! The audit log (AU-1). Rows are chained by hashes, and the end of the chain stands under a MAC: a row that was
//! edited, removed or moved, or a tail that was cut off, is found by [`verify`]. What names a person (user name,
//! address, user agent) is chained by a salted hash alone, so that it can be erased without breaking the chain.

mod log;
mod read;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(super) use self::log::{Line, emit};
pub use self::read::{AuditFilter, AuditRecord, Own, failures_since, last_granted, latest, list, own};
pub use self::verify::{Break, Fault, Verification, verify};
use super::column::{Row, clean, hex, json, micros};
use super::dialect::{self, AnyConnection};
use super::engine::statement::{Statement, Value};
use super::schema::audit_events;
use super::{StoreError, Tx};
use crate::crypto::seal::Mac;
use crate::domain::audit::{Actor, Event, chain};
use crate::domain::ids::UserId;

const HEAD: Row<'static> = Row { table: "audit_head", id: "1" };
const PURPOSE: &str = "audit head";

/// One event as it is stored. `hash` covers everything else but `personal`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events)]
struct EventRow {
    sequence: i64,
    at: i64,
    kind: String,
    outcome: String,
    actor: String,
    user_id: Option<String>,
    application: Option<String>,
    session_id: Option<String>,
    request_id: Option<String>,
    details: String,
    personal: Option<String>,
    personal_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// What names a person. The salt keeps the remaining hash from being guessed after erasure.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Personal {
    salt: String,
    username: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    details: Details,
}

/// Where the chain ends.
struct Head {
    sequence: i64,
    hash: [u8; 32],
    mac: Vec<u8>,
}

/// Appends to the chain, after whatever was put aside. The head is locked until the transaction ends, so that the chain
/// never forks: call it last.
pub fn append(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    for earlier in std::mem::take(&mut tx.after.aside) {
        append_one(tx, &discreet(&earlier))?;
    }
    append_one(tx, &discreet(event))
}

/// Of somebody who is not kept nothing that names them gets into the log, or into the lines that are made of it: the
/// id must do (IN-10).
fn discreet(event: &Event) -> Cow<'_, Event> {
    let acts = matches!(&event.actor, Actor::User(id) if id.is_transient());
    if !acts && !event.user.is_some_and(UserId::is_transient) {
        return Cow::Borrowed(event);
    }
    let mut event = event.clone();
    event.username = None;
    event.personal.clear();
    Cow::Owned(event)
}

/// For what is found out in the middle of a transaction: written with the event that it ends with.
pub(super) fn put_aside(tx: &mut Tx<'_>, event: Event) {
    tx.after.aside.push(event);
}

fn append_one(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    let head = head(tx)?.ok_or_else(|| HEAD.corrupt("id"))?;
    let mut salt = [0; 16];
    tx.context.entropy.fill(&mut salt);
    let personal = json(&Personal {
        salt: hex(&salt),
        username: event.username.clone(),
        address: event.origin.address.map(|address| address.to_string()),
        user_agent: event.origin.user_agent.clone(),
        details: event.personal.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
    })?;
    let mut row = EventRow {
        sequence: head.sequence.saturating_add(1),
        at: micros(event.at),
        kind: event.kind.name().to_owned(),
        outcome: event.outcome.name().to_owned(),
        actor: actor_name(&event.actor),
        user_id: event.user.map(|id| id.to_string()),
        application: event.application.as_ref().map(ToString::to_string),
        session_id: event.session.map(|id| id.to_string()),
        request_id: event.origin.request_id.as_deref().map(clean),
        details: json(&event.details)?,
        personal_hash: Sha256::digest(personal.as_bytes()).to_vec(),
        personal: Some(personal),
        hash: Vec::new(),
    };
    let hash = row.chained(&head.hash);
    row.hash = hash.to_vec();
    row.insert(tx.connection)?;
    let mac = tx.context.mac.tag(PURPOSE, &sealed(row.sequence, &hash));
    let text = "UPDATE audit_head SET sequence = ?, hash = ?, mac = ? WHERE id = 1";
    let values = [Value::Number(row.sequence), Value::Bytes(&hash), Value::Bytes(&mac)];
    Statement::new(text, values).execute(tx.connection)?;
    tx.after.lines.push(Line::of(event, row.sequence, &hash));
    Ok(())
}

/// The head of an empty chain, in a new database.
pub(super) fn lay_head(connection: &mut AnyConnection, mac: &Mac) -> Result<(), StoreError> {
    let start = [0; 32];
    let mac = mac.tag(PURPOSE, &sealed(0, &start));
    let text = "INSERT INTO audit_head (id, sequence, hash, mac) VALUES (1, 0, ?, ?) ON CONFLICT (id) DO NOTHING";
    Statement::new(text, [Value::Bytes(&start), Value::Bytes(&mac)]).execute(connection)?;
    Ok(())
}

fn head(tx: &mut Tx<'_>) -> Result<Option<Head>, StoreError> {
    read_head(tx, dialect::lock_rows(tx.connection))
}

fn read_head(tx: &mut Tx<'_>, lock: &'static str) -> Result<Option<Head>, StoreError> {
    let found: Option<(i64, Vec<u8>, Vec<u8>)> =
        Statement::new("SELECT sequence, hash, mac FROM audit_head WHERE id = 1", [])
            .tail(lock)
            .returning::<(BigInt, Binary, Binary)>()
            .get_result(tx.connection)
            .optional()?;
    found.map(|(sequence, hash, mac)| Ok(Head { sequence, hash: HEAD.bytes("hash", &hash)?, mac })).transpose()
}

/// What the head's MAC covers.
fn sealed(sequence: i64, hash: &[u8; 32]) -> [u8; 40] {
    let mut bytes = [0; 40];
    for (to, from) in bytes.iter_mut().zip(sequence.to_be_bytes().iter().chain(hash)) {
        *to = *from;
    }
    bytes
}

impl EventRow {
    fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let text = "INSERT INTO audit_events (sequence, at, kind, outcome, actor, user_id, application, session_id, \
                    request_id, details, personal, personal_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = [
            Value::Number(self.sequence),
            Value::Number(self.at),
            Value::Text(&self.kind),
            Value::Text(&self.outcome),
            Value::Text(&self.actor),
            Value::MaybeText(self.user_id.as_deref()),
            Value::MaybeText(self.application.as_deref()),
            Value::MaybeText(self.session_id.as_deref()),
            Value::MaybeText(self.request_id.as_deref()),
            Value::Text(&self.details),
            Value::MaybeText(self.personal.as_deref()),
            Value::Bytes(&self.personal_hash),
            Value::Bytes(&self.hash),
        ];
        Statement::new(text, values).execute(connection)?;
        Ok(())
    }

    fn chained(&self, previous: &[u8; 32]) -> [u8; 32] {
        let [user, application, session, request] =
            [&self.user_id, &self.application, &self.session_id, &self.request_id]
                .map(|field| marked(field.as_deref()));
        chain(
            previous,
            &[
                &self.sequence.to_be_bytes(),
                &self.at.to_be_bytes(),
                self.kind.as_bytes(),
                self.outcome.as_bytes(),
                self.actor.as_bytes(),
                &user,
                &application,
                &session,
                &request,
                self.details.as_bytes(),
                &self.personal_hash,
            ],
        )
    }
}

/// Keeps an absent field apart from an empty one.
fn marked(field: Option<&str>) -> Vec<u8> {
    field.map(|text| [b"=", text.as_bytes()].concat()).unwrap_or_default()
}

fn actor_name(actor: &Actor) -> String {
    match actor {
        Actor::User(id) => format!("user:{id}"),
        Actor::Application(id) => format!("application:{id}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Nobody => "nobody".to_owned(),
    }
}

type Details = BTreeMap<String, String>;
