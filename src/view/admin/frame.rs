//! What surrounds the pages of the administration: where one is, where one's role lets one go, and the way out.
//!
//! A page has the fields `frame` and `menu`, and its template extends `admin/frame.html` and fills `page`.

use super::super::AccountInfo;
use crate::domain::authority::{Act, Authority, Over};

/// The parts of the administration, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminSection {
    Home,
    Users,
    Policy,
    Networks,
    Notices,
    Applications,
    IdentityProviders,
    Certificates,
}

impl AdminSection {
    pub const ALL: [Self; 8] = [
        Self::Home,
        Self::Users,
        Self::Applications,
        Self::IdentityProviders,
        Self::Certificates,
        Self::Policy,
        Self::Networks,
        Self::Notices,
    ];

    /// Below the tenant's base.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/admin",
            Self::Users => "/admin/users",
            Self::Policy => "/admin/policy",
            Self::Networks => "/admin/networks",
            Self::Notices => "/admin/notices",
            Self::Applications => "/admin/applications",
            Self::IdentityProviders => "/admin/identity-providers",
            Self::Certificates => "/admin/certificates",
        }
    }

    pub(in crate::view) fn key(self) -> &'static str {
        match self {
            Self::Home => "admin-home",
            Self::Users => "admin-users",
            Self::Policy => "admin-policy",
            Self::Networks => "admin-networks",
            Self::Notices => "admin-notices",
            Self::Applications => "admin-applications",
            Self::IdentityProviders => "admin-identity-providers",
            Self::Certificates => "admin-certificates",
        }
    }

    fn act(self) -> Act {
        match self {
            Self::Home | Self::Users => Act::SeePeople,
            Self::Policy
            | Self::Networks
            | Self::Notices
            | Self::Applications
            | Self::IdentityProviders
            | Self::Certificates => Act::SeeRules,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminMenu {
    /// The part that is shown.
    pub section: AdminSection,
    /// Whoever is signed in.
    pub account: AccountInfo,
    pub authority: Authority,
    pub sign_out_href: String,
}

impl AdminMenu {
    pub(in crate::view) fn sections(&self) -> Vec<AdminSection> {
        AdminSection::ALL.into_iter().filter(|section| self.authority.may(section.act(), Over::Tenant)).collect()
    }

    pub(in crate::view) fn sample(section: AdminSection) -> Self {
        let admin = crate::domain::user::Role::parse("admin").into_iter().collect();
        Self {
            section,
            account: AccountInfo::sample(),
            authority: Authority::of(&admin),
            sign_out_href: "/t/fjordby/sign-out".to_owned(),
        }
    }
}
