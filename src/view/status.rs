//! What is announced, on the sign-in page and on a page of its own.

use askama::Template;

use super::{Frame, Page, write};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::notice::Severity;

/// One notice in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub severity: Severity,
    pub text: String,
    pub starts_at: Time,
    pub ends_at: Time,
    /// It is happening now.
    pub running: bool,
}

impl Announcement {
    pub(super) fn class(&self) -> &'static str {
        match self.severity {
            Severity::Information => "announcement",
            Severity::Maintenance | Severity::Disruption => "announcement urgent",
        }
    }
    pub(super) fn heading(&self, frame: &Frame) -> String {
        severity_text(frame, self.severity)
    }
    pub(super) fn sample(severity: Severity) -> Self {
        let starts_at = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        Self {
            severity,
            text: "Vi opgraderer <fagsystemet>.".to_owned(),
            starts_at,
            ends_at: starts_at + chrono::Duration::hours(2),
            running: severity == Severity::Disruption,
        }
    }
}

pub(super) fn severity_text(frame: &Frame, severity: Severity) -> String {
    frame.text(match severity {
        Severity::Information => "notice-information",
        Severity::Maintenance => "notice-maintenance",
        Severity::Disruption => "notice-disruption",
    })
}

/// `/status`: whether everything runs, and what is planned. The announcements are in the frame.
#[derive(Clone, Debug, Template)]
#[template(path = "status.html")]
pub struct StatusPage {
    pub frame: Frame,
}

impl StatusPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("status-title"), false)
    }
    fn is_disturbed(&self) -> bool {
        let bad = |notice: &Announcement| notice.running && notice.severity != Severity::Information;
        self.frame.announcements.iter().any(bad)
    }
}

impl Page for StatusPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let calm = Self { frame: Frame::sample(language) };
        let with = |announcements| Self { frame: Frame { announcements, ..calm.frame.clone() } };
        let planned =
            with(vec![Announcement::sample(Severity::Maintenance), Announcement::sample(Severity::Information)]);
        let disturbed = with(vec![Announcement::sample(Severity::Disruption)]);
        vec![("status", calm.clone()), ("status-planned", planned), ("status-disturbed", disturbed)]
    }
}
