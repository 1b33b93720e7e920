//! The consumer of answers of an upstream that speaks SAML (Profiles §4.1), and our metadata for it.
//!
//! An answer comes by a form of another site, so that no cookie of ours comes along (all are `SameSite=Lax`). It is judged
//! all the same, and what was believed goes on, sealed, to a GET of our own: there the browser shows what it set out with.
//! Nothing is written or set before that, and it needs no script and no button.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::{Protocol, SamlUpstream};
use crate::flow::federation::saml::{self, Fit, Unbelieved};
use crate::flow::federation::{Pending, Purpose, Refused};
use crate::protocol::saml::binding::{Incoming, Kind};

use super::super::oidc::discovery::answer;
use super::super::pages::see_other;
use super::super::problem::Problem;
use super::super::signin::{Visit, query};
use super::super::tenant::Tenant;
use super::super::{form, saml as keys};
use super::{App, Asked, Name, Way, arrived, depart, leave, taken_along};

/// Room for an answer of 64 KiB in base64 and percent escapes.
pub const LONGEST: usize = 256 * 1024;

impl Way {
    fn saml(&self) -> Result<SamlUpstream, Problem> {
        let saml = self.stored.provider.saml().cloned();
        saml.ok_or_else(|| Problem::new(ErrorCode::FederationClosed))
    }
}

pub(super) async fn set_out(
    mut way: Way,
    upstream: &SamlUpstream,
    asked: Asked<'_>,
    anew: bool,
) -> Result<HttpResponse, Problem> {
    way.visit.tenant = keys::ready(&way.visit.app, way.visit.tenant.clone()).await?;
    let interaction = asked.0.clone();
    let departure = depart(&way, asked, anew)?;
    let site = Arc::clone(&way.visit.tenant.site);
    let (id, upstream) = (way.id().clone(), upstream.clone());
    let ask = move || saml::ask(&site, (&id, &upstream), &departure, &interaction).map(|address| (departure, address));
    let (departure, address) = way.visit.app.run(ask).await?.map_err(Problem::internal)?;
    leave(way, &departure, &address)
}

/// `POST /federation/{idp}/acs`: the provider's answer, judged.
pub async fn post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    (idp, body): (web::Path<Name>, web::Bytes),
) -> Result<HttpResponse, Problem> {
    let incoming = form::encoded(&request, &body).map(Incoming::post)?;
    // Who it is comes to light at the next step: somebody may be trying a connection that is switched off.
    let way = Way::enter_whatever(Visit::new(request, app, tenant), &idp.idp)?;
    let upstream = way.saml()?;
    let incoming = match incoming {
        Ok(incoming) if incoming.kind == Kind::Response => incoming,
        Ok(_) | Err(_) => {
            return Err(way.refuse(None, Refused::new(ErrorCode::FederationUntrusted, "message")).await?);
        }
    };
    let state = incoming.relay_state.clone().unwrap_or_default();
    let judged = {
        let (site, provider) = (Arc::clone(&way.visit.tenant.site), way.stored.provider.clone());
        way.visit.app.run(move || saml::judge(&site, (&provider, &upstream), &incoming)).await?
    };
    let answer = match judged {
        Ok(answer) => answer,
        Err(cause) => return Err(disbelieve(&way, cause).await?),
    };
    let sealed = saml::hand_over(&way.visit.tenant.site, (way.id(), &state), &answer).map_err(Problem::internal)?;
    let Some(sealed) = sealed else {
        return Err(way.refuse(None, Refused::new(ErrorCode::FederationUntrusted, "too_large")).await?);
    };
    let query = query(&[("state", &state), ("answer", &sealed)]);
    // No cookie is set: the browser's own did not come, and must not be replaced by others.
    Ok(see_other(&format!("{}/federation/{}/acs?{query}", way.visit.tenant.prefix, way.id())))
}

/// The state is not spent: whoever sends rubbish does not end somebody's sign-in by it.
async fn disbelieve(way: &Way, cause: Unbelieved) -> Result<Problem, Problem> {
    let Some(refused) = cause.refused() else { return Err(Problem::internal(cause)) };
    match &cause {
        Unbelieved::Disagreement(why) => {
            tracing::error!(provider = %way.id(), %why, "two readers of one SAML answer disagree: look at it");
        }
        Unbelieved::Unsolicited | Unbelieved::Assertion(_) | Unbelieved::Nameless(_) | Unbelieved::Key(_) => {
            tracing::info!(provider = %way.id(), %cause, "an identity provider's word was not taken");
        }
    }
    let words = (refused.code == ErrorCode::FederationDenied).then(|| refused.reason.clone());
    let problem = way.refuse(None, refused).await?;
    Ok(match words {
        Some(words) => problem.detail(words),
        None => problem,
    })
}

/// `GET /federation/{idp}/acs`: with the browser's own cookies.
pub async fn get(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let mut way = Way::enter_whatever(Visit::new(request, app, tenant), &idp.idp)?;
    let (state, sealed) = (params.take("state").unwrap_or_default(), params.take("answer").unwrap_or_default());
    let answer = saml::take_over(&way.visit.tenant.site, (way.id(), &state), &sealed);
    let pending = taken_along(&way, &state);
    if !pending.as_ref().is_some_and(|pending| matches!(pending.purpose, Purpose::Trial { .. })) {
        way = way.open()?;
    }
    let (Some(pending), Some(answer)) = (pending, answer) else {
        return Err(way.refuse(None, Refused::new(ErrorCode::FederationState, "state")).await?);
    };
    let upstream = way.saml()?;
    match saml::fit(&way.visit.tenant.site, &pending, answer) {
        Fit::Fits(person) => arrived(way, (state, pending), *person).await,
        Fit::Foreign => Err(way.refuse(Some(&state), Refused::new(ErrorCode::FederationState, "request")).await?),
        Fit::TooOld if pending.anew => {
            Err(way.refuse(Some(&state), Refused::new(ErrorCode::FederationTooOld, "too_old")).await?)
        }
        Fit::TooOld => again(way, &upstream, pending).await,
    }
}

/// SAML cannot ask for a sign-in of some age: the person is sent once more, to prove anew.
async fn again(way: Way, upstream: &SamlUpstream, pending: Pending) -> Result<HttpResponse, Problem> {
    let Pending { interaction, purpose, .. } = pending;
    set_out(way, upstream, (&interaction, None, purpose), true).await
}

/// `GET /federation/{idp}/metadata`: what the provider's administrator registers, also before it is switched on.
pub async fn metadata(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let tenant = keys::ready(&app, tenant).await?;
    let way = Way::enter_whatever(Visit::new(request.clone(), app, tenant), &idp.idp)?;
    let Protocol::Saml(upstream) = way.stored.provider.protocol.clone() else {
        return Err(Problem::new(ErrorCode::NotFound));
    };
    let (site, id) = (Arc::clone(&way.visit.tenant.site), way.id().clone());
    let document = way.visit.app.run(move || saml::document(&site, (&id, &upstream))).await?;
    Ok(answer(&request, &document.map_err(Problem::internal)?, "application/samlmetadata+xml"))
}
