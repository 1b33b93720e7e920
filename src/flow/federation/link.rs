//! Linking an identity of an upstream to an account that is here already (IN-8): begun in Min profil by whoever is signed
//! in, or offered to somebody unknown who arrives. Nobody is matched by address or name. The identity and what was asked
//! travel sealed to the browser; the account is proven by a sign-in, shown beside the identity, confirmed by a click and
//! linked by one conditional write.

use serde::{Deserialize, Serialize};

use crate::domain::Time;
use crate::domain::assurance::{Level, Proof};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::demand::{Demand, Need};
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::ids::{IdpId, UserId};
use crate::domain::mail::Message;
use crate::domain::policy::Policy;
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::federated_identities::Key;
use crate::store::{self, StoreError, Tx};

use super::super::browser::{Browser, SignedIn, still_signed_in};
use super::super::interaction::Interaction;
use super::super::resume::{self, Asking, Assessed, Screen, Start};
use super::super::{Site, mail, signin};
use super::account;
use super::{LIFETIME, Refused, farewell, refusal};

/// Longer words of a person do not fit into an address: what the sign-in at the upstream is called is left behind.
const ROOM: usize = 3_000;

/// Somebody of an upstream who waits to be linked, or to get an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Spent by what becomes of it.
    pub(super) token: String,
    pub provider: IdpId,
    pub person: Person,
    pub(super) stage: Stage,
    /// Only a sign-in with what is kept here will do.
    local: bool,
    #[serde(with = "chrono::serde::ts_microseconds")]
    at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Unknown here: asked whether there is an account.
    Arrived,
    /// On the way to the account that it is to be linked to.
    SigningIn,
    /// Shown beside this account, and beside no other.
    Confirming(UserId),
}

impl Offer {
    pub(super) fn new(site: &Site, provider: &IdpId, person: &Person, stage: Stage) -> Self {
        // What counts once has counted by now.
        let mut person = Person { once: None, ..person.clone() };
        if serde_json::to_string(&person).map_or(0, |text| text.len()) > ROOM {
            person.session = None;
        }
        Self {
            token: super::random(site.entropy.as_ref()),
            provider: provider.clone(),
            person,
            stage,
            local: stage == Stage::Arrived,
            at: site.now(),
        }
    }

    /// The same person, one step on.
    #[must_use]
    pub fn at_stage(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    pub(super) fn is_in_time(&self, now: Time) -> bool {
        now < self.at + LIFETIME
    }

    fn key(&self) -> Key {
        let Person { issuer, subject, .. } = self.person.clone();
        Key { provider: self.provider.clone(), issuer, subject }
    }

    /// Whether this sign-in may be linked to.
    fn takes(&self, session: &Session) -> bool {
        !self.local || !session.proofs.contains(&Proof::Upstream)
    }
}

impl Interaction {
    /// The same, with somebody who waits; begun now, so that an older sign-in does not count.
    #[must_use]
    pub fn offering(self, offer: Offer, now: Time) -> Self {
        Self { offer: Some(Box::new(offer)), sign_in: None, method: None, started_at: now, ..self }
    }

    /// Somebody unknown is asked whether there is an account.
    pub fn is_asked(&self) -> bool {
        self.offer.as_ref().is_some_and(|offer| offer.stage == Stage::Arrived)
    }

    /// Nobody waits any more.
    #[must_use]
    pub fn without_offer(self) -> Self {
        Self { offer: None, method: None, ..self }
    }
}

fn unaddressable(code: ErrorCode, cause: &str) -> resume::Refusal {
    resume::Refusal::Unaddressable { code, cause: cause.to_owned() }
}

/// The page that an offer needs now.
pub(in crate::flow) fn go_on(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    offer: &Offer,
) -> Result<resume::Turn, resume::Refusal> {
    if !offer.is_in_time(site.now()) {
        return Err(unaddressable(ErrorCode::FederationState, "what waited here has waited too long"));
    }
    let Some(stored) = site.upstream(&offer.provider) else {
        return Err(unaddressable(ErrorCode::FederationClosed, "the identity provider is switched off"));
    };
    let (provider, person) = (stored.provider.name.clone(), offer.person.label().to_owned());
    let application = resume::application(site, interaction);
    if offer.stage == Stage::Arrived {
        let may_create = stored.provider.create_users;
        return resume::show(
            site,
            browser,
            interaction,
            Screen::Newcomer { provider, person, may_create, application },
        );
    }
    let Assessed { need, known, wanted } = resume::assess(site, browser, &demand(), interaction)?;
    match (need, known) {
        (Need::Nothing, Some(known)) if offer.takes(&known.session) => {
            if matches!(offer.stage, Stage::Confirming(user) if user != known.user.id) {
                return Err(unaddressable(ErrorCode::FederationOtherUser, "somebody else is signed in"));
            }
            let shown = Box::new(offer.clone().at_stage(Stage::Confirming(known.user.id)));
            let interaction = Interaction { offer: Some(shown), ..interaction.clone() };
            let screen = Screen::ConfirmLink { provider, person, user: known.user, application };
            resume::show(site, browser, &interaction, screen)
        }
        (need, known) => {
            // Signed in, but not here: what is kept here is asked for.
            let need = if need == Need::Nothing { Need::SignIn } else { need };
            let asking = Asking { need, known, wanted, hint: None, start: Start::Link(provider) };
            resume::ask(site, browser, interaction, asking, application)
        }
    }
}

/// A sign-in since the offer was made, or since the person set out from Min profil.
fn demand() -> Demand {
    Demand { fresh: true, ..Demand::default() }
}

/// What becomes of somebody who was sent to the upstream from Min profil.
#[derive(Debug)]
pub enum Return {
    /// To be shown and confirmed.
    Offered(Box<Interaction>),
    /// It is linked to this account already.
    Linked,
    Refused(Refused),
}

/// Back from the upstream, in the browser and for the person who set out.
pub fn come_back(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, &str),
    (person, user, interaction): (&Person, UserId, &Interaction),
) -> Result<Return, StoreError> {
    let now = site.now();
    let offer = Offer::new(site, provider, person, Stage::Confirming(user));
    let key = offer.key();
    let work = Work::prepare(site, browser, provider, user);
    let (state, once) = (TokenHash::of(state), person.once.clone());
    let seen = site.store.write(move |tx| -> Result<Result<bool, Refused>, StoreError> {
        if !store::federated_identities::spend(tx, &state, now + LIFETIME)? {
            return work.refuse(tx, (ErrorCode::FederationState, "replayed")).map(Err);
        }
        if let Some(once) = &once
            && !super::spend(tx, &work.provider, &key.issuer, once)?
        {
            return work.refuse(tx, (ErrorCode::FederationState, "assertion_replayed")).map(Err);
        }
        if let Err(refused) = work.check(tx)? {
            return Ok(Err(refused));
        }
        match store::federated_identities::find(tx, &key)? {
            Some(identity) if identity.user == user => Ok(Ok(true)),
            Some(_) => work.refuse(tx, (ErrorCode::FederationTaken, "taken")).map(Err),
            None => Ok(Ok(false)),
        }
    })?;
    Ok(match seen {
        // The age of the sign-in was looked at when the person set out.
        Ok(false) => {
            let since = interaction.started_at;
            Return::Offered(Box::new(interaction.clone().offering(offer, since)))
        }
        Ok(true) => Return::Linked,
        Err(refused) => {
            signin::count_against_source(site, browser, &format!("federation:{provider}"))?;
            Return::Refused(refused)
        }
    })
}

/// What became of a click.
#[derive(Debug)]
pub enum Confirmed {
    Done,
    /// Somebody has to sign in first.
    Again,
    Refused(Refused),
}

/// The click that links: once, by the account that was shown, in the browser that the offer is sealed to.
pub fn confirm(site: &Site, browser: &Browser, interaction: &Interaction) -> Result<Confirmed, StoreError> {
    let Some(offer) = &interaction.offer else { return Ok(Confirmed::Again) };
    let Stage::Confirming(user) = offer.stage else { return Ok(Confirmed::Again) };
    let work = Work::prepare(site, browser, &offer.provider, user);
    let in_time = offer.is_in_time(site.now());
    let Assessed { need, known, .. } = resume::assess(site, browser, &demand(), interaction)?;
    let fits = |known: &SignedIn| need == Need::Nothing && offer.takes(&known.session);
    let refused = match &known {
        _ if !in_time => Some((ErrorCode::FederationState, "too_late")),
        Some(known) if known.user.id != user => Some((ErrorCode::FederationOtherUser, "other_user")),
        Some(known) if fits(known) => None,
        Some(_) | None => return Ok(Confirmed::Again),
    };
    let (offer, person) = (offer.clone(), offer.person.clone());
    let confirmed = site.store.write(move |tx| match refused {
        Some(why) => work.refuse(tx, why).map(Confirmed::Refused),
        None => work.link(tx, &offer, &person),
    })?;
    if matches!(confirmed, Confirmed::Refused(_)) {
        signin::count_against_source(site, browser, "federation:link")?;
    }
    Ok(confirmed)
}

/// What the transactions need, owned.
struct Work {
    now: Time,
    policy: Policy,
    provider: IdpId,
    user: UserId,
    browser: Browser,
}

impl Work {
    fn prepare(site: &Site, browser: &Browser, provider: &IdpId, user: UserId) -> Self {
        let (policy, browser) = (site.settings.policy.clone(), browser.clone());
        Self { now: site.now(), policy, provider: provider.clone(), user, browser }
    }

    /// The provider is in use, and the person is signed in here.
    fn check(&self, tx: &mut Tx<'_>) -> Result<Result<(), Refused>, StoreError> {
        let stored = store::identity_providers::find(tx, &self.provider)?;
        if stored.is_none_or(|stored| !stored.provider.enabled) {
            return self.refuse(tx, (ErrorCode::FederationClosed, "switched_off")).map(Err);
        }
        match self.still_signed_in(tx)? {
            Some(_) => Ok(Ok(())),
            None => self.refuse(tx, (ErrorCode::FederationOtherUser, "other_user")).map(Err),
        }
    }

    fn still_signed_in(&self, tx: &mut Tx<'_>) -> Result<Option<SignedIn>, StoreError> {
        still_signed_in(tx, &self.policy, &self.browser, (self.user, self.now))
    }

    fn link(self, tx: &mut Tx<'_>, offer: &Offer, person: &Person) -> Result<Confirmed, StoreError> {
        if !store::federated_identities::spend(tx, &TokenHash::of(&offer.token), self.now + LIFETIME)? {
            return self.refuse(tx, (ErrorCode::FederationState, "replayed")).map(Confirmed::Refused);
        }
        if let Err(refused) = self.check(tx)? {
            return Ok(Confirmed::Refused(refused));
        }
        let stored = store::identity_providers::find(tx, &self.provider)?;
        let Some(provider) = stored.map(|stored| stored.provider) else { return Ok(Confirmed::Again) };
        if offer.local && !provider.link_users {
            return self.refuse(tx, (ErrorCode::FederationNoAccount, "unknown")).map(Confirmed::Refused);
        }
        let Some(user) = store::users::find_to_change(tx, self.user)?.filter(User::is_active) else {
            return self.refuse(tx, (ErrorCode::FederationAccountClosed, "disabled")).map(Confirmed::Refused);
        };
        let key = offer.key();
        let own = store::federated_identities::list_for_user(tx, user.id)?;
        if own.iter().any(|identity| identity.key == key) {
            // By the same person, through another window.
            return Ok(Confirmed::Done);
        }
        if own.iter().any(|identity| identity.key.provider == self.provider) {
            return self.refuse(tx, (ErrorCode::FederationLinked, "linked")).map(Confirmed::Refused);
        }
        let adopted = account::adopt(tx, &provider, (&key, person), &user, (self.now, &self.browser))?;
        let Some(user) = adopted else {
            return self.refuse(tx, (ErrorCode::FederationTaken, "taken")).map(Confirmed::Refused);
        };
        let event = self.event(EventKind::FederationLinked, &user).detail("issuer", &key.issuer);
        store::audit::append(tx, &event.personal("subject", &key.subject))?;
        mail::queue(tx, &user, Message::IdentityLinked { provider: provider.name.clone() }, self.now)?;
        Ok(Confirmed::Done)
    }

    fn event(&self, kind: EventKind, user: &User) -> Event {
        Event::new(self.now, kind, Outcome::Success, Actor::User(user.id), &self.browser.origin)
            .user(user.id)
            .username(user.username.as_str())
            .detail("provider", &self.provider)
    }

    /// Remembered, and what was spent stays so.
    fn refuse(&self, tx: &mut Tx<'_>, (code, reason): (ErrorCode, &'static str)) -> Result<Refused, StoreError> {
        let refused = Refused::new(code, reason);
        let event = refusal(self.now, &self.browser, &self.provider, &refused);
        store::audit::append(tx, &event.user(self.user))?;
        Ok(refused)
    }
}

/// What came of taking a link away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    Done,
    /// The session has ended meanwhile.
    Gone,
    /// There is no other way in.
    LastWay,
    NotFound,
}

/// The person takes a way in away, with the roles and groups that came by it, and whoever is signed in by it elsewhere.
/// The last one stays.
pub fn unlink(site: &Site, browser: &Browser, known: &SignedIn, provider: &IdpId) -> Result<Unlinked, StoreError> {
    let work = Work::prepare(site, browser, provider, known.user.id);
    let named = site.upstreams.iter().find(|stored| stored.provider.id == *provider);
    let name = named.map_or_else(|| provider.to_string(), |stored| stored.provider.name.clone());
    let here = (known.user.id, known.session.id);
    site.store.write(move |tx| {
        if work.still_signed_in(tx)?.is_none() {
            return Ok(Unlinked::Gone);
        }
        let Some(before) = store::users::find_to_change(tx, work.user)?.filter(User::is_active) else {
            return Ok(Unlinked::NotFound);
        };
        let own = store::federated_identities::list_for_user(tx, work.user)?;
        let (gone, stay): (Vec<_>, Vec<_>) = own.into_iter().partition(|one| one.key.provider == work.provider);
        if gone.is_empty() {
            return Ok(Unlinked::NotFound);
        }
        let mut after = before.clone();
        after.roles.retain(|role| !gone.iter().any(|one| one.roles.contains(role)));
        after.groups.retain(|group| !gone.iter().any(|one| one.groups.contains(group)));
        let password = store::passwords::find(tx, work.user)?.is_some();
        let mut has_way = password && work.policy.sign_in.admits_roles(&after.roles);
        for one in &stay {
            let stored = store::identity_providers::find(tx, &one.key.provider)?;
            has_way |= stored.is_some_and(|stored| stored.provider.enabled);
        }
        if !has_way {
            return Ok(Unlinked::LastWay);
        }
        store::federated_identities::remove(tx, work.user, &work.provider)?;
        farewell::cut_off(tx, &work.provider, Some(here), &work.event(EventKind::SessionEnded, &before))?;
        if after != before {
            after.updated_at = work.now;
            store::users::update(tx, &after)?;
        }
        let event = work.event(EventKind::FederationUnlinked, &after);
        store::audit::append(tx, &account::with_belongings(event, &after))?;
        mail::queue(tx, &after, Message::IdentityUnlinked { provider: name }, work.now)?;
        Ok(Unlinked::Done)
    })
}

/// Whoever waits asks for no level: what waits behind them does, afterwards.
pub(in crate::flow) fn wanted() -> Level {
    Level::default()
}
