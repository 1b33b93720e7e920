//! ID tokens that come back as hints (`id_token_hint`): ours by signature, whatever their age.

use crate::protocol::oidc::hint::{self, IdTokenHint};

use super::Site;

/// OpenID Connect Core §3.1.2.1: the issuer is ours, the signature is ours; that it has expired does not matter.
pub fn read(site: &Site, token: &str) -> Option<IdTokenHint> {
    let claims = site.keys.verify_id_token(token).ok()?;
    hint::read(&claims, &site.base).ok()
}
