//! A password from a file, from standard input or from the person at the terminal; never from an argument.

use std::io::{IsTerminal, Read};
use std::path::Path;

use crate::config::sources::read_text;
use crate::domain::secret::PASSWORD_MAX_BYTES;
use crate::flow::admin::declared::SecretText;

use super::failure::{Exit, Failure};

/// `None`: there is none, and nobody to ask.
pub fn read(file: Option<&str>) -> Result<Option<SecretText>, Failure> {
    match file {
        Some("-") => from_input().map(Some),
        Some(file) => match read_text(Path::new(file)) {
            Ok(text) => checked(&text).map(Some),
            Err(error) => Err(usage(format!("cannot read the password from {file:?}: {error}"))),
        },
        None if std::io::stdin().is_terminal() => prompt(),
        None => Ok(None),
    }
}

fn from_input() -> Result<SecretText, Failure> {
    let mut text = String::new();
    let limit = u64::try_from(PASSWORD_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(8);
    match std::io::stdin().take(limit).read_to_string(&mut text) {
        Ok(_) => checked(&text),
        Err(error) => Err(usage(format!("cannot read the password from standard input: {error}"))),
    }
}

fn checked(text: &str) -> Result<SecretText, Failure> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(usage("the password is empty".to_owned()));
    }
    if text.len() > PASSWORD_MAX_BYTES {
        return Err(usage("the password is longer than 8 KiB".to_owned()));
    }
    Ok(SecretText::new(text))
}

fn prompt() -> Result<Option<SecretText>, Failure> {
    let ask = |question: &str| {
        rpassword::prompt_password(question).map_err(|error| usage(format!("cannot read a password: {error}")))
    };
    let first = ask("Password (empty for none): ")?;
    if first.is_empty() {
        return Ok(None);
    }
    if ask("Again: ")? != first {
        return Err(usage("the two passwords differ".to_owned()));
    }
    checked(&first).map(Some)
}

fn usage(message: String) -> Failure {
    Failure::new(Exit::Usage, message, "Give it by --password-file FILE, or - for standard input.")
}
