use clap::{CommandFactory, Parser};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split(' '))
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_contract_is_understood() {
    for line in [
        "portner serve",
        "portner serve --config p.toml --data-dir d --listen 127.0.0.1:1 --public-url http://localhost:1 --demo",
        "portner config check",
        "portner config show --origin",
        "portner config example",
        "portner apply a.toml b.json",
        "portner apply a.toml --dry-run",
        "portner apply --schema",
        "portner tenant list --output json",
        "portner tenant create acme --name Acme --language da --language en --host login.acme.example",
        "portner tenant show acme",
        "portner user list --tenant acme",
        "portner user create mette --tenant acme --email m@a.example --email-verified --role admin --password-file -",
        "portner user show mette --tenant acme",
        "portner user unlock mette --tenant acme --data-dir d",
        "portner app list --tenant acme",
        "portner app show shop --tenant acme",
        "portner key list --tenant acme",
        "portner key rotate --tenant acme --yes --type rsa",
        "portner audit list --tenant acme --after 3 --limit 10 --kind signin.failed --user mette",
        "portner audit verify --tenant acme --config p.toml",
        "portner completions bash",
    ] {
        assert!(
            parse(line).is_ok(),
            "{line}: {}",
            parse(line).err().map(|error| error.to_string()).unwrap_or_default()
        );
    }
}

#[test]
fn wrong_usage_is_refused_before_anything_is_opened() {
    for line in [
        "portner",
        "portner apply",
        "portner apply a.toml --schema",
        "portner tenant create Acme",
        "portner tenant create acme --language fr",
        "portner tenant create acme --host https://acme.example",
        "portner user list",
        "portner user create mette --tenant acme --password geheim",
        "portner user create mette --tenant acme --email-verified",
        "portner key rotate --tenant acme --type des",
        "portner audit list --tenant acme --kind nothing",
        "portner audit list --tenant acme --limit 0",
        "portner tenant list --output xml",
    ] {
        let error = parse(line).err().unwrap_or_else(|| panic!("{line} was understood"));
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn no_argument_takes_a_secret() {
    fn walk(command: &clap::Command, found: &mut Vec<String>) {
        for argument in command.get_arguments() {
            found.extend(argument.get_long().map(str::to_owned));
        }
        for inner in command.get_subcommands() {
            walk(inner, found);
        }
    }
    let mut names = Vec::new();
    walk(&Cli::command(), &mut names);
    assert!(names.contains(&"password-file".to_owned()));
    assert!(names.iter().all(|name| !["password", "secret", "token", "key"].contains(&name.as_str())), "{names:?}");
}

#[test]
fn every_command_and_option_is_explained() {
    fn walk(command: &clap::Command) {
        if command.get_name() == "help" {
            return;
        }
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments().filter(|one| !["help", "version"].contains(&one.get_id().as_str())) {
            let place = format!("{} {}", command.get_name(), argument.get_id());
            assert!(argument.get_help().is_some(), "{place} is not explained");
            let takes_one = argument.get_action().takes_values();
            let names = argument.get_value_names().filter(|_| takes_one).unwrap_or_default();
            assert!(names.iter().all(|name| !name.contains('_')), "{place} shows a name of the program: {names:?}");
        }
        for inner in command.get_subcommands() {
            walk(inner);
        }
    }
    walk(&Cli::command());
}

#[test]
fn exit_codes_are_those_of_the_contract() {
    use failure::Exit;
    let codes = [
        (Exit::Failed, 1),
        (Exit::Usage, 2),
        (Exit::Configuration, 3),
        (Exit::NotFound, 4),
        (Exit::Conflict, 5),
        (Exit::NotAllowed, 6),
        (Exit::Unavailable, 7),
        (Exit::CheckFailed, 9),
    ];
    for (exit, code) in codes {
        assert_eq!(exit.code(), code);
    }
}

#[test]
fn a_data_directory_that_cannot_be_written_is_told_with_what_to_do() {
    use crate::store::StoreError;
    use failure::{Exit, Failure};
    use std::io::{Error, ErrorKind};
    for (kind, advice) in [
        (ErrorKind::PermissionDenied, "let that user write in the data directory"),
        (ErrorKind::ReadOnlyFilesystem, "mount it for writing"),
    ] {
        let lock = StoreError::File { path: "/data/lock".into(), cause: Error::from(kind) };
        let key = anyhow::Error::new(Error::from(kind)).context("the master key /data/master.key cannot be made");
        for error in [anyhow::Error::new(lock), key] {
            let failure = Failure::from_opening(&error);
            assert_eq!(failure.exit, Exit::NotAllowed, "{}", failure.message);
            assert!(failure.message.contains("/data/") && failure.advice.contains(advice), "{}", failure.advice);
        }
    }
}
