//! Why a command was not done, and what to do next.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::crypto::jose::JoseError;
use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::flow::credentials::CredentialFault;
use crate::protocol::base::BaseError;
use crate::store::StoreError;

use super::declared::Problem;

#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("there is no {what} {name:?}")]
    NotFound { what: &'static str, name: String },
    #[error("{0}")]
    Conflict(String),
    /// What is asked for goes against what stands, and only something else helps.
    #[error("{message}")]
    Blocked { message: String, advice: &'static str },
    #[error("tenant {0:?} has no administrator who is enabled")]
    NoAdministrator(String),
    #[error("the declaration has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    /// Tenants are applied one by one, each wholly or not at all.
    #[error("tenant {slug:?} was left as it was: {cause}{}", applied_before(.applied))]
    Apply { slug: String, applied: Vec<String>, cause: Box<AdminError> },
    #[error("too many passwords are being hashed at the moment")]
    Busy,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a signing key could not be made: {0}")]
    Key(#[from] JoseError),
    #[error("a signing key could not be sealed: {0}")]
    Seal(#[from] SealError),
    #[error("the next certificate has been published only since {}", .0.format("%Y-%m-%d"))]
    TooYoung(Time),
    #[error("the next key has been published only since {}", .0.format("%Y-%m-%d %H:%M:%SZ"))]
    KeyTooYoung(Time),
    #[error("the certificates could not be made: {0}")]
    Credential(#[from] CredentialFault),
    #[error("the tenant's address is unusable: it {0}")]
    Base(#[from] BaseError),
}

fn applied_before(applied: &[String]) -> String {
    if applied.is_empty() { String::new() } else { format!(" (already applied: {})", applied.join(", ")) }
}

/// The kinds a script tells apart; the command line has an exit code for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    Failed,
    Invalid,
    NotFound,
    Conflict,
    Unavailable,
}

/// A refusal as it travels and is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: String,
    /// What to do next.
    pub advice: String,
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// Tenants that were brought to the declared state before.
    #[serde(default)]
    pub applied: Vec<String>,
}

impl AdminError {
    pub fn not_found(what: &'static str, name: impl Display) -> Self {
        Self::NotFound { what, name: name.to_string() }
    }

    pub fn blocked(message: impl Into<String>, advice: &'static str) -> Self {
        Self::Blocked { message: message.into(), advice }
    }

    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::NotFound { .. } | Self::NoAdministrator(_) => RefusalKind::NotFound,
            Self::Conflict(_)
            | Self::Blocked { .. }
            | Self::TooYoung(_)
            | Self::KeyTooYoung(_)
            | Self::Store(StoreError::Conflict(_)) => RefusalKind::Conflict,
            Self::Invalid(_) => RefusalKind::Invalid,
            Self::Apply { cause, .. } => cause.kind(),
            Self::Busy => RefusalKind::Unavailable,
            Self::Store(error) if passes(error) => RefusalKind::Unavailable,
            Self::Store(_) | Self::Key(_) | Self::Seal(_) | Self::Credential(_) | Self::Base(_) => RefusalKind::Failed,
        }
    }

    fn advice(&self) -> String {
        let advice = match self {
            Self::NotFound { what: "tenant", .. } => "`portner tenant list` shows the tenants.",
            Self::NotFound { what: "user", .. } => "`portner user list --tenant …` shows the users.",
            Self::NotFound { what: "application", .. } => "`portner app list --tenant …` shows the applications.",
            Self::NotFound { .. } => "Check the spelling.",
            Self::Blocked { advice, .. } => advice,
            Self::NoAdministrator(tenant) => {
                return format!("`portner user create NAME --role admin --tenant {tenant}` makes one.");
            }
            Self::Conflict(_) => "Choose another name, or change what exists with `portner apply`.",
            Self::Invalid(_) => "Correct the file; `portner apply --schema` describes it. Nothing was changed.",
            Self::Apply { cause, .. } => return format!("{} Then apply the file again.", cause.advice()),
            Self::TooYoung(_) => {
                "Applications that do not know it yet would refuse what it signs. Wait a week, or give --force."
            }
            Self::KeyTooYoung(_) => {
                "Whoever keeps the key set for a while would refuse what it signs. Wait ten minutes, or give --force."
            }
            Self::Busy => "Try again in a moment.",
            Self::Store(_) => "Look at the server's log; check the disk and the database.",
            Self::Base(_) => "Correct public_url in the configuration, or the tenant's hosts.",
            Self::Key(_) | Self::Seal(_) | Self::Credential(_) => "Look at the server's log, and report this.",
        };
        advice.to_owned()
    }

    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::Apply { cause, .. } => cause.problems(),
            Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Blocked { .. }
            | Self::NoAdministrator(_)
            | Self::Busy
            | Self::TooYoung(_)
            | Self::KeyTooYoung(_)
            | Self::Store(_)
            | Self::Key(_)
            | Self::Seal(_)
            | Self::Credential(_)
            | Self::Base(_) => Vec::new(),
        }
    }
}

/// Whether the same command can succeed later, unchanged.
fn passes(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::InUse(_))
}

impl From<AdminError> for Refusal {
    fn from(error: AdminError) -> Self {
        let (kind, advice, problems) = (error.kind(), error.advice(), error.problems());
        let message = error.to_string();
        let applied = if let AdminError::Apply { applied, .. } = error { applied } else { Vec::new() };
        Self { kind, message, advice, problems, applied }
    }
}
