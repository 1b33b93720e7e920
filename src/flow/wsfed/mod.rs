//! WS-Federation: the same demand, interaction, pages and release as every protocol; only the doors are its own.

pub mod signin;
pub mod signout;

use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::protocol::wsfed::metadata::{Publisher, metadata};

use super::Site;
use super::site::{Document, SiteError};

/// Federation metadata, signed: the same bytes as long as the tenant does not change. `None` = there is nothing to
/// sign with yet.
pub fn document(site: &Site) -> Result<Option<Document>, SiteError> {
    if let Some(known) = site.federation_metadata.get() {
        return Ok(Some(known.clone()));
    }
    let alg = SignatureAlg::RsaSha256;
    let Some(signer) = site.credentials.signer(alg) else { return Ok(None) };
    let certificates: Vec<&CertificateDer> =
        site.credentials.published().iter().map(|published| &published.certificate).collect();
    let id = format!("_{}-{}", signer.id(), site.revision);
    let publisher = Publisher { base: &site.base, name: &site.settings.name, certificates: &certificates, id: &id };
    let text = metadata(&publisher, signer, alg).map_err(|cause| SiteError::Document(cause.to_string()))?;
    let document = site.federation_metadata.get_or_init(|| Document::new(text.into_bytes()));
    Ok(Some(document.clone()))
}
