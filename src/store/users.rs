//! People.

mod search;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

pub use self::search::{Order, Place, Search, search};

use super::column::{Row, json, micros};
use super::dialect::{self, MultiBackend};
use super::engine::statement::{Statement, Value};
use super::schema::users;
use super::{StoreError, Tx, links};
use crate::domain::Time;
use crate::domain::attempt::Factor;
use crate::domain::ids::UserId;
use crate::domain::language::Language;
use crate::domain::user::{EmailAddress, User, UserStatus, fold};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct UserRow {
    id: String,
    username: String,
    username_key: String,
    email: Option<String>,
    email_key: Option<String>,
    email_verified: bool,
    locale: Option<String>,
    profile: String,
    role_names: String,
    group_names: String,
    status: String,
    created_at: i64,
    updated_at: i64,
    name_key: String,
    search_key: String,
}

/// What a statement written by hand selects for a [`UserRow`], in its order.
pub(super) type UserColumns = diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<UserRow, MultiBackend>>;

macro_rules! select_users {
    ($($rest:literal),+) => {
        concat!(
            "SELECT id, username, username_key, email, email_key, email_verified, locale, profile, role_names, ",
            "group_names, status, created_at, updated_at, name_key, search_key FROM users ",
            $($rest),+
        )
    };
}
use select_users;

impl UserRow {
    fn of(user: &User) -> Result<Self, StoreError> {
        Ok(Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            username_key: user.username.key(),
            email: user.email.as_ref().map(EmailAddress::to_string),
            email_key: user.email.as_ref().map(EmailAddress::key),
            email_verified: user.email_verified,
            locale: user.locale.map(|language| language.tag().to_owned()),
            profile: json(&user.profile)?,
            role_names: json(&user.roles)?,
            group_names: json(&user.groups)?,
            status: status_name(user.status).to_owned(),
            created_at: micros(user.created_at),
            updated_at: micros(user.updated_at),
            name_key: name_key(user),
            search_key: search_key(user),
        })
    }

    pub(super) fn into_user(self) -> Result<User, StoreError> {
        let row = Row { table: "users", id: &self.id };
        let locale = self.locale.map(|tag| row.some("locale", Language::parse(&tag))).transpose()?;
        Ok(User {
            id: row.parse("id", &self.id)?,
            username: row.text("username", self.username)?,
            email: self.email.map(|email| row.text("email", email)).transpose()?,
            email_verified: self.email_verified,
            locale,
            profile: row.json("profile", &self.profile)?,
            roles: row.json("role_names", &self.role_names)?,
            groups: row.json("group_names", &self.group_names)?,
            status: match self.status.as_str() {
                "active" => UserStatus::Active,
                "disabled" => UserStatus::Disabled,
                "self_locked" => UserStatus::SelfLocked,
                _ => return Err(row.corrupt("status")),
            },
            created_at: row.time("created_at", self.created_at)?,
            updated_at: row.time("updated_at", self.updated_at)?,
        })
    }
}

/// By which people are sorted.
fn name_key(user: &User) -> String {
    fold(&user.display_name())
}

/// All that a person is looked up by.
fn search_key(user: &User) -> String {
    let email = user.email.as_ref().map(EmailAddress::key).unwrap_or_default();
    format!("{} {} {email}", user.username.key(), name_key(user))
}

fn status_name(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
        UserStatus::SelfLocked => "self_locked",
    }
}

pub fn insert(tx: &mut Tx<'_>, user: &User) -> Result<(), StoreError> {
    let row = UserRow::of(user)?;
    let insert = diesel::insert_into(users::table).values(&row);
    insert.execute(tx.connection).map_err(StoreError::taken("the user name"))?;
    Ok(())
}

pub fn update(tx: &mut Tx<'_>, user: &User) -> Result<(), StoreError> {
    let row = UserRow::of(user)?;
    let changed = diesel::update(users::table.find(&row.id)).set(&row).execute(tx.connection);
    match changed.map_err(StoreError::taken("the user name"))? {
        0 => Err(StoreError::Missing("user")),
        _ => links::end_for_change(tx, user),
    }
}

pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    let text = select_users!("WHERE id = ?");
    let id = id.to_string();
    let statement = Statement::new(text, [Value::Text(&id)]).returning::<UserColumns>();
    let found: Option<UserRow> = statement.get_result(tx.connection).optional()?;
    found.map(UserRow::into_user).transpose()
}

/// To change it: nobody else changes it before this transaction ends.
pub fn find_to_change(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    let lock = dialect::lock_rows(tx.connection);
    find_locked(tx, id, lock)
}

/// To rely on it: before this transaction ends nobody changes this person, or sets another password for them. Taken
/// before anything else that is theirs.
pub fn hold(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    let lock = dialect::hold_rows(tx.connection);
    find_locked(tx, id, lock)
}

fn find_locked(tx: &mut Tx<'_>, id: UserId, lock: &'static str) -> Result<Option<User>, StoreError> {
    let id = id.to_string();
    let locked = Statement::new("SELECT id FROM users WHERE id = ?", [Value::Text(&id)]).tail(lock).returning::<Text>();
    let found: Option<String> = locked.get_result(tx.connection).optional()?;
    match found {
        Some(id) => find(tx, Row { table: "users", id: &id }.parse("id", &id)?),
        None => Ok(None),
    }
}

pub fn find_by_username_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<User>, StoreError> {
    let query = users::table.filter(users::username_key.eq(key)).select(UserRow::as_select());
    query.get_result(tx.connection).optional()?.map(UserRow::into_user).transpose()
}

/// Two at most: an address that is not one person's alone identifies nobody.
pub fn find_by_email_key(tx: &mut Tx<'_>, key: &str) -> Result<Vec<User>, StoreError> {
    let query = users::table.filter(users::email_key.eq(key)).limit(2).select(UserRow::as_select());
    query.load(tx.connection)?.into_iter().map(UserRow::into_user).collect()
}

/// By user name key, from the one after `after`.
pub fn list(tx: &mut Tx<'_>, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
    let query = users::table
        .filter(users::username_key.gt(after.unwrap_or_default()))
        .order(users::username_key)
        .limit(limit.into())
        .select(UserRow::as_select());
    query.load(tx.connection)?.into_iter().map(UserRow::into_user).collect()
}

/// These two, ours until the transaction ends; an id that nobody has is passed over.
pub fn lock(tx: &mut Tx<'_>, one: UserId, other: UserId) -> Result<Vec<User>, StoreError> {
    let text = select_users!("WHERE id IN (?, ?) ORDER BY id");
    let (one, other) = (one.to_string(), other.to_string());
    locked(tx, Statement::new(text, [Value::Text(&one), Value::Text(&other)]))
}

/// These two and everybody with this role, disabled people too, ours until the transaction ends. Always in the same
/// order, so that two transactions never wait for each other.
pub fn lock_with_role(tx: &mut Tx<'_>, one: UserId, other: UserId, role: &str) -> Result<Vec<User>, StoreError> {
    let text = select_users!("WHERE id IN (?, ?) OR replace(role_names, ?, '') <> role_names ORDER BY id");
    let (one, other, role) = (one.to_string(), other.to_string(), json(role)?);
    locked(tx, Statement::new(text, [Value::Text(&one), Value::Text(&other), Value::Text(&role)]))
}

/// Everybody with this role, disabled people too.
pub fn with_role(tx: &mut Tx<'_>, role: &str) -> Result<Vec<User>, StoreError> {
    let text = select_users!("WHERE replace(role_names, ?, '') <> role_names ORDER BY id");
    let role = json(role)?;
    let rows: Vec<UserRow> =
        Statement::new(text, [Value::Text(&role)]).returning::<UserColumns>().load(tx.connection)?;
    rows.into_iter().map(UserRow::into_user).collect()
}

fn locked<const N: usize>(tx: &mut Tx<'_>, statement: Statement<'_, N>) -> Result<Vec<User>, StoreError> {
    let rows: Vec<UserRow> =
        statement.tail(dialect::lock_rows(tx.connection)).returning::<UserColumns>().load(tx.connection)?;
    rows.into_iter().map(UserRow::into_user).collect()
}

/// How many are locked out at this time, by too many failures of any kind.
pub fn count_locked(tx: &mut Tx<'_>, now: Time) -> Result<u64, StoreError> {
    let text = "SELECT count(DISTINCT subject) FROM attempt_counters WHERE subject >= 'account:' \
                AND subject < 'account;' AND (locked_until > ? OR total >= CASE factor WHEN ? THEN ? ELSE ? END)";
    count_by(tx, Statement::new(text, locks(now)))
}

/// Active people who have set up no second factor.
pub fn count_without_second_factor(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let text = "SELECT count(*) FROM users WHERE status = 'active' \
                AND NOT EXISTS (SELECT 1 FROM totp_credentials t WHERE t.user_id = users.id)";
    count_by(tx, Statement::new(text, []))
}

fn count_by<const N: usize>(tx: &mut Tx<'_>, statement: Statement<'_, N>) -> Result<u64, StoreError> {
    let count: i64 = statement.returning::<BigInt>().get_result(tx.connection)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// What tells a counter that locks: now, and the ceilings (`domain::attempt`).
fn locks(now: Time) -> [Value<'static>; 4] {
    [
        Value::Number(micros(now)),
        Value::Text(Factor::Password.name()),
        Value::Number(Factor::Password.ceiling().into()),
        Value::Number(Factor::Totp.ceiling().into()),
    ]
}

/// Whether there is anybody who is kept and has no part in the administration.
pub fn anybody_ordinary(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let text = "SELECT count(*) FROM users WHERE substr(id, 15, 1) <> '8' AND role_names NOT LIKE '%\"admin\"%' \
                AND role_names NOT LIKE '%\"helpdesk\"%' AND role_names NOT LIKE '%\"auditor\"%'";
    Ok(count_by(tx, Statement::new(text, []))? > 0)
}

pub fn count(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let count: i64 = users::table.count().get_result(tx.connection)?;
    Ok(u64::try_from(count).unwrap_or(0))
}
