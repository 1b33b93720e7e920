//! An administrator tries a connection: to the provider and back, to a page that shows what came. Each step is told, also
//! one that fails; nobody is signed in.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest as _, HttpResponse};

use crate::crypto::jose::JoseError;
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::{OidcUpstream, Protocol};
use crate::domain::ids::{IdpId, UserId};
use crate::domain::trial::{Check, Finding, Step};
use crate::flow::federation::{Pending, Purpose, Told, believe, trial as flow};
use crate::flow::interaction::{Interaction, PagePath, Resume};
use crate::outbound::upstream::{Endpoints, Upstream, UpstreamFault};
use crate::protocol::oidc::upstream::{Refusal as Unfit, is_from};
use crate::protocol::oidc::upstream_info::is_wanted;
use crate::protocol::params::RawParams;
use crate::store::StoreError;

use super::super::admin::{FreshAdministrator, Staff, provider_trial};
use super::super::cookies;
use super::super::problem::Problem;
use super::super::signin::Visit;
use super::oidc::{credential, redirect_uri, upstream};
use super::{Way, set_out, taken_along};

/// To the provider, on behalf of an administrator who wants to see what comes back.
pub async fn set_out_to_try(staff: &Staff, provider: &IdpId) -> Result<HttpResponse, Problem> {
    let page = PagePath::parse(&format!("/admin/identity-providers/{provider}/try")).unwrap_or_else(PagePath::account);
    let interaction = Interaction::new(Resume::Page { path: page, fresh: false }, staff.tenant.now());
    let visit = Visit::new(staff.request.clone(), staff.app.clone(), staff.tenant.clone());
    let way = Way::enter_whatever(visit, provider.as_str())?;
    set_out(way, &interaction, None, Purpose::Trial { user: staff.known.user.id }).await
}

/// Somebody who comes back to where a trial began.
pub(super) struct Trial {
    way: Way,
    state: String,
    pending: Pending,
    user: UserId,
}

pub(super) enum Taken {
    Trial(Box<Trial>),
    Other(Box<Visit>),
}

/// Whether this answer is to somebody who tries the connection: of a provider that may be switched off.
pub(super) fn under_way(visit: Visit, provider: &str, state: &str) -> Taken {
    // Whoever is held back, or names no provider, is told by the ordinary way.
    let Ok(way) = Way::enter_whatever(visit.clone(), provider) else { return Taken::Other(Box::new(visit)) };
    if let Some(pending) = taken_along(&way, state)
        && let Purpose::Trial { user } = pending.purpose
    {
        return Taken::Trial(Box::new(Trial { way, state: state.to_owned(), pending, user }));
    }
    Taken::Other(Box::new(visit))
}

/// The provider's answer to a trial, in OpenID Connect.
pub(super) async fn answer(trial: Trial, params: &mut RawParams) -> Result<HttpResponse, Problem> {
    let staff = same_person(&trial.way, trial.user).await?;
    let Protocol::Oidc(provider) = trial.way.stored.provider.protocol.clone() else {
        return Err(Problem::new(ErrorCode::FederationState));
    };
    let finding = look(&trial, &provider, params).await?;
    show(&staff, trial.way, (&trial.state, trial.user), finding).await
}

/// Somebody who may be believed in, whatever the provider speaks: every check has passed.
pub(super) async fn met(way: Way, (state, user): (&str, UserId), person: &Person) -> Result<HttpResponse, Problem> {
    let staff = same_person(&way, user).await?;
    let (site, provider, person) = (Arc::clone(&way.visit.tenant.site), way.stored.provider.clone(), person.clone());
    let foresee = move || {
        let mut finding = Finding { steps: vec![Step::passed(Check::Answer, &person.issuer)], ..Finding::default() };
        flow::foresee(&site, &provider, (&person, &mut finding))?;
        Ok::<_, StoreError>(finding)
    };
    let finding = way.visit.app.run(foresee).await??;
    show(&staff, way, (state, user), finding).await
}

/// Only whoever set out sees what comes back, in the same session and while it is fresh.
async fn same_person(way: &Way, user: UserId) -> Result<Staff, Problem> {
    let entered = FreshAdministrator::from_request(&way.visit.request, &mut Payload::None).await;
    match entered {
        Ok(FreshAdministrator(staff)) if staff.known.user.id == user => Ok(staff),
        Ok(_) | Err(_) => Err(Problem::new(ErrorCode::FederationState)),
    }
}

async fn show(
    staff: &Staff,
    way: Way,
    (state, user): (&str, UserId),
    finding: Finding,
) -> Result<HttpResponse, Problem> {
    let noted = {
        let (site, browser) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.clone());
        let (id, state, steps) = (way.id().clone(), state.to_owned(), finding.steps.clone());
        way.visit.app.run(move || flow::conclude(&site, &browser, (&id, &state, user), &steps)).await??
    };
    if !noted {
        return Err(Problem::new(ErrorCode::FederationState));
    }
    let mut response = provider_trial::result(staff, &way.stored, finding)?;
    for spent in cookies::clear_federation(&way.visit.request, &way.visit.tenant.slug, state) {
        response.add_cookie(&spent).map_err(Problem::internal)?;
    }
    Ok(response)
}

/// Step by step, as far as it goes.
async fn look(trial: &Trial, provider: &OidcUpstream, params: &mut RawParams) -> Result<Finding, Problem> {
    let redirect_uri = redirect_uri(&trial.way.visit.tenant, trial.way.id());
    let upstream = upstream(&trial.way, provider, &redirect_uri);
    let ended = |steps: Vec<Step>| Ok(Finding { steps, ..Finding::default() });
    let endpoints = match upstream.discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => return ended(vec![Step::failed(Check::Discovery, fault.to_string())]),
    };
    let promised = endpoints.authorization_response_iss_parameter_supported;
    let iss = params.take("iss");
    if !is_from(&endpoints.issuer, promised, iss.as_deref()) {
        return ended(vec![Step::failed(Check::Answer, format!("iss: {}", iss.unwrap_or_default()))]);
    }
    let code = match (params.take("error"), params.take("code")) {
        (None, Some(code)) => code,
        (error, _) => {
            let words = [error.unwrap_or_default(), params.take("error_description").unwrap_or_default()];
            return ended(vec![Step::failed(Check::Answer, words.join(": "))]);
        }
    };
    let mut steps = vec![Step::passed(Check::Answer, "")];
    let credential = credential(&trial.way, provider, &endpoints)?;
    let told = match upstream.redeem(&endpoints, (&credential, code, trial.pending.verifier.clone())).await {
        Ok(answer) => {
            let (id_token, access_token) = (answer.id_token, answer.access_token);
            Told { issuer: endpoints.issuer.clone(), id_token, access_token, userinfo: None }
        }
        Err(fault) => {
            steps.push(Step::failed(Check::Code, fault.to_string()));
            return ended(steps);
        }
    };
    steps.push(Step::passed(Check::Code, ""));
    examine(trial, (&upstream, &endpoints), told, steps).await
}

/// With the keys at hand; with newer ones, where those do not fit.
async fn examine(
    trial: &Trial,
    (upstream, endpoints): (&Upstream<'_>, &Endpoints),
    mut told: Told,
    steps: Vec<Step>,
) -> Result<Finding, Problem> {
    let failed = |check, fault: &UpstreamFault| {
        let steps = [steps.clone(), vec![Step::failed(check, fault.to_string())]].concat();
        Ok(Finding { steps, ..Finding::default() })
    };
    let mut jwks = String::new();
    for renew in [false, true] {
        jwks = match upstream.keys(endpoints, renew).await {
            Ok(jwks) => jwks,
            Err(fault) => return failed(Check::Keys, &fault),
        };
        let (site, provider, oidc) = parts(trial, upstream);
        let (pending, asked, keys) = (trial.pending.clone(), told.clone(), jwks.clone());
        let judged = move || believe(&site, (&provider, &oidc), &pending, (&asked, &keys));
        match trial.way.visit.app.run(judged).await? {
            Err(Unfit::Signature(JoseError::UnknownKey | JoseError::Signature | JoseError::KeySet)) => continue,
            Ok(person) if is_wanted(&trial.way.stored.provider, upstream.provider, &person) => {
                told.userinfo = match upstream.userinfo(endpoints, &told.access_token).await {
                    Ok(userinfo) => userinfo,
                    Err(fault) => return failed(Check::UserInfo, &fault),
                };
            }
            Ok(_) | Err(_) => {}
        }
        break;
    }
    let (site, provider, oidc) = parts(trial, upstream);
    let pending = trial.pending.clone();
    let examine = move || flow::examine(&site, (&provider, &oidc), &pending, (&told, &jwks, steps));
    Ok(trial.way.visit.app.run(examine).await??)
}

type Parts = (Arc<crate::flow::Site>, crate::domain::identity_provider::IdentityProvider, OidcUpstream);

fn parts(trial: &Trial, upstream: &Upstream<'_>) -> Parts {
    let site = Arc::clone(&trial.way.visit.tenant.site);
    (site, trial.way.stored.provider.clone(), upstream.provider.clone())
}
