//! The zone in which an organisation reads the clock. Everything is kept in UTC; only what people read and type is not.

use std::fmt;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::Time;

/// A zone of the IANA database, such as `Europe/Copenhagen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZone(chrono_tz::Tz);

impl Default for TimeZone {
    /// The clock of Denmark, Sweden and Norway.
    fn default() -> Self {
        Self(chrono_tz::Europe::Copenhagen)
    }
}

impl TimeZone {
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The clock on the wall there, by a pattern of `chrono::format::strftime`.
    pub fn format(self, at: Time, pattern: &str) -> String {
        at.with_timezone(&self.0).format(pattern).to_string()
    }

    /// The moment at which the clock there shows this. Of an hour that comes twice the first; `None` in one that is
    /// skipped.
    pub fn moment(self, local: NaiveDateTime) -> Option<Time> {
        local.and_local_timezone(self.0).earliest().map(|time| time.to_utc())
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_and_back() {
        let zone = TimeZone::parse("Europe/Stockholm").unwrap();
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let table = [
            ("2026-01-15 12:00", Some("2026-01-15T11:00:00+00:00")),
            ("2026-07-15 12:00", Some("2026-07-15T10:00:00+00:00")),
            ("2026-03-29 02:30", None),
            ("2026-10-25 02:30", Some("2026-10-25T00:30:00+00:00")),
        ];
        for (local, expected) in table {
            assert_eq!(zone.moment(at(local)).map(|time| time.to_rfc3339()).as_deref(), expected, "{local}");
        }
        let time = zone.moment(at("2026-07-15 12:00")).unwrap();
        assert_eq!(zone.format(time, "%H.%M %Z"), "12.00 CEST");
        assert_eq!(TimeZone::parse("Mars/Olympus"), None);
        assert_eq!(TimeZone::default().name(), "Europe/Copenhagen");
    }
}
