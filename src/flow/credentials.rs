//! The key pairs that sign assertions: made when the first is needed, so that tenants without SAML and WS-Federation
//! have none. States as of signing keys: `next` is published before it signs, `retired` stays published afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::credential::{self, Credential, CredentialError};
use crate::crypto::entropy::Entropy;
use crate::crypto::seal::{SealError, Sealer};
use crate::domain::Time;
use crate::domain::audit::{Actor, Event, EventKind, Origin, Outcome};
use crate::domain::saml::{CertificateDer, SignatureAlg};
use crate::domain::signing::{KeyId, KeyState, KeyType, StoredCredential};
use crate::store::{self, Store, StoreError, Tx};

/// The kinds that every tenant has: RSA for everybody, P-256 for those who ask.
pub const KINDS: [KeyType; 2] = [KeyType::Rsa, KeyType::EcP256];

#[derive(Debug, thiserror::Error)]
pub enum CredentialFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("a credential of the tenant cannot be used: {0}")]
    Unusable(#[from] CredentialError),
}

/// A tenant's credentials, those that sign parsed.
#[derive(Debug, Default)]
pub struct Credentials {
    active: Vec<(KeyType, Credential)>,
    published: Vec<Published>,
}

/// A certificate that relying parties are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub id: KeyId,
    pub kind: KeyType,
    pub state: KeyState,
    pub certificate: CertificateDer,
    pub created_at: Time,
}

impl Credentials {
    /// Whether there are any yet.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// What signs by this algorithm now.
    pub fn signer(&self, alg: SignatureAlg) -> Option<&Credential> {
        self.active.iter().find(|(kind, _)| *kind == alg.key_type()).map(|(_, credential)| credential)
    }

    /// For metadata: the active of each kind first, then the next, then the retired.
    pub fn published(&self) -> &[Published] {
        &self.published
    }
}

pub(super) fn load(tx: &mut Tx<'_>, sealer: &Sealer) -> Result<Credentials, CredentialFault> {
    let mut found = Credentials::default();
    for stored in store::credentials::list(tx)? {
        if stored.state == KeyState::Active {
            let private = sealer.open(&seal_context(&stored.id), &stored.sealed_private)?;
            let parsed = Credential::parse(stored.id.clone(), stored.kind, &private, stored.certificate.clone())?;
            found.active.push((stored.kind, parsed));
        }
        found.published.push(Published {
            id: stored.id,
            kind: stored.kind,
            state: stored.state,
            certificate: stored.certificate,
            created_at: stored.created_at,
        });
    }
    let order = |state| match state {
        KeyState::Active => 0,
        KeyState::Next => 1,
        KeyState::Retired => 2,
    };
    // RSA before others: a reader that takes the first, or stops at one it cannot use, gets on with it.
    found.published.sort_by_key(|one| (order(one.state), one.kind != KeyType::Rsa));
    Ok(found)
}

/// What a private key is sealed for: this row and no other.
pub fn seal_context(id: &KeyId) -> String {
    format!("credentials.sealed_private:{id}")
}

/// A new credential named after the issuer, its private part sealed.
pub fn mint(
    (kind, state): (KeyType, KeyState),
    issuer: &str,
    now: Time,
    (sealer, entropy): (&Sealer, &dyn Entropy),
) -> Result<StoredCredential, CredentialFault> {
    let mut name = [0; 12];
    entropy.fill(&mut name);
    let id = KeyId(URL_SAFE_NO_PAD.encode(name));
    let minted = credential::mint(kind, issuer, now, entropy)?;
    let sealed_private = sealer.seal(&seal_context(&id), &minted.private, entropy)?;
    let activated_at = (state == KeyState::Active).then_some(now);
    let certificate = minted.certificate;
    Ok(StoredCredential {
        id,
        kind,
        state,
        sealed_private,
        certificate,
        created_at: now,
        activated_at,
        retired_at: None,
    })
}

/// Makes what is missing: whoever comes first decides. The caller drops its snapshot of the tenant afterwards
/// (`Host::refresh`).
pub fn ensure(store: &Store, issuer: &str, now: Time, entropy: &dyn Entropy) -> Result<(), CredentialFault> {
    if !store.read(store::credentials::list)?.is_empty() {
        return Ok(());
    }
    let mut fresh = Vec::new();
    for kind in KINDS {
        for state in [KeyState::Active, KeyState::Next] {
            fresh.push(mint((kind, state), issuer, now, (store.sealer(), entropy))?);
        }
    }
    store.write(move |tx| {
        if store::credentials::list(tx)?.is_empty() {
            insert(tx, &fresh, &Actor::System, &Origin::default())
        } else {
            Ok(())
        }
    })?;
    Ok(())
}

/// Writes new credentials with their events.
pub fn insert(tx: &mut Tx<'_>, fresh: &[StoredCredential], actor: &Actor, origin: &Origin) -> Result<(), StoreError> {
    for one in fresh {
        store::credentials::insert(tx, one)?;
        let event = Event::new(one.created_at, EventKind::CredentialCreated, Outcome::Success, actor.clone(), origin)
            .detail("credential", &one.id)
            .detail("type", one.kind.name())
            .detail("state", one.state.name());
        store::audit::append(tx, &event)?;
    }
    Ok(())
}
