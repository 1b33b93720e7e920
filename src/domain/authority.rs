//! What people may do in the administration, and to whom. Decided from the roles of now, at the moment of the act
//! (security 3.20): no group, no application and nothing in a session gives authority.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::user::Role;

/// The three roles that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaffRole {
    /// Sees everything, changes nothing.
    Auditor,
    /// Helps people back in; reaches nobody who is staff.
    Helpdesk,
    /// Everything in the tenant.
    Admin,
}

impl StaffRole {
    pub const ALL: [Self; 3] = [Self::Auditor, Self::Helpdesk, Self::Admin];

    /// As it stands among a person's roles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Helpdesk => "helpdesk",
            Self::Admin => "admin",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What somebody probably meant who wrote this, a slip of the finger away.
    pub fn nearly(name: &str) -> Option<Self> {
        if Self::parse(name).is_some() {
            return None;
        }
        let name = name.to_lowercase();
        let near = |role: &Self| {
            let allowed = (role.name().len() / 3).clamp(1, 2);
            strsim::damerau_levenshtein(&name, role.name()) <= allowed
        };
        Self::ALL.into_iter().find(near)
    }
}

/// The built-in roles that one person has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    auditor: bool,
    helpdesk: bool,
    admin: bool,
}

/// What is done in the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    SeePeople,
    /// Policy, networks, notices.
    SeeRules,
    ChangeRules,
    CreatePerson,
    EditPerson,
    Do(Deed),
}

/// What one button does to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    Unlock,
    SendReset,
    Invite,
    SignOut,
    ForcePasswordChange,
    ResetSecondFactor,
    Disable,
    Enable,
}

impl Deed {
    pub const ALL: [Self; 8] = [
        Self::Unlock,
        Self::SendReset,
        Self::Invite,
        Self::SignOut,
        Self::ForcePasswordChange,
        Self::ResetSecondFactor,
        Self::Disable,
        Self::Enable,
    ];

    /// Stands in addresses and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::SendReset => "send-reset",
            Self::Invite => "invite",
            Self::SignOut => "sign-out",
            Self::ForcePasswordChange => "force-password-change",
            Self::ResetSecondFactor => "reset-second-factor",
            Self::Disable => "disable",
            Self::Enable => "enable",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.name() == name)
    }

    /// Whether it takes something away that does not come back by itself, or lets somebody in: asked once more, of
    /// somebody who has signed in a moment ago.
    pub fn is_dangerous(self) -> bool {
        match self {
            Self::ResetSecondFactor | Self::Disable | Self::Enable => true,
            Self::Unlock | Self::SendReset | Self::Invite | Self::SignOut | Self::ForcePasswordChange => false,
        }
    }
}

impl Act {
    /// Stands in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeePeople => "see-people",
            Self::SeeRules => "see-rules",
            Self::ChangeRules => "change-rules",
            Self::CreatePerson => "create",
            Self::EditPerson => "edit",
            Self::Do(deed) => deed.name(),
        }
    }
}

/// Whom an act is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Nobody in particular: the tenant.
    Tenant,
    Oneself,
    Somebody(Authority),
}

impl Authority {
    pub fn of(roles: &BTreeSet<Role>) -> Self {
        let has = |role: StaffRole| roles.iter().any(|held| held.as_str() == role.name());
        Self { auditor: has(StaffRole::Auditor), helpdesk: has(StaffRole::Helpdesk), admin: has(StaffRole::Admin) }
    }

    /// Whether the administration opens at all.
    pub fn is_staff(self) -> bool {
        self.admin || self.helpdesk || self.auditor
    }

    pub fn is_admin(self) -> bool {
        self.admin
    }

    /// The one place that decides.
    pub fn may(self, act: Act, over: Over) -> bool {
        match act {
            Act::SeePeople => self.is_staff(),
            Act::SeeRules => self.admin || self.auditor,
            Act::ChangeRules | Act::CreatePerson | Act::EditPerson => self.admin,
            Act::Do(deed) => self.may_do(deed, over),
        }
    }

    fn may_do(self, deed: Deed, over: Over) -> bool {
        match deed {
            Deed::Unlock | Deed::SendReset | Deed::SignOut => self.admin || self.helps(over),
            // One's own factors are changed in Min profil, where policy keeps the last one.
            Deed::ResetSecondFactor => (self.admin && over != Over::Oneself) || self.helps(over),
            Deed::Invite | Deed::ForcePasswordChange => self.admin,
            // Nobody shuts themselves out.
            Deed::Disable | Deed::Enable => self.admin && over != Over::Oneself,
        }
    }

    /// The helpdesk reaches those who have no part in the administration: whoever can set a person's access free
    /// must not come by more than they have.
    fn helps(self, over: Over) -> bool {
        match over {
            Over::Tenant | Over::Oneself => false,
            Over::Somebody(target) => self.helpdesk && !target.is_staff(),
        }
    }

    /// Whether someone's built-in roles may be changed so: nobody gives or takes what they do not stand above or have.
    pub fn may_grant(self, before: Self, after: Self) -> bool {
        before == after || self.admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(roles: &[&str]) -> Authority {
        Authority::of(&roles.iter().map(|role| Role::parse(role).unwrap()).collect())
    }

    fn all_acts() -> Vec<Act> {
        let rest = [Act::SeePeople, Act::SeeRules, Act::ChangeRules, Act::CreatePerson, Act::EditPerson];
        rest.into_iter().chain(Deed::ALL.map(Act::Do)).collect()
    }

    #[test]
    fn adm01_each_role_may_do_what_its_row_says() {
        use Deed as D;
        // Over somebody with no role, over helpdesk, over an administrator, over oneself.
        let table: &[(&str, Act, [bool; 4])] = &[
            ("admin", Act::SeePeople, [true; 4]),
            ("admin", Act::EditPerson, [true; 4]),
            ("admin", Act::Do(D::Unlock), [true; 4]),
            ("admin", Act::Do(D::SendReset), [true; 4]),
            ("admin", Act::Do(D::Invite), [true; 4]),
            ("admin", Act::Do(D::SignOut), [true; 4]),
            ("admin", Act::Do(D::ForcePasswordChange), [true; 4]),
            ("admin", Act::Do(D::ResetSecondFactor), [true, true, true, false]),
            ("admin", Act::Do(D::Disable), [true, true, true, false]),
            ("admin", Act::Do(D::Enable), [true, true, true, false]),
            ("helpdesk", Act::SeePeople, [true; 4]),
            ("helpdesk", Act::SeeRules, [false; 4]),
            ("helpdesk", Act::EditPerson, [false; 4]),
            ("helpdesk", Act::Do(D::Unlock), [true, false, false, false]),
            ("helpdesk", Act::Do(D::SendReset), [true, false, false, false]),
            ("helpdesk", Act::Do(D::SignOut), [true, false, false, false]),
            ("helpdesk", Act::Do(D::ResetSecondFactor), [true, false, false, false]),
            ("helpdesk", Act::Do(D::Invite), [false; 4]),
            ("helpdesk", Act::Do(D::ForcePasswordChange), [false; 4]),
            ("helpdesk", Act::Do(D::Disable), [false; 4]),
            ("helpdesk", Act::Do(D::Enable), [false; 4]),
        ];
        for (role, act, expected) in table {
            let over = [
                Over::Somebody(with(&[])),
                Over::Somebody(with(&["helpdesk"])),
                Over::Somebody(with(&["admin"])),
                Over::Oneself,
            ];
            assert_eq!(over.map(|over| with(&[role]).may(*act, over)), *expected, "{role} {act:?}");
        }
    }

    #[test]
    fn an_auditor_only_looks_and_nobody_else_does_even_that() {
        for act in all_acts() {
            let looks = matches!(act, Act::SeePeople | Act::SeeRules);
            assert_eq!(with(&["auditor"]).may(act, Over::Somebody(with(&[]))), looks, "{act:?}");
            assert_eq!(with(&["auditor"]).may(act, Over::Tenant), looks, "{act:?}");
            for other in [&[][..], &["owner"], &["Admin"], &["administrator"]] {
                assert!(!with(other).may(act, Over::Somebody(with(&[]))), "{other:?} {act:?}");
            }
        }
    }

    #[test]
    fn only_an_administrator_gives_and_takes_built_in_roles() {
        let all = [with(&[]), with(&["auditor"]), with(&["helpdesk"]), with(&["admin"])];
        for before in all {
            for after in all {
                assert!(with(&["admin"]).may_grant(before, after));
                assert_eq!(with(&["helpdesk", "auditor"]).may_grant(before, after), before == after);
            }
        }
    }

    #[test]
    fn every_deed_is_found_by_its_name() {
        for deed in Deed::ALL {
            assert_eq!(Deed::parse(deed.name()), Some(deed));
        }
    }
}
