//! IN-4: what the store keeps of failed attempts.

use portner::domain::attempt::{Counter, Factor, Lease, Subject};
use portner::store::attempts;

use super::both;
use super::ground::{Ground, after, device_id, lease_id, now};

both!(
    in4_a_counter_is_kept_with_its_leases,
    in4_unlocking_an_account_forgets_its_failures_only,
    in4_counters_of_unknown_names_are_bounded,
);

fn load(ground: &Ground, subject: &Subject) -> Counter {
    let subject = subject.clone();
    ground.write(move |tx| attempts::load(tx, &subject, Factor::Password))
}

fn save(ground: &Ground, subject: &Subject, counter: &Counter) {
    let (subject, counter) = (subject.clone(), counter.clone());
    ground.write(move |tx| attempts::save(tx, &subject, Factor::Password, &counter));
}

fn in4_a_counter_is_kept_with_its_leases(ground: &Ground) {
    let user = ground.person("mette").id;
    let held = |leases: i64| (0..leases).map(|n| Lease { id: lease_id(), expires_at: after(n) }).collect();
    let mut counter = Counter {
        failed: 2,
        total: 99,
        last_at: Some(now()),
        locked_until: Some(after(900)),
        level: 3,
        leases: vec![],
    };
    let subjects = [Subject::Account(user), Subject::Device(device_id()), Subject::Unknown([255; 32])];
    for subject in &subjects {
        assert_eq!(load(ground, subject), Counter::default());
        counter.leases = held(2);
        save(ground, subject, &counter);
        assert_eq!(load(ground, subject), counter);
    }
    counter = load(ground, &subjects[0]);
    assert_eq!(ground.read(|tx| attempts::locked_until(tx, user)), Some(after(900)));
    counter.leases.remove(0);
    counter.locked_until = None;
    save(ground, &subjects[0], &counter);
    assert_eq!(load(ground, &subjects[0]), counter);
    assert_eq!(load(ground, &subjects[1]).leases.len(), 2, "each subject has its own");
    assert_eq!(ground.read(|tx| attempts::locked_until(tx, user)), None);
}

fn in4_unlocking_an_account_forgets_its_failures_only(ground: &Ground) {
    let (mette, kaj) = (ground.person("mette").id, ground.person("kaj").id);
    let lease = Lease { id: lease_id(), expires_at: after(30) };
    let counter =
        Counter { failed: 1, total: 9, level: 2, locked_until: Some(after(900)), last_at: Some(now()), leases: vec![] };
    save(ground, &Subject::Account(mette), &Counter { leases: vec![lease], ..counter.clone() });
    save(ground, &Subject::Account(kaj), &counter);
    ground.write(move |tx| attempts::clear(tx, mette));
    let cleared = load(ground, &Subject::Account(mette));
    assert_eq!((cleared.failed, cleared.total, cleared.level, cleared.locked_until), (0, 0, 0, None));
    assert_eq!(cleared.leases, [lease], "what is being evaluated still counts");
    assert_eq!(load(ground, &Subject::Account(kaj)), counter);
}

fn in4_counters_of_unknown_names_are_bounded(ground: &Ground) {
    let user = ground.person("mette").id;
    save(ground, &Subject::Account(user), &Counter { failed: 1, last_at: Some(now()), ..Counter::default() });
    for n in 0..10_u8 {
        let last_at = Some(after(i64::from(n)));
        save(ground, &Subject::Unknown([n; 32]), &Counter { failed: 1, last_at, ..Counter::default() });
    }
    assert_eq!(ground.write(|tx| attempts::purge_unknown(tx, after(2), 100)), 2);
    assert_eq!(ground.write(|tx| attempts::purge_unknown(tx, after(2), 3)), 5);
    for n in 0..10_u8 {
        assert_eq!(load(ground, &Subject::Unknown([n; 32])).failed, u32::from(n >= 7), "{n}");
    }
    assert_eq!(load(ground, &Subject::Account(user)).failed, 1);
}
