//! SAML 2.0.

pub mod artifact;
pub mod metadata;
pub mod sso;

use std::sync::Arc;

use crate::flow::credentials;
use crate::flow::site::SiteError;

use super::App;
use super::problem::Problem;
use super::tenant::Tenant;

/// The tenant with something to sign with, which is made when it is needed first.
pub async fn ready(app: &App, tenant: Tenant) -> Result<Tenant, Problem> {
    if !tenant.credentials.is_empty() {
        return Ok(tenant);
    }
    let (host, site) = (Arc::clone(&app.host), Arc::clone(&tenant.site));
    let made = app.run(move || -> Result<_, SiteError> {
        credentials::ensure(&site.store, site.base.issuer(), site.now(), site.entropy.as_ref())?;
        host.refresh(site.id);
        host.site(&site.slug)
    });
    match made.await?? {
        Some(site) => Ok(Tenant { site, ..tenant }),
        None => Err(Problem::internal("the tenant is gone")),
    }
}
