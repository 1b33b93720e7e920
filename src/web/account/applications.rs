//! `/account/applications`: the services that have something of the person's.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::flow::account::applications::{Connection, list, withdraw};
use crate::view::{AccountSection, ApplicationsPage, ConnectionRow};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Person;
use crate::web::problem::Problem;

const FORM: &str = "applications";
const HERE: &str = "/account/applications";

/// `GET /account/applications`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    let withdrawn = form::query(&person.request)?.get("done").is_some();
    let connections = {
        let (site, known) = (Arc::clone(&person.tenant.site), person.known.clone());
        person.app.run(move || list(&site, &known)).await??
    };
    let page = ApplicationsPage {
        frame: super::frame(&person),
        menu: super::menu(&person, AccountSection::Applications),
        action: person.action(HERE),
        csrf: person.csrf(FORM),
        rows: connections.into_iter().map(row).collect(),
        withdrawn,
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

fn row(connection: Connection) -> ConnectionRow {
    ConnectionRow {
        id: connection.client.to_string(),
        name: connection.name.unwrap_or_else(|| connection.client.to_string()),
        claims: connection.claims.into_iter().collect(),
        offline: connection.offline,
        other_scopes: connection.other_scopes,
        consented_at: connection.consented_at,
        since: connection.since,
        used_at: connection.used_at,
    }
}

/// `POST /account/applications`: takes the access of one back.
pub async fn change(person: Person, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let client = params.take("application").and_then(|id| ClientId::parse(&id).ok());
    let client = client.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("application says which"))?;
    let found = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || withdraw(&site, &browser, &known, &client)).await??
    };
    if !found {
        return Err(Problem::new(ErrorCode::NotFound));
    }
    person.finish(see_other(&person.action(&format!("{HERE}?done=withdrawn"))))
}
