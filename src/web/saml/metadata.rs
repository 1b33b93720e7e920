//! `/saml/metadata`: signed bytes, written once and answered from memory.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::flow::saml::metadata::document;
use crate::web::App;
use crate::web::oidc::discovery::answer;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let tenant = super::ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    let document = app.run(move || document(&site)).await??;
    Ok(answer(&request, &document, "application/samlmetadata+xml"))
}
