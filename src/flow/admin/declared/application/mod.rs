//! The application section: one table for the way it signs people in, and what all of them have in common.

mod attributes;
mod oidc;
mod saml;
mod wsfed;

use crate::domain::Time;
use crate::domain::application::{Application, Protocol};
use crate::domain::doubt::Doubt;
use crate::domain::ids::{ClientId, IdpId};
use crate::domain::user::Role;

use super::check::Notes;
use super::{ApplicationEntry, SecretText};

pub use attributes::{AttributeEntry, AttributeTable, OneOrMany};
pub(super) use attributes::{certificates, no_file};
pub use oidc::KeyMaterial;
pub use saml::{AcsBinding, AcsEntry, AcsTable, SamlEntry, SloBinding, SloEntry, SloList, SloTable};
pub use wsfed::WsfedEntry;

/// Names that the pages of the administration have beside those of applications.
const RESERVED_IDS: [&str; 4] = ["new", "new-oidc", "new-wsfed", "create"];

/// What an application shall be: all of it, but for what only the store knows.
#[derive(Clone, Debug)]
pub struct ApplicationPlan {
    /// Where the document says so.
    pub path: String,
    pub id: ClientId,
    pub name: String,
    pub require_role: Option<Role>,
    pub identity_provider: Option<IdpId>,
    /// `None`: as it is.
    pub enabled: Option<bool>,
    pub protocol: Protocol,
    /// `None`: as it is.
    pub secret: Option<SecretText>,
    /// What its metadata gives to think about.
    pub doubts: Vec<Doubt>,
    /// Until when its metadata is valid by its own word.
    pub valid_until: Option<Time>,
}

/// What one table makes of an application.
struct Spoken {
    protocol: Protocol,
    secret: Option<SecretText>,
    doubts: Vec<Doubt>,
    valid_until: Option<Time>,
    /// What it calls itself.
    own_name: Option<String>,
}

impl ApplicationPlan {
    /// What the application becomes.
    pub fn merge(&self, stands: Option<&Application>) -> Application {
        Application {
            id: self.id.clone(),
            name: self.name.clone(),
            require_role: self.require_role.clone(),
            identity_provider: self.identity_provider.clone(),
            enabled: self.enabled.or(stands.map(|application| application.enabled)).unwrap_or(true),
            protocol: self.protocol.clone(),
        }
    }

    /// Whether it is told of people by assertions: these need a key pair with a certificate.
    pub fn needs_credentials(&self) -> bool {
        !matches!(self.protocol, Protocol::Oidc(_))
    }

    /// What a service provider is asked for with.
    pub fn entity_id(&self) -> Option<String> {
        match &self.protocol {
            Protocol::Saml(provider) => Some(provider.entity_id.to_string()),
            Protocol::Oidc(_) | Protocol::Wsfed(_) => None,
        }
    }

    /// What a relying party is asked for with.
    pub fn realm(&self) -> Option<String> {
        match &self.protocol {
            Protocol::Wsfed(party) => Some(party.realm.to_string()),
            Protocol::Oidc(_) | Protocol::Saml(_) => None,
        }
    }

    /// The table of its protocol, for problems.
    pub fn table(&self) -> String {
        let table = match &self.protocol {
            Protocol::Oidc(_) => "oidc",
            Protocol::Saml(_) => "saml",
            Protocol::Wsfed(_) => "wsfed",
        };
        format!("{}.{table}", self.path)
    }

    pub fn needs_secret(&self) -> bool {
        match &self.protocol {
            Protocol::Oidc(client) => client.has_secret(),
            Protocol::Saml(_) | Protocol::Wsfed(_) => false,
        }
    }
}

pub(super) fn plan(notes: &mut Notes, path: &str, entry: ApplicationEntry) -> Option<ApplicationPlan> {
    let id = notes.named(path, "id", entry.id.as_deref(), ClientId::parse);
    if id.as_ref().is_some_and(|id| RESERVED_IDS.contains(&id.as_str())) {
        notes.refuse(&format!("{path}.id"), "is the name of a page of the administration: choose another");
    }
    let named = entry.name.is_some();
    let name = entry.name.and_then(|name| notes.text(&format!("{path}.name"), name, 200));
    let role = entry.require_role.map(|text| notes.parsed(&format!("{path}.require_role"), &text, Role::parse));
    let upstream = entry.identity_provider;
    let upstream = upstream.map(|text| notes.parsed(&format!("{path}.identity_provider"), &text, IdpId::parse));
    let spoken = match (entry.oidc, entry.saml, entry.wsfed) {
        (Some(oidc), None, None) => oidc::spoken(notes, &format!("{path}.oidc"), oidc),
        (None, Some(saml), None) => saml::spoken(notes, &format!("{path}.saml"), *saml),
        (None, None, Some(wsfed)) => wsfed::spoken(notes, &format!("{path}.wsfed"), *wsfed),
        (None, None, None) => {
            notes.refuse(path, "needs a table `oidc`, `saml` or `wsfed` that says how it signs people in");
            None
        }
        (_, _, _) => {
            notes.refuse(path, "keep one of the tables `oidc`, `saml` and `wsfed`");
            None
        }
    };
    let (id, spoken) = (id?, spoken?);
    let name = if named { name? } else { spoken.own_name.unwrap_or_else(|| id.to_string()) };
    let require_role = match role {
        Some(role) => Some(role?),
        None => None,
    };
    let identity_provider = match upstream {
        Some(upstream) => Some(upstream?),
        None => None,
    };
    Some(ApplicationPlan {
        path: path.to_owned(),
        id,
        name,
        require_role,
        identity_provider,
        enabled: entry.enabled,
        protocol: spoken.protocol,
        secret: spoken.secret,
        doubts: spoken.doubts,
        valid_until: spoken.valid_until,
    })
}
