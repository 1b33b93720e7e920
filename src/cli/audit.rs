//! `portner audit list|verify`

use clap::Subcommand;

use crate::domain::audit::EventKind;
use crate::domain::ids::Slug;
use crate::flow::admin::audit::Query;
use crate::flow::admin::{Answer, Command};

use super::failure::{Exit, Failure};
use super::{Global, answer};

#[derive(Subcommand)]
pub enum Audit {
    /// Events, the oldest first. Reading is an event itself.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
        /// Only events after this number; without it the latest.
        #[arg(long, value_name = "NUMBER")]
        after: Option<u64>,
        /// At most so many.
        #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// Only events of this kind, e.g. signin.failed.
        #[arg(long, value_name = "EVENT", value_parser = kind)]
        kind: Option<String>,
        /// Only events about this person: user name or id.
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// Find out whether a row was edited, removed or moved; exit code 9 if so.
    Verify {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
}

fn kind(name: &str) -> Result<String, String> {
    if EventKind::parse(name).is_some() {
        return Ok(name.to_owned());
    }
    let known: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    Err(format!("must be one of {}", known.join(", ")))
}

impl Audit {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant, after, limit, kind, user } => {
                Command::AuditList { tenant, query: Query { after, limit, kind, user } }
            }
            Self::Verify { tenant } => Command::AuditVerify { tenant },
        };
        let found = global.connection()?.ask(command)?;
        answer::print(&found, global.output)?;
        if let Answer::Verified(verified) = found
            && verified.first_break.is_some()
        {
            let advice = "Keep a copy of the database as it is, and compare with the log stream and backups.";
            return Err(Failure::new(Exit::CheckFailed, "the audit log has been tampered with", advice));
        }
        Ok(())
    }
}
