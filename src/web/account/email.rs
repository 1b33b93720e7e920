//! `/account/email`: another address of mail, or the proof of the one that is there. It asks for a sign-in of the last
//! minutes, since who has the address can choose another password.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::user::EmailAddress;
use crate::flow::recovery::{Confirmation, start_address_change};
use crate::view::{AccountSection, EmailPage, EmailState};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;

const FORM: &str = "email";
const HERE: &str = "/account/email";

/// `GET /account/email`.
pub async fn show(Fresh(person): Fresh) -> Result<HttpResponse, Problem> {
    let user = &person.known.user;
    let unproven = user.email.as_ref().filter(|_| !user.email_verified).map(ToString::to_string);
    page(&person, unproven.unwrap_or_default(), EmailState::Asking)
}

/// `POST /account/email`: mails a link to the address.
pub async fn submit(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let typed: String = person.form(FORM, &body)?.take("email").unwrap_or_default().chars().take(320).collect();
    let Ok(address) = EmailAddress::parse(&typed) else { return page(&person, typed, EmailState::Malformed) };
    let outcome = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || start_address_change(&site, &browser, &known, &address)).await??
    };
    let state = match outcome {
        Confirmation::Done => EmailState::Sent,
        Confirmation::TooMany => EmailState::TooMany,
        // The page asks who it is.
        Confirmation::Shut => return person.finish(see_other(&person.action(HERE))),
    };
    page(&person, typed, state)
}

fn page(person: &Person, typed: String, state: EmailState) -> Result<HttpResponse, Problem> {
    let page = EmailPage {
        frame: super::frame(person),
        menu: super::menu(person, AccountSection::Details),
        action: person.action(HERE),
        csrf: person.csrf(FORM),
        current: person.known.user.email.as_ref().map(ToString::to_string),
        typed,
        state,
    };
    let status = match state {
        EmailState::Asking | EmailState::Sent => StatusCode::OK,
        EmailState::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
        EmailState::TooMany => StatusCode::TOO_MANY_REQUESTS,
    };
    person.finish(html(&person.request, status, &page, FormTarget::Own))
}
