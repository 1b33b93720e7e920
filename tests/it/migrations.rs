//! Every migration can be taken back, and both engines end with the same tables.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel::sqlite::Sqlite;
use diesel::{Connection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::ground::{Ground, Kind, Raw};

const SQLITE: [(&str, EmbeddedMigrations); 2] = [
    ("registry", embed_migrations!("migrations/registry/sqlite")),
    ("tenant", embed_migrations!("migrations/tenant/sqlite")),
];
const POSTGRES: [(&str, EmbeddedMigrations); 2] = [
    ("registry", embed_migrations!("migrations/registry/postgres")),
    ("tenant", embed_migrations!("migrations/tenant/postgres")),
];

/// Tables, columns, keys and indexes, as the engine describes them itself.
fn sqlite_schema(connection: SqliteConnection) -> (SqliteConnection, Vec<String>) {
    let mut raw = Raw::Sqlite(connection);
    let described = raw.texts(
        "SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS it FROM sqlite_schema
         WHERE name NOT LIKE '%diesel_schema%' AND tbl_name NOT LIKE '%diesel_schema%' ORDER BY 1",
    );
    let Raw::Sqlite(connection) = raw else { unreachable!() };
    (connection, described)
}

#[test]
fn each_migration_of_sqlite_can_be_taken_back() {
    for (name, migrations) in SQLITE {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let mut stages = Vec::new();
        // Step by step down the same way it went up.
        let count = MigrationSource::<Sqlite>::migrations(&migrations).unwrap().len();
        for _ in 0..count {
            let (back, schema) = sqlite_schema(connection);
            connection = back;
            stages.push(schema);
            connection.run_next_migration(migrations_of(name, Kind::Sqlite)).unwrap();
        }
        let (back, whole) = sqlite_schema(connection);
        connection = back;
        for before in stages.iter().rev() {
            connection.revert_last_migration(migrations_of(name, Kind::Sqlite)).unwrap();
            let (back, schema) = sqlite_schema(connection);
            connection = back;
            assert_eq!(&schema, before, "{name}");
        }
        connection.run_pending_migrations(migrations).unwrap();
        assert_eq!(sqlite_schema(connection).1, whole, "{name}");
    }
}

fn migrations_of(name: &str, kind: Kind) -> EmbeddedMigrations {
    let all = match kind {
        Kind::Sqlite => SQLITE,
        Kind::Postgres => POSTGRES,
    };
    all.into_iter().find(|(of, _)| *of == name).unwrap().1
}

fn postgres_schema(raw: &mut Raw) -> Vec<String> {
    raw.texts(
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS it
           FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%diesel_schema%'
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '%diesel_schema%'
         UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%diesel_schema%'
         ORDER BY 1",
    )
}

#[test]
fn each_migration_of_postgresql_can_be_taken_back() {
    let Some(ground) = Ground::postgres() else { return };
    for (name, migrations) in POSTGRES {
        let mut raw = if name == "tenant" { ground.raw(ground.tenant) } else { ground.raw_registry() };
        let whole = postgres_schema(&mut raw);
        assert!(!whole.is_empty());
        let Raw::Postgres(mut connection) = raw else { unreachable!() };
        connection.revert_all_migrations(migrations_of(name, Kind::Postgres)).unwrap();
        let mut raw = Raw::Postgres(connection);
        assert_eq!(postgres_schema(&mut raw), Vec::<String>::new(), "{name}");
        let Raw::Postgres(mut connection) = raw else { unreachable!() };
        connection.run_pending_migrations(migrations).unwrap();
        assert_eq!(postgres_schema(&mut Raw::Postgres(connection)), whole, "{name}");
    }
}

#[test]
fn both_engines_end_with_the_same_tables_and_columns() {
    let Some(postgres) = Ground::postgres() else { return };
    let sqlite = Ground::sqlite();
    let pairs =
        [(sqlite.raw(sqlite.tenant), postgres.raw(postgres.tenant)), (sqlite.raw_registry(), postgres.raw_registry())];
    for (mut sqlite, mut postgres) in pairs {
        let left = sqlite.texts(
            "SELECT t.name || '.' || c.name || CASE c.\"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END AS it
             FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1",
        );
        let right = postgres.texts(
            "SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END AS it
             FROM information_schema.columns WHERE table_schema = 'public'",
        );
        let ours =
            |all: Vec<String>| all.into_iter().filter(|name| !name.starts_with("__diesel")).collect::<BTreeSet<_>>();
        assert_eq!(ours(left), ours(right));
    }
}
