//! `/saml/artifact`: applications fetch messages over SOAP (SAML Bindings §3.2, §3.6.5).

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::flow::saml::artifact::{Answer, resolve};
use crate::web::App;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

pub async fn post(app: web::Data<App>, tenant: Tenant, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let tenant = super::ready(&app, tenant).await?;
    let site = Arc::clone(&tenant.site);
    // SOAP 1.1 §6.2 says 500 for every fault; the fault is the sender's, so we say so, as SOAP 1.2 Part 2 §7.5.2 does.
    let (mut response, envelope) = match app.run(move || resolve(&site, &body)).await?? {
        Answer::Message(envelope) => (HttpResponse::Ok(), envelope),
        Answer::Fault(envelope) => (HttpResponse::BadRequest(), envelope),
    };
    // Bindings §3.2.3.3: nothing on the way may keep it.
    let kept = (header::CACHE_CONTROL, "no-cache, no-store, must-revalidate, private");
    Ok(response.insert_header(kept).content_type("text/xml; charset=utf-8").body(envelope))
}
