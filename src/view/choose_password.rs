//! Choosing a password behind a mailed link: the first one, or another.

use askama::Template;

use super::{Frame, Page, rule_text, write};
use crate::domain::language::Language;
use crate::domain::password_rules::Rule;

/// Posts `csrf`, `token` and `password`; `username` is there for password managers. The password is never part of it.
#[derive(Clone, Debug, Template)]
#[template(path = "choose_password.html")]
pub struct ChoosePasswordPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub token: String,
    pub username: String,
    /// The first password of a new account.
    pub is_first: bool,
    /// Shown before anything is typed.
    pub rules: Vec<Rule>,
    pub notice: Option<ChooseNotice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChooseNotice {
    Missing,
    TooLong,
    Unmet(Vec<Rule>),
    Busy,
    Expired,
}

impl ChoosePasswordPage {
    fn heading(&self) -> String {
        self.frame.text(if self.is_first { "choose-password-first" } else { "choose-password-new" })
    }
    fn explanation(&self) -> String {
        let key = if self.is_first { "choose-password-first-text" } else { "choose-password-new-text" };
        self.frame.text_with(key, "tenant", &self.frame.tenant)
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.notice.is_some())
    }
    fn line(&self, rule: &Rule) -> String {
        rule_text(self.frame.language, *rule)
    }
    fn notice_text(&self) -> Option<String> {
        let key = match self.notice.as_ref()? {
            ChooseNotice::Missing => "choose-password-missing",
            ChooseNotice::TooLong => "sign-in-password-too-long",
            ChooseNotice::Unmet(_) => "choose-password-unmet",
            ChooseNotice::Busy => "sign-in-busy",
            ChooseNotice::Expired => "sign-in-expired",
        };
        Some(self.frame.text(key))
    }
    fn unmet(&self) -> &[Rule] {
        match &self.notice {
            Some(ChooseNotice::Unmet(rules)) => rules,
            Some(ChooseNotice::Missing | ChooseNotice::TooLong | ChooseNotice::Busy | ChooseNotice::Expired) | None => {
                &[]
            }
        }
    }
    fn marks_field(&self) -> bool {
        matches!(self.notice, Some(ChooseNotice::Missing | ChooseNotice::TooLong | ChooseNotice::Unmet(_)))
    }
}

impl Page for ChoosePasswordPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let all = vec![
            Rule::MinLength(12),
            Rule::Digits(1),
            Rule::Special(2),
            Rule::Upper(1),
            Rule::Lower(1),
            Rule::History(5),
            Rule::Common,
            Rule::Breached,
            Rule::OwnWords,
        ];
        let plain = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/password/reset".to_owned(),
            csrf: "sample-csrf".to_owned(),
            token: "ptl_sample".to_owned(),
            username: "mette".to_owned(),
            is_first: false,
            rules: vec![Rule::MinLength(12), Rule::Common, Rule::Breached],
            notice: None,
        };
        let with = |notice| Self { notice: Some(notice), ..plain.clone() };
        let unmet = vec![Rule::MinLength(12), Rule::MaxLength(100), Rule::Digits(2)];
        vec![
            ("choose-password", plain.clone()),
            ("choose-password-first", Self { is_first: true, rules: all, ..plain.clone() }),
            ("choose-password-without-rules", Self { rules: Vec::new(), ..plain.clone() }),
            ("choose-password-missing", with(ChooseNotice::Missing)),
            ("choose-password-too-long", with(ChooseNotice::TooLong)),
            ("choose-password-unmet", with(ChooseNotice::Unmet(unmet))),
            ("choose-password-busy", with(ChooseNotice::Busy)),
            ("choose-password-expired", with(ChooseNotice::Expired)),
        ]
    }
}
