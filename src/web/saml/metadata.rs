//! `/saml/metadata`: signed bytes, written once and answered from memory. `?app=ID` is the address that is given to one
//! application's makers: it says which of them has seen the certificate that follows.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::ids::ClientId;
use crate::flow::admin::certificates;
use crate::flow::saml::metadata::document;
use crate::web::App;
use crate::web::form;
use crate::web::oidc::discovery::answer;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

/// The application that an address belongs to. Whatever else stands in the query is nobody's. Whoever asks only whether
/// there is something has read nothing.
pub fn reader(request: &HttpRequest) -> Option<ClientId> {
    if request.method() == Method::HEAD {
        return None;
    }
    let id = form::query(request).ok()?.take("app")?;
    ClientId::parse(&id).ok()
}

pub async fn get(request: HttpRequest, app: web::Data<App>, tenant: Tenant) -> Result<HttpResponse, Problem> {
    let tenant = super::ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    let reader = reader(&request);
    let document = app.run(move || {
        if let Some(reader) = reader {
            certificates::note_fetch(&site, reader);
        }
        document(&site)
    });
    let document = document.await??;
    Ok(answer(&request, &document, "application/samlmetadata+xml"))
}
