//! Linking: `/sign-in/newcomer` asks somebody unknown whether there is an account, `/sign-in/link` is the click that links.
//! Both are states of the one page at `/sign-in`; who waits is sealed into its interaction.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::ids::UserId;
use crate::flow::federation::link::{self, Confirmed, Return, Stage};
use crate::flow::federation::{self, Pending, Purpose, Turn};
use crate::flow::interaction::{Interaction, Resume};
use crate::flow::resume::Shown;
use crate::protocol::params::RawParams;
use crate::view::{LinkingPage, LinkingStep};

use super::super::pages::see_other;
use super::super::person::Person as Known;
use super::super::problem::Problem;
use super::super::signin::{Visit, accept, application_info, continue_with, csrf_holds, dressed, frame, stay};
use super::super::tenant::Tenant;
use super::{App, IdpId, Way, leading_on, set_out, signed_in};

/// Who is asked, and what.
pub(in crate::web) struct Asking {
    pub provider: String,
    pub person: String,
    pub step: LinkingStep,
}

pub(in crate::web) fn page(
    visit: Visit,
    interaction: String,
    application: Option<&Shown>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let Asking { provider, person, step } = asking;
    let page = LinkingPage {
        frame: frame(&visit, application, &interaction),
        action: visit.action(match step {
            LinkingStep::Newcomer { .. } => "/sign-in/newcomer",
            LinkingStep::Confirm(_) => "/sign-in/link",
        }),
        csrf: visit.csrf(),
        application: application.map(application_info),
        provider,
        person,
        step,
        interaction,
    };
    let response = dressed(&visit, StatusCode::OK, &page, application);
    visit.finish(response)
}

/// The form of either page: from our page, in time, in the browser that it was sealed to.
fn opened(visit: &Visit, params: &mut RawParams) -> Result<Interaction, Problem> {
    let sealed = params.take("interaction");
    let (interaction, in_time) = visit.interaction(sealed.as_deref())?;
    if !csrf_holds(visit, params) || !in_time {
        return Err(Problem::new(ErrorCode::FormExpired));
    }
    Ok(interaction)
}

/// `POST /sign-in/newcomer`.
pub async fn newcomer(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (visit, mut params) = accept(request, app, tenant, &body)?;
    let interaction = opened(&visit, &mut params)?;
    match params.take("choice").as_deref() {
        Some("link") if !interaction.is_asked() => Err(Problem::new(ErrorCode::FormExpired)),
        Some("link") => {
            // From here on a sign-in counts, and not the one that stands.
            let now = visit.tenant.now();
            let offer = interaction.offer.clone().map(|offer| Box::new(offer.at_stage(Stage::SigningIn)));
            continue_with(visit, &Interaction { offer, started_at: now, ..interaction })
        }
        Some("create") => create(visit, interaction).await,
        Some("cancel") => stay(visit, interaction.without_offer()).await,
        _ => Err(Problem::new(ErrorCode::RequestMalformed).detail("choice must be link, create or cancel")),
    }
}

async fn create(visit: Visit, interaction: Interaction) -> Result<HttpResponse, Problem> {
    let turn: Turn = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        visit.app.run(move || federation::create(&site, &browser, &waiting)).await??
    };
    signed_in(visit, interaction.without_offer(), turn)
}

/// `POST /sign-in/link`.
pub async fn confirm(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let (visit, mut params) = accept(request, app, tenant, &body)?;
    let interaction = opened(&visit, &mut params)?;
    match params.take("choice").as_deref() {
        Some("link") => {}
        Some("cancel") => return continue_with(visit, &interaction.without_offer()),
        _ => return Err(Problem::new(ErrorCode::RequestMalformed).detail("choice must be link or cancel")),
    }
    let confirmed = {
        let (site, browser, waiting) = (Arc::clone(&visit.tenant.site), visit.browser.clone(), interaction.clone());
        visit.app.run(move || link::confirm(&site, &browser, &waiting)).await??
    };
    match confirmed {
        Confirmed::Done => continue_with(visit, &interaction.without_offer()),
        Confirmed::Again => continue_with(visit, &interaction),
        Confirmed::Refused(refused) => Err(leading_on(&visit, Some(&interaction.without_offer()), &refused)),
    }
}

/// From Min profil to the provider, to come back with somebody who is shown before anything is linked.
pub async fn set_out_to_link(known: Known, provider: &IdpId, resume: Resume) -> Result<HttpResponse, Problem> {
    // Not older than when the person last signed in, which was a moment ago.
    let interaction = Interaction::new(resume, known.known.session.auth_time);
    let user = known.known.user.id;
    let way = Way::enter(known.into(), provider.as_str())?;
    set_out(way, &interaction, None, Purpose::Link { user }).await
}

/// Back from there.
pub(super) async fn come_back(
    mut way: Way,
    (state, pending): (String, Pending),
    (person, user): (Person, UserId),
) -> Result<HttpResponse, Problem> {
    let back = {
        let (site, browser) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.clone());
        let (id, state, waiting) = (way.id().clone(), state.clone(), pending.interaction.clone());
        let come = move || link::come_back(&site, &browser, (&id, &state), (&person, user, &waiting));
        way.visit.app.run(come).await??
    };
    let spent = super::cookies::clear_federation(&way.visit.request, &way.visit.tenant.slug, &state);
    way.visit.cookies.extend(spent);
    match back {
        Return::Offered(interaction) => continue_with(way.visit, &interaction),
        Return::Linked => {
            let location = way.visit.action("/account/factors");
            way.visit.finish(see_other(&location))
        }
        Return::Refused(refused) => Err(way.page(&refused)),
    }
}
