//! A forgotten password: who are you? The answer is the same for everybody.

use askama::Template;

use super::{Frame, Page, texts, write};
use crate::domain::language::Language;

/// Posts `csrf`, `username` and, where something waits, `interaction`.
#[derive(Clone, Debug, Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub sign_in_href: String,
    pub username: String,
    /// What the person was signing in for.
    pub interaction: Option<String>,
    pub state: ForgotState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForgotState {
    Ask,
    /// Whether or not there is such an account.
    Sent,
    Missing,
    Expired,
    Throttled {
        minutes: u32,
    },
}

impl ForgotPage {
    fn heading(&self) -> String {
        self.frame.text(if self.is_sent() { "forgot-sent-title" } else { "forgot-title" })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.notice().is_some())
    }
    fn is_sent(&self) -> bool {
        self.state == ForgotState::Sent
    }
    fn marks_field(&self) -> bool {
        self.state == ForgotState::Missing
    }
    fn notice(&self) -> Option<String> {
        match self.state {
            ForgotState::Ask | ForgotState::Sent => None,
            ForgotState::Missing => Some(self.frame.text("forgot-missing")),
            ForgotState::Expired => Some(self.frame.text("sign-in-expired")),
            ForgotState::Throttled { minutes } => {
                Some(texts::text_counting(self.frame.language, "sign-in-throttled", "minutes", minutes))
            }
        }
    }
}

impl Page for ForgotPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let with = |state| Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/password/forgot".to_owned(),
            csrf: "sample-csrf".to_owned(),
            sign_in_href: "/t/fjordby/sign-in".to_owned(),
            username: String::new(),
            interaction: Some("sample-interaction".to_owned()),
            state,
        };
        vec![
            ("forgot", with(ForgotState::Ask)),
            ("forgot-sent", with(ForgotState::Sent)),
            ("forgot-missing", with(ForgotState::Missing)),
            ("forgot-expired", with(ForgotState::Expired)),
            ("forgot-throttled", with(ForgotState::Throttled { minutes: 12 })),
        ]
    }
}
