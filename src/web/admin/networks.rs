//! `/admin/networks`: where people, and administrators, may sign in from.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::quantity::Network;
use crate::flow::admin::rules::{self, Turn};
use crate::view::{AdminSection, NetworksNotice, NetworksPage};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::{FreshAdministrator, Staff};

const FORM: &str = "admin-networks";
const HERE: &str = "/admin/networks";
const MOST: usize = 200;

/// `GET /admin/networks`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let mut query = crate::web::form::query(&staff.request)?;
    let notice = match query.take("done").as_deref() {
        Some("saved") => Some(NetworksNotice::Saved),
        Some("unchanged") => Some(NetworksNotice::Unchanged),
        _ => None,
    };
    let networks = &staff.tenant.settings.policy.networks;
    let lines = |networks: &[Network]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let texts = (lines(&networks.everyone), lines(&networks.administrators));
    Ok(page(&staff, texts, notice)?)
}

fn page(
    staff: &Staff,
    (everyone, administrators): (String, String),
    notice: Option<NetworksNotice>,
) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::Networks);
    let status = match notice {
        None | Some(NetworksNotice::Saved | NetworksNotice::Unchanged) => StatusCode::OK,
        Some(NetworksNotice::Stale) => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = NetworksPage {
        frame,
        menu,
        action: staff.action(HERE),
        csrf: staff.csrf(FORM),
        stamp: rules::stamp(&staff.tenant.settings),
        everyone,
        administrators,
        here: staff.browser.origin.address.map(|address| address.to_canonical().to_string()),
        notice,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

fn networks(text: &str) -> Option<Vec<Network>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let networks: Vec<Network> = lines.map(|line| Network::parse(line).ok()).collect::<Option<_>>()?;
    (networks.len() <= MOST).then_some(networks)
}

/// `POST /admin/networks`.
pub async fn save(staff: FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Detour> {
    let mut params = staff.form(FORM, &body)?;
    let stamp = params.take("stamp").unwrap_or_default();
    let mut text = |name: &str| params.take(name).unwrap_or_default();
    let texts = (text("everyone"), text("administrators"));
    let Some(everyone) = networks(&texts.0) else {
        return Ok(page(&staff, texts, Some(NetworksNotice::WrongEveryone))?);
    };
    let Some(administrators) = networks(&texts.1) else {
        return Ok(page(&staff, texts, Some(NetworksNotice::WrongAdministrators))?);
    };
    let edit = move |settings: &mut crate::domain::tenant::TenantSettings| {
        settings.policy.networks.everyone = everyone;
        settings.policy.networks.administrators = administrators;
    };
    let done = |how: &str| staff.finish(see_other(&staff.action(&format!("{HERE}?done={how}"))));
    Ok(match super::change_rules(&staff, stamp, edit).await? {
        Turn::Saved => done("saved")?,
        Turn::Unchanged => done("unchanged")?,
        Turn::NotAllowed => return Err(Problem::new(ErrorCode::NotAllowed).into()),
        Turn::ShutsOut => page(&staff, texts, Some(NetworksNotice::ShutsOut))?,
        Turn::Stale | Turn::Faults(_) => page(&staff, texts, Some(NetworksNotice::Stale))?,
    })
}
