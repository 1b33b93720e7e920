//! People: created, changed, unlocked, shown.

use std::collections::BTreeSet;

use crate::crypto::entropy;
use crate::crypto::password::Checked;
use crate::domain::Time;
use crate::domain::audit::{EventKind, Origin};
use crate::domain::authority::StaffRole;
use crate::domain::grant::GrantEnd;
use crate::domain::ids::{Slug, UserId};
use crate::domain::password_rules::{Rule, Words, evaluate};
use crate::domain::secret::PasswordHash;
use crate::domain::tenant::TenantSettings;
use crate::domain::user::{Profile, Role, User, UserStatus, Username};
use crate::store::{self, Store, StoreError, Tx};

use super::super::Host;
use super::super::enrolment::Import;
use super::super::password::{Chosen, Rulebook};
use super::answer::{Action, Change, FieldChange, UserDetail, UserRow};
use super::apply::Act;
use super::declared::{PasswordPlan, UserPlan};
use super::{AdminError, NewUser, declared, difference, mail};

/// Fields whose values may stand in logs; the others are the person's own.
const OPEN_FIELDS: [&str; 3] = ["enabled", "groups", "roles"];

/// What is made ready outside the transaction.
pub(super) struct Prepared {
    password: PreparedPassword,
    totp: Option<Import>,
}

/// Hashing is slow.
enum PreparedPassword {
    Keep,
    /// With the rules that a person could not have chosen it by: the file is obeyed, and told.
    Set(Chosen, Vec<Rule>),
    /// An imported hash, with the tag that tells whether this very hash was imported before.
    Import(PasswordHash, [u8; 32]),
}

pub(super) fn prepare(
    host: &Host,
    store: &Store,
    plan: &UserPlan,
    settings: &TenantSettings,
) -> Result<Prepared, AdminError> {
    let import = |seed| Import::prepare(store.sealer(), seed, host.entropy.as_ref(), host.clock.now());
    let totp = plan.totp_secret.as_ref().map(import).transpose()?;
    let password = prepare_password(host, store, plan, settings)?;
    Ok(Prepared { password, totp })
}

/// Hashes what has to be hashed, by the rules of these settings. A password that already holds is left alone: rules take
/// effect at the next change. Inside: what is not met.
fn prepare_password(
    host: &Host,
    store: &Store,
    plan: &UserPlan,
    settings: &TenantSettings,
) -> Result<PreparedPassword, AdminError> {
    let key = plan.username.key();
    match &plan.password {
        PasswordPlan::Keep => Ok(PreparedPassword::Keep),
        PasswordPlan::Imported(hash) => {
            let data = [key.as_bytes(), &[0], hash.expose().as_bytes()].concat();
            Ok(PreparedPassword::Import(hash.clone(), store.mac().tag("imported-password", &data)))
        }
        PasswordPlan::Plain(password) => {
            let (user, stored) = store.read(|tx| -> Result<_, StoreError> {
                let Some(user) = store::users::find_by_username_key(tx, &key)? else { return Ok((None, None)) };
                let stored = store::passwords::find(tx, user.id)?;
                Ok((Some(user), stored))
            })?;
            if let Some(stored) = &stored {
                let checked = host.hasher.verify(password, Some(stored)).map_err(|_busy| AdminError::Busy)?;
                if matches!(checked, Checked::Right { .. }) {
                    return Ok(PreparedPassword::Keep);
                }
            }
            let now = host.clock.now();
            let mut user = user.unwrap_or_else(|| {
                let id = UserId::from_uuid(entropy::uuid(now, host.entropy.as_ref()));
                blank(id, plan.username.clone(), now)
            });
            plan.merge_into(&mut user);
            let rulebook = Rulebook {
                policy: &settings.policy,
                organisation: &settings.name,
                breached: &host.breached,
                hasher: &host.hasher,
                store,
                entropy: host.entropy.as_ref(),
            };
            let unmet = rulebook.preview(&user, password);
            let chosen = rulebook.obey(&user, password, now).map_err(|_busy| AdminError::Busy)?;
            Ok(PreparedPassword::Set(chosen, unmet))
        }
    }
}

impl Prepared {
    /// What the rules say of a password that is set all the same.
    pub(super) fn doubt(&self) -> Option<String> {
        match &self.password {
            PreparedPassword::Set(_, unmet) => told(unmet),
            PreparedPassword::Keep | PreparedPassword::Import(..) => None,
        }
    }
}

fn told(unmet: &[Rule]) -> Option<String> {
    let reasons: Vec<String> = unmet.iter().map(ToString::to_string).collect();
    (!reasons.is_empty()).then(|| format!("is set, but nobody could choose it: it {}", reasons.join("; it ")))
}

/// The same before there is a tenant.
pub(super) fn password_doubt(host: &Host, plan: &UserPlan, settings: &TenantSettings) -> Option<String> {
    let PasswordPlan::Plain(password) = &plan.password else { return None };
    let now = host.clock.now();
    let id = UserId::from_uuid(entropy::uuid(now, host.entropy.as_ref()));
    let mut user = blank(id, plan.username.clone(), now);
    plan.merge_into(&mut user);
    let rules = settings.policy.for_roles(&user.roles).password;
    let words = Words::of_organisation(&settings.name, &rules.own_words).and_person(&user);
    told(&evaluate(&rules, &words, &|password| host.breached.holds(password), password.expose()))
}

/// Roles that are probably misspelt: close to one that is built in, nobody's, and nothing asks for them. It is these
/// that decide over administration.
pub(super) fn role_doubts(
    store: Option<&Store>,
    settings: &TenantSettings,
    plan: &UserPlan,
    asked: &[&Role],
) -> Result<Vec<String>, StoreError> {
    let mut doubts = Vec::new();
    for role in plan.roles.iter().flatten() {
        let Some(meant) = StaffRole::nearly(role.as_str()) else { continue };
        let ruled = settings.policy.roles.iter().any(|rule| rule.role == *role);
        if !ruled && !asked.contains(&role) && !is_in_use(store, role)? {
            let (role, meant) = (role.as_str(), meant.name());
            doubts.push(format!("the role {role:?} is nobody's yet, and nothing asks for it; did you mean {meant:?}?"));
        }
    }
    Ok(doubts)
}

fn is_in_use(store: Option<&Store>, role: &Role) -> Result<bool, StoreError> {
    let Some(store) = store else { return Ok(false) };
    store.read(|tx| -> Result<_, StoreError> {
        let asked =
            |stored: &store::applications::StoredApplication| stored.application.require_role.as_ref() == Some(role);
        Ok(!store::users::with_role(tx, role.as_str())?.is_empty() || store::applications::list(tx)?.iter().any(asked))
    })
}

/// Brings one person to the planned state.
pub(super) fn put(tx: &mut Tx<'_>, act: &Act, plan: &UserPlan, prepared: &Prepared) -> Result<Change, StoreError> {
    match store::users::find_by_username_key(tx, &plan.username.key())? {
        None => insert(tx, act, plan, prepared),
        Some(user) => update(tx, act, plan, &user, prepared),
    }
}

fn insert(tx: &mut Tx<'_>, act: &Act, plan: &UserPlan, prepared: &Prepared) -> Result<Change, StoreError> {
    let id = UserId::from_uuid(entropy::uuid(act.now, act.entropy.as_ref()));
    let mut user = blank(id, plan.username.clone(), act.now);
    plan.merge_into(&mut user);
    add(tx, act, &user)?;
    set_password(tx, act, &user, &prepared.password)?;
    import_totp(tx, act, &user, prepared)?;
    Ok(act.change("user", user.username.as_str(), Action::Created, Vec::new()))
}

/// Somebody new, with nothing but a name.
pub(super) fn blank(id: UserId, username: Username, now: Time) -> User {
    User {
        id,
        username,
        email: None,
        email_verified: false,
        locale: None,
        profile: Profile::default(),
        roles: BTreeSet::new(),
        groups: BTreeSet::new(),
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
    }
}

fn update(
    tx: &mut Tx<'_>,
    act: &Act,
    plan: &UserPlan,
    before: &User,
    prepared: &Prepared,
) -> Result<Change, StoreError> {
    let mut after = before.clone();
    plan.merge_into(&mut after);
    let mut fields = save(tx, act, before, &mut after)?;
    if set_password(tx, act, &after, &prepared.password)? {
        fields.push(difference::secret("password"));
    }
    if import_totp(tx, act, &after, prepared)? {
        fields.push(difference::secret("totp_secret"));
    }
    let action = if fields.is_empty() { Action::Unchanged } else { Action::Changed };
    Ok(act.change("user", after.username.as_str(), action, fields))
}

pub(super) fn add(tx: &mut Tx<'_>, act: &Act, user: &User) -> Result<(), StoreError> {
    store::users::insert(tx, user)?;
    let roles: Vec<String> = user.roles.iter().map(ToString::to_string).collect();
    let event = act.event(EventKind::UserCreated).user(user.id).username(user.username.as_str());
    store::audit::append(tx, &event.detail("roles", roles.join(", ")))
}

/// The person as they are to be from now on; which fields that changes.
pub(super) fn save(
    tx: &mut Tx<'_>,
    act: &Act,
    before: &User,
    after: &mut User,
) -> Result<Vec<FieldChange>, StoreError> {
    let (open, own) = difference::apart(difference::between(before, after), &OPEN_FIELDS);
    if open.is_empty() && own.is_empty() {
        return Ok(Vec::new());
    }
    after.updated_at = act.now;
    store::users::update(tx, after)?;
    let mut fields = difference::without_values(own.clone());
    fields.extend(open);
    fields.sort_by(|one, other| one.field.cmp(&other.field));
    let kind = match (before.is_active(), after.is_active()) {
        (true, false) => EventKind::UserDisabled,
        (false, true) => EventKind::UserEnabled,
        (true, true) | (false, false) => EventKind::UserChanged,
    };
    let mut event = act.changed(kind, &fields).user(after.id).username(after.username.as_str());
    for (side, values) in [("before", difference::before(&own)), ("after", difference::after(&own))] {
        if let Some(values) = values {
            event = event.personal(side, &values);
        }
    }
    if kind != EventKind::UserChanged {
        let ended = end_everything(tx, after.id, GrantEnd::UserDisabled, act.now)?;
        event = event.detail("sessions_ended", ended);
    }
    store::audit::append(tx, &event)?;
    Ok(fields)
}

/// Nothing that was open for this person is open any more (AC-7, ASVS 7.4.2): sessions, grants with their codes and
/// tokens, sign-ins that are not finished, browsers that are let off. How many sessions there were.
///
/// Also when somebody may sign in again: what a transaction had begun before they were shut out and finished after
/// it must not come to life.
pub(super) fn end_everything(tx: &mut Tx<'_>, user: UserId, why: GrantEnd, now: Time) -> Result<usize, StoreError> {
    let sessions = store::sessions::end_for_user(tx, user, now)?;
    store::grants::end_for_user(tx, user, why, now)?;
    store::sign_ins::end_for_user(tx, user)?;
    store::devices::distrust_all(tx, user)?;
    Ok(sessions)
}

/// Whether anything was set. A hash that was imported before is not imported again: since then it may have been
/// upgraded at a sign-in, or the person has chosen another password.
fn set_password(tx: &mut Tx<'_>, act: &Act, user: &User, password: &PreparedPassword) -> Result<bool, StoreError> {
    match password {
        PreparedPassword::Keep => return Ok(false),
        PreparedPassword::Set(chosen, _told) => super::super::password::set(tx, user, chosen, &act.by("set"), act.now)?,
        PreparedPassword::Import(hash, tag) => {
            if store::passwords::imported(tx, user.id)? == Some(*tag) {
                return Ok(false);
            }
            store::passwords::import(tx, user.id, hash, tag, act.now)?;
            let event = act.event(EventKind::PasswordSet).user(user.id).username(user.username.as_str());
            store::audit::append(tx, &event.detail("way", "imported"))?;
        }
    }
    Ok(true)
}

/// Whether a secret was brought along that was not there before.
fn import_totp(tx: &mut Tx<'_>, act: &Act, user: &User, prepared: &Prepared) -> Result<bool, StoreError> {
    let Some(import) = &prepared.totp else { return Ok(false) };
    if !import.save(tx, user.id)? {
        return Ok(false);
    }
    let event = act.event(EventKind::FactorAdded).user(user.id).username(user.username.as_str());
    store::audit::append(tx, &event.detail("factor", "totp").detail("way", "imported"))?;
    Ok(true)
}

/// Creates one person; without a password they are invited to choose one.
pub fn create(host: &Host, slug: &Slug, new: NewUser, origin: &Origin) -> Result<UserDetail, AdminError> {
    let (tenant, store) = super::open(host, slug)?;
    let plan = declared::plan_user(new).map_err(AdminError::Invalid)?;
    let taken = || AdminError::Conflict(format!("there is a user {:?} already", plan.username.as_str()));
    let key = plan.username.key();
    if store.read(|tx| store::users::find_by_username_key(tx, &key))?.is_some() {
        return Err(taken());
    }
    let settings = store.read(store::settings::load)?;
    if settings.broker && !plan.administers() {
        let message = "the tenant is in broker mode: only administrators have accounts";
        return Err(AdminError::Conflict(message.to_owned()));
    }
    let prepared = prepare(host, &store, &plan, &settings)?;
    let mut warnings = role_doubts(Some(&store), &settings, &plan, &[])?;
    warnings.extend(prepared.doubt().map(|doubt| format!("the password {doubt}")));
    let act = Act::new(host, slug, origin);
    let name = plan.username.to_string();
    let (links, origin) = (mail::links_of(host, &tenant)?, origin.clone());
    store.write(move |tx| {
        insert(tx, &act, &plan, &prepared)?;
        mail::invite_new(tx, &links, &act, (&plan.username, &origin))
    })?;
    Ok(UserDetail { warnings, ..show(host, slug, &name)? })
}

/// A page of people by user name, after `after`.
pub fn list(host: &Host, slug: &Slug, after: Option<&str>, limit: u32) -> Result<Vec<UserRow>, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let after = after.map(crate::domain::user::fold);
    let users = store.read(|tx| store::users::list(tx, after.as_deref(), limit.clamp(1, 1000)))?;
    Ok(users.iter().map(row).collect())
}

pub fn show(host: &Host, slug: &Slug, name: &str) -> Result<UserDetail, AdminError> {
    let (_, store) = super::open(host, slug)?;
    let now = host.clock.now();
    let found = store.read(|tx| -> Result<_, StoreError> {
        let Some(user) = locate(tx, name)? else { return Ok(None) };
        let has_password = store::passwords::find(tx, user.id)?.is_some();
        let locked_until = store::attempts::locked_until(tx, user.id)?.filter(|until| *until > now);
        Ok(Some((user, has_password, locked_until)))
    })?;
    let (user, has_password, locked_until) = found.ok_or_else(|| AdminError::not_found("user", name))?;
    Ok(UserDetail {
        row: row(&user),
        email_verified: user.email_verified,
        locale: user.locale.map(|locale| locale.tag().to_owned()),
        groups: user.groups.into_iter().collect(),
        profile: user.profile,
        has_password,
        locked_until,
        created_at: user.created_at,
        updated_at: user.updated_at,
        warnings: Vec::new(),
    })
}

/// By user name or by id.
pub(super) fn locate(tx: &mut Tx<'_>, name: &str) -> Result<Option<User>, StoreError> {
    if let Some(user) = store::users::find_by_username_key(tx, &crate::domain::user::fold(name))? {
        return Ok(Some(user));
    }
    match name.parse::<UserId>() {
        Ok(id) => store::users::find(tx, id),
        Err(_not_an_id) => Ok(None),
    }
}

fn row(user: &User) -> UserRow {
    UserRow {
        username: user.username.to_string(),
        id: user.id.to_string(),
        email: user.email.as_ref().map(ToString::to_string),
        name: user.display_name(),
        roles: user.roles.iter().map(ToString::to_string).collect(),
        enabled: user.is_active(),
    }
}
