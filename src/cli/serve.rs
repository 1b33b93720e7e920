//! `portner serve`

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::config::LogFormat;
use crate::flow::Host;
use crate::{app, config, telemetry};

use super::failure::Failure;
use super::{Global, connection, socket};

#[derive(Args)]
pub struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// The address that people and applications use, as seen from outside.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Make a demonstration tenant with people and a test application.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let mut given = global.given();
        given.flags.extend(self.listen.map(|value| ("listen", "--listen", value)));
        given.flags.extend(self.public_url.map(|value| ("public_url", "--public-url", value)));
        let loaded = config::load(&given).map_err(|problems| Failure::configuration(&problems))?;
        telemetry::start_logs(loaded.config.log.level.name(), form(loaded.config.log.format));
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let config = &loaded.config;
        let begun = app::is_founded(config).map_err(|error| Failure::from_opening(&error))?;
        let attend = |host: &Arc<Host>| {
            if !begun {
                connection::announce_founding(config);
            }
            socket::listen(&config.data_dir, Arc::clone(host)).context("the command socket cannot be opened")
        };
        app::serve(config, self.demo, attend).map_err(|error| Failure::from_opening(&error))
    }
}

fn form(format: LogFormat) -> telemetry::Form {
    match format {
        LogFormat::Auto => telemetry::Form::Auto,
        LogFormat::Text => telemetry::Form::Text,
        LogFormat::Json => telemetry::Form::Json,
    }
}
