//! `/account/factors`: authenticator apps and recovery codes. Whoever changes them has signed in a moment ago.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::Time;
use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::{IdpId, TotpId};
use crate::domain::secret::TokenKind;
use crate::flow::enrolment::{self, Change, Enrolment, Overview, Setup};
use crate::flow::recovery_codes::ShownCodes;
use crate::flow::session::Welcome;
use crate::store::StoreError;
use crate::view::{
    AccountSection, AppRow, EnrolmentNotice, EnrolmentPage, FactorsNotice, FactorsPage, IdentityOffer, IdentityRow,
    RecoveryCodesPage,
};
use crate::web::pages::{self, FormTarget, html, see_other};
use crate::web::person::{Fresh, Person};
use crate::web::problem::Problem;
use crate::web::{cookies, second_factor};

/// The form's name in its token.
pub(super) const FORM: &str = "factors";
pub(super) const HERE: &str = "/account/factors";

/// `GET /account/factors`.
pub async fn show(person: Person) -> Result<HttpResponse, Problem> {
    page(&person, None).await
}

pub(super) async fn page(person: &Person, notice: Option<FactorsNotice>) -> Result<HttpResponse, Problem> {
    let Overview { apps, recovery_codes_left, recovery_codes_made_at, needs_an_app, identities } = {
        let (site, user) = (Arc::clone(&person.tenant.site), person.known.user.clone());
        let read = move || -> Result<_, StoreError> {
            site.store.read(|tx| enrolment::overview(tx, &user, &site.settings.policy))
        };
        person.app.run(read).await??
    };
    let row = |app: crate::store::totp::Credential| AppRow {
        id: app.id.to_string(),
        label: app.label,
        created_at: app.created_at,
        last_used_at: app.last_used_at,
    };
    let identity = |identity: crate::store::federated_identities::Identity| {
        let known = person.tenant.upstreams.iter().find(|stored| stored.provider.id == identity.key.provider);
        IdentityRow {
            id: identity.key.provider.to_string(),
            provider: known.map_or_else(|| identity.key.provider.to_string(), |stored| stored.provider.name.clone()),
            since: identity.created_at,
            used_at: identity.used_at,
        }
    };
    let linked = |id: &IdpId| identities.iter().any(|identity| identity.key.provider == *id);
    let enabled = person.tenant.upstreams.iter().map(|stored| &stored.provider).filter(|provider| provider.enabled);
    let others: Vec<&IdentityProvider> = enabled.filter(|provider| !linked(&provider.id)).collect();
    // A form that leads to a provider says so.
    let targets: Vec<String> = others.iter().map(|provider| provider.address().to_owned()).collect();
    let offer =
        |provider: &IdentityProvider| IdentityOffer { id: provider.id.to_string(), provider: provider.name.clone() };
    let page = FactorsPage {
        offers: others.into_iter().map(offer).collect(),
        identities: identities.into_iter().map(identity).collect(),
        frame: pages::frame(&person.request, &person.tenant, None),
        menu: super::menu(person, AccountSection::Factors),
        csrf: person.csrf(FORM),
        base: person.action(HERE),
        apps: apps.into_iter().map(row).collect(),
        recovery_codes_left,
        recovery_codes_of: recovery_codes_made_at.map(|at| at.timestamp_micros().to_string()).unwrap_or_default(),
        needs_an_app,
        notice,
    };
    let status = if notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let target = if targets.is_empty() { FormTarget::Own } else { FormTarget::Applications(&targets) };
    person.finish(html(&person.request, status, &page, target))
}

/// `GET /account/factors/add`.
pub async fn add_form(Fresh(person): Fresh) -> Result<HttpResponse, Problem> {
    let setup = enrolment::begin(&person.tenant.site, &person.browser, &person.known.user);
    enrolment_page(&person, setup.map_err(Problem::internal)?, String::new(), None)
}

fn enrolment_page(
    person: &Person,
    setup: Setup,
    label: String,
    notice: Option<EnrolmentNotice>,
) -> Result<HttpResponse, Problem> {
    let page = EnrolmentPage {
        frame: pages::frame(&person.request, &person.tenant, None),
        action: person.action("/account/factors/add"),
        interaction: None,
        csrf: person.csrf(FORM),
        application: None,
        setup: setup.sealed,
        uri: setup.uri.to_string(),
        secret: setup.secret.to_string(),
        label,
        later_days: None,
        cancel: Some(person.action(HERE)),
        notice,
    };
    person.finish(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /account/factors/add`: the code that proves the app.
pub async fn add(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let form = second_factor::confirmation(&mut params);
    let outcome = {
        let (site, browser) = (Arc::clone(&person.tenant.site), person.browser.clone());
        let (known, form) = (person.known.clone(), form.clone());
        person.app.run(move || enrolment::add(&site, &browser, &known, &form)).await??
    };
    let notice = match outcome {
        Enrolment::Done { welcome, codes } if codes.is_empty() => return dressed(&person, back(&person), welcome),
        Enrolment::Done { welcome, codes } => {
            let page = codes_page(&person, ShownCodes::new(&person.tenant.site, &codes, true), false)?;
            return dressed(&person, page, welcome);
        }
        Enrolment::WrongCode => EnrolmentNotice::WrongCode,
        Enrolment::Stale => EnrolmentNotice::Stale,
        // The next page asks who it is.
        Enrolment::Gone => return person.finish(back(&person)),
        Enrolment::TooMany => EnrolmentNotice::TooMany,
    };
    let setup = enrolment::again(&person.tenant.site, &person.browser, &person.known.user, &form.sealed);
    enrolment_page(&person, setup.map_err(Problem::internal)?, form.label, Some(notice))
}

/// With the cookies of the session that goes on.
fn dressed(person: &Person, mut response: HttpResponse, welcome: Option<Welcome>) -> Result<HttpResponse, Problem> {
    if let Some(welcome) = welcome {
        let slug = &person.tenant.slug;
        let device = welcome.device.as_ref();
        let device = device.map(|token| cookies::set(TokenKind::Device, slug, token, Some(welcome.device_lifetime)));
        let session = cookies::set(TokenKind::Session, slug, &welcome.session, None);
        for cookie in [Some(session), device].into_iter().flatten() {
            response.add_cookie(&cookie).map_err(Problem::internal)?;
        }
    }
    person.finish(response)
}

pub(super) fn back(person: &Person) -> HttpResponse {
    see_other(&person.action(HERE))
}

/// The codes, or the same once more: the person has not said that they are saved.
fn codes_page(person: &Person, shown: ShownCodes, unsaved: bool) -> Result<HttpResponse, Problem> {
    let page = RecoveryCodesPage {
        frame: pages::frame(&person.request, &person.tenant, None).in_this_language(),
        action: person.action("/account/factors/saved"),
        interaction: None,
        csrf: person.csrf(FORM),
        sealed: shown.seal(&person.tenant.site, &person.browser).map_err(Problem::internal)?,
        codes: shown.codes,
        enrolled: shown.enrolled,
        unsaved,
    };
    Ok(html(&person.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /account/factors/codes`: new recovery codes.
pub async fn renew_codes(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let based_on = params.take("of").and_then(|at| Time::from_timestamp_micros(at.parse().ok()?));
    let codes = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || enrolment::renew_codes(&site, &browser, &known, based_on)).await??
    };
    match codes {
        Some(codes) => {
            let shown = ShownCodes::new(&person.tenant.site, &codes, false);
            person.finish(codes_page(&person, shown, false)?)
        }
        None => page(&person, Some(FactorsNotice::CodesShown)).await,
    }
}

/// `POST /account/factors/saved`: the codes are kept somewhere.
pub async fn saved(person: Person, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    match second_factor::unsaved(&person.tenant.site, &person.browser, &mut params) {
        Some(shown) => person.finish(codes_page(&person, shown, true)?),
        None => person.finish(back(&person)),
    }
}

fn id(person: &Person) -> Result<TotpId, Problem> {
    let id = person.request.match_info().get("id").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

/// `POST /account/factors/{id}/rename`.
pub async fn rename(person: Person, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = person.form(FORM, &body)?;
    let (id, label) = (id(&person)?, params.take("label").unwrap_or_default());
    let change = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || enrolment::rename(&site, &browser, &known, id, &label)).await??
    };
    changed(&person, change).await
}

/// `POST /account/factors/{id}/remove`.
pub async fn remove(Fresh(person): Fresh, body: web::Bytes) -> Result<HttpResponse, Problem> {
    person.form(FORM, &body)?;
    let id = id(&person)?;
    let change = {
        let (site, browser, known) = (Arc::clone(&person.tenant.site), person.browser.clone(), person.known.clone());
        person.app.run(move || enrolment::remove(&site, &browser, &known, id)).await??
    };
    changed(&person, change).await
}

async fn changed(person: &Person, change: Change) -> Result<HttpResponse, Problem> {
    match change {
        Change::Done | Change::Gone => person.finish(back(person)),
        Change::NotFound => Err(Problem::new(ErrorCode::NotFound)),
        Change::LastOne => page(person, Some(FactorsNotice::LastOne)).await,
    }
}
