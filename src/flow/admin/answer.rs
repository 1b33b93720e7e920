//! What a command answers: plain data, printed as a table or as JSON. No secret is ever part of it, but for mails that
//! nobody else would hand over, and a link that was asked for.

use serde::{Deserialize, Serialize};

use crate::domain::Time;
use crate::domain::help::Help;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::mail::Letter;
use crate::domain::policy::Policy;
use crate::domain::saml::{Binding, NameIdKind, Preset, SignatureAlg};
use crate::domain::signing::KeyUse;
use crate::domain::time_zone::TimeZone;
use crate::domain::user::Profile;
use crate::domain::wsfed::TokenType;

use super::declared::Problem;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Applied(Applied),
    Tenants(Vec<TenantRow>),
    Tenant(Box<TenantDetail>),
    Users(Vec<UserRow>),
    User(Box<UserDetail>),
    Applications(Vec<ApplicationRow>),
    Application(Box<ApplicationDetail>),
    IdentityProviders(Vec<IdentityProviderRow>),
    IdentityProvider(Box<IdentityProviderDetail>),
    Keys(Vec<KeyRow>),
    Events(Vec<EventRow>),
    Verified(Verified),
    Mails(Vec<MailRow>),
    Notices(Vec<NoticeRow>),
    Link(Box<LinkAnswer>),
}

/// What `apply` did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub dry_run: bool,
    pub changes: Vec<Change>,
    pub warnings: Vec<Problem>,
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub tenant: String,
    /// "tenant", "user" or "application".
    pub kind: String,
    pub id: String,
    pub action: Action,
    /// The fields that differ. Values of secrets and of people's data are not repeated.
    #[serde(default)]
    pub fields: Vec<FieldChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Created,
    Changed,
    Unchanged,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantRow {
    pub slug: String,
    pub id: String,
    pub status: String,
    pub hosts: Vec<String>,
    pub created_at: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantDetail {
    #[serde(flatten)]
    pub row: TenantRow,
    pub name: String,
    pub issuer: String,
    pub languages: Vec<String>,
    pub time_zone: String,
    pub playground: bool,
    #[serde(default)]
    pub broker: bool,
    #[serde(default)]
    pub help: Help,
    pub users: u64,
    pub applications: u64,
    pub policy: Policy,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRow {
    pub username: String,
    pub id: String,
    pub email: Option<String>,
    pub name: String,
    pub roles: Vec<String>,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDetail {
    #[serde(flatten)]
    pub row: UserRow,
    pub email_verified: bool,
    pub locale: Option<String>,
    pub groups: Vec<String>,
    pub profile: Profile,
    pub has_password: bool,
    pub locked_until: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// What should be thought about in what was just done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationRow {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub require_role: Option<String>,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityProviderRow {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub enabled: bool,
    pub domains: Vec<String>,
    /// People who can come from it.
    pub people: u64,
    pub last_sign_in: Option<Time>,
}

/// In the words of the declarative file, as far as it is not told by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityProviderDetail {
    pub provider: IdentityProvider,
    /// The secret itself is told to nobody.
    pub has_secret: bool,
    pub people: u64,
    pub last_sign_in: Option<Time>,
    /// What it has to know of us, each with its address.
    pub register_there: Vec<(String, String)>,
}

/// In the words of the declarative file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationDetail {
    #[serde(flatten)]
    pub row: ApplicationRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<String>,
    #[serde(flatten)]
    pub protocol: ProtocolDetail,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProtocolDetail {
    Oidc(Box<OidcDetail>),
    Saml(Box<SamlDetail>),
    Wsfed(Box<WsfedDetail>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stands alone, as in the file")]
pub struct SamlDetail {
    pub entity_id: String,
    pub acs: Vec<AcsDetail>,
    pub slo: Vec<SloDetail>,
    /// They verify what it signs.
    pub certificates: Vec<CertificateRow>,
    /// Assertions are encrypted for the first that can be used.
    pub encryption_certificates: Vec<CertificateRow>,
    pub require_signed_requests: bool,
    pub sign_response: bool,
    pub sign_assertion: bool,
    pub encrypt_assertion: bool,
    pub signature_algorithm: SignatureAlg,
    pub name_id: NameIdKind,
    pub attributes: Vec<AttributeDetail>,
    pub preset: Preset,
    pub idp_initiated: bool,
    pub relay_state: Option<String>,
    pub metadata_url: Option<String>,
    pub metadata_certificates: Vec<CertificateRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcsDetail {
    pub url: String,
    pub binding: Binding,
    pub index: u16,
    pub default: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SloDetail {
    pub url: String,
    pub binding: Binding,
    pub response_url: Option<String>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CertificateRow {
    pub subject: String,
    /// SHA-256, in hexadecimal.
    pub fingerprint: String,
    pub not_after: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeDetail {
    pub name: String,
    pub claim: Option<String>,
    pub value: Option<Vec<String>>,
    pub name_format: Option<String>,
    pub friendly_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WsfedDetail {
    pub realm: String,
    pub reply_urls: Vec<String>,
    pub token_type: TokenType,
    pub signature_algorithm: SignatureAlg,
    pub name_id: NameIdKind,
    pub attributes: Vec<AttributeDetail>,
    pub encryption_certificate: Option<CertificateRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OidcDetail {
    pub token_endpoint_auth_method: Option<String>,
    pub has_secret: bool,
    pub jwks: Option<serde_json::Value>,
    pub jwks_uri: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    pub scopes: Vec<String>,
    pub grant_types: Vec<String>,
    pub require_pkce: bool,
    pub consent: String,
    pub id_token_signed_response_alg: String,
    pub audiences: Vec<String>,
    #[serde(default)]
    pub policy_uri: Option<String>,
    #[serde(default)]
    pub tos_uri: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyRow {
    pub id: String,
    #[serde(rename = "use")]
    pub usage: KeyUse,
    #[serde(rename = "type")]
    pub kind: String,
    pub state: String,
    pub created_at: Time,
    pub activated_at: Option<Time>,
    pub retired_at: Option<Time>,
    /// Of those with a certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    pub sequence: u64,
    pub at: Time,
    pub kind: String,
    pub outcome: String,
    pub actor: String,
    pub user: Option<String>,
    pub username: Option<String>,
    pub application: Option<String>,
    pub session: Option<String>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    /// The id that the request's answer and log lines carry.
    pub request_id: Option<String>,
    pub details: std::collections::BTreeMap<String, String>,
    /// Chains the row to the one before.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    pub tenant: String,
    pub rows: u64,
    /// `None`: nothing was edited, removed or put in another order.
    pub first_break: Option<Break>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Break {
    pub sequence: u64,
    pub reason: String,
}

/// A mail in the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailRow {
    pub id: String,
    /// "queued", "sent" or "dead".
    pub state: String,
    pub kind: String,
    pub recipient: String,
    pub attempts: u32,
    pub error: Option<String>,
    pub created_at: Time,
    pub due_at: Time,
    pub expires_at: Option<Time>,
    pub ended_at: Option<Time>,
    pub tenant_name: String,
    #[serde(default)]
    pub time_zone: TimeZone,
    /// What it says; only where there is no mail server to hand it to.
    pub letter: Option<Letter>,
}

/// What a letter confides is compared by nobody.
impl PartialEq for MailRow {
    fn eq(&self, other: &Self) -> bool {
        let key = |row: &Self| (row.id.clone(), row.state.clone(), row.attempts, row.due_at);
        key(self) == key(other)
    }
}

/// A notice to an application that a session has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeRow {
    pub id: String,
    /// "queued", "sent" or "dead".
    pub state: String,
    pub application: String,
    /// The person's id; the application knows it as `sub`.
    pub user: String,
    pub session: String,
    pub attempts: u32,
    pub error: Option<String>,
    pub created_at: Time,
    pub due_at: Time,
    pub ended_at: Option<Time>,
}

/// A link that was asked for, for whoever is at the host to hand over.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkAnswer {
    pub username: String,
    pub link: String,
    pub expires_at: Time,
}

impl std::fmt::Debug for LinkAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkAnswer")
    }
}
