//! `/oauth2/revoke` (RFC 7009).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::client::ClientFault;
use crate::flow::resource::revoke;
use crate::protocol::oidc::introspect::PresentedToken;
use crate::web::tenant::Tenant;
use crate::web::{App, cors};

use super::client::{Call, refuse};

pub async fn post(request: HttpRequest, app: web::Data<App>, tenant: Tenant, bytes: web::Bytes) -> HttpResponse {
    match answer(&request, &app, &tenant, &bytes).await {
        Ok(()) => cors::allow(&request, &tenant.site, HttpResponse::Ok().finish()),
        Err(fault) => refuse(&request, &tenant, fault),
    }
}

async fn answer(request: &HttpRequest, app: &web::Data<App>, tenant: &Tenant, bytes: &[u8]) -> Result<(), ClientFault> {
    let mut call = Call::read(request, app, tenant, bytes).await?;
    let work = move || {
        let registered = call.authenticate()?;
        let token = PresentedToken::parse(&mut call.params)?;
        revoke(&call.site, &registered.application.id, &token, &call.origin)
    };
    app.run(work).await.map_err(|problem| ClientFault::Internal(problem.to_string()))?
}
