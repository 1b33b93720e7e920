//! `/admin/users/{id}`: one person, and what is done to them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::agent::Agent;
use crate::domain::audit::Actor;
use crate::domain::authority::{Act, Authority, Deed, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::ids::UserId;
use crate::domain::user::{Role, User};
use crate::flow::admin::people::record::{self, Whole};
use crate::flow::admin::people::{self, Refusal, deeds};
use crate::flow::recovery::Links;
use crate::store::audit::AuditRecord;
use crate::view::{
    AccountKind, AdminApp, AdminBy, AdminConfirmPage, AdminEvent, AdminNotice, AdminSection, AdminSession, AdminUser,
    AdminUserPage,
};
use crate::web::form;
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::problem::Problem;

use super::{FreshStaff, Staff};

/// The forms' name in their token.
pub(super) const FORM: &str = "admin-person";

/// The person that an address names. One of another tenant is nobody here.
pub(super) fn id_of(staff: &Staff) -> Result<UserId, Problem> {
    let id = staff.request.match_info().get("id").and_then(|id| id.parse().ok());
    id.ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

pub(super) fn act_of(staff: &Staff) -> people::Act {
    people::Act::of_person(&staff.tenant.site, staff.known.user.id, &staff.browser.origin)
}

/// The page of a person, below the tenant's base.
pub(super) fn home_of(staff: &Staff, id: UserId) -> String {
    staff.action(&format!("/admin/users/{id}"))
}

/// `GET /admin/users/{id}`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Problem> {
    let id = id_of(&staff)?;
    let notice = notice(form::query(&staff.request)?.take("done").as_deref());
    let (site, act) = (Arc::clone(&staff.tenant.site), act_of(&staff));
    let whole = staff.app.run(move || record::look(&site, &act, id)).await??;
    let whole = whole.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let page = page(&staff, &whole, notice);
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// Told by the address, so that nothing has to be remembered: only words of ours are shown.
fn notice(done: Option<&str>) -> Option<AdminNotice> {
    match done? {
        "created" => Some(AdminNotice::Created),
        "saved" => Some(AdminNotice::Saved),
        deed => Deed::parse(deed).map(AdminNotice::Done),
    }
}

fn page(staff: &Staff, whole: &Whole, notice: Option<AdminNotice>) -> AdminUserPage {
    let (frame, menu) = staff.frame(AdminSection::Users);
    let user = &whole.user;
    AdminUserPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        base: home_of(staff, user.id),
        notice,
        may_edit: !user.is_transient() && staff.authority.may(Act::EditPerson, over(staff, user)),
        deeds: offered(staff, whole),
        user: AdminUser {
            name: user.display_name(),
            username: user.username.to_string(),
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified,
            language: user.locale,
            roles: user.roles.iter().map(Role::to_string).collect(),
            groups: user.groups.iter().cloned().collect(),
            created_at: user.created_at,
            status: user.status,
            account: match (whole.user.is_transient(), whole.has_password) {
                (true, _) => AccountKind::Transient,
                (false, true) => AccountKind::Password,
                (false, false) => AccountKind::NoPassword,
            },
            lock: whole.locks.first().copied(),
        },
        apps: whole
            .factors
            .apps
            .iter()
            .map(|app| AdminApp {
                label: app.label.clone(),
                created_at: app.created_at,
                last_used_at: app.last_used_at,
            })
            .collect(),
        recovery_codes_left: whole.factors.recovery_codes_left,
        sessions: whole
            .sessions
            .iter()
            .map(|visit| AdminSession {
                agent: Agent::read(visit.user_agent.as_deref().unwrap_or_default()),
                address: visit.address.clone(),
                last_seen: visit.session.last_seen,
            })
            .collect(),
        events: whole.events.iter().map(|event| line(whole, event)).collect(),
    }
}

fn over(staff: &Staff, user: &User) -> Over {
    if staff.known.user.id == user.id { Over::Oneself } else { Over::Somebody(Authority::of(&user.roles)) }
}

/// What staff may do to this person, and what makes sense now.
fn offered(staff: &Staff, whole: &Whole) -> Vec<Deed> {
    let over = over(staff, &whole.user);
    let makes_sense = |deed: &Deed| {
        let (active, reachable) = (whole.user.is_active(), whole.user.email.is_some());
        match deed {
            Deed::Unlock => !whole.locks.is_empty(),
            Deed::SendReset => active && reachable && whole.has_password,
            Deed::Invite => active && reachable && !whole.has_password,
            Deed::SignOut | Deed::Disable => active,
            Deed::ForcePasswordChange => active && whole.has_password,
            Deed::ResetSecondFactor => !whole.factors.apps.is_empty(),
            Deed::Enable => !active,
        }
    };
    let stands = |deed: &Deed| *deed == Deed::SignOut || !whole.user.is_transient();
    let allowed = |deed: &Deed| stands(deed) && staff.authority.may(Act::Do(*deed), over);
    Deed::ALL.into_iter().filter(makes_sense).filter(allowed).collect()
}

fn line(whole: &Whole, event: &AuditRecord) -> AdminEvent {
    let by = match &event.actor {
        Actor::User(id) if *id == whole.user.id => None,
        Actor::User(id) => Some(AdminBy::Person(whole.actors.get(id).cloned().unwrap_or_else(|| id.to_string()))),
        Actor::Operator => Some(AdminBy::Operator),
        Actor::Application(_) | Actor::System | Actor::Nobody => None,
    };
    AdminEvent {
        at: event.at,
        kind: event.kind,
        by,
        address: event.origin.address.map(|address| address.to_string()),
        application: event.application.as_ref().map(ToString::to_string),
        changed: event.details.get("changed").cloned(),
    }
}

/// The deed that stands at the end of the address.
fn deed_of(staff: &Staff) -> Result<Deed, Problem> {
    let last = staff.request.path().rsplit('/').next().unwrap_or_default();
    Deed::parse(last).ok_or_else(|| Problem::new(ErrorCode::NotFound))
}

/// `GET /admin/users/{id}/{deed}`: what it means.
pub async fn ask(staff: Staff) -> Result<HttpResponse, Problem> {
    confirmation(&staff).await
}

/// `GET` of what is dangerous.
pub async fn ask_fresh(FreshStaff(staff): FreshStaff) -> Result<HttpResponse, Problem> {
    confirmation(&staff).await
}

async fn confirmation(staff: &Staff) -> Result<HttpResponse, Problem> {
    let (id, deed) = (id_of(staff)?, deed_of(staff)?);
    let site = Arc::clone(&staff.tenant.site);
    let user = staff.app.run(move || record::find(&site, id)).await??;
    let user = user.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    if !staff.authority.may(Act::Do(deed), over(staff, &user)) {
        return Err(staff.refused(Act::Do(deed), Some(user)).await);
    }
    let (frame, menu) = staff.frame(AdminSection::Users);
    let back_href = home_of(staff, id);
    let page = AdminConfirmPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        action: format!("{back_href}/{}", deed.name()),
        back_href,
        deed,
        name: format!("{} ({})", user.display_name(), user.username),
    };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}

/// `POST /admin/users/{id}/{deed}` does it.
pub async fn perform(staff: Staff, body: web::Bytes) -> Result<HttpResponse, Problem> {
    done(&staff, &body).await
}

/// `POST` of what is dangerous.
pub async fn perform_fresh(FreshStaff(staff): FreshStaff, body: web::Bytes) -> Result<HttpResponse, Problem> {
    done(&staff, &body).await
}

async fn done(staff: &Staff, body: &[u8]) -> Result<HttpResponse, Problem> {
    staff.form(FORM, body)?;
    let (id, deed) = (id_of(staff)?, deed_of(staff)?);
    let (site, act) = (Arc::clone(&staff.tenant.site), act_of(staff));
    let links = Links::of(&site);
    staff.app.run(move || deeds::perform(&site.store, &links, &act, (id, deed))).await???;
    staff.finish(see_other(&format!("{}?done={}", home_of(staff, id), deed.name())))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(match refusal {
            Refusal::Unknown => ErrorCode::NotFound,
            Refusal::NotAllowed => ErrorCode::NotAllowed,
            Refusal::LastAdministrator => ErrorCode::LastAdministrator,
            Refusal::NoAddress => ErrorCode::NoAddress,
            Refusal::Closed => ErrorCode::AccountDisabled,
            Refusal::Elsewhere => ErrorCode::SignsInElsewhere,
        })
    }
}
