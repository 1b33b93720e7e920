//! What is decided about an application that is told of people by assertions: new or known, SAML or WS-Federation.

use askama::Template;

use super::{AdminMenu, AdminSection, application_text as words};
use crate::domain::doubt::Doubt;
use crate::domain::language::Language;
use crate::domain::registration::{
    Address, CertificateFact, FIXED, Facts, Fault, Field, Kind, MAPPINGS, Mapping, Typed, word,
};
use crate::domain::release::CLAIMS;
use crate::domain::saml::{Binding, NameIdKind, OTHER_SOURCES, Preset, SignatureAlg};
use crate::domain::wsfed::TokenType;
use crate::view::{Frame, Page, write};

/// Posts `csrf`, `kind`, `id` (new only), `name`, `require_role`, `attribute_N` and `claim_N`, `name_id`, `signature`; for SAML
/// `metadata`, `metadata_url`, `metadata_certificates`, `entity_id`, `sign_response`, `sign_assertion`, `encrypt`, `signs_requests`, `preset`,
/// `idp_initiated`, `relay_state`; for WS-Federation `realm`, `reply_urls`, `token_type`, `certificate`; for a known one
/// `stamp`.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/application_form.html")]
pub struct AdminApplicationFormPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    /// Of what is registered already.
    pub stamp: Option<String>,
    pub typed: Typed,
    /// What its metadata says.
    pub facts: Option<Facts>,
    pub doubts: Vec<Doubt>,
    pub faults: Vec<Fault>,
    /// Somebody else has changed it in the meantime.
    pub stale: bool,
}

/// One line of text.
struct TextField<'a> {
    name: &'static str,
    label: &'static str,
    value: &'a str,
    kind: &'static str,
    hint: Option<&'static str>,
    fault: Option<String>,
    required: bool,
}

/// One of a few choices.
struct Choice {
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    fault: Option<String>,
    options: Vec<(String, String, bool)>,
}

/// A box to tick.
struct Tick {
    name: &'static str,
    label: &'static str,
    ticked: bool,
}

struct Row<'a> {
    number: String,
    name: &'a str,
    source: &'a str,
}

impl AdminApplicationFormPage {
    fn heading(&self) -> String {
        self.frame.text(match (&self.stamp, self.typed.kind) {
            (Some(_), _) => "apps-edit",
            (None, Kind::Saml) => "apps-new-saml",
            (None, Kind::Wsfed) => "apps-new-wsfed",
        })
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.is_trouble())
    }
    fn is_trouble(&self) -> bool {
        self.stale || !self.faults.is_empty()
    }
    fn told(&self) -> Vec<String> {
        if self.stale {
            return vec![self.frame.text("apps-stale")];
        }
        self.faults.iter().map(|fault| words::fault(&self.frame, fault)).collect()
    }
    fn doubt_texts(&self) -> Vec<String> {
        self.doubts.iter().map(|doubt| words::doubt(&self.frame, doubt)).collect()
    }
    fn is_saml(&self) -> bool {
        self.typed.kind == Kind::Saml
    }
    fn is_new(&self) -> bool {
        self.stamp.is_none()
    }
    fn fault(&self, field: Field) -> Option<String> {
        self.faults.iter().find(|fault| fault.field() == field).map(|fault| words::fault(&self.frame, fault))
    }
    fn text<'a>(&self, field: Field, value: &'a str) -> TextField<'a> {
        let (name, label, kind, hint, required) = match field {
            Field::Id => ("id", "apps-id", "text", Some("apps-id-hint"), true),
            Field::Name => ("name", "apps-name", "text", None, false),
            Field::Role => ("require_role", "apps-role", "text", Some("apps-role-hint"), false),
            Field::Realm => ("realm", "apps-realm", "text", Some("apps-realm-hint"), true),
            Field::MetadataUrl => ("metadata_url", "apps-metadata-url", "url", Some("apps-metadata-url-hint"), false),
            Field::RelayState => ("relay_state", "apps-relay-state", "text", Some("apps-relay-state-hint"), false),
            Field::Metadata
            | Field::MetadataCertificates
            | Field::EntityId
            | Field::Signed
            | Field::Encrypt
            | Field::SignsRequests
            | Field::Preset
            | Field::NameId
            | Field::Attributes
            | Field::ReplyUrls
            | Field::Certificate => (field.name(), "apps-name", "text", None, false),
        };
        TextField { name, label, value, kind, hint, fault: self.fault(field), required }
    }
    fn about(&self) -> Vec<TextField<'_>> {
        let typed = &self.typed;
        let mut fields = Vec::new();
        if self.is_new() {
            fields.push(self.text(Field::Id, &typed.id));
        }
        fields.push(self.text(Field::Name, &typed.name));
        fields.push(self.text(Field::Role, &typed.require_role));
        match typed.kind {
            Kind::Saml => fields.push(self.text(Field::MetadataUrl, &typed.metadata_url)),
            Kind::Wsfed => fields.push(self.text(Field::Realm, &typed.realm)),
        }
        fields
    }
    fn relay_state(&self) -> TextField<'_> {
        self.text(Field::RelayState, &self.typed.relay_state)
    }
    fn option<T: serde::Serialize + PartialEq>(&self, value: &T, chosen: &T, key: &str) -> (String, String, bool) {
        (word(value), self.frame.text(key), value == chosen)
    }
    fn name_id(&self) -> Choice {
        let key = |kind| match kind {
            NameIdKind::Persistent => "apps-name-id-persistent",
            NameIdKind::Transient => "apps-name-id-transient",
            NameIdKind::Email => "apps-name-id-email",
            NameIdKind::Username => "apps-name-id-username",
        };
        let options = NameIdKind::ALL.map(|kind| self.option(&kind, &self.typed.name_id, key(kind)));
        let fault = self.fault(Field::NameId);
        Choice {
            name: "name_id",
            label: "apps-name-id",
            hint: Some("apps-name-id-hint"),
            fault,
            options: options.into(),
        }
    }
    fn signature(&self) -> Choice {
        let label = |alg| match alg {
            SignatureAlg::RsaSha256 => "RSA, SHA-256",
            SignatureAlg::RsaSha384 => "RSA, SHA-384",
            SignatureAlg::RsaSha512 => "RSA, SHA-512",
            SignatureAlg::EcdsaSha256 => "ECDSA P-256, SHA-256",
        };
        let one = |alg| (word(&alg), label(alg).to_owned(), alg == self.typed.signature);
        let options = SignatureAlg::ALL.map(one).into();
        Choice { name: "signature", label: "apps-signature", hint: None, fault: None, options }
    }
    fn preset(&self) -> Choice {
        let chosen = &self.typed.preset;
        let options = vec![
            self.option(&Preset::Default, chosen, "apps-preset-default"),
            self.option(&Preset::Oiosaml3, chosen, "apps-preset-oiosaml3"),
            self.option(&Preset::SwedenConnect, chosen, "apps-preset-swedenconnect"),
        ];
        Choice { name: "preset", label: "apps-preset", hint: Some("apps-preset-hint"), fault: None, options }
    }
    fn token_type(&self) -> Choice {
        let one = |kind: TokenType, label: &str| (word(&kind), label.to_owned(), kind == self.typed.token_type);
        let options = vec![one(TokenType::Saml11, "SAML 1.1"), one(TokenType::Saml20, "SAML 2.0")];
        Choice { name: "token_type", label: "apps-token-type", hint: None, fault: None, options }
    }
    fn choices(&self) -> Vec<Choice> {
        match self.typed.kind {
            Kind::Saml => vec![self.name_id(), self.preset(), self.signature()],
            Kind::Wsfed => vec![self.name_id(), self.token_type(), self.signature()],
        }
    }
    fn signing(&self) -> [Tick; 4] {
        let tick = |name, label, ticked| Tick { name, label, ticked };
        let typed = &self.typed;
        [
            tick("sign_response", "apps-sign-response", typed.sign_response),
            tick("sign_assertion", "apps-sign-assertion", typed.sign_assertion),
            tick("encrypt", "apps-encrypt", typed.encrypt),
            tick("signs_requests", "apps-signs-requests", typed.signs_requests),
        ]
    }
    /// What stands, and a few that are empty.
    fn rows(&self) -> Vec<Row<'_>> {
        let known = self.typed.mappings.iter().map(|one| (one.name.as_str(), one.source.as_str()));
        let most = (self.typed.mappings.len() + 3).clamp(5, MAPPINGS);
        let all = known.chain(std::iter::repeat(("", ""))).take(most.max(self.typed.mappings.len()));
        all.enumerate().map(|(n, (name, source))| Row { number: (n + 1).to_string(), name, source }).collect()
    }
    fn sources(&self, chosen: &str) -> Vec<(String, String, bool)> {
        let claim = |name: &str| (name.to_owned(), name.to_owned(), name == chosen);
        let mut sources = vec![(String::new(), self.frame.text("apps-claim-none"), chosen.is_empty())];
        if chosen == FIXED {
            sources.push((FIXED.to_owned(), self.frame.text("apps-claim-fixed"), true));
        }
        sources.extend(CLAIMS.iter().chain(&OTHER_SOURCES).map(|name| claim(name)));
        sources
    }
}

impl Page for AdminApplicationFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let mapping = |name: &str, source: &str| Mapping { name: name.to_owned(), source: source.to_owned() };
        let saml = Typed {
            id: "fravaer-fjordby-example".to_owned(),
            name: "Fravær".to_owned(),
            metadata: "<EntityDescriptor/>".to_owned(),
            mappings: vec![mapping("mail", "email"), mapping("cvr", FIXED)],
            ..Typed::new(Kind::Saml)
        };
        let preview = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/applications/create".to_owned(),
            back_href: "/t/fjordby/admin/applications".to_owned(),
            stamp: None,
            typed: saml,
            facts: Some(sample_facts()),
            doubts: sample_doubts(),
            faults: Vec::new(),
            stale: false,
        };
        let wsfed = Self { typed: Typed::new(Kind::Wsfed), facts: None, doubts: Vec::new(), ..preview.clone() };
        let faults = Field::ALL
            .iter()
            .map(|field| Fault::Wrong(*field))
            .chain([Fault::Taken(Field::Id), Fault::Taken(Field::Realm), Fault::Taken(Field::EntityId)])
            .collect();
        let known = Self { stamp: Some("sample-stamp".to_owned()), facts: None, doubts: Vec::new(), ..preview.clone() };
        vec![
            ("admin-application-preview", preview.clone()),
            ("admin-application-edit", known.clone()),
            ("admin-application-stale", Self { stale: true, ..known.clone() }),
            ("admin-application-faults", Self { faults, ..preview }),
            ("admin-application-wsfed", wsfed.clone()),
            ("admin-application-wsfed-faults", Self { faults: vec![Fault::Wrong(Field::Certificate)], ..wsfed }),
        ]
    }
}

pub(super) fn sample_facts() -> Facts {
    let at = |seconds| crate::domain::Time::from_timestamp(seconds, 0).unwrap_or_default();
    let certificate = |fingerprint: &str, encrypts| CertificateFact {
        subject: "CN=fravaer.fjordby.example".to_owned(),
        fingerprint: fingerprint.repeat(8),
        not_after: at(1_900_000_000),
        signs: true,
        encrypts,
    };
    let address = |url: &str, binding| Address { url: url.to_owned(), binding };
    Facts {
        entity_id: "https://fravaer.fjordby.example/saml/metadata".to_owned(),
        consumers: vec![address("https://fravaer.fjordby.example/saml/acs", Binding::Post)],
        logout: vec![address("https://fravaer.fjordby.example/saml/slo", Binding::Redirect)],
        certificates: vec![certificate("0123abcd", true), certificate("4567ef89", false)],
        signs_requests: true,
        formats: vec![NameIdKind::Persistent.format().to_owned()],
        requested: vec![("mail".to_owned(), true), ("displayName".to_owned(), false)],
    }
}

pub(super) fn sample_doubts() -> Vec<Doubt> {
    let at = crate::domain::Time::from_timestamp(1_900_000_000, 0).unwrap_or_default();
    let fingerprint = "0123abcd".repeat(8);
    vec![
        Doubt::PlainAddress("http://fravaer.fjordby.example/saml/acs".to_owned()),
        Doubt::CertificateExpired { fingerprint: fingerprint.clone(), at },
        Doubt::CertificateExpires { fingerprint, at },
        Doubt::NoSigningCertificate,
        Doubt::SignatureWaived,
        Doubt::Unmapped("displayName".to_owned()),
        Doubt::OtherNameId(NameIdKind::Email.format().to_owned()),
        Doubt::LeftOut("SingleLogoutService".to_owned()),
        Doubt::SignatureUnchecked(Some("89abcdef".repeat(8))),
        Doubt::SignatureUnchecked(None),
        Doubt::MetadataEnds(at),
    ]
}
