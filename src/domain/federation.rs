//! Somebody who comes from an upstream identity provider, whatever it speaks.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Time;
use super::user::Role;

/// What is known of somebody who comes from an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub issuer: String,
    /// The key, with the issuer: Entra's `tid` and `oid`, else `sub`.
    pub subject: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    /// `None`: it cannot be known (groups overage). Nobody gets or keeps a role by it.
    pub roles: Option<BTreeSet<Role>>,
    /// The same.
    pub groups: Option<BTreeSet<String>>,
    pub amr: Vec<String>,
    pub acr: Option<String>,
    pub auth_time: Option<Time>,
    /// It has seen two factors, and is trusted for it.
    pub mfa: bool,
    /// What the sign-in there is called, for ending it together with the one here.
    pub session: Option<UpstreamSession>,
}

impl Person {
    /// How people recognise themselves on a page. It finds nobody.
    pub fn label(&self) -> &str {
        let names = [&self.email, &self.username, &self.name];
        names.into_iter().flatten().next().map_or(self.subject.as_str(), String::as_str)
    }
}

/// A sign-in at the upstream, in the upstream's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpstreamSession {
    Oidc { sid: Option<String>, id_token: String },
    Saml { name_id: String, format: Option<String>, qualifier: Option<String>, session_index: Option<String> },
}

/// How old the sign-in at the upstream may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// Somebody asked for an age, so that not telling is no answer.
    pub asked: bool,
    /// Not before the request.
    pub since: Option<Time>,
    /// At most so old, or since the request began.
    pub max: Option<(Duration, Time)>,
}
