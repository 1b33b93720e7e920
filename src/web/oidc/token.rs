//! `/oauth2/token` (RFC 6749 §3.2).

use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::client::ClientFault;
use crate::flow::token::exchange;
use crate::protocol::oidc::token::{TokenRequest, TokenResponse};
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
) -> Result<TokenResponse, ClientFault> {
    let mut call = Call::read(request, app, tenant, bytes).await?;
    let work = move || {
        let registered = call.authenticate()?;
        let asked = TokenRequest::parse(&mut call.params)?;
        exchange(&call.site, &registered.application, asked, &call.origin)
    };
    app.run(work).await.map_err(|problem| ClientFault::Internal(problem.to_string()))?
}
