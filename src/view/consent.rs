//! What an application will learn about a person, in plain words with the values themselves.

use std::time::Duration;

use askama::Template;

use super::{AccountInfo, ApplicationInfo, Frame, Link, Page, texts, write};
use crate::domain::Time;
use crate::domain::help::WebPage;
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
    /// Claims that the person has no value for yet, by their names in the protocol.
    pub later: Vec<&'static str>,
    /// How long it keeps its access at most, where it asks for `offline_access`.
    pub offline: Option<Duration>,
    /// Scopes that stand for no claim: access to other services.
    pub other_scopes: Vec<String>,
    /// What the application publishes: its privacy policy, its terms.
    pub policy: Option<WebPage>,
    pub terms: Option<WebPage>,
    pub account: AccountInfo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// The claim's name in the protocol (`email`); the page shows it in words.
    pub claim: String,
    pub value: ConsentValue,
}

/// What the application will be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentValue {
    /// Several are joined by the caller.
    Text(String),
    /// Shown as yes or no.
    Flag(bool),
    Moment(Time),
}

impl ConsentPage {
    fn title(&self) -> String {
        let page = self.frame.text_with("consent-title", "application", &self.application.name);
        self.frame.title(&page, false)
    }
    /// Claims without a text of ours are shown by their own name.
    fn label(&self, claim: &str) -> String {
        let found = texts::find_text(self.frame.language, &format!("claim-{claim}"));
        found.unwrap_or_else(|| claim.to_owned())
    }
    fn told_later(&self) -> Option<String> {
        // That something is confirmed goes without saying beside it.
        let beside = |claim: &str| claim.strip_suffix("_verified").is_some_and(|whole| self.later.contains(&whole));
        let plain = self.later.iter().filter(|claim| !beside(claim));
        let labels: Vec<String> = plain.map(|claim| self.label(claim)).collect();
        (!labels.is_empty()).then(|| labels.join(", "))
    }
    fn words(&self, row: &ConsentRow) -> String {
        match &row.value {
            ConsentValue::Text(text) => text.clone(),
            ConsentValue::Moment(at) => self.frame.moment(at),
            ConsentValue::Flag(true) => self.frame.text("consent-yes"),
            ConsentValue::Flag(false) => self.frame.text("consent-no"),
        }
    }
    fn has_access(&self) -> bool {
        self.offline.is_some() || !self.other_scopes.is_empty()
    }
    fn ends(&self) -> Option<String> {
        self.offline.map(|time| self.frame.text_with("consent-offline-ends", "time", &self.frame.spell(time)))
    }
    fn published(&self) -> Vec<Link> {
        let pages = [("consent-policy", &self.policy), ("consent-terms", &self.terms)];
        let link = |(key, page): (&str, &Option<WebPage>)| {
            let text = self.frame.text_with(key, "application", &self.application.name);
            page.as_ref().map(|page| Link { text, href: page.to_string() })
        };
        pages.into_iter().filter_map(link).collect()
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
        let with = |claim: &str, value| ConsentRow { claim: claim.to_owned(), value };
        let row = |claim: &str, value: &str| with(claim, ConsentValue::Text(value.to_owned()));
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
                with("email_verified", ConsentValue::Flag(true)),
                row("phone_number", "+45 70 10 20 30"),
                with("phone_number_verified", ConsentValue::Flag(false)),
                row("address", "Havnegade 12, 8000 Fjordby"),
                row("cost_center", "4711"),
                with("updated_at", ConsentValue::Moment(Time::from_timestamp(1_772_460_300, 0).unwrap_or_default())),
            ],
            later: vec!["birthdate", "picture", "website", "zoneinfo"],
            offline: Some(Duration::from_hours(90 * 24)),
            other_scopes: vec!["absence.read".to_owned(), "absence.write".to_owned()],
            policy: WebPage::parse("https://fravaer.fjordby.example/privatliv").ok(),
            terms: WebPage::parse("https://fravaer.fjordby.example/vilkaar").ok(),
            account: AccountInfo::sample(),
        };
        let later = Self {
            rows: Vec::new(),
            later: vec!["address", "phone_number", "phone_number_verified"],
            offline: None,
            other_scopes: Vec::new(),
            terms: None,
            ..page.clone()
        };
        let nothing = Self { later: Vec::new(), policy: None, ..later.clone() };
        vec![("consent", page), ("consent-later", later), ("consent-nothing", nothing)]
    }
}
