//! The applications of a tenant: the list, and the first step of registering one.

use askama::Template;

use super::{AdminMenu, AdminSection, application_text as words};
use crate::domain::language::Language;
use crate::domain::registration::{Fault, Field, Kind, Trouble, Typed};
use crate::view::{Frame, Page, write};

#[derive(Clone, Debug, Template)]
#[template(path = "admin/applications.html")]
pub struct AdminApplicationsPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub may_change: bool,
    pub rows: Vec<AdminApplicationRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminApplicationRow {
    pub id: String,
    pub name: String,
    pub protocol: AdminProtocol,
    pub enabled: bool,
    pub require_role: Option<String>,
    /// Something should be looked at.
    pub alert: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminProtocol {
    Oidc,
    Saml,
    Wsfed,
}

impl AdminProtocol {
    /// The same in every language.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Oidc => "OpenID Connect",
            Self::Saml => "SAML 2.0",
            Self::Wsfed => "WS-Federation",
        }
    }
}

impl AdminApplicationsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-applications"), false)
    }
}

impl Page for AdminApplicationsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let row = |id: &str, name: &str, protocol| AdminApplicationRow {
            id: id.to_owned(),
            name: name.to_owned(),
            protocol,
            enabled: true,
            require_role: None,
            alert: false,
        };
        let rows = vec![
            AdminApplicationRow { alert: true, ..row("fravaer", "Fravær", AdminProtocol::Saml) },
            AdminApplicationRow {
                enabled: false,
                require_role: Some("buyer".to_owned()),
                ..row("intranet", "Intranet", AdminProtocol::Wsfed)
            },
            row("borger-app", "Borger-app", AdminProtocol::Oidc),
        ];
        let some = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            may_change: true,
            rows,
        };
        let none = Self { may_change: false, rows: Vec::new(), ..some.clone() };
        vec![("admin-applications", some), ("admin-applications-none", none)]
    }
}

/// Posts `metadata` or `metadata_url`, `metadata_certificates`, `entity_id` and `csrf`; what comes back is a form filled in by them.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/application_new.html")]
pub struct AdminApplicationNewPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub typed: Typed,
    pub fault: Option<Fault>,
}

impl AdminApplicationNewPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("apps-new"), self.fault.is_some())
    }
    fn told(&self) -> Option<String> {
        self.fault.as_ref().map(|fault| words::fault(&self.frame, fault))
    }
    fn candidates(&self) -> &[String] {
        match &self.fault {
            Some(Fault::Metadata(Trouble::Several(names))) => names,
            Some(_) | None => &[],
        }
    }
    fn is_wrong(&self, name: &str) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.field().name() == name)
    }
}

impl Page for AdminApplicationNewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let new = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/applications/new".to_owned(),
            typed: Typed::new(Kind::Saml),
            fault: None,
        };
        let typed = Typed { metadata: "<EntityDescriptor/>".to_owned(), ..new.typed.clone() };
        let with = |fault: Fault| Self { fault: Some(fault), typed: typed.clone(), ..new.clone() };
        let trouble = |trouble: Trouble| with(Fault::Metadata(trouble));
        let names = vec!["https://a.fjordby.example".to_owned(), "https://b.fjordby.example".to_owned()];
        vec![
            ("admin-application-new", new.clone()),
            ("admin-application-new-several", trouble(Trouble::Several(names))),
            ("admin-application-new-unreachable", trouble(Trouble::Unreachable)),
            ("admin-application-new-xml", trouble(Trouble::NotXml)),
            ("admin-application-new-metadata", trouble(Trouble::NotMetadata)),
            ("admin-application-new-nobody", trouble(Trouble::NoServiceProvider)),
            ("admin-application-new-absent", trouble(Trouble::Absent)),
            (
                "admin-application-new-address",
                trouble(Trouble::Address("ftp://fravaer.fjordby.example/acs".to_owned())),
            ),
            ("admin-application-new-consumer", trouble(Trouble::NoConsumer)),
            ("admin-application-new-key", trouble(Trouble::NoKey)),
            ("admin-application-new-much", trouble(Trouble::TooMuch)),
            ("admin-application-new-expired", trouble(Trouble::Expired)),
            ("admin-application-new-large", trouble(Trouble::TooLarge)),
            ("admin-application-new-unsigned", trouble(Trouble::SignatureMissing)),
            ("admin-application-new-signature", trouble(Trouble::SignatureWrong)),
            ("admin-application-new-endless", trouble(Trouble::Endless)),
            ("admin-application-new-entity", with(Fault::Wrong(Field::EntityId))),
        ]
    }
}
