//! What an administrator types about an OpenID Connect application: the fields of one form, and no others (ADM-02). Each
//! is called as in the declarative file, and has a shape there, so that the form and the file say the same things in one
//! way.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::application::{ClientType, ConsentMode};
use super::provider_form::{Shape, shown, written};

const EACH: &[ClientType] = &ClientType::ALL;
/// Those that people sign in to.
const PEOPLE: &[ClientType] = &[ClientType::Confidential, ClientType::Public];
/// Those that prove themselves.
const KEYED: &[ClientType] = &[ClientType::Confidential, ClientType::Service];
const WEB: &[ClientType] = &[ClientType::Confidential];
/// The first: the secret is taken in either way.
const AUTH: &[&str] = &["", "client_secret_basic", "client_secret_post", "private_key_jwt"];
const CONSENT: &[&str] = &["implied", "ask"];
const ALGORITHMS: &[&str] = &["RS256", "PS256", "ES256", "EdDSA"];

/// Where it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Application,
    Oidc,
    /// It is not a key of its own there.
    Derived,
}

macro_rules! fields {
    ($($variant:ident = $name:literal, $shape:expr, $kinds:expr, $place:expr;)*) => {
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
            fn kinds(self) -> &'static [ClientType] {
                match self { $(Self::$variant => $kinds),* }
            }
            fn place(self) -> Place {
                match self { $(Self::$variant => $place),* }
            }
        }
    };
}

fields! {
    Id = "id", Shape::Line, EACH, Place::Application;
    Name = "name", Shape::Line, EACH, Place::Application;
    Role = "require_role", Shape::Line, PEOPLE, Place::Application;
    RedirectUris = "redirect_uris", Shape::Lines, PEOPLE, Place::Oidc;
    PostLogout = "post_logout_redirect_uris", Shape::Lines, PEOPLE, Place::Oidc;
    Backchannel = "backchannel_logout_uri", Shape::Line, WEB, Place::Oidc;
    Auth = "token_endpoint_auth_method", Shape::Choice(AUTH), KEYED, Place::Oidc;
    JwksUri = "jwks_uri", Shape::Line, KEYED, Place::Oidc;
    Jwks = "jwks", Shape::Text, KEYED, Place::Oidc;
    Scopes = "scopes", Shape::Lines, EACH, Place::Oidc;
    Consent = "consent", Shape::Choice(CONSENT), PEOPLE, Place::Oidc;
    OwnTokens = "client_credentials", Shape::Tick, WEB, Place::Derived;
    Pkce = "require_pkce", Shape::Tick, WEB, Place::Oidc;
    Algorithm = "id_token_signed_response_alg", Shape::Choice(ALGORITHMS), PEOPLE, Place::Oidc;
    Audiences = "audiences", Shape::Lines, EACH, Place::Oidc;
}

impl Field {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
    /// Whether an application of this kind has it.
    pub fn is_of(self, kind: ClientType) -> bool {
        self.kinds().contains(&kind)
    }
}

/// As it was typed. What belongs to other kinds is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    pub kind: ClientType,
    values: BTreeMap<Field, String>,
}

impl Typed {
    /// With what is right for most.
    pub fn new(kind: ClientType) -> Self {
        let mut typed = Self::blank(kind);
        match kind {
            ClientType::Confidential | ClientType::Public => typed.set(Field::Scopes, "openid\nprofile\nemail"),
            ClientType::Service => {}
        }
        typed.set(Field::Pkce, "1");
        typed.set(Field::Consent, "implied");
        typed.set(Field::Algorithm, "RS256");
        typed
    }

    /// Nothing at all.
    pub fn blank(kind: ClientType) -> Self {
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

    /// One of the lines of a field, each without the blanks around it.
    pub fn lines(&self, field: Field) -> impl Iterator<Item = &str> {
        self.get(field).lines().map(str::trim).filter(|line| !line.is_empty())
    }

    /// What the form says, over what stands in the file: the keys of the application, and its table `oidc`.
    pub fn write_over(&self, application: &mut Map<String, Value>, oidc: &mut Map<String, Value>) {
        for field in self.fields() {
            let file = match field.place() {
                Place::Application => &mut *application,
                Place::Oidc => &mut *oidc,
                Place::Derived => continue,
            };
            file.remove(field.name());
            let value = written(field.shape(), self.get(field));
            // Without any it would have the usual ones.
            let value = value.or_else(|| (field == Field::Scopes).then(|| Value::Array(Vec::new())));
            if let Some(value) = value {
                file.insert(field.name().to_owned(), value);
            }
        }
        oidc.insert("type".to_owned(), self.kind.name().into());
    }

    /// What stands in the file, as the form shows it.
    pub fn of(kind: ClientType, application: &Map<String, Value>, oidc: &Map<String, Value>) -> Self {
        let mut typed = Self::blank(kind);
        for field in Field::ALL.iter().copied().filter(|field| field.is_of(kind)) {
            let file = match field.place() {
                Place::Application => application,
                Place::Oidc => oidc,
                Place::Derived => continue,
            };
            match (file.get(field.name()), field.shape()) {
                (Some(Value::Null) | None, _) => {}
                (Some(value @ Value::Object(_)), Shape::Text) => {
                    typed.set(field, &serde_json::to_string_pretty(value).unwrap_or_default());
                }
                (Some(value), _) => typed.set(field, &shown(value)),
            }
        }
        typed
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// And which of several lines, if it is one.
    Wrong(Field, Option<String>),
    /// Another application has it.
    Taken,
}

impl Fault {
    pub fn field(&self) -> Field {
        match self {
            Self::Wrong(field, _) => *field,
            Self::Taken => Field::Id,
        }
    }
}

/// How it proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// With a secret.
    Secret,
    /// With a key of its own that is found there.
    KeysAt(String),
    /// With a key of its own that was pasted.
    Keys,
    /// Not at all: each sign-in is tied to it by PKCE.
    Nothing,
}

/// What an application will be able to do, for a person to judge before it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// Where people return to. `None`: nobody signs in to it.
    pub people: Option<Vec<String>>,
    pub require_role: Option<String>,
    pub consent: ConsentMode,
    pub scopes: Vec<String>,
    /// Whether it gets tokens for itself.
    pub own_tokens: bool,
    pub proof: Proof,
    /// A code may be redeemed without proof that it went to whoever asked for it.
    pub without_pkce: bool,
    /// Where it is told that a session has ended.
    pub told_of_sign_out: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_comes_back_as_it_was_typed() {
        for kind in ClientType::ALL {
            let mut typed = Typed::new(kind);
            typed.set(Field::Id, "shop");
            typed.set(Field::RedirectUris, "https://a.example/cb\nhttps://b.example/cb");
            typed.set(Field::Auth, "private_key_jwt");
            typed.set(Field::Pkce, "");
            typed.set(Field::Role, "buyer");
            let (mut application, mut oidc) = (Map::new(), Map::new());
            typed.write_over(&mut application, &mut oidc);
            assert_eq!(oidc["type"], kind.name());
            assert_eq!(oidc.contains_key("redirect_uris"), kind != ClientType::Service);
            assert_eq!(application.contains_key("require_role"), kind != ClientType::Service);
            let (mut again, mut table) = (Map::new(), Map::new());
            Typed::of(kind, &application, &oidc).write_over(&mut again, &mut table);
            assert_eq!((application, oidc), (again, table));
        }
    }

    #[test]
    fn what_the_form_has_no_field_for_stays_and_no_scope_is_not_the_usual_scopes() {
        let mut oidc = Map::from_iter([("backchannel_logout_uri".to_owned(), Value::from("https://a.example/out"))]);
        let mut typed = Typed::new(ClientType::Public);
        typed.set(Field::Scopes, "");
        typed.write_over(&mut Map::new(), &mut oidc);
        assert_eq!(oidc["backchannel_logout_uri"], "https://a.example/out");
        assert_eq!(oidc["scopes"], Value::Array(Vec::new()));
    }

    #[test]
    fn pasted_keys_are_shown_as_they_can_be_pasted_again() {
        let oidc = Map::from_iter([("jwks".to_owned(), serde_json::json!({ "keys": [{ "kty": "EC" }] }))]);
        let typed = Typed::of(ClientType::Service, &Map::new(), &oidc);
        let read: Value = serde_json::from_str(typed.get(Field::Jwks)).unwrap();
        assert_eq!(read, oidc["jwks"]);
    }
}
