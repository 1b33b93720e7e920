//! The `wsfed` table: a WS-Federation relying party (passive requestor profile).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crypto::certificate;
use crate::domain::application::Protocol;
use crate::domain::saml::{CertificateDer, NameIdKind, SignatureAlg};
use crate::domain::wsfed::{Realm, RelyingParty, TokenType};

use super::super::check::Notes;
use super::Spoken;
use super::attributes::{self, AttributeEntry, OneOrMany};

/// A WS-Federation relying party.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WsfedEntry {
    /// `wtrealm`: a URI, compared byte for byte.
    #[schemars(required)]
    pub realm: Option<String>,
    /// Where answers may go (`wreply`), compared byte for byte; the first is used where a request names none.
    pub reply_urls: Vec<String>,
    /// Absent: "saml11".
    pub token_type: Option<TokenType>,
    /// What it calls each, usually a URI, and the claim the values come from. Absent: nothing is released.
    pub attributes: BTreeMap<String, AttributeEntry>,
    /// How people are named. Absent: "persistent".
    pub name_id: Option<NameIdKind>,
    /// PEM. Tokens are encrypted for it; absent: they are not.
    pub encryption_certificate: Option<String>,
    /// A file with it, relative to this one.
    pub encryption_certificate_file: Option<String>,
    /// Absent: "rsa-sha256".
    pub signature_algorithm: Option<SignatureAlg>,
}

pub(super) fn spoken(notes: &mut Notes, path: &str, entry: WsfedEntry) -> Option<Spoken> {
    let at = |key: &str| format!("{path}.{key}");
    attributes::no_file(notes, &at("encryption_certificate_file"), entry.encryption_certificate_file.as_ref());
    let realm = notes.named(path, "realm", entry.realm.as_deref(), Realm::parse);
    let reply_urls = attributes::endpoints(notes, &at("reply_urls"), &entry.reply_urls);
    if entry.reply_urls.is_empty() {
        notes.refuse(&at("reply_urls"), "must name where people return to after signing in");
    }
    let key = at("encryption_certificate");
    let encryption_certificate = entry.encryption_certificate.and_then(|text| encryption(notes, &key, text));
    let attributes = attributes::rules(notes, &at("attributes"), entry.attributes);
    attributes::warn_of_none(notes, path, &attributes);
    let party = RelyingParty {
        realm: realm?,
        reply_urls,
        token_type: entry.token_type.unwrap_or(TokenType::Saml11),
        signature: entry.signature_algorithm.unwrap_or(SignatureAlg::RsaSha256),
        name_id: entry.name_id.unwrap_or(NameIdKind::Persistent),
        attributes,
        encryption_certificate,
    };
    let protocol = Protocol::Wsfed(Box::new(party));
    Some(Spoken { protocol, secret: None, doubts: Vec::new(), valid_until: None, own_name: None })
}

fn encryption(notes: &mut Notes, path: &str, text: String) -> Option<CertificateDer> {
    let mut found = attributes::certificates(notes, path, &OneOrMany::One(text));
    if found.len() > 1 {
        notes.refuse(path, "must be one certificate");
    }
    let one = found.pop()?;
    if !certificate::can_encrypt(&one) {
        notes.refuse(path, certificate::CertificateFault::CannotEncrypt);
    }
    Some(one)
}
