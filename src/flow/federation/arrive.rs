//! Somebody who is believed in, and what becomes of them.

use std::time::Duration;

use crate::domain::Time;
use crate::domain::assurance::{Level, Owed, Proof};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::fault::ErrorCode;
use crate::domain::federation::{Once, Person};
use crate::domain::ids::{IdpId, UserId};
use crate::domain::policy::{Limit, Policy};
use crate::domain::secret::TokenHash;
use crate::domain::user::User;
use crate::store::federated_identities::Key;
use crate::store::{self, StoreError, Tx};

use super::super::browser::Browser;
use super::super::interaction::Interaction;
use super::super::second_factor::{self, Opening};
use super::super::session::{Arrival, Grounds};
use super::super::{Site, resume, signin};
use super::account::{self, Met, NewId, Newcomer};
use super::link::{Offer, Stage};
use super::{LIFETIME, Refused, Turn, refusal};
use super::{session, transient};

/// Two first arrivals at once: one of them makes the account, the other finds it.
const TRIES: usize = 3;

/// Somebody who is believed in: one transaction spends the request, finds or makes the account and opens the session.
pub fn arrive(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, &str),
    (person, interaction): (&Person, &Interaction),
) -> Result<Turn, StoreError> {
    let told = (person, Newcomer::AsConfigured, resume::wanted(site, interaction));
    let turn = come_in(site, browser, (provider, state), told)?;
    Ok(match turn {
        Turn::Unknown(_) => {
            let offer = Offer::new(site, provider, person, Stage::Arrived);
            Turn::Unknown(Some(Box::new(interaction.clone().offering(offer, site.now()))))
        }
        other @ (Turn::SignedIn(_) | Turn::Unfinished(_) | Turn::Refused(_)) => other,
    })
}

/// Somebody who was asked, and wants an account: the offer is spent in place of the request.
pub fn create(site: &Site, browser: &Browser, interaction: &Interaction) -> Result<Turn, StoreError> {
    let waiting = interaction.offer.as_ref().filter(|_| interaction.is_asked());
    let Some(offer) = waiting.filter(|offer| offer.is_in_time(site.now())) else {
        return Ok(Turn::Refused(Refused::new(ErrorCode::FederationState, "no_offer")));
    };
    let wanted = resume::wanted(site, &interaction.clone().without_offer());
    let told = (&offer.person, Newcomer::WantsAccount, wanted);
    come_in(site, browser, (&offer.provider, &offer.token), told)
}

fn come_in(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, &str),
    told: (&Person, Newcomer, Level),
) -> Result<Turn, StoreError> {
    let mut left = TRIES;
    let turn = loop {
        left = left.saturating_sub(1);
        let coming = Coming::prepare(site, browser, (provider, state), told);
        match site.store.write(move |tx| coming.run(tx)) {
            Err(StoreError::Conflict(_)) if left > 0 => {}
            other => break other?,
        }
    };
    if matches!(turn, Turn::Refused(_)) {
        signin::count_against_source(site, browser, &format!("federation:{provider}"))?;
    }
    Ok(turn)
}

/// Whether what a person brought counts for the first time, whatever request it is brought with.
pub fn spend(tx: &mut Tx<'_>, provider: &IdpId, issuer: &str, once: &Once) -> Result<bool, StoreError> {
    let name = TokenHash::of(&format!("once:{provider}:{issuer}\n{}", once.id));
    store::federated_identities::spend(tx, &name, once.until)
}

/// What the transaction needs, owned.
struct Coming {
    now: Time,
    policy: Policy,
    key: Key,
    provider: IdpId,
    state: TokenHash,
    person: Person,
    newcomer: Newcomer,
    new_id: NewId,
    /// The session there is over then.
    until: Option<Time>,
    browser: Browser,
    arrival: Arrival,
    opening: Opening,
}

impl Coming {
    fn prepare(
        site: &Site,
        browser: &Browser,
        (provider, state): (&IdpId, &str),
        (person, newcomer, wanted): (&Person, Newcomer, Level),
    ) -> Self {
        let now = site.now();
        let Person { issuer, subject, .. } = person.clone();
        let key = Key { provider: provider.clone(), issuer, subject };
        let new_id = if site.settings.broker {
            NewId::Derived(transient::id(site, &key))
        } else {
            NewId::Minted(UserId::from_uuid(site.new_id(now)))
        };
        let from = session::provenance(site, provider, person);
        let until = from.as_ref().and_then(|from| from.until);
        Self {
            now,
            policy: site.settings.policy.clone(),
            provider: provider.clone(),
            state: TokenHash::of(state),
            person: person.clone(),
            newcomer,
            key,
            new_id,
            until,
            browser: browser.clone(),
            arrival: Arrival::prepare(site, browser, now).resting_on(from.clone()),
            opening: Opening::prepare(site, browser, wanted, now).resting_on(from),
        }
    }

    fn run(self, tx: &mut Tx<'_>) -> Result<Turn, StoreError> {
        if !store::federated_identities::spend(tx, &self.state, self.now + LIFETIME)? {
            return self.refuse(tx, None, (ErrorCode::FederationState, "replayed"));
        }
        if let Some(once) = &self.person.once
            && !spend(tx, &self.provider, &self.person.issuer, once)?
        {
            return self.refuse(tx, None, (ErrorCode::FederationState, "assertion_replayed"));
        }
        // Switched off since: nobody comes through.
        let stored = store::identity_providers::find(tx, &self.provider)?;
        let Some(provider) = stored.map(|stored| stored.provider).filter(|provider| provider.enabled) else {
            return self.refuse(tx, None, (ErrorCode::FederationClosed, "switched_off"));
        };
        let told = (&self.key, &self.person, self.newcomer);
        let user = match account::meet(tx, &provider, told, (self.new_id, self.now, &self.browser))? {
            Met::Known(user) => user,
            Met::Unknown => return Ok(Turn::Unknown(None)),
            Met::Refused(user, code, reason) => return self.refuse(tx, user, (code, reason)),
        };
        if !self.policy.networks.admits_roles(&user.roles, self.browser.origin.address) {
            return self.refuse(tx, Some(user.id), (ErrorCode::NetworkNotAllowed, "network"));
        }
        let auth_time = self.person.auth_time.unwrap_or(self.now);
        let rules = self.policy.for_roles(&user.roles);
        if let Limit::At(limit) = rules.session.absolute
            && auth_time + limit <= self.now
        {
            return self.refuse(tx, Some(user.id), (ErrorCode::FederationTooOld, "too_old"));
        }
        if self.until.is_some_and(|end| end <= self.now) {
            return self.refuse(tx, Some(user.id), (ErrorCode::FederationTooOld, "over"));
        }
        let proofs = self.proofs(tx, &user, rules.second_factor.remember_device)?;
        // Whoever is not kept can set nothing up here: what policy asks for has to come with them.
        let has = (proofs.as_slice(), Level::default());
        if user.is_transient() && second_factor::owed_by(tx, &user, &rules, has, self.now)? != Owed::Nothing {
            return self.refuse(tx, Some(user.id), (ErrorCode::FederationSecondFactor, "second_factor"));
        }
        store::audit::append(tx, &self.accepted(&user))?;
        if !user.is_transient()
            && let Some(sign_in) = self.opening.park(tx, &user, &rules, (&proofs, auth_time))?
        {
            return Ok(Turn::Unfinished(sign_in));
        }
        let grounds = Grounds { user: &user, proofs: &proofs, auth_time, trust: None };
        self.arrival.open(tx, &grounds).map(Turn::SignedIn)
    }

    fn proofs(&self, tx: &mut Tx<'_>, user: &User, remember: Duration) -> Result<Vec<Proof>, StoreError> {
        let mut proofs = vec![Proof::Upstream];
        if self.person.mfa {
            proofs.push(Proof::UpstreamMfa);
        }
        if let Some(token) = self.browser.device.as_ref().filter(|_| !remember.is_zero()) {
            let known = store::devices::find(tx, &token.hash(), self.now)?;
            if known.is_some_and(|device| device.user == user.id && device.is_trusted(self.now)) {
                proofs.push(Proof::KnownDevice);
            }
        }
        Ok(proofs)
    }

    fn accepted(&self, user: &User) -> Event {
        let actor = Actor::User(user.id);
        let event = Event::new(self.now, EventKind::FederationAccepted, Outcome::Success, actor, &self.browser.origin)
            .user(user.id)
            .username(user.username.as_str())
            .detail("provider", &self.provider)
            .detail("issuer", &self.person.issuer)
            .detail("amr", self.person.amr.join(" "))
            .personal("subject", &self.person.subject);
        match &self.person.acr {
            Some(acr) => event.detail("acr", acr),
            None => event,
        }
    }

    /// A refusal that is remembered: the request stays spent.
    fn refuse(
        &self,
        tx: &mut Tx<'_>,
        user: Option<UserId>,
        (code, reason): (ErrorCode, &'static str),
    ) -> Result<Turn, StoreError> {
        let refused = Refused::new(code, reason);
        let mut event = refusal(self.now, &self.browser, &self.provider, &refused);
        if let Some(user) = user {
            event = event.user(user);
            store::transients::depart(tx, user)?;
        }
        store::audit::append(tx, &event)?;
        Ok(Turn::Refused(refused))
    }
}
