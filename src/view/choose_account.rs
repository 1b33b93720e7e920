//! Which account to go on with, when one is signed in already.

use askama::Template;

use super::{AccountInfo, ApplicationInfo, Frame, Page, write};
use crate::domain::language::Language;

/// Posts `interaction`, `csrf` and `choice`: `continue` or `other`.
#[derive(Clone, Debug, Template)]
#[template(path = "choose_account.html")]
pub struct ChooseAccountPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    pub account: AccountInfo,
}

impl ChooseAccountPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("choose-account-title"), false)
    }
}

impl Page for ChooseAccountPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/account".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: Some(ApplicationInfo::sample()),
            account: AccountInfo::sample(),
        };
        let alone = Self { application: None, ..page.clone() };
        vec![("choose-account", page), ("choose-account-alone", alone)]
    }
}
