//! Tenants: made, found, kept open as long as there is room.

use std::time::{Duration, Instant};

use portner::crypto::entropy::SystemEntropy;
use portner::crypto::keyring::MasterKey;
use portner::domain::ids::TenantId;
use portner::domain::tenant::TenantStatus;
use portner::store::{StoreError, users};

use super::both;
use super::ground::{Ground, Kind, Place, at_once, now, person, tenant};

both!(
    the_registry_finds_tenants_by_every_name,
    a_slug_and_a_host_belong_to_one_tenant,
    everything_is_there_after_a_restart,
    a_tenant_is_completed_after_an_interrupted_creation,
    a_lost_database_is_never_replaced_by_an_empty_one,
    another_master_key_opens_nothing,
    a_registry_from_before_the_check_of_the_master_key_knows_it_by_a_tenants_key,
    of_many_nodes_that_begin_at_once_with_keys_of_their_own_one_begins,
    a_second_server_on_the_same_data_is_refused,
    open_tenants_are_bounded_and_those_in_use_stay,
    a_tenant_is_opened_once_by_many_threads,
    a_tenant_is_created_in_under_a_second_among_many,
);

fn the_registry_finds_tenants_by_every_name(ground: &Ground) {
    let mut other = tenant("beta");
    other.hosts = vec!["login.beta.example".into(), "id.beta.example".into()];
    ground.stores.create_tenant(&other, now(), &SystemEntropy).unwrap();
    other.hosts.sort();
    let registry = ground.stores.registry();
    assert_eq!(registry.find(other.id).unwrap(), Some(other.clone()));
    assert_eq!(registry.find_by_slug(&other.slug).unwrap(), Some(other.clone()));
    assert_eq!(registry.find_by_host("id.beta.example").unwrap(), Some(other.clone()));
    assert_eq!(registry.find_by_host("id.gamma.example").unwrap(), None);
    let slugs: Vec<_> = registry.list().unwrap().iter().map(|tenant| tenant.slug.to_string()).collect();
    assert_eq!(slugs, ["acme", "beta"]);
    assert_eq!(registry.list().unwrap()[1].hosts, other.hosts);
    registry.set_hosts(other.id, &["new.example".into()]).unwrap();
    assert_eq!(registry.find_by_host("id.beta.example").unwrap(), None);
    registry.set_status(other.id, TenantStatus::Suspended).unwrap();
    let found = registry.find_by_host("new.example").unwrap().unwrap();
    assert_eq!((found.id, found.status), (other.id, TenantStatus::Suspended));
    assert!(matches!(registry.set_status(tenant("x").id, TenantStatus::Active), Err(StoreError::Missing(_))));
}

fn a_slug_and_a_host_belong_to_one_tenant(ground: &Ground) {
    let create = |slug: &str, host: &str| {
        let mut new = tenant(slug);
        new.hosts = vec![host.into()];
        ground.stores.create_tenant(&new, now(), &SystemEntropy).map(drop)
    };
    create("beta", "one.example").unwrap();
    assert!(matches!(create("beta", "two.example"), Err(StoreError::Conflict("the slug"))));
    assert!(matches!(create("gamma", "one.example"), Err(StoreError::Conflict("the host name"))));
    create("gamma", "two.example").unwrap();
    assert_eq!(ground.stores.registry().list().unwrap().len(), 3);
    assert!(matches!(ground.stores.tenant(tenant("x").id), Err(StoreError::UnknownTenant(_))));
}

fn everything_is_there_after_a_restart(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let (user, id) = (ground.person("mette"), ground.tenant);
    let (place, master) = ground.close();
    let stores = place.open(&master, 500).unwrap();
    let found: Result<_, StoreError> = stores.tenant(id).unwrap().read(|tx| users::find(tx, user.id));
    assert_eq!(found.unwrap(), Some(user));
    stores.close();
}

fn a_tenant_is_completed_after_an_interrupted_creation(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let id = ground.tenant;
    let (place, master) = ground.close();
    // As after a crash between the two: the registry has the tenant and its key, the database is not complete.
    place.raw(&master, None).execute("UPDATE tenants SET ready = false");
    match place.raw(&master, Some(id)) {
        super::ground::Raw::Sqlite(connection) => {
            drop(connection);
            std::fs::remove_file(place.dir().join(format!("tenants/{id}.db"))).unwrap();
        }
        mut raw @ super::ground::Raw::Postgres(_) => raw.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"),
    }
    for _ in 0..2 {
        let stores = place.open(&master, 500).unwrap();
        let store = stores.tenant(id).unwrap();
        let count: Result<u64, StoreError> = store.read(users::count);
        assert_eq!(count.unwrap(), 0);
        drop(store);
        stores.close();
    }
}

fn a_lost_database_is_never_replaced_by_an_empty_one(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let id = ground.tenant;
    let (place, master) = ground.close();
    match ground_kind(&place) {
        Kind::Sqlite => std::fs::remove_file(place.dir().join(format!("tenants/{id}.db"))).unwrap(),
        Kind::Postgres => {
            let name = format!("portner_{}", id.as_uuid().simple());
            place.raw(&master, None).execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
    let stores = place.open(&master, 500).unwrap();
    assert!(matches!(stores.tenant(id), Err(StoreError::DatabaseMissing(missing)) if missing == id));
    stores.close();
}

fn ground_kind(place: &Place) -> Kind {
    if place.dir().join("registry.db").exists() { Kind::Sqlite } else { Kind::Postgres }
}

fn another_master_key_opens_nothing(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let (kind, id) = (ground.kind, ground.tenant);
    let (place, master) = ground.close();
    let other = MasterKey::generate(&SystemEntropy);
    // Twice: being refused leaves nothing behind.
    for _ in 0..2 {
        match (kind, place.open(&other, 500).map(drop)) {
            (Kind::Sqlite, refused) => assert!(matches!(refused, Err(StoreError::WrongKey))),
            (Kind::Postgres, refused) => assert!(matches!(refused, Err(StoreError::WrongMasterKey))),
        }
    }
    place.open(&master, 500).unwrap().tenant(id).unwrap();
}

fn a_registry_from_before_the_check_of_the_master_key_knows_it_by_a_tenants_key(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let (kind, id) = (ground.kind, ground.tenant);
    let (place, master) = ground.close();
    place.raw(&master, None).execute("DELETE FROM key_check");
    if kind == Kind::Postgres {
        let other = MasterKey::generate(&SystemEntropy);
        assert!(matches!(place.open(&other, 500).map(drop), Err(StoreError::WrongMasterKey)));
        let count = "SELECT count(*) AS it FROM key_check";
        assert_eq!(place.raw(&master, None).number(count), 0, "a wrong key does not become the installation's");
    }
    place.open(&master, 500).unwrap().tenant(id).unwrap();
    assert_eq!(place.raw(&master, None).number("SELECT count(*) AS it FROM key_check"), 1);
}

fn of_many_nodes_that_begin_at_once_with_keys_of_their_own_one_begins(ground: &Ground) {
    // A directory is one process's: only a server's database is begun by several.
    if ground.kind == Kind::Sqlite {
        return;
    }
    let Some(place) = Place::new(ground.kind) else { return };
    let first = MasterKey::generate(&SystemEntropy);
    place.open(&first, 500).unwrap().close();
    place.raw(&first, None).execute("DELETE FROM key_check");
    let keys: Vec<MasterKey> = (0..6).map(|_| MasterKey::generate(&SystemEntropy)).collect();
    let dirs: Vec<_> = keys.iter().map(|_| tempfile::tempdir().unwrap()).collect();
    let begun = at_once(keys.len(), |n| match place.open_in(dirs[n].path(), &keys[n], 500) {
        Ok(stores) => {
            stores.close();
            true
        }
        Err(StoreError::WrongMasterKey) => false,
        Err(other) => panic!("{other}"),
    });
    assert_eq!(begun.iter().filter(|one| **one).count(), 1, "{begun:?}");
}

fn a_second_server_on_the_same_data_is_refused(ground: &Ground) {
    assert!(matches!(ground.second().map(drop), Err(StoreError::InUse(_))));
    ground.person("mette");
}

fn open_tenants_are_bounded_and_those_in_use_stay(ground: &Ground) {
    let ground = Ground::start(ground.kind, 3).unwrap();
    let ids: Vec<TenantId> = (0..8)
        .map(|n| {
            let new = tenant(&format!("t{n}"));
            let store = ground.stores.create_tenant(&new, now(), &SystemEntropy).unwrap();
            // What is queued when a tenant is closed is not lost.
            store.enqueue(move |tx| users::insert(tx, &person(&format!("user{n}"))));
            new.id
        })
        .collect();
    assert!(ground.stores.open_count() <= 3);
    for id in &ids {
        let store = ground.stores.tenant(*id).unwrap();
        // The queue is answered in order.
        let answered: Result<(), StoreError> = store.write(|_| Ok(()));
        answered.unwrap();
        let count: Result<u64, StoreError> = store.read(users::count);
        if ground.kind == Kind::Sqlite {
            assert_eq!(count.unwrap(), 1);
        }
        assert!(ground.stores.open_count() <= 3);
    }
    let held: Vec<_> = ids.iter().map(|id| ground.stores.tenant(*id).unwrap()).collect();
    // The tenant of the ground is in use too.
    assert!(ground.stores.open_count() >= 8);
    ground.person("mette");
    drop(held);
    ground.stores.tenant(ids[0]).unwrap();
    ground.stores.create_tenant(&tenant("last"), now(), &SystemEntropy).unwrap();
    assert!(ground.stores.open_count() <= 3);
}

fn a_tenant_is_opened_once_by_many_threads(ground: &Ground) {
    let ground = Ground::start(ground.kind, 500).unwrap();
    let id = ground.tenant;
    let (place, master) = ground.close();
    let stores = place.open(&master, 500).unwrap();
    let written = at_once(16, |n| {
        let outcome: Result<(), StoreError> =
            stores.tenant(id).unwrap().write(move |tx| users::insert(tx, &person(&format!("user{n}"))));
        outcome.is_ok()
    });
    assert_eq!(written, [true; 16]);
    assert_eq!(stores.open_count(), 1);
    stores.close();
}

fn a_tenant_is_created_in_under_a_second_among_many(ground: &Ground) {
    // PostgreSQL copies a template database for each: fewer of them show the same.
    let present = match ground.kind {
        Kind::Sqlite => 200,
        Kind::Postgres => 12,
    };
    let best_of_three = |name: &str| {
        let create = |n| {
            let started = Instant::now();
            ground.stores.create_tenant(&tenant(&format!("{name}{n}")), now(), &SystemEntropy).unwrap();
            started.elapsed()
        };
        (0..3).map(create).min().unwrap()
    };
    let first = best_of_three("early");
    for n in 0..present {
        ground.stores.create_tenant(&tenant(&format!("t{n}")), now(), &SystemEntropy).unwrap();
    }
    let last = best_of_three("late");
    // A machine on which the first ones take a second has to show that the many do not matter.
    assert!(last < Duration::from_secs(1).max(first * 2), "{first:?} {last:?}");
}
