//! Which of the audit log's events a person is shown of their own account, and in which drawer they lie.

use super::audit::EventKind;

/// How far back a person is shown what happened.
pub const DAYS: i64 = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityGroup {
    SignIns,
    /// How one signs in, and what was done to the account.
    Security,
    Services,
    /// What is known of the person.
    Details,
}

impl ActivityGroup {
    pub const ALL: [Self; 4] = [Self::SignIns, Self::Security, Self::Services, Self::Details];

    pub fn name(self) -> &'static str {
        match self {
            Self::SignIns => "sign-ins",
            Self::Security => "security",
            Self::Services => "services",
            Self::Details => "details",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// What lies in it.
    pub fn kinds(self) -> impl Iterator<Item = EventKind> {
        SHOWN.into_iter().filter(move |(_, group)| *group == self).map(|(kind, _)| kind)
    }

    pub fn of(kind: EventKind) -> Option<Self> {
        SHOWN.into_iter().find(|(shown, _)| *shown == kind).map(|(_, group)| group)
    }
}

/// Renewals and code exchanges are not: they are the services' own talk, and there are many.
const SHOWN: [(EventKind, ActivityGroup); 41] = [
    (EventKind::SignInSucceeded, ActivityGroup::SignIns),
    (EventKind::SignInFailed, ActivityGroup::SignIns),
    (EventKind::FederationAccepted, ActivityGroup::SignIns),
    (EventKind::FederationRefused, ActivityGroup::SignIns),
    (EventKind::SessionEnded, ActivityGroup::SignIns),
    (EventKind::UserSignedOut, ActivityGroup::SignIns),
    (EventKind::CodeSent, ActivityGroup::SignIns),
    (EventKind::RecoveryCodeUsed, ActivityGroup::SignIns),
    (EventKind::AccountLocked, ActivityGroup::Security),
    (EventKind::UserUnlocked, ActivityGroup::Security),
    (EventKind::AccountSelfLocked, ActivityGroup::Security),
    (EventKind::UserDisabled, ActivityGroup::Security),
    (EventKind::UserEnabled, ActivityGroup::Security),
    (EventKind::PasswordSet, ActivityGroup::Security),
    (EventKind::PasswordChangeAsked, ActivityGroup::Security),
    (EventKind::PasswordResetRequested, ActivityGroup::Security),
    (EventKind::InvitationSent, ActivityGroup::Security),
    (EventKind::FactorAdded, ActivityGroup::Security),
    (EventKind::FactorRemoved, ActivityGroup::Security),
    (EventKind::FactorRenamed, ActivityGroup::Security),
    (EventKind::FederationLinked, ActivityGroup::Security),
    (EventKind::FederationUnlinked, ActivityGroup::Security),
    (EventKind::SecondFactorReset, ActivityGroup::Security),
    (EventKind::RecoveryCodesRenewed, ActivityGroup::Security),
    (EventKind::EnrolmentPostponed, ActivityGroup::Security),
    (EventKind::DeviceForgotten, ActivityGroup::Security),
    (EventKind::RefreshReplayed, ActivityGroup::Security),
    (EventKind::AuthorizationGranted, ActivityGroup::Services),
    (EventKind::AuthorizationRefused, ActivityGroup::Services),
    (EventKind::ConsentGiven, ActivityGroup::Services),
    (EventKind::ConsentRefused, ActivityGroup::Services),
    (EventKind::AccessWithdrawn, ActivityGroup::Services),
    (EventKind::LogoutRequested, ActivityGroup::Services),
    (EventKind::LogoutAnswered, ActivityGroup::Services),
    (EventKind::LogoutUntold, ActivityGroup::Services),
    (EventKind::UserCreated, ActivityGroup::Details),
    (EventKind::UserChanged, ActivityGroup::Details),
    (EventKind::AddressChangeRequested, ActivityGroup::Details),
    (EventKind::AddressChanged, ActivityGroup::Details),
    (EventKind::UserViewed, ActivityGroup::Details),
    (EventKind::DataExported, ActivityGroup::Details),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// About the server, the tenant or an application; or the services' own talk.
    const NOT_SHOWN: [&str; 16] = [
        "tenant.",
        "application.",
        "identity_provider.",
        "key.",
        "credential.",
        "client.",
        "audit.",
        "source.",
        "code.",
        "grant.",
        "token.revoked",
        "token.refreshed",
        "mail.",
        "notice.",
        "admin.",
        "form.",
    ];

    #[test]
    fn every_event_about_a_person_is_shown_to_that_person_or_left_out_on_purpose() {
        let quiet = [EventKind::PasswordRehashed, EventKind::SignInThrottled];
        for kind in EventKind::ALL {
            let left_out = NOT_SHOWN.iter().any(|start| kind.name().starts_with(start)) || quiet.contains(kind);
            assert_eq!(ActivityGroup::of(*kind).is_none(), left_out, "{}: list it in SHOWN or NOT_SHOWN", kind.name());
        }
        for group in ActivityGroup::ALL {
            assert!(group.kinds().count() > 0);
            assert_eq!(ActivityGroup::parse(group.name()), Some(group));
        }
    }
}
