//! `portner completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::failure::Failure;

#[derive(Args)]
pub struct Completions {
    /// bash, zsh, fish and others.
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "portner", &mut script);
        super::print(&String::from_utf8_lossy(&script))
    }
}
