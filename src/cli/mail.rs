//! `portner mail list|retry`

use clap::Subcommand;
use serde::Serialize;

use crate::domain::Time;
use crate::domain::ids::{MailId, Slug};
use crate::flow::admin::Command;
use crate::flow::admin::answer::MailRow;
use crate::view;

use super::failure::Failure;
use super::{Global, answer, table};

#[derive(Subcommand)]
pub enum Mail {
    /// What waits, has left or could not be sent, the newest first. Without a mail server, also what it says.
    List {
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
    /// Send a mail again at once, also one that was given up.
    Retry {
        /// As `portner mail list` shows it.
        #[arg(value_parser = id)]
        id: MailId,
        /// The tenant, by its slug.
        #[arg(long, value_name = "SLUG")]
        tenant: Slug,
    },
}

fn id(text: &str) -> Result<MailId, &'static str> {
    text.parse().map_err(|_refused| "is no id of a mail; `portner mail list` shows them")
}

impl Mail {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        let command = match self {
            Self::List { tenant } => Command::MailList { tenant },
            Self::Retry { id, tenant } => Command::MailRetry { tenant, mail: id },
        };
        answer::print(&global.connection()?.ask(command)?, global.output)
    }
}

/// A mail as it is printed: its words instead of what they are made of.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    state: &'a str,
    kind: &'a str,
    recipient: &'a str,
    attempts: u32,
    error: Option<&'a str>,
    created_at: Time,
    due_at: Time,
    expires_at: Option<Time>,
    ended_at: Option<Time>,
    subject: Option<String>,
    text: Option<String>,
}

fn shown(row: &MailRow) -> Shown<'_> {
    let words = row.letter.as_ref().map(|letter| view::mail((&row.tenant_name, row.time_zone), letter, row.created_at));
    let (subject, text) = words.map(|words| (words.subject, words.text)).unzip();
    Shown {
        id: &row.id,
        state: &row.state,
        kind: &row.kind,
        recipient: &row.recipient,
        attempts: row.attempts,
        error: row.error.as_deref(),
        created_at: row.created_at,
        due_at: row.due_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
        subject,
        text,
    }
}

pub fn json(rows: &[MailRow]) -> Result<String, Failure> {
    answer::json(&rows.iter().map(shown).collect::<Vec<_>>())
}

pub fn table(rows: &[MailRow]) -> String {
    in_columns(&rows.iter().map(shown).collect::<Vec<_>>())
}

fn in_columns(mails: &[Shown<'_>]) -> String {
    let row = |mail: &Shown<'_>| {
        let cells = [mail.id, mail.state, mail.kind, mail.recipient];
        let mut cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
        cells.extend([mail.attempts.to_string(), mail.error.unwrap_or_default().to_owned()]);
        cells
    };
    let rows: Vec<_> = mails.iter().map(row).collect();
    let mut text = table::columns(&["ID", "STATE", "KIND", "TO", "ATTEMPTS", "ERROR"], &rows);
    for mail in mails {
        if let (Some(subject), Some(words)) = (&mail.subject, &mail.text) {
            let head = table::fields(&[("mail", mail.id.to_owned()), ("subject", subject.clone())]);
            let words: String =
                words.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
            text.extend(["\n", &head, "\n", words.trim_end(), "\n"]);
        }
    }
    text
}
