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
    /// There is more of it than is read here.
    TooLarge,
    /// Nobody has signed it, and somebody has to.
    SignatureMissing,
    /// The signature on it is not one of those who have to have signed it, or was made over something else.
    SignatureWrong,
    /// It is signed for ever: what was signed once could be brought back.
    Endless,
}

impl Failure {
    pub const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::Unusable,
        Self::Expired,
        Self::TooLarge,
        Self::SignatureMissing,
        Self::SignatureWrong,
        Self::Endless,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unusable => "unusable",
            Self::Expired => "expired",
            Self::TooLarge => "too-large",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureWrong => "signature-wrong",
            Self::Endless => "endless",
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
