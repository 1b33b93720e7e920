//! Logs (one line = one event) and metrics.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// OpenTelemetry's buckets for request durations.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

const FOLD: Duration = Duration::from_secs(5);

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Text,
    Json,
}

/// JSON for machines, text for people; to standard error, which is where talk goes.
///
/// What strangers send that is not HTTP is no fault of ours: actix-http is silent about it.
pub fn start_logs(level: &str, form: Form) {
    let filter = EnvFilter::new(format!("{level},actix_server=warn,actix_http=off"));
    let json = match form {
        Form::Json => true,
        Form::Text => false,
        Form::Auto => !io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Lines);
    let started = if json { builder.json().flatten_event(true).try_init() } else { builder.try_init() };
    if let Err(already) = started {
        tracing::debug!(%already, "logs were already started");
    }
}

/// Standard error, as far as anybody reads it: a line that cannot be written (a full disk, a pipe whose reader has gone)
/// is counted, and the request that it tells of goes on.
struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if io::stderr().write_all(line).is_err() {
            metrics::counter!("portner_log_lines_lost_total").increment(1);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line for the person at the terminal, who may have gone.
pub fn say(line: impl Display) {
    let _nobody_there = writeln!(io::stderr(), "{line}");
}

pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    metrics::gauge!("portner_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(recorder)
}

/// Histograms keep every sample until it is counted in its bucket, which otherwise happens only when somebody reads
/// the metrics: a server that nobody watches would grow with each request.
pub async fn fold_samples(metrics: PrometheusHandle) {
    let mut turns = tokio::time::interval(FOLD);
    loop {
        turns.tick().await;
        metrics.run_upkeep();
    }
}
