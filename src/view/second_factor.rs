//! The second step: a code from an app, from a mail, or from the list kept for the day the app is lost.

use askama::Template;

use super::{ApplicationInfo, Frame, Page, texts, write};
use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::language::Language;

/// Posts `interaction`, `csrf`, `method`, `code` and, if ticked, `remember` to `action`; `interaction`, `csrf` and
/// `method` to `method_action`, for another way or another code.
#[derive(Clone, Debug, Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactorPage {
    pub frame: Frame,
    pub action: String,
    pub method_action: String,
    /// Back to user name and password.
    pub restart: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    pub method: Factor,
    pub others: Vec<Factor>,
    pub mailed_to: Option<String>,
    /// Days that this browser may be let off, where policy allows it.
    pub remember_days: Option<u32>,
    pub notice: Option<SecondFactorNotice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFactorNotice {
    Wrong,
    Malformed,
    CodeOver,
    /// Without a time: until somebody unlocks it.
    Locked {
        until: Option<Time>,
    },
    Throttled {
        minutes: u32,
    },
    Busy,
    /// Too many codes were mailed.
    Capped,
    Expired,
    /// Another code is on its way: good news.
    Sent,
}

impl SecondFactorNotice {
    fn text(&self, frame: &Frame) -> String {
        let language = frame.language;
        match self {
            Self::Wrong => texts::text(language, "second-factor-wrong"),
            Self::Malformed => texts::text(language, "second-factor-malformed"),
            Self::CodeOver => texts::text(language, "second-factor-code-over"),
            Self::Locked { until: Some(until) } => {
                frame.text_with("second-factor-locked", "until", &frame.clock(until))
            }
            Self::Locked { until: None } => texts::text(language, "second-factor-closed"),
            Self::Throttled { minutes } => texts::text_counting(language, "sign-in-throttled", "minutes", *minutes),
            Self::Busy => texts::text(language, "sign-in-busy"),
            Self::Capped => texts::text(language, "second-factor-capped"),
            Self::Expired => texts::text(language, "sign-in-expired"),
            Self::Sent => texts::text(language, "second-factor-sent"),
        }
    }
}

/// What is asked for, and how the way is offered.
fn keys(method: Factor) -> (&'static str, &'static str) {
    match method {
        Factor::Totp | Factor::Password => ("second-factor-totp", "second-factor-use-totp"),
        Factor::EmailCode => ("second-factor-email", "second-factor-use-email"),
        Factor::RecoveryCode => ("second-factor-recovery", "second-factor-use-recovery"),
    }
}

impl SecondFactorPage {
    fn is_error(&self) -> bool {
        self.notice.as_ref().is_some_and(|notice| *notice != SecondFactorNotice::Sent)
    }
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("second-factor-title"), self.is_error())
    }
    fn notice_text(&self) -> Option<String> {
        self.notice.as_ref().map(|notice| notice.text(&self.frame))
    }
    fn marks_field(&self) -> bool {
        matches!(self.notice, Some(SecondFactorNotice::Wrong | SecondFactorNotice::Malformed))
    }
    fn explanation(&self) -> String {
        match (&self.mailed_to, self.method) {
            (Some(to), Factor::EmailCode) => self.frame.text_with("second-factor-email-to", "address", to),
            _ => self.frame.text(keys(self.method).0),
        }
    }
    fn hint(&self) -> String {
        self.frame.text(if self.is_six_digits() { "second-factor-hint" } else { "second-factor-hint-recovery" })
    }
    fn is_six_digits(&self) -> bool {
        self.method != Factor::RecoveryCode
    }
    fn is_mailed(&self) -> bool {
        self.method == Factor::EmailCode
    }
    fn has_other_ways(&self) -> bool {
        !self.others.is_empty() || self.is_mailed()
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand references over")]
    fn way(&self, method: &Factor) -> String {
        self.frame.text(keys(*method).1)
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand references over")]
    fn remember_text(&self, days: &u32) -> String {
        texts::text_counting(self.frame.language, "second-factor-remember", "days", *days)
    }
    fn sample(language: Language) -> Self {
        Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/code".to_owned(),
            method_action: "/t/fjordby/sign-in/method".to_owned(),
            restart: "/t/fjordby/sign-in?interaction=sample&other=1".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: Some(ApplicationInfo::sample()),
            method: Factor::Totp,
            others: vec![Factor::EmailCode, Factor::RecoveryCode],
            mailed_to: None,
            remember_days: None,
            notice: None,
        }
    }
}

impl Page for SecondFactorPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let app = Self::sample(language);
        let mailed = Self {
            method: Factor::EmailCode,
            others: vec![Factor::Totp],
            mailed_to: Some("m•••@fjordby.example".to_owned()),
            ..app.clone()
        };
        let recovery = Self { method: Factor::RecoveryCode, others: vec![Factor::Totp], ..app.clone() };
        let with = |notice| Self { notice: Some(notice), ..app.clone() };
        vec![
            ("second-factor", app.clone()),
            ("second-factor-alone", Self { application: None, others: Vec::new(), ..app.clone() }),
            ("second-factor-remember", Self { remember_days: Some(30), ..app.clone() }),
            ("second-factor-remember-one", Self { remember_days: Some(1), ..app.clone() }),
            ("second-factor-mailed", mailed.clone()),
            ("second-factor-sent", Self { notice: Some(SecondFactorNotice::Sent), ..mailed.clone() }),
            ("second-factor-code-over", Self { notice: Some(SecondFactorNotice::CodeOver), ..mailed.clone() }),
            ("second-factor-capped", Self { notice: Some(SecondFactorNotice::Capped), ..mailed }),
            ("second-factor-recovery", recovery),
            ("second-factor-wrong", with(SecondFactorNotice::Wrong)),
            ("second-factor-malformed", with(SecondFactorNotice::Malformed)),
            (
                "second-factor-locked",
                with(SecondFactorNotice::Locked { until: Time::from_timestamp(1_795_355_100, 0) }),
            ),
            ("second-factor-closed", with(SecondFactorNotice::Locked { until: None })),
            ("second-factor-throttled", with(SecondFactorNotice::Throttled { minutes: 2 })),
            ("second-factor-busy", with(SecondFactorNotice::Busy)),
            ("second-factor-expired", with(SecondFactorNotice::Expired)),
        ]
    }
}

/// Nothing that the person has or could set up reaches what is asked.
#[derive(Clone, Debug, Template)]
#[template(path = "unreachable.html")]
pub struct UnreachablePage {
    pub frame: Frame,
    pub application: Option<ApplicationInfo>,
    pub restart: String,
}

impl UnreachablePage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("unreachable-title"), true)
    }
}

impl Page for UnreachablePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let restart = "/t/fjordby/sign-in?interaction=sample&other=1".to_owned();
        let frame = Frame::sample(language);
        vec![("unreachable", Self { frame, application: Some(ApplicationInfo::sample()), restart })]
    }
}
