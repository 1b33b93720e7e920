//! Security events as data. Each is written in the transaction of the act, chained per tenant (AU-1).

use std::collections::BTreeMap;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::Time;
use super::ids::{ClientId, SessionId, UserId};

macro_rules! kinds {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// What happened. The name is stable: it stands in databases, logs and exports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($variant),* }
        impl EventKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

kinds! {
    TenantCreated = "tenant.created",
    TenantChanged = "tenant.changed",
    UserCreated = "user.created",
    UserChanged = "user.changed",
    UserUnlocked = "user.unlocked",
    UserDisabled = "user.disabled",
    UserEnabled = "user.enabled",
    UserSignedOut = "user.signed_out",
    UserViewed = "user.viewed",
    AdminRefused = "admin.refused",
    FormRefused = "form.refused",
    AdminRecovered = "admin.recovered",
    PasswordSet = "password.set",
    PasswordChangeAsked = "password.change_asked",
    InvitationSent = "invitation.sent",
    PasswordResetRequested = "password_reset.requested",
    AddressChangeRequested = "address_change.requested",
    AddressChanged = "address.changed",
    MailRetried = "mail.retried",
    PasswordRehashed = "password.rehashed",
    ApplicationCreated = "application.created",
    ApplicationChanged = "application.changed",
    ApplicationRefreshed = "application.refreshed",
    ApplicationRefreshHeld = "application.refresh_held",
    SignInSucceeded = "signin.succeeded",
    SignInFailed = "signin.failed",
    SignInThrottled = "signin.throttled",
    AccountLocked = "account.locked",
    AccountSelfLocked = "account.self_locked",
    DeviceForgotten = "device.forgotten",
    AccessWithdrawn = "consent.withdrawn",
    DataExported = "user.exported",
    SourceThrottled = "source.throttled",
    FederationAccepted = "federation.accepted",
    FederationRefused = "federation.refused",
    FederationLinked = "federation.linked",
    FederationUnlinked = "federation.unlinked",
    IdentityProviderCreated = "identity_provider.created",
    IdentityProviderChanged = "identity_provider.changed",
    IdentityProviderDeleted = "identity_provider.deleted",
    IdentityProviderTried = "identity_provider.tried",
    SessionEnded = "session.ended",
    LogoutRequested = "logout.requested",
    LogoutAnswered = "logout.answered",
    LogoutUntold = "logout.untold",
    NoticeRetried = "notice.retried",
    CodeSent = "signin.code_sent",
    EnrolmentPostponed = "factor.postponed",
    FactorAdded = "factor.added",
    FactorRemoved = "factor.removed",
    FactorRenamed = "factor.renamed",
    SecondFactorReset = "factor.reset",
    RecoveryCodesRenewed = "factor.recovery_codes_renewed",
    RecoveryCodeUsed = "factor.recovery_code_used",
    AuthorizationGranted = "authorization.granted",
    AuthorizationRefused = "authorization.refused",
    ConsentGiven = "consent.given",
    ConsentRefused = "consent.refused",
    CodeRedeemed = "code.redeemed",
    CodeReplayed = "code.replayed",
    TokenRefreshed = "token.refreshed",
    RefreshReplayed = "token.refresh_replayed",
    TokenRevoked = "token.revoked",
    ClientTokenIssued = "client.token_issued",
    ClientRefused = "client.refused",
    GrantEnded = "grant.ended",
    KeyCreated = "key.created",
    KeyRotated = "key.rotated",
    CredentialCreated = "credential.created",
    CredentialRotated = "credential.rotated",
    AuditRead = "audit.read",
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    Application(ClientId),
    /// On the host, through the command line.
    Operator,
    /// Portner itself: jobs, expiry.
    System,
    /// Nobody yet known: a sign-in that failed.
    Nobody,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// One event before it is chained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Time,
    pub kind: EventKind,
    pub outcome: Outcome,
    pub actor: Actor,
    /// The person it is about, if any.
    pub user: Option<UserId>,
    pub application: Option<ClientId>,
    pub session: Option<SessionId>,
    pub origin: Origin,
    /// The user name as it was typed or is known. Personal: hashed apart, erasable.
    pub username: Option<String>,
    /// Facts beside the above; never a secret.
    pub details: BTreeMap<&'static str, String>,
    /// Facts that are the person's own data. Never logged; hashed apart, erasable.
    pub personal: BTreeMap<&'static str, String>,
}

impl Event {
    pub fn new(at: Time, kind: EventKind, outcome: Outcome, actor: Actor, origin: &Origin) -> Self {
        Self {
            at,
            kind,
            outcome,
            actor,
            user: None,
            application: None,
            session: None,
            origin: origin.clone(),
            username: None,
            details: BTreeMap::new(),
            personal: BTreeMap::new(),
        }
    }
    #[must_use]
    pub fn user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
    #[must_use]
    pub fn application(mut self, client: &ClientId) -> Self {
        self.application = Some(client.clone());
        self
    }
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }
    #[must_use]
    pub fn username(mut self, name: &str) -> Self {
        self.username = Some(name.chars().take(128).collect());
        self
    }
    #[must_use]
    pub fn detail(mut self, key: &'static str, value: impl std::fmt::Display) -> Self {
        self.details.insert(key, value.to_string());
        self
    }
    #[must_use]
    pub fn personal(mut self, key: &'static str, value: &str) -> Self {
        self.personal.insert(key, value.to_owned());
        self
    }
}

/// Hash of a row: of the one before it and of every field, each with its length so that nothing can shift.
pub fn chain(previous: &[u8; 32], fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    for field in fields {
        hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_cannot_shift_into_each_other() {
        let start = [0; 32];
        assert_ne!(chain(&start, &[b"ab", b"c"]), chain(&start, &[b"a", b"bc"]));
        assert_ne!(chain(&start, &[b"a"]), chain(&[1; 32], &[b"a"]));
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()), Some(*kind));
        }
    }
}
