//! What every answer carries, and the one line every request leaves in the log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};

use crate::domain::fault::ErrorCode;

use super::App;
use super::body::Chunked;
use super::context::Context;
use super::{durations, pages, problem};

/// How long a request may take, its body and our work together.
const PATIENCE: Duration = Duration::from_secs(30);

/// Outermost: begins the request's context, turns faults into pages, adds the headers, writes the line.
pub async fn dress(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let context = Arc::new(Context::begin(&app, &request));
    request.extensions_mut().insert(Arc::clone(&context));
    let method = request.method().clone();
    // Also the body has to arrive in time: a request that trickles in holds nobody up for ever.
    let chunked = Chunked::watch(&mut request);
    let accept_language = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let outcome = tokio::time::timeout(PATIENCE, next.call(request)).await;
    if let Some(chunked) = chunked {
        chunked.answered();
    }
    let Ok(outcome) = outcome else { return Err(Late { app, context, method, accept_language }.into()) };
    let mut response = problem::into_page(outcome?.map_into_boxed_body());
    add_headers(&app, &context, response.headers_mut());
    let route = response.request().match_pattern();
    record(&context, &method, (route.as_deref(), response.request().path()), response.status());
    Ok(response)
}

/// What is left of a request that took too long: it is gone, and no response can be bound to it.
struct Late {
    app: web::Data<App>,
    context: Arc<Context>,
    method: Method,
    accept_language: Option<HeaderValue>,
}

impl ResponseError for Late {
    fn status_code(&self) -> StatusCode {
        problem::status(ErrorCode::RequestTooSlow)
    }

    fn error_response(&self) -> HttpResponse {
        let Self { app, context, method, accept_language } = self;
        let accept_language = accept_language.as_ref().and_then(|value| value.to_str().ok());
        let mut response = pages::too_slow(app, context, accept_language);
        add_headers(app, context, response.headers_mut());
        record(context, method, (None, ""), response.status());
        response
    }
}

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request took too long")
    }
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Late")
    }
}

/// What every answer carries unless its handler has said otherwise. Made once: this runs for every request.
static USUAL: [(HeaderName, HeaderValue); 8] = [
    usual("x-content-type-options", "nosniff"),
    usual("x-frame-options", "DENY"),
    usual("referrer-policy", "no-referrer"),
    usual("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    usual("cross-origin-opener-policy", "same-origin"),
    usual("cross-origin-resource-policy", "same-origin"),
    usual("cache-control", "no-store"),
    usual(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];
static ONLY_HTTPS: (HeaderName, HeaderValue) =
    usual("strict-transport-security", "max-age=63072000; includeSubDomains");
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const fn usual(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

fn add_headers(app: &App, context: &Context, headers: &mut HeaderMap) {
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    for (name, value) in USUAL.iter().chain(app.secure_origin.then_some(&ONLY_HTTPS)) {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}

fn record(context: &Context, method: &Method, (route, path): (Option<&str>, &str), status: StatusCode) {
    let (method, status) = (method.as_str(), status.as_u16());
    let seconds = context.started.elapsed().as_secs_f64();
    tracing::debug!(
        http.request.id = context.request_id,
        http.request.method = method,
        url.path = path,
        http.response.status_code = status,
        event.duration = seconds,
        source.ip = context.address.map(|address| address.to_string()).unwrap_or_default(),
        "request"
    );
    durations::record(route.unwrap_or("unmatched"), method, status, seconds);
}
