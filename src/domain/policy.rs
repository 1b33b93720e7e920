//! What a tenant demands. Per role the strictest rule wins (IN-6).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quantity::Network;
use super::user::Role;

/// A limit that may be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit<T> {
    Off,
    At(T),
}

impl<T: Ord + Copy> Limit<T> {
    /// The smaller of two; `Off` is no limit at all.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        match (self, other) {
            (Self::Off, limit) | (limit, Self::Off) => limit,
            (Self::At(one), Self::At(other)) => Self::At(one.min(other)),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    pub password: PasswordPolicy,
    pub lockout: LockoutPolicy,
    pub second_factor: SecondFactorPolicy,
    pub session: SessionPolicy,
    pub networks: NetworkPolicy,
    pub sign_in: SignInPolicy,
    pub roles: Vec<RolePolicy>,
}

/// The least that may be asked of a password's length, and the longest that must be possible (NIST SP 800-63B-4
/// §3.1.1.2: at least 8, and at least 64 permitted).
pub const LEAST_LENGTH: u32 = 8;
pub const LEAST_MAX_LENGTH: u32 = 64;
/// Longer ones are refused before anything looks at them (`secret::PASSWORD_MAX_BYTES`).
pub const LONGEST_LENGTH: u32 = 1024;

/// IN-5. Enforced where a password is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordPolicy {
    pub min_length: u32,
    pub max_length: u32,
    pub min_digits: u32,
    /// Characters that are neither letters nor digits.
    pub min_special: u32,
    pub min_upper: u32,
    pub min_lower: u32,
    pub refuse_common: bool,
    pub refuse_breached: bool,
    /// The person's own names and those of the organisation.
    pub refuse_own_words: bool,
    /// What else belongs to the organisation: products, places.
    pub own_words: Vec<String>,
    /// How many earlier passwords may not come again.
    pub history: u32,
    /// `None` = never.
    pub max_age: Option<Duration>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 12,
            max_length: LONGEST_LENGTH,
            min_digits: 0,
            min_special: 0,
            min_upper: 0,
            min_lower: 0,
            refuse_common: true,
            refuse_breached: true,
            refuse_own_words: true,
            own_words: Vec::new(),
            history: 0,
            max_age: None,
        }
    }
}

impl PasswordPolicy {
    /// Characters that are demanded by kind.
    pub fn composition(&self) -> u32 {
        [self.min_digits, self.min_special, self.min_upper, self.min_lower].into_iter().fold(0, u32::saturating_add)
    }

    fn tighten(&mut self, by: &RolePassword) {
        let least = |here: &mut u32, by: Option<u32>| *here = (*here).max(by.unwrap_or(0));
        least(&mut self.min_length, by.min_length);
        least(&mut self.min_digits, by.min_digits);
        least(&mut self.min_special, by.min_special);
        least(&mut self.min_upper, by.min_upper);
        least(&mut self.min_lower, by.min_lower);
        least(&mut self.history, by.history);
        self.max_length = by.max_length.map_or(self.max_length, |most| most.min(self.max_length));
        self.refuse_common |= by.refuse_common.unwrap_or(false);
        self.refuse_breached |= by.refuse_breached.unwrap_or(false);
        self.refuse_own_words |= by.refuse_own_words.unwrap_or(false);
        self.max_age = [self.max_age, by.max_age].into_iter().flatten().min();
    }

    /// A password that keeps every rule must be possible: the longest is never shorter than what is demanded.
    fn make_room(&mut self) {
        self.max_length = self.max_length.max(self.min_length).max(self.composition()).max(LEAST_MAX_LENGTH);
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

/// IN-2, IN-3: who must have a second factor, and which ones a tenant offers. A mailed code satisfies the rule
/// where it is among the methods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecondFactorPolicy {
    pub required: Requirement,
    pub methods: Vec<SecondFactorMethod>,
    /// Zero: asked for at every sign-in.
    pub remember_device: Duration,
    /// How long a person may do without after the first sign-in under the rule. Zero: not at all.
    pub grace: Duration,
}

impl Default for SecondFactorPolicy {
    fn default() -> Self {
        Self {
            required: Requirement::None,
            methods: SecondFactorMethod::ALL.to_vec(),
            remember_device: Duration::ZERO,
            grace: Duration::ZERO,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    #[default]
    None,
    Everyone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorMethod {
    Totp,
    Passkey,
    EmailCode,
}

impl SecondFactorMethod {
    pub const ALL: [Self; 3] = [Self::Totp, Self::Passkey, Self::EmailCode];

    /// Whether people can have it yet.
    pub fn is_there(self) -> bool {
        match self {
            Self::Totp | Self::EmailCode => true,
            Self::Passkey => false,
        }
    }

    /// As in the declarative file, forms and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::EmailCode => "email_code",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
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

/// IN-8: who may sign in with what is kept here, rather than at an upstream identity provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInPolicy {
    pub local: LocalSignIn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocalSignIn {
    #[default]
    Everyone,
    /// All others come from an identity provider.
    Administrators,
}

impl SignInPolicy {
    /// Whether somebody with these roles may sign in here. Those who administer always can.
    pub fn admits_roles(&self, roles: &BTreeSet<Role>) -> bool {
        match self.local {
            LocalSignIn::Everyone => true,
            LocalSignIn::Administrators => roles.iter().any(Role::is_administrative),
        }
    }
}

/// IN-12: where sign-ins may come from. Empty: from anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkPolicy {
    pub everyone: Vec<Network>,
    /// For those who administer, beside the rule for everyone.
    pub administrators: Vec<Network>,
}

impl NetworkPolicy {
    /// Whether anybody at this address may try to sign in. An address that is not known is outside every list.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        inside(&self.everyone, address)
    }

    /// Whether someone with these roles may be signed in at this address.
    pub fn admits_roles(&self, roles: &BTreeSet<Role>, address: Option<IpAddr>) -> bool {
        let administers = roles.iter().any(Role::is_administrative);
        self.admits(address) && (!administers || inside(&self.administrators, address))
    }
}

fn inside(networks: &[Network], address: Option<IpAddr>) -> bool {
    networks.is_empty() || address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
}

/// Stricter rules for those with more power. What is absent asks nothing beyond the rules for everyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredRolePolicy")]
pub struct RolePolicy {
    pub role: Role,
    #[serde(skip_serializing_if = "is_empty")]
    pub password: RolePassword,
    #[serde(skip_serializing_if = "is_empty")]
    pub second_factor: RoleSecondFactor,
    #[serde(skip_serializing_if = "is_empty")]
    pub session: RoleSession,
}

impl RolePolicy {
    /// A role without rules of its own as yet.
    pub fn of(role: Role) -> Self {
        Self {
            role,
            password: RolePassword::default(),
            second_factor: RoleSecondFactor::default(),
            session: RoleSession::default(),
        }
    }
}

fn is_empty<T: Default + PartialEq>(rules: &T) -> bool {
    *rules == T::default()
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RolePassword {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_digits: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_special: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_upper: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_lower: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_common: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_breached: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_own_words: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoleSecondFactor {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<SecondFactorMethod>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember_device: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoleSession {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute: Option<Duration>,
}

/// As it may stand in a database: the first version knew a length only.
#[derive(Deserialize)]
struct StoredRolePolicy {
    role: Role,
    #[serde(default)]
    password: RolePassword,
    #[serde(default)]
    second_factor: RoleSecondFactor,
    #[serde(default)]
    session: RoleSession,
    #[serde(default)]
    password_min_length: Option<u32>,
}

impl From<StoredRolePolicy> for RolePolicy {
    fn from(stored: StoredRolePolicy) -> Self {
        let mut password = stored.password;
        password.min_length = password.min_length.or(stored.password_min_length);
        Self { role: stored.role, password, second_factor: stored.second_factor, session: stored.session }
    }
}

/// What holds for one person: the rules for everyone and those of every role, the strictest of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    pub password: PasswordPolicy,
    pub second_factor: SecondFactorRule,
    pub session: SessionPolicy,
    pub lockout: LockoutPolicy,
}

/// The second-factor rule for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorRule {
    pub required: bool,
    /// What this person may use, the tenant's preference first.
    pub methods: Vec<SecondFactorMethod>,
    pub remember_device: Duration,
    pub grace: Duration,
}

impl SecondFactorRule {
    pub fn allows(&self, method: SecondFactorMethod) -> bool {
        self.methods.contains(&method)
    }

    fn tighten(&mut self, by: &RoleSecondFactor) {
        self.required |= by.required.unwrap_or(false);
        if let Some(methods) = &by.methods {
            self.methods.retain(|method| methods.contains(method));
        }
        self.remember_device = by.remember_device.map_or(self.remember_device, |time| time.min(self.remember_device));
        self.grace = by.grace.map_or(self.grace, |time| time.min(self.grace));
    }
}

impl Policy {
    /// What holds for someone with these roles. Never weaker than any of the rules that contribute.
    pub fn for_roles(&self, roles: &BTreeSet<Role>) -> Effective {
        self.combine(self.roles.iter().filter(|policy| roles.contains(&policy.role)))
    }

    fn combine<'a>(&'a self, roles: impl Iterator<Item = &'a RolePolicy>) -> Effective {
        let mut effective = Effective {
            password: self.password.clone(),
            second_factor: SecondFactorRule {
                required: self.second_factor.required == Requirement::Everyone,
                methods: self.second_factor.methods.clone(),
                remember_device: self.second_factor.remember_device,
                grace: self.second_factor.grace,
            },
            session: self.session.clone(),
            lockout: self.lockout.clone(),
        };
        for policy in roles {
            effective.password.tighten(&policy.password);
            effective.second_factor.tighten(&policy.second_factor);
            let limit = |time: Option<Duration>| time.map_or(Limit::Off, Limit::At);
            effective.session.idle = effective.session.idle.strictest(limit(policy.session.idle));
            effective.session.absolute = effective.session.absolute.strictest(limit(policy.session.absolute));
        }
        effective.password.make_room();
        effective
    }

    /// What cannot be kept by anybody, or contradicts itself.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = Vec::new();
        // Nobody can have more roles than all of them: if something is left for such a person, it is for everyone.
        let strictest = self.combine(self.roles.iter()).second_factor;
        if strictest.required && !strictest.methods.iter().any(|method| method.is_there()) {
            faults.push(PolicyFault::NoMethodLeft);
        }
        if self.lockout.longest < self.lockout.duration {
            faults.push(PolicyFault::LongestLock);
        }
        if self.password.max_length < self.password.min_length {
            faults.push(PolicyFault::MaxLength);
        }
        faults
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    #[error("a second factor is required, but the methods that everyone and each role may use have none in common")]
    NoMethodLeft,
    #[error("the longest lock must not be shorter than the first")]
    LongestLock,
    #[error("the maximum length must not be less than the minimum length")]
    MaxLength,
    /// Found where the identity providers are known.
    #[error("only administrators could sign in: no identity provider is switched on")]
    NoProvider,
    /// Found where it is known whether the tenant keeps its people (IN-10).
    #[error("in broker mode a session must end by idle or by absolute: who never leaves is never forgotten")]
    NeverForgotten,
}

impl PolicyFault {
    /// The key of the declarative file below `policy`.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoMethodLeft => "second_factor.methods",
            Self::LongestLock => "lockout.longest",
            Self::MaxLength => "password.max_length",
            Self::NoProvider => "sign_in.local",
            Self::NeverForgotten => "session.idle",
        }
    }
}

#[cfg(test)]
mod tests;
