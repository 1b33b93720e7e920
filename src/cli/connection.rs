//! How a command reaches the data: through the running server's socket, or by opening the stores itself.

use crate::app;
use crate::config::{Config, Database, MasterKeySource};
use crate::domain::audit::Origin;
use crate::flow::Host;
use crate::flow::admin::{self, Answer, Command, Refusal};
use crate::telemetry::say;

use super::failure::{Exit, Failure};
use super::socket;

pub struct Connection {
    config: Config,
}

impl Connection {
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Has the command executed. Both ways run the same function; only one of them can hold the data directory.
    pub fn ask(&self, command: Command) -> Result<Answer, Failure> {
        if let Some(stream) = socket::connect(&self.config.data_dir)? {
            return socket::ask(&stream, command);
        }
        let founding = Founding::by(&command);
        let opening = |error| Failure::from_opening(&error);
        let execute = |host: &Host| {
            admin::execute(host, command, &Origin::default()).map_err(|error| Failure::from(Refusal::from(error)))
        };
        if app::is_founded(&self.config).map_err(opening)? {
            let host = app::open_host(&self.config).map_err(opening)?;
            return execute(&host);
        }
        match founding {
            Founding::Never => Err(self.nothing_here()),
            Founding::OnTrial => {
                say(format_args!(
                    "There is no installation in {} yet; without --dry-run one is made.",
                    place(&self.config)
                ));
                let scratch = app::open_scratch(&self.config).map_err(opening)?;
                execute(&scratch.host)
            }
            Founding::Begins => {
                let host = app::open_host(&self.config).map_err(opening)?;
                announce_founding(&self.config);
                execute(&host)
            }
        }
    }

    fn nothing_here(&self) -> Failure {
        let message = format!("there is no Portner installation in {}", place(&self.config));
        let advice = "Say where it is by --data-dir or --config, or begin one with `portner serve`, `portner apply` or \
                      `portner tenant create`.";
        Failure::new(Exit::NotFound, message, advice)
    }
}

/// What a command may do where there is nothing yet: a mistyped directory must not become an installation.
enum Founding {
    Never,
    /// It says what it would do, and leaves nothing behind.
    OnTrial,
    Begins,
}

impl Founding {
    fn by(command: &Command) -> Self {
        match command {
            Command::Apply { dry_run: true, .. } => Self::OnTrial,
            Command::Apply { dry_run: false, .. } | Command::TenantCreate { .. } => Self::Begins,
            Command::TenantList
            | Command::TenantShow { .. }
            | Command::UserList { .. }
            | Command::UserCreate { .. }
            | Command::UserShow { .. }
            | Command::UserUnlock { .. }
            | Command::UserResetPassword { .. }
            | Command::MailList { .. }
            | Command::MailRetry { .. }
            | Command::NoticeList { .. }
            | Command::NoticeRetry { .. }
            | Command::UserDo { .. }
            | Command::AdminRecover { .. }
            | Command::ApplicationList { .. }
            | Command::ApplicationShow { .. }
            | Command::IdentityProviderList { .. }
            | Command::IdentityProviderShow { .. }
            | Command::IdentityProviderSwitch { .. }
            | Command::KeyList { .. }
            | Command::KeyRotate { .. }
            | Command::AuditList { .. }
            | Command::AuditVerify { .. } => Self::Never,
        }
    }
}

/// Where the installation is looked for.
fn place(config: &Config) -> String {
    let dir = std::path::absolute(&config.data_dir).unwrap_or_else(|_unknown| config.data_dir.clone());
    match &config.database {
        Database::Embedded => dir.display().to_string(),
        Database::Postgres(_) => "the database of the configuration".to_owned(),
    }
}

/// Somebody has begun an installation: it should be meant, and its key has to be kept.
pub fn announce_founding(config: &Config) {
    let key = match &config.master_key {
        MasterKeySource::File(path) => format!(" Keep a copy of {} apart: only it opens the data.", path.display()),
        MasterKeySource::Text(_) => String::new(),
    };
    say(format_args!("A new installation was begun in {}.{key}", place(config)));
}
