use std::sync::mpsc::{Sender, channel};
use std::thread;

use proptest::prelude::*;

use super::*;

const CHEAP: HashParams = HashParams { memory_kib: 64, iterations: 1, parallelism: 1 };

/// "password", made by other software: the Argon2 reference implementation, Python's hashlib, passlib.
const FOREIGN: [&str; 7] = [
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$BVMRKqdiVYikKAaPR1wucsKUKvw4TuPLkdEYtoSHas4",
    "$pbkdf2-sha256$i=1000$APv/EHNhbHRzYWx0c2FsdA$oCGJN8H4rRkzkXQWhEQ8vMR/lmt3dNfbjJRDvXoH+hk",
    "$pbkdf2-sha256$1000$APv/EHNhbHRzYWx0c2FsdA$oCGJN8H4rRkzkXQWhEQ8vMR/lmt3dNfbjJRDvXoH.hk",
    "$pbkdf2-sha512$i=1000$APv/EHNhbHRzYWx0c2FsdA$BW9K6keMH/+fppUV3JVs+iPeXTSKm8/BR0J0JAYEWoexf9+0tHOmUMV3yJJwPk8SrkFG9J/NLsyC42WlT0NpBQ",
];

fn pool() -> Arc<HashPool> {
    HashPool::start(CHEAP, 1, 64).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text.to_owned()).unwrap()
}

fn is_right(checked: &Checked) -> bool {
    matches!(checked, Checked::Right { .. })
}

/// Keeps the pool's only thread busy until the sender is dropped.
fn occupy(pool: &Arc<HashPool>) -> (Sender<()>, thread::JoinHandle<()>) {
    let (release, held) = channel::<()>();
    let (started, running) = channel();
    let pool = Arc::clone(pool);
    let caller = thread::spawn(move || {
        let done = pool.run(move |_| {
            started.send(()).unwrap();
            assert!(held.recv().is_err());
            Ok(())
        });
        assert_eq!(done, Ok(()));
    });
    running.recv().unwrap();
    (release, caller)
}

#[test]
fn the_right_password_verifies_and_another_does_not() {
    let pool = pool();
    let stored = pool.hash(&password("correct horse")).unwrap();
    assert!(stored.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", stored.expose());
    assert!(matches!(pool.verify(&password("correct horse"), Some(&stored)), Ok(Checked::Right { rehash: None })));
    assert!(matches!(pool.verify(&password("correct horsf"), Some(&stored)), Ok(Checked::Wrong)));
    assert!(matches!(pool.verify(&password(""), Some(&stored)), Ok(Checked::Wrong)));
}

#[test]
fn two_hashes_of_one_password_differ() {
    let pool = pool();
    let (a, b) = (pool.hash(&password("x")).unwrap(), pool.hash(&password("x")).unwrap());
    assert_ne!(a.expose(), b.expose());
}

#[test]
fn a_user_without_a_password_is_always_wrong() {
    assert!(matches!(pool().verify(&password("anything"), None), Ok(Checked::Wrong)));
}

#[test]
fn composed_and_decomposed_letters_are_one_password() {
    let pool = pool();
    let stored = pool.hash(&password("sm\u{f8}rrebr\u{f8}d \u{e5}\u{e4}")).unwrap();
    let decomposed = password("sm\u{f8}rrebr\u{f8}d a\u{30a}a\u{308}");
    assert!(is_right(&pool.verify(&decomposed, Some(&stored)).unwrap()));
    let plain = password("smørrebrød aa");
    assert!(!is_right(&pool.verify(&plain, Some(&stored)).unwrap()));
}

#[test]
fn the_last_byte_of_the_longest_password_counts() {
    let pool = pool();
    let long = "x".repeat(8 * 1024 - 1);
    let stored = pool.hash(&password(&format!("{long}a"))).unwrap();
    assert!(is_right(&pool.verify(&password(&format!("{long}a")), Some(&stored)).unwrap()));
    assert!(!is_right(&pool.verify(&password(&format!("{long}b")), Some(&stored)).unwrap()));
}

#[test]
fn normalizing_the_longest_password_does_not_grow_its_buffer() {
    for hostile in ["\u{1d160}".repeat(2048), "\u{fb2c}".repeat(2700), "\u{390}".repeat(4096)] {
        let normal = normalize(&password(&hostile));
        assert!(normal.capacity() <= hostile.len() * 3 + 64, "{}", normal.capacity());
    }
}

#[test]
fn a_hash_with_other_parameters_is_made_anew_at_the_right_password() {
    let other = HashPool::start(HashParams { iterations: 2, ..CHEAP }, 1, 4).unwrap();
    let stored = other.hash(&password("p")).unwrap();
    let pool = pool();
    let Ok(Checked::Right { rehash: Some(rehash) }) = pool.verify(&password("p"), Some(&stored)) else {
        panic!("not right, or not rehashed");
    };
    assert!(rehash.expose().contains("m=64,t=1,p=1"));
    assert!(matches!(pool.verify(&password("p"), Some(&rehash)), Ok(Checked::Right { rehash: None })));
    assert!(matches!(pool.verify(&password("q"), Some(&stored)), Ok(Checked::Wrong)));
}

#[test]
fn hashes_of_other_software_verify_and_become_argon2id() {
    let pool = pool();
    for text in FOREIGN {
        let stored = parse_import(text).unwrap();
        match pool.verify(&password("password"), Some(&stored)) {
            Ok(Checked::Right { rehash: Some(rehash) }) => assert!(rehash.expose().starts_with("$argon2id$")),
            other => panic!("{text}: {other:?}"),
        }
        assert!(matches!(pool.verify(&password("Password"), Some(&stored)), Ok(Checked::Wrong)), "{text}");
    }
}

#[test]
fn bcrypt_of_each_prefix_verifies_and_becomes_argon2id() {
    let pool = pool();
    for prefix in ["$2a$", "$2b$", "$2y$"] {
        // From the test vectors of crypt_blowfish.
        let stored =
            parse_import(&format!("{prefix}05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")).unwrap();
        assert!(matches!(pool.verify(&password("U*U"), Some(&stored)), Ok(Checked::Right { rehash: Some(_) })));
        assert!(matches!(pool.verify(&password("U*V"), Some(&stored)), Ok(Checked::Wrong)));
    }
}

#[test]
fn an_import_that_would_stall_the_server_is_refused() {
    let salt = "c29tc2FsdHNvbWVzYWx0";
    let out = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for text in [
        format!("$argon2id$v=19$m=1048577,t=1,p=1${salt}${out}"),
        format!("$argon2id$v=19$m=8192,t=65,p=1${salt}${out}"),
        format!("$argon2id$v=19$m=8192,t=1,p=65${salt}${out}"),
        format!("$argon2id$v=19$m=1048576,t=64,p=1${salt}${out}"),
        format!("$argon2id$v=19$m=4294967295,t=4294967295,p=1${salt}${out}"),
        format!("$scrypt$ln=31,r=8,p=1${salt}${out}"),
        format!("$scrypt$ln=21,r=8,p=1${salt}${out}"),
        format!("$scrypt$ln=4,r=4294967295,p=4294967295${salt}${out}"),
        format!("$scrypt$ln=20,r=8,p=64${salt}${out}"),
        format!("$pbkdf2-sha256$i=4294967295${salt}${out}"),
        format!("$pbkdf2-sha256$4294967295${salt}${out}"),
        "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
    ] {
        assert!(matches!(parse_import(&text), Err(PasswordError::Cost)), "{text}");
    }
}

#[test]
fn what_is_no_hash_is_not_imported() {
    let long = format!("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ${}", "A".repeat(600));
    for text in [
        "",
        "$",
        "hunter2",
        "$argon2id$v=19$m=64,t=1,p=1",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=7$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$scrypt$ln=10,r=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$pbkdf2-sha256$APv/EHNhbHRzYWx0c2FsdA$oCGJN8H4rRkzkXQWhEQ8vMR/lmt3dNfbjJRDvXoH+hk",
        "$2b$05$short",
        "$2b$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        &long,
    ] {
        assert!(matches!(parse_import(text), Err(PasswordError::Format)), "{text}");
    }
    for text in
        ["$md5$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8", "$2x$05$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8"]
    {
        assert!(parse_import(text).is_err(), "{text}");
    }
}

#[test]
fn a_corrupt_stored_hash_is_wrong_and_harms_nothing() {
    let pool = pool();
    for text in ["", "garbage", "$argon2id$v=19$m=4294967295,t=9,p=1$c29tZXNhbHQ$AAAA", "$2b$31$x", "\u{0}\u{ffff}"] {
        let stored = PasswordHash::from_phc(text.to_owned());
        assert!(matches!(pool.verify(&password("p"), Some(&stored)), Ok(Checked::Wrong)), "{text}");
    }
    let stored = pool.hash(&password("p")).unwrap();
    assert!(is_right(&pool.verify(&password("p"), Some(&stored)).unwrap()));
}

#[test]
fn a_full_queue_says_busy_at_once() {
    let pool = HashPool::start(CHEAP, 1, 1).unwrap();
    let (release, first) = occupy(&pool);
    let second = {
        let pool = Arc::clone(&pool);
        thread::spawn(move || pool.hash(&password("second")))
    };
    while pool.waiting() == 0 {
        thread::yield_now();
    }
    assert!(matches!(pool.hash(&password("third")), Err(Busy)));
    assert!(matches!(pool.verify(&password("third"), None), Err(Busy)));
    drop(release);
    assert!(second.join().unwrap().is_ok());
    first.join().unwrap();
    assert_eq!(pool.waiting(), 0);
    assert!(pool.hash(&password("fourth")).is_ok());
}

#[test]
fn a_job_that_panics_takes_nobody_with_it() {
    let pool = pool();
    let stored = pool.hash(&password("p")).unwrap();
    assert_eq!(pool.run::<()>(|_| panic!("on purpose")), Err(Busy));
    assert!(is_right(&pool.verify(&password("p"), Some(&stored)).unwrap()));
}

#[test]
fn a_pool_that_closes_tells_those_who_wait() {
    let pool = HashPool::start(CHEAP, 1, 4).unwrap();
    let (release, first) = occupy(&pool);
    let waiting = {
        let pool = Arc::clone(&pool);
        thread::spawn(move || pool.hash(&password("second")))
    };
    while pool.waiting() == 0 {
        thread::yield_now();
    }
    pool.queue.close();
    assert!(matches!(waiting.join().unwrap(), Err(Busy)));
    assert!(matches!(pool.hash(&password("third")), Err(Busy)));
    drop(release);
    first.join().unwrap();
}

#[test]
fn an_idle_thread_is_told_so_and_dear_memory_is_given_back() {
    let queue = Queue { limit: 1, ..Queue::default() };
    assert!(matches!(queue.next(Duration::ZERO), Next::Idle));
    queue.close();
    assert!(matches!(queue.next(Duration::MAX), Next::Closed));
    let pool = pool();
    let dear = HashPool::start(HashParams { memory_kib: 1024, ..CHEAP }, 1, 1).unwrap();
    let stored = dear.hash(&password("p")).unwrap();
    assert!(is_right(&pool.verify(&password("p"), Some(&stored)).unwrap()));
    assert_eq!(pool.run(|hasher| Ok(hasher.memory.len())), Ok(0));
    pool.hash(&password("p")).unwrap();
    assert_eq!(pool.run(|hasher| Ok(hasher.memory.len())), Ok(64));
}

#[test]
fn hashing_threads_yield_to_others() {
    let ours = rustix::process::getpriority_process(None).unwrap();
    let theirs = pool().run(|_| Ok(rustix::process::getpriority_process(None))).unwrap().unwrap();
    assert_eq!(theirs, (ours + NICE).min(19));
}

#[test]
fn parameters_that_cannot_work_are_refused_at_start() {
    for params in [
        HashParams { memory_kib: 7, ..CHEAP },
        HashParams { iterations: 0, ..CHEAP },
        HashParams { parallelism: 0, ..CHEAP },
        HashParams { parallelism: 9, ..CHEAP },
        HashParams { parallelism: u32::MAX, ..CHEAP },
        HashParams { memory_kib: u32::MAX, ..CHEAP },
    ] {
        assert!(HashPool::start(params, 1, 1).is_err(), "{params:?}");
    }
    assert_eq!(thread_count(3), 3);
    assert!(thread_count(0) >= 1);
}

#[test]
fn the_work_tells_nothing_about_user_or_password() {
    let pool = pool();
    let work = |text: &str, stored: Option<PasswordHash>| {
        let password = password(text);
        pool.run(move |hasher| {
            hasher.memory.work.clear();
            hasher.verify(&password, stored.as_ref())?;
            Ok(hasher.memory.work.clone())
        })
        .unwrap()
    };
    let now = (CHEAP.memory_kib, CHEAP.iterations);
    let current = pool.hash(&password("p")).unwrap();
    // No such user, a wrong and a right password, a row that cannot be read: one hash of the present cost.
    assert_eq!(work("p", None), [now]);
    assert_eq!(work("q", Some(current.clone())), [now]);
    assert_eq!(work("p", Some(current)), [now]);
    assert_eq!(work("p", Some(PasswordHash::from_phc("garbage".to_owned()))), [now]);
    // An older hash costs its own and the present one, right or wrong.
    let older = HashPool::start(HashParams { iterations: 3, ..CHEAP }, 1, 1).unwrap().hash(&password("p")).unwrap();
    assert_eq!(work("q", Some(older.clone())), [(64, 3), now]);
    assert_eq!(work("p", Some(older)), [(64, 3), now]);
    let bcrypt = parse_import("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").unwrap();
    assert_eq!(work("U*V", Some(bcrypt)), [now]);
}

#[test]
fn passwords_and_hashes_do_not_show_in_debug_output() {
    let pool = pool();
    let stored = pool.hash(&password("canary")).unwrap();
    let right = Checked::Right { rehash: Some(stored) };
    assert_eq!(format!("{right:?}"), "Right { rehash: Some(PasswordHash) }");
    assert_eq!(format!("{pool:?}"), "HashPool { threads: 1, waiting: 0, .. }");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_password_verifies_and_no_other_does(one in "\\PC{0,40}", two in "\\PC{0,40}") {
        let pool = pool();
        let stored = pool.hash(&password(&one)).unwrap();
        prop_assert!(is_right(&pool.verify(&password(&one), Some(&stored)).unwrap()));
        let same = one.nfc().eq(two.nfc());
        prop_assert_eq!(is_right(&pool.verify(&password(&two), Some(&stored)).unwrap()), same);
    }

    #[test]
    fn an_arbitrary_text_is_never_a_cheap_way_to_a_crash(
        free in ".{0,200}",
        name in "(argon2(id|i|d)|scrypt|pbkdf2-sha(256|512)|2[abxy])",
        params in "((v=[0-9]{1,3}\\$)?([a-z]{1,2}=[0-9]{1,11},?){0,4}|[0-9]{1,10})",
        salt in "[A-Za-z0-9+/.]{0,70}", out in "[A-Za-z0-9+/.]{0,90}",
    ) {
        drop(parse_import(&free));
        drop(parse_import(&format!("${name}${params}${salt}${out}")));
    }
}
