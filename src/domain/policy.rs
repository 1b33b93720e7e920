//! What a tenant demands. Per role the strictest rule wins (IN-6).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::user::Role;

/// A limit that may be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit<T> {
    Off,
    At(T),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    pub password: PasswordPolicy,
    pub lockout: LockoutPolicy,
    pub second_factor: SecondFactorPolicy,
    pub session: SessionPolicy,
    pub roles: Vec<RolePolicy>,
}

/// IN-5. Stored here; enforced where a password is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    pub min_length: u32,
    pub min_digits: u32,
    pub min_special: u32,
    pub refuse_common: bool,
    pub refuse_breached: bool,
    pub history: u32,
    /// `None` = never.
    pub max_age: Option<Duration>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 12,
            min_digits: 0,
            min_special: 0,
            refuse_common: true,
            refuse_breached: true,
            history: 0,
            max_age: None,
        }
    }
}

/// IN-4: three failures lock for fifteen minutes, then thirty, then sixty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LockoutPolicy {
    pub failures: u32,
    pub duration: Duration,
    pub longest: Duration,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self { failures: 3, duration: Duration::from_secs(15 * 60), longest: Duration::from_secs(60 * 60) }
    }
}

/// IN-2, IN-3: which second factors a tenant offers. Kept with the policy; they take effect where such a
/// factor is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondFactorPolicy {
    pub methods: Vec<SecondFactorMethod>,
    pub remember_device: Duration,
}

impl Default for SecondFactorPolicy {
    fn default() -> Self {
        use SecondFactorMethod::{EmailCode, Passkey, Totp};
        Self { methods: vec![Totp, Passkey, EmailCode], remember_device: Duration::ZERO }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorMethod {
    Totp,
    Passkey,
    EmailCode,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionPolicy {
    pub idle: Limit<Duration>,
    pub absolute: Limit<Duration>,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self { idle: Limit::At(Duration::from_secs(60 * 60)), absolute: Limit::At(Duration::from_secs(12 * 60 * 60)) }
    }
}

/// Stricter rules for those with more power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePolicy {
    pub role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_min_length: Option<u32>,
}
