//! What the token, introspection and revocation endpoints share: a form, one client credential, JSON answers.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::audit::Origin;
use crate::domain::fault::ErrorCode;
use crate::flow::client::{ClientFault, authenticate, is_proof_alone, is_signed_with};
use crate::flow::site::{Registered, Site};
use crate::outbound::fetch::FetchError;
use crate::protocol::base::Base;
use crate::protocol::oidc::client_auth::{ClientCredential, client_credential};
use crate::protocol::oidc::error::{TokenError, body};
use crate::protocol::params::RawParams;
use crate::web::context::Context;
use crate::web::problem::Problem;
use crate::web::tenant::Tenant;
use crate::web::{App, context, cors, form};

/// A well-formed request of a client that has not proven itself yet.
pub struct Call {
    pub site: Arc<Site>,
    pub credential: ClientCredential,
    pub params: RawParams,
    pub origin: Origin,
    fetched_keys: Option<Arc<str>>,
}

impl Call {
    pub async fn read(
        request: &HttpRequest,
        app: &web::Data<App>,
        tenant: &Tenant,
        bytes: &[u8],
    ) -> Result<Self, ClientFault> {
        let mut params = form::body(request, bytes)
            .map_err(|_unreadable| TokenError::InvalidRequest("the body is not a form that can be read"))?;
        let headers = authorization(request);
        let credential = client_credential(&headers, &mut params)?;
        Context::of(request).client.get_or_init(|| credential.client().clone());
        let fetched_keys = fetch_keys(app, &tenant.site, &credential).await;
        Ok(Self { site: Arc::clone(&tenant.site), credential, params, origin: context::origin(request), fetched_keys })
    }

    /// Whether proving it writes: an assertion is spent, a refusal is told.
    pub fn writes(&self) -> bool {
        !is_proof_alone(&self.site, &self.credential)
    }

    /// Proves the client; blocking.
    pub fn authenticate(&self) -> Result<Arc<Registered>, ClientFault> {
        authenticate(&self.site, &self.credential, self.fetched_keys.as_deref(), &self.origin)
    }
}

/// All `Authorization` headers: more than one is for the protocol to refuse.
pub fn authorization(request: &HttpRequest) -> Vec<&[u8]> {
    request.headers().get_all(header::AUTHORIZATION).map(header::HeaderValue::as_bytes).collect()
}

/// The keys at the client's `jwks_uri`, where it proves itself by them. Flows do no network.
async fn fetch_keys(app: &App, site: &Site, credential: &ClientCredential) -> Option<Arc<str>> {
    let ClientCredential::PrivateKeyJwt { client, .. } = credential else { return None };
    let uri = site.client(client)?.application.protocol.jwks_uri.clone()?;
    let told = |fault: FetchError| tracing::warn!(%client, %fault, "the client's keys could not be fetched");
    let kept = app.fetch.cached_text(&uri).await.map_err(told).ok()?;
    if is_signed_with(&kept, credential) {
        return Some(kept);
    }
    // OpenID Connect Core §10.1.1: maybe by a key that was published since.
    Some(app.fetch.renewed_text(&uri).await.map_err(told).unwrap_or(kept))
}

/// An answer of these endpoints: JSON, never cached.
pub fn json(request: &HttpRequest, tenant: &Tenant, answer: &impl serde::Serialize) -> HttpResponse {
    let response = HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(answer);
    cors::allow(request, &tenant.site, response)
}

/// A refusal as RFC 6749 §5.2 writes it.
pub fn refuse(request: &HttpRequest, tenant: &Tenant, fault: ClientFault) -> HttpResponse {
    let base = &tenant.base;
    let response = match fault {
        ClientFault::Refused(error) => {
            let context = Context::of(request);
            tracing::info!(
                event.code = error.code().code(),
                client.application.id = context.client_name(),
                tenant = context.tenant_name(),
                http.request.id = context.request_id,
                cause = %error,
                "token request refused"
            );
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let mut response = HttpResponse::build(status).json(error.body(base));
            let challenge = error.www_authenticate(base).and_then(|text| header::HeaderValue::from_str(&text).ok());
            if let Some(challenge) = challenge {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
        ClientFault::HeldBack { seconds } => {
            let answer = body("temporarily_unavailable", ErrorCode::TooManyAttempts, "too many failures", base);
            HttpResponse::TooManyRequests().insert_header((header::RETRY_AFTER, seconds.to_string())).json(answer)
        }
        ClientFault::Store(fault) => failed(request, base, &Problem::from(fault)),
        ClientFault::Internal(cause) => failed(request, base, &Problem::internal(cause)),
    };
    cors::allow(request, &tenant.site, response)
}

fn failed(request: &HttpRequest, base: &Base, problem: &Problem) -> HttpResponse {
    problem.log(&Context::of(request));
    let status = crate::web::problem::status(problem.code);
    let name = if status == StatusCode::SERVICE_UNAVAILABLE { "temporarily_unavailable" } else { "server_error" };
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = problem.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    response.json(body(name, problem.code, "the server could not answer", base))
}
