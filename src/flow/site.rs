//! A tenant's surroundings: everything a use case may touch, and nothing of any other tenant.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::crypto::breached::Breached;
use crate::crypto::entropy::{self, Clock, Entropy};
use crate::crypto::jose::KeySet;
use crate::crypto::password::HashPool;
use crate::domain::Time;
use crate::domain::application::{Application, Client, Protocol};
use crate::domain::assurance::Level;
use crate::domain::audit::Event;
use crate::domain::identity_provider::{IdentityProvider, domain_of};
use crate::domain::ids::{ClientId, IdpId, Slug, TenantId};
use crate::domain::oauth::Scopes;
use crate::domain::quantity::Rate;
use crate::domain::saml::{EntityId, ServiceProvider};
use crate::domain::signing::SigningAlg;
use crate::domain::tenant::TenantSettings;
use crate::domain::user::Role;
use crate::domain::wsfed::{Realm, RelyingParty};
use crate::protocol::base::{Base, BaseError};
use crate::protocol::oidc::metadata::{Offer, metadata};
use crate::store::identity_providers::StoredProvider;
use crate::store::{self, Store, StoreError, Tx};

use super::credentials::{self, CredentialFault, Credentials};
use super::host::{Host, Lifetimes};
use super::noise::Noise;
use super::playground;
use super::sources::Sources;
use super::turnstile::Turnstile;
use super::verified::Verified;

/// A client with what proves it.
#[derive(Clone, Debug)]
pub struct Registered {
    pub application: Client,
    pub secret_mac: Option<[u8; 32]>,
}

/// What is registered with a tenant, each kind by the name it is asked for with. Switched-off ones are in it too.
#[derive(Default)]
pub struct Applications {
    clients: HashMap<ClientId, Arc<Registered>>,
    service_providers: HashMap<EntityId, Arc<Application<ServiceProvider>>>,
    relying_parties: HashMap<Realm, Arc<Application<RelyingParty>>>,
    names: HashMap<ClientId, String>,
}

impl Applications {
    fn of(stored: Vec<store::applications::StoredApplication>) -> Self {
        let mut all = Self::default();
        for stored in stored {
            let Application { id, name, require_role, identity_provider, enabled, protocol } = stored.application;
            all.names.insert(id.clone(), name.clone());
            let with =
                |()| Application { id: id.clone(), name, require_role, identity_provider, enabled, protocol: () };
            match protocol {
                Protocol::Oidc(client) => {
                    let application = with(()).map(|()| *client);
                    all.clients.insert(id, Arc::new(Registered { application, secret_mac: stored.secret_mac }));
                }
                Protocol::Saml(provider) => {
                    let entity = provider.entity_id.clone();
                    all.service_providers.insert(entity, Arc::new(with(()).map(|()| *provider)));
                }
                Protocol::Wsfed(party) => {
                    all.relying_parties.insert(party.realm.clone(), Arc::new(with(()).map(|()| *party)));
                }
            }
        }
        all
    }

    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values().map(|registered| &registered.application)
    }

    /// What people need to be let in to them.
    pub fn required_roles(&self) -> impl Iterator<Item = &Role> {
        let clients = self.clients().filter_map(|client| client.require_role.as_ref());
        let providers = self.service_providers.values().filter_map(|provider| provider.require_role.as_ref());
        let parties = self.relying_parties.values().filter_map(|party| party.require_role.as_ref());
        clients.chain(providers).chain(parties)
    }

    pub fn service_providers(&self) -> impl Iterator<Item = &Arc<Application<ServiceProvider>>> {
        self.service_providers.values()
    }

    pub fn relying_parties(&self) -> impl Iterator<Item = &Arc<Application<RelyingParty>>> {
        self.relying_parties.values()
    }
}

/// A snapshot of one tenant, kept in memory and replaced whole when the tenant's revision changes.
pub struct Site {
    pub id: TenantId,
    pub slug: Slug,
    /// The external address; its text is the issuer.
    pub base: Base,
    pub settings: TenantSettings,
    pub applications: Applications,
    /// By id, switched-off ones too.
    pub upstreams: Vec<StoredProvider>,
    pub keys: KeySet,
    /// What signs assertions; empty until the first is needed.
    pub credentials: Credentials,
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
    pub noise: Arc<Noise>,
    pub revision: i64,
    /// Tokens that these keys have signed.
    pub verified: Verified,
    /// Served as they are: rendered once per revision.
    pub discovery: Document,
    pub jwks: Document,
    /// Written when it is asked for first.
    pub saml_metadata: OnceLock<Document>,
    /// Rendered and signed when the first asks.
    pub federation_metadata: OnceLock<Document>,
}

/// Bytes ready to be sent, with their entity tag.
#[derive(Clone, Debug)]
pub struct Document {
    pub bytes: Arc<[u8]>,
    pub etag: String,
}

impl Document {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let hash = crate::domain::audit::chain(&[0; 32], &[&bytes]);
        let etag = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { bytes: bytes.into(), etag: format!("\"{etag}\"") }
    }
}

/// What of a tenant lives in its database.
struct Contents {
    settings: TenantSettings,
    applications: Vec<store::applications::StoredApplication>,
    upstreams: Vec<StoredProvider>,
    keys: KeySet,
    credentials: Credentials,
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
    #[error(transparent)]
    Credential(#[from] CredentialFault),
}

impl Site {
    pub(super) fn load(host: &Host, tenant: &crate::domain::tenant::Tenant) -> Result<Self, SiteError> {
        let store = host.stores.tenant(tenant.id)?;
        let sealer = store.sealer().clone();
        let Contents { settings, applications, upstreams, keys, credentials, revision } =
            store.read(|tx| -> Result<_, SiteError> { load_contents(tx, &sealer) })?;
        let base = super::recovery::base_of(host, tenant)?;
        let upstream = best_upstream(&upstreams);
        let discovery = discovery(&base, &settings, (&applications, upstream), &keys)?;
        let jwks = serde_json::to_vec(&keys.jwks()).map_err(|cause| SiteError::Document(cause.to_string()))?;
        let mut applications = Applications::of(applications);
        if let Some(application) = playground::application(&base).filter(|_| settings.playground) {
            // An application of the tenant's own with this name comes first.
            let id = application.id.clone();
            applications.names.entry(id.clone()).or_insert_with(|| application.name.clone());
            applications.clients.entry(id).or_insert_with(|| Arc::new(Registered { application, secret_mac: None }));
        }
        if let Some(application) = playground::saml::application(&base, &credentials).filter(|_| settings.playground) {
            applications.names.entry(application.id.clone()).or_insert_with(|| application.name.clone());
            let entity = application.protocol.entity_id.clone();
            applications.service_providers.entry(entity).or_insert_with(|| Arc::new(application));
        }
        Ok(Self {
            id: tenant.id,
            slug: tenant.slug.clone(),
            base,
            settings,
            applications,
            upstreams,
            keys,
            credentials,
            store,
            clock: Arc::clone(&host.clock),
            entropy: Arc::clone(&host.entropy),
            hasher: Arc::clone(&host.hasher),
            breached: Arc::clone(&host.breached),
            lifetimes: host.lifetimes.clone(),
            codes_per_account: host.codes_per_account,
            sources: Arc::clone(&host.sources),
            turnstile: Arc::clone(&host.turnstile),
            noise: Arc::clone(&host.noise),
            revision,
            verified: Verified::default(),
            discovery: Document::new(discovery),
            jwks: Document::new(jwks),
            saml_metadata: OnceLock::new(),
            federation_metadata: OnceLock::new(),
        })
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn new_id(&self, now: Time) -> uuid::Uuid {
        entropy::uuid(now, self.entropy.as_ref())
    }

    /// The client by its `client_id`, if it is registered and switched on.
    pub fn client(&self, id: &ClientId) -> Option<&Arc<Registered>> {
        self.applications.clients.get(id).filter(|registered| registered.application.enabled)
    }

    /// The service provider by its `entityID`, if it is registered and switched on.
    pub fn service_provider(&self, id: &EntityId) -> Option<&Arc<Application<ServiceProvider>>> {
        self.applications.service_providers.get(id).filter(|application| application.enabled)
    }

    /// The relying party by its `wtrealm`, if it is registered and switched on.
    pub fn relying_party(&self, realm: &Realm) -> Option<&Arc<Application<RelyingParty>>> {
        self.applications.relying_parties.get(realm).filter(|application| application.enabled)
    }

    /// The upstream identity provider, if it is registered and switched on.
    pub fn upstream(&self, id: &IdpId) -> Option<&StoredProvider> {
        self.upstreams.iter().find(|stored| stored.provider.id == *id && stored.provider.enabled)
    }

    /// The same, switched off too: for those who look after it.
    pub fn upstream_whatever(&self, id: &IdpId) -> Option<&StoredProvider> {
        self.upstreams.iter().find(|stored| stored.provider.id == *id)
    }

    /// Whose people have addresses like the one that was typed. Decided by the domain alone, so that nobody learns who
    /// has an account.
    pub fn upstream_of(&self, typed: &str) -> Option<&IdentityProvider> {
        let domain = domain_of(typed)?;
        self.upstreams.iter().map(|stored| &stored.provider).find(|provider| provider.serves(domain))
    }

    /// With the name that somebody typed: it may be anybody's, so a tenant that keeps nobody does not write it down.
    pub fn named(&self, event: Event, typed: &str) -> Event {
        if self.settings.broker { event } else { event.username(typed) }
    }

    /// The highest level that anybody could come with: by a factor of ours, or by an upstream's that is trusted.
    pub fn reachable(&self) -> Level {
        let own = super::second_factor::reachable(&self.settings.policy, None);
        best_upstream(&self.upstreams).map_or(own, |level| level.max(own))
    }

    /// What people call the application of this id, whatever it speaks and whether or not it is switched on.
    pub fn application_name(&self, id: &ClientId) -> Option<&str> {
        self.applications.names.get(id).map(String::as_str)
    }
}

fn load_contents(tx: &mut Tx<'_>, sealer: &crate::crypto::seal::Sealer) -> Result<Contents, SiteError> {
    let revision = store::settings::revision(tx)?;
    let settings = store::settings::load(tx)?;
    let applications = store::applications::list(tx)?;
    let upstreams = store::identity_providers::list(tx)?;
    let mut keys = Vec::new();
    for stored in store::keys::list(tx)? {
        let fault = |cause: &dyn std::fmt::Display| SiteError::Key(format!("{}: {cause}", stored.id));
        let context = super::admin::keys::seal_context(&stored.id);
        let private = sealer.open(&context, &stored.sealed_private).map_err(|cause| fault(&cause))?;
        let key = crate::crypto::jose::SigningKey::parse(stored.id.clone(), stored.kind, &private)
            .map_err(|cause| fault(&cause))?;
        keys.push((key, stored.state));
    }
    let credentials = credentials::load(tx, sealer)?;
    Ok(Contents { settings, applications, upstreams, keys: KeySet::new(keys), credentials, revision })
}

/// The most that an upstream's word counts for here, if anybody may come from one.
fn best_upstream(upstreams: &[StoredProvider]) -> Option<Level> {
    let enabled = upstreams.iter().map(|stored| &stored.provider).filter(|provider| provider.enabled);
    enabled.map(|provider| if provider.trust_mfa { Level::Mfa } else { Level::Federated }).max()
}

fn discovery(
    base: &Base,
    settings: &TenantSettings,
    (applications, upstream): (&[store::applications::StoredApplication], Option<Level>),
    keys: &KeySet,
) -> Result<Vec<u8>, SiteError> {
    let scopes_of = |stored: &store::applications::StoredApplication| match &stored.application.protocol {
        Protocol::Oidc(client) => client.scopes.clone(),
        Protocol::Saml(_) | Protocol::Wsfed(_) => Scopes::default(),
    };
    let scopes = applications.iter().flat_map(|stored| scopes_of(stored).iter().cloned().collect::<Vec<_>>()).collect();
    let own = super::second_factor::reachable(&settings.policy, None);
    let reachable = upstream.map_or(own, |level| level.max(own));
    let algs: Vec<SigningAlg> = SigningAlg::ALL.into_iter().filter(|alg| keys.signer(*alg).is_some()).collect();
    let federated = upstream.is_some();
    let offer = Offer { algs: &algs, scopes: &scopes, languages: &settings.languages, reachable, federated };
    let document = metadata(base, offer).map_err(|cause| SiteError::Document(cause.to_string()))?;
    serde_json::to_vec(&document).map_err(|cause| SiteError::Document(cause.to_string()))
}
