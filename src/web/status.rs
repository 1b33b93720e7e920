//! `/status`: what runs and what is announced (IN-11). For everybody, signed in or not.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::language::Language;
use crate::domain::notice::Notice;
use crate::view::{Announcement, StatusPage};

use super::pages::{self, FormTarget, html};
use super::tenant::Tenant;

/// `GET /status`.
pub async fn show(request: HttpRequest, tenant: Tenant) -> HttpResponse {
    let mut frame = pages::frame(&request, &tenant, None);
    frame.announcements = announcements(&tenant, frame.language);
    html(&request, StatusCode::OK, &StatusPage { frame }, FormTarget::Own)
}

/// What is to be shown now, what runs already first.
pub fn announcements(tenant: &Tenant, language: Language) -> Vec<Announcement> {
    let now = tenant.now();
    let mut shown: Vec<&Notice> = tenant.settings.notices.iter().filter(|notice| notice.is_shown(now)).collect();
    shown.sort_by_key(|notice| (!notice.is_running(now), notice.starts_at));
    let announcement = |notice: &Notice| Announcement {
        severity: notice.severity,
        text: notice.text(language, &tenant.settings.languages).to_owned(),
        starts_at: notice.starts_at,
        ends_at: notice.ends_at,
        running: notice.is_running(now),
    };
    shown.into_iter().map(announcement).collect()
}
