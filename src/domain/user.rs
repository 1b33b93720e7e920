//! A person of one tenant.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::Time;
use super::ids::{NameError, UserId};
use super::language::Language;

/// What the person types. Kept as written in NFC; compared by `key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text: String = text.trim().nfc().collect();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > 128 {
            return Err(NameError::TooLong(128));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(bad) => Err(NameError::Character(bad)),
            None => Ok(Self(text)),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// One key for every way of writing the same name: NFC, lower case.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// The canonical form under which names and addresses are compared.
pub fn fold(text: &str) -> String {
    text.trim().nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// An e-mail address (RFC 5321 in outline): one `@` with something on both sides, no spaces or controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > 254 {
            return Err(NameError::TooLong(254));
        }
        if let Some(bad) = text.chars().find(|c| c.is_control() || c.is_whitespace() || "<>,;:\\\"()[]".contains(*c)) {
            return Err(NameError::Character(bad));
        }
        match text.split_once('@') {
            Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(NameError::Character('@')),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

/// `admin`, `helpdesk` and `auditor` are built in; others are the tenant's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Role(String);

impl Role {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.chars().count() > 128 {
            return Err(NameError::TooLong(128));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(bad) => Err(NameError::Character(bad)),
            None => Ok(Self(text.to_owned())),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether it opens any of the pages for administrators.
    pub fn is_administrative(&self) -> bool {
        matches!(self.as_str(), "admin" | "helpdesk" | "auditor")
    }
}

macro_rules! text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text!(Username);
text!(EmailAddress);
text!(Role);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Disabled,
    /// By the person's own hand: until an administrator unlocks it, or they reset the password by mail.
    SelfLocked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub locale: Option<Language>,
    pub profile: Profile,
    pub roles: BTreeSet<Role>,
    pub groups: BTreeSet<String>,
    pub status: UserStatus,
    pub created_at: Time,
    pub updated_at: Time,
}

impl User {
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
    /// Whether the person is known only as long as a session lives (IN-10).
    pub fn is_transient(&self) -> bool {
        self.id.is_transient()
    }
    /// Whether the person may come back by a mailed link: what the administrator has closed stays closed, and who is
    /// not kept has nothing here to come back to.
    pub fn may_recover(&self) -> bool {
        match self.status {
            UserStatus::Active | UserStatus::SelfLocked => !self.is_transient(),
            UserStatus::Disabled => false,
        }
    }
    /// Undoes the person's own lock; whether there was one.
    pub fn undo_self_lock(&mut self) -> bool {
        let locked = self.status == UserStatus::SelfLocked;
        if locked {
            self.status = UserStatus::Active;
        }
        locked
    }
    /// How the person is called on pages and in the `name` claim.
    pub fn display_name(&self) -> String {
        if let Some(name) = &self.profile.name {
            return name.clone();
        }
        let parts = [&self.profile.given_name, &self.profile.middle_name, &self.profile.family_name];
        let whole = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        if whole.is_empty() { self.username.to_string() } else { whole }
    }
}

/// The standard claims of OpenID Connect Core §5.1 that are not columns of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// OpenID Connect Core §5.1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_key_however_it_is_written() {
        let composed = Username::parse("Åse").unwrap();
        let decomposed = Username::parse("A\u{30a}SE ").unwrap();
        assert_eq!(composed.key(), decomposed.key());
    }

    #[test]
    fn an_address_needs_exactly_one_at_sign() {
        assert!(EmailAddress::parse("mette@acme.example").is_ok());
        for bad in ["mette", "@acme", "mette@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }
}
