//! Bytes of strangers: whatever is sent to whichever route, the server answers below 500, in time, and stays as
//! large as it was. The same cases in every run: the random numbers have a fixed seed.

mod malformed;
mod parsers;
mod requests;
mod saml_message;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use portner::web::routes::TENANT_ROUTES;

use crate::support::http::raw;
use crate::support::{App, Call, Engine, Settings};
use requests::{Genuine, MARKUP, SMUGGLED, damaged, to_any_route, to_route};

/// The server gives up a request that does not come after 10 s, one whose body does not come after 30 s.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn hostile_requests_to_every_route_are_answered_below_500() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let genuine = genuine(&app);
    for number in 0..TENANT_ROUTES.len() {
        let port = app.server.port();
        check(100, number, &to_route(number, &genuine), |request| match talk(port, &request.framed(), None) {
            Ok(answer) => judge(&answer, Answer::Due),
            // What is refused before it was read whole may end in a reset: the client is still writing.
            Err(error) if request.body.len() > 16 * 1024 && is_hang_up(&error) => Ok(()),
            Err(error) => Err(TestCaseError::fail(format!("no answer: {error}"))),
        });
        assert!(app.server.exited().is_none(), "the server stopped: {}", app.server.log());
    }
    assert_sound(&app);
}

#[test]
fn bytes_that_are_hardly_http_are_refused_and_never_answered_with_a_fault() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let port = app.server.port();
    check(1500, 7, &damaged(&genuine(&app)), |bytes| match talk(port, &bytes, Some(Shutdown::Write)) {
        Ok(answer) => judge(&answer, Answer::Possible),
        Err(error) if is_hang_up(&error) => Ok(()),
        Err(error) => Err(TestCaseError::fail(format!("left hanging: {error}"))),
    });
    assert_sound(&app);
}

#[test]
fn twenty_thousand_hostile_requests_leave_the_server_as_large_as_it_was() {
    /// Caches, pools and the allocator's own room; a kilobyte kept per request would be twice that.
    const ROOM: u64 = 10 * 1024;
    let app = App::own(Settings::new(Engine::Sqlite));
    let genuine = genuine(&app);
    let process = process_of(&app);
    storm(&app, &genuine, 4_000, 1);
    let before = resident_kib(&process);
    storm(&app, &genuine, 20_000, 2);
    let after = resident_kib(&process);
    assert!(after < before + ROOM, "{before} KiB resident before, {after} KiB after");
    assert_sound(&app);
}

#[test]
fn a_request_that_never_comes_to_its_end_is_given_up() {
    let app = App::own(Settings::new(Engine::Sqlite));
    let target = app.path("/sign-in");
    let head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let unfinished = [
        "P".to_owned(),
        head.clone(),
        format!("{head}X-Slow: {}", "a".repeat(1000)),
        format!("{head}{form}Content-Length: 100\r\n\r\nusername=alice"),
        format!("{head}{form}Transfer-Encoding: chunked\r\n\r\n40\r\nusername=alice"),
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4".to_owned(),
    ];
    let port = app.server.port();
    let waiting: Vec<_> = unfinished
        .map(|bytes| {
            (
                thread::spawn({
                    let bytes = bytes.clone();
                    move || talk(port, bytes.as_bytes(), None)
                }),
                bytes,
            )
        })
        .into();
    for (thread, bytes) in waiting {
        match thread.join().unwrap() {
            Ok(answer) => judge(&answer, Answer::Possible).unwrap(),
            Err(error) => assert!(is_hang_up(&error), "{bytes:?} is still waited for: {error}"),
        }
    }
    assert_sound(&app);
}

/// A person, a client and all they hold.
fn genuine(app: &App) -> Genuine {
    let rp = app.client("web");
    let mut browser = app.browser();
    let page = rp.authorize(&mut browser);
    let form = page.form("password");
    let hidden = form.fields.iter().map(|(_, value)| value.clone()).filter(|value| !value.is_empty());
    let mut values: Vec<String> = hidden.collect();
    let tokens = rp.redeem(&rp.code(&mut browser));
    values.extend([tokens.access(), tokens.refresh(), tokens.id_token()].map(str::to_owned));
    values.push(rp.code(&mut browser));
    values.push(app.base());
    values.extend(rp.parameters.values().cloned());
    let jar: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Genuine { slug: app.slug.clone(), cookies: jar.join("; "), values }
}

fn seeded(seed: usize, cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let seed = [u8::try_from(seed).unwrap(); 32];
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

fn check<S: Strategy>(cases: u32, seed: usize, strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    if let Err(failure) = seeded(seed, cases).run(strategy, test) {
        panic!("{failure}");
    }
}

/// Many hostile requests from a few connections at a time; of the answers only the status is looked at.
fn storm(app: &App, genuine: &Genuine, count: usize, seed: usize) {
    const THREADS: usize = 4;
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                let mut runner = seeded(seed * THREADS + number, 1);
                let strategy = to_any_route(genuine);
                for _ in 0..count / THREADS {
                    let request = strategy.new_tree(&mut runner).unwrap().current();
                    match talk(app.server.port(), &request.framed(), None) {
                        Ok(answer) => {
                            judge(&answer, Answer::Due).unwrap_or_else(|fault| panic!("{fault}: {request:?}"));
                        }
                        Err(error) => assert!(is_hang_up(&error), "{error}: {request:?}"),
                    }
                }
            });
        }
    });
}

/// Sends and reads until the server has nothing more to say.
fn talk(port: u16, bytes: &[u8], then: Option<Shutdown>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let began = Instant::now();
    let sent = stream.write_all(bytes);
    if let Some(how) = then {
        // Refused when the server has hung up already: then there is nothing to be told.
        drop(stream.shutdown(how));
    }
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    if began.elapsed() >= PATIENCE {
        return Err(io::ErrorKind::TimedOut.into());
    }
    if answer.is_empty() {
        sent.and(read.map(drop))?;
    }
    Ok(answer)
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Due,
    /// The server may also hang up without a word.
    Possible,
}

fn judge(answer: &[u8], expected: Answer) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(answer);
    let status = text.strip_prefix("HTTP/1.1 ").or_else(|| text.strip_prefix("HTTP/1.0 "));
    let Some(status) = status.and_then(|rest| rest.get(..3)).and_then(|code| code.parse::<u16>().ok()) else {
        let silent = answer.is_empty() && expected == Answer::Possible;
        return if silent { Ok(()) } else { Err(TestCaseError::fail(format!("not an answer: {text:.200}"))) };
    };
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let head = head.to_ascii_lowercase();
    let refuse = |why: &str| Err(TestCaseError::fail(format!("{why}: {text:.2000}")));
    if status >= 500 {
        return refuse("the server failed");
    }
    if head.contains(&format!("\r\n{SMUGGLED}:")) {
        return refuse("a header was smuggled into the answer");
    }
    if head.contains("content-type: text/html") && body.contains(MARKUP) {
        return refuse("markup from outside is on the page");
    }
    Ok(())
}

/// It runs, answers, and its log knows of no fault.
fn assert_sound(app: &App) {
    assert!(app.server.exited().is_none(), "the server stopped: {}", app.server.log());
    assert_eq!(app.get("/.well-known/openid-configuration").status, 200);
    let alive =
        raw(app.server.management(), b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(alive.unwrap().status, 200);
    let log = app.server.log();
    let faults: Vec<&str> =
        log.lines().filter(|line| line.contains("panicked") || line.contains("\"ERROR\"")).take(5).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(Call::get("/").send(app.server.port()).map(|reply| reply.status < 500).ok(), Some(true));
}

/// The server's directory in `/proc`, found by its configuration file.
fn process_of(app: &App) -> std::path::PathBuf {
    let config = app.server.config_file();
    let config = config.to_str().expect("UTF-8");
    let found = fs::read_dir("/proc").expect("Linux").flatten().map(|entry| entry.path()).find(|path| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.contains(config) && line.contains("serve")
    });
    found.expect("the server runs")
}

fn resident_kib(process: &std::path::Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
