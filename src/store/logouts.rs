//! Logouts on their way through a browser. Each move of a party is one conditional write.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::column::{Row, json, micros};
use super::engine::statement::{Statement, Value};
use super::schema::{logout_parties, logouts};
use super::{StoreError, Tx};
use crate::domain::Time;
use crate::domain::ids::{ClientId, LogoutId};
use crate::domain::logout::{Channel, Logout, Party, PartyState, Rested, Upstream, UpstreamState};
use crate::domain::secret::TokenHash;

#[derive(Queryable, Selectable)]
#[diesel(table_name = logouts)]
struct LogoutRow {
    id: String,
    user_id: String,
    binding: Option<Vec<u8>>,
    asker: String,
    created_at: i64,
    expires_at: i64,
    upstream: Option<String>,
    upstream_state: Option<String>,
    upstream_request: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = logout_parties)]
struct PartyRow {
    logout_id: String,
    application_id: String,
    session_id: String,
    channel: String,
    name_id: String,
    name_id_format: String,
    session_index: String,
    state: String,
    request_id: Option<String>,
}

impl PartyRow {
    fn into_party(self) -> Result<Party, StoreError> {
        let row = Row { table: "logout_parties", id: &self.logout_id };
        Ok(Party {
            application: row.text("application_id", self.application_id)?,
            session: row.parse("session_id", &self.session_id)?,
            channel: row.some("channel", Channel::parse(&self.channel))?,
            name_id: self.name_id,
            name_id_format: self.name_id_format,
            session_index: self.session_index,
            state: row.some("state", PartyState::parse(&self.state))?,
            request: self.request_id,
        })
    }
}

fn upstream(
    row: &Row<'_>,
    (from, state): (Option<String>, Option<String>),
    request: Option<String>,
) -> Result<Option<Upstream>, StoreError> {
    let (Some(from), Some(state)) = (from, state) else { return Ok(None) };
    let from = row.json("upstream", &from)?;
    let state = row.some("upstream_state", UpstreamState::parse(&state))?;
    Ok(Some(Upstream { from, state, request }))
}

pub fn insert(tx: &mut Tx<'_>, logout: &Logout) -> Result<(), StoreError> {
    let from = logout.upstream.as_ref().map(|upstream| json(&upstream.from)).transpose()?;
    let values = (
        logouts::id.eq(logout.id.to_string()),
        logouts::user_id.eq(logout.user.to_string()),
        logouts::binding.eq(logout.binding.as_ref().map(|hash| hash.as_bytes().as_slice())),
        logouts::asker.eq(json(&logout.asker)?),
        logouts::created_at.eq(micros(logout.created_at)),
        logouts::expires_at.eq(micros(logout.expires_at)),
        logouts::upstream.eq(from),
        logouts::upstream_state.eq(logout.upstream_state().map(UpstreamState::name)),
    );
    diesel::insert_into(logouts::table).values(values).execute(tx.connection)?;
    for (position, party) in (0_i64..).zip(&logout.parties) {
        let values = (
            logout_parties::logout_id.eq(logout.id.to_string()),
            logout_parties::position.eq(position),
            logout_parties::application_id.eq(party.application.as_str()),
            logout_parties::session_id.eq(party.session.to_string()),
            logout_parties::channel.eq(party.channel.name()),
            logout_parties::name_id.eq(&party.name_id),
            logout_parties::name_id_format.eq(&party.name_id_format),
            logout_parties::session_index.eq(&party.session_index),
            logout_parties::state.eq(party.state.name()),
            logout_parties::request_id.eq(party.request.as_deref()),
        );
        diesel::insert_into(logout_parties::table).values(values).execute(tx.connection)?;
    }
    Ok(())
}

/// One that is not over yet.
pub fn find(tx: &mut Tx<'_>, id: LogoutId, now: Time) -> Result<Option<Logout>, StoreError> {
    let query = logouts::table.find(id.to_string()).filter(logouts::expires_at.gt(micros(now)));
    let Some(found) = query.select(LogoutRow::as_select()).get_result(tx.connection).optional()? else {
        return Ok(None);
    };
    let parties = logout_parties::table
        .filter(logout_parties::logout_id.eq(&found.id))
        .order(logout_parties::position)
        .select(PartyRow::as_select())
        .load(tx.connection)?;
    let row = Row { table: "logouts", id: &found.id };
    let binding = found.binding.map(|hash| row.bytes("binding", &hash)).transpose()?;
    Ok(Some(Logout {
        id: row.parse("id", &found.id)?,
        user: row.parse("user_id", &found.user_id)?,
        binding: binding.map(TokenHash::from_bytes),
        asker: row.json("asker", &found.asker)?,
        parties: parties.into_iter().map(PartyRow::into_party).collect::<Result<_, _>>()?,
        upstream: upstream(&row, (found.upstream, found.upstream_state), found.upstream_request)?,
        created_at: row.time("created_at", found.created_at)?,
        expires_at: row.time("expires_at", found.expires_at)?,
    }))
}

pub fn delete(tx: &mut Tx<'_>, id: LogoutId) -> Result<(), StoreError> {
    diesel::delete(logouts::table.find(id.to_string())).execute(tx.connection)?;
    Ok(())
}

/// The first browser that comes with its cookies is the one. Whether it is this one.
pub fn bind(tx: &mut Tx<'_>, id: LogoutId, binding: &TokenHash) -> Result<bool, StoreError> {
    let text = "UPDATE logouts SET binding = ? WHERE id = ? AND binding IS NULL";
    let id = id.to_string();
    Ok(Statement::new(text, [Value::Bytes(binding.as_bytes()), Value::Text(&id)]).execute(tx.connection)? > 0)
}

/// Moves a party on from `from`; whether it stood there.
pub fn advance(
    tx: &mut Tx<'_>,
    (id, position): (LogoutId, usize),
    (from, to): (PartyState, PartyState),
    request: Option<&str>,
) -> Result<bool, StoreError> {
    let text = "UPDATE logout_parties SET state = ?, request_id = coalesce(?, request_id) \
                WHERE logout_id = ? AND position = ? AND state = ?";
    let id = id.to_string();
    let values = [
        Value::Text(to.name()),
        Value::MaybeText(request),
        Value::Text(&id),
        Value::Number(i64::try_from(position).unwrap_or(i64::MAX)),
        Value::Text(from.name()),
    ];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// To whom our request went, and in which logout.
pub fn asked(tx: &mut Tx<'_>, request: &str) -> Result<Option<(LogoutId, ClientId)>, StoreError> {
    let query = logout_parties::table
        .filter(logout_parties::request_id.eq(request))
        .select((logout_parties::logout_id, logout_parties::application_id));
    let found: Option<(String, String)> = query.get_result(tx.connection).optional()?;
    let read = |(id, application): (String, String)| {
        let row = Row { table: "logout_parties", id: &id };
        Ok((row.parse("logout_id", &id)?, row.text("application_id", application)?))
    };
    found.map(read).transpose()
}

/// Its answer, once; one that comes late is better than none. Whether it was awaited.
pub fn answer(tx: &mut Tx<'_>, request: &str, state: PartyState) -> Result<bool, StoreError> {
    let text = "UPDATE logout_parties SET state = ? WHERE request_id = ? AND state IN ('told', 'silent') \
                RETURNING logout_id";
    let values = [Value::Text(state.name()), Value::Text(request)];
    let answered: Option<String> =
        Statement::new(text, values).returning::<Text>().get_result(tx.connection).optional()?;
    Ok(answered.is_some())
}

/// Nobody waits any longer for the service provider that the browser was sent to.
pub fn give_up(tx: &mut Tx<'_>, id: LogoutId) -> Result<Vec<ClientId>, StoreError> {
    let text = "UPDATE logout_parties SET state = 'silent' WHERE logout_id = ? AND state = 'told' AND channel = 'saml' \
                RETURNING application_id";
    let id = id.to_string();
    let names: Vec<String> = Statement::new(text, [Value::Text(&id)]).returning::<Text>().load(tx.connection)?;
    let row = Row { table: "logout_parties", id: &id };
    names.into_iter().map(|name| row.text("application_id", name)).collect()
}

/// Moves the identity provider on; whether it stood there.
pub fn advance_upstream(
    tx: &mut Tx<'_>,
    id: LogoutId,
    (from, to): (UpstreamState, UpstreamState),
    request: Option<&str>,
) -> Result<bool, StoreError> {
    let text = "UPDATE logouts SET upstream_state = ?, upstream_request = coalesce(?, upstream_request) \
                WHERE id = ? AND upstream_state = ?";
    let id = id.to_string();
    let values = [Value::Text(to.name()), Value::MaybeText(request), Value::Text(&id), Value::Text(from.name())];
    Ok(Statement::new(text, values).execute(tx.connection)? > 0)
}

/// To another sign-in at an identity provider, as long as the browser was sent to none.
pub fn turn(tx: &mut Tx<'_>, id: LogoutId, from: &Rested) -> Result<bool, StoreError> {
    let text = "UPDATE logouts SET upstream = ? WHERE id = ? AND upstream_state = 'waiting'";
    let (id, from) = (id.to_string(), json(from)?);
    Ok(Statement::new(text, [Value::Text(&from), Value::Text(&id)]).execute(tx.connection)? > 0)
}

/// The logout in which our request went to an identity provider.
pub fn asked_upstream(tx: &mut Tx<'_>, request: &str) -> Result<Option<LogoutId>, StoreError> {
    let query = logouts::table.filter(logouts::upstream_request.eq(request)).select(logouts::id);
    let found: Option<String> = query.get_result(tx.connection).optional()?;
    found.map(|id| Row { table: "logouts", id: &id }.parse("id", &id)).transpose()
}
