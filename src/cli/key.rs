//! `portner key list|rotate`

use std::io::{BufRead, IsTerminal};

use clap::Subcommand;

use crate::domain::ids::Slug;
use crate::domain::signing::KeyType;
use crate::flow::admin::Command;

use super::failure::{Exit, Failure};
use super::{Global, answer};

#[derive(Subcommand)]
pub enum Key {
    /// All signing keys of a tenant.
    List {
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// The next key signs from now on; the one before stays published; a new next one is made.
    Rotate {
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
        /// Only keys of this type: rsa, ecp256 or ed25519.
        #[arg(long = "type", value_name = "TYPE", value_parser = key_type)]
        kind: Option<KeyType>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn key_type(name: &str) -> Result<KeyType, &'static str> {
    KeyType::parse(name).ok_or("must be one of rsa, ecp256, ed25519")
}

impl Key {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::KeyList { tenant },
            Self::Rotate { tenant, kind, yes } => {
                if !yes {
                    confirm(&tenant)?;
                }
                Command::KeyRotate { tenant, kind }
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
    eprintln!("Applications that remember the keys of tenant {tenant} fetch them again. Rotate? [y/N]");
    let mut line = String::new();
    let read = input.lock().read_line(&mut line);
    if read.is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "nothing was rotated", "Answer y, or give --yes."))
}
