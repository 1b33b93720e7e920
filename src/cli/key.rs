//! `portner key list|rotate`

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;

use crate::domain::ids::Slug;
use crate::domain::signing::{KeyType, KeyUse};
use crate::flow::admin::Command;
use crate::flow::admin::certificates::Haste;
use crate::telemetry::say;

use super::failure::{Exit, Failure};
use super::{Global, answer};

#[derive(Subcommand)]
pub enum Key {
    /// All signing keys of a tenant, those with a certificate too.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// The next key signs from now on; the one before stays published; a new next one is made.
    Rotate {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
        /// What they sign: jwt (tokens), or saml (assertions; each key with a certificate).
        #[arg(long = "use", value_name = "USE", value_parser = key_use, default_value = "jwt")]
        usage: KeyUse,
        /// Only keys of this type: rsa, ecp256 or ed25519.
        #[arg(long = "type", value_name = "TYPE", value_parser = key_type)]
        kind: Option<KeyType>,
        /// Also if the next key has been published for less than ten minutes, or the next certificate for less than a week.
        #[arg(long)]
        force: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn key_use(name: &str) -> Result<KeyUse, &'static str> {
    KeyUse::parse(name).ok_or("must be one of jwt, saml")
}

fn key_type(name: &str) -> Result<KeyType, &'static str> {
    KeyType::parse(name).ok_or("must be one of rsa, ecp256, ed25519")
}

impl Key {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::KeyList { tenant },
            Self::Rotate { tenant, usage, kind, force, yes } => {
                if !yes {
                    confirm(&tenant)?;
                }
                let haste = if force { Haste::Insisting } else { Haste::Patient };
                Command::KeyRotate { tenant, usage, kind, haste }
            }
        };
        answer::print(&global.connection()?.ask(command)?, global.output)
    }
}

/// A person is asked; a script has decided already.
fn confirm(tenant: &Slug) -> Result<(), Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(());
    }
    say(format_args!("Applications that remember the keys of tenant {tenant} fetch them again. Rotate? [y/N]"));
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    if read.is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "nothing was rotated", "Answer y, or give --yes."))
}
