//! `/account/factors/identities/{idp}/…`: identity providers that vouch for the person, linked and unlinked. Whoever does
//! has signed in a moment ago.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::IdpId;
use crate::flow::federation::link::{Unlinked, unlink};
use crate::flow::interaction::{PagePath, Resume};
use crate::view::FactorsNotice;
use crate::web::federation::link::set_out_to_link;
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;

use super::factors;

fn provider(person: &Person) -> Result<IdpId, Problem> {
    let id = person.request.match_info().get("idp").and_then(|id| IdpId::parse(id).ok());
    id.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

/// `POST /account/factors/identities/{idp}/link`: on to the provider.
pub async fn link(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    person.form(factors::FORM, &body)?;
    let provider = provider(&person)?;
    let back = PagePath::parse(factors::HERE).unwrap_or_else(PagePath::account);
    set_out_to_link(person, &provider, Resume::Page { path: back, fresh: false }).await
}

/// `POST /account/factors/identities/{idp}/unlink`.
pub async fn remove(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    person.form(factors::FORM, &body)?;
    let provider = provider(&person)?;
    let unlinked = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || unlink(&site, &browser, &known, &provider)).await??
    };
    match unlinked {
        Unlinked::Done | Unlinked::Gone => person.finish(factors::back(&person)),
        Unlinked::NotFound => Err(Problem::new(ErrorCode::NotFound)),
        Unlinked::LastWay => factors::page(&person, Some(FactorsNotice::LastWay)).await,
    }
}
