//! Choosing a password: forced at a sign-in, by a mailed link, or because one wants to. One page for all.

use askama::Template;

use super::{ApplicationInfo, Frame, Page, rule_text, texts, write};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::password_rules::Rule;

/// Why the page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordPurpose {
    /// The old one is too old.
    Expired,
    /// An administrator asks for another one.
    Asked,
    /// By the link of a mail, since the old one is forgotten.
    Reset,
    /// By the link of an invitation: the first one.
    Invitation,
    /// The person wants another one; the present one is asked for.
    Own,
}

impl NewPasswordPurpose {
    fn heading(self) -> &'static str {
        match self {
            Self::Expired | Self::Asked | Self::Reset => "new-password-title",
            Self::Invitation => "new-password-title-invitation",
            Self::Own => "new-password-title-own",
        }
    }
    fn explanation(self) -> &'static str {
        match self {
            Self::Expired => "new-password-text-expired",
            Self::Asked => "new-password-text-asked",
            Self::Reset => "new-password-text-reset",
            Self::Invitation => "new-password-text-invitation",
            Self::Own => "new-password-text-own",
        }
    }
}

/// Posts `hidden`, `csrf` and the new password as `password`; where it is one's own, the present one as `password`, the
/// new one as `new_password` and, if ticked, `end_others`.
#[derive(Clone, Debug, Template)]
#[template(path = "new_password.html")]
pub struct NewPasswordPage {
    pub frame: Frame,
    pub purpose: NewPasswordPurpose,
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    /// For password managers: whose password it is.
    pub username: String,
    /// All that hold, told before anything is typed.
    pub rules: Vec<Rule>,
    /// Rules that the password which was sent did not meet.
    pub unmet: Vec<Rule>,
    pub notice: Option<NewPasswordNotice>,
    pub cancel: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPasswordNotice {
    Unmet,
    Missing,
    TooLong,
    /// The present password was wrong, or too many were.
    Refused,
    Locked {
        until: Time,
    },
    Throttled {
        minutes: u32,
    },
    Busy,
    Expired,
}

impl NewPasswordPage {
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.notice.is_some())
    }
    fn heading(&self) -> String {
        self.frame.text(self.purpose.heading())
    }
    fn explanation(&self) -> String {
        self.frame.text(self.purpose.explanation())
    }
    fn asks_present(&self) -> bool {
        self.purpose == NewPasswordPurpose::Own
    }
    fn notice_text(&self) -> Option<String> {
        let key = match self.notice.as_ref()? {
            NewPasswordNotice::Unmet => "new-password-unmet",
            NewPasswordNotice::Missing => "new-password-missing",
            NewPasswordNotice::TooLong => "sign-in-password-too-long",
            NewPasswordNotice::Refused => "new-password-refused",
            NewPasswordNotice::Locked { until } => {
                return Some(self.frame.text_with("sign-in-locked", "until", &self.frame.clock(until)));
            }
            NewPasswordNotice::Throttled { minutes } => {
                let language = self.frame.language;
                return Some(texts::text_counting(language, "sign-in-throttled", "minutes", *minutes));
            }
            NewPasswordNotice::Busy => "sign-in-busy",
            NewPasswordNotice::Expired => "sign-in-expired",
        };
        Some(self.frame.text(key))
    }
    fn marks_new(&self) -> bool {
        matches!(self.notice, Some(NewPasswordNotice::Unmet | NewPasswordNotice::Missing | NewPasswordNotice::TooLong))
    }
    fn marks_present(&self) -> bool {
        matches!(self.notice, Some(NewPasswordNotice::Refused | NewPasswordNotice::Missing))
    }
    fn submit(&self) -> String {
        self.frame.text("new-password-submit")
    }
    /// The new password's name in the form: `password`, unless that is the present one's.
    fn field(&self) -> &'static str {
        if self.asks_present() { "new_password" } else { "password" }
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand references over")]
    fn line(&self, rule: &Rule) -> String {
        rule_text(self.frame.language, *rule)
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand references over")]
    fn is_unmet(&self, rule: &Rule) -> bool {
        self.unmet.contains(rule)
    }
    /// What was found besides the rules that are told.
    fn surprises(&self) -> Vec<Rule> {
        self.unmet.iter().copied().filter(|rule| !self.rules.contains(rule)).collect()
    }
    fn sample(language: Language, purpose: NewPasswordPurpose) -> Self {
        Self {
            frame: Frame::sample(language),
            purpose,
            action: "/t/fjordby/password/reset".to_owned(),
            hidden: vec![("token".to_owned(), "sample-token".to_owned())],
            csrf: "sample-csrf".to_owned(),
            application: None,
            username: "mette".to_owned(),
            rules: vec![Rule::MinLength(12), Rule::Common, Rule::Breached, Rule::OwnWords],
            unmet: Vec::new(),
            notice: None,
            cancel: None,
        }
    }
}

impl Page for NewPasswordPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        use NewPasswordPurpose::{Asked, Expired, Invitation, Own, Reset};
        let page = |purpose| Self::sample(language, purpose);
        let demanding = vec![
            Rule::MinLength(16),
            Rule::MaxLength(100),
            Rule::Digits(1),
            Rule::Special(2),
            Rule::Upper(1),
            Rule::Lower(1),
            Rule::Common,
            Rule::History(5),
        ];
        let unmet = vec![Rule::MinLength(16), Rule::Special(2), Rule::Breached];
        let with = |notice| Self { notice: Some(notice), ..page(Own) };
        vec![
            ("new-password-expired", Self { application: Some(ApplicationInfo::sample()), ..page(Expired) }),
            ("new-password-asked", page(Asked)),
            ("new-password-reset", page(Reset)),
            ("new-password-invitation", page(Invitation)),
            ("new-password-own", Self { cancel: Some("/t/fjordby/account".to_owned()), ..page(Own) }),
            ("new-password-demanding", Self { rules: demanding.clone(), ..page(Own) }),
            (
                "new-password-unmet",
                Self { rules: demanding, unmet, notice: Some(NewPasswordNotice::Unmet), ..page(Own) },
            ),
            ("new-password-missing", with(NewPasswordNotice::Missing)),
            ("new-password-too-long", with(NewPasswordNotice::TooLong)),
            ("new-password-refused", with(NewPasswordNotice::Refused)),
            (
                "new-password-locked",
                with(NewPasswordNotice::Locked { until: Time::from_timestamp(1_795_355_100, 0).unwrap_or_default() }),
            ),
            ("new-password-throttled", with(NewPasswordNotice::Throttled { minutes: 4 })),
            ("new-password-busy", with(NewPasswordNotice::Busy)),
            ("new-password-stale", with(NewPasswordNotice::Expired)),
        ]
    }
}
