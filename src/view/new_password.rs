//! Choosing a password: forced at a sign-in, by a mailed link, or because one wants to. One page for all.

use askama::Template;

use super::{ApplicationInfo, Frame, Page, texts, write};
use crate::domain::language::Language;
use crate::domain::password_rules::Rule;
use crate::domain::policy::PasswordPolicy;

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

/// Posts `hidden`, `csrf`, `new_password`, where it is one's own `password` and, if ticked, `end_others`.
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
    pub rules: PasswordPolicy,
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
        until: String,
    },
    Busy,
    Expired,
}

/// A rule as it is told, and for the script that ticks it off while one types.
struct Told {
    text: String,
    rule: &'static str,
    number: u32,
    unmet: bool,
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
                return Some(self.frame.text_with("sign-in-locked", "until", until));
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
    /// Every rule, told before anything is typed.
    fn rules_told(&self) -> Vec<Told> {
        let rules = &self.rules;
        let counted = [
            ("min_length", "new-password-rule-min-length", rules.min_length),
            ("min_digits", "new-password-rule-min-digits", rules.min_digits),
            ("min_special", "new-password-rule-min-special", rules.min_special),
            ("min_upper", "new-password-rule-min-upper", rules.min_upper),
            ("min_lower", "new-password-rule-min-lower", rules.min_lower),
            ("history", "new-password-rule-history", rules.history),
        ];
        let plain = [
            ("common", "new-password-rule-common", rules.refuse_common || rules.refuse_breached),
            ("own_words", "new-password-rule-own-words", rules.refuse_own_words),
        ];
        let counted = counted.into_iter().filter(|(_, _, number)| *number > 0).map(|(rule, key, number)| Told {
            text: texts::text_counting(self.frame.language, key, "count", number),
            rule,
            number,
            unmet: self.is_unmet(rule),
        });
        let plain = plain.into_iter().filter(|(_, _, applies)| *applies).map(|(rule, key, _)| Told {
            text: self.frame.text(key),
            rule,
            number: 0,
            unmet: self.is_unmet(rule),
        });
        counted.chain(plain).collect()
    }
    fn is_unmet(&self, rule: &str) -> bool {
        self.unmet.iter().any(|unmet| unmet.name() == rule || (rule == "common" && *unmet == Rule::Breached))
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
            rules: PasswordPolicy::default(),
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
        let demanding = PasswordPolicy {
            min_length: 16,
            min_digits: 1,
            min_special: 2,
            min_upper: 1,
            min_lower: 1,
            history: 5,
            ..PasswordPolicy::default()
        };
        let unmet = vec![Rule::MinLength(16), Rule::Special(2), Rule::Common];
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
            ("new-password-locked", with(NewPasswordNotice::Locked { until: "14.45".to_owned() })),
            ("new-password-busy", with(NewPasswordNotice::Busy)),
            ("new-password-stale", with(NewPasswordNotice::Expired)),
        ]
    }
}
