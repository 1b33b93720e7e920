//! What a parked sign-in asks of the person now.

use std::time::Duration;

use crate::domain::Time;
use crate::domain::assurance::{Level, Owed};
use crate::domain::attempt::Factor;
use crate::domain::mail;
use crate::domain::policy::Effective;
use crate::domain::user::User;
use crate::store::StoreError;

use super::super::Site;
use super::super::browser::Browser;
use super::super::interaction::Interaction;
use super::super::password::Reason;
use super::{Rest, grace, pending, rest};

/// What the person is asked for.
#[derive(Debug)]
pub enum Asked {
    Factor(FactorAsked),
    /// An authenticator app is to be set up; until then it may be put off, if policy says so.
    Enrolment {
        later_until: Option<Time>,
    },
    /// Nothing that is allowed here will do.
    Unreachable,
    /// Another password is to be chosen before the sign-in is finished.
    NewPassword(Reason),
}

#[derive(Debug)]
pub struct FactorAsked {
    pub method: Factor,
    pub others: Vec<Factor>,
    /// Where a code was mailed to, in part.
    pub mailed_to: Option<String>,
    /// How long this browser may be let off, where policy allows it.
    pub remember: Option<Duration>,
}

/// What the parked sign-in of this interaction owes now; `None` = there is none that this browser could go on with.
pub fn asked(
    site: &Site,
    browser: &Browser,
    interaction: &Interaction,
    wanted: Level,
) -> Result<Option<(User, Asked)>, StoreError> {
    let Some(id) = interaction.sign_in else { return Ok(None) };
    let now = site.now();
    site.store.read(|tx| {
        let Some((sign_in, user)) = pending(tx, id, &browser.binding, now)? else { return Ok(None) };
        let rules = site.settings.policy.for_roles(&user.roles);
        let asked = match rest(tx, &user, &rules, (&sign_in.proofs, wanted), now)? {
            Rest::Nothing | Rest::Owed(Owed::Nothing) => return Ok(None),
            Rest::NewPassword(reason) => Asked::NewPassword(reason),
            Rest::Owed(Owed::Unreachable) => Asked::Unreachable,
            Rest::Owed(Owed::Enrolment { policy }) => {
                let later_until = if policy { grace(tx, &user, &rules, now)? } else { None };
                Asked::Enrolment { later_until }
            }
            Rest::Owed(Owed::Factor(choices)) => {
                Asked::Factor(factor_asked(&user, &rules, &choices, interaction.method))
            }
        };
        Ok(Some((user, asked)))
    })
}

fn factor_asked(user: &User, rules: &Effective, choices: &[Factor], chosen: Option<Factor>) -> FactorAsked {
    let chosen = chosen.filter(|factor| choices.contains(factor));
    let method = chosen.or(choices.first().copied()).unwrap_or(Factor::Totp);
    let mailed_to = user.email.as_ref().filter(|_| method == Factor::EmailCode).map(mail::masked);
    let remember = rules.second_factor.remember_device;
    FactorAsked {
        method,
        others: choices.iter().copied().filter(|factor| *factor != method).collect(),
        mailed_to,
        remember: (!remember.is_zero() && method != Factor::RecoveryCode).then_some(remember),
    }
}
