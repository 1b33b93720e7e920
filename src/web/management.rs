//! The management listener: health and metrics. Never reachable through the public one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, web};
use metrics_exporter_prometheus::PrometheusHandle;

use super::App;

/// What the management listener serves from.
pub struct Management {
    pub app: web::Data<App>,
    pub metrics: PrometheusHandle,
    /// Set while the server drains: live, but not ready.
    pub draining: Arc<AtomicBool>,
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/started", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/healthz", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "UP", "checks": [] }))
}

async fn ready(management: web::Data<Management>) -> HttpResponse {
    let host = Arc::clone(&management.app.host);
    let asked = management.app.run(move || {
        let database = host.stores.registry().list().is_ok();
        let writing = host.stores.check_writing();
        if let Err(cause) = &writing {
            tracing::error!(%cause, "nothing can be written");
        }
        (database, writing.is_ok())
    });
    let (database, writing) = asked.await.unwrap_or((false, false));
    let draining = management.draining.load(Ordering::Relaxed);
    let word = |good: bool| if good { "UP" } else { "DOWN" };
    let up = database && writing && !draining;
    let body = serde_json::json!({
        "status": word(up),
        "checks": [
            { "name": "database", "status": word(database) },
            { "name": "writing", "status": word(writing) },
            { "name": "accepting", "status": word(!draining) },
        ],
    });
    if up { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

async fn metrics(management: web::Data<Management>) -> HttpResponse {
    let waiting = management.app.host.hasher.waiting();
    metrics::gauge!("portner_password_hash_queue").set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(management.metrics.render())
}
