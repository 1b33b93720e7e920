//! `portner config check|show|example`

use clap::Subcommand;
use serde_json::json;

use crate::config::{self, Problem, keys, show};
use crate::telemetry::say;

use super::failure::{Exit, Failure, counted};
use super::{Global, Output, answer, table};

#[derive(Subcommand)]
pub enum Config {
    /// Validate everything at once.
    Check,
    /// Show the values in force, of every key; secrets are not shown.
    Show {
        /// Where each value came from.
        #[arg(long)]
        origin: bool,
    },
    /// Print a commented configuration file with the defaults.
    Example,
}

impl Config {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Check => check(global),
            Self::Show { origin } => show_values(global, origin),
            Self::Example => super::print(&keys::example()),
        }
    }
}

fn check(global: &Global) -> Result<(), Failure> {
    let checked = config::load(&global.given());
    if global.output == Output::Json {
        let report = match &checked {
            Ok(loaded) => json!({ "problems": [], "warnings": loaded.warnings }),
            Err(problems) => {
                json!({ "problems": problems.iter().map(problem_json).collect::<Vec<_>>(), "warnings": [] })
            }
        };
        super::print(&answer::json(&report)?)?;
    }
    match checked {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                say(format_args!("warning: {warning}"));
            }
            let file = loaded.settings.file.map_or("no file".to_owned(), |path| path.display().to_string());
            say(format_args!("The configuration can be used ({file})."));
            Ok(())
        }
        Err(problems) if global.output == Output::Json => {
            let message = format!("the configuration has {}", counted(problems.len(), "problem"));
            Err(Failure::new(Exit::Configuration, message, ""))
        }
        Err(problems) => Err(Failure::configuration(&problems)),
    }
}

fn problem_json(problem: &Problem) -> serde_json::Value {
    json!({ "origin": problem.origin.to_string(), "key": problem.key, "message": problem.message })
}

fn show_values(global: &Global, origin: bool) -> Result<(), Failure> {
    let loaded = global.load()?;
    let rows = show::rows(&loaded.settings);
    if global.output == Output::Json {
        let entries = rows.into_iter().map(|row| {
            let value = if origin { json!({ "value": row.value, "origin": row.origin }) } else { row.value };
            (row.key.to_owned(), value)
        });
        return super::print(&answer::json(&entries.collect::<serde_json::Map<_, _>>())?);
    }
    let cells = rows.into_iter().map(|row| {
        let mut cells = vec![row.key.to_owned(), row.value.to_string()];
        cells.extend(origin.then_some(row.origin));
        cells
    });
    let headings: &[&str] = if origin { &["KEY", "VALUE", "ORIGIN"] } else { &["KEY", "VALUE"] };
    super::print(&table::columns(headings, &cells.collect::<Vec<_>>()))
}
