//! `portner admin recover`

use clap::Subcommand;

use crate::domain::ids::Slug;
use crate::flow::admin::{Answer, Command};
use crate::telemetry::say;

use super::failure::Failure;
use super::{Global, answer};

#[derive(Subcommand)]
pub enum Admin {
    /// A link with which an administrator who is locked out chooses another password. It works once, for an hour; the
    /// lock of the account is lifted.
    Recover {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
        /// Who, by user name or id, if there are several administrators.
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
}

impl Admin {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Recover { tenant, user } = self;
        let found = global.connection()?.ask(Command::AdminRecover { tenant, user })?;
        if let Answer::Link(link) = &found {
            say(format_args!(
                "For {}, until {}. Whoever has this link can choose their password.",
                link.username,
                link.expires_at.to_rfc3339()
            ));
        }
        answer::print(&found, global.output)
    }
}
