//! The audit log, read and verified by the operator.

use serde::{Deserialize, Serialize};

use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::Slug;
use crate::store::{self, StoreError};

use super::super::Host;
use super::AdminError;
use super::answer::{Break, EventRow, Verified};
use super::users;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// Only those after this sequence number.
    pub after: Option<i64>,
    pub limit: u32,
    /// The name of a kind, e.g. `signin.failed`.
    pub kind: Option<String>,
    /// A user name or user id.
    pub user: Option<String>,
}
