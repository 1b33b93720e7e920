//! What an identity provider's metadata says (SAML Metadata §2.3, §2.4.3), for people who sign in with it. Read once, when
//! the provider is registered; what is kept is typed.
//!
//! Refused: metadata without a place for requests by HTTP-Redirect, or without a certificate to verify answers with. A
//! `KeyDescriptor` without `use` signs too (§2.4.1.1): it can never switch a check off. Who has to have signed it is what its
//! caller says (`metadata_signature`).

use crate::crypto::xml::Element;
use crate::domain::Time;
use crate::domain::saml::{Binding, CertificateDer, Endpoint, EntityId};

use super::metadata_signature::{Signature, Source};
use super::sp_metadata::{Found, MetadataFault, address, all, certificates_in, display_names, entities, flag};

const ROLE: &str = "IDPSSODescriptor";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdpMetadata {
    pub entity_id: EntityId,
    /// Where requests go by HTTP-Redirect.
    pub sign_on: Endpoint,
    /// Where logout messages go by HTTP-Redirect.
    pub logout: Option<Endpoint>,
    /// Never empty.
    pub certificates: Vec<CertificateDer>,
    pub wants_requests_signed: bool,
    pub name_id_formats: Vec<String>,
    /// Names for people, each with its language.
    pub names: Vec<(String, String)>,
    pub valid_until: Option<Time>,
    pub signature: Signature,
    pub left_out: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdpMetadataFault {
    #[error(transparent)]
    Metadata(#[from] MetadataFault),
    #[error("describes no SAML 2.0 identity provider")]
    NoIdentityProvider,
    #[error("describes several identity providers: say which by entity_id ({})", .0.join(", "))]
    Several(Vec<String>),
    #[error("does not describe the identity provider {0:?}")]
    Absent(String),
    #[error("names no place for requests that can be used (SingleSignOnService with HTTP-Redirect)")]
    NoSignOn,
    #[error("holds no certificate that answers can be verified with")]
    NoKey,
}

impl IdpMetadataFault {
    /// The key in the declarative file that it is about.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Metadata(fault) => fault.key(),
            Self::NoIdentityProvider | Self::Several(_) | Self::Absent(_) | Self::NoSignOn | Self::NoKey => "metadata",
        }
    }
}

/// The identity provider that is described, or the one of several that is wanted. Where there are `signers`, one of them
/// signed what is read; where there are none, nobody has to have.
pub fn read(
    text: &[u8],
    wanted: Option<&EntityId>,
    signers: &[CertificateDer],
) -> Result<IdpMetadata, IdpMetadataFault> {
    let source = Source::open(text, (ROLE, wanted), signers)?;
    let Found { id, role, limits, .. } = choose(entities(&source.document, ROLE)?, wanted)?;
    source.ends(limits)?;
    let mut left_out = Vec::new();
    let sign_on = redirect(role, "SingleSignOnService", &mut left_out)?.ok_or(IdpMetadataFault::NoSignOn)?;
    let logout = redirect(role, "SingleLogoutService", &mut left_out)?;
    let certificates = signing(role, &mut left_out)?;
    if certificates.is_empty() {
        return Err(IdpMetadataFault::NoKey);
    }
    let formats = all(role, "NameIDFormat", "NameIDFormat")?.into_iter();
    let formats = formats.map(|one| Ok(one.text().map_err(MetadataFault::from)?.trim().to_owned()));
    Ok(IdpMetadata {
        entity_id: EntityId::parse(id).map_err(MetadataFault::EntityId)?,
        sign_on,
        logout,
        certificates,
        wants_requests_signed: flag(role, "WantAuthnRequestsSigned"),
        name_id_formats: formats.collect::<Result<_, IdpMetadataFault>>()?,
        names: display_names(role)?,
        valid_until: limits.valid_until,
        signature: source.signature,
        left_out,
    })
}

fn choose<'a>(mut found: Vec<Found<'a>>, wanted: Option<&EntityId>) -> Result<Found<'a>, IdpMetadataFault> {
    if let Some(wanted) = wanted {
        found.retain(|one| one.id == wanted.as_str());
    }
    match (found.len(), wanted) {
        (0, Some(wanted)) => Err(IdpMetadataFault::Absent(wanted.to_string())),
        (2.., None) => Err(IdpMetadataFault::Several(found.iter().take(5).map(|one| one.id.to_owned()).collect())),
        (_, _) => found.pop().ok_or(IdpMetadataFault::NoIdentityProvider),
    }
}

/// The first address of this kind that a browser can be redirected to.
fn redirect(
    role: Element<'_>,
    local: &'static str,
    left_out: &mut Vec<String>,
) -> Result<Option<Endpoint>, MetadataFault> {
    let mut chosen = None;
    for element in all(role, local, local)? {
        let urn = element.attribute("Binding").unwrap_or_default();
        if Binding::parse(urn) == Some(Binding::Redirect) && chosen.is_none() {
            chosen = Some(address(element, "Location")?);
        } else {
            left_out.push(format!("{local} with {urn}"));
        }
    }
    Ok(chosen)
}

fn signing(role: Element<'_>, left_out: &mut Vec<String>) -> Result<Vec<CertificateDer>, MetadataFault> {
    let mut found: Vec<CertificateDer> = Vec::new();
    for descriptor in all(role, "KeyDescriptor", "KeyDescriptor")? {
        if descriptor.attribute("use") == Some("encryption") {
            continue;
        }
        for certificate in certificates_in(descriptor, left_out)? {
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "idp_metadata_tests.rs"]
mod tests;
