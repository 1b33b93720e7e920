//! What people may say about themselves (AC-6). User name, address of mail, roles and groups are not among it: who may
//! do what is the administrator's to say, and an address of mail has to be proven.

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::user::{Address, Profile};

/// One thing that a person may change about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProfileField {
    GivenName,
    MiddleName,
    FamilyName,
    Name,
    Nickname,
    PhoneNumber,
    Birthdate,
    StreetAddress,
    PostalCode,
    Locality,
    Country,
    Zoneinfo,
}

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileFault {
    TooLong {
        most: u32,
    },
    /// A character that nobody can see.
    Character,
    Phone,
    Date,
    Zone,
}

const LONGEST: u32 = 128;
const LONGEST_STREET: u32 = 256;
const EARLIEST_YEAR: i32 = 1880;

impl ProfileField {
    pub const ALL: [Self; 12] = [
        Self::GivenName,
        Self::MiddleName,
        Self::FamilyName,
        Self::Name,
        Self::Nickname,
        Self::PhoneNumber,
        Self::Birthdate,
        Self::StreetAddress,
        Self::PostalCode,
        Self::Locality,
        Self::Country,
        Self::Zoneinfo,
    ];

    /// As OpenID Connect Core §5.1 calls it; the form's field too.
    pub fn name(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::MiddleName => "middle_name",
            Self::FamilyName => "family_name",
            Self::Name => "name",
            Self::Nickname => "nickname",
            Self::PhoneNumber => "phone_number",
            Self::Birthdate => "birthdate",
            Self::StreetAddress => "street_address",
            Self::PostalCode => "postal_code",
            Self::Locality => "locality",
            Self::Country => "country",
            Self::Zoneinfo => "zoneinfo",
        }
    }

    pub fn of(self, profile: &Profile) -> Option<&str> {
        let address = profile.address.as_ref();
        match self {
            Self::GivenName => profile.given_name.as_deref(),
            Self::MiddleName => profile.middle_name.as_deref(),
            Self::FamilyName => profile.family_name.as_deref(),
            Self::Name => profile.name.as_deref(),
            Self::Nickname => profile.nickname.as_deref(),
            Self::PhoneNumber => profile.phone_number.as_deref(),
            Self::Birthdate => profile.birthdate.as_deref(),
            Self::Zoneinfo => profile.zoneinfo.as_deref(),
            Self::StreetAddress => address.and_then(|address| address.street_address.as_deref()),
            Self::PostalCode => address.and_then(|address| address.postal_code.as_deref()),
            Self::Locality => address.and_then(|address| address.locality.as_deref()),
            Self::Country => address.and_then(|address| address.country.as_deref()),
        }
    }

    /// What was typed, in the form it is kept in; nothing typed is nothing kept.
    pub fn check(self, typed: &str, today: NaiveDate) -> Result<Option<String>, ProfileFault> {
        let lines = self == Self::StreetAddress;
        let text: String = typed.trim().replace("\r\n", "\n").nfc().collect();
        if text.is_empty() {
            return Ok(None);
        }
        let most = if lines { LONGEST_STREET } else { LONGEST };
        if text.chars().count() > usize::try_from(most).unwrap_or(usize::MAX) {
            return Err(ProfileFault::TooLong { most });
        }
        if text.chars().any(|c| is_unseen(c) && !(lines && c == '\n')) {
            return Err(ProfileFault::Character);
        }
        let right = match self {
            Self::PhoneNumber => is_phone_number(&text).then_some(()).ok_or(ProfileFault::Phone),
            Self::Birthdate => is_birthdate(&text, today).then_some(()).ok_or(ProfileFault::Date),
            Self::Zoneinfo => is_zone(&text).then_some(()).ok_or(ProfileFault::Zone),
            Self::GivenName
            | Self::MiddleName
            | Self::FamilyName
            | Self::Name
            | Self::Nickname
            | Self::StreetAddress
            | Self::PostalCode
            | Self::Locality
            | Self::Country => Ok(()),
        };
        right.map(|()| Some(text))
    }

    /// Takes the place of what was there.
    pub fn put(self, profile: &mut Profile, value: Option<String>) {
        if self.of(profile) == value.as_deref() {
            return;
        }
        match self {
            Self::GivenName => profile.given_name = value,
            Self::MiddleName => profile.middle_name = value,
            Self::FamilyName => profile.family_name = value,
            Self::Name => profile.name = value,
            Self::Nickname => profile.nickname = value,
            Self::Birthdate => profile.birthdate = value,
            Self::Zoneinfo => profile.zoneinfo = value,
            Self::PhoneNumber => {
                profile.phone_number = value;
                // The proof was of the old number.
                profile.phone_number_verified = None;
            }
            Self::StreetAddress => put_address(profile, |address| address.street_address = value),
            Self::PostalCode => put_address(profile, |address| address.postal_code = value),
            Self::Locality => put_address(profile, |address| address.locality = value),
            Self::Country => put_address(profile, |address| address.country = value),
        }
    }
}

fn put_address(profile: &mut Profile, change: impl FnOnce(&mut Address)) {
    let mut address = profile.address.take().unwrap_or_default();
    change(&mut address);
    // Written out whole it would still be the old one.
    address.formatted = None;
    profile.address = (address != Address::default()).then_some(address);
}

/// Controls, and marks that turn the direction of what follows (Unicode TR 36 §2.1).
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// E.164 has at most fifteen digits; people write them with spaces and signs between.
fn is_phone_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let shaped =
        text.chars().enumerate().all(|(n, c)| c.is_ascii_digit() || " ()-./".contains(c) || (n == 0 && c == '+'));
    shaped && (3..=15).contains(&digits)
}

/// OpenID Connect Core §5.1: ISO 8601, year first.
fn is_birthdate(text: &str, today: NaiveDate) -> bool {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    date.is_some_and(|date| date.year() >= EARLIEST_YEAR && date <= today)
}

/// A name as in the time zone database, such as `Europe/Copenhagen`.
fn is_zone(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c));
    text == "UTC" || (text.contains('/') && text.split('/').count() <= 3 && text.split('/').all(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 7, 1).unwrap()
    }

    #[test]
    fn ac6_what_people_write_about_themselves_is_kept_as_they_write_it() {
        let table = [
            (ProfileField::GivenName, "  A\u{30a}se ", Some("Åse")),
            (ProfileField::PhoneNumber, "+45 70 10 20 30", Some("+45 70 10 20 30")),
            (ProfileField::PhoneNumber, "114", Some("114")),
            (ProfileField::Birthdate, "1984-02-29", Some("1984-02-29")),
            (ProfileField::StreetAddress, "Havnegade 12\r\n2. tv", Some("Havnegade 12\n2. tv")),
            (ProfileField::Zoneinfo, "America/Argentina/Ushuaia", Some("America/Argentina/Ushuaia")),
            (ProfileField::Nickname, "   ", None),
        ];
        for (field, typed, kept) in table {
            assert_eq!(field.check(typed, today()), Ok(kept.map(str::to_owned)), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_told_apart() {
        let long = "x".repeat(129);
        let table = [
            (ProfileField::Name, long.as_str(), ProfileFault::TooLong { most: 128 }),
            (ProfileField::Name, "Ann\u{202e}a", ProfileFault::Character),
            (ProfileField::Name, "An\nna", ProfileFault::Character),
            (ProfileField::PhoneNumber, "ring mig", ProfileFault::Phone),
            (ProfileField::PhoneNumber, "70+10", ProfileFault::Phone),
            (ProfileField::Birthdate, "29-02-1984", ProfileFault::Date),
            (ProfileField::Birthdate, "1983-02-29", ProfileFault::Date),
            (ProfileField::Birthdate, "2026-07-02", ProfileFault::Date),
            (ProfileField::Zoneinfo, "Copenhagen", ProfileFault::Zone),
            (ProfileField::Zoneinfo, "../etc", ProfileFault::Zone),
        ];
        for (field, typed, fault) in table {
            assert_eq!(field.check(typed, today()), Err(fault), "{typed}");
        }
    }

    #[test]
    fn every_field_is_read_where_it_was_put_and_an_empty_address_is_none() {
        let mut profile = Profile::default();
        for field in ProfileField::ALL {
            field.put(&mut profile, Some(field.name().to_owned()));
        }
        for field in ProfileField::ALL {
            assert_eq!(field.of(&profile), Some(field.name()));
            field.put(&mut profile, None);
        }
        assert_eq!(profile, Profile::default());
    }

    #[test]
    fn another_number_is_not_proven_and_another_street_is_not_the_whole_address() {
        let mut profile = Profile {
            phone_number: Some("1".to_owned()),
            phone_number_verified: Some(true),
            address: Some(Address { formatted: Some("all of it".to_owned()), ..Address::default() }),
            ..Profile::default()
        };
        ProfileField::PhoneNumber.put(&mut profile, Some("1".to_owned()));
        ProfileField::Country.put(&mut profile, None);
        assert_eq!(profile.phone_number_verified, Some(true), "nothing has changed");
        assert!(profile.address.as_ref().unwrap().formatted.is_some());
        ProfileField::PhoneNumber.put(&mut profile, Some("2".to_owned()));
        ProfileField::Country.put(&mut profile, Some("Danmark".to_owned()));
        assert_eq!(profile.phone_number_verified, None);
        assert_eq!(profile.address.unwrap().formatted, None);
    }
}
