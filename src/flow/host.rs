//! All tenants of this server, and what they share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::crypto::breached::Breached;
use crate::crypto::entropy::{Clock, Entropy};
use crate::crypto::password::HashPool;
use crate::domain::Time;
use crate::domain::ids::{Slug, TenantId};
use crate::domain::quantity::Rate;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::store::{Store, StoreError, Stores};

use super::noise::Noise;
use super::site::{Site, SiteError};
use super::sources::Sources;
use super::turnstile::Turnstile;

/// How long what is handed out lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    pub authorization_code: Duration,
    pub access_token: Duration,
    pub id_token: Duration,
    pub refresh_token_idle: Duration,
    pub refresh_token_absolute: Duration,
    pub one_time_code: Duration,
    pub invitation: Duration,
    pub password_reset: Duration,
}

/// Snapshots kept at once; beyond it the one unused longest goes.
const SITES: usize = 500;
/// Where several nodes share a database, a change made on another is seen after this long.
const RECHECK: Duration = Duration::from_secs(1);

pub struct Host {
    pub stores: Stores,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub hasher: Arc<HashPool>,
    pub breached: Arc<Breached>,
    pub lifetimes: Lifetimes,
    pub codes_per_account: Option<Rate>,
    /// There is no mail server: mail stays in the outbox.
    pub mail_stays: bool,
    /// The external origin, without a slash at the end. Nothing is ever built from a Host header.
    pub public_url: String,
    pub sources: Arc<Sources>,
    pub turnstile: Arc<Turnstile>,
    pub noise: Arc<Noise>,
    sites: RwLock<HashMap<Slug, Entry>>,
    /// Host names of all tenants. Another node may give and take some: there they are read again from time to time.
    hosts: RwLock<HashSet<String>>,
    /// Tenants that keep nobody, as far as they were looked at: what ends there by time is forgotten soon.
    brokers: RwLock<HashSet<TenantId>>,
    uses: AtomicU64,
}

struct Entry {
    site: Arc<Site>,
    seen: Seen,
    used: AtomicU64,
}

/// What a snapshot was made of outside of its own database, and since when that may be old.
struct Seen {
    tenant: Tenant,
    /// The registry's count of changes before anything was read.
    registry: u64,
    /// The time before anything was read.
    at: Time,
}

/// The parts a host is made of.
pub struct Parts {
    pub stores: Stores,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub hasher: Arc<HashPool>,
    pub breached: Breached,
    pub lifetimes: Lifetimes,
    pub codes_per_account: Option<Rate>,
    pub mail_stays: bool,
    pub public_url: String,
    pub sources: Sources,
}

impl Host {
    pub fn new(parts: Parts) -> Result<Self, StoreError> {
        let host = Self {
            stores: parts.stores,
            clock: parts.clock,
            entropy: parts.entropy,
            hasher: parts.hasher,
            breached: Arc::new(parts.breached),
            lifetimes: parts.lifetimes,
            codes_per_account: parts.codes_per_account,
            mail_stays: parts.mail_stays,
            public_url: parts.public_url,
            sources: Arc::new(parts.sources),
            turnstile: Arc::new(Turnstile::default()),
            noise: Arc::new(Noise::default()),
            sites: RwLock::default(),
            hosts: RwLock::default(),
            brokers: RwLock::default(),
            uses: AtomicU64::new(0),
        };
        host.refresh_hosts()?;
        Ok(host)
    }

    /// The tenant of this name, opened if need be; `None` where there is none.
    pub fn site(&self, slug: &Slug) -> Result<Option<Arc<Site>>, SiteError> {
        if let Some(site) = self.cached(slug) {
            return Ok(Some(site));
        }
        if let Some(site) = self.rechecked(slug)? {
            return Ok(Some(site));
        }
        self.seen(slug)?.map(|seen| self.open(seen)).transpose()
    }

    /// The tenant with this host name of its own.
    pub fn site_by_host(&self, name: &str) -> Result<Option<Arc<Site>>, SiteError> {
        if !self.is_tenant_host(name) {
            return Ok(None);
        }
        match self.stores.registry().find_by_host(name)? {
            Some(tenant) => self.site(&tenant.slug),
            None => Ok(None),
        }
    }

    /// Whether some tenant is served under this host name. Never touches the store.
    pub fn is_tenant_host(&self, name: &str) -> bool {
        self.hosts.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    /// The store of a tenant, for administration.
    pub fn store_of(&self, slug: &Slug) -> Result<Option<(Tenant, Store)>, StoreError> {
        let Some(tenant) = self.stores.registry().find_by_slug(slug)? else { return Ok(None) };
        let store = self.stores.tenant(tenant.id)?;
        Ok(Some((tenant, store)))
    }

    /// After a change to a tenant: frees what was cached of it, which nobody is shown any more, and learns its names.
    pub fn refresh(&self, id: TenantId) {
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        sites.retain(|_, entry| entry.site.id != id);
        drop(sites);
        if let Err(fault) = self.refresh_hosts() {
            tracing::error!(%fault, "the tenants' host names could not be read again");
        }
    }

    /// Whether this tenant keeps nobody.
    pub fn mark_broker(&self, id: TenantId, is_broker: bool) {
        let known = self.brokers.read().unwrap_or_else(PoisonError::into_inner).contains(&id);
        if known != is_broker {
            let mut brokers = self.brokers.write().unwrap_or_else(PoisonError::into_inner);
            if is_broker {
                brokers.insert(id)
            } else {
                brokers.remove(&id)
            };
        }
    }

    pub fn brokers(&self) -> Vec<TenantId> {
        self.brokers.read().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Reads again under which names tenants are served.
    pub fn refresh_hosts(&self) -> Result<(), StoreError> {
        let names = self.stores.registry().host_names()?.into_iter().collect();
        *self.hosts.write().unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }

    /// The snapshot at hand, if it may be used without asking the store. Never blocks.
    ///
    /// What this process changes it knows at once (whoever has been told of a change finds it); what other nodes change, it
    /// asks for once a second.
    pub fn cached(&self, slug: &Slug) -> Option<Arc<Site>> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let Entry { site, seen, used } = sites.get(slug)?;
        used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let changed = site.store.has_passed(site.revision) || self.stores.registry().changes() != seen.registry;
        let recent = self.stores.is_embedded() || self.clock.now() < seen.at + RECHECK;
        (recent && !changed).then(|| Arc::clone(site))
    }

    /// A snapshot that may be old: kept if everything it was made of still stands.
    fn rechecked(&self, slug: &Slug) -> Result<Option<Arc<Site>>, SiteError> {
        let (site, made_of) = {
            let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
            let Some(entry) = sites.get(slug) else { return Ok(None) };
            (Arc::clone(&entry.site), entry.seen.tenant.clone())
        };
        let Some(seen) = self.seen(slug)?.filter(|seen| seen.tenant == made_of) else { return Ok(None) };
        if site.store.read(crate::store::settings::revision)? != site.revision {
            return Ok(None);
        }
        self.remember(Arc::clone(&site), seen);
        Ok(Some(site))
    }

    /// The registry's word on an active tenant.
    fn seen(&self, slug: &Slug) -> Result<Option<Seen>, StoreError> {
        let (registry, at) = (self.stores.registry().changes(), self.clock.now());
        let found = self.stores.registry().find_by_slug(slug)?;
        let active = found.filter(|tenant| tenant.status == TenantStatus::Active);
        Ok(active.map(|tenant| Seen { tenant, registry, at }))
    }

    fn open(&self, seen: Seen) -> Result<Arc<Site>, SiteError> {
        let site = Arc::new(Site::load(self, &seen.tenant)?);
        self.mark_broker(site.id, site.settings.broker);
        self.remember(Arc::clone(&site), seen);
        Ok(site)
    }

    fn remember(&self, site: Arc<Site>, seen: Seen) {
        let used = AtomicU64::new(self.uses.fetch_add(1, Ordering::Relaxed));
        let mut sites = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        sites.insert(site.slug.clone(), Entry { site, seen, used });
        if sites.len() <= SITES {
            return;
        }
        let oldest = sites.iter().min_by_key(|(_, entry)| entry.used.load(Ordering::Relaxed));
        if let Some(slug) = oldest.map(|(slug, _)| slug.clone()) {
            sites.remove(&slug);
        }
    }
}
