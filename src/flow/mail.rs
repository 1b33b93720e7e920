//! Mail to a person: put into the outbox by the transaction that causes it, sent by `jobs` once that is committed.
//!
//! ```ignore
//! site.store.write(move |tx| {
//!     …
//!     flow::mail::queue(tx, &user, Message::PasswordChanged, now)?;
//!     store::audit::append(tx, &event)
//! })
//! ```

use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::language::{self, Language, LanguageWishes};
use crate::domain::mail::{Letter, Message};
use crate::domain::user::{EmailAddress, User};
use crate::store::{self, StoreError, Tx};

/// To the person's own address. `false`: the account has none, and nothing is sent; nor to somebody who is not kept.
pub fn queue(tx: &mut Tx<'_>, user: &User, message: Message, now: Time) -> Result<bool, StoreError> {
    match &user.email {
        Some(_) if user.is_transient() => Ok(false),
        Some(address) => queue_to(tx, user, address, message, now).map(|()| true),
        None => Ok(false),
    }
}

/// To another address of theirs: one that is to be proven, or one that no longer is.
pub fn queue_to(
    tx: &mut Tx<'_>,
    user: &User,
    address: &EmailAddress,
    message: Message,
    now: Time,
) -> Result<(), StoreError> {
    let offered = store::settings::load(tx)?.languages;
    let letter = Letter {
        user: user.id,
        to: address.clone(),
        name: user.display_name(),
        username: user.username.to_string(),
        language: language_of(user, &offered),
        message,
    };
    store::outbox::enqueue(tx, &letter, now)?;
    Ok(())
}

/// One notice per lock, and only to an address that was proven: a stranger's guesses write to nobody else. `None`: it
/// does not end by itself.
pub fn notify_of_lock(
    tx: &mut Tx<'_>,
    owner: &User,
    (factor, until): (Factor, Option<Time>),
    now: Time,
) -> Result<(), StoreError> {
    if owner.email_verified {
        let message = until.map_or(Message::FactorClosed { factor }, |until| Message::AccountLocked { until });
        queue(tx, owner, message, now)?;
    }
    Ok(())
}

/// The person's own language if the tenant offers it, else the tenant's.
fn language_of(user: &User, offered: &[Language]) -> Language {
    language::choose(offered, LanguageWishes { chosen: user.locale, ..LanguageWishes::default() })
}
