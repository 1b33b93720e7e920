//! People are created and changed by their administrators. Nobody chooses a password for another (ASVS 6.4.6).

use crate::crypto::entropy;
use crate::domain::authority::{Act as What, Authority};
use crate::domain::ids::UserId;
use crate::domain::mail::{Message, masked};
use crate::domain::record::{Fault, Field, Record};
use crate::domain::user::{Role, User};
use crate::flow::recovery::{Links, invite_in};
use crate::flow::{Site, mail};
use crate::store::{self, StoreError, Tx};

use super::super::users::{add, blank, save};
use super::{Act, Done, Hold, Refusal, admit, admit_to_tenant};

/// What became of a form.
#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    Yes(UserId),
    No(Vec<(Field, Fault)>),
}

/// Whether somebody new is told at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    Invitation,
    Later,
}

/// A new person, without a password: an invitation lets them choose one.
pub fn create(site: &Site, act: &Act, (record, welcome): (Record, Welcome)) -> Done<Saved> {
    let (act, links, broker) = (act.clone(), Links::of(site), site.settings.broker);
    site.store.write(move |tx| {
        if let Err(refusal) = admit_to_tenant(tx, &act, What::CreatePerson)? {
            return Ok(Err(refusal));
        }
        if is_taken(tx, &record, None)? {
            return Ok(Ok(taken()));
        }
        let id = UserId::from_uuid(entropy::uuid(act.now, act.entropy.as_ref()));
        let mut user = blank(id, record.username.clone(), act.now);
        record.write(&mut user);
        if broker && !user.roles.iter().any(Role::is_administrative) {
            return Ok(Err(Refusal::NotAllowed));
        }
        add(tx, &act, &user)?;
        if welcome == Welcome::Invitation && user.email.is_some() {
            invite_in(tx, &links, &act.sender(), &user, act.now)?;
        }
        Ok(Ok(Saved::Yes(user.id)))
    })
}

/// Fields of the form alone; roles only as far as whoever acts may give and take them.
pub fn edit(site: &Site, act: &Act, target: UserId, record: Record) -> Done<Saved> {
    let (act, broker) = (act.clone(), site.settings.broker);
    site.store.write(move |tx| {
        let held = match admit(tx, &act, target, (What::EditPerson, Hold::Administrators))? {
            Ok(held) => held,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut after = held.user.clone();
        record.write(&mut after);
        if broker && !after.roles.iter().any(Role::is_administrative) {
            return Ok(Err(Refusal::NotAllowed));
        }
        if held.leaves_none(Some(&after)) {
            return Ok(Err(Refusal::LastAdministrator));
        }
        if is_taken(tx, &record, Some(target))? {
            return Ok(Ok(taken()));
        }
        if Authority::of(&held.user.roles) != Authority::of(&after.roles) {
            // Browsers were let off for somebody with other powers.
            store::devices::distrust_all(tx, target)?;
        }
        tell_of_address(tx, &act, &held.user, &after)?;
        save(tx, &act, &held.user, &mut after)?;
        Ok(Ok(Saved::Yes(target)))
    })
}

fn taken() -> Saved {
    Saved::No(vec![(Field::Username, Fault::Taken)])
}

fn is_taken(tx: &mut Tx<'_>, record: &Record, own: Option<UserId>) -> Result<bool, StoreError> {
    let found = store::users::find_by_username_key(tx, &record.username.key())?;
    Ok(found.is_some_and(|user| Some(user.id) != own))
}

/// Both addresses hear of it: whoever had the old one may be the first to notice (IN-7).
fn tell_of_address(tx: &mut Tx<'_>, act: &Act, before: &User, after: &User) -> Result<(), StoreError> {
    if before.email == after.email {
        return Ok(());
    }
    let told = after.email.as_ref().map(masked).unwrap_or_default();
    for address in before.email.iter().chain(&after.email) {
        mail::queue_to(tx, after, address, Message::AddressChanged { masked: told.clone() }, act.now)?;
    }
    Ok(())
}
