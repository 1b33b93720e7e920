//! Codes mailed for one sign-in. The newest of a sign-in counts; the older ones stay to be counted against the cap.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, micros};
use super::engine::statement::{Statement, Value};
use super::schema::mail_codes;
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::{MailCodeId, SignInId, UserId};

/// What is sent.
#[derive(Clone, Debug)]
pub struct MailCode {
    pub id: MailCodeId,
    pub sign_in: SignInId,
    pub user: UserId,
    pub mac: [u8; 32],
    pub sent_at: Time,
    pub expires_at: Time,
}

/// Replaces the code of the sign-in. The tries that were made stay made.
pub fn insert(tx: &mut Tx<'_>, code: &MailCode) -> Result<(), StoreError> {
    let of_sign_in = || mail_codes::table.filter(mail_codes::sign_in_id.eq(code.sign_in.to_string()));
    let tries: Option<i64> = of_sign_in().select(max(mail_codes::tries)).get_result(tx.connection)?;
    let live = of_sign_in().filter(mail_codes::spent_at.is_null());
    diesel::update(live).set(mail_codes::spent_at.eq(micros(code.sent_at))).execute(tx.connection)?;
    let values = (
        mail_codes::id.eq(code.id.to_string()),
        mail_codes::sign_in_id.eq(code.sign_in.to_string()),
        mail_codes::user_id.eq(code.user.to_string()),
        mail_codes::mac.eq(code.mac.as_slice()),
        mail_codes::tries.eq(tries.unwrap_or_default()),
        mail_codes::sent_at.eq(micros(code.sent_at)),
        mail_codes::expires_at.eq(micros(code.expires_at)),
    );
    diesel::insert_into(mail_codes::table).values(values).execute(tx.connection)?;
    Ok(())
}

/// Takes one try at the code of this sign-in; `None` = there is none, it is too old, or its tries are used up.
pub fn take_try(tx: &mut Tx<'_>, sign_in: SignInId, most: u32, now: Time) -> Result<Option<MailCodeId>, StoreError> {
    let text = "UPDATE mail_codes SET tries = tries + 1 WHERE sign_in_id = ? AND spent_at IS NULL AND expires_at > ? \
                AND tries < ? RETURNING id";
    let sign_in = sign_in.to_string();
    let values = [Value::Text(&sign_in), Value::Number(micros(now)), Value::Number(most.into())];
    let id: Option<String> = Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    id.map(|id| Row { table: "mail_codes", id: &id }.parse("id", &id)).transpose()
}

/// Whether this was the code and unspent; now it is spent.
pub fn spend(tx: &mut Tx<'_>, id: MailCodeId, mac: &[u8; 32], now: Time) -> Result<bool, StoreError> {
    let text = "UPDATE mail_codes SET spent_at = ? WHERE id = ? AND mac = ? AND spent_at IS NULL RETURNING id";
    let id = id.to_string();
    let values = [Value::Number(micros(now)), Value::Text(&id), Value::Bytes(mac)];
    let spent: Option<String> =
        Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(spent.is_some())
}

/// How many were sent to the person since then.
pub fn sent_since(tx: &mut Tx<'_>, user: UserId, since: Time) -> Result<u32, StoreError> {
    let sent = mail_codes::table
        .filter(mail_codes::user_id.eq(user.to_string()))
        .filter(mail_codes::sent_at.gt(micros(since)));
    let count: i64 = sent.select(count_star()).get_result(tx.connection)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
