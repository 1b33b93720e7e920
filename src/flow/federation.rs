//! Signing in with an upstream identity provider (IN-8): what is remembered on the way there, and what is made of the
//! person who comes back. A federated identity is (provider, issuer, subject). Nobody is found or linked by an e-mail
//! address or a user name: whoever is unknown gets a new account, or none.

mod account;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::crypto::entropy::Entropy;
use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::assurance::{Level, Proof};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::fault::ErrorCode;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::{IdpId, SignInId, UserId};
use crate::domain::policy::{Limit, Policy};
use crate::domain::secret::TokenHash;
use crate::domain::user::User;
use crate::protocol::oidc::upstream::{Age, Expected, Person, Refusal as Unfit, judge};
use crate::store::federated_identities::Key;
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, StoreError, Tx};

use super::Site;
use super::browser::Browser;
use super::interaction::Interaction;
use super::second_factor::Opening;
use super::session::{Arrival, Grounds, Welcome};
use super::{resume, signin};
use account::Met;

/// How long somebody may take at the upstream.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// Two first arrivals at once: one of them makes the account, the other finds it.
const TRIES: usize = 3;

/// What is asked of the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub fresh: bool,
    pub choose_account: bool,
    pub max_age: Option<Duration>,
    pub login_hint: Option<String>,
}

/// Somebody on the way to an upstream.
pub struct Departure {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    pub wish: Wish,
    /// For the browser to keep until the answer comes.
    pub sealed: String,
}

/// What the answer is held against. Sealed to the browser, so that strangers can fill neither memory nor disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    nonce: String,
    pub verifier: String,
    pub interaction: Interaction,
    #[serde(with = "chrono::serde::ts_microseconds")]
    started_at: Time,
}

/// Why somebody is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: ErrorCode,
    /// For log and audit trail.
    pub reason: String,
}

impl Refused {
    pub fn new(code: ErrorCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

#[derive(Debug)]
pub enum Turn {
    SignedIn(Welcome),
    /// The upstream has done its part; something else is owed.
    Unfinished(SignInId),
    Refused(Refused),
}

pub fn depart(
    site: &Site,
    browser: &Browser,
    provider: &IdpId,
    (interaction, hint): (&Interaction, Option<String>),
) -> Result<Departure, SealError> {
    let [state, nonce, verifier] = std::array::from_fn(|_| random(site.entropy.as_ref()));
    let (demand, hinted) = resume::wish(site, interaction);
    // A sign-in older than the tenant's sessions may be would open a session that is over.
    let oldest = match site.settings.policy.session.absolute {
        Limit::Off => None,
        Limit::At(limit) => Some(limit),
    };
    let max_age = if demand.fresh { Some(Duration::ZERO) } else { demand.max_age.into_iter().chain(oldest).min() };
    let wish = Wish {
        fresh: demand.fresh,
        choose_account: demand.choose_account,
        max_age,
        login_hint: hint.or(hinted).filter(|hint| hint.chars().count() <= 320),
    };
    let pending = Pending {
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        interaction: interaction.clone(),
        started_at: site.now(),
    };
    let plain = serde_json::to_vec(&pending).map_err(|_unwritable| SealError::Failed)?;
    let sealed = site.store.sealer().seal_text(&context(browser, provider, &state), &plain, site.entropy.as_ref())?;
    Ok(Departure { state, nonce, verifier, wish, sealed })
}

/// What this browser set out with, if the answer is in time and from where it went.
pub fn pending(site: &Site, browser: &Browser, provider: &IdpId, (state, sealed): (&str, &str)) -> Option<Pending> {
    let plain = site.store.sealer().open_text(&context(browser, provider, state), sealed).ok()?;
    let pending: Pending = serde_json::from_slice(&plain).ok()?;
    (site.now() < pending.started_at + LIFETIME).then_some(pending)
}

/// One browser, one provider, one request.
fn context(browser: &Browser, provider: &IdpId, state: &str) -> String {
    let hex: String = browser.binding.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("federation:{hex}:{provider}:{state}")
}

fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the secret of a provider is sealed for: this row and no other.
pub fn seal_context(id: &IdpId) -> String {
    format!("identity_providers.sealed_secret:{id}")
}

/// What proves us to the provider.
pub fn secret(site: &Site, stored: &StoredProvider) -> Result<SecretString, SealError> {
    let sealed = stored.sealed_secret.as_deref().ok_or(SealError::Rejected)?;
    let plain = site.store.sealer().open(&seal_context(&stored.provider.id), sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_not_text| SealError::Rejected)?;
    Ok(SecretString::from(text))
}

/// An answer with its tokens, unjudged.
#[derive(Clone, Debug)]
pub struct Told {
    pub issuer: String,
    pub id_token: String,
    pub access_token: String,
}

/// Whether a person may be believed in, by the provider's published keys.
pub fn believe(
    site: &Site,
    provider: &IdentityProvider,
    pending: &Pending,
    (told, jwks): (&Told, &str),
) -> Result<Person, Unfit> {
    let (demand, _) = resume::wish(site, &pending.interaction);
    let began = pending.interaction.started_at;
    let oldest = match site.settings.policy.session.absolute {
        Limit::Off => None,
        Limit::At(limit) => Some(limit),
    };
    let max = demand.max_age.into_iter().chain(oldest).min();
    let age = Age {
        asked: demand.fresh || demand.max_age.is_some(),
        since: demand.fresh.then_some(began),
        max: max.map(|max| (max, began)),
    };
    let expected = Expected {
        provider,
        issuer: &told.issuer,
        nonce: &pending.nonce,
        access_token: Some(&told.access_token),
        age,
        now: site.now(),
    };
    judge(jwks, &told.id_token, &expected)
}

/// The page for a person whose token does not pass.
pub fn code_of(unfit: &Unfit) -> ErrorCode {
    match unfit {
        Unfit::NotAdmitted => ErrorCode::FederationNotAdmitted,
        Unfit::TooOld => ErrorCode::FederationTooOld,
        Unfit::Signature(_)
        | Unfit::Type
        | Unfit::Issuer
        | Unfit::Audience
        | Unfit::Time
        | Unfit::Nonce
        | Unfit::AccessToken
        | Unfit::Subject => ErrorCode::FederationUntrusted,
    }
}

/// Remembers that somebody was not let in, spends the request, and counts it against where it came from. That an upstream
/// is down is nobody's failure: whoever signs in with a password from the same network is not held back by it.
pub fn refuse(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, Option<&str>),
    refused: &Refused,
) -> Result<(), StoreError> {
    let now = site.now();
    let event = refusal(now, browser, provider, refused);
    let state = state.map(TokenHash::of);
    site.store.write(move |tx| -> Result<(), StoreError> {
        if let Some(state) = state {
            store::federated_identities::spend(tx, &state, now + LIFETIME)?;
        }
        store::audit::append(tx, &event)
    })?;
    if refused.code == ErrorCode::FederationUnavailable {
        return Ok(());
    }
    signin::count_against_source(site, browser, &format!("federation:{provider}"))
}

fn refusal(now: Time, browser: &Browser, provider: &IdpId, refused: &Refused) -> Event {
    Event::new(now, EventKind::FederationRefused, Outcome::Failure, Actor::Nobody, &browser.origin)
        .detail("provider", provider)
        .detail("code", refused.code.code())
        .detail("reason", &refused.reason)
}

/// Somebody who is believed in: one transaction spends the request, finds or makes the account and opens the session.
pub fn arrive(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, &str),
    (person, interaction): (&Person, &Interaction),
) -> Result<Turn, StoreError> {
    let wanted = resume::wanted(site, interaction);
    let mut left = TRIES;
    let turn = loop {
        left = left.saturating_sub(1);
        let coming = Coming::prepare(site, browser, (provider, state), person, wanted);
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

/// What the transaction needs, owned.
struct Coming {
    now: Time,
    policy: Policy,
    provider: IdpId,
    state: TokenHash,
    person: Person,
    fresh_id: UserId,
    browser: Browser,
    arrival: Arrival,
    opening: Opening,
}

impl Coming {
    fn prepare(
        site: &Site,
        browser: &Browser,
        (provider, state): (&IdpId, &str),
        person: &Person,
        wanted: Level,
    ) -> Self {
        let now = site.now();
        Self {
            now,
            policy: site.settings.policy.clone(),
            provider: provider.clone(),
            state: TokenHash::of(state),
            person: person.clone(),
            fresh_id: UserId::from_uuid(site.new_id(now)),
            browser: browser.clone(),
            arrival: Arrival::prepare(site, browser, now),
            opening: Opening::prepare(site, browser, wanted, now),
        }
    }

    fn run(self, tx: &mut Tx<'_>) -> Result<Turn, StoreError> {
        if !store::federated_identities::spend(tx, &self.state, self.now + LIFETIME)? {
            return self.refuse(tx, None, (ErrorCode::FederationState, "replayed"));
        }
        // Switched off since: nobody comes through.
        let stored = store::identity_providers::find(tx, &self.provider)?;
        let Some(provider) = stored.map(|stored| stored.provider).filter(|provider| provider.enabled) else {
            return self.refuse(tx, None, (ErrorCode::FederationClosed, "switched_off"));
        };
        let Person { issuer, subject, .. } = self.person.clone();
        let key = Key { provider: self.provider.clone(), issuer, subject };
        let user = match account::meet(tx, &provider, (&key, &self.person), (self.fresh_id, self.now, &self.browser))? {
            Met::Known(user) => user,
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
        let proofs = self.proofs(tx, &user, rules.second_factor.remember_device)?;
        store::audit::append(tx, &self.accepted(&user))?;
        if let Some(sign_in) = self.opening.park(tx, &user, &rules, (&proofs, auth_time))? {
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
        }
        store::audit::append(tx, &event)?;
        Ok(Turn::Refused(refused))
    }
}
