//! Signing in with an upstream identity provider (IN-8): what is remembered on the way there, and what is made of the
//! person who comes back. A federated identity is (provider, issuer, subject). Nobody is found or linked by an e-mail
//! address or a user name: whoever is unknown gets a new account, or proves the one they have, or is refused.

mod account;
mod arrive;
pub mod discovery;
pub mod farewell;
pub mod link;
mod oidc;
pub mod saml;
pub mod session;
mod transient;
pub mod trial;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::crypto::entropy::Entropy;
use crate::crypto::seal::SealError;
use crate::domain::Time;
use crate::domain::assurance::Level;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::demand::Demand;
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Age;
use crate::domain::ids::{IdpId, SignInId, UserId};
use crate::domain::policy::{Limit, Requirement};
use crate::domain::secret::TokenHash;
use crate::store::{self, StoreError};

use super::Site;
use super::browser::Browser;
use super::interaction::Interaction;
use super::session::Welcome;
use super::{resume, signin};
pub use arrive::{arrive, create, spend};
pub use discovery::Home;
pub use link::Offer;
pub use oidc::{Told, assertion, believe, code_of, seal_context, secret};

/// How long somebody may take at the upstream.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What is asked of the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub fresh: bool,
    /// For the second time: the answer has to tell when the person signed in.
    pub anew: bool,
    pub choose_account: bool,
    pub max_age: Option<Duration>,
    pub login_hint: Option<String>,
    pub acr_values: Vec<String>,
    /// How many others it may ask in its place.
    pub proxies: Option<u32>,
}

/// What somebody is sent to an upstream for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    #[default]
    SignIn,
    /// Somebody who is signed in here gives the account another way in.
    Link { user: UserId },
    /// An administrator tries the connection: nobody is signed in by it.
    Trial { user: UserId },
}

/// Somebody on the way to an upstream.
pub struct Departure {
    pub state: String,
    /// What the answer has to repeat: OpenID Connect's `nonce`, SAML's `InResponseTo`.
    pub nonce: String,
    /// RFC 7636, where the upstream speaks OpenID Connect.
    pub verifier: String,
    pub wish: Wish,
    /// For the browser to keep until the answer comes.
    pub sealed: String,
}

/// What the answer is held against. Sealed to the browser, so that strangers can fill neither memory nor disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    pub nonce: String,
    pub verifier: String,
    pub interaction: Interaction,
    #[serde(default)]
    pub purpose: Purpose,
    /// Sent a second time, to prove anew: the sign-in that was there is too old.
    #[serde(default)]
    pub anew: bool,
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
    /// Not known here, and to be asked whether there is an account: with whoever waits.
    Unknown(Option<Box<Interaction>>),
    Refused(Refused),
}

pub fn depart(
    site: &Site,
    browser: &Browser,
    provider: &IdpId,
    asked: (&Interaction, Option<String>, Purpose),
) -> Result<Departure, SealError> {
    set_off(site, browser, provider, asked, false)
}

/// Once more, since the sign-in there is too old: this time the person is to prove anew.
pub fn depart_anew(
    site: &Site,
    browser: &Browser,
    provider: &IdpId,
    asked: (&Interaction, Option<String>, Purpose),
) -> Result<Departure, SealError> {
    set_off(site, browser, provider, asked, true)
}

fn set_off(
    site: &Site,
    browser: &Browser,
    provider: &IdpId,
    (interaction, hint, purpose): (&Interaction, Option<String>, Purpose),
    anew: bool,
) -> Result<Departure, SealError> {
    let [state, nonce, verifier] = std::array::from_fn(|_| random(site.entropy.as_ref()));
    let (demand, hinted) = resume::wish(site, interaction);
    let max_age = if demand.fresh { Some(Duration::ZERO) } else { oldest(site, &demand) };
    let two_factors = resume::wanted(site, interaction) >= Level::Mfa
        || site.settings.policy.second_factor.required == Requirement::Everyone;
    let known = site.upstreams.iter().find(|stored| stored.provider.id == *provider);
    let wish = Wish {
        acr_values: known.map(|stored| stored.provider.acr_values(two_factors).to_vec()).unwrap_or_default(),
        fresh: demand.fresh || anew,
        anew,
        // Whoever links is to see which account it will be.
        choose_account: demand.choose_account || matches!(purpose, Purpose::Link { .. }),
        max_age,
        proxies: demand.proxies.map(|times| times.saturating_sub(1)),
        login_hint: hint.or(hinted).filter(|hint| hint.chars().count() <= 320),
    };
    let pending = Pending {
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        interaction: interaction.clone(),
        purpose,
        anew,
        started_at: site.now(),
    };
    let plain = serde_json::to_vec(&pending).map_err(|_unwritable| SealError::Failed)?;
    let sealed = site.store.sealer().seal_text(&context(browser, provider, &state), &plain, site.entropy.as_ref())?;
    Ok(Departure { state, nonce, verifier, wish, sealed })
}

/// A sign-in older than the tenant's sessions may be would open a session that is over.
fn oldest(site: &Site, demand: &Demand) -> Option<Duration> {
    let limit = match site.settings.policy.session.absolute {
        Limit::Off => None,
        Limit::At(limit) => Some(limit),
    };
    demand.max_age.into_iter().chain(limit).min()
}

/// How old the sign-in at the upstream may be, for whoever set out with this.
fn age(site: &Site, pending: &Pending) -> Age {
    let (demand, _) = resume::wish(site, &pending.interaction);
    let began = pending.interaction.started_at;
    Age {
        asked: demand.fresh || demand.max_age.is_some(),
        since: demand.fresh.then_some(began),
        max: oldest(site, &demand).map(|max| (max, began)),
    }
}

/// What this browser set out with, if the answer is in time and from where it went.
pub fn pending(site: &Site, browser: &Browser, provider: &IdpId, (state, sealed): (&str, &str)) -> Option<Pending> {
    let plain = site.store.sealer().open_text(&context(browser, provider, state), sealed).ok()?;
    let pending: Pending = serde_json::from_slice(&plain).ok()?;
    (site.now() < pending.started_at + LIFETIME).then_some(pending)
}

/// One browser, one provider, one request.
fn context(browser: &Browser, provider: &IdpId, state: &str) -> String {
    format!("federation:{}:{provider}:{state}", browser.binding.hex())
}

fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Remembers that somebody was not let in, spends the request, and counts it against where it came from. That an upstream
/// is down is nobody's failure: whoever signs in with a password from the same network is not held back by it. Nor is
/// what has no `state`, since this browser did not set out for it: any page of another site can have it sent.
pub fn refuse(
    site: &Site,
    browser: &Browser,
    (provider, state): (&IdpId, Option<&str>),
    refused: &Refused,
) -> Result<(), StoreError> {
    let now = site.now();
    let event = refusal(now, browser, provider, refused);
    let Some(state) = state.map(TokenHash::of) else {
        if site.noise.is_heard(site.id) {
            return site.store.write(move |tx| store::audit::append(tx, &event));
        }
        tracing::info!(%provider, reason = refused.reason, "an answer that nobody waited for was refused");
        return Ok(());
    };
    site.store.write(move |tx| -> Result<(), StoreError> {
        store::federated_identities::spend(tx, &state, now + LIFETIME)?;
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
