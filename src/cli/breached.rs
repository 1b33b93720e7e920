//! `portner breached build`

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::crypto::breached::{BreachedError, Built, build};

use super::failure::Failure;
use super::{Global, Output};

#[derive(Subcommand)]
pub enum Breached {
    /// Make a list that `password_lists.breached` can name, from a downloaded one. Nothing leaves this machine when
    /// a password is looked up in it.
    Build {
        /// Lines `SHA1:COUNT` ordered by hash, as the Pwned Passwords downloader writes them.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Where to write it: about 2.3 bytes for each password.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Leave out passwords that were seen less often.
        #[arg(long, value_name = "TIMES", default_value_t = 1)]
        least: u64,
    },
}

impl Breached {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Build { from, to, least } = self;
        let built = write(&from, &to, least).map_err(|fault| {
            Failure::failed(format!("{} cannot be made from {}: {fault}", to.display(), from.display()))
        })?;
        let text = match global.output {
            Output::Json => format!("{}\n", json!({ "passwords": built.passwords, "bytes": built.bytes })),
            Output::Table => format!("{} passwords in {} bytes: {}\n", built.passwords, built.bytes, to.display()),
        };
        super::print(&text)
    }
}

/// A list that is not whole never has the name of one.
fn write(from: &Path, to: &Path, least: u64) -> Result<Built, BreachedError> {
    let mut input = BufReader::with_capacity(1024 * 1024, File::open(from)?);
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let mut output = BufWriter::with_capacity(1024 * 1024, File::create(&unfinished)?);
    let built = build(&mut input, &mut output, least).and_then(|built| {
        output.get_ref().sync_all()?;
        std::fs::rename(&unfinished, to)?;
        Ok(built)
    });
    if built.is_err() {
        // What is left of it is in nobody's way; that it could not be removed either is no news.
        drop(std::fs::remove_file(&unfinished));
    }
    built
}
