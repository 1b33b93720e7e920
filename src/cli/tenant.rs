//! `portner tenant list|create|show`

use clap::Subcommand;

use crate::domain::ids::Slug;
use crate::domain::language::Language;
use crate::flow::admin::{Answer, Command, declared};
use crate::telemetry::say;

use super::failure::Failure;
use super::{Global, answer};

#[derive(Subcommand)]
pub enum Tenant {
    /// All tenants.
    List,
    /// Create a tenant with a database and keys of its own.
    Create {
        /// Its name in URLs: lower-case letters, digits and hyphens.
        slug: Slug,
        /// Its name for people; without it the slug.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// An offered language (da, sv, nb, en); the first is the default. May be repeated.
        #[arg(long = "language", value_name = "TAG", value_parser = language)]
        languages: Vec<Language>,
        /// A host name of its own. May be repeated.
        #[arg(long = "host", value_name = "NAME", value_parser = declared::host_name)]
        hosts: Vec<String>,
    },
    /// One tenant.
    Show {
        /// Its name in URLs, as `portner tenant list` shows it.
        slug: Slug,
    },
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::parse(tag).ok_or("must be one of da, sv, nb, en")
}

impl Tenant {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List => Command::TenantList,
            Self::Create { slug, name, languages, hosts } => Command::TenantCreate { slug, name, languages, hosts },
            Self::Show { slug } => Command::TenantShow { tenant: slug },
        };
        let created = matches!(command, Command::TenantCreate { .. });
        let found = global.connection()?.ask(command)?;
        if let (true, Answer::Tenant(tenant)) = (created, &found) {
            say(format_args!(
                "Next: `portner user create NAME --tenant {}`, or `portner apply FILE`.",
                tenant.row.slug
            ));
        }
        answer::print(&found, global.output)
    }
}
