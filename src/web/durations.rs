//! How long requests took, by route, method and status.

use std::cell::RefCell;
use std::collections::HashMap;

use metrics::Histogram;

/// Closed sets all of them, so that nobody can make metrics grow.
type Answers = Vec<(&'static str, u16, Histogram)>;

thread_local! {
    /// The handles, found again without the registry's locks. Routes are few; so are the answers that one gives.
    static KNOWN: RefCell<HashMap<String, Answers>> = RefCell::default();
}

/// `route` is a pattern, never a path.
pub fn record(route: &str, method: &str, status: u16, seconds: f64) {
    let method = known(method);
    KNOWN.with_borrow_mut(|known| {
        let same = |answer: &&(&str, u16, Histogram)| answer.0 == method && answer.1 == status;
        if let Some((_, _, histogram)) = known.get(route).and_then(|answers| answers.iter().find(same)) {
            return histogram.record(seconds);
        }
        let histogram = metrics::histogram!(
            "http_server_request_duration_seconds",
            "http_request_method" => method,
            "http_route" => route.to_owned(),
            "http_response_status_code" => status.to_string(),
        );
        histogram.record(seconds);
        known.entry(route.to_owned()).or_default().push((method, status, histogram));
    });
}

fn known(method: &str) -> &'static str {
    let known = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    known.into_iter().find(|name| *name == method).unwrap_or("OTHER")
}
