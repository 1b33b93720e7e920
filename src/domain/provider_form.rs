//! What an administrator types about an identity provider: the fields of one form, and no others (ADM-02). Each is called
//! as in the declarative file, and has a shape there, so that the form and the file say the same things in one way.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Time;
use super::doubt::Doubt;
use super::registration::CertificateFact;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Entra,
    Google,
    Oidc,
    Saml,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Entra, Self::Google, Self::Oidc, Self::Saml];

    pub fn name(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How a field is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Line,
    /// Never shown again.
    Secret,
    /// A list; one on each line.
    Lines,
    /// One `value = what it gives` on each line. A value may hold the sign itself, as names in directories do.
    Gives,
    /// One `name = value` on each line.
    Pairs,
    Tick,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A document.
    Text,
}

const OIDC: &[Kind] = &[Kind::Entra, Kind::Google, Kind::Oidc];
const EACH: &[Kind] = &Kind::ALL;
const SAML: &[Kind] = &[Kind::Saml];
const NAMES: &[&str] = &["persistent", "transient", "email", "username"];
const LOGOUT: &[&str] = &["none", "upstream"];
const NOT_GOOGLE: &[Kind] = &[Kind::Entra, Kind::Oidc, Kind::Saml];
const KEYED: &[&str] = &["client_secret_basic", "client_secret_post", "private_key_jwt"];

macro_rules! fields {
    ($($variant:ident = $name:literal, $shape:expr, $kinds:expr;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field { $($variant),* }
        impl Field {
            /// In the order of the form.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The name of the input, and the key in the file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
            pub fn shape(self) -> Shape {
                match self { $(Self::$variant => $shape),* }
            }
            fn kinds(self) -> &'static [Kind] {
                match self { $(Self::$variant => $kinds),* }
            }
        }
    };
}

fields! {
    Id = "id", Shape::Line, EACH;
    Name = "name", Shape::Line, EACH;
    Metadata = "metadata", Shape::Text, SAML;
    MetadataCertificates = "metadata_certificates", Shape::Text, SAML;
    EntityId = "entity_id", Shape::Line, SAML;
    Issuer = "issuer", Shape::Line, OIDC;
    ClientId = "client_id", Shape::Line, OIDC;
    Auth = "token_endpoint_auth_method", Shape::Choice(KEYED), OIDC;
    ClientSecret = "client_secret", Shape::Secret, OIDC;
    Tenants = "tenants", Shape::Lines, &[Kind::Entra];
    HostedDomains = "hosted_domains", Shape::Lines, &[Kind::Google];
    Domains = "domains", Shape::Lines, EACH;
    CreateUsers = "create_users", Shape::Tick, EACH;
    LinkUsers = "link_users", Shape::Tick, EACH;
    Logout = "logout", Shape::Choice(LOGOUT), NOT_GOOGLE;
    Claims = "claims", Shape::Pairs, EACH;
    RoleClaim = "role_claim", Shape::Line, EACH;
    RoleClaims = "role_claims", Shape::Gives, EACH;
    GroupClaim = "group_claim", Shape::Line, EACH;
    GroupClaims = "group_claims", Shape::Gives, EACH;
    TrustMfa = "trust_mfa", Shape::Tick, EACH;
    MfaValues = "mfa_values", Shape::Lines, EACH;
    MfaAcrValues = "mfa_acr_values", Shape::Lines, EACH;
    NameId = "name_id", Shape::Choice(NAMES), SAML;
    Subject = "subject", Shape::Line, SAML;
    SignRequests = "sign_requests", Shape::Tick, SAML;
    Scopes = "scopes", Shape::Lines, OIDC;
    AcrValues = "acr_values", Shape::Lines, EACH;
    Parameters = "parameters", Shape::Pairs, OIDC;
}

impl Field {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
    /// Whether a provider of this kind has it.
    pub fn is_of(self, kind: Kind) -> bool {
        self.kinds().contains(&kind)
    }
}

/// As it was typed. What belongs to other kinds is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub kind: Kind,
    values: BTreeMap<Field, String>,
}

impl Typed {
    /// With everything that the kind knows by itself.
    pub fn new(kind: Kind) -> Self {
        let mut typed = Self { kind, values: BTreeMap::new() };
        let (name, issuer) = match kind {
            Kind::Entra => ("Microsoft", "https://login.microsoftonline.com/"),
            Kind::Google => ("Google", super::identity_provider::GOOGLE),
            Kind::Oidc | Kind::Saml => ("", ""),
        };
        typed.set(Field::Name, name);
        typed.set(Field::Issuer, issuer);
        typed.set(Field::Scopes, "openid\nprofile\nemail");
        typed.set(Field::RoleClaim, "groups");
        typed.set(Field::GroupClaim, "groups");
        match kind {
            Kind::Entra | Kind::Google | Kind::Oidc => typed.set(Field::MfaValues, "mfa"),
            Kind::Saml => typed.set(Field::SignRequests, "1"),
        }
        typed
    }

    /// Nothing at all.
    pub fn blank(kind: Kind) -> Self {
        Self { kind, values: BTreeMap::new() }
    }

    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let kind = self.kind;
        Field::ALL.iter().copied().filter(move |field| field.is_of(kind))
    }

    pub fn get(&self, field: Field) -> &str {
        self.values.get(&field).map_or("", String::as_str)
    }

    pub fn set(&mut self, field: Field, value: &str) {
        self.values.insert(field, value.to_owned());
    }

    /// Without what must not be shown again.
    #[must_use]
    pub fn without_secret(mut self) -> Self {
        self.values.retain(|field, _| field.shape() != Shape::Secret);
        self
    }

    /// What the form says, over what stands in the file.
    pub fn write_over(&self, file: &mut Map<String, Value>) {
        for field in self.fields() {
            file.remove(field.name());
            // New metadata says all of this by itself.
            if field == Field::Metadata && !self.get(field).trim().is_empty() {
                file.retain(|key, _| !["sso", "slo", "certificates"].contains(&key.as_str()));
            }
            if let Some(value) = written(field.shape(), self.get(field)) {
                file.insert(field.name().to_owned(), value);
            }
        }
        file.insert("kind".to_owned(), self.kind.name().into());
    }

    /// What stands in the file, as the form shows it.
    pub fn of(kind: Kind, file: &Map<String, Value>) -> Self {
        let mut typed = Self::blank(kind);
        for field in Field::ALL.iter().filter(|field| field.is_of(kind) && field.shape() != Shape::Secret) {
            if let Some(value) = file.get(field.name()) {
                typed.set(*field, &shown(value));
            }
        }
        typed
    }
}

/// `None`: not said.
pub(super) fn written(shape: Shape, text: &str) -> Option<Value> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let table = |split: fn(&str) -> Option<(&str, &str)>| {
        let pair = |line| {
            let (key, value) = split(line).unwrap_or((line, ""));
            (key.trim().to_owned(), Value::from(value.trim()))
        };
        Value::Object(lines().map(pair).collect())
    };
    match shape {
        Shape::Line | Shape::Choice(_) => Some(text.trim()).filter(|text| !text.is_empty()).map(Value::from),
        Shape::Secret | Shape::Text => Some(text).filter(|text| !text.trim().is_empty()).map(Value::from),
        Shape::Lines => Some(lines().collect::<Vec<_>>()).filter(|lines| !lines.is_empty()).map(Value::from),
        Shape::Gives => Some(table(|line| line.rsplit_once('='))),
        Shape::Pairs => Some(table(|line| line.split_once('='))),
        Shape::Tick => Some(Value::Bool(!text.is_empty())),
    }
}

pub(super) fn shown(value: &Value) -> String {
    let inner = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "1".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(inner).collect::<Vec<_>>().join("\n"),
        Value::Object(table) => {
            let line = |(key, value): (&String, &Value)| format!("{key} = {}", inner(value));
            table.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Wrong(Field),
    /// Another provider has it.
    Taken(Field),
    SecretMissing,
    /// The one that is kept was given for another address.
    SecretAgain,
}

impl Fault {
    pub fn field(&self) -> Field {
        match self {
            Self::Wrong(field) | Self::Taken(field) => *field,
            Self::SecretMissing | Self::SecretAgain => Field::ClientSecret,
        }
    }
}

/// How much a provider is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// People who can come from it.
    pub people: u64,
    pub last: Option<Time>,
}

/// What is known of a SAML provider from itself, for people to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderFacts {
    pub entity_id: String,
    pub sign_on: String,
    pub logout: Option<String>,
    pub certificates: Vec<CertificateFact>,
    /// What there is to think about in metadata that is new.
    pub doubts: Vec<Doubt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_comes_back_as_it_was_typed() {
        let mut typed = Typed::new(Kind::Google);
        typed.set(Field::Domains, "acme.example\nacme.test");
        typed.set(Field::RoleClaims, "CN=Admins,OU=x = admin\nbuyers = buyer");
        typed.set(Field::Parameters, "prompt_hint = a=b");
        typed.set(Field::CreateUsers, "1");
        typed.set(Field::Auth, "private_key_jwt");
        let mut file = Map::new();
        typed.write_over(&mut file);
        assert_eq!(file["role_claims"]["CN=Admins,OU=x"], "admin");
        assert_eq!(file["parameters"]["prompt_hint"], "a=b");
        assert_eq!((&file["create_users"], &file["trust_mfa"]), (&Value::Bool(true), &Value::Bool(false)));
        assert_eq!(file["kind"], "google");
        assert!(!file.contains_key("client_secret") && !file.contains_key("tenants"), "{file:?}");
        let mut again = Map::new();
        Typed::of(Kind::Google, &file).write_over(&mut again);
        assert_eq!(file, again);
    }

    #[test]
    fn a_secret_is_written_and_never_read() {
        let mut typed = Typed::new(Kind::Oidc);
        typed.set(Field::ClientSecret, " with spaces ");
        let mut file = Map::new();
        typed.write_over(&mut file);
        assert_eq!(file["client_secret"], " with spaces ");
        assert_eq!(Typed::of(Kind::Oidc, &file).get(Field::ClientSecret), "");
        assert_eq!(typed.without_secret().get(Field::ClientSecret), "");
    }
}
