//! `/admin/applications/{id}/secret`: a new secret for an application, instead of the one it has.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::ids::ClientId;
use crate::flow::admin::client_registration::{self as flow, Turn};
use crate::store::StoreError;
use crate::view::{AdminClientNewSecretPage, AdminSection};
use crate::web::pages::{FormTarget, html};
use crate::web::problem::Problem;

use super::application::{home_of, id_of};
use super::applications::{FORM, act_of};
use super::clients::secret_page;
use super::{FreshAdministrator, Staff};

/// `GET /admin/applications/{id}/secret`: what it means.
pub async fn ask(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    page(&staff, id, false).await
}

async fn page(staff: &Staff, id: ClientId, again: bool) -> Result<HttpResponse, Problem> {
    let (site, wanted) = (Arc::clone(&staff.tenant.site), id.clone());
    let found = staff.app.run(move || flow::with_secret(&site, &wanted)).await??;
    let (name, of) = found.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let (frame, menu) = staff.frame(AdminSection::Applications);
    let back_href = home_of(staff, &id);
    let (csrf, action) = (staff.csrf(FORM), format!("{back_href}/secret"));
    let status = if again { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = AdminClientNewSecretPage { frame, menu, csrf, action, back_href, name, of, again };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// `POST /admin/applications/{id}/secret`.
pub async fn renew(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let of = staff.form(FORM, &body)?.take("of").unwrap_or_default();
    let id = id_of(&staff)?;
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let wanted = id.clone();
    let turn = staff.app.run(move || {
        let turn = flow::renew_secret(&site, &act, wanted, of)?;
        host.refresh(site.id);
        Ok::<_, StoreError>(turn)
    });
    match turn.await?? {
        Turn::Saved(id, Some(secret)) => secret_page(&staff, &id, &secret, true),
        Turn::Stale => page(&staff, id, true).await,
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
        Turn::Unknown | Turn::Saved(_, None) | Turn::Unchanged(_) | Turn::Already(_) | Turn::Faults(_) => {
            Err(Problem::new(ErrorCode::NotFound))
        }
    }
}
