//! The certificates that sign assertions: which signs, which follows, and who knows the one that follows.

use askama::Template;

use super::{AdminMenu, AdminSection};
use crate::domain::Time;
use crate::domain::language::Language;
use crate::domain::signing::{KeyState, KeyType};
use crate::view::{Frame, Page, write};

/// Posts `csrf`, `type` and, to insist, `anyway`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/certificates.html")]
pub struct CertificatesPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub notice: Option<CertificatesNotice>,
    pub may_change: bool,
    pub groups: Vec<CertificateGroup>,
    pub readers: Vec<CertificateReader>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateGroup {
    pub kind: KeyType,
    pub rows: Vec<CertificateLine>,
    /// The next one has been published long enough.
    pub ready: bool,
    pub has_next: bool,
}

impl CertificateGroup {
    fn name(&self) -> &'static str {
        match self.kind {
            KeyType::Rsa => "RSA",
            KeyType::EcP256 => "ECDSA P-256",
            KeyType::Ed25519 => "Ed25519",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateLine {
    pub state: KeyState,
    pub created_at: Time,
    pub not_after: Time,
    pub fingerprint: String,
    pub pem: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateReader {
    pub name: String,
    pub href: String,
    /// Our metadata at the address that is its own.
    pub address: String,
    pub fetched_at: Option<Time>,
    /// Since the next one was published.
    pub knows_next: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificatesNotice {
    Rotated,
    TooYoung,
    Missing,
}

impl CertificatesPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("admin-certificates"), self.is_trouble())
    }
    fn is_trouble(&self) -> bool {
        matches!(self.notice, Some(CertificatesNotice::TooYoung | CertificatesNotice::Missing))
    }
    fn told(&self) -> Option<String> {
        Some(self.frame.text(match self.notice? {
            CertificatesNotice::Rotated => "certificates-rotated",
            CertificatesNotice::TooYoung => "certificates-too-young",
            CertificatesNotice::Missing => "certificates-missing",
        }))
    }
    fn state(&self, line: &CertificateLine) -> String {
        self.frame.text(match line.state {
            KeyState::Next => "certificates-next",
            KeyState::Active => "certificates-active",
            KeyState::Retired => "certificates-retired",
        })
    }
    fn waiting(&self) -> u32 {
        u32::try_from(self.readers.iter().filter(|reader| !reader.knows_next).count()).unwrap_or(u32::MAX)
    }
}

impl Page for CertificatesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap_or_default();
        let line = |state, digits: &str| CertificateLine {
            state,
            created_at: at(1_780_000_000),
            not_after: at(1_930_000_000),
            fingerprint: digits.repeat(8),
            pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        };
        let states = [(KeyState::Active, "0123abcd"), (KeyState::Next, "4567ef89"), (KeyState::Retired, "89ab0123")];
        let rows: Vec<CertificateLine> = states.map(|(state, digits)| line(state, digits)).into();
        let group = |kind, ready| CertificateGroup { kind, rows: rows.clone(), ready, has_next: true };
        let reader = |name: &str, knows_next: bool| CertificateReader {
            name: name.to_owned(),
            href: "/t/fjordby/admin/applications/fravaer".to_owned(),
            address: "https://id.fjordby.example/saml/metadata?app=fravaer".to_owned(),
            fetched_at: knows_next.then(|| at(1_795_000_000)),
            knows_next,
        };
        let page = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Certificates),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/certificates".to_owned(),
            notice: None,
            may_change: true,
            groups: vec![group(KeyType::Rsa, true), group(KeyType::EcP256, false)],
            readers: vec![reader("Fravær", true), reader("Intranet", false)],
        };
        let with = |notice| Self { notice: Some(notice), ..page.clone() };
        let none = Self { groups: Vec::new(), readers: Vec::new(), may_change: false, ..page.clone() };
        vec![
            ("admin-certificates", page.clone()),
            ("admin-certificates-rotated", with(CertificatesNotice::Rotated)),
            ("admin-certificates-young", with(CertificatesNotice::TooYoung)),
            ("admin-certificates-missing", with(CertificatesNotice::Missing)),
            ("admin-certificates-none", none),
        ]
    }
}
