//! `/oauth2/userinfo` by GET and POST (OpenID Connect Core §5.3.1, RFC 6750).

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::flow::resource::{UserInfoFault, userinfo};
use crate::protocol::oidc::bearer::{BearerError, bearer_token};
use crate::protocol::oidc::error::body;
use crate::web::context::Context;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cors, form};

use super::client::authorization;

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> HttpResponse {
    let answer = answer(&request, &app, &tenant, None).await;
    finish(&request, &tenant, answer)
}

pub async fn post(request: HttpRequest, app: web::Data<App>, tenant: Tenant, bytes: web::Bytes) -> HttpResponse {
    let answer = answer(&request, &app, &tenant, Some(&bytes)).await;
    finish(&request, &tenant, answer)
}

async fn answer(
    request: &HttpRequest,
    app: &App,
    tenant: &Tenant,
    bytes: Option<&[u8]>,
) -> Result<Vec<u8>, UserInfoFault> {
    // A POST may carry the token in its header and no form at all.
    let mut params = match bytes {
        Some(bytes) if !bytes.is_empty() => Some(
            form::body(request, bytes)
                .map_err(|_unreadable| BearerError::InvalidRequest("the body is not a form that can be read"))?,
        ),
        Some(_) | None => None,
    };
    let token = bearer_token(&authorization(request), params.as_mut())?;
    let site = Arc::clone(&tenant.site);
    let embedded = site.store.is_embedded();
    let work = move || userinfo(&site, &token);
    app.glance(embedded, work).await.map_err(|problem| UserInfoFault::Internal(problem.to_string()))?
}

fn finish(request: &HttpRequest, tenant: &Tenant, answer: Result<Vec<u8>, UserInfoFault>) -> HttpResponse {
    let response = match answer {
        Ok(bytes) => HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(bytes),
        Err(UserInfoFault::Refused(error)) => refuse(tenant, error),
        Err(UserInfoFault::Store(fault)) => failed(request, tenant, &Problem::from(fault)),
        Err(UserInfoFault::Internal(cause)) => failed(request, tenant, &Problem::internal(cause)),
    };
    cors::allow(request, &tenant.site, response)
}

fn refuse(tenant: &Tenant, error: BearerError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let mut response = HttpResponse::build(status);
    response.insert_header((header::WWW_AUTHENTICATE, error.www_authenticate(&tenant.base)));
    match error.body(&tenant.base) {
        Some(body) => response.json(body),
        None => response.finish(),
    }
}

fn failed(request: &HttpRequest, tenant: &Tenant, problem: &Problem) -> HttpResponse {
    problem.log(&Context::of(request));
    let name = if problem.code == ErrorCode::StoreUnavailable { "temporarily_unavailable" } else { "server_error" };
    let answer = body(name, problem.code, "the server could not answer", &tenant.base);
    HttpResponse::build(crate::web::problem::status(problem.code)).json(answer)
}
