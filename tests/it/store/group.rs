//! Group commit and its counterpart on PostgreSQL: work that fails undoes itself and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use portner::domain::audit::{Actor, Event, EventKind, Outcome};
use portner::store::{StoreError, access_tokens, audit, settings, users};

use super::both;
use super::ground::{Ground, Kind, after, at_once, now, origin, person};

both!(
    work_that_fails_undoes_itself_alone,
    a_panic_undoes_its_work_and_the_writer_lives_on,
    a_swallowed_refusal_of_the_database_is_never_a_success,
    what_is_queued_is_written_before_the_store_closes,
    a_reader_sees_what_was_written_and_never_half_of_it,
    a_reader_cannot_write,
    the_work_decides_its_own_error,
    a_failed_commit_is_told_to_all_who_shared_it,
    a_revision_has_passed_once_the_next_is_committed_and_not_before,
);

fn a_revision_has_passed_once_the_next_is_committed_and_not_before(ground: &Ground) {
    let store = &ground.store;
    let before = ground.read(settings::revision);
    assert!(!store.has_passed(before));
    let undone: Result<(), StoreError> = store.write(|tx| {
        settings::bump(tx)?;
        Err(StoreError::Missing("reason to go on"))
    });
    assert!(undone.is_err());
    assert!(!store.has_passed(before), "nothing was changed");
    for _ in 0..20 {
        let before = ground.read(settings::revision);
        let committed = at_once(4, |_| {
            let written: Result<i64, StoreError> = store.write(|tx| {
                settings::bump(tx)?;
                settings::revision(tx)
            });
            // Whoever was told of it knows at once.
            (written.unwrap(), store.has_passed(before))
        });
        assert!(committed.iter().all(|(_, passed)| *passed), "{committed:?}");
        let newest = committed.iter().map(|(revision, _)| *revision).max().unwrap();
        assert!(store.has_passed(newest - 1) && !store.has_passed(newest));
        assert_eq!(ground.read(settings::revision), newest);
    }
}

/// A person called "trap" breaks a constraint that is looked at in the commit only.
const TRAP_SQLITE: &str = "
    CREATE TABLE parent (id TEXT PRIMARY KEY);
    CREATE TABLE trap (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER spring AFTER INSERT ON users WHEN NEW.username = 'trap'
        BEGIN INSERT INTO trap VALUES ('x'); END;";
const TRAP_POSTGRES: &str = "
    CREATE TABLE parent (id TEXT PRIMARY KEY);
    CREATE TABLE trap (id TEXT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.username = 'trap' THEN INSERT INTO trap VALUES ('x'); END IF; RETURN NEW; END $$;
    CREATE TRIGGER spring AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION spring();";

fn a_failed_commit_is_told_to_all_who_shared_it(ground: &Ground) {
    let (trap, companions) = match ground.kind {
        Kind::Sqlite => (TRAP_SQLITE, 0..32),
        // Nobody shares a commit.
        Kind::Postgres => (TRAP_POSTGRES, 0..1),
    };
    ground.raw(ground.tenant).execute(trap);
    // While the first write is held up, the others gather behind it and share a commit.
    let outcomes: Vec<(String, Result<(), StoreError>)> = thread::scope(|scope| {
        let (ready, started) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        scope.spawn(move || {
            // It may share the commit that fails.
            let _held: Result<(), StoreError> = ground.store.write(move |_| {
                ready.send(()).unwrap();
                opened.recv().unwrap();
                Ok(())
            });
        });
        started.recv().unwrap();
        let names = (0..32).map(|n| if n == 7 { "trap".to_owned() } else { format!("user{n}") });
        let running: Vec<_> = names
            .map(|name| {
                let inserted = name.clone();
                scope.spawn(move || (name, ground.store.write(move |tx| users::insert(tx, &person(&inserted)))))
            })
            .collect();
        open.send(()).unwrap();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut failed = 0;
    for (name, outcome) in outcomes {
        let written = ground.read(|tx| users::find_by_username_key(tx, &name)).is_some();
        assert_eq!(outcome.is_ok(), written, "{name}");
        if let Err(error) = outcome {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
            failed += 1;
        }
    }
    assert!(companions.contains(&(failed - 1)), "{failed}");
    ground.person("after");
}

fn work_that_fails_undoes_itself_alone(ground: &Ground) {
    let outcomes = at_once(64, |n| {
        let outcome: Result<(), StoreError> = ground.store.write(move |tx| {
            users::insert(tx, &person(&format!("user{n}")))?;
            if n % 3 == 0 { Err(StoreError::Missing("luck")) } else { Ok(()) }
        });
        outcome.is_ok()
    });
    let succeeded = outcomes.iter().filter(|done| **done).count();
    assert_eq!(succeeded, 42);
    assert_eq!(ground.read(users::count), 42);
}

fn a_panic_undoes_its_work_and_the_writer_lives_on(ground: &Ground) {
    // The hook is the whole process's: of two at a time the second would put the first one's back, for good.
    static HOOK: Mutex<()> = Mutex::new(());
    let one = HOOK.lock();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let outcome: Result<(), StoreError> = ground.store.write(|tx| {
        users::insert(tx, &person("mette"))?;
        panic!("on purpose")
    });
    std::panic::set_hook(quiet);
    drop(one);
    assert!(matches!(outcome, Err(StoreError::Panicked)));
    assert_eq!(ground.read(users::count), 0);
    ground.person("mette");
    assert_eq!(ground.read(users::count), 1);
}

/// PostgreSQL turns a COMMIT into a rollback once a statement has failed; that must not pass for a commit.
fn a_swallowed_refusal_of_the_database_is_never_a_success(ground: &Ground) {
    ground.person("mette");
    let outcome: Result<(), StoreError> = ground.store.write(|tx| {
        users::insert(tx, &person("kaj"))?;
        assert!(matches!(users::insert(tx, &person("METTE")), Err(StoreError::Conflict("the user name"))));
        Ok(())
    });
    let written = ground.read(|tx| users::find_by_username_key(tx, "kaj")).is_some();
    assert_eq!(outcome.is_ok(), written);
}

fn what_is_queued_is_written_before_the_store_closes(ground: &Ground) {
    let other = Ground::start(ground.kind, 500).unwrap();
    for n in 0..200 {
        other.store.enqueue(move |tx| access_tokens::revoke(tx, &format!("token {n}"), after(60)));
    }
    let tenant = other.tenant;
    let (place, master) = other.close();
    let stores = place.open(&master, 500).unwrap();
    let store = stores.tenant(tenant).unwrap();
    for n in 0..200 {
        let revoked: Result<bool, StoreError> = store.read(|tx| access_tokens::is_revoked(tx, &format!("token {n}")));
        assert!(revoked.unwrap(), "{n}");
    }
    drop(store);
    stores.close();
}

fn a_reader_sees_what_was_written_and_never_half_of_it(ground: &Ground) {
    let torn = AtomicUsize::new(0);
    at_once(4, |n| {
        for round in 0..30 {
            if n == 0 {
                ground.write(move |tx| {
                    users::insert(tx, &person(&format!("left{round}")))?;
                    users::insert(tx, &person(&format!("right{round}")))
                });
            } else {
                let (before, after): (u64, u64) = ground.read(|tx| Ok((users::count(tx)?, users::count(tx)?)));
                if before % 2 != 0 || before != after {
                    torn.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    assert_eq!(torn.into_inner(), 0);
    assert_eq!(ground.read(users::count), 60);
}

fn a_reader_cannot_write(ground: &Ground) {
    let outcome: Result<(), StoreError> = ground.store.read(|tx| users::insert(tx, &person("mette")));
    assert!(outcome.is_err());
    assert_eq!(ground.read(users::count), 0);
    ground.person("mette");
}

fn the_work_decides_its_own_error(ground: &Ground) {
    #[derive(Debug, thiserror::Error)]
    enum Refusal {
        #[error("refused")]
        Refused,
        #[error(transparent)]
        Store(#[from] StoreError),
    }
    let refused: Result<(), Refusal> = ground.store.write(|tx| {
        users::insert(tx, &person("mette"))?;
        let event = Event::new(now(), EventKind::UserCreated, Outcome::Success, Actor::System, &origin());
        audit::append(tx, &event)?;
        Err(Refusal::Refused)
    });
    assert!(matches!(refused, Err(Refusal::Refused)), "{refused:?}");
    let unknown: Result<(), Refusal> = ground.store.write(|tx| Ok(users::update(tx, &person("nobody"))?));
    assert!(matches!(unknown, Err(Refusal::Store(StoreError::Missing("user")))));
    assert_eq!(ground.read(audit::verify).rows, 0);
}
