//! Which sign-in at an upstream a session rests on, or a sign-in that is not finished yet. Gone with it.

use diesel::prelude::*;

use super::column::{Row, json};
use super::engine::statement::{Statement, Value};
use super::schema::{sessions, sign_ins, upstream_sessions};
use super::{StoreError, Tx};
use crate::domain::federation::{Named, Provenance};
use crate::domain::ids::{IdpId, SessionId, SignInId, UserId};

/// What rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Session(SessionId),
    SignIn(SignInId),
}

impl Holder {
    fn key(self) -> String {
        match self {
            Self::Session(id) => id.to_string(),
            Self::SignIn(id) => id.to_string(),
        }
    }
}

/// The newest counts.
pub fn save(tx: &mut Tx<'_>, holder: Holder, from: &Provenance) -> Result<(), StoreError> {
    let text = "INSERT INTO upstream_sessions \
                (holder, session_id, sign_in_id, provider, issuer, name, name_index, document) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (holder) DO UPDATE SET provider = excluded.provider, \
                issuer = excluded.issuer, name = excluded.name, name_index = excluded.name_index, \
                document = excluded.document";
    let (key, document) = (holder.key(), json(from)?);
    let (session, sign_in) = match holder {
        Holder::Session(_) => (Some(key.as_str()), None),
        Holder::SignIn(_) => (None, Some(key.as_str())),
    };
    let values = [
        Value::Text(&key),
        Value::MaybeText(session),
        Value::MaybeText(sign_in),
        Value::Text(from.provider.as_str()),
        Value::Text(&from.issuer),
        Value::Text(&from.name),
        Value::MaybeText(from.index.as_deref()),
        Value::Text(&document),
    ];
    Statement::new(text, values).execute(tx.connection)?;
    Ok(())
}

pub fn find(tx: &mut Tx<'_>, holder: Holder) -> Result<Option<Provenance>, StoreError> {
    let key = holder.key();
    let query = upstream_sessions::table.find(&key).select(upstream_sessions::document);
    let found: Option<String> = query.get_result(tx.connection).optional()?;
    let row = Row { table: "upstream_sessions", id: &key };
    found.map(|document| row.json("document", &document)).transpose()
}

type Columns = (String, Option<String>, Option<String>, String);

/// Everything that rests on sign-ins which this provider, under this issuer, calls so.
pub fn named(
    tx: &mut Tx<'_>,
    (provider, issuer): (&IdpId, &str),
    named: &Named,
) -> Result<Vec<(Holder, Provenance)>, StoreError> {
    let columns = (
        upstream_sessions::holder,
        upstream_sessions::session_id,
        upstream_sessions::sign_in_id,
        upstream_sessions::document,
    );
    let all = upstream_sessions::table
        .filter(upstream_sessions::provider.eq(provider.as_str()))
        .filter(upstream_sessions::issuer.eq(issuer))
        .order(upstream_sessions::holder)
        .select(columns);
    let rows: Vec<Columns> = match (&named.name, named.indices.is_empty()) {
        (Some(name), _) => all.filter(upstream_sessions::name.eq(name)).load(tx.connection)?,
        (None, false) => all.filter(upstream_sessions::name_index.eq_any(&named.indices)).load(tx.connection)?,
        (None, true) => Vec::new(),
    };
    let mut found = Vec::new();
    for (key, session, sign_in, document) in rows {
        let row = Row { table: "upstream_sessions", id: &key };
        found.push((holder(&row, (session, sign_in))?, row.json("document", &document)?));
    }
    found.retain(|(_, one)| named.is_about(one));
    Ok(found)
}

/// Everything that rests on sign-ins at this provider; of one person, where one is named.
pub fn of_provider(tx: &mut Tx<'_>, provider: &IdpId, whose: Option<UserId>) -> Result<Vec<Holder>, StoreError> {
    let columns = (upstream_sessions::holder, upstream_sessions::session_id, upstream_sessions::sign_in_id);
    let mut all = upstream_sessions::table
        .filter(upstream_sessions::provider.eq(provider.as_str()))
        .order(upstream_sessions::holder)
        .select(columns)
        .into_boxed();
    if let Some(user) = whose.map(|user| user.to_string()) {
        let live = sessions::table.filter(sessions::user_id.eq(&user)).filter(sessions::ended_at.is_null());
        let mut theirs: Vec<String> = live.select(sessions::id).load(tx.connection)?;
        let unfinished = sign_ins::table.filter(sign_ins::user_id.eq(&user)).select(sign_ins::id);
        theirs.extend(unfinished.load::<String>(tx.connection)?);
        all = all.filter(upstream_sessions::holder.eq_any(theirs));
    }
    let rows: Vec<(String, Option<String>, Option<String>)> = all.load(tx.connection)?;
    let read = |(key, session, sign_in): (String, _, _)| {
        holder(&Row { table: "upstream_sessions", id: &key }, (session, sign_in))
    };
    rows.into_iter().map(read).collect()
}

fn holder(row: &Row<'_>, ids: (Option<String>, Option<String>)) -> Result<Holder, StoreError> {
    match ids {
        (Some(id), _) => Ok(Holder::Session(row.parse("session_id", &id)?)),
        (None, Some(id)) => Ok(Holder::SignIn(row.parse("sign_in_id", &id)?)),
        (None, None) => Err(row.corrupt("holder")),
    }
}

/// Nobody goes on with a sign-in that the provider has ended.
pub fn end_sign_in(tx: &mut Tx<'_>, id: SignInId) -> Result<(), StoreError> {
    diesel::delete(sign_ins::table.find(id.to_string())).execute(tx.connection)?;
    Ok(())
}
