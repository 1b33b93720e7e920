//! One browser signed in to one tenant.

use super::Time;
use super::assurance::{Level, Proof};
use super::ids::{ClientId, SessionId, UserId};
use super::policy::{Limit, SessionPolicy};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    pub created_at: Time,
    /// When the person last proved who they are.
    pub auth_time: Time,
    pub last_seen: Time,
    pub proofs: Vec<Proof>,
    pub ended_at: Option<Time>,
    /// The session at an upstream that it rests on is over then.
    pub ends_by: Option<Time>,
}

/// An application that was told of a session by an assertion, and under which name: it is told of the end too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub session: SessionId,
    pub application: ClientId,
    pub user: UserId,
    pub name_id: String,
    /// `Format` of the name; empty where there is none.
    pub name_id_format: String,
    pub session_index: String,
    pub joined_at: Time,
}

/// A message that an application will fetch itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposit {
    pub application: ClientId,
    /// Whom it is about, and in which session; nobody in a refusal.
    pub about: Option<(UserId, SessionId)>,
    pub sealed_message: Vec<u8>,
    pub expires_at: Time,
}

impl Session {
    /// Whether it still stands: not ended, not idle too long, not too old since the person last signed in, and not longer
    /// than what it rests on.
    pub fn is_live(&self, policy: &SessionPolicy, now: Time) -> bool {
        let idle = match policy.idle {
            Limit::Off => false,
            Limit::At(limit) => self.last_seen + limit <= now,
        };
        let old = match policy.absolute {
            Limit::Off => false,
            Limit::At(limit) => self.auth_time + limit <= now,
        };
        let over = self.ends_by.is_some_and(|end| end <= now);
        self.ended_at.is_none() && !idle && !old && !over
    }

    /// Whether it rests on the word of an identity provider.
    pub fn is_upstream(&self) -> bool {
        self.proofs.contains(&Proof::Upstream)
    }

    /// What the evidence supports, from the stored proofs alone.
    pub fn level(&self) -> Level {
        Level::of(&self.proofs)
    }
}
