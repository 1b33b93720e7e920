//! `portner app list|show`

use clap::Subcommand;

use crate::domain::ids::{ClientId, Slug};
use crate::flow::admin::Command;

use super::failure::Failure;
use super::{Global, answer};

#[derive(Subcommand)]
pub enum App {
    /// All applications of a tenant.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// One application. Its secret is not shown: it is not stored.
    Show {
        /// The `client_id`.
        id: ClientId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
}

impl App {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::ApplicationList { tenant },
            Self::Show { id, tenant } => Command::ApplicationShow { tenant, application: id },
        };
        answer::print(&global.connection()?.ask(command)?, global.output)
    }
}
