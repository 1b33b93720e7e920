//! What a person is called by one application: pairwise, so that two applications cannot tell that they know the same
//! person (SAML Core §8.3.7, OpenID Connect Core §8.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::entropy::Entropy;
use crate::domain::ids::UserId;
use crate::store::{self, StoreError};

use super::Site;

/// The lasting name for this audience: random, made at the first need. Of somebody who is not kept (IN-10) it is derived,
/// so that it is the same the next time; the key is what keeps applications from comparing.
pub fn persistent(site: &Site, user: UserId, audience: &str) -> Result<String, StoreError> {
    if let Some(name) = site.store.read(|tx| store::name_ids::find(tx, user, audience))? {
        return Ok(name);
    }
    let fresh = if user.is_transient() { derived(site, user, audience) } else { random(site.entropy.as_ref()) };
    let (now, audience) = (site.now(), audience.to_owned());
    site.store.write(move |tx| store::name_ids::keep(tx, user, &audience, &fresh, now))
}

/// The same where nobody is given one: what this audience calls the person, if it does.
pub fn known(site: &Site, user: UserId, audience: &str) -> Result<Option<String>, StoreError> {
    let kept = site.store.read(|tx| store::name_ids::find(tx, user, audience))?;
    Ok(kept.or_else(|| user.is_transient().then(|| derived(site, user, audience))))
}

/// A name for this once.
pub fn transient(site: &Site) -> String {
    random(site.entropy.as_ref())
}

fn derived(site: &Site, user: UserId, audience: &str) -> String {
    let mut data = user.as_uuid().as_bytes().to_vec();
    data.extend_from_slice(audience.as_bytes());
    format!("_{}", URL_SAFE_NO_PAD.encode(site.store.mac().tag("pairwise-name", &data)))
}

/// 256 bits; the underscore lets it stand as an XML name too.
fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    format!("_{}", URL_SAFE_NO_PAD.encode(bytes))
}
