//! A sign-in that may turn out to owe more is parked as a row, and a session that is too weak goes on from one.

use crate::domain::Time;
use crate::domain::assurance::{Level, Owed, Proof};
use crate::domain::attempt::Factor;
use crate::domain::federation::Provenance;
use crate::domain::ids::SignInId;
use crate::domain::policy::Effective;
use crate::domain::secret::TokenHash;
use crate::domain::user::User;
use crate::store::sign_ins::SignIn;
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::super::browser::{Browser, SignedIn};
use super::mailing::Mailing;
use super::{LIFETIME, Rest, rest};

/// A sign-in that may turn out to owe more: what its row needs, minted before the transaction.
pub struct Opening {
    upstream: Option<Provenance>,
    id: SignInId,
    binding: TokenHash,
    wanted: Level,
    now: Time,
    mailing: Mailing,
}

impl Opening {
    pub fn prepare(site: &Site, browser: &Browser, wanted: Level, now: Time) -> Self {
        let id = SignInId::from_uuid(site.new_id(now));
        let mailing = Mailing::prepare(site, browser, id, now);
        Self { upstream: None, id, binding: browser.binding, wanted, now, mailing }
    }

    /// It goes on from this sign-in at an upstream.
    #[must_use]
    pub fn resting_on(self, upstream: Option<Provenance>) -> Self {
        Self { upstream, ..self }
    }

    /// Parks the sign-in if anything is owed. Where a mailed code is the first choice it is on its way.
    pub fn park(
        self,
        tx: &mut Tx<'_>,
        user: &User,
        rules: &Effective,
        (proofs, auth_time): (&[Proof], Time),
    ) -> Result<Option<SignInId>, StoreError> {
        let owed = match rest(tx, user, rules, (proofs, self.wanted), self.now)? {
            Rest::Nothing => return Ok(None),
            Rest::NewPassword(_) => Owed::Nothing,
            Rest::Owed(owed) => owed,
        };
        let sign_in =
            SignIn { id: self.id, user: user.id, proofs: proofs.to_vec(), auth_time, upstream: self.upstream };
        store::sign_ins::insert(tx, &sign_in, &self.binding, self.now + LIFETIME)?;
        match owed {
            Owed::Factor(choices) if choices.first() == Some(&Factor::EmailCode) => {
                self.mailing.send(tx, user)?;
            }
            Owed::Enrolment { policy: true } => store::enrolments::asked(tx, user.id, self.now)?,
            Owed::Nothing | Owed::Factor(_) | Owed::Enrolment { policy: false } | Owed::Unreachable => {}
        }
        Ok(Some(self.id))
    }
}

/// The session is good but for what is owed: the person goes on from there. `None`: nothing is owed any more.
pub fn step_up(
    site: &Site,
    browser: &Browser,
    known: &SignedIn,
    wanted: Level,
) -> Result<Option<SignInId>, StoreError> {
    let opening = Opening::prepare(site, browser, wanted, site.now());
    let rules = site.settings.policy.for_roles(&known.user.roles);
    let (user, session) = (known.user.clone(), known.session.clone());
    site.store.write(move |tx| opening.park(tx, &user, &rules, (&session.proofs, session.auth_time)))
}
