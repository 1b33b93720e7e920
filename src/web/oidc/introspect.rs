//! `/oauth2/introspect` (RFC 7662).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::client::ClientFault;
use crate::flow::resource::introspect;
use crate::protocol::oidc::introspect::{Introspection, PresentedToken, check_caller};
use crate::web::App;
use crate::web::tenant::Tenant;

use super::client::{Call, json, refuse};

pub async fn post(request: HttpRequest, app: web::Data<App>, tenant: Tenant, bytes: web::Bytes) -> HttpResponse {
    match answer(&request, &app, &tenant, &bytes).await {
        Ok(response) => json(&request, &tenant, &response),
        Err(fault) => refuse(&request, &tenant, fault),
    }
}

async fn answer(
    request: &HttpRequest,
    app: &web::Data<App>,
    tenant: &Tenant,
    bytes: &[u8],
) -> Result<Introspection, ClientFault> {
    let mut call = Call::read(request, app, tenant, bytes).await?;
    check_caller(&call.credential)?;
    // A signed assertion is spent by a write; a secret is compared in memory, and only a wrong one is written down.
    let reads_only = tenant.store.is_embedded() && !call.writes();
    let work = move || {
        let registered = call.authenticate()?;
        let token = PresentedToken::parse(&mut call.params)?;
        Ok(introspect(&call.site, &registered.application.id, &token)?)
    };
    app.glance(reads_only, work).await.map_err(|problem| ClientFault::Internal(problem.to_string()))?
}
