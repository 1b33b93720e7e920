//! `/account/password`: one's own password, by the present one. `/.well-known/change-password` leads here.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};

use crate::domain::password_rules::{Rule, shown};
use crate::domain::secret::Password;
use crate::flow::password::{self, Change, Turn};
use crate::view::{NewPasswordNotice, NewPasswordPage, NewPasswordPurpose};
use crate::web::pages::{self, FormTarget, html, see_other};
use crate::web::person::Person;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;

const FORM: &str = "password";
const HERE: &str = "/account/password";

/// `GET /.well-known/change-password` (W3C "A Well-Known URL for Changing Passwords").
pub async fn well_known(tenant: Tenant) -> HttpResponse {
    see_other(&format!("{}{HERE}", tenant.prefix))
}

/// `GET /account/password`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    page(&person, None, Vec::new())
}

fn page(person: &Person, notice: Option<NewPasswordNotice>, unmet: Vec<Rule>) -> Result<HttpResponse, Problem> {
    let status = match &notice {
        None => StatusCode::OK,
        Some(NewPasswordNotice::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        Some(NewPasswordNotice::Throttled { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(NewPasswordNotice::Refused | NewPasswordNotice::Locked { .. }) => StatusCode::FORBIDDEN,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let (rules, _) = password::rules_for(&person.tenant.site, &person.known.user);
    let page = NewPasswordPage {
        frame: pages::frame(&person.request, &person.tenant, None),
        purpose: NewPasswordPurpose::Own,
        action: person.action(HERE),
        hidden: Vec::new(),
        csrf: person.csrf(FORM),
        application: None,
        username: person.known.user.username.to_string(),
        rules: shown(&rules),
        unmet,
        notice,
        cancel: Some(person.action("/account")),
    };
    let mut response = html(&person.request, status, &page, FormTarget::Own);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(2));
    }
    person.finish(response)
}

/// `POST /account/password`.
pub async fn change(person: Person, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let mut typed = |name: &str| params.take(name).filter(|text| !text.is_empty());
    let (Some(current), Some(new)) = (typed("password"), typed("new_password")) else {
        return page(&person, Some(NewPasswordNotice::Missing), Vec::new());
    };
    let (Ok(current), Ok(new)) = (Password::parse(current), Password::parse(new)) else {
        return page(&person, Some(NewPasswordNotice::TooLong), Vec::new());
    };
    let change = Change { current, new, end_others: typed("end_others").is_some() };
    let turn = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || password::change(&site, &browser, &known, &change)).await??
    };
    match turn {
        Turn::Changed { .. } => person.finish(see_other(&person.action("/account"))),
        // The page asks who it is.
        Turn::Gone => person.finish(see_other(&person.action(HERE))),
        Turn::Unmet(unmet) => page(&person, Some(NewPasswordNotice::Unmet), unmet),
        Turn::Refused => page(&person, Some(NewPasswordNotice::Refused), Vec::new()),
        Turn::Locked { until } => page(&person, Some(NewPasswordNotice::Locked { until }), Vec::new()),
        Turn::HeldBack { wait } => {
            let minutes = u32::try_from(wait.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
            let mut response = page(&person, Some(NewPasswordNotice::Throttled { minutes }), Vec::new())?;
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(wait.as_secs().max(1)));
            Ok(response)
        }
        Turn::Busy => page(&person, Some(NewPasswordNotice::Busy), Vec::new()),
    }
}
