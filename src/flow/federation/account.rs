//! The account of somebody who comes from an upstream: found by the identity, or made; brought up to date each time.

use std::collections::BTreeSet;

use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Outcome};
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::IdentityProvider;
use crate::domain::ids::UserId;
use crate::domain::user::{EmailAddress, Profile, Role, User, UserStatus, Username};
use crate::store::federated_identities::{Identity, Key};
use crate::store::{self, StoreError, Tx};

use super::super::browser::Browser;
use super::transient;

/// What becomes of somebody who is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newcomer {
    /// As the provider is set up.
    AsConfigured,
    /// They were asked, and want an account.
    WantsAccount,
}

pub(super) enum Met {
    Known(Box<User>),
    /// To be asked whether there is an account.
    Unknown,
    Refused(Option<UserId>, ErrorCode, &'static str),
}

/// Whose account it would be, if there is none.
#[derive(Clone, Copy)]
pub(super) enum NewId {
    Minted(UserId),
    /// The tenant keeps nobody (IN-10).
    Derived(UserId),
}

/// Whose identity this is. `fresh`: what a new account would need.
pub(super) fn meet(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    (key, person, newcomer): (&Key, &Person, Newcomer),
    (id, now, browser): (NewId, Time, &Browser),
) -> Result<Met, StoreError> {
    let Some(identity) = store::federated_identities::find(tx, key)? else {
        return match id {
            NewId::Minted(_) if provider.link_users && newcomer == Newcomer::AsConfigured => Ok(Met::Unknown),
            NewId::Minted(id) => create(tx, provider, (key, person), (id, now, browser)),
            NewId::Derived(id) => transient::stay(tx, person, (id, now)),
        };
    };
    let user = store::users::find_to_change(tx, identity.user)?.filter(User::is_active);
    let Some(before) = user else {
        return Ok(Met::Refused(Some(identity.user), ErrorCode::FederationAccountClosed, "disabled"));
    };
    let mut after = before.clone();
    refresh(tx, &mut after, person, identity.created_at > before.created_at)?;
    let (roles, groups) = given(person);
    // What it gave before or could give is its to take away. Unknown counts as not given.
    after.roles = exchanged(&before.roles, (&identity.roles, &provider.grantable()), &roles);
    after.groups = exchanged(&before.groups, (&identity.groups, &provider.grantable_groups()), &groups);
    save(tx, provider, (&before, &mut after), (now, browser))?;
    store::federated_identities::used(tx, key, (&roles, &groups), now)?;
    Ok(Met::Known(Box::new(after)))
}

/// The identity becomes one of this account, which gets what comes with it. `None`: it is somebody else's by now.
pub(super) fn adopt(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    (key, person): (&Key, &Person),
    before: &User,
    (now, browser): (Time, &Browser),
) -> Result<Option<User>, StoreError> {
    let (roles, groups) = given(person);
    let identity = Identity {
        key: key.clone(),
        user: before.id,
        roles: roles.clone(),
        groups: groups.clone(),
        created_at: now,
        used_at: now,
    };
    if store::federated_identities::claim(tx, &identity)? != before.id {
        return Ok(None);
    }
    let mut after = before.clone();
    refresh(tx, &mut after, person, true)?;
    after.roles.extend(roles);
    after.groups.extend(groups);
    save(tx, provider, (before, &mut after), (now, browser))?;
    Ok(Some(after))
}

fn save(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    (before, after): (&User, &mut User),
    (now, browser): (Time, &Browser),
) -> Result<(), StoreError> {
    if after == before {
        return Ok(());
    }
    after.updated_at = now;
    store::users::update(tx, after)?;
    let event = event(EventKind::UserChanged, after, provider, (now, browser));
    let event = event.detail("changed", changed(before, after).join(", "));
    store::audit::append(tx, &with_belongings(event, after))
}

fn create(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    (key, person): (&Key, &Person),
    (id, now, browser): (UserId, Time, &Browser),
) -> Result<Met, StoreError> {
    if !provider.create_users {
        return Ok(Met::Refused(None, ErrorCode::FederationNoAccount, "unknown"));
    }
    let Some(username) = name_for(person) else {
        return Ok(Met::Refused(None, ErrorCode::FederationUntrusted, "no_name"));
    };
    if is_taken(tx, &username)? {
        // By the same person, who was faster through another window: found the next time round.
        if store::federated_identities::find(tx, key)?.is_some() {
            return Err(StoreError::Conflict("the identity"));
        }
        return Ok(Met::Refused(None, ErrorCode::FederationNameTaken, "name_taken"));
    }
    let (roles, groups) = given(person);
    let mut user = User {
        id,
        username,
        email: None,
        email_verified: false,
        locale: None,
        profile: Profile::default(),
        roles: roles.clone(),
        groups: groups.clone(),
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
    };
    refresh(tx, &mut user, person, false)?;
    store::users::insert(tx, &user)?;
    let identity = Identity { key: key.clone(), user: id, roles, groups, created_at: now, used_at: now };
    if store::federated_identities::claim(tx, &identity)? != id {
        // Somebody was faster, under another name: undone, and found the next time round.
        return Err(StoreError::Conflict("the identity"));
    }
    let created = event(EventKind::UserCreated, &user, provider, (now, browser));
    store::audit::append(tx, &with_belongings(created, &user))?;
    Ok(Met::Known(Box::new(user)))
}

/// What a new account of theirs would be called.
pub(super) fn name_for(person: &Person) -> Option<Username> {
    let names = [person.username.as_deref(), person.email.as_deref(), Some(person.subject.as_str())];
    names.into_iter().flatten().find_map(|name| Username::parse(name).ok())
}

pub(super) fn given(person: &Person) -> (BTreeSet<Role>, BTreeSet<String>) {
    (person.roles.clone().unwrap_or_default(), person.groups.clone().unwrap_or_default())
}

/// Without what the provider gave or could give, with what it gives now.
fn exchanged<T: Ord + Clone>(
    has: &BTreeSet<T>,
    (gave, could): (&BTreeSet<T>, &BTreeSet<T>),
    gives: &BTreeSet<T>,
) -> BTreeSet<T> {
    has.iter().filter(|one| !gave.contains(one) && !could.contains(one)).chain(gives).cloned().collect()
}

/// Whether anybody could be found by this name at the sign-in: by user name or by address. Nobody's name is taken over.
pub(super) fn is_taken(tx: &mut Tx<'_>, username: &Username) -> Result<bool, StoreError> {
    let key = username.key();
    Ok(store::users::find_by_username_key(tx, &key)?.is_some()
        || !store::users::find_by_email_key(tx, &key)?.is_empty())
}

/// What the upstream says of the person; what it does not say stays as it is. `linked`: the account was here before, and an
/// address that was proven here does not give way to one that is merely said.
pub(super) fn refresh(tx: &mut Tx<'_>, user: &mut User, person: &Person, linked: bool) -> Result<(), StoreError> {
    for (told, field) in [
        (&person.name, &mut user.profile.name),
        (&person.given_name, &mut user.profile.given_name),
        (&person.family_name, &mut user.profile.family_name),
    ] {
        if told.is_some() {
            field.clone_from(told);
        }
    }
    let Some(email) = person.email.as_deref().and_then(|email| EmailAddress::parse(email).ok()) else { return Ok(()) };
    if user.email.as_ref().is_some_and(|known| known.key() == email.key()) {
        user.email_verified |= person.email_verified;
    } else if !(linked && user.email_verified && !person.email_verified) && is_free(tx, user.id, &email)? {
        user.email = Some(email);
        user.email_verified = person.email_verified;
    }
    Ok(())
}

/// An address by which somebody else is found stays theirs.
fn is_free(tx: &mut Tx<'_>, user: UserId, email: &EmailAddress) -> Result<bool, StoreError> {
    let key = email.key();
    let others = store::users::find_by_email_key(tx, &key)?.into_iter().any(|other| other.id != user);
    let named = store::users::find_by_username_key(tx, &key)?.is_some_and(|other| other.id != user);
    Ok(!others && !named)
}

/// The names of the fields, in the words of the declarative file.
fn changed(before: &User, after: &User) -> Vec<&'static str> {
    let fields = [
        (before.email != after.email, "email"),
        (before.email_verified != after.email_verified, "email_verified"),
        (before.profile.family_name != after.profile.family_name, "family_name"),
        (before.profile.given_name != after.profile.given_name, "given_name"),
        (before.groups != after.groups, "groups"),
        (before.profile.name != after.profile.name, "name"),
        (before.roles != after.roles, "roles"),
    ];
    fields.into_iter().filter(|(differs, _)| *differs).map(|(_, name)| name).collect()
}

/// By Portner itself, on the provider's word.
fn event(kind: EventKind, user: &User, provider: &IdentityProvider, (now, browser): (Time, &Browser)) -> Event {
    Event::new(now, kind, Outcome::Success, Actor::System, &browser.origin)
        .user(user.id)
        .username(user.username.as_str())
        .detail("provider", &provider.id)
}

pub(super) fn with_belongings(event: Event, user: &User) -> Event {
    let event = event.detail("roles", user.roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", "));
    if user.groups.is_empty() {
        return event;
    }
    event.detail("groups", user.groups.iter().cloned().collect::<Vec<_>>().join(", "))
}
