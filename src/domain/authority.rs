//! What people may do in the administration, and to whom. Decided from the roles of now, at the moment of the act
//! (security 3.20): no group, no application and nothing in a session gives authority.

use std::collections::BTreeSet;

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
}

/// The built-in roles that one person has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    auditor: bool,
    helpdesk: bool,
    admin: bool,
}

/// What is done in the administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    SeePeople,
    /// Policy, networks, notices.
    SeeRules,
    ChangeRules,
    CreatePerson,
    EditPerson,
    Unlock,
    SendReset,
    Invite,
    ResetSecondFactor,
    ForcePasswordChange,
    SignOutEverywhere,
    Disable,
    Enable,
    Delete,
}

impl Act {
    pub const ALL: [Self; 14] = [
        Self::SeePeople,
        Self::SeeRules,
        Self::ChangeRules,
        Self::CreatePerson,
        Self::EditPerson,
        Self::Unlock,
        Self::SendReset,
        Self::Invite,
        Self::ResetSecondFactor,
        Self::ForcePasswordChange,
        Self::SignOutEverywhere,
        Self::Disable,
        Self::Enable,
        Self::Delete,
    ];

    /// Stands in addresses and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeePeople => "see-people",
            Self::SeeRules => "see-rules",
            Self::ChangeRules => "change-rules",
            Self::CreatePerson => "create",
            Self::EditPerson => "edit",
            Self::Unlock => "unlock",
            Self::SendReset => "send-reset",
            Self::Invite => "invite",
            Self::ResetSecondFactor => "reset-second-factor",
            Self::ForcePasswordChange => "force-password-change",
            Self::SignOutEverywhere => "sign-out-everywhere",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
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
            Act::ChangeRules | Act::CreatePerson => self.admin,
            Act::Unlock | Act::SendReset | Act::SignOutEverywhere => self.admin || self.helps(over),
            // One's own factors are changed in Min profil, where policy keeps the last one.
            Act::ResetSecondFactor => (self.admin && over != Over::Oneself) || self.helps(over),
            Act::EditPerson | Act::Invite | Act::ForcePasswordChange => self.admin,
            // Nobody shuts themselves out.
            Act::Disable | Act::Enable | Act::Delete => self.admin && over != Over::Oneself,
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

    #[test]
    fn adm01_each_role_may_do_what_its_row_says() {
        use Act as A;
        // Over somebody with no role, over helpdesk, over an administrator, over oneself.
        let table: &[(&str, A, [bool; 4])] = &[
            ("admin", A::SeePeople, [true; 4]),
            ("admin", A::EditPerson, [true; 4]),
            ("admin", A::Unlock, [true; 4]),
            ("admin", A::SendReset, [true; 4]),
            ("admin", A::SignOutEverywhere, [true; 4]),
            ("admin", A::ForcePasswordChange, [true; 4]),
            ("admin", A::ResetSecondFactor, [true, true, true, false]),
            ("admin", A::Disable, [true, true, true, false]),
            ("admin", A::Enable, [true, true, true, false]),
            ("admin", A::Delete, [true, true, true, false]),
            ("helpdesk", A::SeePeople, [true; 4]),
            ("helpdesk", A::Unlock, [true, false, false, false]),
            ("helpdesk", A::SendReset, [true, false, false, false]),
            ("helpdesk", A::ResetSecondFactor, [true, false, false, false]),
            ("helpdesk", A::SignOutEverywhere, [true, false, false, false]),
            ("helpdesk", A::EditPerson, [false; 4]),
            ("helpdesk", A::Invite, [false; 4]),
            ("helpdesk", A::ForcePasswordChange, [false; 4]),
            ("helpdesk", A::Disable, [false; 4]),
            ("helpdesk", A::Enable, [false; 4]),
            ("helpdesk", A::Delete, [false; 4]),
            ("helpdesk", A::SeeRules, [false; 4]),
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
        for act in Act::ALL {
            let looks = matches!(act, Act::SeePeople | Act::SeeRules);
            assert_eq!(with(&["auditor"]).may(act, Over::Somebody(with(&[]))), looks, "{act:?}");
            assert_eq!(with(&["auditor"]).may(act, Over::Tenant), looks, "{act:?}");
            for other in ["", "owner", "Admin", "administrator"] {
                let roles = if other.is_empty() { with(&[]) } else { with(&[other]) };
                assert!(!roles.may(act, Over::Somebody(with(&[]))), "{other} {act:?}");
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
    fn every_act_is_found_by_its_name() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.name()), Some(act));
        }
    }
}
