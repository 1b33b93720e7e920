//! A tenant's surroundings: everything a use case may touch, and nothing of any other tenant.

use std::collections::HashMap;
use std::sync::Arc;

use crate::crypto::breached::Breached;
use crate::crypto::entropy::{self, Clock, Entropy};
use crate::crypto::jose::KeySet;
use crate::crypto::password::HashPool;
use crate::domain::Time;
use crate::domain::application::Application;
use crate::domain::ids::{ClientId, Slug, TenantId};
use crate::domain::quantity::Rate;
use crate::domain::signing::SigningAlg;
use crate::domain::tenant::TenantSettings;
use crate::protocol::base::{Base, BaseError};
use crate::protocol::oidc::metadata::{Offer, metadata};
use crate::store::{self, Store, StoreError, Tx};

use super::host::{Host, Lifetimes};
use super::playground;
use super::sources::Sources;
use super::turnstile::Turnstile;
use super::verified::Verified;

/// An application with what proves it.
#[derive(Clone, Debug)]
pub struct Registered {
    pub application: Application,
    pub secret_mac: Option<[u8; 32]>,
}

/// A snapshot of one tenant, kept in memory and replaced whole when the tenant's revision changes.
pub struct Site {
    pub id: TenantId,
    pub slug: Slug,
    /// The external address; its text is the issuer.
    pub base: Base,
    pub settings: TenantSettings,
    pub applications: HashMap<ClientId, Arc<Registered>>,
    pub keys: KeySet,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub hasher: Arc<HashPool>,
    pub breached: Arc<Breached>,
    pub lifetimes: Lifetimes,
    /// Sign-in codes that may be mailed to one person.
    pub codes_per_account: Option<Rate>,
    pub sources: Arc<Sources>,
    pub turnstile: Arc<Turnstile>,
    pub revision: i64,
    /// Tokens that these keys have signed.
    pub verified: Verified,
    /// Served as they are: rendered once per revision.
    pub discovery: Document,
    pub jwks: Document,
}

/// Bytes ready to be sent, with their entity tag.
#[derive(Clone, Debug)]
pub struct Document {
    pub bytes: Arc<[u8]>,
    pub etag: String,
}

impl Document {
    fn new(bytes: Vec<u8>) -> Self {
        let hash = crate::domain::audit::chain(&[0; 32], &[&bytes]);
        let etag = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { bytes: bytes.into(), etag: format!("\"{etag}\"") }
    }
}

/// What of a tenant lives in its database.
struct Contents {
    settings: TenantSettings,
    applications: Vec<store::applications::StoredApplication>,
    keys: KeySet,
    revision: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the tenant's address is unusable: it {0}")]
    Base(#[from] BaseError),
    #[error("the tenant's metadata cannot be written: {0}")]
    Document(String),
    #[error("a signing key of the tenant cannot be used: {0}")]
    Key(String),
}

impl Site {
    pub(super) fn load(host: &Host, tenant: &crate::domain::tenant::Tenant) -> Result<Self, SiteError> {
        let store = host.stores.tenant(tenant.id)?;
        let sealer = store.sealer().clone();
        let Contents { settings, applications, keys, revision } =
            store.read(|tx| -> Result<_, SiteError> { load_contents(tx, &sealer) })?;
        let base = super::recovery::base_of(host, tenant)?;
        let discovery = discovery(&base, &settings, &applications, &keys)?;
        let jwks = serde_json::to_vec(&keys.jwks()).map_err(|cause| SiteError::Document(cause.to_string()))?;
        let mut applications: HashMap<_, _> = applications.into_iter().map(register).collect();
        if let Some(application) = playground::application(&base).filter(|_| settings.playground) {
            // An application of the tenant's own with this name comes first.
            let id = application.id.clone();
            applications.entry(id).or_insert_with(|| Arc::new(Registered { application, secret_mac: None }));
        }
        Ok(Self {
            id: tenant.id,
            slug: tenant.slug.clone(),
            base,
            settings,
            applications,
            keys,
            store,
            clock: Arc::clone(&host.clock),
            entropy: Arc::clone(&host.entropy),
            hasher: Arc::clone(&host.hasher),
            breached: Arc::clone(&host.breached),
            lifetimes: host.lifetimes.clone(),
            codes_per_account: host.codes_per_account,
            sources: Arc::clone(&host.sources),
            turnstile: Arc::clone(&host.turnstile),
            revision,
            verified: Verified::default(),
            discovery: Document::new(discovery),
            jwks: Document::new(jwks),
        })
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn new_id(&self, now: Time) -> uuid::Uuid {
        entropy::uuid(now, self.entropy.as_ref())
    }

    /// The application by its `client_id`, if it is registered and switched on.
    pub fn application(&self, id: &ClientId) -> Option<&Arc<Registered>> {
        self.applications.get(id).filter(|registered| registered.application.enabled)
    }
}

fn register(stored: store::applications::StoredApplication) -> (ClientId, Arc<Registered>) {
    let registered = Registered { application: stored.application, secret_mac: stored.secret_mac };
    (registered.application.id.clone(), Arc::new(registered))
}

fn load_contents(tx: &mut Tx<'_>, sealer: &crate::crypto::seal::Sealer) -> Result<Contents, SiteError> {
    let revision = store::settings::revision(tx)?;
    let settings = store::settings::load(tx)?;
    let applications = store::applications::list(tx)?;
    let mut keys = Vec::new();
    for stored in store::keys::list(tx)? {
        let fault = |cause: &dyn std::fmt::Display| SiteError::Key(format!("{}: {cause}", stored.id));
        let context = super::admin::keys::seal_context(&stored.id);
        let private = sealer.open(&context, &stored.sealed_private).map_err(|cause| fault(&cause))?;
        let key = crate::crypto::jose::SigningKey::parse(stored.id.clone(), stored.kind, &private)
            .map_err(|cause| fault(&cause))?;
        keys.push((key, stored.state));
    }
    Ok(Contents { settings, applications, keys: KeySet::new(keys), revision })
}

fn discovery(
    base: &Base,
    settings: &TenantSettings,
    applications: &[store::applications::StoredApplication],
    keys: &KeySet,
) -> Result<Vec<u8>, SiteError> {
    let own = applications.iter().flat_map(|stored| stored.application.oidc.scopes.iter());
    let scopes = own.cloned().collect();
    let reachable = super::second_factor::reachable(&settings.policy, None);
    let algs: Vec<SigningAlg> = SigningAlg::ALL.into_iter().filter(|alg| keys.signer(*alg).is_some()).collect();
    let offer = Offer { algs: &algs, scopes: &scopes, languages: &settings.languages, reachable };
    let document = metadata(base, offer).map_err(|cause| SiteError::Document(cause.to_string()))?;
    serde_json::to_vec(&document).map_err(|cause| SiteError::Document(cause.to_string()))
}
