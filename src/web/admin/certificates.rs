//! `/admin/certificates`: what signs assertions, what follows, and who knows it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::Time;
use crate::domain::authority::{Act as What, Over};
use crate::domain::fault::ErrorCode;
use crate::domain::registration::segment;
use crate::domain::signing::{KeyState, KeyType};
use crate::flow::admin::certificates::{self, Certificate, Haste, Overview, Turn};
use crate::flow::credentials::{CredentialFault, KINDS};
use crate::view::{
    AdminSection, CertificateGroup, CertificateLine, CertificateReader, CertificatesNotice, CertificatesPage,
};
use crate::web::pages::{FormTarget, html, see_other};
use crate::web::person::Detour;
use crate::web::problem::Problem;

use super::applications::act_of;
use super::{FreshAdministrator, Staff};

const FORM: &str = "admin-certificates";
const HERE: &str = "/admin/certificates";

/// `GET /admin/certificates`.
pub async fn show(staff: Staff) -> Result<HttpResponse, Detour> {
    let staff = staff.allowed(What::SeeRules).await?;
    let mut query = crate::web::form::query(&staff.request)?;
    let notice = (query.take("done").as_deref() == Some("rotated")).then_some(CertificatesNotice::Rotated);
    Ok(page(&staff, notice).await?)
}

async fn page(staff: &Staff, notice: Option<CertificatesNotice>) -> Result<HttpResponse, Problem> {
    let site = Arc::clone(&staff.tenant.site);
    let overview = staff.app.run(move || certificates::overview(&site)).await??;
    let (frame, menu) = staff.frame(AdminSection::Certificates);
    let now = staff.tenant.site.now();
    let status = match notice {
        None | Some(CertificatesNotice::Rotated) => StatusCode::OK,
        Some(CertificatesNotice::TooYoung | CertificatesNotice::Missing) => StatusCode::CONFLICT,
    };
    let page = CertificatesPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        action: staff.action(HERE),
        notice,
        may_change: staff.authority.may(What::ChangeRules, Over::Tenant),
        groups: KINDS.into_iter().filter_map(|kind| group(&overview, kind, now)).collect(),
        readers: readers(staff, &overview),
    };
    staff.finish(html(&staff.request, status, &page, FormTarget::Own))
}

fn group(overview: &Overview, kind: KeyType, now: Time) -> Option<CertificateGroup> {
    let mut found: Vec<&Certificate> = overview.certificates.iter().filter(|one| one.stored.kind == kind).collect();
    found.sort_by_key(|one| match one.stored.state {
        KeyState::Active => 0,
        KeyState::Next => 1,
        KeyState::Retired => 2,
    });
    let next = found.iter().find(|one| one.stored.state == KeyState::Next);
    let ready = next.is_some_and(|one| one.stored.created_at + certificates::PUBLISHED <= now);
    let line = |one: &&Certificate| CertificateLine {
        state: one.stored.state,
        created_at: one.stored.created_at,
        not_after: one.not_after,
        fingerprint: one.fingerprint.clone(),
        pem: one.pem.clone(),
    };
    let has_next = next.is_some();
    (!found.is_empty()).then(|| CertificateGroup { kind, rows: found.iter().map(line).collect(), ready, has_next })
}

fn readers(staff: &Staff, overview: &Overview) -> Vec<CertificateReader> {
    let since = overview.next_since();
    let reader = |one: &certificates::Reader| CertificateReader {
        name: one.name.clone(),
        href: staff.action(&format!("/admin/applications/{}", segment(one.id.as_str()))),
        address: format!("{}?app={}", staff.tenant.base.at(one.metadata_path), segment(one.id.as_str())),
        fetched_at: one.fetched_at,
        knows_next: one.fetched_at.is_some_and(|at| since.is_none_or(|since| since <= at)),
    };
    overview.readers.iter().map(reader).collect()
}

/// `POST /admin/certificates`: the next one of a kind signs from now on.
pub async fn rotate(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let mut params = staff.form(FORM, &body)?;
    let kind = params.take("type").and_then(|name| KeyType::parse(&name)).filter(|kind| KINDS.contains(kind));
    let kind = kind.ok_or_else(|| Problem::new(ErrorCode::RequestMalformed))?;
    let haste = if params.take("anyway").is_some() { Haste::Insisting } else { Haste::Patient };
    let (site, host, act) = (Arc::clone(&staff.tenant.site), Arc::clone(&staff.app.host), act_of(&staff));
    let turn = staff.app.run(move || {
        let turn = certificates::rotate(&site, &act, (kind, haste))?;
        host.refresh(site.id);
        Ok::<_, CredentialFault>(turn)
    });
    match turn.await?.map_err(Problem::internal)? {
        Turn::Rotated => staff.finish(see_other(&staff.action(&format!("{HERE}?done=rotated")))),
        Turn::TooYoung(_) => page(&staff, Some(CertificatesNotice::TooYoung)).await,
        Turn::Missing => page(&staff, Some(CertificatesNotice::Missing)).await,
        Turn::NotAllowed => Err(Problem::new(ErrorCode::NotAllowed)),
    }
}
