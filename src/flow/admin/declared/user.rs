//! The user section.

use std::collections::BTreeSet;

use crate::crypto::password::parse_import;
use crate::crypto::totp::Seed;
use crate::domain::language::Language;
use crate::domain::secret::{Password, PasswordHash};
use crate::domain::user::{Address, EmailAddress, Profile, Role, User, UserStatus, Username};

use super::check::{Notes, web_address};
use super::{SecretText, UserEntry};

/// Only what the file says about a person.
#[derive(Clone, Debug)]
pub struct UserPlan {
    pub username: Username,
    pub email: Option<EmailAddress>,
    pub email_verified: Option<bool>,
    pub locale: Option<Language>,
    pub profile: Profile,
    pub roles: Option<BTreeSet<Role>>,
    pub groups: Option<BTreeSet<String>>,
    pub status: Option<UserStatus>,
    pub password: PasswordPlan,
    pub totp_secret: Option<Seed>,
}

#[derive(Clone, Debug)]
pub enum PasswordPlan {
    /// Nothing is said: it stays as it is.
    Keep,
    Plain(Password),
    Imported(PasswordHash),
}

impl UserPlan {
    /// Whether it gives a role that is built in.
    pub fn administers(&self) -> bool {
        self.roles.iter().flatten().any(Role::is_administrative)
    }

    /// Writes what is said over what stands. A new address is not verified because the old one was.
    pub fn merge_into(&self, user: &mut User) {
        if let Some(email) = &self.email {
            if user.email.as_ref() != Some(email) {
                user.email_verified = false;
            }
            user.email = Some(email.clone());
        }
        user.email_verified = self.email_verified.unwrap_or(user.email_verified);
        user.locale = self.locale.or(user.locale);
        // A file that says "enabled" does not undo the lock that the person has put on.
        match (self.status, user.status) {
            (None, _) | (Some(UserStatus::Active), UserStatus::SelfLocked) => {}
            (Some(status), _) => user.status = status,
        }
        if let Some(roles) = &self.roles {
            user.roles.clone_from(roles);
        }
        if let Some(groups) = &self.groups {
            user.groups.clone_from(groups);
        }
        merge_profile(&self.profile, &mut user.profile);
    }
}

fn merge_profile(said: &Profile, stands: &mut Profile) {
    // Destructured whole: a claim that is added later cannot be forgotten here.
    let Profile {
        name,
        given_name,
        family_name,
        middle_name,
        nickname,
        profile,
        picture,
        website,
        gender,
        birthdate,
        zoneinfo,
        phone_number,
        phone_number_verified,
        address,
    } = said;
    if phone_number.is_some() && stands.phone_number != *phone_number {
        stands.phone_number_verified = None;
    }
    for (said, stands) in [
        (name, &mut stands.name),
        (given_name, &mut stands.given_name),
        (family_name, &mut stands.family_name),
        (middle_name, &mut stands.middle_name),
        (nickname, &mut stands.nickname),
        (profile, &mut stands.profile),
        (picture, &mut stands.picture),
        (website, &mut stands.website),
        (gender, &mut stands.gender),
        (birthdate, &mut stands.birthdate),
        (zoneinfo, &mut stands.zoneinfo),
        (phone_number, &mut stands.phone_number),
    ] {
        if said.is_some() {
            stands.clone_from(said);
        }
    }
    stands.phone_number_verified = phone_number_verified.or(stands.phone_number_verified);
    if address.is_some() {
        stands.address.clone_from(address);
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, mut entry: UserEntry) -> Option<UserPlan> {
    let at = |key: &str| format!("{path}.{key}");
    let username = notes.named(path, "username", entry.username.as_deref(), Username::parse);
    let email = entry.email.take().and_then(|text| notes.parsed(&at("email"), &text, EmailAddress::parse));
    let locale = entry.locale.take().and_then(|text| {
        let parse = |text: &str| Language::parse(text).ok_or("must be one of \"da\", \"sv\", \"nb\", \"en\"");
        notes.parsed(&at("locale"), &text, parse)
    });
    let roles = entry.roles.take().map(|roles| notes.list(&at("roles"), &roles, Role::parse).into_iter().collect());
    let groups = entry.groups.take().map(|groups| groups_of(notes, &at("groups"), groups));
    let status = entry.enabled.map(|on| if on { UserStatus::Active } else { UserStatus::Disabled });
    let password = password(notes, path, &mut entry);
    let totp_secret = totp_secret(notes, path, &mut entry);
    let email_verified = entry.email_verified;
    let profile = profile(notes, path, entry);
    Some(UserPlan {
        username: username?,
        email,
        email_verified,
        locale,
        profile,
        roles,
        groups,
        status,
        password,
        totp_secret,
    })
}

fn groups_of(notes: &mut Notes, path: &str, groups: Vec<String>) -> BTreeSet<String> {
    let groups = groups.into_iter().enumerate();
    groups.filter_map(|(n, group)| notes.text(&format!("{path}[{n}]"), group, 128)).collect()
}

fn password(notes: &mut Notes, path: &str, entry: &mut UserEntry) -> PasswordPlan {
    if entry.password_file.is_some() {
        notes.refuse(&format!("{path}.password_file"), "can only be read by the command line, beside the file");
    }
    match (entry.password.take(), entry.password_hash.take()) {
        (None, None) => PasswordPlan::Keep,
        (Some(_), Some(_)) => {
            notes.refuse(path, "has both a password and a password_hash; keep one");
            PasswordPlan::Keep
        }
        (Some(plain), None) => plain_password(notes, &format!("{path}.password"), &plain),
        (None, Some(hash)) => match parse_import(hash.expose()) {
            Ok(hash) => PasswordPlan::Imported(hash),
            Err(error) => {
                notes.refuse(&format!("{path}.password_hash"), error);
                PasswordPlan::Keep
            }
        },
    }
}

fn totp_secret(notes: &mut Notes, path: &str, entry: &mut UserEntry) -> Option<Seed> {
    if entry.totp_secret_file.is_some() {
        notes.refuse(&format!("{path}.totp_secret_file"), "can only be read by the command line, beside the file");
    }
    let secret = entry.totp_secret.take()?;
    notes.parsed(&format!("{path}.totp_secret"), secret.expose(), Seed::from_base32)
}

fn plain_password(notes: &mut Notes, path: &str, plain: &SecretText) -> PasswordPlan {
    if plain.is_empty() {
        notes.refuse(path, "must not be empty");
        return PasswordPlan::Keep;
    }
    match Password::parse(plain.expose().to_owned()) {
        Ok(password) => PasswordPlan::Plain(password),
        Err(error) => {
            notes.refuse(path, error);
            PasswordPlan::Keep
        }
    }
}

fn profile(notes: &mut Notes, path: &str, entry: UserEntry) -> Profile {
    let at = |key: &str| format!("{path}.{key}");
    let mut text = |key: &str, value: Option<String>| value.and_then(|value| notes.text(&at(key), value, 256));
    let mut profile = Profile {
        name: text("name", entry.name),
        given_name: text("given_name", entry.given_name),
        family_name: text("family_name", entry.family_name),
        middle_name: text("middle_name", entry.middle_name),
        nickname: text("nickname", entry.nickname),
        gender: text("gender", entry.gender),
        birthdate: text("birthdate", entry.birthdate),
        zoneinfo: text("zoneinfo", entry.zoneinfo),
        phone_number: text("phone_number", entry.phone_number),
        phone_number_verified: entry.phone_number_verified,
        ..Profile::default()
    };
    let mut url =
        |key: &str, value: Option<String>| value.filter(|value| notes.parsed(&at(key), value, web_address).is_some());
    profile.profile = url("profile", entry.profile);
    profile.picture = url("picture", entry.picture);
    profile.website = url("website", entry.website);
    if profile.birthdate.as_deref().is_some_and(|date| !is_birthdate(date)) {
        notes.refuse(&at("birthdate"), "must be written YYYY-MM-DD, 0000-MM-DD or YYYY");
    }
    profile.address = entry.address.and_then(|address| check_address(notes, &at("address"), address));
    profile
}

/// OpenID Connect Core §5.1: the year may be 0000 (omitted) and may stand alone.
fn is_birthdate(text: &str) -> bool {
    let year_alone = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    // 0000 is a leap year, so that 29 February can be said without a year.
    year_alone || (text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok())
}

/// OpenID Connect Core §5.1.1: the formatted and the street address may have several lines.
fn check_address(notes: &mut Notes, path: &str, address: Address) -> Option<Address> {
    let parts = [
        ("formatted", &address.formatted),
        ("street_address", &address.street_address),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    let mut fine = true;
    for (key, part) in parts {
        if let Some(part) = part {
            let lines = part.replace("\r\n", " ").replace('\n', " ");
            fine &= notes.text(&format!("{path}.{key}"), lines, 1024).is_some();
        }
    }
    fine.then_some(address)
}
