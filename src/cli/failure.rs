//! Why a command failed, for people and for scripts.

use std::process::ExitCode;

use crate::app::ManagementListener;
use crate::config::Problem;
use crate::flow::admin::{Refusal, RefusalKind, declared};
use crate::store::StoreError;
use crate::telemetry::say;

/// The exit codes. They are part of the contract and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Failed,
    Usage,
    Configuration,
    NotFound,
    Conflict,
    NotAllowed,
    Unavailable,
    CheckFailed,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::NotFound => 4,
            Self::Conflict => 5,
            Self::NotAllowed => 6,
            Self::Unavailable => 7,
            Self::CheckFailed => 9,
        }
    }
}

#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// One line for each thing that is wrong.
    pub details: Vec<String>,
    /// What to do next.
    pub advice: String,
    /// What is wrong in a declarative file, before it is given its line.
    pub problems: Vec<declared::Problem>,
    /// Tenants to which it was applied before.
    pub applied: Box<[String]>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>, advice: impl Into<String>) -> Self {
        let (details, problems, applied) = (Vec::new(), Vec::new(), Box::default());
        Self { exit, message: message.into(), details, advice: advice.into(), problems, applied }
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message, "")
    }

    pub fn configuration(problems: &[Problem]) -> Self {
        let details = problems.iter().map(ToString::to_string).collect();
        let message = format!("the configuration has {}", counted(problems.len(), "problem"));
        let advice = "Correct what is named above; `portner config example` explains every key.";
        Self { details, ..Self::new(Exit::Configuration, message, advice) }
    }

    /// From opening the stores or serving.
    pub fn from_opening(error: &anyhow::Error) -> Self {
        let message = format!("{error:#}");
        let store = error.chain().find_map(|cause| cause.downcast_ref::<StoreError>());
        let of_file = match store {
            Some(StoreError::File { cause, .. }) => Some(cause),
            _ => error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>()),
        };
        let io = of_file.map(std::io::Error::kind);
        match (store, io) {
            (Some(StoreError::InUse(_)), _) => {
                let advice = "A server or another command is at work there. Wait for it, or choose another --data-dir.";
                Self::new(Exit::Unavailable, message, advice)
            }
            (Some(StoreError::Unavailable(_)), _) => Self::new(
                Exit::Unavailable,
                message,
                "Check that the database runs and can be reached, then try again.",
            ),
            (Some(StoreError::WrongKey | StoreError::WrongMasterKey), _) => {
                let advice = "Restore master.key from your backup, or copy it from another node of this installation.";
                Self::new(Exit::Failed, message, advice)
            }
            (_, Some(std::io::ErrorKind::PermissionDenied)) => {
                let advice =
                    "Run the command as the user that Portner runs as, and let that user write in the data directory.";
                Self::new(Exit::NotAllowed, message, advice)
            }
            (_, Some(std::io::ErrorKind::ReadOnlyFilesystem)) => {
                let advice =
                    "Portner writes in its data directory: mount it for writing, or choose another with --data-dir.";
                Self::new(Exit::NotAllowed, message, advice)
            }
            (_, Some(std::io::ErrorKind::AddrInUse)) => {
                let advice = if error.is::<ManagementListener>() {
                    "Another program listens there. Stop it, or choose another address: management.listen in the \
                     configuration file, or PORTNER_MANAGEMENT__LISTEN."
                } else {
                    "Another program listens there. Stop it, or choose another address with --listen."
                };
                Self::new(Exit::Unavailable, message, advice)
            }
            _ => {
                let advice = "The line above says what is wrong. If it is no mistake of the configuration, report it.";
                Self::new(Exit::Failed, message, advice)
            }
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit.code())
    }

    pub fn print(&self) {
        for detail in &self.details {
            say(detail);
        }
        say(format_args!("portner: {}", self.message));
        if !self.advice.is_empty() {
            say(&self.advice);
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.kind {
            RefusalKind::Failed => Exit::Failed,
            RefusalKind::Invalid => Exit::Configuration,
            RefusalKind::NotFound => Exit::NotFound,
            RefusalKind::Conflict => Exit::Conflict,
            RefusalKind::Unavailable => Exit::Unavailable,
        };
        let details = refusal.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
        let Refusal { message, advice, problems, applied, .. } = refusal;
        Self { exit, message, details, advice, problems, applied: applied.into() }
    }
}

/// `1 problem`, `2 problems`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
