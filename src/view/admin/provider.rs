//! One identity provider: everything that is registered of it, and what its makers are to be given.

use askama::Template;

use super::application_form::sample_facts as sample_application;
use super::providers::{ProviderNotice, kind_name, sample_usage};
use super::{AdminMenu, AdminSection};
use crate::domain::doubt::Doubt;
use crate::domain::language::Language;
use crate::domain::provider_form::{Kind, ProviderFacts, Usage};
use crate::view::{Frame, Page, write};

/// Posts `csrf` to `{base}/enable`, `{base}/disable` and `{base}/try`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/provider.html")]
pub struct AdminProviderPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    /// The page's own address.
    pub base: String,
    pub notice: Option<ProviderNotice>,
    pub may_change: bool,
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub enabled: bool,
    pub domains: Vec<String>,
    pub usage: Usage,
    /// Whether its secret is there; `None`: it has none.
    pub has_secret: Option<bool>,
    /// What it has to know of us, each with its address.
    pub register_there: Vec<(String, String)>,
    /// Of a SAML provider.
    pub facts: Option<ProviderFacts>,
    /// Settings, each with its value, in the words of the declarative file.
    pub settings: Vec<(String, String)>,
}

pub(super) fn sample_facts() -> ProviderFacts {
    ProviderFacts {
        doubts: vec![Doubt::SignatureUnchecked(None)],
        entity_id: "https://idp.naboby.example/metadata".to_owned(),
        sign_on: "https://idp.naboby.example/sso".to_owned(),
        logout: Some("https://idp.naboby.example/slo".to_owned()),
        certificates: sample_application().certificates,
    }
}

impl AdminProviderPage {
    fn title(&self) -> String {
        self.frame.title(&self.name, false)
    }
    fn told(&self) -> Option<String> {
        self.notice.map(|notice| self.frame.text(notice.key()))
    }
    fn kind_name(&self) -> &'static str {
        kind_name(self.kind)
    }
}

impl Page for AdminProviderPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let home = "https://id.fjordby.example/federation/entra";
        let entra = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::IdentityProviders),
            csrf: "sample-csrf".to_owned(),
            base: "/t/fjordby/admin/identity-providers/entra".to_owned(),
            notice: Some(ProviderNotice::Created),
            may_change: true,
            id: "entra".to_owned(),
            name: "Microsoft".to_owned(),
            kind: Kind::Entra,
            enabled: true,
            domains: vec!["fjordby.example".to_owned()],
            usage: sample_usage(),
            has_secret: Some(true),
            register_there: vec![("redirect_uri".to_owned(), format!("{home}/callback"))],
            facts: None,
            settings: vec![("client_id".to_owned(), "0f3c".to_owned())],
        };
        let shut = Self {
            notice: Some(ProviderNotice::Disabled),
            enabled: false,
            may_change: false,
            domains: Vec::new(),
            usage: Usage::default(),
            has_secret: Some(false),
            ..entra.clone()
        };
        let facts = sample_facts();
        let saml = Self {
            notice: Some(ProviderNotice::Enabled),
            kind: Kind::Saml,
            has_secret: None,
            facts: Some(facts.clone()),
            ..entra.clone()
        };
        let bare = ProviderFacts { logout: None, certificates: Vec::new(), ..facts };
        let saml_bare = Self { notice: Some(ProviderNotice::Saved), facts: Some(bare), ..saml.clone() };
        let unchanged = Self { notice: Some(ProviderNotice::Unchanged), ..entra.clone() };
        vec![
            ("admin-provider", entra),
            ("admin-provider-disabled", shut),
            ("admin-provider-saml", saml),
            ("admin-provider-saml-bare", saml_bare),
            ("admin-provider-unchanged", unchanged),
        ]
    }
}
