//! `portner apply`

use std::path::PathBuf;

use clap::Args;

use crate::flow::admin::answer::{Action, Applied};
use crate::flow::admin::declared::Problem;
use crate::flow::admin::{Answer, Command, declared};
use crate::telemetry::say;

use super::declaration::Declaration;
use super::failure::{Exit, Failure, counted};
use super::{Global, answer};

#[derive(Args)]
pub struct Apply {
    /// Declarative files, TOML or JSON; - is standard input.
    #[arg(required_unless_present = "schema", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Say what would be changed; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the JSON Schema of the files.
    #[arg(long, conflicts_with_all = ["files", "dry_run"])]
    schema: bool,
}

impl Apply {
    pub fn run(self, global: &Global) -> Result<(), Failure> {
        if self.schema {
            return super::print(&answer::json(&declared::schema())?);
        }
        let fetch = |url: &url::Url| {
            let loaded = global.load().map_err(|failure| failure.message)?;
            crate::app::fetch(&loaded.config, url).map_err(|cause| cause.to_string())
        };
        let declarations: Vec<Declaration> = self.files.iter().map(|file| Declaration::read(file, &fetch)).collect();
        let problems: Vec<String> = declarations.iter().flat_map(|declaration| declaration.problems.clone()).collect();
        if !problems.is_empty() {
            return Err(invalid(problems, &[]));
        }
        let documents = declarations.iter().map(|declaration| declaration.value.clone()).collect();
        let command = Command::Apply { documents, dry_run: self.dry_run };
        match global.connection()?.ask(command) {
            Ok(answer) => {
                if let Answer::Applied(applied) = &answer {
                    tell(applied, &declarations);
                }
                answer::print(&answer, global.output)
            }
            Err(failure) if failure.problems.is_empty() => Err(failure),
            Err(failure) => {
                let problems = failure.problems.iter().map(|problem| place(problem, &declarations)).collect();
                Err(invalid(problems, &failure.applied))
            }
        }
    }
}

fn invalid(problems: Vec<String>, applied: &[String]) -> Failure {
    let count = counted(problems.len(), "problem");
    let message = match applied {
        [] => format!("nothing was applied: {count}"),
        applied => format!("applied to {} only: {count}", applied.join(", ")),
    };
    let advice = "Correct the files; `portner apply --schema` describes them.";
    Failure { details: problems, ..Failure::new(Exit::Configuration, message, advice) }
}

/// A problem with file and line: the server finds some that only it can know.
fn place(problem: &Problem, declarations: &[Declaration]) -> String {
    match declarations.get(problem.document) {
        Some(declaration) => declaration.place(problem),
        None => format!("{}: {}", problem.path, problem.message),
    }
}

fn tell(applied: &Applied, declarations: &[Declaration]) {
    for warning in &applied.warnings {
        say(format_args!("warning: {}", place(warning, declarations)));
    }
    let count = |action| applied.changes.iter().filter(|change| change.action == action).count();
    let (created, changed, unchanged) = (count(Action::Created), count(Action::Changed), count(Action::Unchanged));
    let would = if applied.dry_run { "would be " } else { "" };
    say(format_args!("{created} {would}created, {changed} {would}changed, {unchanged} unchanged"));
}
