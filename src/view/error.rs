//! What went wrong, what to do, and the numbers that help support to find it.

use askama::Template;

use super::{Frame, Link, PRODUCT, Page, texts, write};
use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::domain::language::Language;

/// The way out of an error page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// To the application: its name and its registered address.
    Service(Link),
    /// To try the same again: an address of ours.
    Again(String),
    /// To one's own page, or to come back as somebody else: an address of ours.
    Another(String),
}

#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub frame: Frame,
    pub code: ErrorCode,
    pub at: Option<Time>,
    pub trace_id: String,
    pub back: Option<Back>,
    /// For developers: what was got. Shown as inert text, folded away.
    pub detail: Option<String>,
    /// Seconds, as sent in `Retry-After`.
    pub retry_after: Option<u32>,
}

impl ErrorPage {
    fn heading(&self) -> String {
        texts::error_title(self.frame.language, self.code)
    }
    fn text(&self) -> String {
        texts::error_text(self.frame.language, self.code)
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), true)
    }
    /// Where nothing better is known: to one's own page (U8). Not where all pages are shut.
    fn leads_home(&self) -> bool {
        self.frame.is_tenant() && !matches!(self.code, ErrorCode::NetworkNotAllowed | ErrorCode::TenantSuspended)
    }
    /// When to try again, in minutes from one and a half minutes on.
    fn retry(&self) -> Option<String> {
        let language = self.frame.language;
        self.retry_after.map(|seconds| match seconds {
            0..90 => texts::text_counting(language, "error-retry-seconds", "seconds", seconds),
            _ => texts::text_counting(language, "error-retry-minutes", "minutes", seconds.div_ceil(60)),
        })
    }
}

impl Page for ErrorPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let sample = |code: ErrorCode| Self {
            frame: Frame::sample(language),
            code,
            at: Time::from_timestamp(1_784_810_707, 0),
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
            back: None,
            detail: None,
            retry_after: None,
        };
        let mut all: Vec<_> = ErrorCode::ALL.iter().map(|code| (code.key(), sample(*code))).collect();
        let detail = "redirect_uri: https://fravaer.fjordby.example/callback/<b>x</b>".to_owned();
        let back = Link { text: "Fravær".to_owned(), href: "https://fravaer.fjordby.example/".to_owned() };
        all.push((
            "error-detail",
            Self { detail: Some(detail), back: Some(Back::Service(back)), ..sample(ErrorCode::RedirectUriMismatch) },
        ));
        all.push((
            "error-retry",
            Self { retry_after: Some(30), back: Some(Back::Again("?".to_owned())), ..sample(ErrorCode::Overloaded) },
        ));
        let again = Back::Another("/t/fjordby/sign-in?page=%2Fadmin&restart=1".to_owned());
        all.push(("error-another", Self { back: Some(again), ..sample(ErrorCode::NotAllowed) }));
        all.push(("error-retry-long", Self { retry_after: Some(600), ..sample(ErrorCode::TooManyAttempts) }));
        let frame = Frame { tenant: PRODUCT.to_owned(), base: String::new(), ..Frame::sample(language) };
        all.push(("error-no-tenant", Self { frame, ..sample(ErrorCode::NotFound) }));
        all
    }
}
