//! Password hashes, apart from the people so that no listing can carry one.

use diesel::prelude::*;

use super::column::micros;
use super::engine::statement::{Statement, Value};
use super::schema::passwords;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::secret::PasswordHash;

pub fn find(tx: &mut Tx<'_>, user: UserId) -> Result<Option<PasswordHash>, StoreError> {
    let query = passwords::table.find(user.to_string()).select(passwords::hash);
    let hash: Option<String> = query.first(tx.connection).optional()?;
    Ok(hash.map(PasswordHash::from_phc))
}

pub fn set(tx: &mut Tx<'_>, user: UserId, hash: &PasswordHash, now: Time) -> Result<(), StoreError> {
    let text = "INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?) \
                ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";
    let user = user.to_string();
    let values = [Value::Text(&user), Value::Text(hash.expose()), Value::Number(micros(now))];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}
