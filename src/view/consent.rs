//! What an application will learn about a person, in plain words with the values themselves.

use askama::Template;

use super::{AccountInfo, ApplicationInfo, Frame, Page, texts, write};
use crate::domain::language::Language;

/// Posts `interaction`, `csrf` and `decision`: `allow` or `deny`.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    pub frame: Frame,
    pub action: String,
    pub interaction: String,
    pub csrf: String,
    pub application: ApplicationInfo,
    pub rows: Vec<ConsentRow>,
    /// Whether it asks for `offline_access`.
    pub offline: bool,
    /// Scopes that stand for no claim: access to other services.
    pub other_scopes: Vec<String>,
    pub account: AccountInfo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// The claim's name in the protocol (`email`); the page shows it in words.
    pub claim: String,
    /// What the application will be told; several values are joined by the caller.
    pub value: String,
}

impl ConsentPage {
    fn title(&self) -> String {
        let page = self.frame.text_with("consent-title", "application", &self.application.name);
        self.frame.title(&page, false)
    }
    /// Claims without a text of ours are shown by their own name.
    fn label(&self, row: &ConsentRow) -> String {
        let found = texts::find_text(self.frame.language, &format!("claim-{}", row.claim));
        found.unwrap_or_else(|| row.claim.clone())
    }
    fn has_access(&self) -> bool {
        self.offline || !self.other_scopes.is_empty()
    }
}

impl Page for ConsentPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let row = |claim: &str, value: &str| ConsentRow { claim: claim.to_owned(), value: value.to_owned() };
        let page = Self {
            frame: Frame::sample(language),
            action: "/t/fjordby/sign-in/consent".to_owned(),
            interaction: "sample-interaction".to_owned(),
            csrf: "sample-csrf".to_owned(),
            application: ApplicationInfo::sample(),
            rows: vec![
                row("name", "Mette Åse Sørensen"),
                row("preferred_username", "mette"),
                row("email", "mette.aase.soerensen.skoleforvaltningen@fjordby.example"),
                row("phone_number", "+45 70 10 20 30"),
                row("address", "Havnegade 12, 8000 Fjordby"),
                row("cost_center", "4711"),
            ],
            offline: true,
            other_scopes: vec!["absence.read".to_owned(), "absence.write".to_owned()],
            account: AccountInfo::sample(),
        };
        let nothing = Self { rows: Vec::new(), offline: false, other_scopes: Vec::new(), ..page.clone() };
        vec![("consent", page), ("consent-nothing", nothing)]
    }
}
