//! The callback of an upstream that speaks OpenID Connect (Core §3.1.2).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::crypto::jose::JoseError;
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::{OidcUpstream, Protocol};
use crate::domain::ids::IdpId;
use crate::flow::federation::{self, Departure, Pending, Refused, Told};
use crate::outbound::upstream::{Answer, Credential, Endpoints, Request, Upstream};
use crate::protocol::oidc::upstream::{Refusal as Unfit, is_from};
use crate::protocol::oidc::upstream_info::is_wanted;
use crate::protocol::params::RawParams;

use super::super::form;
use super::super::problem::Problem;
use super::super::signin::Visit;
use super::super::tenant::Tenant;
use super::trial::{self, Taken};
use super::{App, Asked, Name, Way, arrived, depart, leave, taken_along};

/// What a provider may say of why it did not sign somebody in, for the page.
const LONGEST_WORDS: usize = 300;

/// Where the provider sends people back to: its own address, so that no other provider's answer can pass for its.
pub(super) fn redirect_uri(tenant: &Tenant, provider: &IdpId) -> String {
    tenant.base.at(&format!("/federation/{provider}/callback"))
}

pub(super) fn upstream<'a>(way: &'a Way, provider: &'a OidcUpstream, redirect_uri: &'a str) -> Upstream<'a> {
    let app = &way.visit.app;
    Upstream { fetch: &app.fetch, breakers: &app.breakers, provider, redirect_uri }
}

pub(super) async fn set_out(
    way: &Way,
    provider: &OidcUpstream,
    asked: Asked<'_>,
    anew: bool,
) -> Result<(Departure, String), Problem> {
    let redirect_uri = redirect_uri(&way.visit.tenant, way.id());
    let endpoints = match upstream(way, provider, &redirect_uri).discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => return Err(way.unavailable(None, fault).await?),
    };
    let departure = depart(way, asked, anew)?;
    let asked = Request {
        state: &departure.state,
        nonce: &departure.nonce,
        verifier: &departure.verifier,
        fresh: departure.wish.fresh,
        choose_account: departure.wish.choose_account,
        max_age: departure.wish.max_age,
        auth_time: departure.wish.anew,
        login_hint: departure.wish.login_hint.as_deref(),
        acr_values: &departure.wish.acr_values,
    };
    let address = match upstream(way, provider, &redirect_uri).address(&endpoints, &asked) {
        Ok(address) => address,
        Err(fault) => return Err(way.unavailable(None, fault).await?),
    };
    Ok((departure, address.into()))
}

/// `GET /federation/{idp}/callback`: the provider's answer.
pub async fn callback(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let state = params.take("state").unwrap_or_default();
    let way = match trial::under_way(Visit::new(request, app, tenant), &idp.idp, &state) {
        Taken::Trial(trial) => return trial::answer(*trial, &mut params).await,
        Taken::Other(visit) => Way::enter(*visit, &idp.idp)?,
    };
    let Some(pending) = taken_along(&way, &state) else {
        // An answer to nothing that this browser asked changes nothing here (RFC 6749 §10.12).
        return Err(way.refuse(None, Refused::new(ErrorCode::FederationState, "state")).await?);
    };
    let Protocol::Oidc(provider) = way.stored.provider.protocol.clone() else {
        return Err(way.refuse(Some(&state), Refused::new(ErrorCode::FederationState, "protocol")).await?);
    };
    match answer((&way, &provider), &mut params, (&state, &pending)).await? {
        Word::Taken(person) => arrived(way, (state, pending), *person).await,
        Word::TooOld => again(way, &provider, pending).await,
    }
}

/// What an answer comes to that is not refused.
enum Word {
    Taken(Box<Person>),
    /// Somebody, but from a sign-in that is too old, or has no time: the person may be sent once more.
    TooOld,
}

/// Providers overlook `max_age`, or tell no `auth_time`: the person is sent once more, to prove anew and to have the time
/// told.
async fn again(way: Way, provider: &OidcUpstream, pending: Pending) -> Result<HttpResponse, Problem> {
    let Pending { interaction, purpose, .. } = pending;
    let (departure, address) = set_out(&way, provider, (&interaction, None, purpose), true).await?;
    leave(way, &departure, &address)
}

/// From the provider's answer to somebody who may be believed in.
async fn answer(
    (way, provider): (&Way, &OidcUpstream),
    params: &mut RawParams,
    (state, pending): (&str, &Pending),
) -> Result<Word, Problem> {
    let redirect_uri = redirect_uri(&way.visit.tenant, way.id());
    let upstream = upstream(way, provider, &redirect_uri);
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
    let credential = credential(way, provider, &endpoints)?;
    let answer = match upstream.redeem(&endpoints, (&credential, code, pending.verifier.clone())).await {
        Ok(answer) => answer,
        Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
    };
    let Answer { id_token, access_token } = answer;
    let told = Told { issuer: endpoints.issuer.clone(), id_token, access_token, userinfo: None };
    let person = match believe(way, (&upstream, &endpoints), (state, pending), told.clone()).await? {
        Word::Taken(person) if is_wanted(&way.stored.provider, provider, &person) => person,
        word @ (Word::Taken(_) | Word::TooOld) => return Ok(word),
    };
    let userinfo = match upstream.userinfo(&endpoints, &told.access_token).await {
        Ok(Some(userinfo)) => userinfo,
        Ok(None) => return Ok(Word::Taken(person)),
        Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
    };
    believe(way, (&upstream, &endpoints), (state, pending), Told { userinfo: Some(userinfo), ..told }).await
}

pub(super) fn credential(way: &Way, provider: &OidcUpstream, endpoints: &Endpoints) -> Result<Credential, Problem> {
    let site = &way.visit.tenant.site;
    if provider.token_endpoint_auth_method.has_secret() {
        return federation::secret(site, &way.stored).map(Credential::Secret).map_err(Problem::internal);
    }
    let to = (endpoints.issuer.as_str(), endpoints.token_endpoint_auth_signing_alg_values_supported.as_slice());
    federation::assertion(site, provider, to).map(Credential::Assertion).map_err(Problem::internal)
}

/// With the keys at hand; with newer ones, where those do not fit.
async fn believe(
    way: &Way,
    (upstream, endpoints): (&Upstream<'_>, &Endpoints),
    (state, pending): (&str, &Pending),
    told: Told,
) -> Result<Word, Problem> {
    let mut renew = false;
    loop {
        let jwks = match upstream.keys(endpoints, renew).await {
            Ok(jwks) => jwks,
            Err(fault) => return Err(way.unavailable(Some(state), fault).await?),
        };
        let (site, provider) = (Arc::clone(&way.visit.tenant.site), way.stored.provider.clone());
        let oidc = upstream.provider.clone();
        let (asked, told) = (pending.clone(), told.clone());
        let judged =
            way.visit.app.run(move || federation::believe(&site, (&provider, &oidc), &asked, (&told, &jwks))).await?;
        match judged {
            Ok(person) => return Ok(Word::Taken(Box::new(person))),
            Err(Unfit::TooOld) if !pending.anew => return Ok(Word::TooOld),
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
    // What is shown stands in the log too, and a description may name the person.
    let description = description.filter(|_| !way.visit.tenant.settings.broker);
    let words = description.map_or_else(|| error.to_owned(), |why| format!("{error}: {why}"));
    let words: String = words.chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect();
    Ok(problem.detail(words))
}
