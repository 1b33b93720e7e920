//! `/admin`: how things stand.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::domain::authority::{Act, Over};
use crate::flow::admin::people::home::{self, Numbers};
use crate::flow::admin::registered;
use crate::view::{AdminHomePage, AdminNumbers, AdminSection};
use crate::web::pages::{FormTarget, html};
use crate::web::problem::Problem;

use super::Staff;

/// `GET /admin`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Problem> {
    let site = Arc::clone(&staff.tenant.site);
    let Numbers { people, locked, without_second_factor, failed_sign_ins } =
        staff.app.run(move || home::numbers(&site)).await??;
    let (frame, menu) = staff.frame(AdminSection::Home);
    let numbers = AdminNumbers { people, locked, without_second_factor, failed_sign_ins };
    let site = Arc::clone(&staff.tenant.site);
    let looks = staff.authority.may(Act::SeeRules, Over::Tenant);
    let (applications, certificate_ends) =
        if looks { staff.app.run(move || registered::worries(&site)).await?? } else { Default::default() };
    let page = AdminHomePage { frame, menu, numbers, applications, certificate_ends };
    staff.finish(html(&staff.request, StatusCode::OK, &page, FormTarget::Own))
}
