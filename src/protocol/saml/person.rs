//! Whom an assertion speaks of. It was verified before (`assertion.rs`): nothing here looks at anything that was not
//! signed. What the attributes are called differs from house to house: plain names, object identifiers (eduPerson, LDAP)
//! and the claim addresses of ADFS and Entra ID are known.
//!
//! A person is (provider, issuer, name). A name that is another one each time names nobody.

use std::collections::BTreeSet;

use crate::domain::federation::{Once, Person, UpstreamSession};
use crate::domain::identity_provider::{IdentityProvider, SamlUpstream, domain_of};
use crate::domain::saml::NameIdKind;

use super::assertion::{Assertion, Name};

const LONGEST_SUBJECT: usize = 255;
const LONGEST_TEXT: usize = 200;
const MOST_METHODS: usize = 20;

const USERNAME: [&str; 9] = [
    "username",
    "uid",
    "urn:oid:0.9.2342.19200300.100.1.1",
    "eduPersonPrincipalName",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
    "upn",
    "userPrincipalName",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
];
const EMAIL: [&str; 5] = [
    "email",
    "mail",
    "emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];
const NAME: [&str; 6] = [
    "name",
    "displayName",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "cn",
    "urn:oid:2.5.4.3",
];
const GIVEN_NAME: [&str; 5] = [
    "given_name",
    "givenName",
    "firstName",
    "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
];
const FAMILY_NAME: [&str; 6] = [
    "family_name",
    "sn",
    "surname",
    "lastName",
    "urn:oid:2.5.4.4",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
];
/// The default claim of roles, as Entra ID and ADFS call it.
const GROUPS: [&str; 3] = [
    "groups",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/Group",
];
/// Entra ID: there are too many groups for an assertion.
const OVERAGE: &str = "http://schemas.microsoft.com/claims/groups.link";
/// Entra ID: the ways in which the person signed in.
const METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";

/// Why an assertion that is right names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nameless {
    #[error("the name is in another format than was asked for")]
    Format,
    #[error("the name is empty, too long, or has characters that names do not have")]
    Name,
    #[error("the attribute that people are known by is missing, or has several values")]
    Attribute,
}

impl Nameless {
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "name_format",
            Self::Name => "name",
            Self::Attribute => "subject_attribute",
        }
    }
}

pub fn person(
    assertion: &Assertion,
    (provider, upstream): (&IdentityProvider, &SamlUpstream),
) -> Result<Person, Nameless> {
    let said = Said(&assertion.attributes);
    let subject = subject(assertion, upstream)?;
    let named = |kind: NameIdKind| {
        let it_is = assertion.name.format.as_deref() == Some(kind.format());
        plain(&assertion.name.value).filter(|_| it_is)
    };
    let map = &provider.claims;
    // One attribute where the tenant names it, else those that are usual.
    let from = |mapped: &Option<String>, usual: &[&str]| match mapped {
        Some(name) => said.first(&[name]),
        None => said.first(usual),
    };
    let email = from(&map.email, &EMAIL).or_else(|| named(NameIdKind::Email));
    let amr: Vec<String> = said.all(METHODS).into_iter().filter_map(plain).take(MOST_METHODS).collect();
    let acr = assertion.context.as_deref().and_then(plain);
    let mfa = amr.iter().chain(&acr).any(|value| provider.mfa_values.contains(value));
    let Name { format, qualifier, value } = assertion.name.clone();
    let (session_index, chain) = (assertion.session_index.clone(), assertion.chain.clone());
    Ok(Person {
        issuer: upstream.entity_id.to_string(),
        subject,
        username: from(&map.username, &USERNAME).or_else(|| named(NameIdKind::Username)),
        email_verified: email.as_deref().and_then(domain_of).is_some_and(|domain| provider.serves(domain)),
        email,
        name: from(&map.name, &NAME),
        given_name: from(&map.given_name, &GIVEN_NAME),
        family_name: from(&map.family_name, &FAMILY_NAME),
        roles: values(&said, &provider.role_claim).map(|values| provider.roles_by(values)),
        groups: values(&said, &provider.group_claim).map(|values| provider.groups_by(values)),
        amr,
        acr,
        auth_time: Some(assertion.auth_time),
        mfa: provider.trust_mfa && mfa,
        session: Some(UpstreamSession::Saml {
            name_id: value.trim().to_owned(),
            format,
            qualifier,
            session_index,
            chain,
            until: assertion.session_until,
        }),
        once: Some(Once { id: assertion.id.to_string(), until: assertion.until }),
    })
}

/// The key, with the issuer.
fn subject(assertion: &Assertion, upstream: &SamlUpstream) -> Result<String, Nameless> {
    if let Some(attribute) = &upstream.subject {
        let values: BTreeSet<&str> = Said(&assertion.attributes).all(attribute).into_iter().map(str::trim).collect();
        let mut values = values.into_iter();
        return match (values.next(), values.next()) {
            (Some(value), None) => sound(value).ok_or(Nameless::Attribute),
            (None | Some(_), _) => Err(Nameless::Attribute),
        };
    }
    let Name { format, qualifier, value } = &assertion.name;
    // Core §2.2.2, §8.3.1: no format is the unspecified one.
    let format = format.as_deref().unwrap_or(NameIdKind::Username.format());
    if upstream.name_id == NameIdKind::Transient || format != upstream.name_id.format() {
        return Err(Nameless::Format);
    }
    let value = sound(value.trim()).ok_or(Nameless::Name)?;
    // Core §8.3.7: the same name from another house is somebody else.
    match qualifier.as_deref().filter(|qualifier| *qualifier != upstream.entity_id.as_str()) {
        None => Ok(value),
        // An address holds no line break, and neither does a name.
        Some(qualifier) => Ok(format!("{value}\n{}", sound(qualifier).ok_or(Nameless::Name)?)),
    }
}

/// What stands in an attribute that roles or groups are read from. `None`: there were too many to be told.
fn values<'a>(said: &Said<'a>, asked: &str) -> Option<Vec<&'a str>> {
    let names: &[&str] = if GROUPS.first() == Some(&asked) { &GROUPS } else { &[asked] };
    if names.iter().any(|name| GROUPS.contains(name)) && said.has(OVERAGE) {
        return None;
    }
    Some(names.iter().flat_map(|name| said.all(name)).map(str::trim).collect())
}

/// The attributes of an assertion. A name may stand there several times.
struct Said<'a>(&'a [(String, Vec<String>)]);

impl<'a> Said<'a> {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
    fn all(&self, name: &str) -> Vec<&'a str> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.flat_map(|(_, values)| values).map(String::as_str).collect()
    }
    /// The first usable value of the first of these names that has one.
    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().flat_map(|name| self.all(name)).find_map(plain)
    }
}

/// Bounded, and nothing that a log or a database would take amiss.
fn sound(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= LONGEST_SUBJECT && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

/// A text for people and pages, or nothing.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
#[path = "person_tests.rs"]
mod tests;
