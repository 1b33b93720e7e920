//! The `saml` table: a SAML 2.0 service provider, by its metadata or key by key, and what an administrator decides
//! beside it. The presets are the rules of federations: OIOSAML Web SSO 3.0.3 and the deployment profile of Sweden
//! Connect.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crypto::certificate::{CertificateFault, can_encrypt};
use crate::domain::application::Protocol;
use crate::domain::doubt::Doubt;
use crate::domain::saml::{
    AssertionConsumer, Binding, CertificateDer, Endpoint, EntityId, LogoutEndpoint, NameIdKind, Preset,
    ServiceProvider, SignatureAlg, Signed,
};
use crate::protocol::saml::metadata_signature::Signature;
use crate::protocol::saml::sp_metadata::{self, SpMetadata};

use super::super::check::{Notes, web_address};
use super::Spoken;
use super::attributes::{self, AttributeEntry, OneOrMany};

/// A SAML 2.0 service provider: `metadata`, or `entity_id`, `acs` and what else is known of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SamlEntry {
    /// Its metadata: XML.
    pub metadata: Option<String>,
    /// A file with it, relative to this one.
    pub metadata_file: Option<String>,
    /// Where its metadata is fetched, now (unless it stands here) and from time to time.
    pub metadata_url: Option<String>,
    /// PEM, one or several: one of them has to have signed its metadata, now and whenever it is fetched; a federation's, for
    /// instance. Absent: signatures on it are not looked at.
    pub metadata_certificates: Option<OneOrMany>,
    /// A file with them, relative to this one.
    pub metadata_certificates_file: Option<String>,
    /// Its name; beside metadata that describes several: which of them.
    pub entity_id: Option<String>,
    /// Where assertions may be sent.
    pub acs: Option<Vec<AcsEntry>>,
    /// PEM, one or several: they verify what it signs, and assertions are encrypted for the first.
    pub certificates: Option<OneOrMany>,
    /// A file with them, relative to this one.
    pub certificates_file: Option<String>,
    /// PEM, where it has others for encryption.
    pub encryption_certificates: Option<OneOrMany>,
    pub encryption_certificates_file: Option<String>,
    /// Where logout messages are sent.
    pub slo: Option<SloList>,
    /// Absent: what the metadata says, or false. A request that is not signed is refused then.
    pub require_signed_requests: Option<bool>,
    /// Absent: true, but for the preset "oiosaml3". At least one of the two.
    pub sign_response: Option<bool>,
    /// Absent: true.
    pub sign_assertion: Option<bool>,
    /// Absent: false, but for the presets.
    pub encrypt_assertion: Option<bool>,
    /// Absent: "rsa-sha256".
    pub signature_algorithm: Option<SignatureAlg>,
    /// How people are named where a request does not say. Absent: "persistent".
    pub name_id: Option<NameIdKind>,
    /// What it calls each, and the claim the values come from. Absent: nothing is released.
    pub attributes: BTreeMap<String, AttributeEntry>,
    /// Absent: "default".
    pub preset: Option<Preset>,
    /// Whether a sign-in may begin at Portner. Absent: false.
    pub idp_initiated: Option<bool>,
    /// `RelayState` of such a sign-in.
    pub relay_state: Option<String>,
}

/// An address, or more about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AcsEntry {
    Url(String),
    Table(AcsTable),
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AcsTable {
    #[schemars(required)]
    pub url: Option<String>,
    /// Absent: "post".
    pub binding: Option<AcsBinding>,
    /// Absent: its place in the list, from 0.
    pub index: Option<u16>,
    pub default: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AcsBinding {
    Post,
    Artifact,
}

/// One or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SloList {
    One(String),
    Many(Vec<SloEntry>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SloEntry {
    Url(String),
    Table(SloTable),
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SloTable {
    #[schemars(required)]
    pub url: Option<String>,
    /// Absent: "redirect".
    pub binding: Option<SloBinding>,
    /// Where answers go, if elsewhere.
    pub response_url: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SloBinding {
    Redirect,
    Post,
}

pub(super) fn spoken(notes: &mut Notes, path: &str, mut entry: SamlEntry) -> Option<Spoken> {
    let at = |key: &str| format!("{path}.{key}");
    attributes::no_file(notes, &at("metadata_file"), entry.metadata_file.as_ref());
    attributes::no_file(notes, &at("certificates_file"), entry.certificates_file.as_ref());
    attributes::no_file(notes, &at("encryption_certificates_file"), entry.encryption_certificates_file.as_ref());
    attributes::no_file(notes, &at("metadata_certificates_file"), entry.metadata_certificates_file.as_ref());
    let signers = entry.metadata_certificates.as_ref();
    let signers = signers.map(|texts| attributes::certificates(notes, &at("metadata_certificates"), texts));
    let signers = signers.unwrap_or_default();
    let metadata_url = match &entry.metadata_url {
        Some(text) => notes.parsed(&at("metadata_url"), text, web_address).map(Some),
        None => Some(None),
    };
    let known = match entry.metadata.take() {
        Some(text) => by_metadata(notes, path, &entry, (&text, &signers)),
        None => by_hand(notes, path, &entry),
    };
    let choices = choices(notes, path, &mut entry);
    let (known, choices) = (known?, choices?);
    if choices.encrypt && !known.encryption_certificates.iter().any(can_encrypt) {
        notes.refuse(&at("encrypt_assertion"), "needs a certificate with an RSA key to encrypt for");
    }
    if entry.require_signed_requests == Some(true) && known.signing_certificates.is_empty() {
        notes.refuse(&at("require_signed_requests"), "needs a certificate to check the signatures with");
    }
    let (valid_until, names) = (known.valid_until, known.names.clone());
    let doubts = doubts(&known, &entry, &choices);
    let own_name = sp_metadata::name_for(&names, "en").map(str::to_owned);
    let provider = ServiceProvider {
        entity_id: known.entity_id,
        acs: known.acs,
        logout: known.logout,
        signing_certificates: known.signing_certificates,
        encryption_certificates: known.encryption_certificates,
        signs_requests: entry.require_signed_requests.unwrap_or(known.signs_requests),
        signed: choices.signed,
        encrypt_assertion: choices.encrypt,
        signature: entry.signature_algorithm.unwrap_or(SignatureAlg::RsaSha256),
        name_id: choices.name_id,
        attributes: choices.attributes,
        preset: choices.preset,
        idp_initiated: entry.idp_initiated.unwrap_or(false),
        start_relay_state: entry.relay_state,
        metadata_url: metadata_url?,
        metadata_certificates: signers,
    };
    let protocol = Protocol::Saml(Box::new(provider));
    Some(Spoken { protocol, secret: None, doubts, valid_until, own_name })
}

fn by_metadata(
    notes: &mut Notes,
    path: &str,
    entry: &SamlEntry,
    (text, signers): (&str, &[CertificateDer]),
) -> Option<SpMetadata> {
    let at = |key: &str| format!("{path}.{key}");
    let beside = [
        ("acs", entry.acs.is_some()),
        ("certificates", entry.certificates.is_some()),
        ("encryption_certificates", entry.encryption_certificates.is_some()),
        ("slo", entry.slo.is_some()),
    ];
    for (key, _) in beside.into_iter().filter(|(_, given)| *given) {
        notes.refuse(&at(key), "stands in the metadata; keep one of the two");
    }
    let wanted = match &entry.entity_id {
        Some(id) => Some(notes.parsed(&at("entity_id"), id, EntityId::parse)?),
        None => None,
    };
    // Certificates that were named and cannot be read are refused already; they are not as good as none.
    if signers.is_empty() && entry.metadata_certificates.as_ref().is_some_and(|texts| !texts.is_empty()) {
        return None;
    }
    match sp_metadata::read(text.as_bytes(), wanted.as_ref(), signers) {
        Ok(metadata) => Some(metadata),
        Err(fault) => {
            notes.refuse(&at(fault.key()), fault);
            None
        }
    }
}

fn by_hand(notes: &mut Notes, path: &str, entry: &SamlEntry) -> Option<SpMetadata> {
    let at = |key: &str| format!("{path}.{key}");
    if entry.entity_id.is_none() && entry.metadata_url.is_some() {
        notes.refuse(&at("metadata_url"), "has not been fetched: only the command line does");
        return None;
    }
    if entry.entity_id.is_none() && entry.acs.is_none() {
        notes.refuse(path, "needs metadata, metadata_file or metadata_url, or entity_id and acs");
        return None;
    }
    let entity_id = notes.named(path, "entity_id", entry.entity_id.as_deref(), EntityId::parse);
    let acs = consumers(notes, &at("acs"), entry.acs.as_deref().unwrap_or_default());
    let mut certificates =
        |key: &str, texts: Option<&OneOrMany>| texts.map(|texts| attributes::certificates(notes, &at(key), texts));
    let signing = certificates("certificates", entry.certificates.as_ref()).unwrap_or_default();
    let encryption = certificates("encryption_certificates", entry.encryption_certificates.as_ref());
    if encryption.as_ref().is_some_and(|list| !list.is_empty() && !list.iter().all(can_encrypt)) {
        notes.refuse(&at("encryption_certificates"), CertificateFault::CannotEncrypt);
    }
    let encryption_certificates =
        encryption.unwrap_or_else(|| signing.iter().filter(|one| can_encrypt(one)).cloned().collect());
    Some(SpMetadata {
        entity_id: entity_id?,
        acs,
        logout: logout(notes, &at("slo"), entry.slo.as_ref()),
        signing_certificates: signing,
        encryption_certificates,
        signs_requests: false,
        wants_assertions_signed: false,
        name_id_formats: Vec::new(),
        requested: Vec::new(),
        names: Vec::new(),
        valid_until: None,
        cache_for: None,
        signature: Signature::Absent,
        left_out: Vec::new(),
    })
}

fn consumers(notes: &mut Notes, path: &str, entries: &[AcsEntry]) -> Vec<AssertionConsumer> {
    if entries.is_empty() {
        notes.refuse(path, "must name where assertions are sent");
    }
    let mut consumers: Vec<AssertionConsumer> = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let item = format!("{path}[{n}]");
        let place = u16::try_from(n).unwrap_or(u16::MAX);
        let (url, binding, index, is_default) = match entry {
            AcsEntry::Url(url) => (Some(url), Binding::Post, place, false),
            AcsEntry::Table(table) => {
                let binding = match table.binding {
                    None | Some(AcsBinding::Post) => Binding::Post,
                    Some(AcsBinding::Artifact) => Binding::Artifact,
                };
                (table.url.as_ref(), binding, table.index.unwrap_or(place), table.default.unwrap_or(false))
            }
        };
        let location = match entry {
            AcsEntry::Url(text) => notes.parsed(&item, text, Endpoint::parse),
            AcsEntry::Table(_) => notes.named(&item, "url", url.map(String::as_str), Endpoint::parse),
        };
        if consumers.iter().any(|other| other.index == index) {
            notes.refuse(&item, format!("has the index {index}, which another has too"));
        }
        consumers.extend(location.map(|location| AssertionConsumer { index, binding, location, is_default }));
    }
    if consumers.iter().filter(|one| one.is_default).count() > 1 {
        notes.refuse(path, "must have one default at most");
    }
    consumers
}

fn logout(notes: &mut Notes, path: &str, entries: Option<&SloList>) -> Vec<LogoutEndpoint> {
    let endpoint = |binding, location| LogoutEndpoint { binding, location, response_location: None };
    let entries = match entries {
        None => return Vec::new(),
        Some(SloList::One(url)) => {
            let location = notes.parsed(path, url, Endpoint::parse);
            return location.map(|location| endpoint(Binding::Redirect, location)).into_iter().collect();
        }
        Some(SloList::Many(entries)) => entries,
    };
    let mut endpoints = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let item = format!("{path}[{n}]");
        match entry {
            SloEntry::Url(url) => {
                let location = notes.parsed(&item, url, Endpoint::parse);
                endpoints.extend(location.map(|location| endpoint(Binding::Redirect, location)));
            }
            SloEntry::Table(table) => {
                let binding = match table.binding {
                    None | Some(SloBinding::Redirect) => Binding::Redirect,
                    Some(SloBinding::Post) => Binding::Post,
                };
                let answers = table.response_url.as_ref();
                let key = format!("{item}.response_url");
                let response_location = answers.and_then(|url| notes.parsed(&key, url, Endpoint::parse));
                let location = notes.named(&item, "url", table.url.as_deref(), Endpoint::parse);
                endpoints.extend(location.map(|location| LogoutEndpoint { binding, location, response_location }));
            }
        }
    }
    endpoints
}

/// What an administrator decides, with the preset's word where nothing is said.
struct Choices {
    preset: Preset,
    signed: Signed,
    encrypt: bool,
    name_id: NameIdKind,
    attributes: Vec<crate::domain::saml::AttributeRule>,
}

fn choices(notes: &mut Notes, path: &str, entry: &mut SamlEntry) -> Option<Choices> {
    let at = |key: &str| format!("{path}.{key}");
    let preset = entry.preset.unwrap_or_default();
    // OIOSAML 3.0.3: the response should not be signed itself. Sweden Connect: it must be. Both: everything encrypted.
    let (response, federation) = match preset {
        Preset::Default => (true, false),
        Preset::Oiosaml3 => (false, true),
        Preset::SwedenConnect => (true, true),
    };
    let sign_response = entry.sign_response.unwrap_or(response);
    let sign_assertion = entry.sign_assertion.unwrap_or(true);
    let encrypt = entry.encrypt_assertion.unwrap_or(federation);
    let name_id = entry.name_id.unwrap_or(NameIdKind::Persistent);
    if federation && !encrypt {
        notes.refuse(&at("encrypt_assertion"), "the preset demands encrypted assertions");
    }
    if preset == Preset::Oiosaml3 && !sign_assertion {
        notes.refuse(&at("sign_assertion"), "the preset demands signed assertions");
    }
    if preset == Preset::SwedenConnect && !sign_response {
        notes.refuse(&at("sign_response"), "the preset demands signed responses");
    }
    if federation && !matches!(name_id, NameIdKind::Persistent | NameIdKind::Transient) {
        notes.refuse(&at("name_id"), "the preset knows \"persistent\" and \"transient\" only");
    }
    if entry.relay_state.is_some() && entry.idp_initiated != Some(true) {
        notes.refuse(&at("relay_state"), "is only used with idp_initiated = true");
    }
    if entry.relay_state.as_ref().is_some_and(|text| text.len() > 80 || text.chars().any(char::is_control)) {
        notes.refuse(&at("relay_state"), "must be at most 80 octets without control characters (SAML Bindings §3.4.3)");
    }
    let attributes = attributes::rules(notes, &at("attributes"), std::mem::take(&mut entry.attributes));
    attributes::warn_of_none(notes, path, &attributes);
    let Some(signed) = Signed::of(sign_response, sign_assertion) else {
        notes.refuse(
            &at("sign_assertion"),
            "sign the assertion, the response or both: unsigned, anybody could write it",
        );
        return None;
    };
    Some(Choices { preset, signed, encrypt, name_id, attributes })
}

/// What its metadata gives to think about beside what was chosen.
fn doubts(known: &SpMetadata, entry: &SamlEntry, choices: &Choices) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = known.left_out.iter().cloned().map(Doubt::LeftOut).collect();
    if known.signs_requests && entry.require_signed_requests == Some(false) {
        doubts.push(Doubt::SignatureWaived);
    }
    let mapped = |name: &str| choices.attributes.iter().any(|rule| rule.name == name);
    doubts.extend(known.required().filter(|one| !mapped(&one.name)).map(|one| Doubt::Unmapped(one.name.clone())));
    let formats: Vec<&String> = known.name_id_formats.iter().collect();
    if entry.name_id.is_none()
        && let Some(first) = formats.first()
        && !formats.iter().any(|format| format.as_str() == choices.name_id.format())
    {
        doubts.push(Doubt::OtherNameId((*first).clone()));
    }
    if let Signature::Unchecked(fingerprint) = &known.signature {
        doubts.push(Doubt::SignatureUnchecked(fingerprint.clone()));
    }
    if let Some(at) = known.valid_until.filter(|_| entry.metadata_url.is_none()) {
        doubts.push(Doubt::MetadataEnds(at));
    }
    doubts
}
