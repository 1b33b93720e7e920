//! What every answer carries, and the one line every request leaves in the log.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::App;
use super::body::Chunked;
use super::context::Context;
use super::problem;

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
    let outcome = tokio::time::timeout(PATIENCE, next.call(request)).await;
    if let Some(chunked) = chunked {
        chunked.answered();
    }
    let outcome = outcome.map_err(|_late| actix_web::error::ErrorRequestTimeout("the request took too long"))??;
    let mut response = problem::into_page(outcome.map_into_boxed_body());
    add_headers(&app, &context, response.headers_mut());
    record(&context, method.as_str(), &response);
    Ok(response)
}

/// What every answer carries unless its handler has said otherwise.
const USUAL: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];

fn add_headers(app: &App, context: &Context, headers: &mut HeaderMap) {
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    // Static values are not copied; this runs for every request.
    let mut unless_set = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    for (name, value) in USUAL {
        unless_set(name, value);
    }
    if app.secure_origin {
        unless_set("strict-transport-security", "max-age=63072000; includeSubDomains");
    }
}

fn record(context: &Context, method: &str, response: &ServiceResponse) {
    let status = response.status().as_u16();
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let seconds = context.started.elapsed().as_secs_f64();
    let address = context.address.map(|address| address.to_string()).unwrap_or_default();
    let path = response.request().path();
    tracing::debug!(
        http.request.id = context.request_id,
        http.request.method = method,
        url.path = path,
        http.response.status_code = status,
        event.duration = seconds,
        source.ip = address,
        "request"
    );
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "http_request_method" => known_method(method),
        "http_route" => route,
        "http_response_status_code" => status.to_string(),
    )
    .record(seconds);
}

/// A closed set, so that nobody can make metrics grow.
fn known_method(method: &str) -> &'static str {
    let known = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    known.into_iter().find(|name| *name == method).unwrap_or("OTHER")
}
