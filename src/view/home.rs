//! The root of the server: says what this is, and names no tenant.

use askama::Template;

use super::{Frame, PRODUCT, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    pub frame: Frame,
}

impl HomePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("home-title"), false)
    }
}

impl Page for HomePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let frame = Frame { tenant: PRODUCT.to_owned(), base: String::new(), ..Frame::sample(language) };
        vec![("home", Self { frame })]
    }
}
