//! What an `identity_provider` of kind "saml" says: by its metadata, or key by key.

use url::Url;

use crate::domain::Time;
use crate::domain::doubt::Doubt;
use crate::domain::identity_provider::{SamlKind, SamlUpstream};
use crate::domain::saml::{CertificateDer, Endpoint, EntityId, NameIdKind};
use crate::protocol::saml::idp_metadata;
use crate::protocol::saml::metadata_signature::Signature;
use crate::protocol::saml::sp_metadata::name_for;

use super::super::application::{certificates, no_file};
use super::super::check::{Notes, is_local};
use super::IdentityProviderEntry;

/// What two factors are called by those who follow REFEDS, and by Entra ID.
pub(super) const MFA: [&str; 2] =
    ["https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn"];

/// Keys that only OpenID Connect knows.
pub(super) fn refuse_others(notes: &mut Notes, path: &str, entry: &IdentityProviderEntry, has_secret: bool) {
    for (key, given) in [
        ("issuer", entry.issuer.is_some()),
        ("client_id", entry.client_id.is_some()),
        ("client_secret", has_secret),
        ("client_secret_file", entry.client_secret_file.is_some()),
        ("token_endpoint_auth_method", entry.token_endpoint_auth_method.is_some()),
        ("scopes", entry.scopes.is_some()),
        ("parameters", !entry.parameters.is_empty()),
        ("tenants", !entry.tenants.is_empty()),
        ("hosted_domains", !entry.hosted_domains.is_empty()),
    ] {
        if given {
            notes.refuse(&format!("{path}.{key}"), "is not for kind = \"saml\"");
        }
    }
}

/// Keys that only SAML knows.
pub(super) fn refuse_own(notes: &mut Notes, path: &str, entry: &IdentityProviderEntry) {
    for (key, given) in [
        ("metadata", entry.metadata.is_some()),
        ("metadata_file", entry.metadata_file.is_some()),
        ("metadata_certificates", entry.metadata_certificates.is_some()),
        ("metadata_certificates_file", entry.metadata_certificates_file.is_some()),
        ("entity_id", entry.entity_id.is_some()),
        ("sso", entry.sso.is_some()),
        ("slo", entry.slo.is_some()),
        ("certificates", entry.certificates.is_some()),
        ("certificates_file", entry.certificates_file.is_some()),
        ("name_id", entry.name_id.is_some()),
        ("subject", entry.subject.is_some()),
        ("sign_requests", entry.sign_requests.is_some()),
    ] {
        if given {
            notes.refuse(&format!("{path}.{key}"), "is only for kind = \"saml\"");
        }
    }
}

/// What its administrator hands over.
struct Known {
    entity_id: EntityId,
    sign_on: Endpoint,
    logout: Option<Endpoint>,
    certificates: Vec<CertificateDer>,
    said: Said,
}

/// What a provider says of itself beside what is kept.
#[derive(Default)]
pub(super) struct Said {
    pub own_name: Option<String>,
    /// Until when its metadata is valid.
    pub valid_until: Option<Time>,
    pub doubts: Vec<Doubt>,
}

pub(super) fn upstream(notes: &mut Notes, path: &str, entry: IdentityProviderEntry) -> Option<(SamlUpstream, Said)> {
    let at = |key: &str| format!("{path}.{key}");
    no_file(notes, &at("metadata_file"), entry.metadata_file.as_ref());
    no_file(notes, &at("certificates_file"), entry.certificates_file.as_ref());
    no_file(notes, &at("metadata_certificates_file"), entry.metadata_certificates_file.as_ref());
    let signers = entry.metadata_certificates.as_ref();
    let signers = signers.map(|texts| certificates(notes, &at("metadata_certificates"), texts)).unwrap_or_default();
    let known = match &entry.metadata {
        Some(text) => by_metadata(notes, path, &entry, (text, &signers)),
        None => by_hand(notes, path, &entry),
    };
    let name_id = entry.name_id.unwrap_or(NameIdKind::Persistent);
    let named = entry.subject.is_some();
    let subject = entry.subject.and_then(|name| notes.text(&at("subject"), name, 300));
    if name_id == NameIdKind::Transient && !named {
        let why = "\"transient\" is another name each time: set subject to the attribute that people are known by";
        notes.refuse(&at("name_id"), why);
    }
    let acr_values = entry.acr_values.into_iter().filter_map(|text| notes.text(&at("acr_values"), text, 200)).collect();
    let known = known?;
    for (key, address) in [("sso", Some(&known.sign_on)), ("slo", known.logout.as_ref())] {
        let url = address.filter(|address| address.is_plain()).and_then(|address| Url::parse(address.as_str()).ok());
        if url.is_some_and(|url| !is_local(&url)) {
            let key = if entry.metadata.is_some() { "metadata" } else { key };
            notes.refuse(&at(key), "must begin with https://, so that nobody on the way can be the provider");
        }
    }
    let upstream = SamlUpstream {
        kind: SamlKind::Saml,
        entity_id: known.entity_id,
        sign_on: known.sign_on,
        logout: known.logout,
        certificates: known.certificates,
        name_id,
        subject,
        sign_requests: entry.sign_requests.unwrap_or(true),
        acr_values,
        metadata_certificates: signers,
    };
    Some((upstream, known.said))
}

fn by_metadata(
    notes: &mut Notes,
    path: &str,
    entry: &IdentityProviderEntry,
    (text, signers): (&str, &[CertificateDer]),
) -> Option<Known> {
    let at = |key: &str| format!("{path}.{key}");
    let beside =
        [("sso", entry.sso.is_some()), ("slo", entry.slo.is_some()), ("certificates", entry.certificates.is_some())];
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
    match idp_metadata::read(text.as_bytes(), wanted.as_ref(), signers) {
        Ok(metadata) => {
            let mut doubts = Vec::new();
            if let Signature::Unchecked(fingerprint) = metadata.signature {
                doubts.push(Doubt::SignatureUnchecked(fingerprint));
            }
            for doubt in &doubts {
                notes.warn(&at("metadata"), doubt);
            }
            for left_out in metadata.left_out.iter().filter(|what| what.starts_with("a ")) {
                notes.warn(&at("metadata"), format!("left out: {left_out}"));
            }
            if metadata.wants_requests_signed && entry.sign_requests == Some(false) {
                notes.warn(&at("sign_requests"), "is false, but its metadata says that it wants requests signed");
            }
            let own_name = name_for(&metadata.names, "en").map(|name| name.chars().take(100).collect());
            Some(Known {
                entity_id: metadata.entity_id,
                sign_on: metadata.sign_on,
                logout: metadata.logout,
                certificates: metadata.certificates,
                said: Said { own_name, valid_until: metadata.valid_until, doubts },
            })
        }
        Err(fault) => {
            notes.refuse(&at(fault.key()), fault);
            None
        }
    }
}

fn by_hand(notes: &mut Notes, path: &str, entry: &IdentityProviderEntry) -> Option<Known> {
    let at = |key: &str| format!("{path}.{key}");
    let (Some(id), Some(sso), Some(texts)) = (&entry.entity_id, &entry.sso, &entry.certificates) else {
        notes.refuse(&at("metadata"), "is missing: set metadata or metadata_file, or entity_id, sso and certificates");
        return None;
    };
    let entity_id = notes.parsed(&at("entity_id"), id, EntityId::parse);
    let sign_on = notes.parsed(&at("sso"), sso, Endpoint::parse);
    let logout = match &entry.slo {
        Some(text) => notes.parsed(&at("slo"), text, Endpoint::parse).map(Some),
        None => Some(None),
    };
    let certificates = certificates(notes, &at("certificates"), texts);
    if certificates.is_empty() {
        notes.refuse(&at("certificates"), "must hold a certificate that answers can be verified with");
        return None;
    }
    Some(Known { entity_id: entity_id?, sign_on: sign_on?, logout: logout?, certificates, said: Said::default() })
}
