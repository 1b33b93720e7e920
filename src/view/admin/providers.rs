//! The identity providers of a tenant: the list, the choice of a kind, and what goes before one is deleted.

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::provider_form::{Kind, Usage};
use crate::view::{Frame, Page, write};

#[derive(Clone, Debug, Template)]
#[template(path = "admin/providers.html")]
pub struct AdminProvidersPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub may_change: bool,
    pub notice: Option<ProviderNotice>,
    pub rows: Vec<AdminProviderRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminProviderRow {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub enabled: bool,
    pub domains: Vec<String>,
    pub usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderNotice {
    Created,
    Saved,
    Unchanged,
    Enabled,
    Disabled,
    Deleted,
}

impl ProviderNotice {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Created => "idps-created",
            Self::Saved => "admin-saved",
            Self::Unchanged => "apps-unchanged",
            Self::Enabled => "idps-enabled",
            Self::Disabled => "idps-disabled",
            Self::Deleted => "idps-deleted",
        }
    }
}

/// The same in every language.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Entra => "Microsoft Entra ID",
        Kind::Google => "Google Workspace",
        Kind::Oidc => "OpenID Connect",
        Kind::Saml => "SAML 2.0",
    }
}

/// More than anybody counts is as good as any number.
fn counted(frame: &Frame, key: &str, number: u64) -> String {
    frame.counting(key, "count", &u32::try_from(number).unwrap_or(u32::MAX))
}

pub(super) fn sample_usage() -> Usage {
    Usage { people: 12, last: Time::from_timestamp(1_795_000_000, 0) }
}

impl AdminProvidersPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-identity-providers"), false)
    }
    fn about(&self, row: &AdminProviderRow) -> String {
        let mut words = vec![kind_name(row.kind).to_owned()];
        if !row.domains.is_empty() {
            words.push(row.domains.join(", "));
        }
        words.push(counted(&self.frame, "idps-people", row.usage.people));
        words.join(" · ")
    }
    fn told(&self) -> Option<String> {
        self.notice.map(|notice| self.frame.text(notice.key()))
    }
}

impl Page for AdminProvidersPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let row = |id: &str, name: &str, kind| AdminProviderRow {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
            enabled: true,
            domains: vec!["fjordby.example".to_owned(), "skole.fjordby.example".to_owned()],
            usage: sample_usage(),
        };
        let rows = vec![
            row("entra", "Microsoft", Kind::Entra),
            AdminProviderRow { domains: Vec::new(), usage: Usage::default(), ..row("google", "Google", Kind::Google) },
            AdminProviderRow { enabled: false, ..row("naboby", "Naboby", Kind::Saml) },
            row("mitid", "MitID", Kind::Oidc),
        ];
        let some = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::IdentityProviders),
            may_change: true,
            notice: None,
            rows,
        };
        let none = Self { may_change: false, notice: Some(ProviderNotice::Deleted), rows: Vec::new(), ..some.clone() };
        vec![("admin-providers", some), ("admin-providers-none", none)]
    }
}

#[derive(Clone, Debug, Template)]
#[template(path = "admin/provider_kinds.html")]
pub struct AdminProviderKindsPage {
    pub frame: Frame,
    pub menu: AdminMenu,
}

impl AdminProviderKindsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("idps-new"), false)
    }
    fn kinds(&self) -> [(&'static str, &'static str, String); 4] {
        let hint = |kind| match kind {
            Kind::Entra => "idps-kind-entra",
            Kind::Google => "idps-kind-google",
            Kind::Oidc => "idps-kind-oidc",
            Kind::Saml => "idps-kind-saml",
        };
        Kind::ALL.map(|kind| (kind.name(), kind_name(kind), self.frame.text(hint(kind))))
    }
}

impl Page for AdminProviderKindsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let menu = AdminMenu::sample(AdminSection::IdentityProviders);
        vec![("admin-provider-kinds", Self { frame: Frame::sample(language), menu })]
    }
}

/// Posts `csrf` and, while people come from it, `sure`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/provider_delete.html")]
pub struct AdminProviderDeletePage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    pub name: String,
    /// Who would lose this way in.
    pub people: u64,
    /// It was not confirmed.
    pub again: bool,
}

impl AdminProviderDeletePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("idps-delete"), self.again)
    }
    fn who(&self) -> String {
        counted(&self.frame, "idps-delete-people", self.people)
    }
}

impl Page for AdminProviderDeletePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let used = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::IdentityProviders),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/identity-providers/naboby/delete".to_owned(),
            back_href: "/t/fjordby/admin/identity-providers/naboby".to_owned(),
            name: "Naboby".to_owned(),
            people: 12,
            again: false,
        };
        let again = Self { again: true, people: 1, ..used.clone() };
        let unused = Self { people: 0, ..used.clone() };
        vec![
            ("admin-provider-delete", used),
            ("admin-provider-delete-again", again),
            ("admin-provider-delete-unused", unused),
        ]
    }
}
