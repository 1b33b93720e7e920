//! What a browser brings: cookies, address, and the proof that a form came from our own page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::Time;
use crate::domain::assurance::Proof;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::ids::UserId;
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

/// The same for whoever changes what is this person's own: read in the transaction that changes it, and standing until
/// it ends. Whoever was signed out a moment ago, or closed, changes nothing.
pub fn still_signed_in(
    tx: &mut Tx<'_>,
    policy: &Policy,
    browser: &Browser,
    (user, now): (UserId, Time),
) -> Result<Option<SignedIn>, StoreError> {
    let Some(token) = &browser.session else { return Ok(None) };
    if store::users::hold(tx, user)?.is_none() {
        return Ok(None);
    }
    store::sessions::hold(tx, &token.hash())?;
    Ok(signed_in(tx, policy, browser, now)?.filter(|known| known.user.id == user))
}

/// A token for a form of this browser (synchronizer token): a keyed tag over the browser's binding.
pub fn form_token(site: &Site, browser: &Browser, form: &str) -> String {
    URL_SAFE_NO_PAD.encode(site.store.mac().tag(&format!("form:{form}"), browser.binding.as_bytes()))
}

pub fn form_token_matches(site: &Site, browser: &Browser, form: &str, token: &str) -> bool {
    let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else { return false };
    site.store.mac().verify(&format!("form:{form}"), browser.binding.as_bytes(), &tag)
}

/// A form of somebody who is signed in came without its token, or from another site. The answer waits for nothing.
pub fn form_refused(site: &Site, browser: &Browser, known: &SignedIn, (form, reason): (&str, &'static str)) {
    let (kind, actor) = (EventKind::FormRefused, Actor::User(known.user.id));
    let event = Event::new(site.now(), kind, Outcome::Failure, actor, &browser.origin)
        .user(known.user.id)
        .username(known.user.username.as_str())
        .session(known.session.id)
        .detail("form", form)
        .detail("reason", reason);
    site.store.enqueue(move |tx| store::audit::append(tx, &event));
}

#[cfg(test)]
mod tests {
    use totp_rs::{Algorithm, Builder, Secret};

    use super::*;
    use crate::domain::secret::Password;
    use crate::domain::user::EmailAddress;
    use crate::flow::enrolment::{self, Change, Confirmation, Enrolment};
    use crate::flow::password;
    use crate::flow::recovery::tests::Bench;
    use crate::flow::recovery::{self, start_address_change};

    fn confirmation(bench: &Bench, browser: &Browser, known: &SignedIn) -> Confirmation {
        let setup = enrolment::begin(&bench.site, browser, &known.user).unwrap();
        let secret = Secret::try_from_base32(&setup.secret).unwrap();
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(secret)
            .build()
            .unwrap();
        let now = u64::try_from(bench.site.now().timestamp()).unwrap();
        Confirmation { sealed: setup.sealed, code: totp.generate(now).to_string(), label: String::new() }
    }

    /// A request has been let in; the session ends; then what it asks for takes effect, or not.
    #[test]
    fn whoever_was_signed_out_a_moment_ago_changes_nothing() {
        let bench = Bench::new();
        let (browser, known) = bench.signed_in();
        let form = confirmation(&bench, &browser, &known);
        let added = enrolment::add(&bench.site, &browser, &known, &form).unwrap();
        assert!(matches!(added, Enrolment::Done { welcome: Some(_), .. }), "while the session stands: {added:?}");

        let (browser, known) = bench.signed_in();
        let form = confirmation(&bench, &browser, &known);
        let (user, session, now) = (known.user.id, known.session.id, bench.site.now());
        let app = bench.site.store.read(|tx| store::totp::list(tx, user)).unwrap().remove(0).id;
        bench.site.store.write(move |tx| store::sessions::end(tx, session, now)).unwrap();
        let before = bench.site.store.read(|tx| store::sessions::list_for_user(tx, user)).unwrap();
        let site = &bench.site;
        assert!(matches!(enrolment::add(site, &browser, &known, &form).unwrap(), Enrolment::Gone));
        assert_eq!(enrolment::rename(site, &browser, &known, app, "mine").unwrap(), Change::Gone);
        assert_eq!(enrolment::remove(site, &browser, &known, app).unwrap(), Change::Gone);
        let made_at = site.store.read(|tx| store::recovery_codes::made_at(tx, user)).unwrap();
        assert!(made_at.is_some() && enrolment::renew_codes(site, &browser, &known, made_at).unwrap().is_none());
        let address = EmailAddress::parse("mallory@acme.example").unwrap();
        let asked = start_address_change(site, &browser, &known, &address).unwrap();
        assert_eq!(asked, recovery::Confirmation::Shut);
        let typed = |text: &str| Password::parse(text.to_owned()).unwrap();
        let (current, new) = (typed("sild og løg på rugbrød"), typed("en hel anden adgangskode"));
        let change = password::Change { current, new, end_others: true };
        assert_eq!(password::change(site, &browser, &known, &change).unwrap(), password::Turn::Gone);

        assert_eq!(site.store.read(|tx| store::totp::list(tx, user)).unwrap().len(), 1);
        let after = site.store.read(|tx| store::sessions::list_for_user(tx, user)).unwrap();
        assert_eq!(after, before, "nor does a session come to life");
    }
}
