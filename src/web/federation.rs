//! `/federation/{idp}/start` and `/callback`: to an upstream identity provider and back (OpenID Connect Core §3.1.2).
//! What is fetched is fetched here, between the flow that sets out and the one that judges.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::crypto::jose::JoseError;
use crate::domain::fault::ErrorCode;
use crate::domain::ids::IdpId;
use crate::flow::federation::{self, Departure, Pending, Refused, Told, Turn};
use crate::flow::interaction::Interaction;
use crate::outbound::upstream::{Endpoints, Request, Upstream, UpstreamFault};
use crate::protocol::oidc::upstream::{Person, Refusal as Unfit, is_from};
use crate::protocol::params::RawParams;
use crate::store::identity_providers::StoredProvider;

use super::pages::see_other;
use super::problem::Problem;
use super::signin::{Visit, continue_with, query};
use super::tenant::Tenant;
use super::{App, cookies, form};

/// What a provider may say of why it did not sign somebody in, for the page.
const LONGEST_WORDS: usize = 300;

/// Where a button or a typed address leads.
pub fn start_address(tenant: &Tenant, provider: &IdpId, interaction: &str, hint: Option<&str>) -> String {
    let mut pairs = vec![("interaction", interaction)];
    pairs.extend(hint.map(|hint| ("hint", hint)));
    format!("{}/federation/{provider}/start?{}", tenant.prefix, query(&pairs))
}

/// Where the provider sends people back to: its own address, so that no other provider's answer can pass for its.
fn redirect_uri(tenant: &Tenant, provider: &IdpId) -> String {
    tenant.base.at(&format!("/federation/{provider}/callback"))
}

/// The provider of the path.
struct Way {
    visit: Visit,
    stored: StoredProvider,
}

impl Way {
    fn enter(visit: Visit, name: &str) -> Result<Self, Problem> {
        let address = visit.browser.origin.address;
        if let Some(wait) = visit.tenant.sources.held_back(visit.tenant.id, address) {
            return Err(Problem::new(ErrorCode::TooManyAttempts).retry_after(wait.as_secs().max(1)));
        }
        let stored = IdpId::parse(name).ok().and_then(|id| visit.tenant.upstream(&id).cloned());
        match stored {
            Some(stored) => Ok(Self { visit, stored }),
            None => Err(Problem::new(ErrorCode::FederationClosed)),
        }
    }

    fn id(&self) -> &IdpId {
        &self.stored.provider.id
    }

    fn upstream<'a>(&'a self, redirect_uri: &'a str) -> Upstream<'a> {
        let app = &self.visit.app;
        Upstream { fetch: &app.fetch, breakers: &app.breakers, provider: &self.stored.provider, redirect_uri }
    }

    /// Remembers it, and gives the page.
    async fn refuse(&self, state: Option<&str>, refused: Refused) -> Result<Problem, Problem> {
        let (site, browser) = (Arc::clone(&self.visit.tenant.site), self.visit.browser.clone());
        let (id, state) = (self.id().clone(), state.map(str::to_owned));
        let problem = page_of(&refused);
        let noted = self.visit.app.run(move || federation::refuse(&site, &browser, (&id, state.as_deref()), &refused));
        noted.await??;
        Ok(problem)
    }

    async fn unavailable(&self, state: Option<&str>, fault: UpstreamFault) -> Result<Problem, Problem> {
        tracing::warn!(provider = %self.id(), %fault, "an identity provider could not be used");
        let (code, reason) = match &fault {
            UpstreamFault::Unavailable(_) => (ErrorCode::FederationUnavailable, "unavailable"),
            UpstreamFault::Resting => (ErrorCode::FederationUnavailable, "resting"),
            UpstreamFault::Issuer(_) => (ErrorCode::FederationUntrusted, "discovery_issuer"),
            UpstreamFault::Refused(_) => (ErrorCode::FederationUntrusted, "code_refused"),
        };
        let refused = Refused::new(code, reason);
        if code != ErrorCode::FederationUnavailable {
            return self.refuse(state, refused).await;
        }
        // Before anybody has set out it is no sign-in that failed: strangers cannot fill the log with it.
        let problem = if state.is_some() { self.refuse(state, refused).await? } else { page_of(&refused) };
        Ok(problem.retry_after(60))
    }
}

fn page_of(refused: &Refused) -> Problem {
    metrics::counter!("portner_login_attempts_total", "method" => "federation", "outcome" => "failure").increment(1);
    Problem::new(refused.code)
}

/// `GET /federation/{idp}/start`: to the provider, with what waits here for the person.
pub async fn start(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let visit = Visit::new(request, app, tenant);
    let (interaction, in_time) = visit.interaction(params.take("interaction").as_deref())?;
    let interaction = if in_time { interaction } else { interaction.again(visit.tenant.now()) };
    let mut way = Way::enter(visit, &idp.idp)?;
    let redirect_uri = redirect_uri(&way.visit.tenant, way.id());
    let endpoints = match way.upstream(&redirect_uri).discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => return Err(way.unavailable(None, fault).await?),
    };
    let departure = depart(&way, &interaction, params.take("hint"))?;
    let asked = Request {
        state: &departure.state,
        nonce: &departure.nonce,
        verifier: &departure.verifier,
        fresh: departure.wish.fresh,
        choose_account: departure.wish.choose_account,
        max_age: departure.wish.max_age,
        login_hint: departure.wish.login_hint.as_deref(),
    };
    let address = match way.upstream(&redirect_uri).address(&endpoints, &asked) {
        Ok(address) => address,
        Err(fault) => return Err(way.unavailable(None, fault).await?),
    };
    let old = cookies::old_federations(&way.visit.request, &way.visit.tenant.slug);
    way.visit.cookies.extend(old);
    let cookie = cookies::set_federation(&way.visit.tenant.slug, &departure.state, &departure.sealed);
    way.visit.cookies.push(cookie.ok_or_else(|| Problem::new(ErrorCode::RequestTooLarge))?);
    way.visit.finish(see_other(address.as_str()))
}

fn depart(way: &Way, interaction: &Interaction, hint: Option<String>) -> Result<Departure, Problem> {
    let (site, browser) = (&way.visit.tenant.site, &way.visit.browser);
    federation::depart(site, browser, way.id(), (interaction, hint)).map_err(Problem::internal)
}

/// The last part of the address, as routes name it.
#[derive(serde::Deserialize)]
pub struct Name {
    idp: String,
}

/// `GET /federation/{idp}/callback`: the provider's answer.
pub async fn callback(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let mut way = Way::enter(Visit::new(request, app, tenant), &idp.idp)?;
    let state = params.take("state").unwrap_or_default();
    let Some(pending) = taken_along(&way, &state) else {
        // An answer to nothing that this browser asked changes nothing here (RFC 6749 §10.12).
        return Err(way.refuse(None, Refused::new(ErrorCode::FederationState, "state")).await?);
    };
    let person = answer(&way, &mut params, (&state, &pending)).await?;
    let turn = {
        let (site, browser) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.clone());
        let (id, state, waiting) = (way.id().clone(), state.clone(), pending.interaction.clone());
        let arrive = move || federation::arrive(&site, &browser, (&id, &state), (&person, &waiting));
        way.visit.app.run(arrive).await??
    };
    let interaction = match turn {
        Turn::Refused(refused) => return Err(page_of(&refused)),
        Turn::SignedIn(welcome) => {
            metrics::counter!("portner_login_attempts_total", "method" => "federation", "outcome" => "success")
                .increment(1);
            way.visit.welcome(welcome);
            Interaction { sign_in: None, method: None, ..pending.interaction }
        }
        Turn::Unfinished(sign_in) => Interaction { sign_in: Some(sign_in), method: None, ..pending.interaction },
    };
    way.visit.cookies.push(cookies::clear_federation(&way.visit.tenant.slug, &state));
    continue_with(way.visit, &interaction)
}

/// What this browser set out with to this provider under this state.
fn taken_along(way: &Way, state: &str) -> Option<Pending> {
    let sealed = cookies::federation(&way.visit.request, &way.visit.tenant.slug, state)?;
    federation::pending(&way.visit.tenant.site, &way.visit.browser, way.id(), (state, &sealed))
}

/// From the provider's answer to somebody who may be believed in.
async fn answer(way: &Way, params: &mut RawParams, (state, pending): (&str, &Pending)) -> Result<Person, Problem> {
    let redirect_uri = redirect_uri(&way.visit.tenant, way.id());
    let upstream = way.upstream(&redirect_uri);
    let endpoints = match upstream.discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
    };
    let promised = endpoints.authorization_response_iss_parameter_supported;
    if !is_from(&endpoints.issuer, promised, params.get("iss")) {
        return Err(way.refuse(Some(state), Refused::new(ErrorCode::FederationUntrusted, "iss_parameter")).await?);
    }
    let code = match (params.take("error"), params.take("code")) {
        (Some(error), _) => return Err(denied(way, state, (&error, params.take("error_description"))).await?),
        (None, Some(code)) => code,
        (None, None) => {
            return Err(way.refuse(Some(state), Refused::new(ErrorCode::FederationUntrusted, "no_code")).await?);
        }
    };
    let secret = federation::secret(&way.visit.tenant.site, &way.stored).map_err(Problem::internal)?;
    let answer = match upstream.redeem(&endpoints, (&secret, code, pending.verifier.clone())).await {
        Ok(answer) => answer,
        Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
    };
    let told = Told { issuer: endpoints.issuer.clone(), id_token: answer.id_token, access_token: answer.access_token };
    believe(way, (&upstream, &endpoints), (state, pending), told).await
}

/// With the keys at hand; with newer ones, where those do not fit.
async fn believe(
    way: &Way,
    (upstream, endpoints): (&Upstream<'_>, &Endpoints),
    (state, pending): (&str, &Pending),
    told: Told,
) -> Result<Person, Problem> {
    let mut renew = false;
    loop {
        let jwks = match upstream.keys(endpoints, renew).await {
            Ok(jwks) => jwks,
            Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
        };
        let (site, provider) = (Arc::clone(&way.visit.tenant.site), way.stored.provider.clone());
        let (pending, told) = (pending.clone(), told.clone());
        let judged = way.visit.app.run(move || federation::believe(&site, &provider, &pending, (&told, &jwks))).await?;
        match judged {
            Ok(person) => return Ok(person),
            Err(Unfit::Signature(JoseError::UnknownKey | JoseError::Signature | JoseError::KeySet)) if !renew => {
                renew = true;
            }
            Err(unfit) => {
                tracing::info!(provider = %way.id(), cause = %unfit, "an identity provider's word was not taken");
                let refused = Refused::new(federation::code_of(&unfit), unfit.name());
                return Err(way.refuse(Some(state), refused).await?);
            }
        }
    }
}

/// RFC 6749 §4.1.2.1. The provider's words are shown as inert text, and its code stands in the log if it is one.
async fn denied(way: &Way, state: &str, (error, description): (&str, Option<String>)) -> Result<Problem, Problem> {
    let is_code = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let reason = if is_code { format!("error: {error}") } else { "error".to_owned() };
    let problem = way.refuse(Some(state), Refused::new(ErrorCode::FederationDenied, reason)).await?;
    let words = description.map_or_else(|| error.to_owned(), |why| format!("{error}: {why}"));
    let words: String = words.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect();
    Ok(problem.detail(words))
}
