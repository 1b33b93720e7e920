//! Password hashes, apart from the people so that no listing can carry one.

use diesel::prelude::*;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::passwords;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::secret::PasswordHash;

pub fn find(tx: &mut Tx<'_>, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
    let query = passwords::table.find(user.to_string()).select(passwords::hash);
    let hash: Option<String> = query.get_result(tx.connection).optional()?;
    Ok(hash.map(PasswordHash::from_phc))
}

/// Replaces the hash; what was imported before is remembered.
pub fn set(tx: &mut Tx<'_>, user: UserId, hash: &PasswordHash, now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?) \
                ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";
    let user = user.to_string();
    let values = [Value::Text(&user), Value::Text(hash.expose()), Value::Number(micros(now))];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
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
                ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at, \
                imported = excluded.imported";
    let user = user.to_string();
    let values =
        [Value::Text(&user), Value::Text(hash.expose()), Value::Number(micros(now)), Value::Bytes(tag.as_slice())];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// The tag of the hash that was imported last. The hash may have been replaced since.
pub fn imported(tx: &mut Tx<'_>, user: UserId) -> Result<Option<[u8; 32]>, StoreError> {
    let id = user.to_string();
    let row = Row { table: "passwords", id: &id };
    let query = passwords::table.find(&id).select(passwords::imported);
    let tag: Option<Option<Vec<u8>>> = query.get_result(tx.connection).optional()?;
    tag.flatten().map(|tag| row.bytes("imported", &tag)).transpose()
}
