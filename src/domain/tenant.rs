//! A customer organisation.

use serde::{Deserialize, Serialize};

use super::Time;
use super::help::Help;
use super::ids::{Slug, TenantId};
use super::language::Language;
use super::notice::Notice;
use super::policy::{Limit, Policy, PolicyFault};
use super::time_zone::TimeZone;

/// What the registry knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: Slug,
    pub status: TenantStatus,
    /// Host names of its own; its base is then `https://{host}`.
    pub hosts: Vec<String>,
    pub created_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TenantStatus {
    Active,
    Suspended,
}

/// What the tenant's own database says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSettings {
    pub name: String,
    /// Offered languages; the first is the default. Never empty.
    pub languages: Vec<Language>,
    /// The clock that its people read.
    #[serde(default)]
    pub time_zone: TimeZone,
    pub playground: bool,
    /// Whoever comes from an upstream is passed on and not kept (IN-10).
    #[serde(default)]
    pub broker: bool,
    #[serde(default)]
    pub help: Help,
    pub policy: Policy,
    /// What is announced on the sign-in page and the status page.
    #[serde(default)]
    pub notices: Vec<Notice>,
}

impl TenantSettings {
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            languages: vec![Language::En, Language::Da, Language::Sv, Language::Nb],
            time_zone: TimeZone::default(),
            playground: false,
            broker: false,
            help: Help::default(),
            policy: Policy::default(),
            notices: Vec::new(),
        }
    }

    /// What of the policy cannot be kept by anybody, contradicts itself, or does not go with broker mode.
    pub fn faults(&self) -> Vec<PolicyFault> {
        let mut faults = self.policy.faults();
        if self.broker && self.policy.session.idle == Limit::Off && self.policy.session.absolute == Limit::Off {
            faults.push(PolicyFault::NeverForgotten);
        }
        faults
    }
}
