//! Trying an identity provider: each step, what came of it, and what to do where it failed; and who somebody would be who
//! came from there.

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::language::Language;
use crate::domain::trial::{Becoming, Check, Fate, Finding, Step, Verdict, works};
use crate::view::{Frame, Page, write};

/// Posts `csrf` to `{action}` and `{action}/sign-in`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/provider_trial.html")]
pub struct AdminProviderTrialPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    pub name: String,
    pub stage: TrialStage,
    pub finding: Finding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialStage {
    Before,
    /// At what can be seen from outside.
    Looked,
    /// From a sign-in there.
    CameBack,
}

/// What is looked at, and what to do where it failed.
fn words(check: Check) -> (&'static str, &'static str) {
    match check {
        Check::Discovery => ("try-discovery", "try-discovery-advice"),
        Check::Issuer => ("try-issuer", "try-issuer-advice"),
        Check::Endpoints => ("try-endpoints", "try-endpoints-advice"),
        Check::Pkce => ("try-pkce", "try-pkce-advice"),
        Check::Auth => ("try-auth", "try-auth-advice"),
        Check::Keys => ("try-keys", "try-keys-advice"),
        Check::Clock => ("try-clock", "try-clock-advice"),
        Check::Certificate => ("try-certificate", "try-certificate-advice"),
        Check::Answer => ("try-answer", "try-answer-advice"),
        Check::Code => ("try-code", "try-code-advice"),
        Check::Signature => ("try-signature", "try-signature-advice"),
        Check::Type => ("try-type", "try-type-advice"),
        Check::TokenIssuer => ("try-token-issuer", "try-issuer-advice"),
        Check::Audience => ("try-audience", "try-audience-advice"),
        Check::Times => ("try-times", "try-clock-advice"),
        Check::Nonce => ("try-nonce", "try-nonce-advice"),
        Check::AccessToken => ("try-access-token", "try-nonce-advice"),
        Check::Subject => ("try-subject", "try-subject-advice"),
        Check::Admitted => ("try-admitted", "try-admitted-advice"),
        Check::Age => ("try-age", "try-age-advice"),
        Check::UserInfo => ("try-userinfo", "try-userinfo-advice"),
        Check::Account => ("try-account", "try-account-advice"),
    }
}

/// One line of the list.
struct Line<'a> {
    label: String,
    verdict: String,
    class: &'static str,
    seen: &'a str,
    advice: Option<String>,
}

impl AdminProviderTrialPage {
    fn heading(&self) -> String {
        self.frame.text_with("try-title", "name", &self.name)
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), !works(&self.finding.steps))
    }
    fn told(&self) -> Option<String> {
        let key = match (self.stage, works(&self.finding.steps)) {
            (TrialStage::Before, _) => return None,
            (TrialStage::Looked, true) => "try-looks-good",
            (TrialStage::CameBack, true) => "try-works",
            (TrialStage::Looked | TrialStage::CameBack, false) => "try-fails",
        };
        Some(self.frame.text(key))
    }
    fn is_trouble(&self) -> bool {
        !works(&self.finding.steps)
    }
    fn is_before(&self) -> bool {
        self.stage == TrialStage::Before
    }
    fn came_back(&self) -> bool {
        self.stage == TrialStage::CameBack
    }
    fn lines(&self) -> Vec<Line<'_>> {
        self.finding.steps.iter().map(|step| self.line(step)).collect()
    }
    fn line<'a>(&self, step: &'a Step) -> Line<'a> {
        let (label, advice) = words(step.check);
        let (verdict, class, advised) = match step.verdict {
            Verdict::Passed => ("try-passed", "good", false),
            Verdict::Doubtful => ("try-doubtful", "", true),
            Verdict::Failed => ("try-failed", "bad", true),
            Verdict::Unreached => ("try-unreached", "", false),
        };
        Line {
            label: self.frame.text(label),
            verdict: self.frame.text(verdict),
            class,
            seen: &step.seen,
            advice: advised.then(|| self.frame.text(advice)),
        }
    }
    fn fate(&self, becoming: &Becoming) -> String {
        let named = |key: &str, name: &str| self.frame.text_with(key, "name", name);
        match &becoming.fate {
            Fate::Known(name) => named("try-fate-known", name),
            Fate::Closed(name) => named("try-fate-closed", name),
            Fate::New(name) => named("try-fate-new", name),
            Fate::Taken(name) => named("try-fate-taken", name),
            Fate::MayLink => self.frame.text("try-fate-link"),
            Fate::PassedOn => self.frame.text("try-fate-broker"),
            Fate::Nobody => self.frame.text("try-fate-nobody"),
        }
    }
    fn list(&self, items: &[String]) -> String {
        if items.is_empty() { self.frame.text("apps-fact-none") } else { items.join(", ") }
    }
}

impl Page for AdminProviderTrialPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let before = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::IdentityProviders),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/identity-providers/entra/try".to_owned(),
            back_href: "/t/fjordby/admin/identity-providers/entra".to_owned(),
            name: "Microsoft".to_owned(),
            stage: TrialStage::Before,
            finding: Finding::default(),
        };
        let steps = |verdict| Check::ALL.iter().map(|check| Step::new(*check, verdict, "+2 s")).collect::<Vec<_>>();
        let with = |stage, finding| Self { stage, finding, ..before.clone() };
        let looked = |verdict| with(TrialStage::Looked, Finding { steps: steps(verdict), ..Finding::default() });
        let came = |fate: Fate, roles_unknown: bool| {
            let becoming = Becoming {
                fate,
                roles: if roles_unknown { Vec::new() } else { vec!["buyer".to_owned()] },
                groups: Vec::new(),
                roles_unknown,
                second_factor: !roles_unknown,
            };
            let claims = vec![("sub".to_owned(), "<b>x</b>".to_owned()), ("amr".to_owned(), "[\"mfa\"]".to_owned())];
            with(TrialStage::CameBack, Finding { steps: steps(Verdict::Passed), claims, become_what: Some(becoming) })
        };
        let name = || "mette".to_owned();
        let mut failed = steps(Verdict::Failed);
        failed.push(Step::new(Check::Age, Verdict::Unreached, ""));
        vec![
            ("admin-provider-try", before.clone()),
            ("admin-provider-try-good", looked(Verdict::Passed)),
            ("admin-provider-try-doubtful", looked(Verdict::Doubtful)),
            ("admin-provider-try-known", came(Fate::Known(name()), false)),
            ("admin-provider-try-new", came(Fate::New(name()), true)),
            ("admin-provider-try-closed", came(Fate::Closed(name()), false)),
            ("admin-provider-try-taken", came(Fate::Taken(name()), false)),
            ("admin-provider-try-link", came(Fate::MayLink, false)),
            ("admin-provider-try-broker", came(Fate::PassedOn, false)),
            ("admin-provider-try-nobody", came(Fate::Nobody, false)),
            ("admin-provider-try-failed", with(TrialStage::CameBack, Finding { steps: failed, ..Finding::default() })),
        ]
    }
}
