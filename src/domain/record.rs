//! What an administrator writes about a person: the fields of one form, and no others (ADM-02).

use std::collections::BTreeSet;

use super::authority::StaffRole;
use super::ids::NameError;
use super::language::Language;
use super::user::{EmailAddress, Role, User, Username};

/// As it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub username: String,
    pub email: String,
    pub given_name: String,
    pub family_name: String,
    /// Empty: none chosen.
    pub locale: String,
    pub staff: BTreeSet<StaffRole>,
    /// The tenant's own roles, separated by commas.
    pub roles: String,
    /// Separated by commas.
    pub groups: String,
}

/// As it may be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub username: Username,
    email: Option<EmailAddress>,
    given_name: Option<String>,
    family_name: Option<String>,
    locale: Option<Language>,
    roles: BTreeSet<Role>,
    groups: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Username,
    Email,
    GivenName,
    FamilyName,
    Roles,
    Groups,
}

impl Field {
    pub const ALL: [Self; 6] =
        [Self::Username, Self::Email, Self::GivenName, Self::FamilyName, Self::Roles, Self::Groups];
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Missing,
    TooLong,
    Character,
    /// Somebody else is called so.
    Taken,
    /// A role that is chosen by itself: nobody gets it by a slip of the pen.
    BuiltIn,
}

impl Fault {
    pub const ALL: [Self; 5] = [Self::Missing, Self::TooLong, Self::Character, Self::Taken, Self::BuiltIn];
}

impl From<NameError> for Fault {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty => Self::Missing,
            NameError::TooLong(_) => Self::TooLong,
            NameError::Character(_) => Self::Character,
        }
    }
}

/// Groups and names are no longer than this.
const LONGEST: usize = 128;

impl Typed {
    /// What stands about a person, as the form shows it.
    pub fn of(user: &User) -> Self {
        let staff = |role: &&Role| StaffRole::parse(role.as_str()).is_some();
        let own: Vec<&str> = user.roles.iter().filter(|role| !staff(role)).map(Role::as_str).collect();
        Self {
            username: user.username.to_string(),
            email: user.email.as_ref().map(ToString::to_string).unwrap_or_default(),
            given_name: user.profile.given_name.clone().unwrap_or_default(),
            family_name: user.profile.family_name.clone().unwrap_or_default(),
            locale: user.locale.map(|language| language.tag().to_owned()).unwrap_or_default(),
            staff: user.roles.iter().filter_map(|role| StaffRole::parse(role.as_str())).collect(),
            roles: own.join(", "),
            groups: user.groups.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        }
    }

    /// All that is wrong at once.
    pub fn check(&self) -> Result<Record, Vec<(Field, Fault)>> {
        let mut faults = Vec::new();
        let mut note = |field: Field, fault: Fault| faults.push((field, fault));
        let username = Username::parse(&self.username).map_err(|error| note(Field::Username, error.into())).ok();
        let email = match self.email.trim() {
            "" => None,
            text => EmailAddress::parse(text).map_err(|error| note(Field::Email, error.into())).ok(),
        };
        let given_name = name(&self.given_name).unwrap_or_else(|error| {
            note(Field::GivenName, error.into());
            None
        });
        let family_name = name(&self.family_name).unwrap_or_else(|error| {
            note(Field::FamilyName, error.into());
            None
        });
        let mut roles = roles(&self.roles).unwrap_or_else(|fault| {
            note(Field::Roles, fault);
            BTreeSet::new()
        });
        roles.extend(self.staff.iter().filter_map(|role| Role::parse(role.name()).ok()));
        let groups = groups(&self.groups).unwrap_or_else(|error| {
            note(Field::Groups, error.into());
            BTreeSet::new()
        });
        match username {
            Some(username) if faults.is_empty() => Ok(Record {
                username,
                email,
                given_name,
                family_name,
                locale: Language::parse(&self.locale),
                roles,
                groups,
            }),
            _ => Err(faults),
        }
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty())
}

/// The tenant's own roles.
fn roles(text: &str) -> Result<BTreeSet<Role>, Fault> {
    let own = items(text).map(|item| match StaffRole::parse(item) {
        Some(_) => Err(Fault::BuiltIn),
        None => Role::parse(item).map_err(Fault::from),
    });
    own.collect()
}

fn groups(text: &str) -> Result<BTreeSet<String>, NameError> {
    items(text).map(|item| bounded(item).map(str::to_owned)).collect()
}

fn name(text: &str) -> Result<Option<String>, NameError> {
    let text = bounded(text.trim())?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn bounded(text: &str) -> Result<&str, NameError> {
    if text.chars().count() > LONGEST {
        return Err(NameError::TooLong(LONGEST));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(bad) => Err(NameError::Character(bad)),
        None => Ok(text),
    }
}

impl Record {
    /// Writes it over what stands; what the form does not have stays. A new address is not verified because the old
    /// one was, and a name put together from its parts follows them.
    pub fn write(&self, user: &mut User) {
        let Self { username, email, given_name, family_name, locale, roles, groups } = self.clone();
        if user.email != email {
            user.email_verified = false;
        }
        if (&user.profile.given_name, &user.profile.family_name) != (&given_name, &family_name) {
            user.profile.name = None;
        }
        user.username = username;
        user.email = email;
        user.profile.given_name = given_name;
        user.profile.family_name = family_name;
        user.locale = locale;
        user.roles = roles;
        user.groups = groups;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed { username: "mette".to_owned(), ..Typed::default() }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let typed = Typed {
            username: " ".to_owned(),
            email: "mette".to_owned(),
            given_name: "x".repeat(129),
            family_name: "\u{7}".to_owned(),
            groups: format!("ok, {}", "g".repeat(129)),
            ..typed()
        };
        let expected = [
            (Field::Username, Fault::Missing),
            (Field::Email, Fault::Character),
            (Field::GivenName, Fault::TooLong),
            (Field::FamilyName, Fault::Character),
            (Field::Groups, Fault::TooLong),
        ];
        assert_eq!(typed.check().unwrap_err(), expected);
    }

    #[test]
    fn adm02_a_built_in_role_is_chosen_and_never_typed() {
        let sly = Typed { roles: "buyer, admin".to_owned(), ..typed() };
        assert_eq!(sly.check().unwrap_err(), [(Field::Roles, Fault::BuiltIn)]);
        let chosen = Typed { roles: "buyer".to_owned(), staff: [StaffRole::Admin].into(), ..typed() };
        let roles: Vec<String> = chosen.check().unwrap().roles.iter().map(ToString::to_string).collect();
        assert_eq!(roles, ["admin", "buyer"]);
    }
}
