//! DA-1 and DA-2: one tenant's data is in its own database, and nothing on the disk can be read without a key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use portner::crypto::entropy::SystemEntropy;
use portner::domain::audit::{Actor, Event, EventKind, Outcome};
use portner::domain::tenant::TenantSettings;
use portner::domain::user::{EmailAddress, Profile};
use portner::store::{self, Engine, Store, StoreError, StoreOptions, Stores, audit, sessions, settings, users};

use super::both;
use super::ground::{Ground, Raw, now, origin, person, session_of, tenant, token};

both!(da1_nothing_of_one_tenant_is_in_anothers_database, da2_no_plaintext_canary_in_any_file_of_the_data_directory);

const CANARY: &str = "kanariefugl-7f3a9c";

/// Puts the canary wherever a person can be named.
fn fill(store: &Store, canary: &str) {
    let canary = canary.to_owned();
    let outcome: Result<(), StoreError> = store.write(move |tx| {
        let mut user = person(&canary);
        user.email = Some(EmailAddress::parse(&format!("{canary}@acme.example")).unwrap());
        user.profile = Profile { given_name: Some(canary.clone()), ..Profile::default() };
        users::insert(tx, &user)?;
        settings::save(tx, &TenantSettings::named(&canary))?;
        let mut origin = origin();
        origin.user_agent = Some(canary.clone());
        sessions::insert(tx, &session_of(user.id), &token(), &origin)?;
        let event = Event::new(now(), EventKind::SignInSucceeded, Outcome::Success, Actor::User(user.id), &origin);
        audit::append(tx, &event.username(&canary).detail("note", &canary))
    });
    outcome.unwrap();
}

fn da1_nothing_of_one_tenant_is_in_anothers_database(ground: &Ground) {
    let others: Vec<_> = ["beta", "gamma"]
        .map(|slug| {
            let new = tenant(slug);
            let store = ground.stores.create_tenant(&new, now(), &SystemEntropy).unwrap();
            fill(&store, slug);
            new.id
        })
        .into();
    fill(&ground.store, CANARY);
    assert!(dump(&mut ground.raw(ground.tenant)).contains(CANARY), "the canary sings where it lives");
    for id in others {
        let found = dump(&mut ground.raw(id));
        assert!(!found.contains(CANARY));
        assert!(!found.contains(&ground.tenant.to_string()));
    }
    assert!(!dump(&mut ground.raw_registry()).contains(CANARY));
}

/// Every row of every table as text.
fn dump(raw: &mut Raw) -> String {
    let tables = match raw {
        Raw::Sqlite(_) => raw.texts("SELECT name AS it FROM sqlite_schema WHERE type = 'table'"),
        Raw::Postgres(_) => {
            raw.texts("SELECT table_name::text AS it FROM information_schema.tables WHERE table_schema = 'public'")
        }
    };
    let mut all = String::new();
    for table in tables {
        let columns = match raw {
            Raw::Sqlite(_) => raw.texts(&format!("SELECT name AS it FROM pragma_table_info('{table}')")),
            Raw::Postgres(_) => raw.texts(&format!(
                "SELECT column_name::text AS it FROM information_schema.columns WHERE table_name = '{table}'"
            )),
        };
        for column in columns {
            let value = match raw {
                Raw::Sqlite(_) => format!("quote({column})"),
                Raw::Postgres(_) => format!("coalesce({column}::text, '')"),
            };
            all.extend(raw.texts(&format!("SELECT {value} AS it FROM {table}")));
        }
    }
    all
}

fn da2_no_plaintext_canary_in_any_file_of_the_data_directory(ground: &Ground) {
    fill(&ground.store, CANARY);
    // Big enough that SQLite would spill to files if it could.
    let sorted: Result<_, StoreError> = ground.store.read(|tx| users::list(tx, None, 1000));
    assert_eq!(sorted.unwrap().len(), 1);
    let files = files_below(ground.dir());
    assert!(!files.is_empty());
    for path in &files {
        assert_unreadable(path);
    }
    if ground.kind == super::ground::Kind::Sqlite {
        let wal = ground.dir().join(format!("tenants/{}.db-wal", ground.tenant));
        assert!(fs::metadata(wal).unwrap().len() > 0, "the write-ahead log is among the files");
    }
    // After the checkpoint that closing makes, too.
    let closed = Ground::start(ground.kind, 500).unwrap();
    fill(&closed.store, CANARY);
    let (place, _) = closed.close();
    for path in files_below(place.dir()) {
        assert_unreadable(&path);
    }
}

fn assert_unreadable(path: &Path) {
    let bytes = fs::read(path).unwrap();
    for needle in [CANARY.as_bytes(), b"SQLite format 3", b"CREATE TABLE", b"acme", b"Ladybird"] {
        let found = bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!found, "{} holds {:?}", path.display(), String::from_utf8_lossy(needle));
    }
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} is for others to read", path.display());
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// libraries.md: with one page cache for the process, reads cost six times as much.
#[test]
fn sqlite_is_built_without_a_shared_page_cache_and_with_encryption() {
    let ground = Ground::sqlite();
    let options = ground.raw_registry().texts("SELECT compile_options AS it FROM pragma_compile_options");
    assert!(!options.iter().any(|option| option == "ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
    assert!(options.iter().any(|option| option == "HAS_CODEC"), "{options:?}");
    assert!(!options.iter().any(|option| option == "TEMP_STORE=0"), "{options:?}");
}

#[test]
fn a_database_opens_with_its_own_key_only() {
    let ground = Ground::sqlite();
    let path = ground.dir().join(format!("tenants/{}.db", ground.tenant));
    let registry = ground.dir().join("registry.db");
    // The registry's file in the tenant's place: another key, so it does not open.
    let (place, master) = ground.close();
    fs::copy(&registry, &path).unwrap();
    let stores = place.open(&master, 500).unwrap();
    let id = stores.registry().list().unwrap()[0].id;
    assert!(matches!(stores.tenant(id).map(drop), Err(StoreError::WrongKey)));
    stores.close();
}

#[test]
fn only_a_postgres_url_is_an_address() {
    let dir = tempfile::tempdir().unwrap();
    let bad = [
        "",
        "portner.db",
        "host=127.0.0.1 dbname=portner",
        "sqlite://portner.db",
        "file:portner.db",
        "postgres://",
        "postgres://user@host",
        "postgres://user@host/",
        "postgres:///portner",
        "postgres://user@host/a/b",
        "mysql://user@host/portner",
    ];
    for url in bad {
        let options = StoreOptions {
            data_dir: dir.path().to_owned(),
            engine: Engine::Postgres(url.to_owned().into()),
            open_tenants: 1,
            readers: 1,
            entropy: std::sync::Arc::new(SystemEntropy),
        };
        let outcome = Stores::open(options, portner::crypto::keyring::MasterKey::from_bytes([1; 32])).map(drop);
        assert!(matches!(outcome, Err(StoreError::Address(_))), "{url}");
    }
    // A server that is not there is an error too, and never a file of that name.
    let options = StoreOptions {
        data_dir: dir.path().to_owned(),
        engine: Engine::Postgres("postgres://nobody@127.0.0.1:1/portner".to_owned().into()),
        open_tenants: 1,
        readers: 1,
        entropy: std::sync::Arc::new(SystemEntropy),
    };
    let outcome = Stores::open(options, portner::crypto::keyring::MasterKey::from_bytes([1; 32])).map(drop);
    assert!(matches!(outcome, Err(store::StoreError::Unavailable(_))));
    let left: Vec<_> =
        files_below(dir.path()).iter().filter_map(|path| path.file_name().map(ToOwned::to_owned)).collect();
    assert_eq!(left, ["lock"]);
}
