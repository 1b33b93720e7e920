//! What can go wrong below a transaction.

use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::crypto::keyring::KeyError;
use crate::crypto::seal::SealError;
use crate::domain::ids::TenantId;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or could not make the change durable: nothing was changed, try again later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    #[error("another server uses {}", .0.display())]
    InUse(PathBuf),
    #[error("{table}.{column} of row {row:?} holds what cannot be")]
    Corrupt { table: &'static str, column: &'static str, row: String },
    /// A value that must be unique is taken.
    #[error("{0} is taken")]
    Conflict(&'static str),
    #[error("there is no such {0}")]
    Missing(&'static str),
    #[error("there is no tenant {0}")]
    UnknownTenant(TenantId),
    /// The registry knows the tenant but its database is gone. Never replaced by an empty one.
    #[error("the database of tenant {0} is missing")]
    DatabaseMissing(TenantId),
    #[error("the database file does not open with this key")]
    WrongKey,
    #[error("this is not the master key that the installation began with")]
    WrongMasterKey,
    #[error("the SQLite that was linked cannot encrypt")]
    NoCipher,
    #[error("migration failed: {0}")]
    Migration(String),
    #[error("not a PostgreSQL address: {0}")]
    Address(&'static str),
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: std::io::Error },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("a document could not be written: {0}")]
    Document(#[from] serde_json::Error),
    /// The work in the transaction panicked; it was rolled back.
    #[error("work in a transaction panicked")]
    Panicked,
    #[error("the database refused a statement: {0}")]
    Database(String),
}

impl StoreError {
    pub(super) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string())
    }

    pub(super) fn file(path: impl Into<PathBuf>, cause: std::io::Error) -> Self {
        Self::File { path: path.into(), cause }
    }

    /// Names what is taken where a unique value is.
    pub(super) fn taken(what: &'static str) -> impl FnOnce(DieselError) -> Self {
        move |error| if is_taken(&error) { Self::Conflict(what) } else { Self::from(error) }
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let text = error.to_string();
        if text.contains("file is not a database") {
            return Self::WrongKey;
        }
        if is_taken(&error) {
            Self::Conflict("a value")
        } else if is_environment(&error) || passes(&text) {
            Self::Unavailable(text)
        } else {
            Self::Database(text)
        }
    }
}

fn is_taken(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Whether it is the connection that fails, not the statement.
fn is_environment(error: &DieselError) -> bool {
    use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand};
    matches!(
        error,
        DieselError::DatabaseError(
            ClosedConnection | ReadOnlyTransaction | SerializationFailure | UnableToSendCommand,
            _
        ) | DieselError::BrokenTransactionManager
            | DieselError::RollbackErrorOnCommit { .. }
            | DieselError::RollbackTransaction
    )
}

/// SQLite's words for troubles that pass (sqlite3_errstr), PostgreSQL's for timeouts and shutdown.
fn passes(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "database is locked",
        "disk is full",
        "disk I/O error",
        "readonly database",
        "unable to open",
        "out of memory",
        "canceling statement due to",
        "terminating connection",
        "deadlock detected",
    ];
    WORDS.iter().any(|words| text.contains(words))
}
