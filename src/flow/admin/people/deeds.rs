//! What one button does to one person, on pages and on the command line.

use crate::domain::audit::EventKind;
use crate::domain::authority::{Act as What, Deed};
use crate::domain::grant::GrantEnd;
use crate::domain::ids::UserId;
use crate::domain::mail::Message;
use crate::domain::user::{User, UserStatus};
use crate::flow::recovery::{Links, Sent, invite_in, send_reset_in};
use crate::flow::{enrolment, mail, password};
use crate::store::{self, Store, Tx};

use super::super::users::{end_everything, save};
use super::{Act, Done, Hold, Refusal, admit};

/// Does it, if whoever acts may do it to this person now.
pub fn perform(store: &Store, links: &Links, act: &Act, (target, deed): (UserId, Deed)) -> Done<()> {
    let (links, act) = (links.clone(), act.clone());
    store.write(move |tx| {
        let whom = if deed == Deed::Disable { Hold::Administrators } else { Hold::Both };
        let held = match admit(tx, &act, target, (What::Do(deed), whom))? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match deed {
            Deed::Unlock => unlock(tx, &act, &held.user),
            Deed::SignOut => sign_out(tx, &act, &held.user),
            Deed::ResetSecondFactor => {
                enrolment::reset(tx, &held.user, act.actor().clone(), &act.origin, act.now).map(|_had_one| Ok(()))
            }
            Deed::Disable => {
                let after = User { status: UserStatus::Disabled, ..held.user.clone() };
                if held.leaves_none(Some(&after)) {
                    return Ok(Err(Refusal::LastAdministrator));
                }
                set_status(tx, &act, &held.user, after)
            }
            Deed::Enable => {
                let after = User { status: UserStatus::Active, ..held.user.clone() };
                set_status(tx, &act, &held.user, after)
            }
            Deed::ForcePasswordChange => {
                password::ask_for_change(tx, &held.user, &act.by("asked"), act.now).map(|_had_one| Ok(()))
            }
            Deed::SendReset => send_reset_in(tx, &links, &act.sender(), &held.user, act.now).map(mailed),
            Deed::Invite => invite_in(tx, &links, &act.sender(), &held.user, act.now).map(mailed),
        }
    })
}

/// Whether there was somebody to write to.
fn mailed(sent: Sent) -> Result<(), Refusal> {
    match sent {
        Sent::Mailed => Ok(()),
        Sent::NoAddress => Err(Refusal::NoAddress),
        Sent::Closed => Err(Refusal::Closed),
        Sent::Elsewhere => Err(Refusal::Elsewhere),
        Sent::NoSuchUser => Err(Refusal::Unknown),
    }
}

/// Clears every counter of the account: the next attempt is evaluated again (IN-4).
fn unlock(tx: &mut Tx<'_>, act: &Act, user: &User) -> Done<()> {
    store::attempts::clear(tx, user.id)?;
    let mut user = user.clone();
    if user.undo_self_lock() {
        store::users::update(tx, &user)?;
    }
    let event = act.event(EventKind::UserUnlocked).user(user.id).username(user.username.as_str());
    store::audit::append(tx, &event)?;
    Ok(Ok(()))
}

/// Every browser and every application, those with access of their own too (ASVS 7.4.5).
fn sign_out(tx: &mut Tx<'_>, act: &Act, user: &User) -> Done<()> {
    let ended = end_everything(tx, user.id, GrantEnd::SignedOut, act.now)?;
    mail::queue(tx, user, Message::SignedOutEverywhere, act.now)?;
    let event = act.event(EventKind::UserSignedOut).user(user.id).username(user.username.as_str());
    store::audit::append(tx, &event.detail("sessions_ended", ended))?;
    Ok(Ok(()))
}

fn set_status(tx: &mut Tx<'_>, act: &Act, before: &User, mut after: User) -> Done<()> {
    if before.status == after.status {
        return Ok(Ok(()));
    }
    if !after.is_active() {
        mail::queue(tx, &after, Message::AccountDisabled, act.now)?;
    }
    save(tx, act, before, &mut after)?;
    Ok(Ok(()))
}
