//! Asks before signing out (OpenID Connect RP-Initiated Logout 1.0 §2).

use askama::Template;

use super::{Frame, Page, write};
use crate::domain::language::Language;

/// Posts `csrf` and the hidden fields.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_out.html")]
pub struct SignOutPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    /// What the request carried and the answer needs, such as `state`.
    pub hidden: Vec<(String, String)>,
    /// Names of the applications that will be signed out too.
    pub applications: Vec<String>,
}

impl SignOutPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("sign-out-title"), false)
    }
}

impl Page for SignOutPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-out".to_owned(),
            csrf: "sample-csrf".to_owned(),
            hidden: vec![("state".to_owned(), "sample-state".to_owned())],
            applications: vec!["Fravær".to_owned(), "Skoleportalen".to_owned()],
        };
        let alone = Self { applications: Vec::new(), ..page.clone() };
        vec![("sign-out", page), ("sign-out-alone", alone)]
    }
}
