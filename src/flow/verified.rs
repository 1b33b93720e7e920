//! Access tokens whose signature has been verified: an application shows the same one many times, and verifying costs
//! more than everything else that is done for it.
//!
//! Only what a signature proves for ever is remembered. Time, grant, person and revocation are looked at each time, and
//! the memory goes with the snapshot of the tenant that holds the keys. Only tokens that we have signed get in, so
//! strangers cannot fill it; the tokens themselves are not kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::secret::TokenHash;
use crate::protocol::oidc::token_claims::AccessTokenClaims;

/// Tokens in each of the two generations: about a megabyte per tenant at most.
const GENERATION: usize = 1024;

#[derive(Default)]
pub struct Verified {
    generations: Mutex<Generations>,
}

type Known = HashMap<TokenHash, Arc<AccessTokenClaims>>;

/// When the young are too many they become the old ones, and the old ones that nobody has asked for are forgotten.
#[derive(Default)]
struct Generations {
    young: Known,
    old: Known,
}

impl Verified {
    pub fn find(&self, token: &TokenHash) -> Option<Arc<AccessTokenClaims>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = generations.young.get(token) {
            return Some(Arc::clone(claims));
        }
        let claims = generations.old.remove(token)?;
        generations.insert(*token, &claims);
        Some(claims)
    }

    pub fn remember(&self, token: TokenHash, claims: &Arc<AccessTokenClaims>) {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner).insert(token, claims);
    }
}

impl Generations {
    fn insert(&mut self, token: TokenHash, claims: &Arc<AccessTokenClaims>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(token, Arc::clone(claims));
    }
}
