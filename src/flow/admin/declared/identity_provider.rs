//! The `identity_provider` section: where a tenant's people come from. What a kind needs is filled in, what it cannot have
//! is refused; a key that nothing obeys is never taken.

mod saml;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::crypto::certificate::write_pem;
use crate::domain::Time;
use crate::domain::doubt::Doubt;
use crate::domain::identity_provider::{
    ClaimMap, GOOGLE, IdentityProvider, Kind, OidcUpstream, Protocol, ProviderAuth, UpstreamLogout, is_directory_id,
};
use crate::domain::ids::IdpId;
use crate::domain::saml::NameIdKind;
use crate::domain::user::Role;

use super::check::{Notes, host_name, is_local, web_address};
use super::{AuthMethod, OneOrMany, SecretText};

/// An upstream identity provider. It is declared whole: a key that is absent has its default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityProviderEntry {
    /// The name in URLs: lower-case letters, digits and hyphens.
    #[schemars(required)]
    pub id: Option<String>,
    /// As people see it. Absent: the id.
    pub name: Option<String>,
    #[schemars(required)]
    pub kind: Option<KindEntry>,
    /// Absent: as it is; a new one is enabled.
    pub enabled: Option<bool>,
    /// To the letter. Absent for "google": https://accounts.google.com.
    pub issuer: Option<String>,
    /// Needed but for "saml".
    pub client_id: Option<String>,
    /// Needed once more whenever the issuer changes.
    pub client_secret: Option<SecretText>,
    /// A file with it, relative to this one.
    pub client_secret_file: Option<String>,
    /// "client_secret_basic" (the default), "client_secret_post", or "private_key_jwt": signed with a key of the tenant's
    /// that the provider fetches from the tenant's /oauth2/jwks; there is no secret then.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Absent: openid, profile and email.
    pub scopes: Option<Vec<String>>,
    /// Sent along with each request to sign in.
    pub parameters: BTreeMap<String, String>,
    /// Asked for, the best liked first. For "saml": authentication contexts.
    pub acr_values: Vec<String>,
    /// Whoever types an address in one of these is sent there.
    pub domains: Vec<String>,
    /// Whether whoever arrives for the first time gets an account. Absent: false.
    pub create_users: Option<bool>,
    /// Whether whoever arrives for the first time may sign in to an account here and link it. Absent: false.
    pub link_users: Option<bool>,
    /// Whether its word that it has seen two factors counts. Absent: false.
    pub trust_mfa: Option<bool>,
    /// The values of `amr` or `acr` by which it says so. Absent: "mfa". For "saml": values of `AuthnContextClassRef`;
    /// absent: those of REFEDS and Entra.
    pub mfa_values: Option<Vec<String>>,
    /// Asked for instead of `acr_values` where policy or an application wants two factors.
    pub mfa_acr_values: Vec<String>,
    /// The claim that `role_claims` are values of. Absent: "groups".
    pub role_claim: Option<String>,
    /// The roles that it can give, by the value that gives them.
    pub role_claims: BTreeMap<String, String>,
    /// The claim that `group_claims` are values of. Absent: "groups".
    pub group_claim: Option<String>,
    /// The groups that it can give, by the value that gives them.
    pub group_claims: BTreeMap<String, String>,
    /// The claims that people's details are read from, where they are others than usual.
    pub claims: ClaimsEntry,
    /// "none" (the default): whoever signs out here stays signed in there, and is told so. "upstream": is sent on and
    /// signed out there too.
    pub logout: Option<LogoutEntry>,
    /// For "entra": directories (`tid`) that may sign in. Needed where the issuer is of several.
    pub tenants: Vec<String>,
    /// For "google": organisations (`hd`) that may sign in. Absent: everybody with an account there.
    pub hosted_domains: Vec<String>,
    /// For "saml": its metadata, XML.
    pub metadata: Option<String>,
    /// A file with it, relative to this one.
    pub metadata_file: Option<String>,
    /// For "saml": PEM, one or several: one of them has to have signed its metadata; a federation's, for instance. Absent:
    /// signatures on it are not looked at.
    pub metadata_certificates: Option<OneOrMany>,
    /// A file with them, relative to this one.
    pub metadata_certificates_file: Option<String>,
    /// For "saml" without metadata: its name; beside metadata that describes several: which of them.
    pub entity_id: Option<String>,
    /// For "saml" without metadata: where requests go by HTTP-Redirect.
    pub sso: Option<String>,
    /// For "saml" without metadata: where logout messages go by HTTP-Redirect.
    pub slo: Option<String>,
    /// For "saml" without metadata: PEM, one or several, any of which may sign its answers.
    pub certificates: Option<OneOrMany>,
    /// A file with them, relative to this one.
    pub certificates_file: Option<String>,
    /// For "saml": how it is asked to name people. Absent: "persistent".
    pub name_id: Option<NameIdKind>,
    /// For "saml": the attribute that people are known by. Absent: the name, in the format of `name_id`.
    pub subject: Option<String>,
    /// For "saml": whether requests are signed. Absent: true.
    pub sign_requests: Option<bool>,
}

/// Upstream claims by what they tell here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimsEntry {
    /// Absent: preferred_username.
    pub username: Option<String>,
    /// Absent: email. An address of another claim is never taken as verified.
    pub email: Option<String>,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindEntry {
    Oidc,
    Entra,
    Google,
    Saml,
}

/// Names that the pages of the administration have beside those of providers.
const RESERVED_IDS: [&str; 1] = ["new"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogoutEntry {
    None,
    Upstream,
}

/// Parameters that the protocol itself sets, or that would change what the answer is.
const OWN: [&str; 18] = [
    "acr_values",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "hd",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Claims that are the protocol's own: about the token and the sign-in, not about the person.
const RESERVED: [&str; 20] = [
    "_claim_names",
    "_claim_sources",
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "s_hash",
    "sid",
    "sub",
    "typ",
];

/// What a provider shall be: all of it, but for what only the store knows.
#[derive(Clone, Debug)]
pub struct IdentityProviderPlan {
    pub path: String,
    /// `None`: as it is.
    pub enabled: Option<bool>,
    provider: IdentityProvider,
    /// `None`: as it is.
    pub secret: Option<SecretText>,
    /// Until when its metadata is valid by its own word.
    pub valid_until: Option<Time>,
    /// What its metadata gives to think about.
    pub doubts: Vec<Doubt>,
}

impl IdentityProviderPlan {
    pub fn id(&self) -> &IdpId {
        &self.provider.id
    }

    /// What it becomes.
    pub fn merge(&self, stands: Option<&IdentityProvider>) -> IdentityProvider {
        let enabled = self.enabled.or(stands.map(|provider| provider.enabled)).unwrap_or(true);
        IdentityProvider { enabled, ..self.provider.clone() }
    }

    /// Whether a secret that is kept may be sent to where this one says (a secret is never sent to a new address unseen).
    pub fn keeps_address_of(&self, stands: &IdentityProvider) -> bool {
        match (&self.provider.protocol, &stands.protocol) {
            (Protocol::Oidc(new), Protocol::Oidc(old)) => {
                new.issuer == old.issuer && new.client_id == old.client_id && stands.has_secret()
            }
            (Protocol::Saml(_), _) | (_, Protocol::Saml(_)) => false,
        }
    }

    /// Whether it proves itself with a secret, given now or before.
    pub fn needs_secret(&self) -> bool {
        self.provider.has_secret()
    }

    pub fn domains(&self) -> impl Iterator<Item = &String> {
        self.provider.domains.iter()
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, mut entry: IdentityProviderEntry) -> Option<IdentityProviderPlan> {
    let at = |key: &str| format!("{path}.{key}");
    let id = notes.named(path, "id", entry.id.as_deref(), IdpId::parse);
    if id.as_ref().is_some_and(|id| RESERVED_IDS.contains(&id.as_str())) {
        notes.refuse(&at("id"), "is the name of a page of the administration: choose another");
    }
    let named = entry.name.take();
    let is_named = named.is_some();
    let name = named.and_then(|name| notes.text(&at("name"), name, 100));
    let is_saml = entry.kind == Some(KindEntry::Saml);
    let domains: BTreeSet<String> = notes.list(&at("domains"), &entry.domains, host_name).into_iter().collect();
    let role_claims = roles(notes, &at("role_claims"), std::mem::take(&mut entry.role_claims));
    let role_claim = entry.role_claim.take().unwrap_or_else(|| "groups".to_owned());
    let role_claim = claim(notes, &at("role_claim"), role_claim);
    let group_claims = groups(notes, &at("group_claims"), std::mem::take(&mut entry.group_claims));
    let group_claim = entry.group_claim.take().unwrap_or_else(|| "groups".to_owned());
    let group_claim = claim(notes, &at("group_claim"), group_claim);
    let claims = claim_map(notes, &at("claims"), std::mem::take(&mut entry.claims));
    let usual: &[&str] = if is_saml { &saml::MFA } else { &["mfa"] };
    let mfa = entry.mfa_values.take().unwrap_or_else(|| usual.iter().map(|value| (*value).to_owned()).collect());
    let stronger = std::mem::take(&mut entry.mfa_acr_values).into_iter();
    let mfa_acr_values = stronger.filter_map(|text| notes.text(&at("mfa_acr_values"), text, 200)).collect();
    let (enabled, secret) = (entry.enabled, entry.client_secret.take());
    let logout = entry.logout;
    let (create_users, link_users, trust_mfa) = (entry.create_users, entry.link_users, entry.trust_mfa);
    let (protocol, said) = if is_saml {
        saml::refuse_others(notes, path, &entry, secret.is_some());
        let (saml, said) = saml::upstream(notes, path, entry)?;
        (Protocol::Saml(Box::new(saml)), said)
    } else {
        saml::refuse_own(notes, path, &entry);
        (Protocol::Oidc(Box::new(oidc(notes, path, (entry, secret.as_ref()))?)), saml::Said::default())
    };
    let id = id?;
    let provider = IdentityProvider {
        name: if is_named { name? } else { said.own_name.clone().unwrap_or_else(|| id.to_string()) },
        id,
        enabled: true,
        domains,
        create_users: create_users.unwrap_or(false),
        link_users: link_users.unwrap_or(false),
        trust_mfa: trust_mfa.unwrap_or(false),
        mfa_acr_values,
        mfa_values: mfa.into_iter().filter_map(|text| notes.text(&at("mfa_values"), text, 200)).collect(),
        role_claim: role_claim?,
        role_claims,
        group_claim: group_claim?,
        group_claims,
        claims,
        logout: match logout {
            None | Some(LogoutEntry::None) => UpstreamLogout::None,
            Some(LogoutEntry::Upstream) => UpstreamLogout::Upstream,
        },
        protocol,
    };
    if provider.logout == UpstreamLogout::Upstream && !provider.may_sign_out() {
        notes.refuse(&at("logout"), "must be \"none\": the provider has no address where people are signed out");
    }
    let saml::Said { valid_until, doubts, .. } = said;
    Some(IdentityProviderPlan { path: path.to_owned(), enabled, provider, secret, valid_until, doubts })
}

fn oidc(
    notes: &mut Notes,
    path: &str,
    (entry, secret): (IdentityProviderEntry, Option<&SecretText>),
) -> Option<OidcUpstream> {
    let at = |key: &str| format!("{path}.{key}");
    let kind = kind(notes, &at("kind"), entry.kind);
    if entry.client_secret_file.is_some() {
        notes.refuse(&at("client_secret_file"), "can only be read by the command line, beside the file");
    }
    if secret.is_some_and(SecretText::is_empty) {
        notes.refuse(&at("client_secret"), "must not be empty");
    }
    if entry.client_id.is_none() {
        notes.refuse(&at("client_id"), "is missing");
    }
    let client_id = entry.client_id.and_then(|text| notes.text(&at("client_id"), text, 255));
    let auth = auth(notes, &at("token_endpoint_auth_method"), kind, entry.token_endpoint_auth_method);
    if auth == Some(ProviderAuth::PrivateKeyJwt) && secret.is_some() {
        notes.refuse(&at("client_secret"), "is not for token_endpoint_auth_method = \"private_key_jwt\"");
    }
    let issuer = issuer(notes, &at("issuer"), kind, entry.issuer);
    let scopes = scopes(notes, &at("scopes"), entry.scopes);
    for name in entry.parameters.keys().filter(|name| OWN.contains(&name.as_str())) {
        notes.refuse(&at("parameters"), format!("{name:?} is set by Portner itself"));
    }
    let tenants = tenants(notes, &at("tenants"), kind, &entry.tenants);
    if kind.is_some_and(|kind| kind != Kind::Google) && !entry.hosted_domains.is_empty() {
        notes.refuse(&at("hosted_domains"), "is only for kind = \"google\"");
    }
    let hosted = notes.list(&at("hosted_domains"), &entry.hosted_domains, host_name).into_iter().collect();
    let kind = kind?;
    let oidc = OidcUpstream {
        kind,
        issuer: issuer?,
        client_id: client_id?,
        token_endpoint_auth_method: auth?,
        scopes,
        parameters: entry.parameters,
        acr_values: entry.acr_values.into_iter().filter_map(|text| notes.text(&at("acr_values"), text, 200)).collect(),
        tenants,
        hosted_domains: hosted,
    };
    if oidc.is_shared() && oidc.tenants.is_empty() {
        notes.refuse(&at("tenants"), "must name the directories that may sign in, since the issuer is of all of them");
    }
    if kind == Kind::Google && oidc.hosted_domains.is_empty() && entry.create_users == Some(true) {
        notes.warn(&at("hosted_domains"), "is absent: everybody with an account at Google gets an account here");
    }
    Some(oidc)
}

/// A provider in the words of the file, as far as it can be told: its secret cannot.
pub fn as_written(provider: &IdentityProvider) -> Map<String, Value> {
    // Our own types are maps of texts and lists.
    let Ok(Value::Object(mut file)) = serde_json::to_value(provider) else { return Map::new() };
    file.retain(|_, value| !value.is_null());
    if let Some(saml) = provider.saml() {
        for (stored, written) in [("sign_on", "sso"), ("single_logout", "slo")] {
            if let Some(address) = file.remove(stored) {
                file.insert(written.to_owned(), address);
            }
        }
        for (key, list) in
            [("certificates", &saml.certificates), ("metadata_certificates", &saml.metadata_certificates)]
        {
            let texts: Vec<Value> = list.iter().map(|one| write_pem(one).into()).collect();
            file.insert(key.to_owned(), texts.into());
        }
    }
    file
}

/// `None`: said to be wrong.
fn kind(notes: &mut Notes, path: &str, said: Option<KindEntry>) -> Option<Kind> {
    match said {
        Some(KindEntry::Oidc) => Some(Kind::Oidc),
        Some(KindEntry::Entra) => Some(Kind::Entra),
        Some(KindEntry::Google) => Some(Kind::Google),
        Some(KindEntry::Saml) => None,
        None => {
            notes.refuse(path, "is missing");
            None
        }
    }
}

fn auth(notes: &mut Notes, path: &str, kind: Option<Kind>, said: Option<AuthMethod>) -> Option<ProviderAuth> {
    match said {
        None | Some(AuthMethod::ClientSecretBasic) => Some(ProviderAuth::ClientSecretBasic),
        Some(AuthMethod::ClientSecretPost) => Some(ProviderAuth::ClientSecretPost),
        // It takes only keys that are in a certificate which was handed to it, and names that in the header.
        Some(AuthMethod::PrivateKeyJwt) if kind == Some(Kind::Entra) => {
            notes.refuse(path, "\"private_key_jwt\" is not for kind = \"entra\": give it a client_secret");
            None
        }
        Some(AuthMethod::PrivateKeyJwt) => Some(ProviderAuth::PrivateKeyJwt),
        Some(AuthMethod::None) => {
            notes.refuse(path, "Portner always proves itself: give it a client_secret");
            None
        }
    }
}

fn issuer(notes: &mut Notes, path: &str, kind: Option<Kind>, said: Option<String>) -> Option<String> {
    let text = match (said, kind) {
        (Some(text), _) => text,
        (None, Some(Kind::Google)) => GOOGLE.to_owned(),
        (None, _) => {
            notes.refuse(path, "is missing");
            return None;
        }
    };
    let url = notes.parsed(path, &text, web_address)?;
    if url.query().is_some() {
        notes.refuse(path, "must not have a query");
        return None;
    }
    if url.scheme() == "http" && !is_local(&url) {
        notes.refuse(path, "must begin with https://, so that nobody on the way can be the provider");
        return None;
    }
    Some(text)
}

fn scopes(notes: &mut Notes, path: &str, said: Option<Vec<String>>) -> Vec<String> {
    let Some(said) = said else { return ["openid", "profile", "email"].map(str::to_owned).to_vec() };
    if !said.iter().any(|scope| scope == "openid") {
        notes.refuse(path, "must hold \"openid\"");
    }
    let fits = |text: &str| match crate::domain::oauth::Scope::parse(text) {
        Ok(scope) => Ok(scope.as_str().to_owned()),
        Err(fault) => Err(fault),
    };
    notes.list(path, &said, fits)
}

fn roles(notes: &mut Notes, path: &str, said: BTreeMap<String, String>) -> BTreeMap<String, Role> {
    let mut roles = BTreeMap::new();
    for (value, role) in said {
        if let Some(role) = notes.parsed(&format!("{path}.{value}"), &role, Role::parse) {
            roles.insert(value, role);
        }
    }
    roles
}

fn groups(notes: &mut Notes, path: &str, said: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let group = |(value, group)| Some((notes.text(&format!("{path}.{value}"), group, 128)?, value));
    said.into_iter().filter_map(group).map(|(group, value)| (value, group)).collect()
}

/// The name of a claim that something of a person can be read from.
fn claim(notes: &mut Notes, path: &str, name: String) -> Option<String> {
    if RESERVED.contains(&name.as_str()) {
        notes.refuse(path, format!("must not be {name:?}: the protocol says something else with it"));
        return None;
    }
    notes.text(path, name, 200)
}

fn claim_map(notes: &mut Notes, path: &str, said: ClaimsEntry) -> ClaimMap {
    let ClaimsEntry { username, email, name, given_name, family_name } = said;
    let mut read = |key: &str, said: Option<String>| said.and_then(|name| claim(notes, &format!("{path}.{key}"), name));
    ClaimMap {
        // The one thing that a subject may serve for.
        username: if username.as_deref() == Some("sub") { username } else { read("username", username) },
        email: read("email", email),
        name: read("name", name),
        given_name: read("given_name", given_name),
        family_name: read("family_name", family_name),
    }
}

fn tenants(notes: &mut Notes, path: &str, kind: Option<Kind>, said: &[String]) -> BTreeSet<String> {
    if kind.is_some_and(|kind| kind != Kind::Entra) && !said.is_empty() {
        notes.refuse(path, "is only for kind = \"entra\"");
    }
    let directory = |text: &str| {
        let text = text.to_lowercase();
        if is_directory_id(&text) { Ok(text) } else { Err("must be the id of a directory, a GUID") }
    };
    notes.list(path, said, directory).into_iter().collect()
}
