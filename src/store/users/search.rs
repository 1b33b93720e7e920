//! Finding people, a page at a time. The statements are fixed texts; whatever a person typed or a link carried is
//! bound as a value.

use diesel::RunQueryDsl;

use super::super::column::{json, micros};
use super::super::engine::statement::{Statement, Value};
use super::super::{StoreError, Tx};
use super::{UserColumns, UserRow, locks, name_key, select_users, status_name};
use crate::domain::Time;
use crate::domain::ids::UserId;
use crate::domain::user::{User, UserStatus, fold};

/// Words looked for one by one; the last takes what is left.
const WORDS: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Username,
    Name,
    /// The newest first.
    Newest,
}

/// Where a page ended: the next one begins behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Text(String, UserId),
    Time(Time, UserId),
}

impl Order {
    pub fn place(self, user: &User) -> Place {
        match self {
            Self::Username => Place::Text(user.username.key(), user.id),
            Self::Name => Place::Text(name_key(user), user.id),
            Self::Newest => Place::Time(user.created_at, user.id),
        }
    }
}

/// Who is looked for. Everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Parts of user name, name or address, in any order.
    pub text: String,
    pub status: Option<UserStatus>,
    pub role: Option<String>,
    /// Only who is locked out at this time.
    pub locked_at: Option<Time>,
    pub without_second_factor: bool,
    pub order: Order,
    pub after: Option<Place>,
    pub limit: u32,
}

macro_rules! statement {
    ($rest:literal) => {
        select_users!(
            "WHERE search_key LIKE ? ESCAPE '\\' AND search_key LIKE ? ESCAPE '\\' AND search_key LIKE ? ESCAPE '\\' \
             AND (? = '' OR status = ?) AND (? = '' OR replace(role_names, ?, '') <> role_names) \
             AND (? = 0 OR EXISTS (SELECT 1 FROM attempt_counters c WHERE c.subject = 'account:' || users.id \
                 AND (c.locked_until > ? OR c.total >= CASE c.factor WHEN ? THEN ? ELSE ? END))) \
             AND (? = 0 OR NOT EXISTS (SELECT 1 FROM totp_credentials t WHERE t.user_id = users.id)) ",
            $rest
        )
    };
}

const BY_USERNAME: &str = statement!("AND (username_key, id) > (?, ?) ORDER BY username_key, id LIMIT ?");
const BY_NAME: &str = statement!("AND (name_key, id) > (?, ?) ORDER BY name_key, id LIMIT ?");
const NEWEST: &str = statement!("AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?");

pub fn search(tx: &mut Tx<'_>, search: &Search) -> Result<Vec<User>, StoreError> {
    let patterns = patterns(&search.text);
    let [first, second, third] = [0, 1, 2].map(|at| patterns.get(at).map_or("%", String::as_str));
    let status = search.status.map(status_name).unwrap_or_default();
    let role = search.role.as_deref().map(json).transpose()?.unwrap_or_default();
    let [now, password, ceiling, code_ceiling] = locks(search.locked_at.unwrap_or_default());
    let (text, key, id) = place(search);
    let key = match &key {
        Key::Text(key) => Value::Text(key),
        Key::Number(number) => Value::Number(*number),
    };
    let values = [
        Value::Text(first),
        Value::Text(second),
        Value::Text(third),
        Value::Text(status),
        Value::Text(status),
        Value::Text(&role),
        Value::Text(&role),
        Value::Number(search.locked_at.is_some().into()),
        now,
        password,
        ceiling,
        code_ceiling,
        Value::Number(search.without_second_factor.into()),
        key,
        Value::Text(&id),
        Value::Number(search.limit.into()),
    ];
    let rows: Vec<UserRow> = Statement::new(text, values).returning::<UserColumns>().load(tx.connection)?;
    rows.into_iter().map(UserRow::into_user).collect()
}

enum Key {
    Text(String),
    Number(i64),
}

/// The statement, and what its page begins behind. A place of another order is none.
fn place(search: &Search) -> (&'static str, Key, String) {
    let text = match search.order {
        Order::Username => BY_USERNAME,
        Order::Name => BY_NAME,
        Order::Newest => NEWEST,
    };
    match (search.order, &search.after) {
        (Order::Username | Order::Name, Some(Place::Text(key, id))) => (text, Key::Text(key.clone()), id.to_string()),
        (Order::Username | Order::Name, _) => (text, Key::Text(String::new()), String::new()),
        (Order::Newest, Some(Place::Time(at, id))) => (text, Key::Number(micros(*at)), id.to_string()),
        (Order::Newest, _) => (text, Key::Number(i64::MAX), String::new()),
    }
}

/// A pattern for each word, in which nothing but our own `%` means more than itself.
fn patterns(text: &str) -> Vec<String> {
    let folded = fold(text).replace('\0', "");
    let words: Vec<&str> = folded.split_whitespace().collect();
    let (single, rest) = words.split_at(words.len().min(WORDS - 1));
    let rest = (!rest.is_empty()).then(|| rest.join(" "));
    single.iter().map(|word| (*word).to_owned()).chain(rest).map(|word| pattern(&word)).collect()
}

fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_means_itself() {
        assert_eq!(patterns("  Mette  ÅSE "), ["%mette%", "%åse%"]);
        assert_eq!(patterns("100%_\\"), ["%100\\%\\_\\\\%"]);
        assert_eq!(patterns("a b c d"), ["%a%", "%b%", "%c d%"]);
        assert_eq!(patterns(" "), Vec::<String>::new());
    }

    #[test]
    fn the_statements_have_a_place_for_every_value() {
        for text in [BY_USERNAME, BY_NAME, NEWEST] {
            assert_eq!(text.matches('?').count(), 16, "{text}");
        }
    }
}
