//! What an administrator writes about a person, new or known. There is no field for a password (ASVS 6.4.6).

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::authority::StaffRole;
use crate::domain::language::Language;
use crate::domain::record::{Fault, Field, Typed};
use crate::view::{Frame, Page, write};

/// Posts `csrf`, `username`, `email`, `given_name`, `family_name`, `locale`, `role_admin`, `role_helpdesk`,
/// `role_auditor`, `roles`, `groups` and, for somebody new, `invite`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/form.html")]
pub struct AdminFormPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    pub typed: Typed,
    pub faults: Vec<(Field, Fault)>,
    /// For somebody new: whether an invitation is to be sent. `None`: they are known.
    pub invite: Option<bool>,
}

/// One line of text.
struct TextField<'a> {
    name: &'static str,
    label: &'static str,
    value: &'a str,
    kind: &'static str,
    hint: Option<&'static str>,
    fault: Option<&'static str>,
    required: bool,
}

fn fault_key(fault: Fault) -> &'static str {
    match fault {
        Fault::Missing => "admin-fault-missing",
        Fault::TooLong => "admin-fault-too-long",
        Fault::Character => "admin-fault-character",
        Fault::Taken => "admin-fault-taken",
        Fault::BuiltIn => "admin-fault-built-in",
    }
}

fn role_key(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Auditor => "admin-role-auditor",
        StaffRole::Helpdesk => "admin-role-helpdesk",
        StaffRole::Admin => "admin-role-admin",
    }
}

impl AdminFormPage {
    fn heading(&self) -> String {
        self.frame.text(if self.invite.is_some() { "admin-users-new" } else { "admin-user-edit" })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), !self.faults.is_empty())
    }
    fn field<'a>(&self, field: Field, value: &'a str) -> TextField<'a> {
        let (name, label, kind, hint) = match field {
            Field::Username => ("username", "admin-user-username", "text", None),
            Field::Email => ("email", "admin-user-email", "email", Some("admin-form-hint-email")),
            Field::GivenName => ("given_name", "admin-form-given-name", "text", None),
            Field::FamilyName => ("family_name", "admin-form-family-name", "text", None),
            Field::Roles => ("roles", "admin-form-own-roles", "text", Some("admin-form-commas")),
            Field::Groups => ("groups", "admin-user-groups", "text", Some("admin-form-commas")),
        };
        let fault = self.faults.iter().find(|(of, _)| *of == field).map(|(_, fault)| match (field, fault) {
            (Field::Email, Fault::Character) => "email-malformed",
            _ => fault_key(*fault),
        });
        TextField { name, label, value, kind, hint, fault, required: field == Field::Username }
    }
    fn about(&self) -> [TextField<'_>; 4] {
        [
            self.field(Field::Username, &self.typed.username),
            self.field(Field::Email, &self.typed.email),
            self.field(Field::GivenName, &self.typed.given_name),
            self.field(Field::FamilyName, &self.typed.family_name),
        ]
    }
    fn memberships(&self) -> [TextField<'_>; 2] {
        [self.field(Field::Roles, &self.typed.roles), self.field(Field::Groups, &self.typed.groups)]
    }
    fn languages(&self) -> [(Language, bool); 4] {
        Language::ALL.map(|language| (language, language.tag() == self.typed.locale))
    }
    fn staff(&self) -> [(&'static str, &'static str, bool); 3] {
        StaffRole::ALL.map(|role| (role.name(), role_key(role), self.typed.staff.contains(&role)))
    }
}

impl Page for AdminFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let new = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Users),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/users/new".to_owned(),
            back_href: "/t/fjordby/admin/users".to_owned(),
            typed: Typed::default(),
            faults: Vec::new(),
            invite: Some(true),
        };
        let typed = Typed {
            username: "mette".to_owned(),
            email: "mette@fjordby.example".to_owned(),
            given_name: "Mette Åse".to_owned(),
            family_name: "Sørensen".to_owned(),
            locale: "da".to_owned(),
            staff: [StaffRole::Helpdesk].into(),
            roles: "buyer, seller".to_owned(),
            groups: "school, finance".to_owned(),
        };
        let known = Self { typed, invite: None, ..new.clone() };
        let each = Field::ALL.into_iter().zip(Fault::ALL.into_iter().cycle());
        let wrong = Self { faults: each.collect(), ..known.clone() };
        vec![("admin-form-new", new), ("admin-form-edit", known), ("admin-form-faults", wrong)]
    }
}
