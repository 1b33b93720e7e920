//! `/saml/metadata`: signed bytes, written once and answered from memory. `?app=ID` is the address that is given to one
//! application's makers: it says which of them has seen the certificate that follows.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::ids::ClientId;
use crate::flow::admin::certificates;
use crate::flow::saml::metadata::document;
use crate::web::App;
use crate::web::form;
use crate::web::oidc::discovery::answer;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let tenant = super::ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    // Whatever else stands in the query is nobody's.
    let reader = form::query(&request).ok().and_then(|mut query| query.take("app"));
    let reader = reader.and_then(|id| ClientId::parse(&id).ok());
    let document = app.run(move || {
        if let Some(reader) = reader {
            certificates::note_fetch(&site, reader);
        }
        document(&site)
    });
    let document = document.await??;
    Ok(answer(&request, &document, "application/samlmetadata+xml"))
}
