//! Which attributes an application is given: what it calls each, and where the values come from. What is not here is
//! not released.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::registration::MAPPINGS;
use crate::domain::saml::{AttributeRule, AttributeSource, CertificateDer, ClaimName, Endpoint};

use super::super::check::Notes;

/// One value, or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A claim by its name, or more about it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AttributeEntry {
    Claim(String),
    Table(AttributeTable),
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeTable {
    /// Where the values come from. Or `value`.
    pub claim: Option<String>,
    /// The same for everybody.
    pub value: Option<OneOrMany>,
    /// Absent: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", or "…:uri" where the name is a URI.
    pub name_format: Option<String>,
    pub friendly_name: Option<String>,
}

/// As many as the form of the administration holds.
const MOST: usize = MAPPINGS;

pub(super) fn rules(notes: &mut Notes, path: &str, entries: BTreeMap<String, AttributeEntry>) -> Vec<AttributeRule> {
    if entries.len() > MOST {
        notes.refuse(path, "must be at most 40");
    }
    let mut rules = Vec::new();
    for (name, entry) in entries {
        rules.extend(rule(notes, &format!("{path}.{name}"), name, entry));
    }
    rules
}

fn rule(notes: &mut Notes, path: &str, name: String, entry: AttributeEntry) -> Option<AttributeRule> {
    let table = match entry {
        AttributeEntry::Claim(claim) => AttributeTable { claim: Some(claim), ..AttributeTable::default() },
        AttributeEntry::Table(table) => table,
    };
    let name = notes.text(path, name, 512);
    let source = source(notes, path, table.claim.as_deref(), table.value);
    let format = match table.name_format {
        Some(text) => Some(notes.text(&format!("{path}.name_format"), text, 512)?),
        None => None,
    };
    let friendly_name = match table.friendly_name {
        Some(text) => Some(notes.text(&format!("{path}.friendly_name"), text, 200)?),
        None => None,
    };
    Some(AttributeRule { name: name?, format, friendly_name, source: source? })
}

fn source(notes: &mut Notes, path: &str, claim: Option<&str>, value: Option<OneOrMany>) -> Option<AttributeSource> {
    let known = |text: &str| ClaimName::parse(text).ok_or("is not a claim that people have");
    match (claim, value) {
        (Some(claim), None) => notes.parsed(path, claim, known).map(AttributeSource::Claim),
        (None, Some(value)) => {
            let texts = value.all().iter().filter_map(|text| notes.text(path, text.clone(), 1024)).collect::<Vec<_>>();
            if texts.is_empty() {
                notes.refuse(path, "must hold at least one value");
            }
            Some(AttributeSource::Fixed(texts))
        }
        (None, None) | (Some(_), Some(_)) => {
            notes.refuse(path, "needs one of claim and value");
            None
        }
    }
}

/// Allowed: some applications want no more than a name. Mostly it was forgotten.
pub(super) fn warn_of_none(notes: &mut Notes, path: &str, rules: &[AttributeRule]) {
    if rules.is_empty() {
        notes.warn(path, "has no attributes: the application is told a name of each person, and nothing else");
    }
}

/// Addresses that browsers are sent to.
pub(super) fn endpoints(notes: &mut Notes, path: &str, texts: &[String]) -> Vec<Endpoint> {
    notes.list(path, texts, Endpoint::parse)
}

/// Certificates as texts, each holding one or several.
pub(in super::super) fn certificates(notes: &mut Notes, path: &str, texts: &OneOrMany) -> Vec<CertificateDer> {
    let mut found: Vec<CertificateDer> = Vec::new();
    for (n, text) in texts.all().iter().enumerate() {
        let path = if matches!(texts, OneOrMany::One(_)) { path.to_owned() } else { format!("{path}[{n}]") };
        match crate::crypto::certificate::read_certificates(text) {
            Ok(read) => found.extend(read.into_iter().filter(|one| !found.contains(one)).collect::<Vec<_>>()),
            Err(fault) => notes.refuse(&path, fault),
        }
    }
    found
}

/// Keys that end in `_file` are gone when the document comes here, unless it was sent by something else.
pub(in super::super) fn no_file(notes: &mut Notes, path: &str, file: Option<&String>) {
    if file.is_some() {
        notes.refuse(path, "can only be read by the command line, beside the file");
    }
}
