//! The real binary with a data directory of its own, and what the kernel says of its process.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_portner");
/// `USER_HZ`: what `/proc` counts in, on every architecture that Linux supports today.
const TICKS_PER_SECOND: f64 = 100.0;

/// A place for data, on the disk that builds are made on: a file system in memory would make writes look cheap.
pub fn place() -> TempDir {
    tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

pub struct Portner {
    child: Child,
    place: TempDir,
    pub port: u16,
    management: u16,
}

impl Portner {
    /// Throttling off, since all clients come from one address; tokens that outlive the run.
    pub fn start() -> Self {
        let place = place();
        let (port, management) = (free_port(), free_port());
        let config = format!(
            "version = 1\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://localhost:{port}\"\n\
             data_dir = \"{}\"\n[management]\nlisten = \"127.0.0.1:{management}\"\n\
             [limits]\nfailures_per_source = \"off\"\naccounts_per_source = \"off\"\n\
             [lifetimes]\naccess_token = \"2h\"\n",
            place.path().join("data").display()
        );
        fs::write(config_in(place.path()), config).expect("writable");
        let child = spawn(place.path());
        let portner = Self { child, place, port, management };
        portner.wait();
        portner
    }

    /// Stops it as an operator does, and starts it again on the same data. The time to readiness.
    pub fn restart(&mut self) -> Duration {
        let stopped = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(stopped.is_ok_and(|status| status.success()), "it can be told to stop");
        self.child.wait().expect("it stops");
        let began = Instant::now();
        self.child = spawn(self.place.path());
        self.wait();
        began.elapsed()
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_ready(self.management) {
            assert!(Instant::now() < deadline, "it never became ready: {}", self.log());
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(log_in(self.place.path())).unwrap_or_default()
    }

    /// Declares tenants while it runs.
    pub fn apply(&self, declared: &str) {
        let file = self.place.path().join("declared.toml");
        fs::write(&file, declared).expect("writable");
        let done =
            Command::new(BINARY).arg("apply").arg(&file).arg("--config").arg(config_in(self.place.path())).output();
        let done = done.expect("the program runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Portner {
    fn drop(&mut self) {
        // It may be gone already: nothing is lost either way.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn config_in(place: &Path) -> PathBuf {
    place.join("portner.toml")
}

fn log_in(place: &Path) -> PathBuf {
    place.join("server.log")
}

fn spawn(place: &Path) -> Child {
    let log = fs::File::create(log_in(place)).expect("writable");
    let mut command = Command::new(BINARY);
    command.arg("serve").arg("--config").arg(config_in(place)).env_clear().current_dir(place);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the server is started")
}

fn is_ready(management: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", management)) else { return false };
    let request = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = Vec::new();
    let asked = stream.write_all(request).and_then(|()| stream.read_to_end(&mut answer));
    asked.is_ok() && answer.starts_with(b"HTTP/1.1 200")
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// CPU that a process has used so far, in user and kernel mode.
pub fn cpu(process: u32) -> Duration {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    // The name in parentheses may hold anything; after it the fields are numbered from 3 (proc(5)).
    let fields: Vec<&str> = line.rsplit_once(')').expect("a name").1.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|field| fields[*field].parse::<f64>().expect("a number")).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}

/// What a process holds in memory, in MB.
pub fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
