//! What surrounds the pages of somebody who is signed in: where one is, where one can go, and the way out.
//!
//! A page has the fields `frame` and `menu`, and its template extends `account/frame.html` and fills `page`.

use super::super::{AccountInfo, Frame, texts};

/// The pages of Min profil, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountSection {
    Overview,
    Details,
    Password,
    Factors,
    Sessions,
    Applications,
    Activity,
    Data,
    Lock,
}

impl AccountSection {
    pub const ALL: [Self; 9] = [
        Self::Overview,
        Self::Details,
        Self::Password,
        Self::Factors,
        Self::Sessions,
        Self::Applications,
        Self::Activity,
        Self::Data,
        Self::Lock,
    ];

    /// Below the tenant's base.
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Details => "/account/details",
            Self::Password => "/account/password",
            Self::Factors => "/account/factors",
            Self::Sessions => "/account/sessions",
            Self::Applications => "/account/applications",
            Self::Activity => "/account/activity",
            Self::Data => "/account/export",
            Self::Lock => "/account/lock",
        }
    }

    /// Whether it sets something up that outlives a session: nothing for somebody who is not kept.
    pub fn is_kept(self) -> bool {
        match self {
            Self::Details | Self::Password | Self::Factors | Self::Lock => true,
            Self::Overview | Self::Sessions | Self::Applications | Self::Activity | Self::Data => false,
        }
    }

    pub(in crate::view) fn key(self) -> &'static str {
        match self {
            Self::Overview => "account-overview",
            Self::Details => "account-details",
            Self::Password => "account-password",
            Self::Factors => "account-factors",
            Self::Sessions => "account-sessions",
            Self::Applications => "account-applications",
            Self::Activity => "account-activity",
            Self::Data => "account-data",
            Self::Lock => "account-lock",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountMenu {
    /// The page that is shown, or the one it belongs to.
    pub section: AccountSection,
    pub account: AccountInfo,
    pub sign_out_href: String,
    /// The person is known only as long as a session lives.
    pub transient: bool,
    /// The person has a part in the administration.
    pub staff: bool,
}

impl AccountMenu {
    pub(in crate::view) fn sample(section: AccountSection) -> Self {
        let sign_out_href = "/t/fjordby/sign-out".to_owned();
        Self { section, account: AccountInfo::sample(), sign_out_href, transient: false, staff: false }
    }

    /// Where one can go.
    pub(in crate::view) fn sections(&self) -> Vec<AccountSection> {
        AccountSection::ALL.into_iter().filter(|section| !self.transient || !section.is_kept()).collect()
    }
}

impl Frame {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates hand fields over by reference")]
    pub(in crate::view) fn counting(&self, key: &str, name: &'static str, number: &u32) -> String {
        texts::text_counting(self.language, key, name, *number)
    }
    pub(in crate::view) fn filled(&self, key: &str, arguments: &[(&'static str, &str)]) -> String {
        texts::text_filled(self.language, key, arguments)
    }
}
