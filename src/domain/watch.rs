//! What becomes of an application's metadata when it is fetched anew: what may change by itself, and what is held back
//! for a person to judge. Nothing that comes over the network makes a check weaker.

use serde::{Deserialize, Serialize};

use super::Time;
use super::ids::ClientId;

/// The last that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    pub application: ClientId,
    pub checked_at: Time,
    /// When to look again.
    pub due_at: Time,
    /// When it was last read whole.
    pub fetched_at: Option<Time>,
    pub valid_until: Option<Time>,
    pub failure: Option<Failure>,
    /// Why the newest was not taken over.
    pub held: Vec<Held>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There was no answer, or not one that is allowed.
    Unreachable,
    /// What came is not the application's metadata.
    Unusable,
    /// It is not valid any more by its own word.
    Expired,
}

impl Failure {
    pub const ALL: [Self; 3] = [Self::Unreachable, Self::Unusable, Self::Expired];

    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unusable => "unusable",
            Self::Expired => "expired",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.name() == name)
    }
}

/// Why it was not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Requests would not have to be signed any more.
    Unsigned,
    /// None of the certificates that are known is left.
    AllKeysGone,
    /// There would be none to encrypt for.
    NothingToEncryptFor,
    /// It describes another application.
    OtherEntity,
}

impl Held {
    pub const ALL: [Self; 4] = [Self::Unsigned, Self::AllKeysGone, Self::NothingToEncryptFor, Self::OtherEntity];

    pub fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::AllKeysGone => "all-keys-gone",
            Self::NothingToEncryptFor => "nothing-to-encrypt-for",
            Self::OtherEntity => "other-entity",
        }
    }
}

/// What somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    Held(Held),
    Failed(Failure),
    CertificateExpired(Time),
    CertificateExpires(Time),
}
