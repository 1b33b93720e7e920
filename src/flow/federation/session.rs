//! The sign-in at an upstream that a session rests on: kept for ending one with the other.

use crate::domain::federation::{Chain, Person, Provenance, UpstreamSession};
use crate::domain::ids::IdpId;
use crate::domain::session::Session;
use crate::store::upstream_sessions::Holder;
use crate::store::{self, StoreError};

use super::super::Site;

/// A longer ID token is not given back: addresses have limits.
const LONGEST_HINT: usize = 4096;

/// What the ID token is sealed for.
fn context(provider: &IdpId) -> String {
    format!("upstream_sessions.sealed_hint:{provider}")
}

/// What is kept of somebody's sign-in there.
pub(super) fn provenance(site: &Site, provider: &IdpId, person: &Person) -> Option<Provenance> {
    let session = person.session.clone()?;
    let (chain, until) = match &session {
        UpstreamSession::Oidc { .. } => (Chain::default(), None),
        UpstreamSession::Saml { chain, until, .. } => (chain.clone(), *until),
    };
    let (name, index, format, qualifier, hint) = match session {
        UpstreamSession::Oidc { subject, sid, id_token } => (subject, sid, None, None, Some(id_token)),
        UpstreamSession::Saml { name_id, format, qualifier, session_index, chain: _kept, until: _too } => {
            (name_id, session_index, format, qualifier, None)
        }
    };
    let seal = |token: String| match site.store.sealer().seal_text(
        &context(provider),
        token.as_bytes(),
        site.entropy.as_ref(),
    ) {
        Ok(sealed) => Some(sealed),
        Err(fault) => {
            tracing::error!(%provider, %fault, "an ID token could not be kept");
            None
        }
    };
    let sealed_hint = hint.filter(|token| token.len() <= LONGEST_HINT).and_then(seal);
    let (provider, issuer) = (provider.clone(), person.issuer.clone());
    Some(Provenance { provider, issuer, name, index, format, qualifier, sealed_hint, chain, until })
}

/// Those whose word a session rests on, as an assertion of ours tells it.
pub fn chain(site: &Site, session: &Session) -> Result<Chain, StoreError> {
    if !session.is_upstream() {
        return Ok(Chain::default());
    }
    let from = site.store.read(|tx| store::upstream_sessions::find(tx, Holder::Session(session.id)))?;
    Ok(from.map(Provenance::passed_on).unwrap_or_default())
}

/// The ID token, for the provider that gave it.
pub fn hint(site: &Site, from: &Provenance) -> Option<String> {
    let plain = site.store.sealer().open_text(&context(&from.provider), from.sealed_hint.as_deref()?).ok()?;
    Some(std::str::from_utf8(&plain).ok()?.to_owned())
}
