//! How a command reaches the data: through the running server's socket, or by opening the stores itself.

use crate::app;
use crate::config::Config;
use crate::domain::audit::Origin;
use crate::flow::admin::{self, Answer, Command, Refusal};

use super::failure::Failure;
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
        let host = app::open_host(&self.config).map_err(|error| Failure::from_opening(&error))?;
        admin::execute(&host, command, &Origin::default()).map_err(|error| Refusal::from(error).into())
    }
}
