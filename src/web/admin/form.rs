//! `/admin/users/new` and `/admin/users/{id}/edit`. Whoever gives roles or an address away has signed in a moment ago.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::authority::{Act, StaffRole};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::UserId;
use crate::domain::record::{Fault, Field, Typed};
use crate::flow::admin::people::details::{self, Saved, Welcome};
use crate::flow::admin::people::record;
use crate::protocol::params::RawParams;
use crate::view::{AdminFormPage, AdminSection};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::problem::Problem;

use super::user::{FORM, act_of, home_of, id_of};
use super::{FreshAdministrator, Staff};

/// `GET /admin/users/new`.
pub async fn new(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    page(&staff, Target::New { invite: true }, Typed::default(), Vec::new())
}

/// `GET /admin/users/{id}/edit`.
pub async fn edit(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let site = Arc::clone(&staff.tenant.site);
    let user = staff.app.run(move || record::find(&site, id)).await??;
    let user = user.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    if user.is_transient() {
        return Err(staff.refused(Act::EditPerson, Some(user)).await);
    }
    page(&staff, Target::Known(id), Typed::of(&user), Vec::new())
}

/// `POST /admin/users/new`.
pub async fn create(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form(FORM, &body)?;
    let typed = read(&mut params);
    let invite = params.take("invite").is_some();
    let target = Target::New { invite };
    let record = match typed.check() {
        Ok(record) => record,
        Err(faults) => return page(&staff, target, typed, faults),
    };
    let (site, act) = (Arc::clone(&staff.tenant.site), act_of(&staff));
    let welcome = if invite { Welcome::Invitation } else { Welcome::Later };
    let saved = staff.app.run(move || details::create(&site, &act, (record, welcome))).await???;
    finish(&staff, target, typed, saved)
}

/// `POST /admin/users/{id}/edit`.
pub async fn save(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let typed = read(&mut staff.form(FORM, &body)?);
    let record = match typed.check() {
        Ok(record) => record,
        Err(faults) => return page(&staff, Target::Known(id), typed, faults),
    };
    let (site, act) = (Arc::clone(&staff.tenant.site), act_of(&staff));
    let saved = staff.app.run(move || details::edit(&site, &act, id, record)).await???;
    finish(&staff, Target::Known(id), typed, saved)
}

#[derive(Clone, Copy)]
enum Target {
    New { invite: bool },
    Known(UserId),
}

fn finish(staff: &Staff, target: Target, typed: Typed, saved: Saved) -> Result<HttpResponse, Problem> {
    match (saved, target) {
        (Saved::No(faults), target) => page(staff, target, typed, faults),
        (Saved::Yes(id), Target::New { .. }) => {
            staff.finish(see_other(&format!("{}?done=created", home_of(staff, id))))
        }
        (Saved::Yes(id), Target::Known(_)) => staff.finish(see_other(&format!("{}?done=saved", home_of(staff, id)))),
    }
}

/// These fields and no others: what else a body holds is nobody's (ADM-02).
fn read(params: &mut RawParams) -> Typed {
    let staff: BTreeSet<StaffRole> =
        StaffRole::ALL.into_iter().filter(|role| params.take(&format!("role_{}", role.name())).is_some()).collect();
    let mut text = |name: &str| params.take(name).unwrap_or_default();
    Typed {
        username: text("username"),
        email: text("email"),
        given_name: text("given_name"),
        family_name: text("family_name"),
        locale: text("locale"),
        staff,
        roles: text("roles"),
        groups: text("groups"),
    }
}

fn page(staff: &Staff, target: Target, typed: Typed, faults: Vec<(Field, Fault)>) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Users);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (action, back_href, invite) = match target {
        Target::New { invite } => (staff.action("/admin/users/new"), staff.action("/admin/users"), Some(invite)),
        Target::Known(id) => {
            let home = home_of(staff, id);
            (format!("{home}/edit"), home, None)
        }
    };
    let page = AdminFormPage { frame, menu, csrf: staff.csrf(FORM), action, back_href, typed, faults, invite };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}
