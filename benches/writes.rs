//! Durable writes from 64 threads: through the tenant's writer, which commits what waits together, and as one
//! commit each behind a lock, on a second file with the same cipher, pragmas and table.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, TimeZone as _, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use portner::crypto::entropy::{Clock as _, Entropy, SystemClock, SystemEntropy, uuid};
use portner::crypto::keyring::{DataKey, MasterKey};
use portner::domain::ids::{Slug, TenantId};
use portner::domain::tenant::{Tenant, TenantStatus};
use portner::store::{Engine, Store, StoreError, StoreOptions, Stores, access_tokens};

use crate::ROUNDS;
use crate::load::Load;
use crate::server::place;
use crate::table::{Row, Table, median, millis, milliseconds, p99, per_second};

const CLIENTS: usize = 64;
const TURN: Duration = Duration::from_secs(2);

pub fn measure(table: &mut Table) {
    let place = place();
    let stores = open(place.path());
    let store = create(&stores);
    let single = Mutex::new(single(&place.path().join("single.db")));
    let expires_at = Utc.timestamp_opt(1_800_000_000, 0).single().expect("a time") + TimeDelta::hours(1);
    let grouped = |name: String| {
        let written: Result<(), StoreError> = store.write(move |tx| access_tokens::revoke(tx, &name, expires_at));
        written.expect("writes");
    };
    let alone = |name: String| {
        let mut connection = single.lock().expect("nobody panics");
        let written = connection.immediate_transaction(|connection| {
            diesel::sql_query("INSERT INTO revoked_tokens (jti, expires_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING")
                .bind::<Text, _>(&name)
                .bind::<BigInt, _>(expires_at.timestamp_micros())
                .execute(connection)
        });
        assert_eq!(written, Ok(1));
    };
    for clients in [CLIENTS, 1] {
        let (mut ours, mut theirs) = (Side::default(), Side::default());
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let our = ours.add(run(clients, &grouped));
            ratios.push(our / theirs.add(run(clients, &alone)));
        }
        table.add(Row {
            what: format!("durable writes, {clients} client{}", if clients == 1 { "" } else { "s" }),
            ours: per_second(median(&ours.rates)),
            beside: format!("{}, a commit each", per_second(median(&theirs.rates))),
            ratio: Some(median(&ratios)),
            ..Row::default()
        });
        table.add(Row {
            what: "  their p99".to_owned(),
            ours: milliseconds(median(&ours.p99)),
            beside: milliseconds(median(&theirs.p99)),
            ratio: Some(median(&ours.p99) / median(&theirs.p99)),
            ..Row::default()
        });
    }
    stores.close();
}

fn open(place: &Path) -> Stores {
    let options = StoreOptions {
        data_dir: place.join("data"),
        engine: Engine::Sqlite,
        open_tenants: 10,
        readers: 1,
        entropy: Arc::new(SystemEntropy),
    };
    Stores::open(options, MasterKey::generate(&SystemEntropy)).expect("a store")
}

fn create(stores: &Stores) -> Store {
    let now = SystemClock.now();
    let tenant = Tenant {
        id: TenantId::from_uuid(uuid(now, &SystemEntropy)),
        slug: Slug::parse("bench").expect("a slug"),
        hosts: Vec::new(),
        status: TenantStatus::Active,
        created_at: now,
    };
    stores.create_tenant(&tenant, now, &SystemEntropy).expect("a tenant")
}

/// A file as the store opens its own.
fn single(path: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("a file");
    let key = DataKey::generate(&SystemEntropy).database_key().expose_hex();
    let pragmas = format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;
         CREATE TABLE revoked_tokens (jti TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL) WITHOUT ROWID;
         CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);",
        key.as_str()
    );
    connection.batch_execute(&pragmas).expect("a database");
    connection
}

/// So many threads, each writing when its last write is durable.
fn run(clients: usize, write: &(impl Fn(String) + Sync)) -> Load {
    static NAMES: AtomicU64 = AtomicU64::new(0);
    let began = Instant::now();
    let times = thread::scope(|scope| {
        let client = || {
            let mut times = Vec::new();
            while began.elapsed() < TURN {
                let mut random = [0; 8];
                SystemEntropy.fill(&mut random);
                let name = format!("{:016x}-{}", u64::from_be_bytes(random), NAMES.fetch_add(1, Ordering::Relaxed));
                let asked = Instant::now();
                write(name);
                times.push(asked.elapsed());
            }
            times
        };
        let running: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("writes")).collect()
    });
    Load { elapsed: began.elapsed(), times }
}

#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    p99: Vec<f64>,
}

impl Side {
    fn add(&mut self, mut load: Load) -> f64 {
        let rate = load.per_second();
        self.rates.push(rate);
        self.p99.push(millis(p99(&mut load.times)));
        rate
    }
}
