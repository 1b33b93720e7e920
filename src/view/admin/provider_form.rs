//! What is decided about an identity provider, new or known.

use askama::Template;

use super::provider::sample_facts as sample_provider;
use super::providers::kind_name;
use super::{AdminMenu, AdminSection, application_text};
use crate::domain::doubt::Doubt;
use crate::domain::language::Language;
use crate::domain::provider_form::{Fault, Field, Kind, ProviderFacts, Shape, Typed};
use crate::view::{Frame, Page, write};

/// Posts `csrf`, `kind`, for a known one `stamp`, and the fields of its kind, each called as in the declarative file.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/provider_form.html")]
pub struct AdminProviderFormPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    /// Name and stamp of what is registered already.
    pub known: Option<(String, String)>,
    pub typed: Typed,
    pub faults: Vec<Fault>,
    /// An address of ours that the provider is told of before there is anything to fill in.
    pub register_there: String,
    /// Somebody else has changed it in the meantime.
    pub stale: bool,
    /// What its metadata says, and the mark of having seen that: saved when it comes back.
    pub seen: Option<(ProviderFacts, String)>,
}

/// One input.
pub(super) struct Input<'a> {
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub fault: Option<String>,
    pub value: &'a str,
    pub shape: Shape,
    pub required: bool,
    /// The key of the words for a choice; without one it is shown as it is.
    pub choice_key: fn(&str) -> Option<&'static str>,
}

impl Input<'_> {
    pub(super) fn rows(&self) -> &'static str {
        if self.shape == Shape::Text { "10" } else { "3" }
    }
    pub(super) fn is_area(&self) -> bool {
        matches!(self.shape, Shape::Lines | Shape::Gives | Shape::Pairs | Shape::Text)
    }
    pub(super) fn is_tick(&self) -> bool {
        self.shape == Shape::Tick
    }
    pub(super) fn is_secret(&self) -> bool {
        self.shape == Shape::Secret
    }
    /// Values, each with its words: the key of a text, or what they are.
    pub(super) fn choices(&self) -> Vec<(&'static str, Option<&'static str>)> {
        let choices: &[&str] = match self.shape {
            Shape::Choice(choices) => choices,
            Shape::Line | Shape::Secret | Shape::Lines | Shape::Gives | Shape::Pairs | Shape::Tick | Shape::Text => &[],
        };
        choices.iter().map(|choice| (*choice, (self.choice_key)(choice))).collect()
    }
}

fn choice_key(choice: &str) -> Option<&'static str> {
    let keys = [
        ("none", "idps-logout-none"),
        ("upstream", "idps-logout-upstream"),
        ("client_secret_basic", "idps-auth-basic"),
        ("client_secret_post", "idps-auth-post"),
        ("private_key_jwt", "idps-auth-key"),
        ("persistent", "idps-name-id-persistent"),
        ("transient", "idps-name-id-transient"),
        ("email", "apps-name-id-email"),
        ("username", "apps-name-id-username"),
    ];
    keys.into_iter().find(|(value, _)| *value == choice).map(|(_, key)| key)
}

/// The fields that belong together.
struct Group<'a> {
    heading: &'static str,
    inputs: Vec<Input<'a>>,
}

const GROUPS: [(&str, &[Field]); 5] = [
    (
        "idps-group-about",
        &[
            Field::Id,
            Field::Name,
            Field::Metadata,
            Field::MetadataCertificates,
            Field::EntityId,
            Field::Issuer,
            Field::ClientId,
            Field::Auth,
            Field::ClientSecret,
            Field::Tenants,
            Field::HostedDomains,
        ],
    ),
    ("idps-group-people", &[Field::Domains, Field::CreateUsers, Field::LinkUsers, Field::Logout, Field::Claims]),
    ("idps-group-roles", &[Field::RoleClaim, Field::RoleClaims, Field::GroupClaim, Field::GroupClaims]),
    ("idps-group-factor", &[Field::TrustMfa, Field::MfaValues, Field::MfaAcrValues]),
    (
        "idps-group-request",
        &[Field::NameId, Field::Subject, Field::SignRequests, Field::Scopes, Field::AcrValues, Field::Parameters],
    ),
];

/// Label, hint, and what is wrong.
fn words(field: Field) -> (&'static str, &'static str, &'static str) {
    match field {
        Field::Id => ("idps-id", "idps-id-hint", "idps-id-wrong"),
        Field::Name => ("idps-name", "idps-name-hint", "idps-name-wrong"),
        Field::Metadata => ("idps-metadata", "idps-metadata-hint", "idps-metadata-wrong"),
        Field::MetadataCertificates => {
            ("apps-metadata-certificates", "apps-metadata-certificates-hint", "idps-metadata-certificates-wrong")
        }
        Field::Issuer => ("idps-issuer", "idps-issuer-hint", "idps-issuer-wrong"),
        Field::ClientId => ("idps-client-id", "idps-client-id-hint", "idps-client-id-wrong"),
        Field::Auth => ("idps-auth", "idps-auth-hint", "idps-auth-wrong"),
        Field::ClientSecret => ("idps-secret", "idps-secret-hint", "idps-secret-wrong"),
        Field::Tenants => ("idps-tenants", "idps-tenants-hint", "idps-tenants-wrong"),
        Field::HostedDomains => ("idps-hosted", "idps-hosted-hint", "idps-hosted-wrong"),
        Field::Domains => ("idps-domains", "idps-domains-hint", "idps-domains-wrong"),
        Field::CreateUsers => ("idps-create", "idps-create-hint", "idps-create-wrong"),
        Field::RoleClaim => ("idps-role-claim", "idps-role-claim-hint", "idps-role-claim-wrong"),
        Field::RoleClaims => ("idps-role-claims", "idps-role-claims-hint", "idps-role-claims-wrong"),
        Field::EntityId => ("idps-entity-id", "idps-entity-id-hint", "idps-entity-id-wrong"),
        Field::LinkUsers => ("idps-link", "idps-link-hint", "idps-link-wrong"),
        Field::Logout => ("idps-logout", "idps-logout-hint", "idps-logout-wrong"),
        Field::Claims => ("idps-claims", "idps-claims-hint", "idps-claims-wrong"),
        Field::GroupClaim => ("idps-group-claim", "idps-group-claim-hint", "idps-group-claim-wrong"),
        Field::GroupClaims => ("idps-group-claims", "idps-group-claims-hint", "idps-group-claims-wrong"),
        Field::NameId => ("idps-name-id", "idps-name-id-hint", "idps-name-id-wrong"),
        Field::Subject => ("idps-subject", "idps-subject-hint", "idps-subject-wrong"),
        Field::SignRequests => ("idps-sign", "idps-sign-hint", "idps-sign-wrong"),
        Field::TrustMfa => ("idps-trust", "idps-trust-hint", "idps-trust-wrong"),
        Field::MfaValues => ("idps-mfa", "idps-mfa-hint", "idps-mfa-wrong"),
        Field::Scopes => ("idps-scopes", "idps-scopes-hint", "idps-scopes-wrong"),
        Field::MfaAcrValues => ("idps-mfa-acr", "idps-mfa-acr-hint", "idps-acr-wrong"),
        Field::AcrValues => ("idps-acr", "idps-acr-hint", "idps-acr-wrong"),
        Field::Parameters => ("idps-parameters", "idps-parameters-hint", "idps-parameters-wrong"),
    }
}

fn is_required(field: Field, kind: Kind) -> bool {
    let always = [Field::Id, Field::Issuer, Field::ClientId];
    always.contains(&field) || (field == Field::Metadata && kind == Kind::Saml)
}

impl AdminProviderFormPage {
    fn heading(&self) -> String {
        match &self.known {
            Some((name, _)) => self.frame.text_with("idps-edit-named", "name", name),
            None => self.frame.text_with("idps-new-kind", "kind", kind_name(self.typed.kind)),
        }
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.is_trouble())
    }
    fn is_trouble(&self) -> bool {
        self.stale || !self.faults.is_empty()
    }
    fn is_new(&self) -> bool {
        self.known.is_none()
    }
    fn stamp(&self) -> &str {
        self.known.as_ref().map_or("", |(_, stamp)| stamp)
    }
    fn told(&self) -> Vec<String> {
        if self.stale {
            return vec![self.frame.text("apps-stale")];
        }
        self.faults.iter().map(|fault| self.fault_text(fault)).collect()
    }
    fn fault_text(&self, fault: &Fault) -> String {
        self.frame.text(match fault {
            Fault::Wrong(field) => words(*field).2,
            Fault::Taken(Field::Domains) => "idps-domains-taken",
            Fault::Taken(_) => "idps-taken",
            Fault::SecretMissing => "idps-secret-missing",
            Fault::SecretAgain => "idps-secret-again",
        })
    }
    fn doubt_text(&self, doubt: &Doubt) -> String {
        application_text::doubt(&self.frame, doubt)
    }
    fn groups(&self) -> Vec<Group<'_>> {
        let shown = |field: &&Field| field.is_of(self.typed.kind) && (self.is_new() || **field != Field::Id);
        let group = |(heading, fields): (&'static str, &[Field])| Group {
            heading,
            inputs: fields.iter().filter(shown).map(|field| self.input(*field)).collect(),
        };
        GROUPS.into_iter().map(group).filter(|group| !group.inputs.is_empty()).collect()
    }
    fn input(&self, field: Field) -> Input<'_> {
        let (label, hint, _) = words(field);
        let hint = match (field == Field::ClientSecret, field == Field::Metadata, self.is_new()) {
            (true, _, false) => "idps-secret-kept",
            (_, true, false) => "apps-metadata-renew-hint",
            _ if field == Field::Issuer && self.typed.kind == Kind::Entra => "idps-issuer-entra",
            _ if field == Field::AcrValues && self.typed.kind == Kind::Saml => "idps-acr-hint-saml",
            _ => hint,
        };
        let fault = self.faults.iter().find(|fault| fault.field() == field);
        Input {
            name: field.name(),
            label: self.frame.text(label),
            hint: self.frame.text(hint),
            fault: fault.map(|fault| self.fault_text(fault)),
            value: self.typed.get(field),
            shape: field.shape(),
            required: is_required(field, self.typed.kind) && (self.is_new() || field != Field::Metadata),
            choice_key,
        }
    }
}

impl Page for AdminProviderFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let new = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::IdentityProviders),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/identity-providers/new".to_owned(),
            back_href: "/t/fjordby/admin/identity-providers".to_owned(),
            known: None,
            typed: Typed::new(Kind::Entra),
            faults: Vec::new(),
            register_there: "https://login.fjordby.example/federation/…/callback".to_owned(),
            stale: false,
            seen: None,
        };
        let with = |kind| Self { typed: Typed::new(kind), ..new.clone() };
        let mut typed = Typed::new(Kind::Oidc);
        typed.set(Field::Domains, "fjordby.example");
        typed.set(Field::RoleClaims, "CN=Indkøb,OU=Fjordby = buyer");
        typed.set(Field::CreateUsers, "1");
        let known = Some(("Naboby".to_owned(), "sample-stamp".to_owned()));
        let edit = Self { known, typed, ..new.clone() };
        let wrong = |kind| Field::ALL.iter().filter(move |field| field.is_of(kind)).map(|field| Fault::Wrong(*field));
        let others =
            vec![Fault::Taken(Field::Id), Fault::Taken(Field::Domains), Fault::SecretMissing, Fault::SecretAgain];
        vec![
            ("admin-provider-new-entra", new.clone()),
            ("admin-provider-new-google", with(Kind::Google)),
            ("admin-provider-new-oidc", with(Kind::Oidc)),
            ("admin-provider-new-saml", with(Kind::Saml)),
            ("admin-provider-edit", edit.clone()),
            ("admin-provider-edit-saml", Self { typed: Typed::new(Kind::Saml), ..edit.clone() }),
            ("admin-provider-preview", Self { seen: Some((sample_provider(), "mark".to_owned())), ..with(Kind::Saml) }),
            ("admin-provider-stale", Self { stale: true, ..edit }),
            ("admin-provider-faults-entra", Self { faults: wrong(Kind::Entra).collect(), ..with(Kind::Entra) }),
            ("admin-provider-faults-google", Self { faults: wrong(Kind::Google).collect(), ..with(Kind::Google) }),
            ("admin-provider-faults-saml", Self { faults: wrong(Kind::Saml).collect(), ..with(Kind::Saml) }),
            ("admin-provider-faults-others", Self { faults: others, ..with(Kind::Oidc) }),
        ]
    }
}
