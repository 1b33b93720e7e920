//! Walks the whole chain and names the first link that does not hold.

use std::fmt;

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::super::schema::audit_events;
use super::super::{StoreError, Tx};
use super::{EventRow, PURPOSE, read_head, sealed};

/// Rows taken at a time.
const STRIDE: i64 = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How many rows hold, from the first.
    pub rows: u64,
    pub first_break: Option<Break>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    pub sequence: u64,
    pub reason: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row is not what was written, or does not follow the one before it.
    Changed,
    /// Its personal part is not what was written.
    PersonalChanged,
    /// There is none with this number where there must be one.
    Missing,
    /// There are rows after the end.
    Surplus,
    /// The end of the chain is not where the head says.
    HeadDiffers,
    /// The head was not written with this tenant's key, or is gone.
    HeadForged,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "the row was changed or does not follow the one before it",
            Self::PersonalChanged => "the personal part of the row was changed",
            Self::Missing => "the row is missing",
            Self::Surplus => "the row was added after the end of the chain",
            Self::HeadDiffers => "the chain does not end in the hash that its head names",
            Self::HeadForged => "the head of the chain is missing or was not written by this server",
        })
    }
}

pub fn verify(tx: &mut Tx<'_>) -> Result<Verification, StoreError> {
    let mut previous = [0; 32];
    let mut last = 0;
    let head = read_head(tx, "")?;
    let end = head.as_ref().map_or(i64::MAX, |head| head.sequence);
    loop {
        let rows: Vec<EventRow> = audit_events::table
            .filter(audit_events::sequence.gt(last))
            .order(audit_events::sequence)
            .limit(STRIDE)
            .select(EventRow::as_select())
            .load(tx.connection)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let expected = last.saturating_add(1);
            if let Some(reason) = fault(&row, expected, end, &previous) {
                return Ok(broken(last, expected, reason));
            }
            previous = row.chained(&previous);
            last = expected;
        }
    }
    let Some(head) = head else { return Ok(broken(last, last, Fault::HeadForged)) };
    if !tx.context.mac.verify(PURPOSE, &sealed(head.sequence, &head.hash), &head.mac) {
        return Ok(broken(last, last, Fault::HeadForged));
    }
    if last < end {
        return Ok(broken(last, last.saturating_add(1), Fault::Missing));
    }
    if head.hash != previous {
        return Ok(broken(last, last, Fault::HeadDiffers));
    }
    Ok(Verification { rows: number(last), first_break: None })
}

fn fault(row: &EventRow, expected: i64, end: i64, previous: &[u8; 32]) -> Option<Fault> {
    if expected > end {
        return Some(Fault::Surplus);
    }
    if row.sequence != expected {
        return Some(Fault::Missing);
    }
    if row.chained(previous).as_slice() != row.hash {
        return Some(Fault::Changed);
    }
    let personal = row.personal.as_ref()?;
    let whole = Sha256::digest(personal.as_bytes()).as_slice() == row.personal_hash;
    (!whole).then_some(Fault::PersonalChanged)
}

fn broken(rows: i64, sequence: i64, reason: Fault) -> Verification {
    Verification { rows: number(rows), first_break: Some(Break { sequence: number(sequence), reason }) }
}

fn number(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}
