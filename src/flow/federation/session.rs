//! The sign-in at an upstream that a session rests on: kept for ending one with the other.

use crate::domain::federation::{Person, Provenance, UpstreamSession};
use crate::domain::ids::IdpId;

use super::super::Site;

/// A longer ID token is not given back: addresses have limits.
const LONGEST_HINT: usize = 4096;

/// What the ID token is sealed for.
fn context(provider: &IdpId) -> String {
    format!("upstream_sessions.sealed_hint:{provider}")
}

/// What is kept of somebody's sign-in there.
pub(super) fn provenance(site: &Site, provider: &IdpId, person: &Person) -> Option<Provenance> {
    let (name, index, format, qualifier, hint) = match person.session.clone()? {
        UpstreamSession::Oidc { subject, sid, id_token } => (subject, sid, None, None, Some(id_token)),
        UpstreamSession::Saml { name_id, format, qualifier, session_index } => {
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
    Some(Provenance { provider, issuer, name, index, format, qualifier, sealed_hint })
}

/// The ID token, for the provider that gave it.
pub fn hint(site: &Site, from: &Provenance) -> Option<String> {
    let plain = site.store.sealer().open_text(&context(&from.provider), from.sealed_hint.as_deref()?).ok()?;
    Some(std::str::from_utf8(&plain).ok()?.to_owned())
}
