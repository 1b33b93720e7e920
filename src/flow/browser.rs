//! What a browser brings: cookies, address, and the proof that a form came from our own page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::Time;
use crate::domain::assurance::Proof;
use crate::domain::audit::Origin;
use crate::domain::policy::Policy;
use crate::domain::secret::{PlainToken, TokenHash};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{self, StoreError, Tx};

use super::Site;

/// A browser as one tenant sees it.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Hash of the cookie that binds forms and interactions to this browser.
    pub binding: TokenHash,
    pub session: Option<PlainToken>,
    pub device: Option<PlainToken>,
    pub origin: Origin,
}

/// A live session and its person, read now.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Session,
    pub user: User,
}

/// The session of this browser, if it still stands and its person may still sign in.
pub fn signed_in(
    tx: &mut Tx<'_>,
    policy: &Policy,
    browser: &Browser,
    now: Time,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(token) = &browser.session else { return Ok(None) };
    let Some(session) = store::sessions::find(tx, &token.hash())? else { return Ok(None) };
    // The tenant's limits first: most that is not live needs no look at the person.
    if !session.is_live(&policy.session, now) {
        return Ok(None);
    }
    let user = store::users::find(tx, session.user)?.filter(User::is_active);
    // IN-12: an administrator's session does not travel to where administrators may not be.
    let user = user.filter(|user| policy.networks.admits_roles(&user.roles, browser.origin.address));
    // Whoever is to come from an identity provider is not signed in by a password of before.
    let here = !session.proofs.contains(&Proof::Upstream);
    let user = user.filter(|user| !here || policy.sign_in.admits_roles(&user.roles));
    let live = user.filter(|user| session.is_live(&policy.for_roles(&user.roles).session, now));
    Ok(live.map(|user| SignedIn { session, user }))
}

/// A token for a form of this browser (synchronizer token): a keyed tag over the browser's binding.
pub fn form_token(site: &Site, browser: &Browser, form: &str) -> String {
    URL_SAFE_NO_PAD.encode(site.store.mac().tag(&format!("form:{form}"), browser.binding.as_bytes()))
}

pub fn form_token_matches(site: &Site, browser: &Browser, form: &str, token: &str) -> bool {
    let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else { return false };
    site.store.mac().verify(&format!("form:{form}"), browser.binding.as_bytes(), &tag)
}
