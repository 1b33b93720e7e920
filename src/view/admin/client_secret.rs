//! The secret of an application: shown once where it was made, and replaced.

use std::fmt;

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts nothing: it only leads on.
#[derive(Clone, Template)]
#[template(path = "admin/client_secret.html")]
pub struct AdminClientSecretPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    /// The application's page.
    pub home: String,
    pub issuer: String,
    pub id: String,
    pub secret: String,
    /// There was another before it.
    pub replaced: bool,
}

impl fmt::Debug for AdminClientSecretPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminClientSecretPage")
    }
}

impl AdminClientSecretPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("clients-secret-title"), false)
    }
}

impl Page for AdminClientSecretPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let made = Self {
            frame: Frame::sample(language).in_this_language(),
            menu: AdminMenu::sample(AdminSection::Applications),
            home: "/t/fjordby/admin/applications/borger-app".to_owned(),
            issuer: "https://id.fjordby.example".to_owned(),
            id: "borger-app".to_owned(),
            secret: format!("pta_{}", "0123456789-ABCDEF_xyz".repeat(2)),
            replaced: false,
        };
        let again = Self { replaced: true, ..made.clone() };
        vec![("admin-client-secret", made), ("admin-client-secret-replaced", again)]
    }
}

/// Posts `csrf` and `of`, which says which secret is to be replaced.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/client_new_secret.html")]
pub struct AdminClientNewSecretPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    pub name: String,
    pub of: String,
    /// It was replaced a moment ago.
    pub again: bool,
}

impl AdminClientNewSecretPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("clients-renew"), self.again)
    }
}

impl Page for AdminClientNewSecretPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let ask = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/applications/borger-app/secret".to_owned(),
            back_href: "/t/fjordby/admin/applications/borger-app".to_owned(),
            name: "Borger-app".to_owned(),
            of: "sample".to_owned(),
            again: false,
        };
        let again = Self { again: true, ..ask.clone() };
        vec![("admin-client-new-secret", ask), ("admin-client-new-secret-again", again)]
    }
}
