//! `/account/export`: a copy of everything that is kept about the person.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};

use crate::flow::account::export::export;
use crate::view::{AccountSection, ExportPage};
use crate::web::pages::{FormTarget, html};
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;

const FORM: &str = "export";

/// `GET /account/export`: what will be in it.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let page = ExportPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Data),
        action: person.action("/account/export"),
        csrf: person.csrf(FORM),
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /account/export`: the file.
pub async fn download(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    person.form(FORM, &body)?;
    let bytes = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || export(&site, &browser, &known)).await??
    };
    // The name of the file says nothing of the person: it stands in a folder that others may see.
    let name = format!("attachment; filename=\"{}-account.json\"", person.tenant.slug);
    let response = HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(bytes);
    person.finish(response)
}
