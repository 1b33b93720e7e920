//! What a person has allowed an application to know.

use super::Time;
use super::ids::{ClientId, UserId};
use super::oauth::Scopes;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    pub user: UserId,
    pub client: ClientId,
    pub scopes: Scopes,
    /// Claims asked for one by one (`claims` parameter) that were allowed.
    pub claims: std::collections::BTreeSet<String>,
    pub given_at: Time,
}

impl Consent {
    /// Whether everything now asked for was allowed before.
    pub fn covers(&self, scopes: &Scopes, claims: &std::collections::BTreeSet<String>) -> bool {
        scopes.is_subset(&self.scopes) && claims.is_subset(&self.claims)
    }
}
