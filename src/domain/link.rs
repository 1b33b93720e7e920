//! Links that are mailed: each for one purpose, one person, one use and a limited time (IN-7).

use super::Time;
use super::ids::{LinkId, UserId};
use super::user::EmailAddress;

/// What a link lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choose the first password of a new account.
    Invitation,
    /// Choose another password.
    PasswordReset,
    /// Prove that an address is theirs.
    Address,
}

impl Purpose {
    pub const ALL: [Self; 3] = [Self::Invitation, Self::PasswordReset, Self::Address];

    pub fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::Address => "address",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
    /// Below the tenant's base.
    pub fn path(self) -> &'static str {
        match self {
            Self::Invitation => "/welcome",
            Self::PasswordReset => "/password/reset",
            Self::Address => "/account/email/confirm",
        }
    }
}

/// A link as it is known here; its secret is known to its bearer alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub purpose: Purpose,
    pub user: UserId,
    /// The account's address when the link was made, as a key. With another one the link is dead.
    pub address: Option<String>,
    /// The address that is to be proven.
    pub target: Option<EmailAddress>,
    pub created_at: Time,
    pub expires_at: Time,
}

/// Why a link opens nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    Spent,
    /// A newer one was asked for.
    Superseded,
    /// The account has another password or address since, or is closed.
    AccountChanged,
}

impl LinkEnd {
    pub fn name(self) -> &'static str {
        match self {
            Self::Spent => "spent",
            Self::Superseded => "superseded",
            Self::AccountChanged => "account_changed",
        }
    }
}
