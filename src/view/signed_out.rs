//! The session has ended.

use askama::Template;

use super::{Frame, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOutPage {
    pub frame: Frame,
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
        vec![("signed-out", Self { frame: Frame::sample(language) })]
    }
}
