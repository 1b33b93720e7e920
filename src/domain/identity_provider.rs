//! An upstream identity provider: where people of a tenant sign in instead of here (IN-8). The kinds differ in how they
//! name themselves and their people; what each of them gets wrong stands in this file and in `protocol::oidc::upstream`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ids::IdpId;
use super::saml::{CertificateDer, Endpoint, EntityId, NameIdKind};
use super::user::Role;

/// The dialects of OpenID Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Anything that speaks OpenID Connect as it is written.
    Oidc,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
}

pub const GOOGLE: &str = "https://accounts.google.com";

/// How we prove ourselves to it (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderAuth {
    ClientSecretBasic,
    ClientSecretPost,
    /// With a key of the tenant's, whose public half it fetches (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl ProviderAuth {
    /// Whether there is a secret that both sides know.
    pub fn has_secret(self) -> bool {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => true,
            Self::PrivateKeyJwt => false,
        }
    }

    /// In the words of the specification.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stands alone, as in the file")]
pub struct IdentityProvider {
    pub id: IdpId,
    /// As people see it on the button.
    pub name: String,
    pub enabled: bool,
    /// Whoever types an address in one of these is sent there. Lower case.
    pub domains: BTreeSet<String>,
    /// Whether whoever arrives for the first time gets an account.
    pub create_users: bool,
    /// Whether whoever arrives for the first time may sign in to an account here and link it.
    #[serde(default)]
    pub link_users: bool,
    /// Whether its word that it has seen two factors counts here.
    pub trust_mfa: bool,
    /// The values of `amr` or `acr` by which it says so.
    pub mfa_values: BTreeSet<String>,
    /// Asked for instead of the usual `acr_values` where two factors are wanted. Empty: the same.
    #[serde(default)]
    pub mfa_acr_values: Vec<String>,
    /// The claim that roles are read from.
    pub role_claim: String,
    /// The only roles that it can give, by the value that gives them.
    pub role_claims: BTreeMap<String, Role>,
    /// The claim that groups are read from.
    #[serde(default = "groups")]
    pub group_claim: String,
    /// The only groups that it can give, by the value that gives them.
    #[serde(default)]
    pub group_claims: BTreeMap<String, String>,
    #[serde(default)]
    pub claims: ClaimMap,
    /// What becomes of the sign-in there when somebody signs out here.
    #[serde(default)]
    pub logout: UpstreamLogout,
    /// What it speaks. In the stored document its fields stand beside the others.
    #[serde(flatten)]
    pub protocol: Protocol,
}

fn groups() -> String {
    "groups".to_owned()
}

/// The claims (for SAML: attributes) that what is known of a person is read from, where they are others than usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimMap {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
}

/// How far a sign-out reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamLogout {
    /// The person stays signed in there, and is told so.
    #[default]
    None,
    /// The browser is sent on, and signed out there too.
    Upstream,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Protocol {
    Oidc(Box<OidcUpstream>),
    Saml(Box<SamlUpstream>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcUpstream {
    pub kind: Kind,
    /// To the letter; its discovery document is below it.
    pub issuer: String,
    pub client_id: String,
    pub token_endpoint_auth_method: ProviderAuth,
    pub scopes: Vec<String>,
    /// Sent along with each authorization request.
    pub parameters: BTreeMap<String, String>,
    pub acr_values: Vec<String>,
    /// Entra: directories (`tid`) that may sign in. Empty: the one of the issuer.
    pub tenants: BTreeSet<String>,
    /// Google: organisations (`hd`) that may sign in. Empty: everybody, consumers too.
    pub hosted_domains: BTreeSet<String>,
}

/// The word `saml` in the stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SamlKind {
    Saml,
}

/// A SAML 2.0 identity provider, as its metadata describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlUpstream {
    pub kind: SamlKind,
    pub entity_id: EntityId,
    /// Where a request goes by redirect.
    pub sign_on: Endpoint,
    /// Where a logout goes by redirect; `None`: it knows none.
    #[serde(rename = "single_logout")]
    pub logout: Option<Endpoint>,
    /// What its answers may be signed with.
    pub certificates: Vec<CertificateDer>,
    /// How it is asked to name people.
    #[serde(default = "persistent")]
    pub name_id: NameIdKind,
    /// The attribute that people are known by; `None`: the name, in the format above.
    #[serde(default)]
    pub subject: Option<String>,
    /// Whether requests are signed.
    #[serde(default = "yes")]
    pub sign_requests: bool,
    /// Authentication contexts that are asked for.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// One of these has to have signed its metadata. None: nobody has to.
    #[serde(default)]
    pub metadata_certificates: Vec<CertificateDer>,
}

fn persistent() -> NameIdKind {
    NameIdKind::Persistent
}

fn yes() -> bool {
    true
}

/// What Entra writes where a directory's id is to be put.
const TEMPLATE: &str = "{tenantid}";

/// Directory names that stand for many directories.
const SHARED: [&str; 2] = ["common", "organizations"];

impl IdentityProvider {
    /// The roles that it may give, all of them.
    pub fn grantable(&self) -> BTreeSet<Role> {
        self.role_claims.values().cloned().collect()
    }

    /// The groups that it may give, all of them.
    pub fn grantable_groups(&self) -> BTreeSet<String> {
        self.group_claims.values().cloned().collect()
    }

    /// The roles that these values of the claim give: those of the configuration and no others.
    pub fn roles_by<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> BTreeSet<Role> {
        values.into_iter().filter_map(|value| self.role_claims.get(value).cloned()).collect()
    }

    pub fn groups_by<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        values.into_iter().filter_map(|value| self.group_claims.get(value).cloned()).collect()
    }

    /// Whether an address of this domain belongs to it. A provider that is switched off has none.
    pub fn serves(&self, domain: &str) -> bool {
        self.enabled && self.domains.contains(&domain.to_lowercase())
    }

    /// Whether a secret is to be kept of it.
    pub fn has_secret(&self) -> bool {
        self.oidc().is_some_and(|oidc| oidc.token_endpoint_auth_method.has_secret())
    }

    /// Whether it may have a place where people sign out. Google has none.
    pub fn may_sign_out(&self) -> bool {
        match &self.protocol {
            Protocol::Oidc(oidc) => oidc.kind != Kind::Google,
            Protocol::Saml(saml) => saml.logout.is_some(),
        }
    }

    /// The levels of assurance that are asked of it.
    pub fn acr_values(&self, two_factors: bool) -> &[String] {
        if two_factors && !self.mfa_acr_values.is_empty() {
            return &self.mfa_acr_values;
        }
        match &self.protocol {
            Protocol::Oidc(oidc) => &oidc.acr_values,
            Protocol::Saml(saml) => &saml.acr_values,
        }
    }

    /// How it speaks OpenID Connect, if it does.
    pub fn oidc(&self) -> Option<&OidcUpstream> {
        match &self.protocol {
            Protocol::Oidc(oidc) => Some(oidc),
            Protocol::Saml(_) => None,
        }
    }

    /// How it speaks SAML, if it does.
    pub fn saml(&self) -> Option<&SamlUpstream> {
        match &self.protocol {
            Protocol::Oidc(_) => None,
            Protocol::Saml(saml) => Some(saml),
        }
    }

    /// Where a browser is sent to sign in, as far as it is known here.
    pub fn address(&self) -> &str {
        match &self.protocol {
            Protocol::Oidc(oidc) => &oidc.issuer,
            Protocol::Saml(saml) => saml.sign_on.as_str(),
        }
    }
}

impl OidcUpstream {
    /// Whether a discovery document that names this issuer is its own. Exact but for Entra, which calls itself otherwise
    /// than where it is found.
    pub fn is_issuer(&self, found: &str) -> bool {
        let exact = found == self.issuer;
        match self.kind {
            Kind::Oidc | Kind::Google => exact,
            Kind::Entra => exact || self.entra_aliases().iter().any(|alias| alias == found),
        }
    }

    /// Entra: whether people of several directories come through this issuer.
    pub fn is_shared(&self) -> bool {
        self.kind == Kind::Entra
            && entra_parts(&self.issuer).is_some_and(|(_, directory, _)| SHARED.contains(&directory))
    }

    fn entra_aliases(&self) -> Vec<String> {
        let Some((root, directory, version)) = entra_parts(&self.issuer) else { return Vec::new() };
        let named = if SHARED.contains(&directory) { TEMPLATE } else { directory };
        match version {
            "v2.0" => vec![format!("{root}/{named}/v2.0")],
            // Its first version has an issuer of its own, with a slash at the end; China's cloud has another.
            _ if root.rsplit('.').next() == Some("cn") => vec![format!("https://sts.chinacloudapi.cn/{named}/")],
            _ => vec![format!("https://sts.windows.net/{named}/")],
        }
    }
}

/// `https://login.microsoftonline.com`, directory, version if any.
fn entra_parts(issuer: &str) -> Option<(&str, &str, &str)> {
    let (rest, version) = match issuer.strip_suffix("/v2.0") {
        Some(rest) => (rest, "v2.0"),
        None => (issuer.trim_end_matches('/'), ""),
    };
    let (root, directory) = rest.rsplit_once('/')?;
    Some((root, directory, version))
}

/// What a token of this directory must be from, where the discovery document leaves the directory open.
pub fn in_directory(issuer: &str, directory: &str) -> String {
    issuer.replace(TEMPLATE, directory)
}

/// A directory's id, as `tid` has it.
pub fn is_directory_id(text: &str) -> bool {
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 5 && parts.into_iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| digits(part, length))
}

/// The domain of what was typed as a user name, if it looks like an address.
pub fn domain_of(typed: &str) -> Option<&str> {
    let (local, domain) = typed.trim().rsplit_once('@')?;
    (!local.is_empty() && !local.contains('@') && !domain.is_empty()).then_some(domain)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub const DIRECTORY: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    pub fn provider(kind: Kind, issuer: &str) -> IdentityProvider {
        IdentityProvider {
            id: IdpId::parse("up").unwrap(),
            name: "Up".to_owned(),
            enabled: true,
            domains: BTreeSet::from(["acme.example".to_owned()]),
            create_users: true,
            link_users: false,
            trust_mfa: false,
            mfa_values: BTreeSet::from(["mfa".to_owned()]),
            mfa_acr_values: Vec::new(),
            role_claim: "groups".to_owned(),
            role_claims: BTreeMap::from([("Portner-Admins".to_owned(), Role::parse("admin").unwrap())]),
            group_claim: "groups".to_owned(),
            group_claims: BTreeMap::from([("G-1".to_owned(), "finance".to_owned())]),
            claims: ClaimMap::default(),
            logout: UpstreamLogout::None,
            protocol: Protocol::Oidc(Box::new(oidc(kind, issuer))),
        }
    }

    pub fn oidc(kind: Kind, issuer: &str) -> OidcUpstream {
        OidcUpstream {
            kind,
            issuer: issuer.to_owned(),
            client_id: "portner".to_owned(),
            token_endpoint_auth_method: ProviderAuth::ClientSecretBasic,
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            parameters: BTreeMap::new(),
            acr_values: Vec::new(),
            tenants: BTreeSet::new(),
            hosted_domains: BTreeSet::new(),
        }
    }

    pub fn saml() -> SamlUpstream {
        SamlUpstream {
            kind: SamlKind::Saml,
            entity_id: EntityId::parse("https://idp.example/metadata").unwrap(),
            sign_on: Endpoint::parse("https://idp.example/sso").unwrap(),
            logout: None,
            certificates: vec![CertificateDer(vec![1, 2, 3])],
            name_id: NameIdKind::Persistent,
            subject: None,
            sign_requests: true,
            acr_values: Vec::new(),
            metadata_certificates: Vec::new(),
        }
    }

    #[test]
    fn only_entra_may_call_itself_otherwise_than_where_it_is_found() {
        let common = "https://login.microsoftonline.com/common/v2.0";
        let open = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let one = format!("https://login.microsoftonline.com/{DIRECTORY}/v2.0");
        let old = format!("https://login.microsoftonline.com/{DIRECTORY}");
        let sts = format!("https://sts.windows.net/{DIRECTORY}/");
        let table = [
            (Kind::Entra, common, open, true),
            (Kind::Entra, common, "https://evil.example/{tenantid}/v2.0", false),
            (Kind::Entra, &one, &one, true),
            (Kind::Entra, &one, open, false),
            (Kind::Entra, &old, &sts, true),
            (Kind::Entra, &one, &sts, false),
            (Kind::Entra, "https://login.microsoftonline.com/common", "https://sts.windows.net/{tenantid}/", true),
            // Sovereign clouds (quirk 10) are roots of their own.
            (
                Kind::Entra,
                "https://login.microsoftonline.us/common/v2.0",
                "https://login.microsoftonline.us/{tenantid}/v2.0",
                true,
            ),
            (Kind::Entra, "https://login.microsoftonline.us/common/v2.0", open, false),
            (
                Kind::Entra,
                "https://login.partner.microsoftonline.cn/organizations/v2.0",
                "https://login.partner.microsoftonline.cn/{tenantid}/v2.0",
                true,
            ),
            (
                Kind::Entra,
                "https://login.partner.microsoftonline.cn/common",
                "https://sts.chinacloudapi.cn/{tenantid}/",
                true,
            ),
            (
                Kind::Entra,
                "https://login.partner.microsoftonline.cn/common",
                "https://sts.windows.net/{tenantid}/",
                false,
            ),
            (Kind::Oidc, common, open, false),
            (Kind::Oidc, "https://idp.example", "https://idp.example/", false),
            (Kind::Oidc, "https://idp.example", "https://idp.example", true),
            (Kind::Google, GOOGLE, "accounts.google.com", false),
        ];
        for (kind, configured, found, expected) in table {
            assert_eq!(oidc(kind, configured).is_issuer(found), expected, "{configured} {found}");
        }
        assert!(oidc(Kind::Entra, common).is_shared());
        assert!(!oidc(Kind::Entra, &one).is_shared());
    }

    #[test]
    fn a_directory_has_a_guid_and_nothing_else() {
        assert!(is_directory_id(DIRECTORY));
        for bad in ["", "common", "../v2.0", "72F988BF-86F1-41AF-91AB-2D7CD011DB47", "72f988bf86f141af91ab2d7cd011db47"]
        {
            assert!(!is_directory_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_domain_is_what_follows_the_only_at_sign() {
        assert_eq!(domain_of(" mette@Acme.example "), Some("Acme.example"));
        for bad in ["mette", "@acme.example", "mette@", "a@evil.example@acme.example"] {
            assert_eq!(domain_of(bad), None, "{bad}");
        }
        assert!(provider(Kind::Oidc, "https://idp.example").serves("ACME.example"));
        assert!(!provider(Kind::Oidc, "https://idp.example").serves("evil.example"));
        assert!(!IdentityProvider { enabled: false, ..provider(Kind::Oidc, "x") }.serves("acme.example"));
    }

    #[test]
    fn the_stored_document_has_the_fields_of_the_protocol_beside_the_others() {
        let oidc = provider(Kind::Entra, "https://idp.example");
        let document = serde_json::to_value(&oidc).unwrap();
        assert_eq!(
            (document["kind"].as_str(), document["issuer"].as_str()),
            (Some("entra"), Some("https://idp.example"))
        );
        assert_eq!(serde_json::from_value::<IdentityProvider>(document).unwrap(), oidc);
        let saml = IdentityProvider { protocol: Protocol::Saml(Box::new(saml())), ..oidc };
        let document = serde_json::to_string(&saml).unwrap();
        assert_eq!(serde_json::from_str::<IdentityProvider>(&document).unwrap(), saml);
    }
}
