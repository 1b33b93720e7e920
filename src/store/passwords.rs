//! Password hashes, apart from the people so that no listing can carry one.

use std::collections::HashMap;

use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::{password_history, passwords};
use super::{StoreError, Tx, links};
use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::secret::PasswordHash;

pub fn find(tx: &mut Tx<'_>, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
    let query = passwords::table.find(user.to_string()).select(passwords::hash);
    let hash: Option<String> = query.get_result(tx.connection).optional()?;
    Ok(hash.map(PasswordHash::from_phc))
}

/// A hash to verify against, and which of a person's passwords it is of: the same one may be hashed anew meanwhile.
#[derive(Clone, Debug)]
pub struct Present {
    pub hash: PasswordHash,
    set_at: Time,
}

pub fn present(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Present>, StoreError> {
    let hash = find(tx, user)?;
    let set_at = age(tx, user)?.map(|age| age.changed_at);
    Ok(hash.zip(set_at).map(|(hash, set_at)| Present { hash, set_at }))
}

/// Whether no other password was set since. Whoever acts on the answer holds the person.
pub fn is_still(tx: &mut Tx<'_>, user: UserId, seen: Option<&Present>) -> Result<bool, StoreError> {
    let now = age(tx, user)?.map(|age| age.changed_at);
    Ok(now == seen.map(|seen| seen.set_at))
}

/// What is known of a password beside its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    pub changed_at: Time,
    /// An administrator wants another one.
    pub must_change: bool,
}

pub fn age(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Age>, StoreError> {
    let id = user.to_string();
    let query = passwords::table.find(&id).select((passwords::changed_at, passwords::must_change));
    let found: Option<(i64, bool)> = query.get_result(tx.connection).optional()?;
    found.map(|columns| read_age(&id, columns)).transpose()
}

/// Of everybody who has a password.
pub fn ages(tx: &mut Tx<'_>) -> Result<HashMap<UserId, Age>, StoreError> {
    let query = passwords::table.select((passwords::user_id, passwords::changed_at, passwords::must_change));
    let rows: Vec<(String, i64, bool)> = query.load(tx.connection)?;
    let read = |(id, changed_at, must_change): (String, i64, bool)| {
        let user = Row { table: "passwords", id: &id }.parse("user_id", &id)?;
        Ok((user, read_age(&id, (changed_at, must_change))?))
    };
    rows.into_iter().map(read).collect()
}

fn read_age(id: &str, (changed_at, must_change): (i64, bool)) -> Result<Age, StoreError> {
    Ok(Age { changed_at: Row { table: "passwords", id }.time("changed_at", changed_at)?, must_change })
}

/// Replaces the hash; what was imported before is remembered, and nobody wants another one any more. Its time tells it
/// from the one before, whatever the clock says.
pub fn set(tx: &mut Tx<'_>, user: UserId, hash: &PasswordHash, now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?) \
                ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, must_change = FALSE, \
                changed_at = CASE WHEN excluded.changed_at > passwords.changed_at THEN excluded.changed_at \
                ELSE passwords.changed_at + 1 END";
    let owner = user;
    let user = owner.to_string();
    let values = [Value::Text(&user), Value::Text(hash.expose()), Value::Number(micros(now))];
    Statement::new(text, values).execute(tx.connection)?;
    links::end_for_user(tx, owner, now)
}

/// Another one is to be chosen at the next sign-in. Whether there is one at all.
pub fn ask_for_change(tx: &mut Tx<'_>, user: UserId) -> Result<bool, StoreError> {
    let own = diesel::update(passwords::table.find(user.to_string()));
    Ok(own.set(passwords::must_change.eq(true)).execute(tx.connection)? > 0)
}

/// Puts the present hash aside before it is replaced, and forgets all but the newest `keep`.
pub fn put_aside(tx: &mut Tx<'_>, id: Uuid, user: UserId, keep: u32, now: Time) -> Result<(), StoreError> {
    let user = user.to_string();
    if keep > 0 {
        let text = "INSERT INTO password_history (id, user_id, hash, replaced_at) \
                    SELECT ?, user_id, hash, ? FROM passwords WHERE user_id = ?";
        let id = id.to_string();
        let values = [Value::Text(&id), Value::Number(micros(now)), Value::Text(&user)];
        Statement::new(text, values).execute(tx.connection)?;
    }
    let kept = history_of(&user, keep).select(password_history::id);
    let kept: Vec<String> = kept.load(tx.connection)?;
    let own = password_history::table.filter(password_history::user_id.eq(&user));
    diesel::delete(own.filter(password_history::id.ne_all(kept))).execute(tx.connection)?;
    Ok(())
}

/// The hashes before the present one, the newest first.
pub fn history(tx: &mut Tx<'_>, user: UserId, most: u32) -> Result<Vec<PasswordHash>, StoreError> {
    let hashes: Vec<String> = history_of(&user.to_string(), most).select(password_history::hash).load(tx.connection)?;
    Ok(hashes.into_iter().map(PasswordHash::from_phc).collect())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn history_of<'a>(user: &'a str, most: u32) -> _ {
    let most: i64 = i64::from(most);
    password_history::table
        .filter(password_history::user_id.eq(user))
        .order((password_history::replaced_at.desc(), password_history::id.desc()))
        .limit(most)
}

/// The same password under newer parameters: its age does not change.
pub fn rehash(tx: &mut Tx<'_>, user: UserId, hash: &PasswordHash) -> Result<(), StoreError> {
    let text = "UPDATE passwords SET hash = ? WHERE user_id = ?";
    Statement::new(text, [Value::Text(hash.expose()), Value::Text(&user.to_string())]).execute(tx.connection)?;
    Ok(())
}

/// Takes over a hash from elsewhere, with a tag that tells it from others.
pub fn import(tx: &mut Tx<'_>, user: UserId, hash: &PasswordHash, tag: &[u8; 32], now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO passwords (user_id, hash, changed_at, imported) VALUES (?, ?, ?, ?) \
                ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, imported = excluded.imported, \
                must_change = FALSE, \
                changed_at = CASE WHEN excluded.changed_at > passwords.changed_at THEN excluded.changed_at \
                ELSE passwords.changed_at + 1 END";
    let owner = user;
    let user = owner.to_string();
    let values =
        [Value::Text(&user), Value::Text(hash.expose()), Value::Number(micros(now)), Value::Bytes(tag.as_slice())];
    Statement::new(text, values).execute(tx.connection)?;
    links::end_for_user(tx, owner, now)
}

/// The tag of the hash that was imported last. The hash may have been replaced since.
pub fn imported(tx: &mut Tx<'_>, user: UserId) -> Result<Option<[u8; 32]>, StoreError> {
    let id = user.to_string();
    let row = Row { table: "passwords", id: &id };
    let query = passwords::table.find(&id).select(passwords::imported);
    let tag: Option<Option<Vec<u8>>> = query.get_result(tx.connection).optional()?;
    tag.flatten().map(|tag| row.bytes("imported", &tag)).transpose()
}
