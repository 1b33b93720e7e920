//! `/admin/identity-providers/{id}/try`: whether an identity provider can be used, step by step; and on to it, to see what
//! comes back from a sign-in there. What was found is shown and not kept.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::domain::identity_provider::Protocol;
use crate::domain::trial::Finding;
use crate::flow::admin::provider_registration::certificate_steps;
use crate::outbound::upstream::probe;
use crate::store::identity_providers::StoredProvider;
use crate::view::{AdminProviderTrialPage, AdminSection, TrialStage};
use crate::web::federation::set_out_to_try;
use crate::web::pages::{FormTarget, html};
use crate::web::problem::Problem;

use super::identity_provider::{id_of, look};
use super::identity_providers::{FORM, home_of};
use super::{FreshAdministrator, Staff};

/// `GET /admin/identity-providers/{id}/try`: what is going to be done.
pub async fn ask(FreshAdministrator(staff): FreshAdministrator) -> Result<HttpResponse, Problem> {
    let stored = look(&staff, &id_of(&staff)?).await?.stored;
    page(&staff, &stored, (TrialStage::Before, Finding::default()))
}

/// `POST /admin/identity-providers/{id}/try`: what can be seen without anybody signing in.
pub async fn run(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    staff.form(FORM, &body)?;
    let stored = look(&staff, &id_of(&staff)?).await?.stored;
    let now = staff.tenant.now();
    let steps = match &stored.provider.protocol {
        Protocol::Oidc(oidc) => probe(&staff.app.fetch, oidc, now).await,
        Protocol::Saml(_) => certificate_steps(&stored.provider, now),
    };
    page(&staff, &stored, (TrialStage::Looked, Finding { steps, ..Finding::default() }))
}

/// `POST /admin/identity-providers/{id}/try/sign-in`: to the provider.
pub async fn sign_in(FreshAdministrator(staff): FreshAdministrator, body: web::Bytes) -> Result<HttpResponse, Problem> {
    staff.form(FORM, &body)?;
    set_out_to_try(&staff, &id_of(&staff)?).await
}

/// Back from the provider.
pub fn result(staff: &Staff, stored: &StoredProvider, finding: Finding) -> Result<HttpResponse, Problem> {
    page(staff, stored, (TrialStage::CameBack, finding))
}

fn page(
    staff: &Staff,
    stored: &StoredProvider,
    (stage, finding): (TrialStage, Finding),
) -> Result<HttpResponse, Problem> {
    let (frame, menu) = staff.frame(AdminSection::IdentityProviders);
    let home = home_of(staff, &stored.provider.id);
    let page = AdminProviderTrialPage {
        frame,
        menu,
        csrf: staff.csrf(FORM),
        action: format!("{home}/try"),
        back_href: home,
        name: stored.provider.name.clone(),
        stage,
        finding,
    };
    // The button leads to the provider, by a redirect that the policy has to allow.
    let target = FormTarget::Application(stored.provider.address());
    staff.finish(html(&staff.request, StatusCode::OK, &page, target))
}
