//! All databases of one server: the registry, and the tenants' as they are needed.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::RunQueryDsl;
use secrecy::{ExposeSecret, SecretString};

use super::bell::Bell;
use super::dialect::{self, AnyConnection, Kind, Mode, PostgresUrl, Target};
use super::engine::group::Committer;
use super::engine::migrations;
use super::engine::pool::{Access, Pool};
use super::engine::statement::{Statement, Value};
use super::engine::worker::Worker;
use super::registry::{self, Lodging, Registry};
use super::tx::{Context, Later, Store};
use super::{StoreError, audit, column, keys, settings};
use crate::crypto::entropy::Entropy;
use crate::crypto::keyring::{DataKey, MasterKey};
use crate::domain::Time;
use crate::domain::ids::TenantId;
use crate::domain::tenant::{Tenant, TenantSettings};

/// The registry's file.
const REGISTRY: &str = "registry.db";
/// PostgreSQL connections in all; its own default limit is 100.
const SERVER_CONNECTIONS: usize = 40;
/// Threads that may open tenants at the same time without waiting for each other.
const STRIPES: usize = 16;
/// What a group of writes may need at once.
static PROBE: [u8; 64 * 1024] = [0; 64 * 1024];

pub struct StoreOptions {
    pub data_dir: PathBuf,
    pub engine: Engine,
    /// How many tenants stay open; more only while more are in use.
    pub open_tenants: usize,
    /// Reader connections per open tenant.
    pub readers: usize,
    /// For the salts of the audit log.
    pub entropy: Arc<dyn Entropy>,
}

#[derive(Clone, Debug)]
pub enum Engine {
    Sqlite,
    /// `postgres://user@host/database`; anything else is refused.
    Postgres(SecretString),
}

impl StoreOptions {
    /// 500 open tenants, and as many readers each as there are cores.
    pub fn new(data_dir: impl Into<PathBuf>, engine: Engine, entropy: Arc<dyn Entropy>) -> Self {
        Self { data_dir: data_dir.into(), engine, open_tenants: 500, readers: cores(), entropy }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get)
}

pub struct Stores {
    master: MasterKey,
    data_dir: PathBuf,
    open_tenants: usize,
    readers: usize,
    entropy: Arc<dyn Entropy>,
    main: Target,
    registry: Arc<Registry>,
    open: Mutex<Open>,
    opening: [Mutex<()>; STRIPES],
    probe: Mutex<()>,
    /// Of a PostgreSQL server.
    shared: Option<Shared>,
    bell: Arc<Bell>,
    notice_bell: Arc<Bell>,
    lock: Arc<File>,
}

struct Shared {
    pool: Arc<Pool>,
    later: Arc<Later>,
}

impl Drop for Shared {
    /// The queue's jobs hold their store, and that holds the queue: waiting for the last handle would wait for nothing.
    fn drop(&mut self) {
        self.later.finish();
    }
}

/// The open tenants, least recently used first to go.
#[derive(Default)]
struct Open {
    tenants: HashMap<TenantId, Entry>,
    uses: u64,
}

struct Entry {
    store: Store,
    used: u64,
}

impl Stores {
    pub fn open(options: StoreOptions, master: MasterKey) -> Result<Self, StoreError> {
        let StoreOptions { data_dir, engine, open_tenants, readers, entropy } = options;
        let data_dir = prepare(&data_dir)?;
        let lock = Arc::new(lock(&data_dir)?);
        let readers = readers.max(1);
        let (main, shared, pools) = match engine {
            Engine::Sqlite => {
                let main = Target::File { path: data_dir.join(REGISTRY), key: master.registry_key() };
                if !main.exists(&main)? {
                    main.create(&main)?;
                }
                (main, None, (Pool::new(readers, readers), Pool::new(1, 1)))
            }
            Engine::Postgres(url) => {
                let each = cores().saturating_mul(2).saturating_add(2);
                let pool = Pool::new(SERVER_CONNECTIONS, each);
                let later = Arc::new(Worker::start("store-later", 1024, |queue| {
                    while let Some(job) = queue.next() {
                        let job: Box<dyn FnOnce() + Send> = job;
                        job();
                    }
                })?);
                let pools = (Arc::clone(&pool), Arc::clone(&pool));
                (Target::Server(PostgresUrl::parse(url.expose_secret())?), Some(Shared { pool, later }), pools)
            }
        };
        let mut connection = main.connect(Mode::Write)?;
        dialect::require_cipher(&mut connection)?;
        migrations::run(&mut connection, Kind::Registry, |connection| {
            registry::check_key(connection, &master, entropy.as_ref())
        })?;
        let registry = Arc::new(Registry::new(
            Access::new(main.clone(), Mode::Read, pools.0),
            Access::new(main.clone(), Mode::Write, pools.1),
        ));
        let opening = std::array::from_fn(|_| Mutex::new(()));
        let (open, probe, bell, notice_bell) = (Mutex::default(), Mutex::default(), Arc::default(), Arc::default());
        Ok(Self {
            master,
            data_dir,
            open_tenants,
            readers,
            entropy,
            main,
            registry,
            open,
            opening,
            probe,
            shared,
            bell,
            notice_bell,
            lock,
        })
    }

    /// Whether there is data already that only a master key can open which exists somewhere: then none is to be made.
    /// Nothing is made by asking.
    pub fn is_begun(engine: &Engine, data_dir: &Path) -> Result<bool, StoreError> {
        let Engine::Postgres(url) = engine else { return Ok(data_dir.join(REGISTRY).exists()) };
        let mut connection = Target::Server(PostgresUrl::parse(url.expose_secret())?).connect(Mode::Write)?;
        if !registry::is_laid(&mut connection)? {
            return Ok(false);
        }
        migrations::run(&mut connection, Kind::Registry, |_| Ok(()))?;
        registry::is_begun(&mut connection)
    }

    /// Whether nobody but this process changes what is stored.
    pub fn is_embedded(&self) -> bool {
        self.shared.is_none()
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes a tenant with a key and a database of its own. Interrupted half-way, it is completed when it is next
    /// opened; if there can be no database, there is no tenant.
    pub fn create_tenant(&self, tenant: &Tenant, now: Time, entropy: &dyn Entropy) -> Result<Store, StoreError> {
        let key = DataKey::generate(entropy);
        let wrapped = self.master.wrap(tenant.id, &key, entropy)?;
        let tenant = Tenant { created_at: now, ..tenant.clone() };
        self.registry.insert(&tenant, &wrapped)?;
        self.tenant(tenant.id).inspect_err(|_cause| {
            let undone = match self.registry.lodging(tenant.id) {
                Ok(Some(Lodging { ready: false, .. })) => {
                    self.registry.remove(tenant.id).and_then(|()| self.main.remove_tenant(&self.data_dir, tenant.id))
                }
                Ok(_) => Ok(()),
                Err(fault) => Err(fault),
            };
            if let Err(fault) = undone {
                tracing::error!(tenant = %tenant.id, %fault, "what was left of a tenant could not be removed");
            }
        })
    }

    /// Undoes the making of a tenant that has not come to life: it has no keys. `store` is the last use of it.
    pub fn forget_unborn(&self, id: TenantId, store: Store) -> Result<(), StoreError> {
        let registry = Arc::clone(&self.registry);
        let gone = store.write(move |tx| -> Result<bool, StoreError> {
            // Whoever gives it life writes this row too: one of us comes first, and the other sees it.
            settings::bump(tx)?;
            let unborn = keys::list(tx)?.is_empty();
            if unborn {
                registry.remove(id)?;
            }
            Ok(unborn)
        })?;
        if !gone {
            return Ok(());
        }
        let open = self.open_now().tenants.remove(&id);
        // Its connections are closed first; outside the lock, for that waits for what is still queued.
        drop(open);
        drop(store);
        self.main.remove_tenant(&self.data_dir, id)
    }

    /// Whether a change would last now. Of an embedded store the disk is asked: a database still has some room in its own
    /// file when there is none for it to grow.
    pub fn check_writing(&self) -> Result<(), StoreError> {
        if self.shared.is_some() {
            return self.registry.rewrite();
        }
        let _one_at_a_time = self.probe.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.data_dir.join("probe");
        let written = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(&PROBE).and_then(|()| file.sync_all()));
        // It goes whatever came of it: what it takes is missing elsewhere.
        let removed = std::fs::remove_file(&path);
        written.and(removed).map_err(|cause| StoreError::file(path, cause))
    }

    /// The tenant's database, opened if it is not.
    pub fn tenant(&self, id: TenantId) -> Result<Store, StoreError> {
        if let Some(store) = self.open_now().get(id) {
            return Ok(store);
        }
        let _only_one = self.opening.get(stripe(id)).map(|gate| gate.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(store) = self.open_now().get(id) {
            return Ok(store);
        }
        let lodging = self.registry.lodging(id)?.ok_or(StoreError::UnknownTenant(id))?;
        let store = self.open_tenant(id, &lodging)?;
        let evicted = self.open_now().insert(id, store.clone(), self.open_tenants);
        // Outside the lock: closing waits for what is still queued.
        drop(evicted);
        Ok(store)
    }

    /// Rung for each tenant in which mail was put into the outbox.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Rung for each tenant in which applications are to be told that a session has ended.
    pub fn notice_bell(&self) -> &Arc<Bell> {
        &self.notice_bell
    }

    /// How many tenants are open.
    pub fn open_count(&self) -> usize {
        self.open_now().tenants.len()
    }

    /// Finishes what is queued and closes everything.
    pub fn close(self) {
        drop(self);
    }

    fn open_now(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_tenant(&self, id: TenantId, lodging: &Lodging) -> Result<Store, StoreError> {
        let key = self.master.unwrap(id, &lodging.wrapped_key)?;
        let target = self.main.tenant(&self.data_dir, id, key.database_key());
        let lock = Arc::clone(&self.lock);
        let context = Context {
            tenant: id,
            mac: key.mac(),
            sealer: key.sealer(),
            entropy: Arc::clone(&self.entropy),
            bell: Arc::clone(&self.bell),
            notice_bell: Arc::clone(&self.notice_bell),
            revision: AtomicI64::new(0),
            _lock: lock,
        };
        if !lodging.ready {
            target.create(&self.main)?;
        } else if !target.exists(&self.main)? {
            return Err(StoreError::DatabaseMissing(id));
        }
        let mut connection = target.connect(Mode::Write)?;
        migrations::run(&mut connection, Kind::Tenant, |connection| {
            if lodging.ready { Ok(()) } else { seed(connection, &context, &lodging.slug) }
        })?;
        if !lodging.ready {
            self.registry.mark_ready(id)?;
        }
        match &self.shared {
            None => {
                let readers = Access::new(target.clone(), Mode::Read, Pool::new(self.readers, self.readers));
                Store::embedded(context, readers, |context| Committer::new(target, connection, context))
            }
            Some(Shared { pool, later }) => {
                drop(connection);
                let access = Access::new(target, Mode::Write, Arc::clone(pool));
                Ok(Store::on_server(context, access, Arc::clone(later)))
            }
        }
    }
}

impl Open {
    fn get(&mut self, id: TenantId) -> Option<Store> {
        self.uses = self.uses.saturating_add(1);
        let entry = self.tenants.get_mut(&id)?;
        entry.used = self.uses;
        Some(entry.store.clone())
    }

    /// Returns what had to go. A tenant in use never goes.
    fn insert(&mut self, id: TenantId, store: Store, limit: usize) -> Vec<Store> {
        let mut evicted = Vec::new();
        while self.tenants.len() >= limit.max(1) {
            let idle = self.tenants.iter().filter(|(_, entry)| entry.store.is_unused());
            let Some(oldest) = idle.min_by_key(|(_, entry)| entry.used).map(|(id, _)| *id) else { break };
            evicted.extend(self.tenants.remove(&oldest).map(|entry| entry.store));
        }
        self.tenants.insert(id, Entry { store, used: self.uses });
        evicted
    }
}

/// By the last byte, which is random in a UUIDv7.
fn stripe(id: TenantId) -> usize {
    let [.., last] = id.as_uuid().into_bytes();
    usize::from(last) % STRIPES
}

/// The first rows of a tenant's database. Repeating it changes nothing.
fn seed(connection: &mut AnyConnection, context: &Context, slug: &str) -> Result<(), StoreError> {
    let document = column::json(&TenantSettings::named(slug))?;
    let text = "INSERT INTO settings (id, document, revision) VALUES (1, ?, 1) ON CONFLICT (id) DO NOTHING";
    Statement::new(text, [Value::Text(&document)]).execute(connection)?;
    audit::lay_head(connection, &context.mac)
}

/// The data directory, ours alone, by its absolute name.
fn prepare(data_dir: &Path) -> Result<PathBuf, StoreError> {
    let tenants = data_dir.join("tenants");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&tenants)
        .map_err(|cause| StoreError::file(&tenants, cause))?;
    data_dir.canonicalize().map_err(|cause| StoreError::file(data_dir, cause))
}

fn lock(data_dir: &Path) -> Result<File, StoreError> {
    let path = data_dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.map_err(|cause| StoreError::file(&path, cause))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(cause)) => Err(StoreError::file(path, cause)),
    }
}
