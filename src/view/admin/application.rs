//! One application: everything that is registered of it, what should be looked at, and what is given to its makers.

use askama::Template;

use super::applications::AdminProtocol;
use super::{AdminMenu, AdminSection, application_form, application_text as words};
use crate::domain::Time;
use crate::domain::doubt::Doubt;
use crate::domain::language::Language;
use crate::domain::registration::Facts;
use crate::domain::watch::{Alert, Failure, Held};
use crate::view::{Frame, Page, write};

/// Posts `csrf` to `{base}/enable` and `{base}/disable`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/application.html")]
pub struct AdminApplicationPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    /// The page's own address.
    pub base: String,
    pub notice: Option<ApplicationNotice>,
    pub may_change: bool,
    pub id: String,
    pub name: String,
    pub protocol: AdminProtocol,
    pub enabled: bool,
    pub require_role: Option<String>,
    pub alerts: Vec<Alert>,
    pub doubts: Vec<Doubt>,
    /// Settings, each with its value, in the words of the declarative file.
    pub settings: Vec<(String, String)>,
    /// Of a SAML application.
    pub facts: Option<Facts>,
    /// What it is given, and the claim or the values that come from.
    pub attributes: Vec<(String, String)>,
    /// When its metadata was last fetched.
    pub fetched_at: Option<Time>,
    /// When somebody last signed in to it.
    pub last_sign_in: Option<Time>,
    /// Where a sign-in can be tried.
    pub trial_href: Option<String>,
    /// Of an OpenID Connect application.
    pub client: Option<AdminClient>,
    /// For its makers: our metadata at the address that is its own.
    pub our_metadata: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminClient {
    /// For its makers, by the names of the specification.
    pub endpoints: Vec<(&'static str, String)>,
    /// It is a service: there are no sign-ins.
    pub nobody_signs_in: bool,
    /// It proves itself with a secret, which can be replaced.
    pub has_secret: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationNotice {
    Created,
    /// The form was sent twice.
    Already,
    Saved,
    Unchanged,
    Enabled,
    Disabled,
}

impl AdminApplicationPage {
    fn title(&self) -> String {
        self.frame.title(&self.name, false)
    }
    fn told(&self) -> Option<String> {
        let key = match self.notice? {
            ApplicationNotice::Created => "apps-created",
            ApplicationNotice::Already if self.has_secret() => "clients-already-secret",
            ApplicationNotice::Already => "clients-already",
            ApplicationNotice::Saved => "admin-saved",
            ApplicationNotice::Unchanged => "apps-unchanged",
            ApplicationNotice::Enabled => "apps-enabled",
            ApplicationNotice::Disabled => "apps-disabled",
        };
        Some(self.frame.text(key))
    }
    fn alert_texts(&self) -> Vec<String> {
        self.alerts.iter().map(|alert| words::alert(&self.frame, *alert)).collect()
    }
    fn doubt_texts(&self) -> Vec<String> {
        self.doubts.iter().map(|doubt| words::doubt(&self.frame, doubt)).collect()
    }
    fn has_secret(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.has_secret)
    }
    fn nobody_signs_in(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.nobody_signs_in)
    }
    fn no_trial(&self) -> &'static str {
        if self.protocol == AdminProtocol::Saml { "apps-no-trial-saml" } else { "apps-no-trial" }
    }
}

impl Page for AdminApplicationPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = Time::from_timestamp(1_795_000_000, 0).unwrap_or_default();
        let saml = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            csrf: "sample-csrf".to_owned(),
            base: "/t/fjordby/admin/applications/fravaer".to_owned(),
            notice: Some(ApplicationNotice::Created),
            may_change: true,
            id: "fravaer".to_owned(),
            name: "Fravær".to_owned(),
            protocol: AdminProtocol::Saml,
            enabled: true,
            require_role: Some("buyer".to_owned()),
            alerts: Vec::new(),
            doubts: Vec::new(),
            settings: vec![("name_id".to_owned(), "persistent".to_owned())],
            facts: Some(application_form::sample_facts()),
            attributes: vec![("mail".to_owned(), "email".to_owned())],
            fetched_at: Some(at),
            last_sign_in: Some(at),
            trial_href: Some("/t/fjordby/saml/start/fravaer".to_owned()),
            client: None,
            our_metadata: Some("https://id.fjordby.example/saml/metadata?app=fravaer".to_owned()),
        };
        let failures = Failure::ALL.map(Alert::Failed);
        let alerts = Held::ALL.map(Alert::Held).into_iter().chain(failures);
        let ends = [Alert::CertificateExpired(at), Alert::CertificateExpires(at)];
        let alarmed = Self {
            notice: Some(ApplicationNotice::Saved),
            alerts: alerts.chain(ends).collect(),
            doubts: application_form::sample_doubts(),
            trial_href: None,
            ..saml.clone()
        };
        let endpoints = vec![("issuer", "https://id.fjordby.example".to_owned())];
        let client = AdminClient { endpoints, nobody_signs_in: false, has_secret: true };
        let oidc = Self {
            notice: Some(ApplicationNotice::Enabled),
            protocol: AdminProtocol::Oidc,
            facts: None,
            attributes: Vec::new(),
            fetched_at: None,
            last_sign_in: None,
            trial_href: None,
            client: Some(client.clone()),
            our_metadata: None,
            require_role: None,
            ..saml.clone()
        };
        let twice = Self { notice: Some(ApplicationNotice::Already), ..oidc.clone() };
        let service = AdminClient { has_secret: false, nobody_signs_in: true, ..client };
        let service = Self { client: Some(service), ..twice.clone() };
        let wsfed = Self {
            protocol: AdminProtocol::Wsfed,
            notice: Some(ApplicationNotice::Unchanged),
            client: None,
            ..oidc.clone()
        };
        let shut =
            Self { enabled: false, notice: Some(ApplicationNotice::Disabled), may_change: false, ..oidc.clone() };
        vec![
            ("admin-application", saml),
            ("admin-application-alerts", alarmed),
            ("admin-application-oidc", oidc),
            ("admin-application-oidc-twice", twice),
            ("admin-application-oidc-service", service),
            ("admin-application-wsfed-shown", wsfed),
            ("admin-application-disabled", shut),
        ]
    }
}
