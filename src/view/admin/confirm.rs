//! Before something is done to somebody: what it means.

use askama::Template;

use super::{AdminMenu, AdminSection, deed_meaning, deed_text};
use crate::domain::authority::Deed;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf` to its own address.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/confirm.html")]
pub struct AdminConfirmPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    pub deed: Deed,
    /// Name and user name of whom it is about.
    pub name: String,
}

impl AdminConfirmPage {
    fn title(&self) -> String {
        self.frame.title(&self.heading(), false)
    }
    fn heading(&self) -> String {
        deed_text(&self.frame, self.deed)
    }
    fn meaning(&self) -> String {
        deed_meaning(&self.frame, self.deed)
    }
}

impl Page for AdminConfirmPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let sample = |deed: Deed| Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Users),
            csrf: "sample-csrf".to_owned(),
            action: format!("/t/fjordby/admin/users/sample/{}", deed.name()),
            back_href: "/t/fjordby/admin/users/sample".to_owned(),
            deed,
            name: "Mette Åse Sørensen (mette)".to_owned(),
        };
        let names = [
            "admin-confirm-unlock",
            "admin-confirm-send-reset",
            "admin-confirm-invite",
            "admin-confirm-sign-out",
            "admin-confirm-force-password-change",
            "admin-confirm-reset-second-factor",
            "admin-confirm-disable",
            "admin-confirm-enable",
        ];
        names.into_iter().zip(Deed::ALL).map(|(name, deed)| (name, sample(deed))).collect()
    }
}
