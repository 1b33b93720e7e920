//! Ways to confirm that it is you: authenticator apps and recovery codes.

use askama::Template;

use super::frame::{AccountMenu, AccountSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::view::{Frame, Page, write};

/// Posts `csrf` to `{base}/codes`, `{base}/{id}/rename` (with `label`), `{base}/{id}/remove`,
/// `{base}/identities/{id}/link` and `{base}/identities/{id}/unlink`.
#[derive(Clone, Debug, Template)]
#[template(path = "account/factors.html")]
pub struct FactorsPage {
    pub frame: Frame,
    pub menu: AccountMenu,
    pub csrf: String,
    pub base: String,
    pub apps: Vec<AppRow>,
    pub recovery_codes_left: u32,
    /// When the codes of now were made, as the form says it back.
    pub recovery_codes_of: String,
    /// Policy asks for an app: the last one stays.
    pub needs_an_app: bool,
    /// Identity providers that vouch for the person.
    pub identities: Vec<IdentityRow>,
    /// Others that could.
    pub offers: Vec<IdentityOffer>,
    pub notice: Option<FactorsNotice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRow {
    pub id: String,
    pub label: String,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRow {
    /// Of the provider.
    pub id: String,
    pub provider: String,
    pub since: Time,
    pub used_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityOffer {
    pub id: String,
    pub provider: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorsNotice {
    LastOne,
    /// An identity that is the only way in.
    LastWay,
    /// New recovery codes were made a moment ago.
    CodesShown,
}

impl FactorsNotice {
    fn key(self) -> &'static str {
        match self {
            Self::LastOne => "factors-last-one",
            Self::LastWay => "factors-last-way",
            Self::CodesShown => "factors-codes-shown",
        }
    }
}

impl FactorsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("account-factors"), self.notice.is_some())
    }
    fn name(&self, app: &AppRow) -> String {
        if app.label.is_empty() { self.frame.text("factors-app") } else { app.label.clone() }
    }
    fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| self.frame.text(notice.key()))
    }
    fn link_with(&self, offer: &IdentityOffer) -> String {
        self.frame.text_with("factors-identity-link", "provider", &offer.provider)
    }
    fn may_remove(&self) -> bool {
        self.apps.len() > 1 || !self.needs_an_app
    }
    fn codes_are_few(&self) -> bool {
        self.recovery_codes_left < 4
    }
}

impl Page for FactorsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap_or_default();
        let app = |id: &str, label: &str, used| AppRow {
            id: id.to_owned(),
            label: label.to_owned(),
            created_at: at(1_790_000_000),
            last_used_at: used,
        };
        let none = Self {
            frame: Frame::sample(language),
            menu: AccountMenu::sample(AccountSection::Factors),
            csrf: "sample-csrf".to_owned(),
            base: "/t/fjordby/account/factors".to_owned(),
            apps: Vec::new(),
            recovery_codes_left: 0,
            recovery_codes_of: String::new(),
            needs_an_app: false,
            identities: Vec::new(),
            offers: Vec::new(),
            notice: None,
        };
        let two = Self {
            apps: vec![app("one", "Mettes telefon", Some(at(1_795_000_000))), app("two", "", None)],
            recovery_codes_left: 8,
            ..none.clone()
        };
        let last = Self {
            apps: vec![app("one", "Mettes telefon", None)],
            recovery_codes_left: 2,
            needs_an_app: true,
            ..none.clone()
        };
        let offers = vec![IdentityOffer { id: "entra".to_owned(), provider: "Microsoft".to_owned() }];
        let identity = IdentityRow {
            id: "fjordby".to_owned(),
            provider: "Fjordby Kommune".to_owned(),
            since: at(1_790_000_000),
            used_at: at(1_795_000_000),
        };
        vec![
            ("factors-federated", Self { identities: vec![identity.clone()], ..none.clone() }),
            ("factors-offered", Self { offers, ..two.clone() }),
            (
                "factors-last-way",
                Self { identities: vec![identity], notice: Some(FactorsNotice::LastWay), ..none.clone() },
            ),
            ("factors-none", none),
            ("factors-codes-shown", Self { notice: Some(FactorsNotice::CodesShown), ..two.clone() }),
            ("factors", two),
            ("factors-last", last.clone()),
            ("factors-last-one", Self { notice: Some(FactorsNotice::LastOne), ..last }),
        ]
    }
}
