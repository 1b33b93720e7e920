//! `/admin/applications/new-oidc`: registering an OpenID Connect application; and its edit form. What it will be able to do
//! is shown before anything is saved; a secret is shown once, on the answer to the form.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::application::{Client, ClientType};
use crate::domain::client_form::{Fault, Field, Prospect, Typed};
use crate::domain::doubt::Doubt;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::domain::release::SCOPES;
use crate::domain::secret::PlainToken;
use crate::flow::admin::client_registration::{self as flow, Preview, Turn};
use crate::flow::admin::registration::{self, stamp};
use crate::protocol::params::RawParams;
use crate::store::StoreError;
use crate::view::{AdminClientFormPage, AdminClientKindsPage, AdminClientSecretPage, AdminSection};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::problem::Problem;

use super::application::home_of;
use super::applications::{FORM, HERE, LONGEST, act_of};
use super::{FreshAdministrator, Staff};

/// `GET /admin/applications/new-oidc`: which kind, or the form for the one that was chosen.
pub async fn ask(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let mut query = form::query(&staff.request)?;
    if let Some(kind) = query.take("kind").as_deref().and_then(ClientType::parse) {
        let mut typed = Typed::new(kind);
        typed.set(Field::Auth, query.take("auth").as_deref().unwrap_or_default());
        return filled(&staff, Filled::of(typed));
    }
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let page = AdminClientKindsPage { frame, menu };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /admin/applications/new-oidc`.
pub async fn create(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form_within(FORM, &body, LONGEST)?;
    let seen = params.take("seen");
    let typed = typed_from(&mut params)?;
    match flow::preview(&typed, None, staff.tenant.site.now()) {
        Err(faults) => return filled(&staff, Filled { faults, ..Filled::of(typed) }),
        Ok(preview) if seen.as_ref() != Some(&preview.mark) => {
            let Preview { prospect, doubts, mark } = preview;
            return filled(&staff, Filled { prospect: Some(prospect), doubts, seen: Some(mark), ..Filled::of(typed) });
        }
        Ok(_seen) => {}
    }
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let asked = typed.clone();
    let turn = staff.app.run(move || {
        let turn = flow::register(&site, &act, &asked)?;
        host.refresh(site.id);
        Ok::<_, StoreError>(turn)
    });
    let done = |id: &ClientId, how: &str| staff.finish(see_other(&format!("{}?done={how}", home_of(&staff, id))));
    match turn.await?? {
        Turn::Saved(id, Some(secret)) => secret_page(&staff, &id, &secret, false),
        Turn::Saved(id, None) | Turn::Unchanged(id) => done(&id, "created"),
        Turn::Already(id) => done(&id, "already"),
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown | Turn::Stale => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Faults(faults) => filled(&staff, Filled { faults, ..Filled::of(typed) }),
    }
}

/// The edit form as what is registered fills it in.
pub(super) fn edit(staff: &Staff, stands: &Client, stamp: String) -> Result<HttpResponse, Problem> {
    filled(staff, known(stands, stamp))
}

fn known(stands: &Client, stamp: String) -> Filled {
    Filled { known: Some((stands.id.clone(), stands.name.clone(), stamp)), ..Filled::of(flow::typed_of(stands)) }
}

/// The edit form sent back.
pub(super) async fn save(staff: &Staff, stands: Client, mut params: RawParams) -> Result<HttpResponse, Problem> {
    let based_on = params.take("stamp").unwrap_or_default();
    let seen = params.take("seen");
    let typed = typed_from(&mut params)?;
    let id = stands.id.clone();
    let again =
        Filled { known: Some((id.clone(), stands.name.clone(), based_on.clone())), ..Filled::of(typed.clone()) };
    match flow::new_doubts(&typed, &stands, staff.tenant.site.now()) {
        Err(faults) => return filled(staff, Filled { faults, ..again }),
        Ok(Some((doubts, mark))) if seen.as_ref() != Some(&mark) => {
            return filled(staff, Filled { doubts, seen: Some(mark), ..again });
        }
        Ok(_) => {}
    }
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(staff));
    let wanted = id.clone();
    let turn = staff.app.run(move || {
        let turn = flow::change(&site, &act, (&wanted, based_on), &typed)?;
        host.refresh(site.id);
        Ok::<_, StoreError>(turn)
    });
    let done = |how: &str| staff.finish(see_other(&format!("{}?done={how}", home_of(staff, &id))));
    match turn.await?? {
        Turn::Saved(id, Some(secret)) => secret_page(staff, &id, &secret, false),
        Turn::Saved(_, None) => done("saved"),
        Turn::Unchanged(_) | Turn::Already(_) => done("unchanged"),
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown => Err(Problem::new(ErrorCode::NotFound)),
        Turn::Stale => {
            let (site, wanted) = (Arc::clone(&staff.tenant.site), id.clone());
            let found = staff.app.run(move || registration::find(&site, &wanted)).await??;
            let found = found.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
            let now = flow::client_of(&found).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
            filled(staff, Filled { stale: true, ..known(&now, stamp(&found)) })
        }
        Turn::Faults(faults) => filled(staff, Filled { faults, ..again }),
    }
}

/// The one page that shows a secret. It is the answer to a form: nothing leads back to it.
pub(super) fn secret_page(
    staff: &Staff,
    id: &ClientId,
    secret: &PlainToken,
    replaced: bool,
) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let page = AdminClientSecretPage {
        frame: frame.in_this_language(),
        menu,
        home: home_of(staff, id),
        issuer: staff.tenant.base.issuer().to_owned(),
        id: id.to_string(),
        secret: secret.expose().to_owned(),
        replaced,
    };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// These fields and no others (ADM-02). The usual scopes are boxes to tick; others stand in lines.
fn typed_from(params: &mut RawParams) -> Result<Typed, Problem> {
    let kind = params.take("kind").as_deref().and_then(ClientType::parse);
    let kind = kind.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed).detail("kind is missing"))?;
    let mut typed = Typed::blank(kind);
    let fields: Vec<_> = typed.fields().collect();
    for field in fields {
        // Browsers send lines as on the wire.
        let value = params.take(field.name()).unwrap_or_default().replace("\r\n", "\n");
        typed.set(field, &value);
    }
    let ticked = SCOPES.into_iter().filter(|scope| params.take(&format!("scope_{scope}")).is_some());
    let mut scopes: Vec<String> = ticked.map(str::to_owned).collect();
    scopes.extend(typed.lines(Field::Scopes).map(str::to_owned));
    typed.set(Field::Scopes, &scopes.join("\n"));
    Ok(typed)
}

/// A form as it is shown.
struct Filled {
    typed: Typed,
    /// Id, name and stamp of what is registered.
    known: Option<(ClientId, String, String)>,
    prospect: Option<Prospect>,
    doubts: Vec<Doubt>,
    /// The mark of what is shown beside the form.
    seen: Option<String>,
    faults: Vec<Fault>,
    stale: bool,
}

impl Filled {
    fn of(typed: Typed) -> Self {
        Self { typed, known: None, prospect: None, doubts: Vec::new(), seen: None, faults: Vec::new(), stale: false }
    }
}

fn filled(staff: &Staff, filled: Filled) -> Result<HttpResponse, Problem> {
    let Filled { typed, known, prospect, doubts, seen, faults, stale } = filled;
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let status = match (stale, faults.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let (action, back_href, known) = match known {
        None => (staff.action("/admin/applications/new-oidc"), staff.action(HERE), None),
        Some((id, name, stamp)) => {
            let home = home_of(staff, &id);
            (format!("{home}/edit"), home, Some((name, stamp)))
        }
    };
    let csrf = staff.csrf(FORM);
    let page = AdminClientFormPage {
        frame,
        menu,
        csrf,
        action,
        back_href,
        known,
        typed,
        prospect,
        doubts,
        seen,
        faults,
        stale,
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}
