//! Times and durations as people read them. There is one clock, the organisation's, and one way to write a date in
//! each language: what two people see of the same moment, and what one person sees on two pages, is the same.

use std::time::Duration;

use super::{Frame, texts};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::time_zone::TimeZone;

/// The clock of a language, by a pattern of `chrono::format::strftime`.
fn pattern(language: Language) -> &'static str {
    match language {
        Language::Da => "%H.%M",
        Language::Sv | Language::Nb | Language::En => "%H:%M",
    }
}

fn written(language: Language, zone: TimeZone, at: Time, time: &str) -> String {
    let number = zone.format(at, "%-m").parse().unwrap_or_default();
    let month = texts::text_counting(language, "month", "number", number);
    let (day, year) = (zone.format(at, "%-d"), zone.format(at, "%Y"));
    texts::text_filled(language, "moment", &[("day", &day), ("month", &month), ("year", &year), ("time", time)])
}

/// `22. november 2026 kl. 17.48`.
pub(super) fn moment(language: Language, zone: TimeZone, at: Time) -> String {
    written(language, zone, at, &zone.format(at, pattern(language)))
}

/// `22. november 2026 kl. 17.48 CET`: for whoever may be elsewhere.
pub(super) fn moment_with_zone(language: Language, zone: TimeZone, at: Time) -> String {
    written(language, zone, at, &zone.format(at, &format!("{} %Z", pattern(language))))
}

impl Frame {
    pub(in crate::view) fn moment(&self, at: &Time) -> String {
        moment(self.language, self.time_zone, *at)
    }
    /// To the second, with the zone: for support.
    pub(in crate::view) fn exact(&self, at: &Time) -> String {
        let pattern = match self.language {
            Language::Da => "%H.%M.%S %Z",
            Language::Sv | Language::Nb | Language::En => "%H:%M:%S %Z",
        };
        written(self.language, self.time_zone, *at, &self.time_zone.format(*at, pattern))
    }
    /// `17.48`, for what is soon.
    pub(in crate::view) fn clock(&self, at: &Time) -> String {
        self.time_zone.format(*at, pattern(self.language))
    }
    /// The same moment for programs.
    #[allow(clippy::unused_self, reason = "templates reach it through the frame")]
    pub(in crate::view) fn machine(&self, at: &Time) -> String {
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }
    /// How long, in words.
    pub(in crate::view) fn spell(&self, time: Duration) -> String {
        let seconds = time.as_secs();
        let units = [(86_400, "policy-days"), (3_600, "policy-hours"), (60, "policy-minutes")];
        let unit = units.into_iter().find(|(size, _)| seconds >= *size && seconds.checked_rem(*size) == Some(0));
        let (size, key) = unit.unwrap_or((1, "policy-seconds"));
        let count = seconds.checked_div(size).and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX);
        self.counting(key, "count", &count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_one_way_in_each_language_by_the_organisations_clock() {
        let winter = Time::from_timestamp(1_795_369_687, 0).unwrap();
        let table = [
            (Language::Da, "22. november 2026 kl. 18.48", "22. november 2026 kl. 18.48.07 CET"),
            (Language::Sv, "22 november 2026 kl. 18:48", "22 november 2026 kl. 18:48:07 CET"),
            (Language::Nb, "22. november 2026 kl. 18:48", "22. november 2026 kl. 18:48:07 CET"),
            (Language::En, "22 November 2026 at 18:48", "22 November 2026 at 18:48:07 CET"),
        ];
        for (language, plain, exact) in table {
            let frame = Frame::sample(language);
            assert_eq!((frame.moment(&winter).as_str(), frame.exact(&winter).as_str()), (plain, exact));
        }
        let zone = TimeZone::parse("Atlantic/Reykjavik").unwrap();
        let spring = Time::from_timestamp(1_772_323_200, 0).unwrap();
        assert_eq!(moment_with_zone(Language::Da, zone, spring), "1. marts 2026 kl. 00.00 GMT");
        assert_eq!(Frame::sample(Language::En).machine(&winter), "2026-11-22T17:48:07Z");
    }

    #[test]
    fn a_length_of_time_is_told_in_the_largest_unit_that_does_not_lie() {
        let frame = Frame::sample(Language::Da);
        for (seconds, words) in [(900, "15 minutter"), (3_600, "1 time"), (5_400, "90 minutter"), (172_800, "2 dage")] {
            assert_eq!(frame.spell(Duration::from_secs(seconds)), words);
        }
        assert_eq!(frame.spell(Duration::from_secs(61)), "61 sekunder");
    }
}
