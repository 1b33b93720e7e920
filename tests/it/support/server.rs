//! The real binary as a process: configuration, start, stop, crash, command line.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, mpsc};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::eventually;
use super::http::Call;

const BINARY: &str = env!("CARGO_BIN_EXE_portner");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    pub engine: Engine,
    /// Sections of the configuration file beyond the addresses.
    pub config: String,
    /// Arguments of `serve`.
    pub arguments: Vec<String>,
    /// Whether what it prints can be written down.
    pub heard: bool,
}

impl Settings {
    /// Throttling by source off, since every test comes from the same address; cheap hashes, since the
    /// strength of Argon2 is not under test.
    pub fn new(engine: Engine) -> Self {
        Self::with(
            engine,
            "[password_hash]\nmemory_kib = 1024\niterations = 1\nqueue = 256\n\
             [limits]\nfailures_per_source = \"off\"\naccounts_per_source = \"off\"\nresets_per_source = \"off\"\n",
        )
    }
    /// The same, and it may reach this machine.
    pub fn open(engine: Engine) -> Self {
        let usual = Self::new(engine);
        Self { config: usual.config + "[outgoing]\nallow = [\"127.0.0.0/8\"]\n", ..usual }
    }
    pub fn with(engine: Engine, config: &str) -> Self {
        Self { engine, config: config.to_owned(), arguments: Vec::new(), heard: true }
    }
    /// Its log goes to a disk that is full.
    pub fn unheard(engine: Engine) -> Self {
        Self { heard: false, ..Self::new(engine) }
    }
}

pub struct Server {
    dir: TempDir,
    port: u16,
    management: u16,
    scheme: &'static str,
    settings: Settings,
    process: Mutex<Option<Child>>,
    starts: AtomicU32,
}

/// Whether tests on PostgreSQL run; with `PORTNER_REQUIRE_POSTGRES` they must.
pub fn postgres_is_there() -> bool {
    let there = environment("PORTNER_TEST_POSTGRES").is_some();
    assert!(there || environment("PORTNER_REQUIRE_POSTGRES").is_none(), "PORTNER_TEST_POSTGRES is not set");
    there
}

fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty())
}

/// The server that tests share, one per engine. It dies with the test process.
pub fn shared(engine: Engine) -> Arc<Server> {
    static SHARED: [OnceLock<Arc<Server>>; 2] = [const { OnceLock::new() }; 2];
    outlasting(&SHARED, Settings::new(engine))
}

/// One more for all tests, that may reach this machine: where upstreams and receivers of notices are.
pub fn shared_open(engine: Engine) -> Arc<Server> {
    static SHARED: [OnceLock<Arc<Server>>; 2] = [const { OnceLock::new() }; 2];
    outlasting(&SHARED, Settings::open(engine))
}

fn outlasting(of_each: &'static [OnceLock<Arc<Server>>; 2], settings: Settings) -> Arc<Server> {
    let [sqlite, postgres] = of_each;
    let cell = match settings.engine {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    };
    Arc::clone(cell.get_or_init(|| {
        // A process dies with the *thread* that started it (`pdeathsig`): that thread must outlive all tests.
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            sender.send(Arc::new(Server::start(settings))).expect("somebody waits");
            loop {
                std::thread::park();
            }
        });
        receiver.recv().expect("the shared server starts")
    }))
}

/// A port that was free a moment ago and stays so: no two of this process are the same, and whoever calls out gets
/// one of 32768 and above (`ip_local_port_range`), so that no connection takes it before it is listened at.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_240;
    const COUNT: u32 = 22_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Another process of these tests begins elsewhere.
        let number = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + number % COUNT).expect("below 65536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Named after this process; what processes that are gone have left behind (shared servers are never dropped) is
/// swept away.
fn temporary_directory() -> TempDir {
    static SWEEP: Once = Once::new();
    SWEEP.call_once(|| {
        for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(process) = name.strip_prefix("portner-it-").and_then(|rest| rest.split('-').next()) else {
                continue;
            };
            if !Path::new("/proc").join(process).exists() {
                drop(fs::remove_dir_all(entry.path()));
            }
        }
    });
    let prefix = format!("portner-it-{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir().expect("a temporary directory")
}

/// An empty database for one server's registry.
fn registry_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let admin = environment("PORTNER_TEST_POSTGRES").expect("postgres_is_there() was asked first");
    let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let done = Command::new("psql").args([&admin, "-qc", &format!("create database {name}")]).output();
    let done = done.expect("psql is installed");
    assert!(done.status.success(), "{}", told(&done));
    let mut url = url::Url::parse(&admin).expect("PORTNER_TEST_POSTGRES is a URL");
    url.set_path(&name);
    url.to_string()
}

/// Says something to a PostgreSQL database beside the one that tests are given.
pub fn sql(database: &str, statement: &str) {
    let mut url = url::Url::parse(&environment("PORTNER_TEST_POSTGRES").expect("asked first")).expect("a URL");
    url.set_path(database);
    let done = Command::new("psql").args([url.as_str(), "-qc", statement]).output().expect("psql is installed");
    assert!(done.status.success(), "{}", told(&done));
}

impl Server {
    pub fn start(settings: Settings) -> Self {
        let server = Self::prepare(settings, "http");
        server.boot();
        server
    }
    /// Everything but the process: for what is done while no server runs.
    pub fn prepare(settings: Settings, scheme: &'static str) -> Self {
        let server = Self {
            dir: temporary_directory(),
            port: free_port(),
            management: free_port(),
            scheme,
            settings,
            process: Mutex::new(None),
            starts: AtomicU32::new(0),
        };
        fs::write(server.config_file(), server.config_text()).expect("writable");
        server
    }

    /// Another node of the same installation: same database, same master key, same external address.
    pub fn beside(&self) -> Self {
        let other = Self {
            dir: temporary_directory(),
            port: free_port(),
            management: free_port(),
            scheme: self.scheme,
            settings: self.settings.clone(),
            process: Mutex::new(None),
            starts: AtomicU32::new(0),
        };
        let text = fs::read_to_string(self.config_file()).expect("it was written");
        let listens = |server: &Self| {
            [
                format!("listen = \"127.0.0.1:{}\"", server.port),
                format!("listen = \"127.0.0.1:{}\"", server.management),
                format!("data_dir = \"{}\"", server.data_dir().display()),
            ]
        };
        let text = listens(self).iter().zip(listens(&other)).fold(text, |text, (from, to)| text.replace(from, &to));
        fs::write(other.config_file(), text).expect("writable");
        fs::create_dir_all(other.data_dir()).expect("writable");
        fs::copy(self.data_dir().join("master.key"), other.data_dir().join("master.key")).expect("the key is there");
        other.boot();
        other
    }

    fn config_text(&self) -> String {
        let mut text = format!(
            "version = 1\nlisten = \"127.0.0.1:{}\"\npublic_url = \"{}\"\ndata_dir = \"{}\"\n\
             [management]\nlisten = \"127.0.0.1:{}\"\n",
            self.port,
            self.public_url(),
            self.data_dir().display(),
            self.management
        );
        if self.settings.engine == Engine::Postgres {
            writeln!(text, "[database]\nurl = \"{}\"", registry_database()).expect("writes to memory");
        }
        text + &self.settings.config.replace("{dir}", &self.dir.path().display().to_string())
    }

    /// Starts the process and waits until it says that it is ready.
    pub fn boot(&self) {
        *self.process.lock().expect("unpoisoned") = Some(self.spawn());
        eventually("the server is ready", || {
            if let Some(status) = self.exited() {
                panic!("the server stopped with {status}: {}", self.log());
            }
            Call::get("/health/ready").send(self.management).is_ok_and(|reply| reply.status == 200)
        });
    }

    fn spawn(&self) -> Child {
        let log = self.log_file(self.starts.fetch_add(1, Ordering::Relaxed));
        let log = if self.settings.heard { log } else { "/dev/full".into() };
        let log = File::options().create(true).write(true).truncate(true).open(log).expect("writable");
        // `setpriv` execs: the process is the server itself, and the kernel ends it with the tests.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", BINARY, "serve"]).args(&self.settings.arguments);
        self.surroundings(&mut command).stdin(Stdio::null());
        command.stdout(log.try_clone().expect("duplicates")).stderr(log).spawn().expect("the server is started")
    }

    fn surroundings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        // Coverage of the server as it runs, when somebody measures it.
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            command.env("LLVM_PROFILE_FILE", profile);
        }
        command.arg("--config").arg(self.config_file()).current_dir(self.dir.path())
    }

    pub fn exited(&self) -> Option<ExitStatus> {
        let mut process = self.process.lock().expect("unpoisoned");
        process.as_mut().and_then(|child| child.try_wait().expect("waits"))
    }
    /// As a power cut does it.
    pub fn kill(&self) {
        let child = self.process.lock().expect("unpoisoned").take();
        let mut child = child.expect("it runs");
        child.kill().expect("it can be killed");
        assert_eq!(child.wait().expect("waits").signal(), Some(9));
    }
    /// As an operator does it.
    pub fn terminate(&self) -> ExitStatus {
        self.signal("TERM");
        let deadline = Instant::now() + Duration::from_mins(2);
        while self.exited().is_none() {
            assert!(Instant::now() < deadline, "the server did not stop: {}", self.log());
            std::thread::park_timeout(Duration::from_millis(10));
        }
        let child = self.process.lock().expect("unpoisoned").take();
        child.expect("it ran").wait().expect("waits")
    }
    pub fn signal(&self, name: &str) {
        let id = self.process.lock().expect("unpoisoned").as_ref().expect("it runs").id().to_string();
        let done = Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill is there");
        assert!(done.success());
    }

    pub fn public_url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    pub fn management(&self) -> u16 {
        self.management
    }
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }
    pub fn config_file(&self) -> PathBuf {
        self.dir.path().join("portner.toml")
    }
    fn log_file(&self, start: u32) -> PathBuf {
        self.dir.path().join(format!("server-{start}.log"))
    }
    /// All that the server has printed, over all its starts.
    pub fn log(&self) -> String {
        let starts = self.starts.load(Ordering::Relaxed);
        (0..starts).map(|start| fs::read_to_string(self.log_file(start)).unwrap_or_default()).collect()
    }
    pub fn metrics(&self) -> String {
        Call::get("/metrics").send(self.management).expect("the management listener answers").text()
    }

    /// Any command of the program, with this server's configuration.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.args(arguments);
        self.surroundings(&mut command).stdin(Stdio::null()).output().expect("the program runs")
    }
    /// A command that must succeed; its standard output.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(output.status.success(), "{arguments:?}: {} {}", output.status, told(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Ok(mut process) = self.process.lock() else { return };
        if let Some(mut child) = process.take() {
            // It may have stopped already: nothing is lost either way.
            drop(child.kill());
            drop(child.wait());
        }
        if std::thread::panicking() {
            let path = std::env::temp_dir().join("portner-last-failure.log");
            drop(fs::write(path, self.log()));
        }
    }
}

/// Both streams of a finished command.
pub fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
