//! The command line. Standard output is data, standard error is talk; no secret is ever an argument; every
//! failure says what to do next and has an exit code that scripts can rely on (`failure.rs`).

mod admin;
mod answer;
mod app;
mod apply;
mod audit;
mod breached;
mod completions;
mod config;
mod connection;
mod declaration;
mod failure;
mod idp;
mod key;
mod mail;
mod notice;
mod password;
mod serve;
mod socket;
mod table;
mod tenant;
#[cfg(test)]
mod tests;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Given, Loaded};
use connection::Connection;
use failure::Failure;

/// Portner, the doorkeeper: identity provider and single sign-on server.
#[derive(Parser)]
#[command(name = "portner", version, max_term_width = 100, after_help = AFTER)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Ask,
}

const AFTER: &str = "\
Commands work whether or not the server runs. Environment: PORTNER_CONFIG and PORTNER_… for every key of
`portner config example`.
Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 not found, 5 conflict, 6 not allowed, 7 unavailable,
9 a check found failures.";

#[derive(Args)]
struct Global {
    /// The configuration file; without it PORTNER_CONFIG, then ./portner.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Databases, keys and socket live here.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// How data is written to standard output.
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

#[derive(Subcommand)]
enum Ask {
    /// Run the server; no option is required.
    Serve(serve::Serve),
    /// Check, show or explain the configuration.
    #[command(subcommand)]
    Config(config::Config),
    /// Bring tenants, users, applications, identity providers and policies to the state that files declare.
    Apply(apply::Apply),
    /// Tenants: customer organisations.
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// People of a tenant.
    #[command(subcommand)]
    User(user::User),
    /// Applications that people of a tenant sign in to.
    #[command(subcommand)]
    App(app::App),
    /// Identity providers that people of a tenant come from.
    #[command(subcommand)]
    Idp(idp::Idp),
    /// Signing keys of a tenant.
    #[command(subcommand)]
    Key(key::Key),
    /// Mail of a tenant.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// What applications of a tenant are told of sessions that have ended.
    #[command(subcommand)]
    Notice(notice::Notice),
    /// The audit log of a tenant.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Passwords known from breaches.
    #[command(subcommand)]
    Breached(breached::Breached),
    /// Help for administrators of a tenant.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Print completions for a shell.
    Completions(completions::Completions),
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    // A usage error leaves from here, with exit code 2.
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

impl Cli {
    fn run(self) -> Result<(), Failure> {
        let global = self.global;
        match self.command {
            Ask::Serve(serve) => serve.run(&global),
            Ask::Config(config) => config.run(&global),
            Ask::Apply(apply) => apply.run(&global),
            Ask::Tenant(tenant) => tenant.run(&global),
            Ask::User(user) => user.run(&global),
            Ask::App(app) => app.run(&global),
            Ask::Idp(idp) => idp.run(&global),
            Ask::Key(key) => key.run(&global),
            Ask::Mail(mail) => mail.run(&global),
            Ask::Notice(notice) => notice.run(&global),
            Ask::Audit(audit) => audit.run(&global),
            Ask::Breached(breached) => breached.run(&global),
            Ask::Admin(admin) => admin.run(&global),
            Ask::Completions(completions) => completions.run(),
        }
    }
}

impl Global {
    fn given(&self) -> Given {
        let data_dir = self.data_dir.iter().map(|dir| ("data_dir", "--data-dir", dir.clone())).collect();
        Given { file: self.config.clone(), flags: data_dir, ..Given::default() }.with_environment()
    }

    fn load(&self) -> Result<Loaded, Failure> {
        crate::config::load(&self.given()).map_err(|problems| Failure::configuration(&problems))
    }

    fn connection(&self) -> Result<Connection, Failure> {
        self.load().map(|loaded| Connection::new(loaded.config))
    }
}

/// Data, as it was asked for.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has enough, as `head` does.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::failed(format!("cannot write to standard output: {error}"))),
    }
}
