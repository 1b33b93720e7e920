//! Our own metadata: written and signed once for each revision of the tenant.

use crate::domain::application::Application;
use crate::domain::saml::{ServiceProvider, SignatureAlg};
use crate::domain::signing::KeyType;
use crate::protocol::saml::metadata::metadata;

use super::super::Site;
use super::super::resume::Refusal;
use super::super::site::Document;

/// RSA for everybody; other kinds only where some application asked for them, since not everybody can read them.
pub fn document(site: &Site) -> Result<Document, Refusal> {
    if let Some(known) = site.saml_metadata.get() {
        return Ok(known.clone());
    }
    let asks = |kind: KeyType, one: &Application<ServiceProvider>| one.protocol.signature.key_type() == kind;
    let published = site.credentials.published().iter().filter(|one| {
        one.kind == KeyType::Rsa || site.applications.service_providers().any(|application| asks(one.kind, application))
    });
    let mut certificates: Vec<_> = published.collect();
    certificates.sort_by_key(|one| one.kind != KeyType::Rsa);
    let alg = SignatureAlg::RsaSha256;
    let signer = site.credentials.signer(alg);
    let signer = signer.ok_or_else(|| Refusal::Fault("no credential to sign metadata with".to_owned()))?;
    let certificates = certificates.into_iter().map(|one| &one.certificate);
    let text = metadata(&site.base, certificates, (signer, alg), site.entropy.as_ref())
        .map_err(|cause| Refusal::Fault(format!("the metadata {cause}")))?;
    Ok(site.saml_metadata.get_or_init(|| Document::new(text.into_bytes())).clone())
}
