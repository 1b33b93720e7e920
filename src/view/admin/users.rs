//! Finding people. A plain GET form: what was asked stands in the address, and can be kept or sent on.

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::language::Language;
use crate::domain::user::UserStatus;
use crate::view::{Frame, Page, write};

/// Sends `q`, `status`, `role`, `locked`, `without` and `sort` by GET.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/users.html")]
pub struct AdminUsersPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub filter: AdminFilter,
    /// The roles that mean something here.
    pub roles: Vec<String>,
    pub rows: Vec<AdminRow>,
    /// To the page after this one.
    pub next_href: Option<String>,
    /// To the first page, if this is not it.
    pub first_href: Option<String>,
    pub may_create: bool,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminFilter {
    pub text: String,
    pub status: Option<UserStatus>,
    pub role: String,
    pub locked: bool,
    pub without: bool,
    pub sort: AdminSort,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdminSort {
    #[default]
    Username,
    Name,
    Newest,
}

impl AdminSort {
    pub const ALL: [Self; 3] = [Self::Username, Self::Name, Self::Newest];

    /// The value of `sort`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Name => "name",
            Self::Newest => "newest",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    fn key(self) -> &'static str {
        match self {
            Self::Username => "admin-users-by-username",
            Self::Name => "admin-users-by-name",
            Self::Newest => "admin-users-by-newest",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminRow {
    pub id: String,
    pub name: String,
    pub username: String,
    pub email: Option<String>,
    pub roles: Vec<String>,
    pub status: UserStatus,
    pub locked: bool,
    pub second_factor: bool,
}

impl AdminRow {
    fn closed(&self) -> Option<&'static str> {
        super::user::closed(self.status)
    }
}

impl AdminUsersPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-users"), false)
    }
    fn statuses(&self) -> [(&'static str, &'static str, bool); 4] {
        let is = |status| self.filter.status == status;
        [
            ("", "admin-users-any", is(None)),
            ("active", "admin-users-active", is(Some(UserStatus::Active))),
            ("disabled", "admin-users-disabled", is(Some(UserStatus::Disabled))),
            ("self_locked", "admin-users-self-locked", is(Some(UserStatus::SelfLocked))),
        ]
    }
    /// Each role that can be asked for, with its words; the one that is asked for among them.
    fn roles(&self) -> Vec<(&str, String, bool)> {
        let asked = Some(&self.filter.role).filter(|role| !role.is_empty() && !self.roles.contains(role));
        let all = self.roles.iter().chain(asked);
        all.map(|role| (role.as_str(), self.frame.role(role), *role == self.filter.role)).collect()
    }
    fn sorts(&self) -> [(&'static str, &'static str, bool); 3] {
        AdminSort::ALL.map(|sort| (sort.name(), sort.key(), sort == self.filter.sort))
    }
}

impl Page for AdminUsersPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let row = |name: &str, username: &str| AdminRow {
            id: "0197d0c4-0000-7000-8000-000000000001".to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
            email: Some(format!("{username}@fjordby.example")),
            roles: Vec::new(),
            status: UserStatus::Active,
            locked: false,
            second_factor: true,
        };
        let rows = vec![
            AdminRow { roles: vec!["admin".to_owned()], ..row("Mette Åse Sørensen", "mette") },
            AdminRow {
                locked: true,
                second_factor: false,
                ..row("Bjørn Ærø", "bjoern.aeroe.skoleforvaltningen.nordvest")
            },
            AdminRow { status: UserStatus::Disabled, email: None, ..row("Åke Öberg", "ake") },
            AdminRow { status: UserStatus::SelfLocked, roles: vec!["seller".to_owned()], ..row("Ida Holm", "ida") },
        ];
        let some = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Users),
            filter: AdminFilter { sort: AdminSort::Name, ..AdminFilter::default() },
            roles: ["auditor", "helpdesk", "admin", "seller"].map(str::to_owned).into(),
            rows,
            next_href: Some("?after=sample".to_owned()),
            first_href: Some("?".to_owned()),
            may_create: true,
        };
        let none = Self {
            filter: AdminFilter {
                text: "nobody".to_owned(),
                status: Some(UserStatus::Disabled),
                role: "buyer".to_owned(),
                locked: true,
                without: true,
                sort: AdminSort::Newest,
            },
            rows: Vec::new(),
            next_href: None,
            first_href: None,
            may_create: false,
            ..some.clone()
        };
        vec![("admin-users", some), ("admin-users-none", none)]
    }
}
