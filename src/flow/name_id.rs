//! What a person is called by one application: pairwise, so that two applications cannot tell that they know the same
//! person (SAML Core §8.3.7, OpenID Connect Core §8.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::entropy::Entropy;
use crate::domain::ids::UserId;
use crate::store::{self, StoreError};

use super::Site;

/// The lasting name for this audience: random, made at the first need.
pub fn persistent(site: &Site, user: UserId, audience: &str) -> Result<String, StoreError> {
    if let Some(name) = site.store.read(|tx| store::name_ids::find(tx, user, audience))? {
        return Ok(name);
    }
    let (fresh, now, audience) = (random(site.entropy.as_ref()), site.now(), audience.to_owned());
    site.store.write(move |tx| store::name_ids::keep(tx, user, &audience, &fresh, now))
}

/// A name for this once.
pub fn transient(site: &Site) -> String {
    random(site.entropy.as_ref())
}

/// 256 bits; the underscore lets it stand as an XML name too.
fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    format!("_{}", URL_SAFE_NO_PAD.encode(bytes))
}
