//! The declarative file: what it may say. Its JSON Schema is made from these structures.
//!
//! Every key is optional here, even a name: what is missing is reported by `check` together with everything
//! else that is wrong. `…_file` keys are replaced by their inline twins before the document is read; the
//! process that reads the file reads them, so that a running server never opens a path it was sent.

mod application;
mod check;
mod help;
mod identity_provider;
mod policy;
#[cfg(test)]
mod saml_tests;
mod secret;
#[cfg(test)]
mod tests;
mod user;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use application::{
    AcsBinding, AcsEntry, AcsTable, ApplicationPlan, AttributeEntry, AttributeTable, KeyMaterial, OneOrMany, SamlEntry,
    SloBinding, SloEntry, SloList, SloTable, WsfedEntry,
};
pub use check::{
    Checked, TenantPlan, check, host_name, is_local, plan_application, plan_identity_provider, plan_policy, plan_user,
};
pub use identity_provider::{IdentityProviderEntry, IdentityProviderPlan, as_written as provider_as_written};
pub use policy::PolicyPlan;
pub use secret::{SecretText, to_socket as secret_to_socket};
pub use user::{PasswordPlan, UserPlan};

/// The JSON Schema of the file, for editors and for the check of its shape.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Declaration>().to_value()
}

/// One thing that is wrong or doubtful in a declarative file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which of several documents, from 0.
    #[serde(default)]
    pub document: usize,
    /// `tenant[0].user[1].email`.
    pub path: String,
    pub message: String,
}

impl Problem {
    pub fn new(path: &str, message: impl std::fmt::Display) -> Self {
        Self { document: 0, path: path.to_owned(), message: message.to_string() }
    }

    #[must_use]
    pub fn of(self, document: usize) -> Self {
        Self { document, ..self }
    }
}

/// Portner's declarative file: tenants and what belongs to them. Objects that it does not mention are left alone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Portner declarative file")]
pub struct Declaration {
    /// The version of the format: 1.
    pub version: Option<u32>,
    pub tenant: Vec<TenantEntry>,
}

/// A customer organisation. Keys that are absent keep their value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TenantEntry {
    /// The name in URLs: lower-case letters, digits and hyphens.
    #[schemars(required)]
    pub slug: Option<String>,
    pub name: Option<String>,
    /// Offered languages; the first is the default.
    pub languages: Option<Vec<String>>,
    /// Host names of its own, e.g. "login.acme.example".
    pub hosts: Option<Vec<String>>,
    /// The zone whose clock its people read, e.g. "Europe/Stockholm".
    pub time_zone: Option<String>,
    /// Switches the built-in test application on.
    pub playground: Option<bool>,
    /// Broker mode: whoever comes from an identity provider is passed on to the application and forgotten when the last
    /// session ends. Only administrators have accounts.
    pub broker: Option<bool>,
    /// Where its people get help: the foot of every page.
    pub help: Option<HelpEntry>,
    pub policy: Option<PolicyEntry>,
    pub user: Vec<UserEntry>,
    pub application: Vec<ApplicationEntry>,
    pub identity_provider: Vec<IdentityProviderEntry>,
}

/// An empty text takes away what stands.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HelpEntry {
    /// E.g. "+45 70 10 20 30".
    pub phone: Option<String>,
    /// When somebody answers, e.g. "8–16".
    pub hours: Option<String>,
    /// Addresses of pages of the organisation, with https.
    pub page: Option<String>,
    pub privacy: Option<String>,
    pub accessibility: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyEntry {
    pub password: Option<PasswordPolicyEntry>,
    pub lockout: Option<LockoutEntry>,
    pub second_factor: Option<SecondFactorEntry>,
    pub session: Option<SessionEntry>,
    pub networks: Option<NetworksEntry>,
    pub sign_in: Option<SignInEntry>,
    /// Stricter rules for the users with a role; the strictest of all that apply to a user wins. The list replaces
    /// the one before.
    pub role: Option<Vec<RoleEntry>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordPolicyEntry {
    /// At least 8.
    pub min_length: Option<u32>,
    /// At least 64.
    pub max_length: Option<u32>,
    pub min_digits: Option<u32>,
    /// Characters that are neither letters nor digits.
    pub min_special: Option<u32>,
    pub min_upper: Option<u32>,
    pub min_lower: Option<u32>,
    pub refuse_common: Option<bool>,
    pub refuse_breached: Option<bool>,
    /// The person's own names and addresses, the tenant's name and `own_words`.
    pub refuse_own_words: Option<bool>,
    /// Names of the organisation, its products and places.
    pub own_words: Option<Vec<String>>,
    pub history: Option<u32>,
    /// A duration, or "never".
    pub max_age: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LockoutEntry {
    pub failures: Option<u32>,
    /// The first lock; each further one in a row lasts twice as long.
    pub duration: Option<String>,
    pub longest: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecondFactorEntry {
    /// Who cannot sign in without one.
    pub required: Option<crate::domain::policy::Requirement>,
    pub methods: Option<Vec<crate::domain::policy::SecondFactorMethod>>,
    pub remember_device: Option<String>,
    /// How long a person may do without after the first sign-in under the rule: "0s", "14d".
    pub grace: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionEntry {
    /// A duration, or "off".
    pub idle: Option<String>,
    /// A duration, or "off".
    pub absolute: Option<String>,
}

/// Networks from which sign-ins may come, e.g. "10.0.0.0/8". Empty: from anywhere.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworksEntry {
    pub everyone: Option<Vec<String>>,
    /// For administrators, beside the rule for everyone.
    pub administrators: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignInEntry {
    /// Who may sign in with a password of this tenant: "everyone", or only "administrators" while all others come from
    /// an identity provider.
    pub local: Option<crate::domain::policy::LocalSignIn>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleEntry {
    #[schemars(required)]
    pub role: Option<String>,
    pub password: Option<RolePasswordEntry>,
    pub second_factor: Option<RoleSecondFactorEntry>,
    pub session: Option<SessionEntry>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RolePasswordEntry {
    pub min_length: Option<u32>,
    pub max_length: Option<u32>,
    pub min_digits: Option<u32>,
    pub min_special: Option<u32>,
    pub min_upper: Option<u32>,
    pub min_lower: Option<u32>,
    pub refuse_common: Option<bool>,
    pub refuse_breached: Option<bool>,
    pub refuse_own_words: Option<bool>,
    pub history: Option<u32>,
    /// A duration, or "never".
    pub max_age: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSecondFactorEntry {
    pub required: Option<bool>,
    /// Only these of the methods for everyone.
    pub methods: Option<Vec<crate::domain::policy::SecondFactorMethod>>,
    pub remember_device: Option<String>,
    pub grace: Option<String>,
}

/// A person. Keys that are absent keep their value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserEntry {
    #[schemars(required)]
    pub username: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub middle_name: Option<String>,
    pub nickname: Option<String>,
    /// The address of a page about the person.
    pub profile: Option<String>,
    pub picture: Option<String>,
    pub website: Option<String>,
    pub gender: Option<String>,
    /// YYYY-MM-DD, 0000-MM-DD or YYYY.
    pub birthdate: Option<String>,
    pub zoneinfo: Option<String>,
    pub phone_number: Option<String>,
    pub phone_number_verified: Option<bool>,
    pub address: Option<crate::domain::user::Address>,
    /// "da", "sv", "nb" or "en".
    pub locale: Option<String>,
    /// "admin", "auditor" and "helpdesk" are built in; others are the tenant's own.
    pub roles: Option<Vec<String>>,
    pub groups: Option<Vec<String>>,
    /// `false`: the person cannot sign in, and everything the person had open is ended.
    pub enabled: Option<bool>,
    pub password: Option<SecretText>,
    /// A file with the password, relative to this one.
    pub password_file: Option<String>,
    /// An imported hash: argon2, bcrypt, scrypt or PBKDF2. Upgraded at the next sign-in.
    pub password_hash: Option<SecretText>,
    /// The secret of an authenticator app that the person has already, in base32; for migration and tests.
    pub totp_secret: Option<SecretText>,
    /// A file with it, relative to this one.
    pub totp_secret_file: Option<String>,
}

/// A relying party. It is declared whole: a key that is absent has its default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicationEntry {
    /// The `client_id`.
    #[schemars(required)]
    pub id: Option<String>,
    pub name: Option<String>,
    /// Only users with this role may sign in to it. Absent: everyone.
    pub require_role: Option<String>,
    /// Whoever comes from it signs in at this identity provider. Absent: as they choose.
    pub identity_provider: Option<String>,
    /// Absent: as it is; a new application is enabled.
    pub enabled: Option<bool>,
    pub oidc: Option<OidcEntry>,
    pub saml: Option<Box<SamlEntry>>,
    pub wsfed: Option<Box<WsfedEntry>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OidcEntry {
    /// Absent: "confidential".
    #[serde(rename = "type")]
    pub kind: Option<crate::domain::application::ClientType>,
    pub secret: Option<SecretText>,
    /// A file with the secret, relative to this one.
    pub secret_file: Option<String>,
    /// Absent: the secret is taken by basic and by post; a public application has none.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// For "private_key_jwt": the public keys, as a JWK Set (a table, a list of keys, or JSON in a text).
    pub jwks: Option<Jwks>,
    pub jwks_uri: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    /// Absent: openid, profile and email; for a service: none.
    pub scopes: Option<Vec<String>>,
    /// Absent: authorization_code, with refresh_token where offline_access is among the scopes; for a service:
    /// client_credentials.
    pub grant_types: Option<Vec<crate::domain::oauth::GrantType>>,
    /// Absent: true. Only a confidential application may do without.
    pub require_pkce: Option<bool>,
    /// Absent: "implied".
    pub consent: Option<crate::domain::application::ConsentMode>,
    /// Absent: "RS256".
    pub id_token_signed_response_alg: Option<crate::domain::signing::SigningAlg>,
    /// Resource servers that access tokens of this application name in `aud`.
    pub audiences: Vec<String>,
    /// Its privacy policy: whoever is asked for consent is shown the way there.
    pub policy_uri: Option<String>,
    /// Its terms of use, likewise.
    pub tos_uri: Option<String>,
}

/// `token_endpoint_auth_method` (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Jwks {
    Text(String),
    Keys(Vec<serde_json::Map<String, Value>>),
    Set(serde_json::Map<String, Value>),
}
