//! The services that a person's information goes to, and how to take it back.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{ClientId, SessionId};
use crate::domain::oauth::Scopes;
use crate::domain::release::claims_of;
use crate::domain::user::User;
use crate::flow::Site;
use crate::flow::browser::{Browser, SignedIn};
use crate::store::sessions::Seen;
use crate::store::{self, StoreError, Tx};

/// One service and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub client: ClientId,
    /// Its own name, if it is still registered.
    pub name: Option<String>,
    /// The claims it is told.
    pub claims: BTreeSet<String>,
    /// Whether it keeps its access when the person is not there.
    pub offline: bool,
    /// Scopes that stand for no claim.
    pub other_scopes: Vec<String>,
    /// When the person allowed it, if they were asked.
    pub consented_at: Option<Time>,
    pub since: Time,
    pub used_at: Option<Time>,
}

/// What is known of one service before it is put in words.
pub(super) struct Held {
    scopes: BTreeSet<String>,
    claims: BTreeSet<String>,
    consented_at: Option<Time>,
    since: Time,
    used_at: Option<Time>,
}

impl Held {
    fn since(at: Time) -> Self {
        Self { scopes: BTreeSet::new(), claims: BTreeSet::new(), consented_at: None, since: at, used_at: None }
    }
    fn take(&mut self, scopes: &Scopes, at: Time) {
        self.scopes.extend(scopes.iter().map(|scope| scope.as_str().to_owned()));
        self.since = self.since.min(at);
    }
}

/// Consents, and grants that can still be used: those that outlive their session, and those whose session stands.
pub(super) fn read(
    tx: &mut Tx<'_>,
    user: &User,
    live: &[Seen],
    now: Time,
) -> Result<BTreeMap<ClientId, Held>, StoreError> {
    let sessions: BTreeSet<SessionId> = live.iter().map(|seen| seen.session.id).collect();
    let mut held: BTreeMap<ClientId, Held> = BTreeMap::new();
    for consent in store::consents::list_for_user(tx, user.id)? {
        let one = held.entry(consent.client).or_insert_with(|| Held::since(consent.given_at));
        one.take(&consent.scopes, consent.given_at);
        one.claims.extend(consent.claims);
        one.consented_at = Some(consent.given_at);
    }
    for of_grant in store::grants::live_of_user(tx, user.id, now)? {
        let grant = of_grant.grant;
        if !grant.is_offline() && !sessions.contains(&grant.session) {
            continue;
        }
        let one = held.entry(grant.client).or_insert_with(|| Held::since(grant.created_at));
        one.take(&grant.scopes, grant.created_at);
        one.used_at = one.used_at.max(Some(of_grant.used_at));
    }
    Ok(held)
}

/// By name.
pub fn list(site: &Site, known: &SignedIn) -> Result<Vec<Connection>, StoreError> {
    let now = site.now();
    let held = site.store.read(|tx| {
        let live = super::sessions::live(tx, &site.settings.policy, &known.user, now)?;
        read(tx, &known.user, &live, now)
    })?;
    let mut list: Vec<Connection> = held.into_iter().map(|(client, held)| connection(site, client, held)).collect();
    list.sort_by_key(|one| one.name.clone().unwrap_or_else(|| one.client.to_string()).to_lowercase());
    Ok(list)
}

fn connection(site: &Site, client: ClientId, held: Held) -> Connection {
    let mut claims = held.claims;
    let mut other_scopes = Vec::new();
    for scope in &held.scopes {
        match (claims_of(scope), scope.as_str()) {
            ([], "openid" | "offline_access") => {}
            ([], other) => other_scopes.push(other.to_owned()),
            (names, _) => claims.extend(names.iter().map(|name| (*name).to_owned())),
        }
    }
    Connection {
        name: site.application_name(&client).map(str::to_owned),
        offline: held.scopes.contains("offline_access"),
        claims,
        other_scopes,
        consented_at: held.consented_at,
        since: held.since,
        used_at: held.used_at,
        client,
    }
}

/// Takes back what the person allowed and ends what the service holds; whether there was anything.
pub fn withdraw(site: &Site, browser: &Browser, known: &SignedIn, client: &ClientId) -> Result<bool, StoreError> {
    let now = site.now();
    let (user, client) = (known.user.id, client.clone());
    let event = Event::new(now, EventKind::AccessWithdrawn, Outcome::Success, Actor::User(user), &browser.origin)
        .user(user)
        .username(known.user.username.as_str())
        .application(&client);
    site.store.write(move |tx| {
        let consented = store::consents::remove(tx, user, &client)?;
        let ended = store::grants::end_for_client(tx, (user, &client), GrantEnd::ConsentWithdrawn, now)?;
        if !consented && ended == 0 {
            return Ok(false);
        }
        store::audit::append(tx, &event.detail("grants_ended", ended))?;
        Ok(true)
    })
}
