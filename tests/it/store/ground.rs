//! A server's store on an engine, with a tenant, and a way round it for tampering.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use chrono::{DateTime, Duration};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use portner::crypto::entropy::{self, SystemEntropy};
use portner::crypto::keyring::MasterKey;
use portner::domain::Time;
use portner::domain::assurance::Proof;
use portner::domain::audit::Origin;
use portner::domain::grant::{CodeBinding, Grant};
use portner::domain::ids::{ClientId, DeviceId, GrantId, LeaseId, SessionId, Slug, TenantId, UserId};
use portner::domain::oauth::{ClaimsRequest, Scopes};
use portner::domain::secret::TokenHash;
use portner::domain::session::Session;
use portner::domain::tenant::{Tenant, TenantStatus};
use portner::domain::user::{Profile, User, UserStatus, Username};
use portner::store::{self, Engine, Store, StoreError, StoreOptions, Stores, Tx};
use tempfile::TempDir;

/// Microseconds are what the store keeps.
pub fn now() -> Time {
    DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap()
}

pub fn after(seconds: i64) -> Time {
    now() + Duration::seconds(seconds)
}

macro_rules! fresh_ids {
    ($($name:ident: $type:ty),*) => { $(pub fn $name() -> $type { <$type>::from_uuid(entropy::uuid(now(), &SystemEntropy)) })* };
}
fresh_ids!(user_id: UserId, session_id: SessionId, grant_id: GrantId, device_id: DeviceId, lease_id: LeaseId);

/// A different token each time.
pub fn token() -> TokenHash {
    let mut bytes = [0; 32];
    entropy::Entropy::fill(&SystemEntropy, &mut bytes);
    TokenHash::from_bytes(bytes)
}

pub fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

pub fn person(name: &str) -> User {
    User {
        id: user_id(),
        username: Username::parse(name).unwrap(),
        email: None,
        email_verified: false,
        locale: None,
        profile: Profile::default(),
        roles: [].into(),
        groups: [].into(),
        status: UserStatus::Active,
        created_at: now(),
        updated_at: now(),
    }
}

pub fn session_of(user: UserId) -> Session {
    Session {
        id: session_id(),
        user,
        created_at: now(),
        auth_time: now(),
        last_seen: now(),
        proofs: vec![Proof::Password],
        ended_at: None,
        ends_by: None,
    }
}

pub fn grant_of(user: UserId, scopes: &str) -> Grant {
    Grant {
        id: grant_id(),
        user,
        client: client("webshop"),
        session: session_id(),
        scopes: Scopes::parse(scopes).unwrap(),
        claims: ClaimsRequest::default(),
        claims_locales: vec!["da".into()],
        nonce: Some("n\0nce".into()),
        auth_time: now(),
        amr: vec!["pwd".into()],
        acr: "urn:portner:acr:password".into(),
        created_at: now(),
        expires_at: after(3600),
        ended_at: None,
    }
}

pub fn binding() -> CodeBinding {
    CodeBinding { redirect_uri: "https://shop.example/callback".into(), challenge: None, expires_at: after(60) }
}

pub fn origin() -> Origin {
    Origin {
        address: Some("2001:db8::7".parse().unwrap()),
        user_agent: Some("Ladybird\0/1".into()),
        request_id: Some("01990000".into()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A server's store with one tenant.
pub struct Ground {
    pub kind: Kind,
    pub stores: Stores,
    pub master: MasterKey,
    pub tenant: TenantId,
    pub store: Store,
    place: Place,
}

/// What a store is opened on; outlives the store.
pub struct Place {
    dir: TempDir,
    /// A PostgreSQL server and the registry's database on it.
    server: Option<(url::Url, String)>,
}

impl Place {
    /// `None` without a PostgreSQL server.
    pub fn new(kind: Kind) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let dir = tempfile::tempdir().unwrap();
        if kind == Kind::Sqlite {
            return Some(Self { dir, server: None });
        }
        let Some(url) = std::env::var_os("PORTNER_TEST_POSTGRES") else {
            assert!(std::env::var_os("PORTNER_REQUIRE_POSTGRES").is_none(), "PORTNER_TEST_POSTGRES is not set");
            return None;
        };
        let server = url::Url::parse(url.to_str().unwrap()).unwrap();
        let name = format!("portner_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut main = PgConnection::establish(server.as_str()).unwrap();
        main.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        Some(Self { dir, server: Some((server, name)) })
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    fn url(&self, database: &str) -> Option<url::Url> {
        let (server, _) = self.server.as_ref()?;
        let mut url = server.clone();
        url.set_path(database);
        Some(url)
    }

    pub fn open(&self, master: &MasterKey, open_tenants: usize) -> Result<Stores, StoreError> {
        self.open_in(self.dir.path(), master, open_tenants)
    }

    /// As another node, with a directory of its own.
    pub fn open_in(&self, dir: &Path, master: &MasterKey, open_tenants: usize) -> Result<Stores, StoreError> {
        let engine = match &self.server {
            None => Engine::Sqlite,
            Some((_, registry)) => Engine::Postgres(self.url(registry).unwrap().to_string().into()),
        };
        let data_dir = dir.to_owned();
        let options = StoreOptions { data_dir, engine, open_tenants, readers: 4, entropy: Arc::new(SystemEntropy) };
        Stores::open(options, master.clone())
    }

    /// A connection round the store, to the registry or a tenant's database.
    pub fn raw(&self, master: &MasterKey, tenant: Option<TenantId>) -> Raw {
        if let Some((_, registry)) = &self.server {
            let database = tenant.map_or(registry.clone(), |id| format!("portner_{}", id.as_uuid().simple()));
            return Raw::Postgres(PgConnection::establish(self.url(&database).unwrap().as_str()).unwrap());
        }
        let Some(tenant) = tenant else {
            return Raw::file(&self.dir().join("registry.db"), master.registry_key().expose_hex().as_str());
        };
        let wrapped =
            self.raw(master, None).bytes(&format!("SELECT wrapped_key AS it FROM tenants WHERE id = '{tenant}'"));
        let key = master.unwrap(tenant, &wrapped).unwrap().database_key();
        Raw::file(&self.dir().join(format!("tenants/{tenant}.db")), key.expose_hex().as_str())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((server, registry)) = &self.server else { return };
        let mut names = vec![registry.clone()];
        let Ok(mut connection) = PgConnection::establish(self.url(registry).unwrap().as_str()) else { return };
        let tenants: Vec<TextRow> =
            diesel::sql_query("SELECT id AS it FROM tenants").load(&mut connection).unwrap_or_default();
        names.extend(tenants.iter().map(|row| format!("portner_{}", row.it.replace('-', ""))));
        drop(connection);
        let mut main = PgConnection::establish(server.as_str()).unwrap();
        for name in names {
            main.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
        }
    }
}

impl Ground {
    pub fn sqlite() -> Self {
        Self::start(Kind::Sqlite, 500).unwrap()
    }

    pub fn postgres() -> Option<Self> {
        Self::start(Kind::Postgres, 500)
    }

    pub fn start(kind: Kind, open_tenants: usize) -> Option<Self> {
        let place = Place::new(kind)?;
        let master = MasterKey::generate(&SystemEntropy);
        let stores = place.open(&master, open_tenants).unwrap();
        let tenant = tenant("acme");
        let store = stores.create_tenant(&tenant, now(), &SystemEntropy).unwrap();
        Some(Self { kind, stores, master, tenant: tenant.id, store, place })
    }

    pub fn dir(&self) -> &Path {
        self.place.dir()
    }

    pub fn raw(&self, tenant: TenantId) -> Raw {
        self.place.raw(&self.master, Some(tenant))
    }

    pub fn raw_registry(&self) -> Raw {
        self.place.raw(&self.master, None)
    }

    /// A second server on the same data directory.
    pub fn second(&self) -> Result<Stores, StoreError> {
        self.place.open(&self.master, 500)
    }

    /// Everything closed; what is left to open again.
    pub fn close(self) -> (Place, MasterKey) {
        let Self { stores, store, place, master, .. } = self;
        drop(store);
        stores.close();
        (place, master)
    }

    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(work).unwrap()
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.read(work).unwrap()
    }

    /// A stored person.
    pub fn person(&self, name: &str) -> User {
        let user = person(name);
        let stored = user.clone();
        self.write(move |tx| store::users::insert(tx, &stored));
        user
    }
}

pub fn tenant(slug: &str) -> Tenant {
    Tenant {
        id: TenantId::from_uuid(entropy::uuid(now(), &SystemEntropy)),
        slug: Slug::parse(slug).unwrap(),
        status: TenantStatus::Active,
        hosts: Vec::new(),
        created_at: now(),
    }
}

/// The same work on so many threads at once; what each got.
pub fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|n| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(n)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    it: String,
}
#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    it: i64,
}
#[derive(QueryableByName)]
struct BytesRow {
    #[diesel(sql_type = Binary)]
    it: Vec<u8>,
}

/// Each query names its one column `it`.
impl Raw {
    pub fn file(path: &Path, key: &str) -> Self {
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let unlock = format!(
            "PRAGMA key = \"x'{key}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA busy_timeout = 60000"
        );
        connection.batch_execute(&unlock).unwrap();
        Self::Sqlite(connection)
    }

    pub fn execute(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.batch_execute(sql).unwrap(),
            Self::Postgres(connection) => connection.batch_execute(sql).unwrap(),
        }
    }

    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let rows: Vec<TextRow> = match self {
            Self::Sqlite(connection) => query.load(connection).unwrap(),
            Self::Postgres(connection) => query.load(connection).unwrap(),
        };
        rows.into_iter().map(|row| row.it).collect()
    }

    pub fn number(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let row: NumberRow = match self {
            Self::Sqlite(connection) => query.get_result(connection).unwrap(),
            Self::Postgres(connection) => query.get_result(connection).unwrap(),
        };
        row.it
    }

    /// Every value in every column of every table, with where it stands.
    pub fn everything(&mut self) -> Vec<(String, Vec<u8>)> {
        let columns = match self {
            Self::Sqlite(_) => self.texts(
                "SELECT 'CAST(\"' || c.name || '\" AS BLOB)|' || c.name || '|' || t.name AS it FROM sqlite_schema t, \
                 pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1",
            ),
            Self::Postgres(_) => self.texts(
                "SELECT CASE data_type WHEN 'bytea' THEN quote_ident(column_name) \
                 ELSE 'convert_to(' || quote_ident(column_name) || '::text, ''UTF8'')' END \
                 || '|' || column_name || '|' || table_name AS it \
                 FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1",
            ),
        };
        let mut all = Vec::new();
        for column in columns {
            let [value, name, table] = column.split('|').collect::<Vec<_>>()[..] else { panic!("{column}") };
            let sql = format!("SELECT {value} AS it FROM \"{table}\" WHERE \"{name}\" IS NOT NULL");
            let query = diesel::sql_query(sql);
            let rows: Vec<BytesRow> = match self {
                Self::Sqlite(connection) => query.load(connection).unwrap(),
                Self::Postgres(connection) => query.load(connection).unwrap(),
            };
            all.extend(rows.into_iter().map(|row| (format!("{table}.{name}"), row.it)));
        }
        all
    }

    pub fn bytes(&mut self, sql: &str) -> Vec<u8> {
        let query = diesel::sql_query(sql);
        let row: BytesRow = match self {
            Self::Sqlite(connection) => query.get_result(connection).unwrap(),
            Self::Postgres(connection) => query.get_result(connection).unwrap(),
        };
        row.it
    }
}
