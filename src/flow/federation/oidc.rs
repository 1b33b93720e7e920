//! What an upstream says by OpenID Connect, held against what it was asked.

use secrecy::SecretString;

use crate::crypto::jose::JoseError;
use crate::crypto::seal::SealError;
use crate::domain::fault::ErrorCode;
use crate::domain::federation::Person;
use crate::domain::identity_provider::{IdentityProvider, OidcUpstream};
use crate::domain::ids::IdpId;
use crate::domain::signing::SigningAlg;
use crate::protocol::oidc::own_assertion::{ClientAssertion, TYPE as ASSERTION_JWT};
use crate::protocol::oidc::upstream::{Expected, Refusal as Unfit, judge};
use crate::store::identity_providers::StoredProvider;

use super::super::Site;
use super::{Pending, age, random};

/// What the secret of a provider is sealed for: this row and no other.
pub fn seal_context(id: &IdpId) -> String {
    format!("identity_providers.sealed_secret:{id}")
}

/// What proves us to the provider.
pub fn secret(site: &Site, stored: &StoredProvider) -> Result<SecretString, SealError> {
    let sealed = stored.sealed_secret.as_deref().ok_or(SealError::Rejected)?;
    let plain = site.store.sealer().open(&seal_context(&stored.provider.id), sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_not_text| SealError::Rejected)?;
    Ok(SecretString::from(text))
}

/// What proves us without a secret: signed now, for this provider alone, with a key that it fetches from us. RS256, which
/// everybody knows, unless it says that it does not.
pub fn assertion(site: &Site, oidc: &OidcUpstream, (issuer, known): (&str, &[String])) -> Result<String, JoseError> {
    let now = site.now();
    let once = random(site.entropy.as_ref());
    let claims = ClientAssertion::new((&oidc.client_id, issuer), &once, now);
    let fits = |alg: &SigningAlg| known.iter().any(|name| name == alg.name());
    let alg = ASSERTION_ALGS.into_iter().find(fits).unwrap_or(SigningAlg::RS256);
    site.keys.sign(alg, ASSERTION_JWT, &claims)
}

/// The best known first.
const ASSERTION_ALGS: [SigningAlg; 4] = [SigningAlg::RS256, SigningAlg::PS256, SigningAlg::ES256, SigningAlg::EdDsa];

/// An answer with its tokens, unjudged.
#[derive(Clone, Debug)]
pub struct Told {
    pub issuer: String,
    pub id_token: String,
    pub access_token: String,
    /// What is told of the bearer of the access token, once that has been asked for.
    pub userinfo: Option<String>,
}

/// Whether a person may be believed in, by the provider's published keys.
pub fn believe(
    site: &Site,
    (provider, oidc): (&IdentityProvider, &OidcUpstream),
    pending: &Pending,
    (told, jwks): (&Told, &str),
) -> Result<Person, Unfit> {
    let expected = Expected {
        provider,
        oidc,
        issuer: &told.issuer,
        nonce: &pending.nonce,
        access_token: Some(&told.access_token),
        userinfo: told.userinfo.as_deref(),
        age: age(site, pending),
        now: site.now(),
    };
    judge(jwks, &told.id_token, &expected)
}

/// The page for a person whose token does not pass.
pub fn code_of(unfit: &Unfit) -> ErrorCode {
    match unfit {
        Unfit::NotAdmitted => ErrorCode::FederationNotAdmitted,
        Unfit::TooOld => ErrorCode::FederationTooOld,
        Unfit::Signature(_)
        | Unfit::Type
        | Unfit::Issuer
        | Unfit::Audience
        | Unfit::Time
        | Unfit::Nonce
        | Unfit::AccessToken
        | Unfit::Subject
        | Unfit::UserInfo => ErrorCode::FederationUntrusted,
    }
}
