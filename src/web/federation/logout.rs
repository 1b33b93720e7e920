//! A sign-out that goes on to an identity provider, or comes from one.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::Protocol;
use crate::domain::ids::IdpId;
use crate::domain::secret::TokenKind;
use crate::flow::federation;
use crate::flow::federation::farewell::{Channel, Heard};
use crate::flow::logout::saml::Fault;
use crate::flow::logout::upstream::{Arrival, Errand, failed, receive, returned};
use crate::outbound::upstream::{Goodbye, Upstream, UpstreamFault};
use crate::protocol::oidc::upstream_logout::{Farewell, Unfit};
use crate::protocol::reply::Reply;
use crate::protocol::saml::binding::{BindingError, Incoming};
use crate::protocol::saml::logout::LogoutError;

use super::super::pages::see_other;
use super::super::problem::Problem;
use super::super::signin::Visit;
use super::super::tenant::Tenant;
use super::super::{App, cookies, form, saml as keys, sign_out};
use super::{Name, Way};

/// Where the browser is sent for a sign-out there; `None` where that cannot be, which is noted.
pub async fn way(app: &App, tenant: &Tenant, errand: &Errand) -> Result<Option<Url>, Problem> {
    let way = find(app, tenant, errand).await;
    if way.is_none() {
        let (site, errand) = (Arc::clone(&tenant.site), errand.clone());
        app.run(move || failed(&site, &errand)).await??;
    }
    Ok(way)
}

async fn find(app: &App, tenant: &Tenant, errand: &Errand) -> Option<Url> {
    let stored = tenant.upstream(&errand.provider)?;
    let Protocol::Oidc(provider) = &stored.provider.protocol else { return None };
    let return_to = tenant.base.at(&format!("/federation/{}/signed-out", errand.provider));
    let upstream = Upstream { fetch: &app.fetch, breakers: &app.breakers, provider, redirect_uri: &return_to };
    let endpoints = match upstream.discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => {
            tracing::warn!(provider = %errand.provider, %fault, "nobody could be signed out at an identity provider");
            return None;
        }
    };
    let goodbye = Goodbye { hint: errand.hint.as_deref(), state: &errand.state, return_to: &return_to };
    upstream.sign_out_address(&endpoints, &goodbye)
}

/// `GET /federation/{idp}/signed-out`: back from the provider, and on to where the sign-out was to end.
pub async fn back(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let (browser, _) = cookies::browser(&request, &tenant.site);
    let (provider, state) = (IdpId::parse(&idp.idp).ok(), params.take("state").unwrap_or_default());
    let Some(provider) = provider else { return Ok(sign_out::over(&request, &tenant)) };
    let site = Arc::clone(&tenant.site);
    let found = app.run(move || returned(&site, &browser, &provider, &state)).await??;
    Ok(match found {
        Some(id) => see_other(&sign_out::address(&tenant, id)),
        // Not by this browser, or not for the first time.
        None => sign_out::over(&request, &tenant),
    })
}

/// `POST /federation/{idp}/backchannel-logout` (Back-Channel Logout 1.0 §2.5): the provider says that somebody has signed
/// out there. 200 once that has been done here, and where there was nothing to do; 400 for what is not believed (§2.8).
pub async fn backchannel(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    let token = form::body(&request, &body).ok().and_then(|mut params| params.take("logout_token"));
    let way = match Way::enter(Visit::new(request, app, tenant), &idp.idp) {
        Ok(way) => way,
        Err(problem) if problem.code == ErrorCode::FederationClosed => {
            return Ok(refused("this provider is not in use"));
        }
        Err(problem) => return Err(problem),
    };
    let Protocol::Oidc(provider) = way.stored.provider.protocol.clone() else {
        return Ok(refused("this provider speaks SAML"));
    };
    let Some(token) = token else { return Ok(refused("there is no logout_token")) };
    let upstream = Upstream {
        fetch: &way.visit.app.fetch,
        breakers: &way.visit.app.breakers,
        provider: &provider,
        redirect_uri: "",
    };
    let farewell = match believe(&way, &upstream, &token).await? {
        Heeded::Believed(farewell) => farewell,
        Heeded::Unfit(unfit) => {
            tracing::info!(provider = %way.id(), cause = %unfit, "a logout token was not taken");
            way.disbelieve(Channel::Back, unfit.name()).await?;
            return Ok(refused("the logout_token is not to be believed"));
        }
        // Worth another try: the spec knows no such answer, but those who send know it.
        Heeded::Unasked(fault) => {
            tracing::warn!(provider = %way.id(), %fault, "a logout token could not be checked");
            return Ok(HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "60")).finish());
        }
    };
    let (site, origin) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.origin.clone());
    let word = federation::farewell::word(way.id(), farewell);
    match way.visit.app.run(move || federation::farewell::hear(&site, &origin, word, None)).await?? {
        Heard::Ended { .. } | Heard::Going(_) => Ok(HttpResponse::Ok().finish()),
        Heard::Replayed => Ok(refused("the logout_token was used before")),
    }
}

/// RFC 6749 §5.2, as §2.8 has it.
fn refused(why: &str) -> HttpResponse {
    let body = serde_json::json!({ "error": "invalid_request", "error_description": why });
    HttpResponse::BadRequest().content_type("application/json").body(body.to_string())
}

enum Heeded {
    Believed(Farewell),
    Unfit(Unfit),
    Unasked(UpstreamFault),
}

/// With the keys at hand; with newer ones, where those do not fit.
async fn believe(way: &Way, upstream: &Upstream<'_>, token: &str) -> Result<Heeded, Problem> {
    let endpoints = match upstream.discover().await {
        Ok(endpoints) => endpoints,
        Err(fault) => return Ok(Heeded::Unasked(fault)),
    };
    let mut renew = false;
    loop {
        let jwks = match upstream.keys(&endpoints, renew).await {
            Ok(jwks) => jwks,
            Err(fault) => return Ok(Heeded::Unasked(fault)),
        };
        let (site, provider) = (Arc::clone(&way.visit.tenant.site), way.stored.provider.clone());
        let (oidc, issuer, token) = (upstream.provider.clone(), endpoints.issuer.clone(), token.to_owned());
        let judge = move || federation::farewell::heed(&site, (&provider, &oidc), (&issuer, &token), &jwks);
        match way.visit.app.run(judge).await? {
            Ok(farewell) => return Ok(Heeded::Believed(farewell)),
            Err(unfit) if unfit.is_of_keys() && !renew => renew = true,
            Err(unfit) => return Ok(Heeded::Unfit(unfit)),
        }
    }
}

impl Way {
    async fn disbelieve(&self, channel: Channel, reason: &'static str) -> Result<(), Problem> {
        let (site, browser) = (Arc::clone(&self.visit.tenant.site), self.visit.browser.clone());
        let id = self.id().clone();
        let note = move || federation::farewell::disbelieve(&site, &browser, (&id, channel), reason);
        self.visit.app.run(note).await??;
        Ok(())
    }
}

/// `GET /federation/{idp}/frontchannel-logout` (Front-Channel Logout 1.0 §2): in a frame of the provider's page. Whether it
/// ended anything cannot be seen from the answer.
pub async fn frontchannel(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let mut params = form::query(&request)?;
    let way = Way::enter(Visit::new(request, app, tenant), &idp.idp)?;
    let mut response = HttpResponse::Ok();
    if let (Some(issuer), Some(sid)) = (params.take("iss"), params.take("sid")) {
        let (site, browser) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.clone());
        let id = way.id().clone();
        let end = move || federation::farewell::frame(&site, &browser, &id, (&issuer, &sid));
        if way.visit.app.run(end).await?? {
            response.cookie(cookies::clear(TokenKind::Session, &way.visit.tenant.slug));
        }
    }
    let framed = framed_by(way.stored.provider.address());
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, framed))
        // Older browsers ask this; there is no way to say in it who may.
        .insert_header((header::X_FRAME_OPTIONS, "ALLOWALL"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"));
    Ok(response.body("<!doctype html><title>-</title>"))
}

/// Nothing runs in it, and nobody but the provider may show it.
fn framed_by(address: &str) -> String {
    let origin = Url::parse(address).map(|url| url.origin()).ok().filter(url::Origin::is_tuple);
    let origin = origin.map_or_else(|| "'none'".to_owned(), |origin| origin.ascii_serialization());
    format!("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {origin}")
}

/// `GET /federation/{idp}/slo` (SAML Profiles §4.4).
pub async fn saml_redirect(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    idp: web::Path<Name>,
) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::redirect(request.query_string());
    arrive(request, (app, tenant), &idp.idp, incoming).await
}

/// `POST /federation/{idp}/slo`: from another site, so without most cookies.
pub async fn saml_post(
    request: HttpRequest,
    app: web::Data<App>,
    tenant: Tenant,
    (idp, body): (web::Path<Name>, web::Bytes),
) -> Result<HttpResponse, Problem> {
    let incoming = Incoming::post(form::encoded(&request, &body)?);
    arrive(request, (app, tenant), &idp.idp, incoming).await
}

async fn arrive(
    request: HttpRequest,
    (app, tenant): (web::Data<App>, Tenant),
    idp: &str,
    incoming: Result<Incoming, BindingError>,
) -> Result<HttpResponse, Problem> {
    let tenant = keys::ready(&app, tenant).await?;
    let way = Way::enter(Visit::new(request, app, tenant), idp)?;
    let Protocol::Saml(saml) = way.stored.provider.protocol.clone() else {
        return Err(Problem::new(ErrorCode::FederationClosed));
    };
    let (site, origin, id) = (Arc::clone(&way.visit.tenant.site), way.visit.browser.origin.clone(), way.id().clone());
    let receive = move || match incoming {
        Ok(incoming) => receive(&site, &origin, (&id, &saml), &incoming),
        Err(error) => Err(Fault::from(LogoutError::from(error))),
    };
    match way.visit.app.run(receive).await? {
        Ok(Arrival::Onward(id)) => Ok(see_other(&sign_out::address(&way.visit.tenant, id))),
        Ok(Arrival::Answer(Reply::Redirect(location))) => Ok(see_other(&location)),
        Ok(Arrival::Answer(Reply::FormPost { .. }) | Arrival::Over) => {
            Ok(sign_out::over(&way.visit.request, &way.visit.tenant))
        }
        Err(fault) => {
            if let Some(code) = fault.code() {
                tracing::info!(provider = %way.id(), %fault, "a logout message was not taken");
                way.disbelieve(Channel::Saml, code.key()).await?;
            }
            Err(fault.into())
        }
    }
}
