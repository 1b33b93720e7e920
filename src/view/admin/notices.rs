//! What is announced on the sign-in page and the status page (IN-11).

use askama::Template;

use super::super::status::severity_text;
use super::super::{Frame, Page, write};
use super::{AdminMenu, AdminSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::notice::{Notice, NoticeFault, Severity};

/// Posts `severity`, `shown_from`, `starts_at`, `ends_at` (by the organisation's clock, `YYYY-MM-DDThh:mm`), `text_{language}`, `stamp` and
/// `csrf`; the list posts `remove`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/notices.html")]
pub struct NoticesPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub action: String,
    pub csrf: String,
    pub stamp: String,
    pub notices: Vec<Notice>,
    pub now: Time,
    /// The languages that the tenant offers.
    pub offered: Vec<Language>,
    pub draft: NoticeDraft,
    pub notice: Option<NoticesNotice>,
    pub may_change: bool,
}

/// As it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeDraft {
    pub severity: String,
    pub shown_from: String,
    pub starts_at: String,
    pub ends_at: String,
    pub texts: Vec<(Language, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticesNotice {
    Saved,
    Removed,
    Stale,
    Fault(NoticeFault),
    /// A time that cannot be read.
    Times,
    TooMany,
}

impl NoticesPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-notices"), self.is_trouble())
    }
    fn is_trouble(&self) -> bool {
        !matches!(self.notice, None | Some(NoticesNotice::Saved | NoticesNotice::Removed))
    }
    fn notice_text(&self) -> Option<String> {
        let key = match self.notice? {
            NoticesNotice::Saved => "notices-saved",
            NoticesNotice::Removed => "notices-removed",
            NoticesNotice::Stale => "policy-stale",
            NoticesNotice::Fault(NoticeFault::Text) => "notices-no-text",
            NoticesNotice::Fault(NoticeFault::TooLong) => "notices-too-long",
            NoticesNotice::Fault(NoticeFault::Order) => "notices-order",
            NoticesNotice::Fault(NoticeFault::Late) => "notices-late",
            NoticesNotice::Times => "notices-times",
            NoticesNotice::TooMany => "notices-too-many",
        };
        Some(self.frame.text(key))
    }
    fn severities(&self) -> Vec<(&'static str, String, bool)> {
        let option = |severity: Severity| {
            let chosen = severity.name() == self.draft.severity;
            (severity.name(), severity_text(&self.frame, severity), chosen)
        };
        Severity::ALL.into_iter().map(option).collect()
    }
    fn heading(&self, notice: &Notice) -> String {
        severity_text(&self.frame, notice.severity)
    }
    fn text_of(&self, notice: &Notice) -> String {
        notice.text(self.frame.language, &self.offered).to_owned()
    }
    fn state(&self, notice: &Notice) -> String {
        self.frame.text(if notice.is_shown(self.now) {
            "notices-shown"
        } else if notice.ends_at <= self.now {
            "notices-over"
        } else {
            "notices-waiting"
        })
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass by reference")]
    fn draft_text(&self, language: &Language) -> &str {
        let found = self.draft.texts.iter().find(|(drafted, _)| drafted == language);
        found.map_or("", |(_, text)| text)
    }
}

impl Page for NoticesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let now = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        let notice = |severity, days: i64| Notice {
            id: uuid::Uuid::from_u128(u128::try_from(days + 10).unwrap_or_default()),
            severity,
            shown_from: now + chrono::Duration::days(days),
            starts_at: now + chrono::Duration::days(days + 1),
            ends_at: now + chrono::Duration::days(days + 2),
            texts: [(Language::Da, "Vi opgraderer <fagsystemet>.".to_owned())].into(),
        };
        let empty = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Notices),
            action: "/t/fjordby/admin/notices".to_owned(),
            csrf: "sample-csrf".to_owned(),
            stamp: "sample-stamp".to_owned(),
            notices: Vec::new(),
            now,
            offered: Language::ALL.to_vec(),
            draft: NoticeDraft { severity: "maintenance".to_owned(), ..NoticeDraft::default() },
            notice: None,
            may_change: true,
        };
        let notices =
            vec![notice(Severity::Maintenance, 0), notice(Severity::Information, 3), notice(Severity::Disruption, -5)];
        let full = Self { notices, ..empty.clone() };
        let with = |notice| Self { notice: Some(notice), ..full.clone() };
        vec![
            ("admin-notices-empty", empty),
            ("admin-notices", full.clone()),
            ("admin-notices-auditor", Self { may_change: false, ..full.clone() }),
            ("admin-notices-saved", with(NoticesNotice::Saved)),
            ("admin-notices-removed", with(NoticesNotice::Removed)),
            ("admin-notices-stale", with(NoticesNotice::Stale)),
            ("admin-notices-no-text", with(NoticesNotice::Fault(NoticeFault::Text))),
            ("admin-notices-too-long", with(NoticesNotice::Fault(NoticeFault::TooLong))),
            ("admin-notices-order", with(NoticesNotice::Fault(NoticeFault::Order))),
            ("admin-notices-late", with(NoticesNotice::Fault(NoticeFault::Late))),
            ("admin-notices-times", with(NoticesNotice::Times)),
            ("admin-notices-too-many", with(NoticesNotice::TooMany)),
        ]
    }
}
