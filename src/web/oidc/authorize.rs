//! `/oauth2/authorize` by GET and POST (OpenID Connect Core §3.1.2.1).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::authorize::begin;
use crate::protocol::params::RawParams;
use crate::web::across::{self, Posted};
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, cookies, form, reply};

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let params = form::query(&request)?;
    arrive(request, app, tenant, params).await
}

pub async fn post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let params = match across::read(&request, &tenant, "/oauth2/authorize", &body)? {
        Posted::Here(params) => params,
        Posted::Onward(response) => return Ok(response),
    };
    arrive(request, app, tenant, params).await
}

async fn arrive(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    params: RawParams,
) -> Result<HttpResponse, Problem> {
    let (browser, fresh) = cookies::browser(&request, &tenant.site);
    let site = Arc::clone(&tenant.site);
    let turn = app.run(move || begin(&site, &browser, &params)).await??;
    cookies::with(reply::turn(&request, &tenant, turn), &fresh)
}
