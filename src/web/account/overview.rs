//! `/account`: how the account stands.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::domain::user::User;
use crate::flow::account::overview::{Overview, overview};
use crate::view::{AccountSection, AccountState, AccountTodo, OverviewPage};
use crate::web::pages::{FormTarget, html};
use crate::web::person::Person;
use crate::web::problem::Problem;

/// With fewer it is time to make new ones.
const FEW_CODES: u32 = 4;

/// `GET /account`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let seen = {
        let (site, known) = (Arc::clone(&person.tenant.site), person.known.clone());
        person.app.run(move || overview(&site, &known)).await??
    };
    let page = OverviewPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Overview),
        todos: if person.known.user.is_transient() { Vec::new() } else { todos(&seen, &person.known.user) },
        state: AccountState {
            signed_in_at: person.known.session.auth_time,
            password_changed_at: seen.password_changed_at,
            authenticator_apps: count(seen.authenticator_apps),
            recovery_codes: seen.recovery_codes,
            sessions: count(seen.sessions),
            applications: count(seen.applications),
        },
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn todos(seen: &Overview, user: &User) -> Vec<AccountTodo> {
    let none = seen.authenticator_apps == 0;
    // Whoever has no password here signs in elsewhere, and is protected there.
    let has_password = seen.password_changed_at.is_some();
    let factor = (seen.app_offered && none && has_password).then_some(AccountTodo::AddSecondFactor);
    let few = !none && seen.recovery_codes < FEW_CODES;
    let codes = few.then_some(AccountTodo::RenewRecoveryCodes { left: seen.recovery_codes });
    let address = match &user.email {
        None => Some(AccountTodo::AddAddress),
        Some(_) => (!user.email_verified).then_some(AccountTodo::VerifyAddress),
    };
    factor.into_iter().chain(codes).chain(address).collect()
}
