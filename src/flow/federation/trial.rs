//! An administrator signs in at a provider to see what comes back. Nobody is signed in here by it, and nothing is made or
//! changed; what came is shown once and kept nowhere.

use crate::crypto::jose::unverified_claims;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::federation::Person;
use crate::domain::identity_provider::{IdentityProvider, OidcUpstream};
use crate::domain::ids::{IdpId, UserId};
use crate::domain::secret::TokenHash;
use crate::domain::trial::{Becoming, Check, Fate, Finding, Step, told, until, works};
use crate::domain::user::{Role, User, Username};
use crate::protocol::oidc::upstream::Refusal as Unfit;
use crate::store::federated_identities::Key;
use crate::store::{self, StoreError, Tx};

use super::super::Site;
use super::super::browser::Browser;
use super::oidc::{Told, believe};
use super::{LIFETIME, Pending, account};

/// The checks of a token, in the order in which they are made.
const TOKEN: [Check; 11] = [
    Check::Signature,
    Check::Type,
    Check::TokenIssuer,
    Check::Audience,
    Check::Times,
    Check::Nonce,
    Check::AccessToken,
    Check::Subject,
    Check::Admitted,
    Check::Age,
    Check::UserInfo,
];

/// What a token is worth, check by check, and what it says. `steps`: what went before.
pub fn examine(
    site: &Site,
    (provider, oidc): (&IdentityProvider, &OidcUpstream),
    pending: &Pending,
    (told_by_it, jwks, steps): (&Told, &str, Vec<Step>),
) -> Result<Finding, StoreError> {
    let believed = believe(site, (provider, oidc), pending, (told_by_it, jwks));
    let claims = unverified_claims(&told_by_it.id_token).unwrap_or_default();
    let mut finding = Finding { steps, claims: told(&claims), become_what: None };
    match believed {
        Err(unfit) => finding.steps.extend(until(&TOKEN, Some(&(check_of(&unfit), unfit.to_string())))),
        Ok(person) => {
            finding.steps.extend(until(&TOKEN, None));
            foresee(site, provider, (&person, &mut finding))?;
        }
    }
    Ok(finding)
}

fn check_of(unfit: &Unfit) -> Check {
    match unfit {
        Unfit::Signature(_) => Check::Signature,
        Unfit::Type => Check::Type,
        Unfit::Issuer => Check::TokenIssuer,
        Unfit::Audience => Check::Audience,
        Unfit::Time => Check::Times,
        Unfit::Nonce => Check::Nonce,
        Unfit::AccessToken => Check::AccessToken,
        Unfit::Subject => Check::Subject,
        Unfit::NotAdmitted => Check::Admitted,
        Unfit::TooOld => Check::Age,
        Unfit::UserInfo => Check::UserInfo,
    }
}

/// What somebody who came like this would be here.
pub fn foresee(
    site: &Site,
    provider: &IdentityProvider,
    (person, finding): (&Person, &mut Finding),
) -> Result<(), StoreError> {
    let broker = site.settings.broker;
    let fate = site.store.read(|tx| fate(tx, provider, (person, broker)))?;
    let lets_in = matches!(fate, Fate::Known(_) | Fate::New(_) | Fate::MayLink | Fate::PassedOn);
    finding.steps.push(Step::held(Check::Account, lets_in, ""));
    let roles: Vec<String> = person.roles.iter().flatten().map(Role::to_string).collect();
    finding.become_what = Some(Becoming {
        fate,
        roles,
        groups: person.groups.iter().flatten().cloned().collect(),
        roles_unknown: person.roles.is_none(),
        second_factor: person.mfa,
    });
    Ok(())
}

fn fate(tx: &mut Tx<'_>, provider: &IdentityProvider, (person, broker): (&Person, bool)) -> Result<Fate, StoreError> {
    let Person { issuer, subject, .. } = person.clone();
    let key = Key { provider: provider.id.clone(), issuer, subject };
    if let Some(identity) = store::federated_identities::find(tx, &key)? {
        let user = store::users::find(tx, identity.user)?;
        let name = user.as_ref().map(|user| user.username.to_string()).unwrap_or_default();
        let open = user.as_ref().is_some_and(User::is_active);
        return Ok(if open { Fate::Known(name) } else { Fate::Closed(name) });
    }
    if broker {
        return Ok(Fate::PassedOn);
    }
    if !provider.create_users {
        return Ok(if provider.link_users { Fate::MayLink } else { Fate::Nobody });
    }
    let Some(username) = account::name_for(person) else { return Ok(Fate::Nobody) };
    let taken = account::is_taken(tx, &username)?;
    let name = Username::to_string(&username);
    Ok(match (taken, provider.link_users) {
        (false, _) => Fate::New(name),
        (true, true) => Fate::MayLink,
        (true, false) => Fate::Taken(name),
    })
}

/// Spends the request and notes that the connection was tried, and whether it worked. `false`: it was spent before.
pub fn conclude(
    site: &Site,
    browser: &Browser,
    (provider, state, user): (&IdpId, &str, UserId),
    steps: &[Step],
) -> Result<bool, StoreError> {
    let now = site.now();
    let outcome = if works(steps) { Outcome::Success } else { Outcome::Failure };
    let mut event = Event::new(now, EventKind::IdentityProviderTried, outcome, Actor::User(user), &browser.origin)
        .detail("provider", provider);
    let failed = steps.iter().find(|step| step.verdict == crate::domain::trial::Verdict::Failed);
    if let Some(step) = failed {
        event = event.detail("failed", step.check.name());
    }
    let state = TokenHash::of(state);
    site.store.write(move |tx| -> Result<bool, StoreError> {
        let first = store::federated_identities::spend(tx, &state, now + LIFETIME)?;
        if first {
            store::audit::append(tx, &event)?;
        }
        Ok(first)
    })
}
