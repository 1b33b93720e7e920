//! The round of a sign-out: waiting for a service that has not answered, and who was told in the end.

use askama::Template;

use super::{Frame, Link, Page, write};
use crate::domain::language::Language;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOutRow {
    pub name: String,
    pub outcome: SignOutOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOutOutcome {
    SignedOut,
    /// Told, or about to be; it does not say what it made of it.
    Asked,
    Silent,
    Unable,
}

impl SignOutOutcome {
    fn key(self) -> &'static str {
        match self {
            Self::SignedOut => "sign-out-told-out",
            Self::Asked => "sign-out-told-asked",
            Self::Silent => "sign-out-told-silent",
            Self::Unable => "sign-out-told-unable",
        }
    }
    /// The class of its badge.
    fn class(self) -> &'static str {
        match self {
            Self::SignedOut => "badge good",
            Self::Asked => "badge",
            Self::Silent | Self::Unable => "badge bad",
        }
    }
    fn is_lost(self) -> bool {
        matches!(self, Self::Silent | Self::Unable)
    }
}

/// An identity provider at which the person is still signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillSignedIn {
    pub name: String,
    /// Where to be signed out there too.
    pub href: Option<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "sign_out_result.html")]
pub struct SignOutResultPage {
    pub frame: Frame,
    pub rows: Vec<SignOutRow>,
    /// Registered addresses that sign the person out when they are loaded (WS-Federation).
    pub cleanups: Vec<String>,
    /// Back to the application that asked.
    pub back: Option<Link>,
    /// Where the person had signed in, and still is.
    pub still: Option<StillSignedIn>,
    /// It waits: with JavaScript the page goes there by itself.
    pub forward: bool,
}

impl SignOutResultPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("signed-out-title"), false)
    }
    fn is_partial(&self) -> bool {
        self.rows.iter().any(|row| row.outcome.is_lost())
    }
}

impl Page for SignOutResultPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let link = Link { text: "Fravær".to_owned(), href: "/t/fjordby/sign-out/progress?back=1".to_owned() };
        let whole = Self {
            frame: Frame::sample(language),
            rows: rows(&[("Skoleportalen", SignOutOutcome::SignedOut), ("Intranet", SignOutOutcome::Asked)]),
            cleanups: vec!["https://intranet.fjordby.example/?wa=wsignoutcleanup1.0".to_owned()],
            back: Some(link),
            still: None,
            forward: true,
        };
        let partial = Self {
            rows: rows(&[
                ("Skoleportalen", SignOutOutcome::SignedOut),
                ("Løn <b>og</b> fravær", SignOutOutcome::Silent),
                ("Intranet", SignOutOutcome::Unable),
            ]),
            cleanups: Vec::new(),
            back: None,
            forward: false,
            ..whole.clone()
        };
        let href = Some("/t/fjordby/sign-out/progress?upstream=1".to_owned());
        let still = Some(StillSignedIn { name: "Fjordby <b>Kommune</b>".to_owned(), href });
        let upstream = Self { rows: Vec::new(), still, ..partial.clone() };
        let still = Some(StillSignedIn { name: "Google".to_owned(), href: None });
        let closed = Self { still, ..upstream.clone() };
        vec![
            ("sign-out-whole", whole),
            ("sign-out-partial", partial),
            ("sign-out-upstream", upstream),
            ("sign-out-upstream-closed", closed),
        ]
    }
}

fn rows(of: &[(&str, SignOutOutcome)]) -> Vec<SignOutRow> {
    of.iter().map(|(name, outcome)| SignOutRow { name: (*name).to_owned(), outcome: *outcome }).collect()
}

/// The browser came back from a service, and its answer did not. Posts `csrf` and `logout`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_out_wait.html")]
pub struct SignOutWaitPage {
    pub frame: Frame,
    pub action: String,
    pub csrf: String,
    pub logout: String,
    pub waiting_for: String,
    pub rows: Vec<SignOutRow>,
}

impl SignOutWaitPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text_with("sign-out-wait-title", "application", &self.waiting_for), false)
    }
}

impl Page for SignOutWaitPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-out/progress".to_owned(),
            csrf: "sample-csrf".to_owned(),
            logout: "0192".to_owned(),
            waiting_for: "Skoleportalen".to_owned(),
            rows: rows(&[("Fravær", SignOutOutcome::SignedOut), ("Skoleportalen", SignOutOutcome::Asked)]),
        };
        vec![("sign-out-wait", page)]
    }
}
