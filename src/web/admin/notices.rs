//! `/admin/notices`: what is announced on the sign-in page and the status page.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::domain::Time;
use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::notice::{MOST_NOTICES, Notice, Severity};
use crate::domain::time_zone::TimeZone;
use crate::flow::admin::rules::{self, Turn};
use crate::view::{AdminSection, NoticeDraft, NoticesNotice, NoticesPage};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::{Administrator, Staff};

const FORM: &str = "admin-notices";
const HERE: &str = "/admin/notices";

/// `GET /admin/notices`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let mut query = crate::web::form::query(&staff.request)?;
    let notice = match query.take("done").as_deref() {
        Some("saved") => Some(NoticesNotice::Saved),
        Some("removed") => Some(NoticesNotice::Removed),
        _ => None,
    };
    Ok(page(
        &staff,
        NoticeDraft { severity: Severity::Maintenance.name().to_owned(), ..NoticeDraft::default() },
        notice,
    )?)
}

fn page(staff: &Staff, draft: NoticeDraft, notice: Option<NoticesNotice>) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Notices);
    let status = match notice {
        None | Some(NoticesNotice::Saved | NoticesNotice::Removed) => StatusCode::OK,
        Some(NoticesNotice::Stale) => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let settings = &staff.tenant.settings;
    let mut notices = settings.notices.clone();
    notices.sort_by_key(|notice| std::cmp::Reverse(notice.starts_at));
    let page = NoticesPage {
        frame,
        menu,
        action: staff.action(HERE),
        csrf: staff.csrf(FORM),
        stamp: rules::stamp(settings),
        notices,
        now: staff.tenant.now(),
        offered: settings.languages.clone(),
        draft,
        notice,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

/// As `datetime-local` sends it, by the organisation's clock.
fn time(zone: TimeZone, text: &str) -> Option<Time> {
    let parsed = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok());
    parsed.and_then(|local| zone.moment(local))
}

/// `POST /admin/notices`.
pub async fn publish(staff: Administrator, body: web::Bytes) -> Result<HttpResponse, Detour> {
    let mut params = staff.form(FORM, &body)?;
    let stamp = params.take("stamp").unwrap_or_default();
    let mut text = |name: &str| params.take(name).unwrap_or_default();
    let offered = staff.tenant.settings.languages.clone();
    let draft = NoticeDraft {
        severity: text("severity"),
        shown_from: text("shown_from"),
        starts_at: text("starts_at"),
        ends_at: text("ends_at"),
        texts: offered.into_iter().map(|language| (language, text(&format!("text_{}", language.tag())))).collect(),
    };
    let notice = match read(&staff, &draft) {
        Ok(notice) => notice,
        Err(wrong) => return Ok(page(&staff, draft, Some(wrong))?),
    };
    let turn = super::change_rules(&staff, stamp, move |settings| settings.notices.push(notice)).await?;
    finish(&staff, &turn, draft, "saved")
}

fn read(staff: &Staff, draft: &NoticeDraft) -> Result<Notice, NoticesNotice> {
    if staff.tenant.settings.notices.len() >= MOST_NOTICES {
        return Err(NoticesNotice::TooMany);
    }
    let (now, zone) = (staff.tenant.now(), staff.tenant.settings.time_zone);
    let shown_from =
        if draft.shown_from.is_empty() { now } else { time(zone, &draft.shown_from).ok_or(NoticesNotice::Times)? };
    let texts: BTreeMap<_, _> = draft
        .texts
        .iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(language, text)| (*language, text.trim().replace("\r\n", "\n")))
        .collect();
    let starts_at = time(zone, &draft.starts_at).ok_or(NoticesNotice::Times)?;
    let notice = Notice {
        id: staff.tenant.new_id(now),
        severity: Severity::parse(&draft.severity).unwrap_or(Severity::Information),
        // What has begun already is shown at once.
        shown_from: if draft.shown_from.is_empty() { shown_from.min(starts_at) } else { shown_from },
        starts_at,
        ends_at: time(zone, &draft.ends_at).ok_or(NoticesNotice::Times)?,
        texts,
    };
    match notice.fault() {
        Some(fault) => Err(NoticesNotice::Fault(fault)),
        None => Ok(notice),
    }
}

/// `GET /admin/notices/remove`: where somebody lands who had to sign in first.
pub async fn back(staff: Staff) -> Result<HttpResponse, Problem> {
    staff.finish(see_other(&staff.action(HERE)))
}

/// `POST /admin/notices/remove`.
pub async fn remove(staff: Administrator, body: web::Bytes) -> Result<HttpResponse, Detour> {
    let mut params = staff.form(FORM, &body)?;
    let stamp = params.take("stamp").unwrap_or_default();
    let id: Option<Uuid> = params.take("notice").and_then(|text| text.parse().ok());
    let edit = move |settings: &mut crate::domain::tenant::TenantSettings| {
        settings.notices.retain(|notice| Some(notice.id) != id);
    };
    let turn = super::change_rules(&staff, stamp, edit).await?;
    finish(&staff, &turn, NoticeDraft::default(), "removed")
}

fn finish(staff: &Staff, turn: &Turn, draft: NoticeDraft, how: &str) -> Result<HttpResponse, Detour> {
    Ok(match turn {
        Turn::Saved | Turn::Unchanged => staff.finish(see_other(&staff.action(&format!("{HERE}?done={how}"))))?,
        Turn::NotAllowed => return Err(Problem::new(ErrorCode::NotAllowed).into()),
        Turn::Stale | Turn::ShutsOut | Turn::Faults(_) => page(staff, draft, Some(NoticesNotice::Stale))?,
    })
}
