//! What Portner mails to people, as data: the words are `view`'s, the sending is `jobs`'.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Time;
use super::attempt::Factor;
use super::ids::{NameError, UserId};
use super::language::Language;
use super::policy::SecondFactorMethod;
use super::user::EmailAddress;

/// A code or a link that opens something: it stands in one mail and, sealed, in the outbox.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confided(String);

impl Confided {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// For the mail itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Confided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Confided")
    }
}

/// Everything that is ever mailed. What has `expires_at` is dropped rather than sent later than that.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    OneTimeCode {
        code: Confided,
        expires_at: Time,
    },
    /// A new account: choose a first password (IN-7).
    Invitation {
        link: Confided,
        expires_at: Time,
    },
    PasswordReset {
        link: Confided,
        expires_at: Time,
    },
    /// To an address that is to become, or is said to be, the person's own.
    AddressVerification {
        link: Confided,
        expires_at: Time,
    },
    PasswordChanged,
    /// To the old address and to the new one; shows the new one in part.
    AddressChanged {
        masked: String,
    },
    FactorAdded {
        factor: SecondFactorMethod,
    },
    FactorRemoved {
        factor: SecondFactorMethod,
    },
    /// The person can sign in with this identity provider from now on.
    IdentityLinked {
        provider: String,
    },
    IdentityUnlinked {
        provider: String,
    },
    RecoveryCodesRenewed,
    RecoveryCodeUsed {
        left: u32,
    },
    AccountLocked {
        until: Time,
    },
    /// Far too many failures: it does not open by itself.
    FactorClosed {
        factor: Factor,
    },
    SignedOutEverywhere,
    /// A sign-in from a browser that the account did not know.
    NewDevice {
        /// What it says it is (`User-Agent`).
        agent: Option<String>,
        address: Option<IpAddr>,
        /// Where to go if it was somebody else.
        link: String,
    },
    AccountDisabled,
    /// By the person's own hand.
    AccountSelfLocked,
}

impl Message {
    /// Stable: stands in lists and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OneTimeCode { .. } => "one_time_code",
            Self::Invitation { .. } => "invitation",
            Self::PasswordReset { .. } => "password_reset",
            Self::AddressVerification { .. } => "address_verification",
            Self::PasswordChanged => "password_changed",
            Self::AddressChanged { .. } => "address_changed",
            Self::FactorAdded { .. } => "factor_added",
            Self::FactorRemoved { .. } => "factor_removed",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::RecoveryCodesRenewed => "recovery_codes_renewed",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::AccountLocked { .. } => "account_locked",
            Self::FactorClosed { .. } => "factor_closed",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::NewDevice { .. } => "new_device",
            Self::AccountDisabled => "account_disabled",
            Self::AccountSelfLocked => "account_self_locked",
        }
    }

    /// When what it carries is worth nothing any more.
    pub fn expires_at(&self) -> Option<Time> {
        match self {
            Self::OneTimeCode { expires_at, .. }
            | Self::Invitation { expires_at, .. }
            | Self::PasswordReset { expires_at, .. }
            | Self::AddressVerification { expires_at, .. } => Some(*expires_at),
            Self::PasswordChanged
            | Self::AddressChanged { .. }
            | Self::FactorAdded { .. }
            | Self::FactorRemoved { .. }
            | Self::IdentityLinked { .. }
            | Self::IdentityUnlinked { .. }
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed { .. }
            | Self::AccountLocked { .. }
            | Self::FactorClosed { .. }
            | Self::SignedOutEverywhere
            | Self::NewDevice { .. }
            | Self::AccountDisabled
            | Self::AccountSelfLocked => None,
        }
    }
}

/// One mail: to whom, in which language, what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    pub user: UserId,
    pub to: EmailAddress,
    /// How the person is called.
    pub name: String,
    pub username: String,
    pub language: Language,
    pub message: Message,
}

/// Names end up in headers and in lines of text: they take one line and no more than their share of it.
pub fn one_line(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect()
}

/// `Portner <no-reply@acme.example>`, or the address alone: who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub name: String,
    pub address: EmailAddress,
}

impl Sender {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text.trim()),
        };
        if let Some(bad) = name.chars().find(|c| c.is_control()) {
            return Err(NameError::Character(bad));
        }
        EmailAddress::parse(address).map(|address| Self { name: name.to_owned(), address })
    }
}

/// `m•••@acme.example`: enough to know one's own, not enough to learn another's.
pub fn masked(address: &EmailAddress) -> String {
    let (local, domain) = address.as_str().rsplit_once('@').unwrap_or_default();
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Queued,
    Sent,
    /// Given up: too many attempts, refused for good, or too late.
    Dead,
}

impl Delivery {
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Dead].into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_keeps_one_letter_and_the_domain() {
        assert_eq!(masked(&EmailAddress::parse("åse@acme.example").unwrap()), "å•••@acme.example");
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let named = Sender::parse("Acme Login <no-reply@acme.example>").unwrap();
        assert_eq!((named.name.as_str(), named.address.as_str()), ("Acme Login", "no-reply@acme.example"));
        assert_eq!(Sender::parse("no-reply@localhost").unwrap().name, "");
        for bad in ["", "Acme", "Acme <>", "<a@b", "a@b>", "A\r\nBcc: x <a@b>", "a@b, c@d"] {
            assert!(Sender::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_message_prints_without_what_it_confides() {
        let message = Message::OneTimeCode { code: Confided::new("123456"), expires_at: Time::default() };
        assert!(!format!("{message:?}").contains("123456"));
    }
}
