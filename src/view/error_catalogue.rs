//! The catalogue, and one code of it, for whoever looks it up: what it means, and for developers why it comes and what
//! helps.

use askama::Template;

use super::{Frame, Page, texts, write};
use crate::domain::fault::ErrorCode;
use crate::domain::language::Language;

#[derive(Clone, Debug, Template)]
#[template(path = "error_codes.html")]
pub struct ErrorCodesPage {
    pub frame: Frame,
}

impl ErrorCodesPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("error-catalogue-title"), false)
    }
    /// Each code, and what the user is told.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let row = |code: &ErrorCode| (code.code(), texts::error_title(self.frame.language, *code));
        ErrorCode::ALL.iter().map(row).collect()
    }
}

impl Page for ErrorCodesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        vec![("error-codes", Self { frame: Frame::sample(language) })]
    }
}

#[derive(Clone, Debug, Template)]
#[template(path = "error_catalogue.html")]
pub struct ErrorCataloguePage {
    pub frame: Frame,
    pub code: ErrorCode,
}

impl ErrorCataloguePage {
    fn heading(&self) -> String {
        self.frame.text_with("error-catalogue-code", "code", self.code.code())
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), false)
    }
    fn told(&self) -> String {
        texts::error_title(self.frame.language, self.code)
    }
    fn text(&self) -> String {
        texts::error_text(self.frame.language, self.code)
    }
    /// Cause and remedy, where it is an application that gets the code.
    fn developer(&self) -> Option<String> {
        texts::find_text(self.frame.language, &format!("error-{}-developer", self.code.key()))
    }
}

impl Page for ErrorCataloguePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let sample = |code| Self { frame: Frame::sample(language), code };
        vec![
            ("error-catalogue", sample(ErrorCode::InvalidGrant)),
            ("error-catalogue-person", sample(ErrorCode::NetworkNotAllowed)),
        ]
    }
}
