//! The session has ended.

use askama::Template;

use super::{Frame, Link, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    pub frame: Frame,
    /// Back to the application: its name and its registered address.
    pub return_to: Option<Link>,
}

impl SignedOutPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("signed-out-title"), false)
    }
}

impl Page for SignedOutPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let link = Link { text: "Fravær".to_owned(), href: "https://fravaer.fjordby.example/".to_owned() };
        let page = Self { frame: Frame::sample(language), return_to: Some(link) };
        let alone = Self { return_to: None, ..page.clone() };
        vec![("signed-out", page), ("signed-out-alone", alone)]
    }
}
