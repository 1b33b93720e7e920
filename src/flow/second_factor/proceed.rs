//! The sign-in goes on without a code: the second factor is put off, or another password is chosen.

use crate::domain::assurance::{Level, Owed, Proof};
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::mail::Message;
use crate::domain::password_rules::Rule;
use crate::domain::secret::Password;
use crate::domain::user::User;
use crate::store::{self, StoreError};

use super::super::browser::Browser;
use super::super::interaction::Interaction;
use super::super::session::{Arrival, Grounds, Welcome};
use super::super::{Site, mail, password};
use super::{Finished, Rest, Turn, finish, grace, owed_by, pending, pending_held, rest};

/// Policy gives days of grace: the person goes on without a second factor for now.
pub fn postpone(site: &Site, browser: &Browser, interaction: &Interaction, wanted: Level) -> Result<Turn, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Turn::Gone) };
    let now = site.now();
    let arrival = Arrival::prepare(site, browser, now);
    let (policy, browser) = (site.settings.policy.clone(), browser.clone());
    site.store.write(move |tx| {
        let Some((sign_in, user)) = pending_held(tx, id, &browser.binding, now)? else { return Ok(Turn::Gone) };
        let rules = policy.for_roles(&user.roles);
        let in_grace = grace(tx, &user, &rules, now)?.is_some();
        let owed = owed_by(tx, &user, &rules, (&sign_in.proofs, wanted), now)?;
        if !in_grace || owed != (Owed::Enrolment { policy: true }) {
            return Ok(Turn::Unfinished);
        }
        let mut proofs = sign_in.proofs;
        proofs.push(Proof::Postponed);
        let event =
            Event::new(now, EventKind::EnrolmentPostponed, Outcome::Success, Actor::User(user.id), &browser.origin);
        store::audit::append(tx, &event.user(user.id).username(user.username.as_str()))?;
        if rest(tx, &user, &rules, (&proofs, wanted), now)? != Rest::Nothing {
            store::sign_ins::set_proofs(tx, id, &proofs)?;
            return Ok(Turn::Unfinished);
        }
        finish(tx, arrival, (id, &browser.binding), Finished { user: &user, proofs, trust: None, now })
    })
}

/// What came of choosing another password in the middle of a sign-in.
#[derive(Debug)]
pub enum Renewal {
    SignedIn(Welcome),
    Unmet(Vec<Rule>),
    Busy,
    Gone,
}

/// The last step where policy or an administrator asks for another password. Everything else is proven by then.
pub fn renew_password(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    new: &Password,
    wanted: Level,
) -> Result<Renewal, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(Renewal::Gone) };
    let now = site.now();
    let binding = browser.binding;
    let asked = site.store.read(|tx| {
        let Some((sign_in, user)) = pending(tx, id, &binding, now)? else { return Ok::<_, StoreError>(None) };
        let rules = site.settings.policy.for_roles(&user.roles);
        match rest(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
            Rest::NewPassword(reason) => Ok(Some((user, reason))),
            Rest::Nothing | Rest::Owed(_) => Ok(None),
        }
    })?;
    let Some((user, reason)) = asked else { return Ok(Renewal::Gone) };
    let chosen = match password::choose(site, &user, new, Some(reason))? {
        password::Choice::Taken(chosen) => chosen,
        password::Choice::Unmet(unmet) => return Ok(Renewal::Unmet(unmet)),
        password::Choice::Busy => return Ok(Renewal::Busy),
    };
    let arrival = Arrival::prepare(site, browser, now);
    let by = password::By { actor: Actor::User(user.id), origin: browser.origin.clone(), way: "forced" };
    site.store.write(move |tx| {
        // Whoever takes the sign-in away sets the password and is in.
        let user = store::users::hold(tx, user.id)?.filter(User::is_active);
        let taken = store::sign_ins::take(tx, id, &binding, now)?;
        let (Some(user), Some(taken)) = (user, taken) else { return Ok(Renewal::Gone) };
        password::set(tx, &user, &chosen, &by, now)?;
        mail::queue(tx, &user, Message::PasswordChanged, now)?;
        let grounds = Grounds { user: &user, proofs: &taken.proofs, auth_time: taken.auth_time, trust: None };
        arrival.resting_on(taken.upstream.clone()).open(tx, &grounds).map(Renewal::SignedIn)
    })
}
