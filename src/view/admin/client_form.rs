//! Registering an OpenID Connect application: its kind, then what is decided about it, new or known.

use askama::Template;

use super::provider_form::Input;
use super::{AdminMenu, AdminSection, application_text as words};
use crate::domain::application::{ClientType, ConsentMode};
use crate::domain::client_form::{Fault, Field, Proof, Prospect, Typed};
use crate::domain::doubt::Doubt;
use crate::domain::language::Language;
use crate::domain::release::SCOPES;
use crate::view::{Frame, Page, write};

/// Links to the form of each kind.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/client_kinds.html")]
pub struct AdminClientKindsPage {
    pub frame: Frame,
    pub menu: AdminMenu,
}

impl AdminClientKindsPage {
    fn title(&self) -> String {
        self.frame.title(&self.frame.text("clients-new"), false)
    }
    /// Query, label and hint.
    fn kinds(&self) -> [(&'static str, String, String); 4] {
        let kinds = [
            ("kind=confidential", "clients-kind-web", "clients-kind-web-hint"),
            ("kind=confidential&auth=private_key_jwt", "clients-kind-key", "clients-kind-key-hint"),
            ("kind=public", "clients-kind-app", "clients-kind-app-hint"),
            ("kind=service", "clients-kind-service", "clients-kind-service-hint"),
        ];
        kinds.map(|(query, label, hint)| (query, self.frame.text(label), self.frame.text(hint)))
    }
}

impl Page for AdminClientKindsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let menu = AdminMenu::sample(AdminSection::Applications);
        vec![("admin-client-kinds", Self { frame: Frame::sample(language), menu })]
    }
}

/// Posts `csrf`, `kind`, for a known one `stamp`, `seen` once it was shown what it will be able to do, the fields of its
/// kind, each called as in the declarative file, and `scope_{name}` for each usual scope.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/client_form.html")]
pub struct AdminClientFormPage {
    pub frame: Frame,
    pub menu: AdminMenu,
    pub csrf: String,
    pub action: String,
    pub back_href: String,
    /// Name and stamp of what is registered already.
    pub known: Option<(String, String)>,
    pub typed: Typed,
    /// What it will be able to do: the form is closed then, and only has to be sent once more.
    pub prospect: Option<Prospect>,
    pub doubts: Vec<Doubt>,
    /// The mark of having seen prospect and doubts.
    pub seen: Option<String>,
    pub faults: Vec<Fault>,
    /// Somebody else has changed it in the meantime.
    pub stale: bool,
}

/// The fields that belong together.
struct Group<'a> {
    heading: &'static str,
    inputs: Vec<Input<'a>>,
}

const GROUPS: [(&str, &[Field]); 5] = [
    ("apps-about", &[Field::Id, Field::Name, Field::Role]),
    ("clients-group-addresses", &[Field::RedirectUris, Field::PostLogout, Field::Backchannel]),
    ("clients-group-proof", &[Field::Auth, Field::JwksUri, Field::Jwks]),
    ("clients-group-told", &[Field::Scopes, Field::Consent]),
    ("clients-group-tokens", &[Field::OwnTokens, Field::Pkce, Field::Algorithm, Field::Audiences]),
];

fn choice_key(choice: &str) -> Option<&'static str> {
    let keys = [
        ("", "clients-auth-any"),
        ("client_secret_basic", "idps-auth-basic"),
        ("client_secret_post", "idps-auth-post"),
        ("private_key_jwt", "clients-auth-key"),
        ("implied", "clients-consent-implied"),
        ("ask", "clients-consent-ask"),
    ];
    keys.into_iter().find(|(value, _)| *value == choice).map(|(_, key)| key)
}

/// Label, hint, and what is wrong.
fn words_of(field: Field) -> (&'static str, &'static str, &'static str) {
    match field {
        Field::Id => ("clients-id", "apps-id-hint", "clients-id-wrong"),
        Field::Name => ("apps-name", "clients-name-hint", "apps-wrong-name"),
        Field::Role => ("apps-role", "apps-role-hint", "apps-wrong-role"),
        Field::RedirectUris => ("clients-redirects", "clients-redirects-hint", "clients-redirects-wrong"),
        Field::PostLogout => ("clients-post-logout", "clients-post-logout-hint", "clients-post-logout-wrong"),
        Field::Backchannel => ("clients-backchannel", "clients-backchannel-hint", "clients-address-wrong"),
        Field::Auth => ("clients-auth", "clients-auth-hint", "clients-choice-wrong"),
        Field::JwksUri => ("clients-jwks-uri", "clients-jwks-uri-hint", "clients-address-wrong"),
        Field::Jwks => ("clients-jwks", "clients-jwks-hint", "clients-jwks-wrong"),
        Field::Scopes => ("clients-other-scopes", "clients-other-scopes-hint", "clients-scopes-wrong"),
        Field::Consent => ("clients-consent", "clients-consent-hint", "clients-choice-wrong"),
        Field::OwnTokens => ("clients-own", "clients-own-hint", "clients-own-wrong"),
        Field::Pkce => ("clients-pkce", "clients-pkce-hint", "clients-choice-wrong"),
        Field::Algorithm => ("clients-algorithm", "clients-algorithm-hint", "clients-choice-wrong"),
        Field::Audiences => ("clients-audiences", "clients-audiences-hint", "clients-audiences-wrong"),
    }
}

fn scope_key(scope: &str) -> Option<&'static str> {
    let keys = [
        ("openid", "clients-scope-openid"),
        ("profile", "clients-scope-profile"),
        ("email", "clients-scope-email"),
        ("address", "clients-scope-address"),
        ("phone", "clients-scope-phone"),
        ("roles", "clients-scope-roles"),
        ("groups", "clients-scope-groups"),
        ("offline_access", "clients-scope-offline"),
    ];
    keys.into_iter().find(|(name, _)| *name == scope).map(|(_, key)| key)
}

fn kind_key(kind: ClientType) -> &'static str {
    match kind {
        ClientType::Confidential => "clients-kind-confidential",
        ClientType::Public => "clients-kind-app",
        ClientType::Service => "clients-kind-service",
    }
}

impl AdminClientFormPage {
    fn heading(&self) -> String {
        match &self.known {
            Some((name, _)) => self.frame.text_with("idps-edit-named", "name", name),
            None => self.frame.text("clients-new"),
        }
    }
    fn title(&self) -> String {
        self.frame.title(&self.heading(), self.is_trouble())
    }
    fn kind(&self) -> String {
        self.frame.text(kind_key(self.typed.kind))
    }
    fn is_trouble(&self) -> bool {
        self.stale || !self.faults.is_empty()
    }
    fn stamp(&self) -> &str {
        self.known.as_ref().map_or("", |(_, stamp)| stamp)
    }
    fn button(&self) -> &'static str {
        match (&self.known, &self.prospect) {
            (Some(_), _) => "admin-form-save",
            (None, Some(_)) => "clients-register",
            (None, None) => "clients-look",
        }
    }
    fn told(&self) -> Vec<String> {
        if self.stale {
            return vec![self.frame.text("apps-stale")];
        }
        self.faults.iter().map(|fault| self.fault_text(fault)).collect()
    }
    fn fault_text(&self, fault: &Fault) -> String {
        match fault {
            Fault::Taken => self.frame.text("apps-taken"),
            Fault::Wrong(field, None) => self.frame.text(words_of(*field).2),
            Fault::Wrong(field, Some(line)) => {
                let here = self.frame.text_with("clients-line", "line", line);
                format!("{} {here}", self.frame.text(words_of(*field).2))
            }
        }
    }
    fn doubt_texts(&self) -> Vec<String> {
        self.doubts.iter().map(|doubt| words::doubt(&self.frame, doubt)).collect()
    }
    /// What it will be able to do, sentence by sentence.
    fn abilities(&self) -> Vec<String> {
        let Some(prospect) = &self.prospect else { return Vec::new() };
        let Prospect { people, require_role, consent, scopes, own_tokens, proof, without_pkce, told_of_sign_out } =
            prospect;
        let frame = &self.frame;
        let mut told = Vec::new();
        match people {
            Some(addresses) => {
                told.push(frame.text_with("clients-may-return", "addresses", &addresses.join(", ")));
                told.push(match require_role {
                    Some(role) => frame.text_with("clients-may-role", "role", &frame.role(role)),
                    None => frame.text("clients-may-everyone"),
                });
                told.push(frame.text(match consent {
                    ConsentMode::Implied => "clients-may-implied",
                    ConsentMode::Ask => "clients-may-ask",
                }));
            }
            None => told.push(frame.text("clients-may-nobody")),
        }
        let scope = |name: &String| scope_key(name).map_or_else(|| name.clone(), |key| frame.text(key));
        let scopes: Vec<String> = scopes.iter().map(scope).collect();
        if !scopes.is_empty() {
            told.push(frame.text_with("clients-may-scopes", "scopes", &scopes.join(", ")));
        }
        if *own_tokens {
            told.push(frame.text("clients-may-own"));
        }
        told.push(match proof {
            Proof::Secret => frame.text("clients-may-secret"),
            Proof::KeysAt(address) => frame.text_with("clients-may-keys-at", "address", address),
            Proof::Keys => frame.text("clients-may-keys"),
            Proof::Nothing => frame.text("clients-may-nothing"),
        });
        if *without_pkce {
            told.push(frame.text("clients-may-no-pkce"));
        }
        told.extend(told_of_sign_out.iter().map(|to| frame.text_with("clients-may-sign-out", "address", to)));
        told
    }
    fn groups(&self) -> Vec<Group<'_>> {
        let shown = |field: &&Field| field.is_of(self.typed.kind) && (self.known.is_none() || **field != Field::Id);
        let group = |(heading, fields): (&'static str, &[Field])| Group {
            heading,
            inputs: fields.iter().filter(shown).map(|field| self.input(*field)).collect(),
        };
        GROUPS.into_iter().map(group).filter(|group| !group.inputs.is_empty()).collect()
    }
    fn input(&self, field: Field) -> Input<'_> {
        let (label, hint, _) = words_of(field);
        let hint = match (field, self.typed.kind) {
            (Field::RedirectUris, ClientType::Public) => "clients-redirects-hint-app",
            (_, ClientType::Confidential | ClientType::Public | ClientType::Service) => hint,
        };
        let fault = self.faults.iter().find(|fault| fault.field() == field);
        let needed = [Field::Id, Field::RedirectUris].contains(&field);
        Input {
            name: field.name(),
            label: self.frame.text(label),
            hint: self.frame.text(hint),
            fault: fault.map(|fault| self.fault_text(fault)),
            value: self.typed.get(field),
            shape: field.shape(),
            // In a closed form a browser could not show what is missing; and who gets tokens for itself may need no address.
            required: needed && self.prospect.is_none() && self.known.is_none(),
            choice_key,
        }
    }
    /// The usual scopes, where people sign in: name, label, ticked.
    fn usual_scopes(&self) -> Vec<(&'static str, &'static str, bool)> {
        if self.typed.kind == ClientType::Service {
            return Vec::new();
        }
        let ticked = |name: &str| self.typed.lines(Field::Scopes).any(|scope| scope == name);
        SCOPES.into_iter().filter_map(|name| Some((name, scope_key(name)?, ticked(name)))).collect()
    }
    /// Those that have no box.
    fn other_scopes(&self) -> String {
        let usual = self.usual_scopes();
        let others = self.typed.lines(Field::Scopes).filter(|scope| usual.iter().all(|(name, ..)| name != scope));
        others.collect::<Vec<_>>().join("\n")
    }
}

impl Page for AdminClientFormPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
    fn render(&self) -> String {
        write(self)
    }
    fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let new = Self {
            frame: Frame::sample(language),
            menu: AdminMenu::sample(AdminSection::Applications),
            csrf: "sample-csrf".to_owned(),
            action: "/t/fjordby/admin/applications/new-oidc".to_owned(),
            back_href: "/t/fjordby/admin/applications".to_owned(),
            known: None,
            typed: Typed::new(ClientType::Confidential),
            prospect: None,
            doubts: Vec::new(),
            seen: None,
            faults: Vec::new(),
            stale: false,
        };
        let with = |kind| Self { typed: Typed::new(kind), ..new.clone() };
        let mut typed = Typed::new(ClientType::Confidential);
        typed.set(Field::Id, "borger-app");
        typed.set(Field::RedirectUris, "http://borger.fjordby.example/retur");
        typed.set(Field::Scopes, "openid\nemail\nsager:skriv");
        let filled = Self { typed, ..new.clone() };
        let prospect = sample_prospect();
        let seen = |prospect| Self {
            prospect: Some(prospect),
            doubts: vec![Doubt::PlainAddress("http://borger.fjordby.example/retur".to_owned())],
            seen: Some("mark".to_owned()),
            ..filled.clone()
        };
        let keyed = Prospect {
            require_role: None,
            consent: ConsentMode::Implied,
            proof: Proof::KeysAt("https://borger.fjordby.example/jwks".to_owned()),
            own_tokens: false,
            without_pkce: false,
            told_of_sign_out: None,
            ..prospect.clone()
        };
        let pasted = Prospect { proof: Proof::Keys, ..keyed.clone() };
        let app = Prospect { proof: Proof::Nothing, ..keyed.clone() };
        let service = Prospect { people: None, scopes: Vec::new(), own_tokens: true, ..pasted.clone() };
        let known = Some(("Borger-app".to_owned(), "sample-stamp".to_owned()));
        let edit = Self { known, ..filled.clone() };
        let wrong = |kind| {
            let fields = Field::ALL.iter().filter(move |field| field.is_of(kind));
            fields.map(|field| Fault::Wrong(*field, Some("https://*.fjordby.example".to_owned()))).collect()
        };
        vec![
            ("admin-client-new", new.clone()),
            ("admin-client-new-app", with(ClientType::Public)),
            ("admin-client-new-service", with(ClientType::Service)),
            ("admin-client-preview", seen(prospect)),
            ("admin-client-preview-keys-at", seen(keyed)),
            ("admin-client-preview-keys", seen(pasted)),
            ("admin-client-preview-app", seen(app)),
            ("admin-client-preview-service", seen(service)),
            ("admin-client-edit", edit.clone()),
            ("admin-client-stale", Self { stale: true, ..edit }),
            ("admin-client-faults", Self { faults: wrong(ClientType::Confidential), ..filled.clone() }),
            ("admin-client-taken", Self { faults: vec![Fault::Taken, Fault::Wrong(Field::Jwks, None)], ..filled }),
        ]
    }
}

fn sample_prospect() -> Prospect {
    Prospect {
        people: Some(vec!["http://borger.fjordby.example/retur".to_owned()]),
        require_role: Some("buyer".to_owned()),
        consent: ConsentMode::Ask,
        scopes: SCOPES.into_iter().chain(["sager:skriv"]).map(str::to_owned).collect(),
        own_tokens: true,
        proof: Proof::Secret,
        without_pkce: true,
        told_of_sign_out: Some("https://borger.fjordby.example/ud".to_owned()),
    }
}
