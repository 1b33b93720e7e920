//! Carries the answer to the application by POST (OAuth 2.0 Form Post Response Mode §2).

use askama::Template;

use super::{ApplicationInfo, Frame, Page, write};
use crate::domain::language::Language;

/// The script of the static files submits the form; without it the button does.
#[derive(Clone, Debug, Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    pub frame: Frame,
    /// The application's registered address.
    pub action: String,
    pub params: Vec<(String, String)>,
    pub application: Option<ApplicationInfo>,
}

impl FormPostPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("form-post-title"), false)
    }
}

impl Page for FormPostPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "https://fravaer.fjordby.example/callback".to_owned(),
            params: vec![
                ("code".to_owned(), "sample-code".to_owned()),
                ("state".to_owned(), "a\"><script>alert(1)</script>".to_owned()),
            ],
            application: Some(ApplicationInfo::sample()),
        };
        let alone = Self { application: None, ..page.clone() };
        vec![("form-post", page), ("form-post-alone", alone)]
    }
}
