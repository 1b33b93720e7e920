//! For developers: what was received and, for whoever may see it in the administration too, what is registered. It is
//! shown as inert text and stands in the log; never in the audit log, which strangers must not write to.

use crate::domain::authority::{Act, Authority, Over};
use crate::protocol::oidc::reply::difference;
use crate::store::StoreError;

use super::Site;
use super::browser::{Browser, signed_in};

/// As much of a value as is shown.
const SHOWN: usize = 500;

/// The text, and below it the value by its name.
pub fn with(text: impl std::fmt::Display, (name, value): (&str, &str)) -> String {
    format!("{text}\n{name}: {}", inert(value))
}

/// The same, and below it what is registered, for those who may see it.
pub fn beside(
    site: &Site,
    browser: &Browser,
    text: impl std::fmt::Display,
    (name, asked, registered): (&str, &str, impl Iterator<Item = String>),
) -> Result<String, StoreError> {
    let told = with(text, (name, asked));
    let known = site.store.read(|tx| signed_in(tx, &site.settings.policy, browser, site.now()))?;
    if !known.is_some_and(|known| Authority::of(&known.user.roles).may(Act::SeeRules, Over::Tenant)) {
        return Ok(told);
    }
    let lines = registered.map(|address| {
        let note = difference(asked, &address).map(|part| format!(" (differs in {part})")).unwrap_or_default();
        format!("registered: {address}{note}")
    });
    Ok(std::iter::once(told).chain(lines).collect::<Vec<_>>().join("\n"))
}

/// Cut, and on one line: nobody can write what looks like a line of ours.
fn inert(value: &str) -> String {
    value.chars().take(SHOWN).map(|one| if one.is_control() { '\u{fffd}' } else { one }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_is_cut_and_stays_on_its_line() {
        let told = with("not registered", ("wreply", &format!("a\nregistered: b\r\u{1b}[31m{}", "x".repeat(1000))));
        assert_eq!(told.lines().count(), 2);
        assert!(told.starts_with("not registered\nwreply: a\u{fffd}registered: b\u{fffd}\u{fffd}[31mx"), "{told}");
        assert_eq!(told.lines().last().unwrap().chars().count(), "wreply: ".len() + SHOWN);
    }
}
