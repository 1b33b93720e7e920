//! Typed identifiers. Minted by `crypto::entropy`, UUIDv7 so that they sort by age.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
            pub fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(/** A customer organisation. */ TenantId);
id!(/** A person of one tenant. */ UserId);
id!(/** One browser signed in to one tenant. */ SessionId);
id!(/** One authorization given to one application: the refresh family. */ GrantId);
id!(/** A browser that has completed a sign-in before. */ DeviceId);
id!(/** One reserved attempt. */ LeaseId);
id!(/** A sign-in that is not finished. */ SignInId);
id!(/** One authenticator app of a person. */ TotpId);
id!(/** One mailed code. */ MailCodeId);
id!(/** One mail in the outbox. */ MailId);
id!(/** One link that was mailed. */ LinkId);
id!(/** One notice to an application that a session has ended. */ NoticeId);
id!(/** A logout on its way through a browser. */ LogoutId);

impl UserId {
    /// Of somebody who is not kept (IN-10): always the same for the same person, so that nothing has to be kept for it.
    /// A UUIDv8 (RFC 9562 §5.8), where what we mint is version 7: the id itself says whose it is.
    pub fn transient(tag: &[u8; 32]) -> Self {
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(tag) {
            *to = *from;
        }
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Whether the account lives only as long as a session.
    pub fn is_transient(self) -> bool {
        self.0.get_version_num() == 8
    }
}

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("must not be empty")]
    Empty,
    #[error("must be at most {0} characters")]
    TooLong(usize),
    #[error("contains a character that is not allowed: {0:?}")]
    Character(char),
}

/// The tenant's name in URLs: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let first = text.chars().next().ok_or(NameError::Empty)?;
        if text.len() > 48 {
            return Err(NameError::TooLong(48));
        }
        if first == '-' || text.ends_with('-') {
            return Err(NameError::Character('-'));
        }
        match text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
            Some(bad) => Err(NameError::Character(bad)),
            None => Ok(Self(text.to_owned())),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An upstream identity provider's name in URLs: shaped as a tenant's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdpId(String);

impl IdpId {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Slug::parse(text).map(|slug| Self(slug.0))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An application's name in protocols (RFC 6749 Appendix A.1: visible ASCII).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

impl ClientId {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > 255 {
            return Err(NameError::TooLong(255));
        }
        match text.chars().find(|c| !(' '..='~').contains(c)) {
            Some(bad) => Err(NameError::Character(bad)),
            None => Ok(Self(text.to_owned())),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
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
        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }
    };
}
text!(Slug);
text!(ClientId);
text!(IdpId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_somebody_who_is_not_kept_says_so_and_is_always_the_same() {
        let id = UserId::transient(&[7; 32]);
        assert_eq!(id, UserId::transient(&[7; 32]));
        assert_ne!(id, UserId::transient(&[8; 32]));
        assert!(id.is_transient());
        assert_eq!(id.to_string().as_bytes().get(14), Some(&b'8'), "where the database looks");
        assert!(!UserId::from_uuid(Uuid::from_u128(8)).is_transient());
        let minted = uuid::Builder::from_unix_timestamp_millis(1_800_000_000_000, &[8; 10]).into_uuid();
        assert!(!UserId::from_uuid(minted).is_transient());
    }
}
