//! `/admin/identity-providers`: the list, and registering one. The kind is chosen first; the form then asks for what such
//! a provider has, filled in with what it knows by itself.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::Time;
use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::IdpId;
use crate::domain::provider_form::{Fault, Field, Kind, ProviderFacts, Shape, Typed};
use crate::flow::admin::act::Act;
use crate::flow::admin::provider_registration::{self as flow, Known, RegistrationError, Turn};
use crate::protocol::params::RawParams;
use crate::view::{
    AdminProviderFormPage, AdminProviderKindsPage, AdminProviderRow, AdminProvidersPage, AdminSection, ProviderNotice,
};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::{FreshAdministrator, Staff};

/// The forms' name in their token.
pub(super) const FORM: &str = "admin-identity-provider";
pub(super) const HERE: &str = "/admin/identity-providers";
/// Metadata of one provider, percent-encoded.
pub const LONGEST: usize = 512 * 1024;

pub(super) fn act_of(staff: &Staff) -> Act {
    Act::of_person(&staff.tenant.site, staff.known.user.id, &staff.browser.origin)
}

/// `GET /admin/identity-providers`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let notice = match form::query(&staff.request)?.take("done").as_deref() {
        Some("deleted") => Some(ProviderNotice::Deleted),
        _ => None,
    };
    let site = Arc::clone(&staff.tenant.site);
    let found = staff.app.run(move || flow::list(&site)).await?.map_err(Problem::from)?;
    let row = |known: Known| AdminProviderRow {
        kind: flow::kind_of(&known.stored.provider),
        id: known.stored.provider.id.to_string(),
        name: known.stored.provider.name,
        enabled: known.stored.provider.enabled,
        domains: known.stored.provider.domains.into_iter().collect(),
        usage: known.usage,
    };
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let may_change = staff.authority.may(What::ChangeRules, Over::Tenant);
    let page = AdminProvidersPage { frame, menu, may_change, notice, rows: found.into_iter().map(row).collect() };
    Ok(staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))?)
}

/// `GET /admin/identity-providers/new`: which kind, or the form for the one that was chosen.
pub async fn ask(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    if let Some(kind) = form::query(&staff.request)?.take("kind").as_deref().and_then(Kind::parse) {
        return filled(&staff, Filled { typed: Typed::new(kind), ..Filled::new() });
    }
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let page = AdminProviderKindsPage { frame, menu };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /admin/identity-providers/new`.
pub async fn create(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    let seen = params.take("seen");
    let typed = typed_from(&mut params)?;
    if let Some(preview) = unseen(&typed, (None, staff.tenant.site.now()), seen.as_ref()) {
        return filled(&staff, preview);
    }
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let asked = typed.clone();
    let turn = staff.app.run(move || {
        let turn = flow::register(&site, &act, &asked)?;
        host.refresh(site.id);
        Ok::<_, RegistrationError>(turn)
    });
    match turn.await?? {
        Turn::Saved(id) | Turn::Unchanged(id) => {
            staff.finish(see_other(&format!("{}?done=created", home_of(&staff, &id))))
        }
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::LastWay => Err(Problem::new(ErrorCode::LastProvider)),
        Turn::Unknown | Turn::Stale | Turn::InUse(_) => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Faults(faults) => filled(&staff, Filled { typed, faults, ..Filled::new() }),
    }
}

pub(super) fn home_of(staff: &Staff, id: &IdpId) -> String {
    staff.action(&format!("{HERE}/{id}"))
}

/// These fields and no others (ADM-02).
pub(super) fn typed_from(params: &mut RawParams) -> Result<Typed, Problem> {
    let kind = params.take("kind").as_deref().and_then(Kind::parse);
    let kind = kind.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("kind is missing"))?;
    let mut typed = Typed::blank(kind);
    let fields: Vec<_> = typed.fields().collect();
    for field in fields {
        let value = params.take(field.name()).unwrap_or_default();
        // Browsers send lines as on the wire.
        let value = if matches!(field.shape(), Shape::Secret) { value } else { value.replace("\r\n", "\n") };
        typed.set(field, &value);
    }
    Ok(typed)
}

/// New metadata is shown as it is read before anything is saved.
pub(super) fn unseen(
    typed: &Typed,
    (stands, now): (Option<&IdentityProvider>, Time),
    seen: Option<&String>,
) -> Option<Filled> {
    let mark = flow::mark_due(typed)?;
    if seen == Some(&mark) {
        return None;
    }
    let shown = Filled { typed: typed.clone(), ..Filled::new() };
    Some(match flow::preview(typed, stands, now) {
        Ok((facts, mark)) => Filled { seen: facts.map(|facts| (facts, mark)), ..shown },
        Err(faults) => Filled { faults, ..shown },
    })
}

/// A form as it is shown.
pub(super) struct Filled {
    pub typed: Typed,
    /// Id, name and stamp of what is registered.
    pub known: Option<(IdpId, String, String)>,
    pub faults: Vec<Fault>,
    pub stale: bool,
    /// What new metadata says, and its mark.
    pub seen: Option<(ProviderFacts, String)>,
}

impl Filled {
    pub fn new() -> Self {
        Self { typed: Typed::blank(Kind::Oidc), known: None, faults: Vec::new(), stale: false, seen: None }
    }
}

pub(super) fn filled(staff: &Staff, filled: Filled) -> Result<HttpResponse, Problem> {
    let Filled { typed, known, faults, stale, seen } = filled;
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let status = match (stale, faults.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let (action, back_href, known) = match known {
        None => (staff.action("/admin/identity-providers/new"), staff.action(HERE), None),
        Some((id, name, stamp)) => {
            let home = home_of(staff, &id);
            (format!("{home}/edit"), home, Some((name, stamp)))
        }
    };
    let (csrf, typed) = (staff.csrf(FORM), typed.without_secret());
    let short_name = Some(typed.get(Field::Id).trim()).filter(|id| !id.is_empty()).unwrap_or("…");
    let what = if typed.kind == Kind::Saml { "metadata" } else { "callback" };
    let register_there = format!("{}/federation/{short_name}/{what}", staff.tenant.base.issuer());
    let page = AdminProviderFormPage {
        frame,
        menu,
        csrf,
        action,
        back_href,
        known,
        typed,
        faults,
        register_there,
        stale,
        seen,
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

impl From<RegistrationError> for Problem {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::Store(error) => Self::from(error),
            RegistrationError::Seal(error) => Self::internal(error),
        }
    }
}
