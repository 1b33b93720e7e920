//! The signing keys of a tenant.

use std::sync::Arc;

use openidconnect::core::CoreJsonWebKeySet;
use serde::Serialize;

use super::compact::{self, Compact, same_type};
use super::{Claims, JoseError, Signer, SigningKey};
use crate::domain::signing::{KeyState, SigningAlg};

/// The keys that are published: next, active and retired ones. Only active ones sign.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<(Arc<SigningKey>, KeyState)>,
}

impl KeySet {
    /// Ordered by age, oldest first.
    pub fn new(keys: Vec<(SigningKey, KeyState)>) -> Self {
        Self { keys: keys.into_iter().map(|(key, state)| (Arc::new(key), state)).collect() }
    }

    /// The youngest active key that serves this algorithm.
    pub fn signer(&self, alg: SigningAlg) -> Option<Signer> {
        self.keys
            .iter()
            .rev()
            .find(|(key, state)| *state == KeyState::Active && key.kind() == alg.key_type())
            .map(|(key, _)| Signer::new(Arc::clone(key), alg))
    }

    /// The public keys. No `alg`, since an RSA key serves two.
    pub fn jwks(&self) -> CoreJsonWebKeySet {
        CoreJsonWebKeySet::new(self.keys.iter().map(|(key, _)| key.jwk.clone()).collect())
    }

    /// Signs claims as a token of this type (`at+jwt`, say).
    pub fn sign(&self, alg: SigningAlg, typ: &str, claims: &impl Serialize) -> Result<String, JoseError> {
        let signer = self.signer(alg).ok_or(JoseError::NoKey(alg))?;
        compact::write(&signer, typ, claims)
    }

    /// The claims of a token that one of these keys has signed and that says it is of this type. The caller checks
    /// `iss`, `aud` and the times.
    pub fn verify(&self, token: &str, typ: &str) -> Result<Claims, JoseError> {
        let token = self.verified(token)?;
        match &token.typ {
            Some(given) if same_type(given, typ) => token.claims(),
            Some(_) | None => Err(JoseError::Type),
        }
    }

    /// The same for an ID token, whose type may be left out (RFC 7519 §5.1).
    pub fn verify_id_token(&self, token: &str) -> Result<Claims, JoseError> {
        let token = self.verified(token)?;
        match &token.typ {
            Some(given) if !same_type(given, "JWT") => Err(JoseError::Type),
            Some(_) | None => token.claims(),
        }
    }

    fn verified<'a>(&self, token: &'a str) -> Result<Compact<'a>, JoseError> {
        let token = Compact::parse(token)?;
        let key = self.find(&token)?;
        key.public.verify(token.alg, token.signed, &token.signature)?;
        Ok(token)
    }

    /// By `kid`; without one only when there is no choice.
    fn find(&self, token: &Compact<'_>) -> Result<&SigningKey, JoseError> {
        let keys = || self.keys.iter().map(|(key, _)| key.as_ref());
        if let Some(kid) = &token.kid {
            return keys().find(|key| key.id().0 == *kid).ok_or(JoseError::UnknownKey);
        }
        let mut fitting = keys().filter(|key| key.kind() == token.alg.key_type());
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) | (None, _) => Err(JoseError::UnknownKey),
        }
    }
}
