//! `portner notice list|retry`

use clap::Subcommand;

use crate::domain::ids::{NoticeId, Slug};
use crate::flow::admin::Command;
use crate::flow::admin::answer::NoticeRow;

use super::failure::Failure;
use super::{Global, answer, table};

#[derive(Subcommand)]
pub enum Notice {
    /// What waits, was taken or could not be sent, the newest first.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Send a notice again at once, also one that was given up.
    Retry {
        /// As `portner notice list` shows it.
        #[arg(value_parser = id)]
        id: NoticeId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
}

fn id(text: &str) -> Result<NoticeId, &'static str> {
    text.parse().map_err(|_refused| "is no id of a notice; `portner notice list` shows them")
}

impl Notice {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::NoticeList { tenant },
            Self::Retry { id, tenant } => Command::NoticeRetry { tenant, notice: id },
        };
        answer::print(&global.connection()?.ask(command)?, global.output)
    }
}

pub fn table(rows: &[NoticeRow]) -> String {
    let row = |notice: &NoticeRow| {
        let cells = [&notice.id, &notice.state, &notice.application, &notice.session];
        let mut cells: Vec<String> = cells.into_iter().cloned().collect();
        cells.extend([notice.attempts.to_string(), notice.error.clone().unwrap_or_default()]);
        cells
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    table::columns(&["ID", "STATE", "APPLICATION", "SESSION", "ATTEMPTS", "ERROR"], &rows)
}
