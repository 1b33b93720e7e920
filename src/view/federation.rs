//! Somebody of an identity provider: asked whether there is an account here, and whether the two are to be linked.

use askama::Template;

use super::{AccountInfo, ApplicationInfo, Frame, Page, write};
use crate::domain::language::Language;

/// Posts `interaction`, `csrf` and `choice`: `link`, `create` or `cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "newcomer.html")]
pub struct NewcomerPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    /// Where the person comes from, and how they are called there.
    pub provider: String,
    pub person: String,
    pub may_create: bool,
}

impl NewcomerPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("newcomer-title"), false)
    }
    fn text(&self) -> String {
        self.frame.filled("newcomer-text", &[("provider", &self.provider), ("person", &self.person)])
    }
}

impl Page for NewcomerPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/newcomer".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: Some(ApplicationInfo::sample()),
            provider: "Microsoft".to_owned(),
            person: "mette@up.example".to_owned(),
            may_create: true,
        };
        let closed = Self { application: None, may_create: false, ..page.clone() };
        vec![("newcomer", page), ("newcomer-link-only", closed)]
    }
}

/// Posts `interaction`, `csrf` and `choice`: `link` or `cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_link.html")]
pub struct ConfirmLinkPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    pub provider: String,
    pub person: String,
    /// The account here.
    pub account: AccountInfo,
}

impl ConfirmLinkPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("confirm-link-title"), false)
    }
    fn text(&self) -> String {
        self.frame.filled("confirm-link-text", &[("provider", &self.provider), ("person", &self.person)])
    }
}

impl Page for ConfirmLinkPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/link".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: None,
            provider: "Microsoft".to_owned(),
            person: "mette@up.example".to_owned(),
            account: AccountInfo::sample(),
        };
        let waiting = Self { application: Some(ApplicationInfo::sample()), ..page.clone() };
        vec![("confirm-link", page), ("confirm-link-application", waiting)]
    }
}
