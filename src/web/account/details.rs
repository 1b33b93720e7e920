//! `/account/details`: what is known of the person, and what of it they correct themselves (AC-6).

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::language::Language;
use crate::domain::profile::{ProfileFault, ProfileField};
use crate::flow::account::details::{Correction, Turn, correct};
use crate::protocol::params::RawParams;
use crate::view::{AccountSection, DetailRow, DetailsPage, FixedDetails};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Person;
use crate::web::problem::Problem;
use crate::web::{cookies, form};

const FORM: &str = "details";
const HERE: &str = "/account/details";

/// `GET /account/details`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let saved = form::query(&person.request)?.get("saved").is_some();
    let user = &person.known.user;
    let typed = |field: ProfileField| (field, field.of(&user.profile).unwrap_or_default().to_owned());
    let stands = Correction { fields: ProfileField::ALL.map(typed).into(), locale: user.locale };
    page(&person, stands, &[], saved)
}

/// `POST /account/details`.
pub async fn save(person: Person, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let correction = correction(&mut params)?;
    let turn = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        let correction = correction.clone();
        person.app.run(move || correct(&site, &browser, &known, &correction)).await??
    };
    match turn {
        Turn::Refused(faults) => page(&person, correction, &faults, false),
        Turn::Saved { .. } => {
            let mut response = see_other(&person.action(&format!("{HERE}?saved=1")));
            if let Some(language) = correction.locale {
                response.add_cookie(&cookies::set_language(language)).map_err(Problem::internal)?;
            }
            person.finish(response)
        }
    }
}

fn correction(params: &mut RawParams) -> Result<Correction, Problem> {
    let locale = params.take("locale").map(|tag| Language::parse(&tag).ok_or(tag)).transpose();
    let locale = locale.map_err(|_tag| Problem::new(ErrorCode::RequestMalformed).detail("no language of ours"))?;
    let fields = ProfileField::ALL.map(|field| (field, params.take(field.name()).unwrap_or_default()));
    Ok(Correction { fields: fields.into(), locale })
}

fn page(
    person: &Person,
    correction: Correction,
    faults: &[(ProfileField, ProfileFault)],
    saved: bool,
) -> Result<HttpResponse, Problem> {
    let user = &person.known.user;
    let row = |(field, value): (ProfileField, String)| {
        let fault = faults.iter().find(|(wrong, _)| *wrong == field).map(|(_, fault)| *fault);
        DetailRow { field, value, fault }
    };
    let page = DetailsPage {
        frame: super::frame(person),
        menu: super::menu(person, AccountSection::Details),
        action: person.action(HERE),
        csrf: person.csrf(FORM),
        fields: correction.fields.into_iter().map(row).collect(),
        locale: correction.locale,
        offered: person.tenant.settings.languages.clone(),
        fixed: FixedDetails {
            username: user.username.to_string(),
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            email_href: Some(person.action("/account/email")),
            roles: user.roles.iter().map(ToString::to_string).collect(),
            groups: user.groups.iter().cloned().collect(),
        },
        saved,
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    person.finish(html(&person.request, status, &page, FormTarget::Own))
}
