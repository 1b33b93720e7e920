//! Setting up an authenticator app, and the recovery codes that are shown once.

use askama::Template;

use super::qr::Qr;
use super::{ApplicationInfo, Frame, Page, texts, write};
use crate::domain::language::Language;

/// Posts `interaction` (in a sign-in), `csrf`, `setup`, `label` and `code`; `later` where it may be put off.
#[derive(Clone, Debug, Template)]
#[template(path = "enrolment.html")]
pub struct EnrolmentPage {
    pub frame: Frame,
    pub action: String,
    /// Only in the middle of a sign-in.
    pub interaction: Option<String>,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    pub setup: String,
    pub uri: String,
    pub secret: String,
    pub label: String,
    /// Days that are left to put it off.
    pub later_days: Option<u32>,
    /// Back, where the person came here by themselves.
    pub cancel: Option<String>,
    pub notice: Option<EnrolmentNotice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentNotice {
    WrongCode,
    /// The form was open too long, and there is a new secret.
    Stale,
    TooMany,
    Expired,
}

impl EnrolmentNotice {
    fn key(self) -> &'static str {
        match self {
            Self::WrongCode => "enrolment-wrong",
            Self::Stale => "enrolment-stale",
            Self::TooMany => "enrolment-too-many",
            Self::Expired => "sign-in-expired",
        }
    }
}

impl EnrolmentPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("enrolment-title"), self.notice.is_some())
    }
    fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| self.frame.text(notice.key()))
    }
    fn marks_field(&self) -> bool {
        self.notice == Some(EnrolmentNotice::WrongCode)
    }
    fn is_forced(&self) -> bool {
        self.interaction.is_some()
    }
    fn qr(&self) -> Option<Qr> {
        Qr::of(&self.uri)
    }
    /// In groups of four, to be read aloud and typed.
    fn groups(&self) -> Vec<String> {
        let letters: Vec<char> = self.secret.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect()).collect()
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand references over")]
    fn later(&self, days: &u32) -> String {
        texts::text_counting(self.frame.language, "enrolment-later", "days", *days)
    }
    fn sample(language: Language) -> Self {
        Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/enrol".to_owned(),
            interaction: Some("sample-interaction".to_owned()),
            csrf: "sample-csrf".to_owned(),
            application: Some(ApplicationInfo::sample()),
            setup: "sample-setup".to_owned(),
            uri: "otpauth://totp/Fjordby%20Kommune:mette?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fjordby%20Kommune"
                .to_owned(),
            secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned(),
            label: String::new(),
            later_days: None,
            cancel: None,
            notice: None,
        }
    }
}

impl Page for EnrolmentPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let forced = Self::sample(language);
        let own = Self {
            action: "/t/fjordby/account/factors/add".to_owned(),
            interaction: None,
            application: None,
            cancel: Some("/t/fjordby/account/factors".to_owned()),
            ..forced.clone()
        };
        let with = |notice| Self { notice: Some(notice), ..forced.clone() };
        vec![
            ("enrolment", forced.clone()),
            ("enrolment-grace", Self { later_days: Some(3), ..forced.clone() }),
            ("enrolment-grace-one", Self { later_days: Some(1), ..forced.clone() }),
            ("enrolment-own", own.clone()),
            ("enrolment-wrong", with(EnrolmentNotice::WrongCode)),
            ("enrolment-stale", with(EnrolmentNotice::Stale)),
            ("enrolment-expired", with(EnrolmentNotice::Expired)),
            ("enrolment-too-many", Self { notice: Some(EnrolmentNotice::TooMany), ..own }),
        ]
    }
}

/// Posts `interaction` (in a sign-in), `csrf`, `codes` and `saved`.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: Option<String>,
    pub csrf: String,
    /// The codes again, for the form.
    pub sealed: String,
    pub codes: Vec<String>,
    /// Whether an app was just set up, and not only the codes renewed.
    pub enrolled: bool,
    /// Shown once more: the tick was missing.
    pub unsaved: bool,
}

impl RecoveryCodesPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("recovery-codes-title"), self.unsaved)
    }
    fn text(&self) -> String {
        self.codes.join("\n")
    }
    /// The list as a file, without asking the server again.
    fn download(&self) -> String {
        let text = format!("{}\n\n{}\n", self.frame.tenant, self.text());
        let encoded = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        format!("data:text/plain;charset=utf-8,{encoded}")
    }
}

impl Page for RecoveryCodesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let codes = (0..10).map(|n| format!("7Q2K-MZ4W-9HTR-V{n}XB")).collect();
        let forced = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/continue".to_owned(),
            interaction: Some("sample-interaction".to_owned()),
            csrf: "sample-csrf".to_owned(),
            sealed: "sample-codes".to_owned(),
            codes,
            enrolled: true,
            unsaved: false,
        };
        let renewed = Self {
            action: "/t/fjordby/account/factors/saved".to_owned(),
            interaction: None,
            enrolled: false,
            ..forced.clone()
        };
        let unsaved = Self { unsaved: true, ..forced.clone() };
        vec![("recovery-codes", forced), ("recovery-codes-renewed", renewed), ("recovery-codes-unsaved", unsaved)]
    }
}
