//! What a tenant announces on its sign-in page and its status page (IN-11).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Time;
use super::language::Language;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: Uuid,
    pub severity: Severity,
    /// From when on it is shown; at least a day before what it announces.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub shown_from: Time,
    /// When what it announces begins and ends. It is shown until the end.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub starts_at: Time,
    #[serde(with = "chrono::serde::ts_seconds")]
    pub ends_at: Time,
    /// Plain text. Whoever reads another language sees the first of the tenant's that there is.
    pub texts: BTreeMap<Language, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Information,
    Maintenance,
    Disruption,
}

/// Planned maintenance is announced this long ahead.
pub const AHEAD: chrono::Duration = chrono::Duration::hours(24);
pub const MOST_NOTICES: usize = 20;
pub const LONGEST_TEXT: usize = 500;

impl Severity {
    pub const ALL: [Self; 3] = [Self::Information, Self::Maintenance, Self::Disruption];

    pub fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Maintenance => "maintenance",
            Self::Disruption => "disruption",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

impl Notice {
    pub fn is_shown(&self, now: Time) -> bool {
        self.shown_from <= now && now < self.ends_at
    }

    /// It is happening, not only announced.
    pub fn is_running(&self, now: Time) -> bool {
        self.starts_at <= now && now < self.ends_at
    }

    /// In this language, else in the first of the others that there is.
    pub fn text(&self, language: Language, offered: &[Language]) -> &str {
        let wanted = [language].into_iter().chain(offered.iter().copied());
        let found = wanted.into_iter().find_map(|language| self.texts.get(&language));
        found.or_else(|| self.texts.values().next()).map_or("", String::as_str)
    }

    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<NoticeFault> {
        if self.texts.values().all(|text| text.trim().is_empty()) {
            return Some(NoticeFault::Text);
        }
        if self.texts.values().any(|text| text.chars().count() > LONGEST_TEXT) {
            return Some(NoticeFault::TooLong);
        }
        if self.ends_at <= self.starts_at || self.ends_at <= self.shown_from || self.starts_at < self.shown_from {
            return Some(NoticeFault::Order);
        }
        let late = self.severity == Severity::Maintenance && self.starts_at - self.shown_from < AHEAD;
        late.then_some(NoticeFault::Late)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeFault {
    Text,
    TooLong,
    /// It ends before it begins, or begins before it is shown.
    Order,
    /// Maintenance is announced a day ahead.
    Late,
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(hours: i64) -> Time {
        chrono::Utc.timestamp_opt(1_800_000_000 + hours * 3600, 0).unwrap()
    }

    fn notice(severity: Severity, shown: i64, starts: i64, ends: i64) -> Notice {
        let texts = BTreeMap::from([(Language::Sv, "Vi uppgraderar.".to_owned())]);
        Notice { id: Uuid::nil(), severity, shown_from: at(shown), starts_at: at(starts), ends_at: at(ends), texts }
    }

    #[test]
    fn in_11_it_is_shown_from_the_announcement_to_the_end() {
        let notice = notice(Severity::Maintenance, 0, 48, 50);
        assert_eq!(notice.fault(), None);
        let seen = [-1, 0, 47, 48, 49, 50].map(|hour| (notice.is_shown(at(hour)), notice.is_running(at(hour))));
        assert_eq!(seen, [(false, false), (true, false), (true, false), (true, true), (true, true), (false, false)]);
    }

    #[test]
    fn in_11_maintenance_is_announced_a_day_ahead_and_a_disruption_at_once() {
        assert_eq!(notice(Severity::Maintenance, 0, 23, 25).fault(), Some(NoticeFault::Late));
        assert_eq!(notice(Severity::Maintenance, 0, 24, 25).fault(), None);
        assert_eq!(notice(Severity::Disruption, 0, 0, 1).fault(), None);
        assert_eq!(notice(Severity::Information, 0, 2, 2).fault(), Some(NoticeFault::Order));
        assert_eq!(notice(Severity::Information, 3, 2, 5).fault(), Some(NoticeFault::Order));
    }

    #[test]
    fn whoever_reads_another_language_sees_what_there_is() {
        let mut notice = notice(Severity::Information, 0, 0, 1);
        assert_eq!(notice.text(Language::Da, &[Language::Da]), "Vi uppgraderar.");
        notice.texts.insert(Language::Da, "Vi opgraderer.".to_owned());
        assert_eq!(notice.text(Language::Da, &[Language::Sv]), "Vi opgraderer.");
        assert_eq!(notice.text(Language::En, &[Language::Sv, Language::Da]), "Vi uppgraderar.");
        notice.texts.clear();
        assert_eq!(notice.fault(), Some(NoticeFault::Text));
    }
}
