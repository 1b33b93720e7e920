//! What is known of a person: some of it theirs to correct, some the administrator's.

use askama::Template;

use super::{AccountMenu, AccountSection};
use crate::domain::language::Language;
use crate::domain::profile::{ProfileFault, ProfileField};
use crate::view::{Frame, Page, texts, write};

/// Posts `csrf`, a field for each [`ProfileField`] and `locale`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/details.html")]
pub struct DetailsPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
    pub fields: Vec<DetailRow>,
    pub locale: Option<Language>,
    /// What the tenant speaks.
    pub offered: Vec<Language>,
    pub fixed: FixedDetails,
    pub saved: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailRow {
    pub field: ProfileField,
    pub value: String,
    pub fault: Option<ProfileFault>,
}

/// What only an administrator, or a proof, changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedDetails {
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    /// Where the person changes the address themselves; nothing if they cannot.
    pub email_href: Option<String>,
    pub roles: Vec<String>,
    pub groups: Vec<String>,
}

impl DetailRow {
    fn id(&self) -> &'static str {
        self.field.name()
    }
    fn label(&self, frame: &Frame) -> String {
        frame.text(label_key(self.field))
    }
    fn is_long(&self) -> bool {
        self.field == ProfileField::StreetAddress
    }
    fn kind(&self) -> &'static str {
        match self.field {
            ProfileField::PhoneNumber => "tel",
            ProfileField::GivenName
            | ProfileField::MiddleName
            | ProfileField::FamilyName
            | ProfileField::Name
            | ProfileField::Nickname
            | ProfileField::Birthdate
            | ProfileField::StreetAddress
            | ProfileField::PostalCode
            | ProfileField::Locality
            | ProfileField::Country
            | ProfileField::Zoneinfo => "text",
        }
    }
    /// HTML's names for what browsers fill in (WCAG 2.2 SC 1.3.5).
    fn autocomplete(&self) -> &'static str {
        match self.field {
            ProfileField::GivenName => "given-name",
            ProfileField::MiddleName => "additional-name",
            ProfileField::FamilyName => "family-name",
            ProfileField::Name => "name",
            ProfileField::Nickname => "nickname",
            ProfileField::PhoneNumber => "tel",
            ProfileField::Birthdate => "bday",
            ProfileField::StreetAddress => "street-address",
            ProfileField::PostalCode => "postal-code",
            ProfileField::Locality => "address-level2",
            ProfileField::Country => "country-name",
            ProfileField::Zoneinfo => "off",
        }
    }
    fn hint(&self, frame: &Frame) -> Option<String> {
        match self.field {
            ProfileField::Name => Some(frame.text("detail-name-hint")),
            ProfileField::Birthdate => Some(frame.text("detail-birthdate-hint")),
            ProfileField::Zoneinfo => Some(frame.text("detail-zoneinfo-hint")),
            ProfileField::GivenName
            | ProfileField::MiddleName
            | ProfileField::FamilyName
            | ProfileField::Nickname
            | ProfileField::PhoneNumber
            | ProfileField::StreetAddress
            | ProfileField::PostalCode
            | ProfileField::Locality
            | ProfileField::Country => None,
        }
    }
    fn problem(&self, frame: &Frame) -> Option<String> {
        self.fault.map(|fault| match fault {
            ProfileFault::TooLong { most } => frame.counting("detail-too-long", "most", &most),
            ProfileFault::Character => frame.text("detail-character"),
            ProfileFault::Phone => frame.text("detail-phone"),
            ProfileFault::Date => frame.text("detail-date"),
            ProfileFault::Zone => frame.text("detail-zone"),
        })
    }
    /// Ids of what explains the field.
    fn described_by(&self, frame: &Frame) -> String {
        let hint = self.hint(frame).map(|_| format!("{}-hint", self.id()));
        let problem = self.fault.map(|_| format!("{}-problem", self.id()));
        problem.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }
}

fn label_key(field: ProfileField) -> &'static str {
    match field {
        ProfileField::GivenName => "claim-given_name",
        ProfileField::MiddleName => "claim-middle_name",
        ProfileField::FamilyName => "claim-family_name",
        ProfileField::Name => "detail-name",
        ProfileField::Nickname => "claim-nickname",
        ProfileField::PhoneNumber => "claim-phone_number",
        ProfileField::Birthdate => "claim-birthdate",
        ProfileField::StreetAddress => "detail-street-address",
        ProfileField::PostalCode => "detail-postal-code",
        ProfileField::Locality => "detail-locality",
        ProfileField::Country => "detail-country",
        ProfileField::Zoneinfo => "claim-zoneinfo",
    }
}

/// A field of the log by the name that the page gives it, or by its own.
pub(super) fn field_label(frame: &Frame, name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    let ours =
        ProfileField::ALL.into_iter().find(|field| field.name() == name).map(|field| frame.text(label_key(field)));
    ours.or_else(|| texts::find_text(frame.language, &format!("claim-{name}"))).unwrap_or_else(|| name.to_owned())
}

impl DetailsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-details"), self.is_refused())
    }
    fn is_refused(&self) -> bool {
        self.fields.iter().any(|row| row.fault.is_some())
    }
    fn is_address(row: &DetailRow) -> bool {
        match row.field {
            ProfileField::PhoneNumber
            | ProfileField::StreetAddress
            | ProfileField::PostalCode
            | ProfileField::Locality
            | ProfileField::Country => true,
            ProfileField::GivenName
            | ProfileField::MiddleName
            | ProfileField::FamilyName
            | ProfileField::Name
            | ProfileField::Nickname
            | ProfileField::Birthdate
            | ProfileField::Zoneinfo => false,
        }
    }
    fn groups(&self) -> [(String, Vec<&DetailRow>); 2] {
        let part = |address: bool| self.fields.iter().filter(|row| Self::is_address(row) == address).collect();
        [(self.frame.text("detail-who"), part(false)), (self.frame.text("detail-contact"), part(true))]
    }
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "templates hand values over by reference")]
    fn speaks(&self, language: &Language) -> bool {
        self.locale == Some(*language)
    }
}

impl Page for DetailsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let row = |field: ProfileField| DetailRow { field, value: String::new(), fault: None };
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Details),
            action: "/t/fjordby/account/details".to_owned(),
            csrf: "sample-csrf".to_owned(),
            fields: ProfileField::ALL.map(row).into(),
            locale: Some(language),
            offered: Language::ALL.into(),
            fixed: FixedDetails {
                username: "mette".to_owned(),
                email: Some("mette@fjordby.example".to_owned()),
                email_verified: false,
                email_href: Some("/t/fjordby/account/email".to_owned()),
                roles: vec!["helpdesk".to_owned()],
                groups: vec!["finance".to_owned(), "school".to_owned()],
            },
            saved: false,
        };
        let bare = FixedDetails {
            email: None,
            email_verified: false,
            email_href: None,
            roles: Vec::new(),
            groups: Vec::new(),
            ..page.fixed.clone()
        };
        let mut refused = page.clone();
        let faults = [
            ProfileFault::TooLong { most: 128 },
            ProfileFault::Character,
            ProfileFault::Phone,
            ProfileFault::Date,
            ProfileFault::Zone,
        ];
        for (row, fault) in refused.fields.iter_mut().zip(faults) {
            "…".clone_into(&mut row.value);
            row.fault = Some(fault);
        }
        vec![
            ("account-details", page.clone()),
            ("account-details-saved", Self { saved: true, locale: None, fixed: bare, ..page }),
            ("account-details-refused", refused),
        ]
    }
}
