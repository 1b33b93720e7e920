//! User name and password.

use std::time::Duration;

use askama::Template;

use super::{ApplicationInfo, Frame, Link, Page, write};
use crate::domain::Time;
use crate::domain::language::Language;

/// Posts `interaction`, `csrf`, `username`, `password` and, if ticked, `remember`. The password is never part of it.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    pub username: String,
    pub remember: bool,
    /// Where the page is shown with an empty user name; offered when the name was filled in for the person.
    pub switch_user: Option<String>,
    /// Identity providers: name and where the way to them begins.
    pub providers: Vec<Link>,
    /// Only administrators have a password here: the form is for them.
    pub only_upstream: bool,
    /// Somebody of this identity provider is to be linked to whoever signs in.
    pub linking: Option<String>,
    /// The password of an account here is wanted, whatever domain the name has.
    pub local: bool,
    /// Where that is; offered when the domain of a name leads elsewhere. Then a password need not be typed.
    pub local_href: Option<String>,
    pub error: Option<SignInNotice>,
}

/// Why the page is shown again. Only [`SignInNotice::Locked`] tells of a lock, and only a browser that has signed in
/// before may be shown it; to all others a lock looks like any failure (security: same answer for all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInNotice {
    /// `wait`: how long a lock lasts at first. Said to everybody, so it tells nothing.
    Failed {
        wait: Duration,
    },
    Expired,
    Locked {
        until: Time,
    },
    Throttled {
        minutes: u32,
    },
    Busy,
    PasswordTooLong,
    MissingFields,
}

impl SignInNotice {
    fn key(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "sign-in-failed",
            Self::Expired => "sign-in-expired",
            Self::Locked { .. } => "sign-in-locked",
            Self::Throttled { .. } => "sign-in-throttled",
            Self::Busy => "sign-in-busy",
            Self::PasswordTooLong => "sign-in-password-too-long",
            Self::MissingFields => "sign-in-missing",
        }
    }
    fn text(&self, frame: &Frame) -> String {
        match self {
            Self::Failed { wait } => frame.text_with(self.key(), "time", &frame.spell(*wait)),
            Self::Locked { until } => frame.text_with(self.key(), "until", &frame.clock(until)),
            Self::Throttled { minutes } => frame.counting(self.key(), "minutes", minutes),
            Self::Expired | Self::Busy | Self::PasswordTooLong | Self::MissingFields => frame.text(self.key()),
        }
    }
    /// Whether what was typed is at fault, so that the fields are marked.
    fn is_about_input(&self) -> bool {
        match self {
            Self::Failed { .. } | Self::PasswordTooLong | Self::MissingFields => true,
            Self::Expired | Self::Locked { .. } | Self::Throttled { .. } | Self::Busy => false,
        }
    }
}

impl SignInPage {
    pub(super) fn has_form(&self) -> bool {
        self.local || !self.only_upstream
    }
    fn linking_text(&self) -> Option<String> {
        self.linking.as_ref().map(|name| self.frame.text_with("sign-in-linking", "provider", name))
    }
    fn local_text(&self) -> String {
        if self.only_upstream {
            return self.frame.text("sign-in-administrators");
        }
        self.frame.text_with("sign-in-local", "tenant", &self.frame.tenant)
    }
    fn with(&self, name: &str) -> String {
        self.frame.text_with("sign-in-with", "name", name)
    }
    fn is_locked(&self) -> bool {
        matches!(self.error, Some(SignInNotice::Locked { .. }))
    }
    fn heading(&self) -> String {
        self.frame.text(if self.is_locked() { "sign-in-locked-title" } else { "sign-in-title" })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.error.is_some())
    }
    fn notice(&self) -> Option<String> {
        self.error.as_ref().map(|error| error.text(&self.frame))
    }
    fn marks_fields(&self) -> bool {
        self.error.as_ref().is_some_and(SignInNotice::is_about_input)
    }
    /// The cursor starts in the first empty field, unless there is a notice to read first.
    fn starts_in_username(&self) -> bool {
        self.error.is_none() && self.username.is_empty()
    }
    fn starts_in_password(&self) -> bool {
        self.error.is_none() && !self.username.is_empty()
    }
    fn sample(language: Language) -> Self {
        Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: Some(ApplicationInfo::sample()),
            username: String::new(),
            remember: false,
            switch_user: None,
            providers: Vec::new(),
            only_upstream: false,
            linking: None,
            local: false,
            local_href: None,
            error: None,
        }
    }
}

impl Page for SignInPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self::sample(language);
        let with = |error| Self { username: "mette".to_owned(), error: Some(error), ..plain.clone() };
        let remembered = Self {
            username: "mette".to_owned(),
            remember: true,
            switch_user: Some("?username=".to_owned()),
            ..plain.clone()
        };
        let link = |text: &str, id: &str| Link {
            text: text.to_owned(),
            href: format!("/t/fjordby/federation/{id}/start?interaction=sample-interaction"),
        };
        let providers = vec![link("Microsoft", "entra"), link("Fjordby Kommune", "fjordby")];
        let local_href = Some("?interaction=sample-interaction&local=1".to_owned());
        let only =
            Self { only_upstream: true, providers: providers.clone(), local_href: local_href.clone(), ..plain.clone() };
        let linking = Self { local: true, linking: Some("Microsoft".to_owned()), ..plain.clone() };
        let federated = Self { providers: providers.clone(), local_href, ..plain.clone() };
        vec![
            ("sign-in-federated", federated),
            ("sign-in-only-upstream", only),
            ("sign-in-linking", linking),
            ("sign-in-local", Self { providers, local: true, ..plain.clone() }),
            ("sign-in", plain.clone()),
            ("sign-in-alone", Self { application: None, ..plain.clone() }),
            ("sign-in-remembered", remembered),
            ("sign-in-wrong", with(SignInNotice::Failed { wait: Duration::from_secs(900) })),
            ("sign-in-expired", with(SignInNotice::Expired)),
            (
                "sign-in-locked",
                with(SignInNotice::Locked { until: Time::from_timestamp(1_795_355_100, 0).unwrap_or_default() }),
            ),
            ("sign-in-throttled", with(SignInNotice::Throttled { minutes: 5 })),
            ("sign-in-throttled-one", with(SignInNotice::Throttled { minutes: 1 })),
            ("sign-in-busy", with(SignInNotice::Busy)),
            ("sign-in-too-long", with(SignInNotice::PasswordTooLong)),
            ("sign-in-missing", with(SignInNotice::MissingFields)),
        ]
    }
}
