//! What happened on a person's own account, in sentences.

use askama::Template;

use super::details::field_label;
use super::{AccountMenu, AccountSection};
use crate::domain::Time;
use crate::domain::activity::ActivityGroup;
use crate::domain::agent::Agent;
use crate::domain::audit::EventKind;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

#[derive(Clone, Debug, Template)]
#[template(path = "account/activity.html")]
pub struct ActivityPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub group: Option<ActivityGroup>,
    pub rows: Vec<ActivityRow>,
    /// The page's own address, without a query.
    pub here: String,
    /// Where the next page begins.
    pub older: Option<u64>,
    /// Whether this is not the first page.
    pub further: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    pub at: Time,
    pub what: Happening,
    pub doer: Doer,
    pub agent: Option<Agent>,
    pub address: Option<String>,
}

/// What happened, with what the sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    pub kind: EventKind,
    pub success: bool,
    /// The service it is about.
    pub application: Option<String>,
    /// The fields that were changed.
    pub fields: Vec<String>,
    pub ending: Ending,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    SignedOut,
    /// From another browser.
    Remote,
    Others,
    #[default]
    Otherwise,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doer {
    /// The person, or somebody who could pass for them.
    You,
    /// Somebody who tried to be.
    Nobody,
    Administrator,
    System,
}

const SENTENCES: [(EventKind, &str); 37] = [
    (EventKind::SignInSucceeded, "activity-signed-in"),
    (EventKind::SignInFailed, "activity-sign-in-failed"),
    (EventKind::UserSignedOut, "activity-signed-out-everywhere"),
    (EventKind::CodeSent, "activity-code-sent"),
    (EventKind::RecoveryCodeUsed, "activity-recovery-code-used"),
    (EventKind::AccountLocked, "activity-locked"),
    (EventKind::UserUnlocked, "activity-unlocked"),
    (EventKind::AccountSelfLocked, "activity-self-locked"),
    (EventKind::UserDisabled, "activity-disabled"),
    (EventKind::UserEnabled, "activity-enabled"),
    (EventKind::PasswordSet, "activity-password-set"),
    (EventKind::PasswordChangeAsked, "activity-password-asked"),
    (EventKind::PasswordResetRequested, "activity-reset-requested"),
    (EventKind::InvitationSent, "activity-invited"),
    (EventKind::FactorAdded, "activity-factor-added"),
    (EventKind::FactorRemoved, "activity-factor-removed"),
    (EventKind::FactorRenamed, "activity-factor-renamed"),
    (EventKind::FederationLinked, "activity-identity-linked"),
    (EventKind::FederationUnlinked, "activity-identity-unlinked"),
    (EventKind::SecondFactorReset, "activity-factor-reset"),
    (EventKind::RecoveryCodesRenewed, "activity-recovery-codes"),
    (EventKind::EnrolmentPostponed, "activity-postponed"),
    (EventKind::DeviceForgotten, "activity-forgotten"),
    (EventKind::RefreshReplayed, "activity-replayed"),
    (EventKind::AuthorizationGranted, "activity-authorized"),
    (EventKind::AuthorizationRefused, "activity-not-authorized"),
    (EventKind::ConsentGiven, "activity-consented"),
    (EventKind::ConsentRefused, "activity-not-consented"),
    (EventKind::AccessWithdrawn, "activity-withdrawn"),
    (EventKind::LogoutRequested, "activity-logout-requested"),
    (EventKind::LogoutAnswered, "activity-logout-answered"),
    (EventKind::LogoutUntold, "activity-logout-untold"),
    (EventKind::UserCreated, "activity-created"),
    (EventKind::AddressChangeRequested, "activity-address-requested"),
    (EventKind::AddressChanged, "activity-address-changed"),
    (EventKind::UserViewed, "activity-viewed"),
    (EventKind::DataExported, "activity-exported"),
];

impl Happening {
    pub fn new(kind: EventKind) -> Self {
        Self { kind, success: true, application: None, fields: Vec::new(), ending: Ending::default() }
    }

    fn sentence(&self, frame: &Frame) -> String {
        if self.kind == EventKind::SessionEnded {
            return frame.text(match self.ending {
                Ending::SignedOut => "activity-signed-out",
                Ending::Remote => "activity-ended",
                Ending::Others => "activity-others-ended",
                Ending::Otherwise => "activity-over",
            });
        }
        if self.kind == EventKind::UserChanged {
            let fields: Vec<String> = self.fields.iter().map(|name| field_label(frame, name)).collect();
            return frame.text_with("activity-changed", "fields", &fields.join(", "));
        }
        let application = self.application.clone().unwrap_or_else(|| frame.text("activity-some-service"));
        if self.kind == EventKind::LogoutAnswered && !self.success {
            return frame.text_with("activity-logout-failed", "application", &application);
        }
        let key = SENTENCES.into_iter().find(|(kind, _)| *kind == self.kind).map(|(_, key)| key);
        match key {
            Some(key) => frame.text_with(key, "application", &application),
            // A kind that has no sentence yet: its name is better than silence.
            None => self.kind.name().to_owned(),
        }
    }
}

impl ActivityRow {
    fn sentence(&self, frame: &Frame) -> String {
        self.what.sentence(frame)
    }
    fn by(&self, frame: &Frame) -> Option<String> {
        match self.doer {
            Doer::You | Doer::Nobody => None,
            Doer::Administrator => Some(frame.text("activity-by-administrator")),
            Doer::System => Some(frame.text("activity-by-system")),
        }
    }
    /// Browser and address, as far as they are known.
    fn place(&self, frame: &Frame) -> Option<String> {
        let agent = self.agent.map(|agent| frame.agent(&agent));
        let parts: Vec<String> = agent.into_iter().chain(self.address.clone()).collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }
    /// What was done in the person's name, and might not have been them.
    fn may_be_foreign(&self) -> bool {
        self.doer == Doer::You && self.what.success
    }
}

impl ActivityPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-activity"), false)
    }
    /// Text, address and whether it is the one shown.
    fn filters(&self) -> Vec<(String, String, bool)> {
        let one = |group: ActivityGroup| {
            let key = match group {
                ActivityGroup::SignIns => "activity-group-sign-ins",
                ActivityGroup::Security => "activity-group-security",
                ActivityGroup::Services => "activity-group-services",
                ActivityGroup::Details => "activity-group-details",
            };
            (self.frame.text(key), format!("{}?kind={}", self.here, group.name()), self.group == Some(group))
        };
        let all = (self.frame.text("activity-group-all"), self.here.clone(), self.group.is_none());
        std::iter::once(all).chain(ActivityGroup::ALL.into_iter().map(one)).collect()
    }
    fn older_href(&self) -> Option<String> {
        let kind = self.group.map(|group| format!("kind={}&", group.name())).unwrap_or_default();
        self.older.map(|before| format!("{}?{kind}before={before}", self.here))
    }
    fn newest_href(&self) -> String {
        let kind = self.group.map(|group| format!("?kind={}", group.name())).unwrap_or_default();
        format!("{}{kind}", self.here)
    }
}

impl Page for ActivityPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        let row = |what: Happening, doer: Doer| ActivityRow {
            at,
            what,
            doer,
            agent: Some(Agent { browser: Some("Edge"), system: Some("Windows") }),
            address: Some("192.0.2.7".to_owned()),
        };
        let plain =
            SENTENCES.map(|(kind, _)| Happening { application: Some("Fravær".to_owned()), ..Happening::new(kind) });
        let mut rows: Vec<ActivityRow> = plain.map(|what| row(what, Doer::You)).into();
        for ending in [Ending::SignedOut, Ending::Remote, Ending::Others, Ending::Otherwise] {
            rows.push(row(Happening { ending, ..Happening::new(EventKind::SessionEnded) }, Doer::You));
        }
        let fields = ["given_name", "email", "roles"].map(str::to_owned).into();
        let changed = Happening { fields, ..Happening::new(EventKind::UserChanged) };
        rows.push(row(changed, Doer::Administrator));
        let nowhere =
            ActivityRow { agent: None, address: None, ..row(Happening::new(EventKind::RefreshReplayed), Doer::System) };
        rows.push(nowhere);
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Activity),
            group: None,
            rows,
            here: "/t/fjordby/account/activity".to_owned(),
            older: Some(4711),
            further: false,
        };
        let few =
            Self { group: Some(ActivityGroup::Security), rows: Vec::new(), older: None, further: true, ..page.clone() };
        vec![("account-activity", page), ("account-activity-none", few)]
    }
}

/// What to do when somebody else has used the account. Its one form posts to the page of sessions: `csrf`,
/// `do=end-others` and `offline`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/not_me.html")]
pub struct NotMePage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
}

impl NotMePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("not-me-title"), false)
    }
}

impl Page for NotMePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Activity),
            action: "/t/fjordby/account/sessions".to_owned(),
            csrf: "sample-csrf".to_owned(),
        };
        vec![("account-not-me", page)]
    }
}
