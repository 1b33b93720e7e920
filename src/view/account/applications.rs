//! The services that have something of a person's, and how to take it back.

use askama::Template;

use super::details::field_label;
use super::{AccountMenu, AccountSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf` and `application`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/applications.html")]
pub struct ApplicationsPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub action: String,
    pub csrf: String,
    pub rows: Vec<ConnectionRow>,
    pub withdrawn: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    pub id: String,
    pub name: String,
    /// Names of claims.
    pub claims: Vec<String>,
    pub offline: bool,
    pub other_scopes: Vec<String>,
    pub consented_at: Option<Time>,
    pub since: Time,
    pub used_at: Option<Time>,
}

impl ConnectionRow {
    fn told(&self, frame: &Frame) -> Option<String> {
        // Said by the claim before it.
        let plain = self.claims.iter().filter(|claim| !claim.ends_with("_verified") && *claim != "updated_at");
        let labels: Vec<String> = plain.map(|claim| field_label(frame, claim)).collect();
        (!labels.is_empty()).then(|| labels.join(", "))
    }
}

impl ApplicationsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-applications"), false)
    }
}

impl Page for ApplicationsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = Time::UNIX_EPOCH + chrono::Duration::days(20_600);
        let asked = ConnectionRow {
            id: "fravaer".to_owned(),
            name: "Fravær".to_owned(),
            claims: ["name", "email", "email_verified", "cost_center"].map(str::to_owned).into(),
            offline: true,
            other_scopes: vec!["absence.read".to_owned()],
            consented_at: Some(at),
            since: at,
            used_at: Some(at),
        };
        let implied = ConnectionRow {
            id: "intranet".to_owned(),
            name: "Intranet".to_owned(),
            claims: Vec::new(),
            offline: false,
            other_scopes: Vec::new(),
            consented_at: None,
            since: at,
            used_at: None,
        };
        let page = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Applications),
            action: "/t/fjordby/account/applications".to_owned(),
            csrf: "sample-csrf".to_owned(),
            rows: vec![asked, implied],
            withdrawn: false,
        };
        let none = Self { rows: Vec::new(), withdrawn: true, ..page.clone() };
        vec![("account-applications", page), ("account-applications-none", none)]
    }
}
