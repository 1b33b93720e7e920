//! A copy of everything that is kept about a person.

use askama::Template;

use super::{AccountMenu, AccountSection};
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf`; the answer is a file.
#[derive(Clone, Debug, Template)]
#[template(path = "account/export.html")]
pub struct ExportPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
}

impl ExportPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-data"), false)
    }
}

impl Page for ExportPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Data),
            action: "/t/fjordby/account/export".to_owned(),
            csrf: "sample-csrf".to_owned(),
        };
        vec![("account-export", page)]
    }
}
