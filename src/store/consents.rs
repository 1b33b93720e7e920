//! What people have allowed applications to know.

use diesel::prelude::*;

use super::column::{Row, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::consents;
use super::{StoreError, Tx};
use crate::domain::consent::Consent;
use crate::domain::ids::{ClientId, UserId};

pub fn find(tx: &mut Tx<'_>, user: UserId, client: &ClientId) -> Result<Option<Consent>, StoreError> {
    let id = user.to_string();
    let query =
        consents::table.find((&id, client.as_str())).select((consents::scopes, consents::claims, consents::given_at));
    let found: Option<(String, String, i64)> = query.get_result(tx.connection).optional()?;
    let Some((scopes, claims, given_at)) = found else { return Ok(None) };
    let row = Row { table: "consents", id: &id };
    Ok(Some(Consent {
        user,
        client: client.clone(),
        scopes: row.json("scopes", &scopes)?,
        claims: row.json("claims", &claims)?,
        given_at: row.time("given_at", given_at)?,
    }))
}

/// In place of what was given before.
pub fn save(tx: &mut Tx<'_>, consent: &Consent) -> Result<(), StoreError> {
    let text = "INSERT INTO consents (user_id, client_id, scopes, claims, given_at) VALUES (?, ?, ?, ?, ?) \
                ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = excluded.scopes, claims = excluded.claims, \
                given_at = excluded.given_at";
    let (user, scopes, claims) = (consent.user.to_string(), json(&consent.scopes)?, json(&consent.claims)?);
    let values = [
        Value::Text(&user),
        Value::Text(consent.client.as_str()),
        Value::Text(&scopes),
        Value::Text(&claims),
        Value::Number(micros(consent.given_at)),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

/// Whether there was any.
pub fn remove(tx: &mut Tx<'_>, user: UserId, client: &ClientId) -> Result<bool, StoreError> {
    let given = consents::table.find((user.to_string(), client.as_str()));
    Ok(diesel::delete(given).execute(tx.connection)? > 0)
}

/// Everything that the person has allowed.
pub fn list_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Consent>, StoreError> {
    let id = user.to_string();
    let rows: Vec<(String, String, String, i64)> = consents::table
        .filter(consents::user_id.eq(&id))
        .order(consents::client_id)
        .select((consents::client_id, consents::scopes, consents::claims, consents::given_at))
        .load(tx.connection)?;
    let row = Row { table: "consents", id: &id };
    let read = |(client, scopes, claims, given_at): (String, String, String, i64)| {
        Ok(Consent {
            user,
            client: row.text("client_id", client)?,
            scopes: row.json("scopes", &scopes)?,
            claims: row.json("claims", &claims)?,
            given_at: row.time("given_at", given_at)?,
        })
    };
    rows.into_iter().map(read).collect()
}
