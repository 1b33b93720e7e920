//! Signed in, and no application to go to.

use askama::Template;

use super::{AccountInfo, Frame, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "signed_in.html")]
pub struct SignedInPage {
    pub frame: Frame,
    pub account: AccountInfo,
    /// When the person signed in, RFC 3339, as [`super::ErrorPage::at`].
    pub since: String,
    pub sign_out_href: String,
}

impl SignedInPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("signed-in-title"), false)
    }
}

impl Page for SignedInPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            account: AccountInfo::sample(),
            since: "2026-07-23T12:45:07Z".to_owned(),
            sign_out_href: "/t/fjordby/sign-out".to_owned(),
        };
        vec![("signed-in", page)]
    }
}
