//! Another address of mail, or the proof of the one that is there.

use askama::Template;

use super::{AccountMenu, AccountSection};
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf` and `email`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/email.html")]
pub struct EmailPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
    pub current: Option<String>,
    /// What stands in the field.
    pub typed: String,
    pub state: EmailState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailState {
    Asking,
    Malformed,
    TooMany,
    /// A link is on its way to what was typed.
    Sent,
}

impl EmailPage {
    fn heading(&self) -> String {
        self.frame.text(if self.state == EmailState::Sent { "email-sent-title" } else { "email-title" })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.problem().is_some())
    }
    fn problem(&self) -> Option<String> {
        match self.state {
            EmailState::Asking | EmailState::Sent => None,
            EmailState::Malformed => Some(self.frame.text("email-malformed")),
            EmailState::TooMany => Some(self.frame.text("email-too-many")),
        }
    }
    fn is_sent(&self) -> bool {
        self.state == EmailState::Sent
    }
}

impl Page for EmailPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Details),
            action: "/t/fjordby/account/email".to_owned(),
            csrf: "sample-csrf".to_owned(),
            current: Some("mette@fjordby.example".to_owned()),
            typed: "mette@example.com".to_owned(),
            state: EmailState::Asking,
        };
        let with = |state| Self { state, ..page.clone() };
        vec![
            ("account-email", Self { current: None, typed: String::new(), ..page.clone() }),
            ("account-email-malformed", with(EmailState::Malformed)),
            ("account-email-too-many", with(EmailState::TooMany)),
            ("account-email-sent", with(EmailState::Sent)),
        ]
    }
}
