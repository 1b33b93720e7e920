//! Sign-ins against nothing but Argon2id with the same parameters, and what they do to everybody else.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::ROUNDS;
use crate::load::{self, Answer, Client, Load, Repeat, complaint};
use crate::server::{Portner, cpu};
use crate::session::{self, Browser, Form, PASSWORD, request, username};
use crate::table::{Row, Table, median, millis, milliseconds, p99, per_second};

const SLUG: &str = "bench";
const USERS: usize = 64;
/// One side's turn: some hundred hashes.
const TURN: Duration = Duration::from_secs(4);

/// One person's browser after another at the same form.
struct SignIn {
    form: Form,
    users: Vec<String>,
    next: usize,
}

impl SignIn {
    /// So many browsers, no two with the same people.
    fn browsers(port: u16, count: usize) -> Vec<Self> {
        let people = |number| (0..USERS).skip(number).step_by(count).map(username).collect();
        let form = || Browser::new(port, SLUG).form(&format!("/t/{SLUG}/sign-in"));
        (0..count).map(|number| Self { form: form(), users: people(number), next: 0 }).collect()
    }
}

impl Client for SignIn {
    fn ask(&mut self, out: &mut Vec<u8>) {
        let body = self.form.filled(&self.users[self.next % self.users.len()]);
        self.next += 1;
        out.extend(request("POST", &format!("/t/{SLUG}/sign-in"), &[("Cookie", &self.form.cookie)], &body));
    }
    fn hear(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        if answer.status == 303 { Ok(()) } else { Err(complaint(answer)) }
    }
}

fn server() -> Portner {
    let portner = Portner::start();
    portner.apply(&session::tenant(SLUG, USERS));
    portner
}

/// As many threads as the hash pool has by default.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

pub fn measure(table: &mut Table) {
    let portner = server();
    let mut browsers = SignIn::browsers(portner.port, 16);
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut spent, mut signed_in) = (Duration::ZERO, 0.0);
    let mut raw = Hashed::default();
    for _ in 0..ROUNDS {
        let before = cpu(portner.id());
        let our = load::run(portner.port, &mut browsers, TURN);
        spent += cpu(portner.id()).saturating_sub(before);
        signed_in += our.times.len() as f64;
        let their = raw_argon2(TURN);
        ratios.push(our.per_second() / their.per_second);
        ours.push(our.per_second());
        theirs.push(their.per_second);
        raw.count += their.count;
        raw.spent += their.spent;
    }
    table.add(Row {
        what: "sign-in (POST /sign-in)".to_owned(),
        ours: per_second(median(&ours)),
        beside: format!("{} raw Argon2id, {:.1} ms", per_second(median(&theirs)), raw.each()),
        ratio: Some(median(&ratios)),
        cpu: Some(spent.as_secs_f64() * 1000.0 / signed_in),
        aim: "≥ 0.9, ≤ 37 ms",
    });
}

/// What hashing alone came to.
#[derive(Default)]
struct Hashed {
    count: f64,
    per_second: f64,
    spent: Duration,
}

impl Hashed {
    /// CPU of one, in milliseconds.
    fn each(&self) -> f64 {
        millis(self.spent) / self.count
    }
}

/// On as many threads as the pool has, at the pool's priority, with the memory kept as it does.
fn raw_argon2(time: Duration) -> Hashed {
    let barrier = Barrier::new(threads());
    let before = cpu(std::process::id());
    let (count, per_second) = thread::scope(|scope| {
        let running: Vec<_> = (0..threads()).map(|_| scope.spawn(|| hash_on(&barrier, time))).collect();
        let done = running.into_iter().map(|thread| thread.join().expect("hashes"));
        done.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    });
    Hashed { count, per_second, spent: cpu(std::process::id()).saturating_sub(before) }
}

/// How many, and how many in a second.
fn hash_on(barrier: &Barrier, time: Duration) -> (f64, f64) {
    rustix::process::nice(10).expect("a lower priority needs no right");
    let params = Params::new(19 * 1024, 2, 1, Some(32)).expect("the default parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut out = [0; 32];
    barrier.wait();
    let began = Instant::now();
    let mut count = 0.0;
    while began.elapsed() < time {
        let hashed =
            argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), b"sixteen bytes :-)", &mut out, &mut memory);
        hashed.expect("hashes");
        count += 1.0;
    }
    (count, count / began.elapsed().as_secs_f64())
}

/// UserInfo from a few connections, alone and while sign-ins keep every hashing thread busy and the queue full.
pub fn measure_neighbours(table: &mut Table) {
    let portner = server();
    let access =
        Browser::new(portner.port, SLUG).tokens("web-es")["access_token"].as_str().expect("a token").to_owned();
    let ask =
        request("GET", &format!("/t/{SLUG}/oauth2/userinfo"), &[("Authorization", &format!("Bearer {access}"))], "");
    let mut readers = vec![Repeat(ask); 8];
    let mut browsers = SignIn::browsers(portner.port, 64);
    let (mut calm, mut storm) = (Side::default(), Side::default());
    for _ in 0..ROUNDS {
        calm.add(load::run(portner.port, &mut readers, TURN));
        thread::scope(|scope| {
            let crowd = scope.spawn(|| load::run(portner.port, &mut browsers, TURN + Duration::from_millis(500)));
            // The queue fills first.
            thread::park_timeout(Duration::from_millis(300));
            storm.add(load::run(portner.port, &mut readers, TURN));
            crowd.join().expect("the crowd is answered");
        });
    }
    table.add(Row {
        what: "UserInfo p99 beside sign-ins".to_owned(),
        ours: milliseconds(median(&storm.p99)),
        beside: format!("{} without them", milliseconds(median(&calm.p99))),
        ratio: Some(median(&storm.p99) / median(&calm.p99)),
        ..Row::default()
    });
    table.add(Row {
        what: "UserInfo/s beside sign-ins".to_owned(),
        ours: per_second(median(&storm.rates)),
        beside: format!("{} without them", per_second(median(&calm.rates))),
        ratio: Some(median(&storm.rates) / median(&calm.rates)),
        ..Row::default()
    });
}

#[derive(Default)]
struct Side {
    p99: Vec<f64>,
    rates: Vec<f64>,
}

impl Side {
    fn add(&mut self, mut load: Load) {
        self.rates.push(load.per_second());
        self.p99.push(millis(p99(&mut load.times)));
    }
}
