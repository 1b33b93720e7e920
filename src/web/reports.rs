//! What browsers report of our Content-Security-Policy: a script that somebody planted, or a page of ours that breaks its
//! own rules (`report-uri`, CSP Level 3 §6.5.1). Both forms of report are read: those of the Reporting API too.
//!
//! Anybody can send this anything: it is bounded, few lines reach the log, and nothing of an address but its path and
//! origin does, since parameters may be secret.

use std::num::NonZeroU32;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::App;
use super::problem::Problem;

pub const PATH: &str = "/csp-reports";
/// More than a browser sends at once.
pub const MAX_BODY: usize = 16 * 1024;
/// The end of each page's policy.
pub const DIRECTIVES: &str = "report-uri /csp-reports";

const LINES_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// Of one body. A browser gathers those of a minute.
const MOST: usize = 10;

/// How many of the reports are written down.
pub struct Lines(DefaultDirectRateLimiter);

impl Default for Lines {
    fn default() -> Self {
        Self(RateLimiter::direct(Quota::per_minute(LINES_PER_MINUTE)))
    }
}

/// What the policy stopped, by the names of the Reporting API and of `report-uri`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Violation {
    #[serde(rename = "documentURL", alias = "document-uri")]
    page: String,
    #[serde(rename = "effectiveDirective", alias = "effective-directive")]
    directive: String,
    /// Of browsers that know no other; the directive's values may follow.
    #[serde(rename = "violated-directive")]
    violated: String,
    #[serde(rename = "blockedURL", alias = "blocked-uri")]
    blocked: String,
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    body: serde_json::Value,
}

#[derive(Deserialize)]
struct Old {
    #[serde(rename = "csp-report")]
    report: Violation,
}

/// Browsers want no answer; neither type of body can be sent by a form of another site.
pub async fn post(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> Result<HttpResponse, Problem> {
    let named = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let violations = match named.split(';').next().unwrap_or_default().trim() {
        "application/reports+json" => reported(&body),
        "application/csp-report" => read::<Old>(&body).map(|old| old.report).into_iter().collect(),
        _ => return Ok(HttpResponse::UnsupportedMediaType().finish()),
    };
    for violation in violations.iter().take(MOST) {
        violation.tell(&app.reports);
    }
    Ok(HttpResponse::NoContent().finish())
}

fn reported(body: &[u8]) -> Vec<Violation> {
    let all = read::<Vec<Report>>(body).unwrap_or_default();
    let ours = all.into_iter().filter(|report| report.kind == "csp-violation");
    ours.filter_map(|report| serde_json::from_value(report.body).ok()).collect()
}

/// What is no report is nobody's concern.
fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

impl Violation {
    fn tell(&self, lines: &Lines) {
        let directive = if self.directive.is_empty() {
            self.violated.split(' ').next().unwrap_or_default()
        } else {
            self.directive.as_str()
        };
        if !is_word(directive) {
            return;
        }
        metrics::counter!("portner_csp_reports_total").increment(1);
        if lines.0.check().is_err() {
            return;
        }
        let path = url::Url::parse(&self.page).map(|page| page.path().chars().take(200).collect::<String>());
        tracing::warn!(
            csp.directive = directive,
            csp.blocked = source(&self.blocked),
            url.path = path.unwrap_or_default(),
            "a browser reports what the content security policy of a page has stopped"
        );
    }
}

/// The origin of an address, or the word that stands for one (`inline`, `eval`).
fn source(blocked: &str) -> String {
    if is_word(blocked) {
        return blocked.to_owned();
    }
    let Ok(url) = url::Url::parse(blocked) else { return String::new() };
    let origin = url.origin();
    let named = if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) };
    named.chars().take(200).collect()
}

fn is_word(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
