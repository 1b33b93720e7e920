//! What an access token hangs from: asked for with each request that shows one, hence in one query.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::super::engine::statement::{Statement, Value};
use super::super::users::{UserColumns, UserRow};
use super::super::{StoreError, Tx};
use super::{GrantColumns, GrantRow};
use crate::domain::grant::Grant;
use crate::domain::ids::GrantId;
use crate::domain::user::User;

/// A grant, its person, and whether the token itself was revoked. What follows from it is the domain's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub grant: Grant,
    pub user: User,
    pub revoked: bool,
}

pub fn find_standing(tx: &mut Tx<'_>, grant: GrantId, jti: &str) -> Result<Option<Standing>, StoreError> {
    let text = "SELECT g.id, g.user_id, g.client_id, g.session_id, g.scopes, g.claims, g.claims_locales, g.nonce, \
                g.auth_time, g.amr, g.acr, g.created_at, g.expires_at, g.ended_at, \
                u.id, u.username, u.username_key, u.email, u.email_key, u.email_verified, u.locale, u.profile, \
                u.role_names, u.group_names, u.status, u.created_at, u.updated_at, u.name_key, \
                u.search_key, r.expires_at \
                FROM grants g JOIN users u ON u.id = g.user_id LEFT JOIN revoked_tokens r ON r.jti = ? WHERE g.id = ?";
    let grant = grant.to_string();
    let statement =
        Statement::new(text, [Value::Text(jti), Value::Text(&grant)])
            .returning::<(GrantColumns, UserColumns, Nullable<BigInt>)>();
    let found: Option<(GrantRow, UserRow, Option<i64>)> = statement.get_result(tx.connection).optional()?;
    let Some((grant, user, revoked)) = found else { return Ok(None) };
    Ok(Some(Standing { grant: grant.into_grant()?, user: user.into_user()?, revoked: revoked.is_some() }))
}
