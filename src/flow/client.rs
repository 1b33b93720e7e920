//! A client proves itself: at the token, introspection and revocation endpoints alike.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::crypto::jose::verify_client_assertion;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::ClientId;
use crate::protocol::oidc::client_assertion::{self, AssertionAudience};
use crate::protocol::oidc::client_auth::ClientCredential;
use crate::protocol::oidc::error::{Reason, TokenError};
use crate::store::{self, StoreError};

use super::Site;
use super::site::Registered;
use super::sources::Presented;

/// A refusal for the client, or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum ClientFault {
    #[error(transparent)]
    Refused(#[from] TokenError),
    #[error("too many failures from this source")]
    HeldBack { seconds: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a token could not be made: {0}")]
    Internal(String),
}

/// What is stored of a client secret: a tag under the tenant's key, bound to the client.
pub fn secret_tag(store: &store::Store, client: &ClientId, secret: &str) -> [u8; 32] {
    store.mac().tag("client-secret", &tagged(client, secret))
}

fn tagged(client: &ClientId, secret: &str) -> Vec<u8> {
    [client.as_str().as_bytes(), &[0], secret.as_bytes()].concat()
}

/// Who this is, proven; every failure looks the same from outside. `fetched_keys` are those of the client's
/// `jwks_uri`, if it has one.
pub fn authenticate(
    site: &Site,
    credential: &ClientCredential,
    fetched_keys: Option<&str>,
    origin: &Origin,
) -> Result<Arc<Registered>, ClientFault> {
    let presented = presented(site, credential);
    if is_a_guess(credential)
        && let Some(wait) = site.sources.client_held_back(site.id, origin.address, presented)
    {
        return Err(ClientFault::HeldBack { seconds: wait.as_secs().max(1) });
    }
    match proven(site, credential, fetched_keys) {
        Ok(registered) => Ok(registered),
        Err(ClientFault::Refused(error)) => {
            refused(site, (credential, presented), origin, &error)?;
            Err(error.into())
        }
        Err(fault) => Err(fault),
    }
}

/// Whether this proves the client without anything being written: no assertion to spend, no refusal to tell.
pub fn is_proof_alone(site: &Site, credential: &ClientCredential) -> bool {
    match credential {
        ClientCredential::PrivateKeyJwt { .. } => false,
        ClientCredential::None { .. } | ClientCredential::Basic { .. } | ClientCredential::Post { .. } => {
            proven(site, credential, None).is_ok()
        }
    }
}

/// Whether these keys are the ones to check it with. Otherwise newer ones may be.
pub fn is_signed_with(keys: &str, credential: &ClientCredential) -> bool {
    match credential {
        ClientCredential::PrivateKeyJwt { assertion, .. } => {
            verify_client_assertion(keys, assertion.expose_secret()).is_ok()
        }
        ClientCredential::None { .. } | ClientCredential::Basic { .. } | ClientCredential::Post { .. } => true,
    }
}

/// Who only names itself guesses nothing, and never waits.
fn is_a_guess(credential: &ClientCredential) -> bool {
    match credential {
        ClientCredential::None { .. } => false,
        ClientCredential::Basic { .. } | ClientCredential::Post { .. } | ClientCredential::PrivateKeyJwt { .. } => true,
    }
}

fn presented(site: &Site, credential: &ClientCredential) -> Presented {
    let client = credential.client();
    match site.client(client) {
        Some(_) => Presented::Client(told_apart(site, "source-client", client.as_str().as_bytes())),
        None => Presented::Nobody,
    }
}

fn told_apart(site: &Site, what: &str, text: &[u8]) -> u64 {
    let tag = site.store.mac().tag(what, text);
    tag.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn proven(
    site: &Site,
    credential: &ClientCredential,
    fetched_keys: Option<&str>,
) -> Result<Arc<Registered>, ClientFault> {
    let Some(registered) = site.client(credential.client()) else {
        return Err(TokenError::InvalidClient("unknown client").into());
    };
    credential.check_method(&registered.application.protocol)?;
    match credential {
        ClientCredential::None { .. } => {}
        ClientCredential::Basic { secret, verbatim, .. } => {
            let readings = std::iter::once(secret).chain(verbatim);
            check_secret(site, registered, credential, readings)?;
        }
        ClientCredential::Post { secret, .. } => {
            check_secret(site, registered, credential, std::iter::once(secret))?;
        }
        ClientCredential::PrivateKeyJwt { assertion, .. } => {
            let inline = registered.application.protocol.jwks.as_deref();
            let keys = inline.or(fetched_keys).ok_or(TokenError::InvalidClient("no key is registered"))?;
            spend_assertion(site, credential, keys, assertion.expose_secret())?;
        }
    }
    Ok(Arc::clone(registered))
}

/// Any reading of what was sent may be the secret; all are compared.
fn check_secret<'a>(
    site: &Site,
    registered: &Registered,
    credential: &ClientCredential,
    readings: impl Iterator<Item = &'a SecretString>,
) -> Result<(), TokenError> {
    let tag = registered.secret_mac.ok_or(TokenError::InvalidClient("no secret is registered"))?;
    let fits = |reading: &SecretString| {
        let presented = tagged(credential.client(), reading.expose_secret());
        site.store.mac().verify("client-secret", &presented, &tag)
    };
    let matches = readings.filter(|reading| fits(reading)).count();
    if matches > 0 { Ok(()) } else { Err(TokenError::InvalidClient("wrong secret")) }
}

/// RFC 7523 §3: signed by a registered key, says the right things, used once.
fn spend_assertion(site: &Site, credential: &ClientCredential, keys: &str, assertion: &str) -> Result<(), ClientFault> {
    let refused = |reason: Reason| ClientFault::Refused(TokenError::InvalidClient(reason));
    let verified = verify_client_assertion(keys, assertion).map_err(|cause| {
        tracing::info!(%cause, client = %credential.client(), "client assertion refused");
        refused("the assertion's signature does not hold")
    })?;
    let client = credential.client().clone();
    let checked = client_assertion::check(&verified.claims, verified.typ.as_deref(), &client, &site.base, site.now());
    let used = checked.map_err(|cause| {
        tracing::info!(%cause, client = %credential.client(), "client assertion refused");
        refused("the assertion does not say what it must")
    })?;
    if used.audience == AssertionAudience::LegacyTokenEndpoint {
        tracing::debug!(%client, "client assertion names the token endpoint as its audience, not the issuer");
    }
    let first = site.store.write(move |tx| store::assertions::spend(tx, &client, &used.jti, used.expires_at))?;
    if first { Ok(()) } else { Err(refused("the assertion was used before")) }
}

/// Counted against the source, once for each secret that is presented and for each other reason; then written down
/// where the client exists, so that strangers cannot fill the log, and an outdated secret in a loop neither.
fn refused(
    site: &Site,
    (credential, presented): (&ClientCredential, Presented),
    origin: &Origin,
    error: &TokenError,
) -> Result<(), StoreError> {
    let client = credential.client();
    let guess = match credential {
        ClientCredential::Basic { secret, .. } | ClientCredential::Post { secret, .. } => {
            tagged(client, secret.expose_secret())
        }
        ClientCredential::None { .. } | ClientCredential::PrivateKeyJwt { .. } => tagged(client, &error.to_string()),
    };
    let guess = told_apart(site, "source-guess", &guess);
    let new = site.sources.client_failed(site.id, origin.address, (presented, guess));
    if !new || presented == Presented::Nobody {
        return Ok(());
    }
    let event = Event::new(site.now(), EventKind::ClientRefused, Outcome::Failure, Actor::Nobody, origin)
        .application(client)
        .detail("reason", error);
    site.store.write(move |tx| store::audit::append(tx, &event))
}
