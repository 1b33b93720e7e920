//! Everything that differs between the engines: opening, beginning, locking, creating, migrating.

use std::path::{Path, PathBuf};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use url::Url;
use zeroize::Zeroizing;

use super::StoreError;
use super::engine::statement::{Statement, Value};
use crate::crypto::keyring::DatabaseKey;
use crate::domain::ids::TenantId;

/// A connection to either engine. Which one is decided by [`Target`], never by trying.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Where one database is.
#[derive(Clone)]
pub(super) enum Target {
    File { path: PathBuf, key: DatabaseKey },
    Server(PostgresUrl),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// Which set of tables a database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Registry,
    Tenant,
}

impl Target {
    /// What distinguishes it within one pool.
    pub fn name(&self) -> &str {
        match self {
            Self::File { .. } => "",
            Self::Server(url) => url.database(),
        }
    }

    pub fn connect(&self, mode: Mode) -> Result<AnyConnection, StoreError> {
        match self {
            Self::File { path, key } => open_file(path, key, mode).map(AnyConnection::Sqlite),
            Self::Server(url) => open_server(url).map(AnyConnection::Postgres),
        }
    }

    /// The database of a tenant beside this one.
    pub fn tenant(&self, data_dir: &Path, id: TenantId, key: DatabaseKey) -> Self {
        match self {
            Self::File { .. } => Self::File { path: data_dir.join("tenants").join(format!("{id}.db")), key },
            Self::Server(url) => Self::Server(url.tenant(id)),
        }
    }

    /// Removes what there is of a tenant's database beside this one.
    pub fn remove_tenant(&self, data_dir: &Path, id: TenantId) -> Result<(), StoreError> {
        match self {
            Self::File { .. } => ["", "-wal", "-shm"].iter().try_for_each(|end| {
                let path = data_dir.join("tenants").join(format!("{id}.db{end}"));
                match std::fs::remove_file(&path) {
                    Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(path, cause)),
                    _ => Ok(()),
                }
            }),
            Self::Server(url) => {
                let text = format!("DROP DATABASE IF EXISTS \"{}\"", url.tenant(id).database());
                Ok(open_server(url)?.batch_execute(&text)?)
            }
        }
    }

    pub fn exists(&self, registry: &Self) -> Result<bool, StoreError> {
        match (self, registry) {
            (Self::File { path, .. }, _) => Ok(path.exists()),
            (Self::Server(url), Self::Server(main)) => server_has(&mut open_server(main)?, url.database()),
            (Self::Server(_), Self::File { .. }) => Ok(false),
        }
    }

    /// Makes an empty database, unless an interrupted attempt has made it already.
    pub fn create(&self, registry: &Self) -> Result<(), StoreError> {
        match (self, registry) {
            (Self::File { path, .. }, _) => create_file(path),
            (Self::Server(url), Self::Server(main)) => create_on_server(main, url.database()),
            (Self::Server(_), Self::File { .. }) => Err(StoreError::Address("the registry is a file")),
        }
    }
}

// ---- SQLite ----

fn open_file(path: &Path, key: &DatabaseKey, mode: Mode) -> Result<SqliteConnection, StoreError> {
    // As a URI with mode=rw, so that a missing file is an error and never an empty database.
    let mut url = Url::from_file_path(path)
        .map_err(|()| StoreError::unavailable(format!("{} is not an absolute path", path.display())))?;
    url.set_query(Some("mode=rw"));
    let mut connection = SqliteConnection::establish(url.as_str()).map_err(StoreError::unavailable)?;
    // The log level first: a wrong key is reported by us, not on stderr. HMAC-SHA256 has to be named at each
    // opening; it costs half of SQLCipher's default.
    let key = key.expose_hex();
    let unlock = Zeroizing::new(format!(
        "PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256; \
         PRAGMA busy_timeout = 10000;",
        key.as_str()
    ));
    connection.batch_execute(&unlock)?;
    connection.batch_execute(match mode {
        Mode::Write => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        Mode::Read => "PRAGMA query_only = ON;",
    })?;
    connection.batch_execute(
        "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;
         SELECT count(*) FROM sqlite_schema;",
    )?;
    Ok(connection)
}

fn create_file(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    // SQLite gives its WAL the permissions of the database.
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|cause| StoreError::file(path, cause))
}

/// Without SQLCipher `PRAGMA key` does nothing and everything would be stored readable (DA-2).
pub(super) fn require_cipher(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let version: Option<String> =
                diesel::dsl::sql::<Text>("PRAGMA cipher_version").get_result(sqlite).optional()?;
            version.map(drop).ok_or(StoreError::NoCipher)
        }
        AnyConnection::Postgres(_) => Ok(()),
    }
}

// ---- PostgreSQL ----

/// A parsed `postgres://` address. libpq's keyword form is no URL and is refused: it would pass for the name
/// of a file.
#[derive(Clone)]
pub(super) struct PostgresUrl {
    url: Url,
    database: String,
}

impl PostgresUrl {
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let url = Url::parse(text).map_err(|_refused| StoreError::Address("not a URL"))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(StoreError::Address("it must begin with postgres://"));
        }
        let database = url.path().trim_start_matches('/').to_owned();
        if database.is_empty() || database.contains('/') {
            return Err(StoreError::Address("it must name one database"));
        }
        let host = url.has_host() || url.query_pairs().any(|(name, _)| name == "host");
        if !host {
            return Err(StoreError::Address("it must name a host"));
        }
        Ok(Self { url, database }.patient())
    }

    /// libpq waits for ever by default: for a connection, and for a server that has gone away.
    fn patient(mut self) -> Self {
        for (name, value) in [("connect_timeout", "10"), ("keepalives_idle", "30"), ("tcp_user_timeout", "30000")] {
            if !self.url.query_pairs().any(|(set, _)| set == name) {
                self.url.query_pairs_mut().append_pair(name, value);
            }
        }
        self
    }

    fn database(&self) -> &str {
        &self.database
    }

    fn tenant(&self, id: TenantId) -> Self {
        let database = format!("portner_{}", id.as_uuid().simple());
        let mut url = self.url.clone();
        url.set_path(&format!("/{database}"));
        Self { url, database }
    }
}

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresUrl")
    }
}

fn open_server(url: &PostgresUrl) -> Result<PgConnection, StoreError> {
    let mut connection = PgConnection::establish(url.url.as_str()).map_err(StoreError::unavailable)?;
    // What was answered must survive a crash, whatever the server's default; nothing may hang for ever.
    connection.batch_execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
         SET statement_timeout = '30s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s';",
    )?;
    Ok(connection)
}

fn server_has(connection: &mut PgConnection, database: &str) -> Result<bool, StoreError> {
    let found: Option<String> = diesel::sql_query("SELECT datname::text AS name FROM pg_database WHERE datname = $1")
        .bind::<Text, _>(database)
        .get_result::<Named>(connection)
        .optional()?
        .map(|row| row.name);
    Ok(found.is_some())
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// From template0 in the C collation: both engines then sort alike. `database` is ours: letters, digits, `_`.
fn create_on_server(registry: &PostgresUrl, database: &str) -> Result<(), StoreError> {
    let mut connection = open_server(registry)?;
    if server_has(&mut connection, database)? {
        return Ok(());
    }
    connection.batch_execute(&format!(
        "CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    ))?;
    connection.batch_execute(&format!("REVOKE ALL ON DATABASE \"{database}\" FROM PUBLIC"))?;
    Ok(())
}

// ---- transactions ----

type Manager = AnsiTransactionManager;

/// Reads see one snapshot; writers wait for each other before they begin, not in the middle.
pub(super) fn begin(connection: &mut AnyConnection, mode: Mode) -> QueryResult<()> {
    match (connection, mode) {
        (AnyConnection::Sqlite(sqlite), Mode::Read) => Manager::begin_transaction_sql(sqlite, "BEGIN"),
        (AnyConnection::Sqlite(sqlite), Mode::Write) => Manager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE"),
        (AnyConnection::Postgres(postgres), Mode::Read) => {
            Manager::begin_transaction_sql(postgres, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        (AnyConnection::Postgres(postgres), Mode::Write) => Manager::begin_transaction_sql(postgres, "BEGIN"),
    }
}

// A savepoint for each piece of work in a group. Prepared once, unlike those of diesel's transaction manager.

pub(super) fn savepoint(connection: &mut AnyConnection) -> QueryResult<()> {
    Statement::new("SAVEPOINT piece", []).execute(connection).map(drop)
}

pub(super) fn release(connection: &mut AnyConnection) -> QueryResult<()> {
    Statement::new("RELEASE SAVEPOINT piece", []).execute(connection).map(drop)
}

/// Undoes what was done since the savepoint, and ends it.
pub(super) fn undo(connection: &mut AnyConnection) -> QueryResult<()> {
    Statement::new("ROLLBACK TO SAVEPOINT piece", []).execute(connection)?;
    release(connection)
}

/// What has to hold before a COMMIT. PostgreSQL answers the COMMIT of a transaction in which a statement has failed
/// by rolling back, and calls that a success; any other statement tells.
pub(super) fn check(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(postgres) => postgres.batch_execute("SELECT 1"),
    }
}

pub(super) fn commit(connection: &mut AnyConnection) -> QueryResult<()> {
    <AnyConnection as TransactionManager<AnyConnection>>::commit_transaction(connection)
}

pub(super) fn rollback(connection: &mut AnyConnection) -> QueryResult<()> {
    <AnyConnection as TransactionManager<AnyConnection>>::rollback_transaction(connection)
}

/// Added to a SELECT: the rows stay ours until the transaction ends. In SQLite a writer has the database to itself.
pub(super) fn lock_rows(connection: &AnyConnection) -> &'static str {
    match connection {
        AnyConnection::Sqlite(_) => "",
        AnyConnection::Postgres(_) => " FOR UPDATE",
    }
}

/// The same, but rows that refer to these may still be laid.
pub(super) fn hold_rows(connection: &AnyConnection) -> &'static str {
    match connection {
        AnyConnection::Sqlite(_) => "",
        AnyConnection::Postgres(_) => " FOR NO KEY UPDATE",
    }
}

/// Makes sure there is a counter row to lock: without one, two first attempts would not see each other.
pub(super) fn lay_counter(connection: &mut AnyConnection, subject: &str, factor: &str) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(_) => {}
        AnyConnection::Postgres(_) => {
            let text = "INSERT INTO attempt_counters (subject, factor, failed, total, level) VALUES (?, ?, 0, 0, 0) \
                        ON CONFLICT (subject, factor) DO NOTHING";
            Statement::new(text, [Value::Text(subject), Value::Text(factor)]).execute(connection)?;
        }
    }
    Ok(())
}

// ---- migrations ----

const REGISTRY_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/registry/sqlite");
const REGISTRY_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/registry/postgres");
const TENANT_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/tenant/sqlite");
const TENANT_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/tenant/postgres");

pub(super) fn migrations(connection: &AnyConnection, kind: Kind) -> EmbeddedMigrations {
    match (connection, kind) {
        (AnyConnection::Sqlite(_), Kind::Registry) => REGISTRY_SQLITE,
        (AnyConnection::Sqlite(_), Kind::Tenant) => TENANT_SQLITE,
        (AnyConnection::Postgres(_), Kind::Registry) => REGISTRY_POSTGRES,
        (AnyConnection::Postgres(_), Kind::Tenant) => TENANT_POSTGRES,
    }
}
