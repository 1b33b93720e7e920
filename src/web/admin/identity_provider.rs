//! `/admin/identity-providers/{id}`: one identity provider, its settings, in use or not, and gone.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::IdpId;
use crate::flow::admin::identity_providers::register_there;
use crate::flow::admin::provider_registration::{self as flow, Known, RegistrationError, Turn};
use crate::store::StoreError;
use crate::view::{AdminProviderDeletePage, AdminProviderPage, AdminSection, ProviderNotice};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::identity_providers::{FORM, Filled, HERE, LONGEST, act_of, filled, home_of, typed_from, unseen};
use super::{FreshAdministrator, Staff};

pub(super) fn id_of(staff: &Staff) -> Result<IdpId, Problem> {
    let written = staff.request.match_info().get("id").unwrap_or_default();
    IdpId::parse(written).ok().ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

pub(super) async fn look(staff: &Staff, id: &IdpId) -> Result<Known, Problem> {
    let (site, wanted) = (Arc::clone(&staff.tenant.site), id.clone());
    let found = staff.app.run(move || flow::look(&site, &wanted)).await??;
    found.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

/// `GET /admin/identity-providers/{id}`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let id = id_of(&staff)?;
    let notice = notice(form::query(&staff.request)?.take("done").as_deref());
    let Known { stored, usage } = look(&staff, &id).await?;
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let provider = stored.provider;
    let page = AdminProviderPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        base: home_of(&staff, &id),
        notice,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
        kind: flow::kind_of(&provider),
        enabled: provider.enabled,
        domains: provider.domains.iter().cloned().collect(),
        usage,
        has_secret: provider.has_secret().then_some(stored.sealed_secret.is_some()),
        register_there: register_there(staff.tenant.base.issuer(), &provider),
        facts: flow::facts(&provider),
        settings: flow::settings(&provider),
        id: id.to_string(),
        name: provider.name,
    };
    Ok(staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))?)
}

fn notice(done: Option<&str>) -> Option<ProviderNotice> {
    match done? {
        "created" => Some(ProviderNotice::Created),
        "saved" => Some(ProviderNotice::Saved),
        "unchanged" => Some(ProviderNotice::Unchanged),
        "enabled" => Some(ProviderNotice::Enabled),
        "disabled" => Some(ProviderNotice::Disabled),
        _ => None,
    }
}

/// `GET /admin/identity-providers/{id}/edit`.
pub async fn edit(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let stands = stands(&staff, &id).await?;
    filled(&staff, stands)
}

/// The form as what is registered fills it in.
async fn stands(staff: &Staff, id: &IdpId) -> Result<Filled, Problem> {
    let provider = look(staff, id).await?.stored.provider;
    let typed = flow::typed_of(&provider);
    let known = Some((id.clone(), provider.name.clone(), flow::stamp(&provider)));
    Ok(Filled { typed, known, ..Filled::new() })
}

/// `POST /admin/identity-providers/{id}/edit`.
pub async fn save(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    let stamp = params.take("stamp").unwrap_or_default();
    let seen = params.take("seen");
    let typed = typed_from(&mut params)?;
    let stands_now = look(&staff, &id).await?.stored.provider;
    if let Some(preview) = unseen(&typed, (Some(&stands_now), staff.tenant.site.now()), seen.as_ref()) {
        return filled(&staff, Filled { known: Some((id, stands_now.name, stamp)), ..preview });
    }
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let (wanted, based_on, asked) = (id.clone(), stamp.clone(), typed.clone());
    let turn = staff.app.run(move || {
        let turn = flow::change(&site, &act, (&wanted, based_on), &asked)?;
        host.refresh(site.id);
        Ok::<_, RegistrationError>(turn)
    });
    let done = |how: &str| staff.finish(see_other(&format!("{}?done={how}", home_of(&staff, &id))));
    match turn.await?? {
        Turn::Saved(_) => done("saved"),
        Turn::Unchanged(_) => done("unchanged"),
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::LastWay => Err(Problem::new(ErrorCode::LastProvider)),
        Turn::Unknown | Turn::InUse(_) => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Stale => {
            let now = stands(&staff, &id).await?;
            filled(&staff, Filled { stale: true, ..now })
        }
        Turn::Faults(faults) => {
            filled(&staff, Filled { typed, known: Some((id, stands_now.name, stamp)), faults, ..Filled::new() })
        }
    }
}

/// `POST /admin/identity-providers/{id}/enable`.
pub async fn enable(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    set_enabled(&staff, &body, true).await
}

/// `POST /admin/identity-providers/{id}/disable`.
pub async fn disable(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    set_enabled(&staff, &body, false).await
}

async fn set_enabled(staff: &Staff, body: &[u8], enabled: bool) -> Result<HttpResponse, Problem> {
    staff.form(FORM, body)?;
    let id = id_of(staff)?;
    let wanted = id.clone();
    match perform(staff, move |site, act| flow::set_enabled(site, act, wanted, enabled)).await? {
        Turn::Saved(_) | Turn::Unchanged(_) => {
            let how = if enabled { "enabled" } else { "disabled" };
            staff.finish(see_other(&format!("{}?done={how}", home_of(staff, &id))))
        }
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::LastWay => Err(Problem::new(ErrorCode::LastProvider)),
        Turn::Unknown | Turn::Stale | Turn::InUse(_) | Turn::Faults(_) => Err(Problem::new(ErrorCode::NotFound)),
    }
}

/// Does it, and has the tenant read anew.
async fn perform(
    staff: &Staff,
    deed: impl FnOnce(&crate::flow::Site, &crate::flow::admin::act::Act) -> Result<Turn, StoreError> + Send + 'static,
) -> Result<Turn, Problem> {
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(staff));
    let done = move || {
        let turn = deed(&site, &act)?;
        host.refresh(site.id);
        Ok::<_, StoreError>(turn)
    };
    Ok(staff.app.run(done).await??)
}

/// `GET /admin/identity-providers/{id}/delete`: what it means.
pub async fn ask_delete(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    confirm(&staff, StatusCode::OK).await
}

async fn confirm(staff: &Staff, status: StatusCode) -> Result<HttpResponse, Problem> {
    let id = id_of(staff)?;
    let Known { stored, usage } = look(staff, &id).await?;
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let home = home_of(staff, &id);
    let page = AdminProviderDeletePage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        action: format!("{home}/delete"),
        back_href: home,
        name: stored.provider.name,
        people: usage.people,
        again: status != StatusCode::OK,
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// `POST /admin/identity-providers/{id}/delete`.
pub async fn delete(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let sure = staff.form(FORM, &body)?.take("sure").is_some();
    let id = id_of(&staff)?;
    match perform(&staff, move |site, act| flow::delete(site, act, id, sure)).await? {
        Turn::Saved(_) | Turn::Unchanged(_) => staff.finish(see_other(&staff.action(&format!("{HERE}?done=deleted")))),
        Turn::InUse(_) => confirm(&staff, StatusCode::CONFLICT).await,
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::LastWay => Err(Problem::new(ErrorCode::LastProvider)),
        Turn::Unknown | Turn::Stale | Turn::Faults(_) => Err(Problem::new(ErrorCode::NotFound)),
    }
}
