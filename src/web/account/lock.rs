//! `/account/lock`: the person locks their own account.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::secret::TokenKind;
use crate::flow::account::lock::lock;
use crate::view::{AccountSection, LockPage, LockedPage};
use crate::web::cookies;
use crate::web::pages::{FormTarget, html};
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;

const FORM: &str = "lock";

/// `GET /account/lock`: what it means.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let page = LockPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Lock),
        action: person.action("/account/lock"),
        csrf: person.csrf(FORM),
        has_address: person.known.user.email.is_some(),
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /account/lock`.
pub async fn submit(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    person.form(FORM, &body)?;
    {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || lock(&site, &browser, &known)).await??;
    }
    let page = LockedPage { frame: super::frame(&person), has_address: person.known.user.email.is_some() };
    let mut response = html(&person.request, StatusCode::OK, &page, FormTarget::Own);
    let gone = cookies::clear(TokenKind::Session, &person.tenant.slug);
    response.add_cookie(&gone).map_err(Problem::internal)?;
    crate::web::sign_out::clear_site_data(&mut response);
    person.finish(response)
}
