//! Somebody of an identity provider: asked whether there is an account here, and whether the two are to be linked.

use askama::Template;

use super::{AccountInfo, ApplicationInfo, Frame, Page, write};
use crate::domain::language::Language;

/// Posts `interaction`, `csrf` and `choice`: `link` or `cancel`, and `create` where that is offered.
#[derive(Clone, Debug, Template)]
#[template(path = "linking.html")]
pub struct LinkingPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: Option<ApplicationInfo>,
    /// Where the person comes from, and how they are called there.
    pub provider: String,
    pub person: String,
    pub step: LinkingStep,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkingStep {
    /// Is there an account here?
    Newcomer { may_create: bool },
    /// Whether it is to be linked to this one.
    Confirm(AccountInfo),
}

impl LinkingPage {
    fn heading(&self) -> String {
        self.frame.text(match self.step {
            LinkingStep::Newcomer { .. } => "newcomer-title",
            LinkingStep::Confirm(_) => "confirm-link-title",
        })
    }
    fn is_newcomer(&self) -> bool {
        matches!(self.step, LinkingStep::Newcomer { .. })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), false)
    }
    fn text(&self) -> String {
        let key = match self.step {
            LinkingStep::Newcomer { .. } => "newcomer-text",
            LinkingStep::Confirm(_) => "confirm-link-text",
        };
        self.frame.filled(key, &[("provider", &self.provider), ("person", &self.person)])
    }
}

impl Page for LinkingPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let with = |path: &str, application, step| Self {
            frame: Frame::sample(language),
            action: format!("/t/fjordby/sign-in/{path}"),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application,
            provider: "Microsoft".to_owned(),
            person: "mette@up.example".to_owned(),
            step,
        };
        let (application, account) = (ApplicationInfo::sample(), AccountInfo::sample());
        let newcomer = |may_create| LinkingStep::Newcomer { may_create };
        vec![
            ("newcomer", with("newcomer", Some(application.clone()), newcomer(true))),
            ("newcomer-link-only", with("newcomer", None, newcomer(false))),
            ("confirm-link", with("link", None, LinkingStep::Confirm(account.clone()))),
            ("confirm-link-application", with("link", Some(application), LinkingStep::Confirm(account))),
        ]
    }
}
