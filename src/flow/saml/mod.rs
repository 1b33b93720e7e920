//! SAML 2.0: the front door, the back door and what is told about us.

pub mod artifact;
mod issue;
pub mod metadata;
pub mod sso;

use crate::domain::application::Application;
use crate::domain::fault::ErrorCode;
use crate::domain::saml::{EntityId, ServiceProvider, SignatureAlg};
use crate::protocol::saml::metadata::entity_id;
use crate::protocol::saml::response::Issuer;

use super::Site;
use super::resume::Refusal;

/// Who speaks, by this algorithm. `entity_id` outlives the answer that is written.
fn issuer<'a>(site: &'a Site, entity_id: &'a str, alg: SignatureAlg) -> Result<Issuer<'a>, Refusal> {
    let signer = site.credentials.signer(alg).ok_or_else(|| Refusal::Fault("no credential to sign with".to_owned()))?;
    Ok(Issuer { entity_id, signer, alg, now: site.now(), entropy: site.entropy.as_ref() })
}

/// What the tenant is called in SAML.
pub fn own_name(site: &Site) -> String {
    entity_id(&site.base)
}

/// The application by its name in SAML; it is a page where there is none.
fn provider<'a>(site: &'a Site, entity: &EntityId) -> Result<&'a Application<ServiceProvider>, Refusal> {
    let known = site.service_provider(entity).map(AsRef::as_ref);
    known.ok_or_else(|| {
        unaddressable(ErrorCode::UnknownApplication, format!("no application with the entityID {entity}"))
    })
}

/// Nobody can be answered: a page says why.
fn unaddressable(code: ErrorCode, cause: impl Into<String>) -> Refusal {
    Refusal::Unaddressable { code, cause: cause.into() }
}
