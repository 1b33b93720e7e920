//! Somebody who comes from an upstream identity provider, whatever it speaks.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Time;
use super::ids::IdpId;
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
    /// What they brought counts once, whatever request it answers.
    pub once: Option<Once>,
}

/// The name of something that can be used until then, and once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    pub id: String,
    pub until: Time,
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
    /// `subject` is `sub`, whatever the person is known by here.
    Oidc { subject: String, sid: Option<String>, id_token: String },
    Saml {
        name_id: String,
        format: Option<String>,
        qualifier: Option<String>,
        session_index: Option<String>,
        #[serde(default)]
        chain: Chain,
        /// `SessionNotOnOrAfter`.
        #[serde(default)]
        until: Option<Time>,
    },
}

/// Those whose word an assertion rests on (SAML Core §2.7.2.2), and how often it may still be passed on (§2.5.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The first that knew the person first.
    pub authorities: Vec<String>,
    /// `None` = as often as anybody likes.
    pub proxies: Option<u32>,
}

/// Which sign-in at which upstream a session rests on, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub provider: IdpId,
    pub issuer: String,
    /// What the upstream calls the person when it speaks of a logout: `sub`, or the value of NameID.
    pub name: String,
    /// What it calls the sign-in: `sid` or SessionIndex.
    pub index: Option<String>,
    /// Of the NameID.
    #[serde(default)]
    pub format: Option<String>,
    #[serde(default)]
    pub qualifier: Option<String>,
    /// The ID token, sealed: the upstream is given it back.
    #[serde(default)]
    pub sealed_hint: Option<String>,
    /// What the upstream's own word rests on.
    #[serde(default)]
    pub chain: Chain,
    /// Nothing here may rest on it any longer.
    #[serde(default)]
    pub until: Option<Time>,
}

impl Provenance {
    /// What ours then rests on.
    pub fn passed_on(self) -> Chain {
        let mut authorities = self.chain.authorities;
        authorities.push(self.issuer);
        Chain { authorities, proxies: self.chain.proxies.map(|times| times.saturating_sub(1)) }
    }
}

/// The words by which an upstream ends sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub name: Option<String>,
    /// As SAML has it, which may leave it open.
    pub format: Option<String>,
    /// Any of them; empty: every sign-in of that name.
    pub indices: Vec<String>,
}

impl Named {
    /// Whether it is about that sign-in. Nothing is about nobody.
    pub fn is_about(&self, one: &Provenance) -> bool {
        let named = self.name.as_ref().is_none_or(|name| *name == one.name);
        let format = match (&self.format, &one.format) {
            (Some(asked), Some(known)) => asked == known || asked == UNSPECIFIED,
            (None, _) | (_, None) => true,
        };
        let index = one.index.as_ref().is_some_and(|index| self.indices.contains(index));
        let said = self.name.is_some() || !self.indices.is_empty();
        said && named && format && (index || self.indices.is_empty())
    }
}

/// SAML Core §8.3.1: whatever it is.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

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

impl Age {
    /// When the person signed in there, if that is young enough: raised to the request's beginning where clocks make it
    /// seem a moment earlier.
    pub fn admit(self, told: Time, now: Time, skew: Duration) -> Option<Time> {
        let told = told.min(now);
        let began = self.since.or(self.max.map(|(_, began)| began));
        let after = began.is_some_and(|began| told + skew >= began);
        let young = self.max.is_none_or(|(limit, _)| told + limit > now);
        let fits = if self.since.is_some() { after } else { after || young };
        let raised = began.filter(|_| after).map_or(told, |began| told.max(began));
        fits.then_some(raised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(index: Option<&str>) -> Provenance {
        Provenance {
            provider: IdpId::parse("up").unwrap(),
            issuer: "https://idp.example".to_owned(),
            name: "sub-1".to_owned(),
            index: index.map(str::to_owned),
            format: Some("urn:persistent".to_owned()),
            qualifier: None,
            sealed_hint: None,
            chain: Chain::default(),
            until: None,
        }
    }

    #[test]
    fn a_logout_is_about_those_it_names_and_about_nobody_where_it_names_none() {
        let named = |name: Option<&str>, format: Option<&str>, indices: &[&str]| Named {
            name: name.map(str::to_owned),
            format: format.map(str::to_owned),
            indices: indices.iter().map(|index| (*index).to_owned()).collect(),
        };
        let table = [
            (named(Some("sub-1"), None, &[]), Some("s1"), true),
            (named(Some("sub-1"), None, &[]), None, true),
            (named(Some("sub-2"), None, &[]), Some("s1"), false),
            (named(None, None, &["s1"]), Some("s1"), true),
            (named(None, None, &["s0", "s1"]), Some("s1"), true),
            (named(None, None, &["s2"]), Some("s1"), false),
            (named(None, None, &["s1"]), None, false),
            (named(Some("sub-2"), None, &["s1"]), Some("s1"), false),
            (named(Some("sub-1"), None, &["s2"]), Some("s1"), false),
            (named(None, None, &[]), Some("s1"), false),
            (named(Some("sub-1"), Some("urn:persistent"), &[]), Some("s1"), true),
            (named(Some("sub-1"), Some("urn:transient"), &[]), Some("s1"), false),
            (named(Some("sub-1"), Some(UNSPECIFIED), &[]), Some("s1"), true),
        ];
        for (named, index, expected) in table {
            assert_eq!(named.is_about(&provenance(index)), expected, "{named:?}");
        }
    }
}
