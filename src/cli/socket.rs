//! The socket in the data directory: one line of JSON asks, one line answers. Whoever may open it owns the data
//! directory anyway: it is made with mode 0600, and it is the only authorization there is.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::audit::Origin;
use crate::flow::Host;
use crate::flow::admin::{self, Answer, Command, Refusal, RefusalKind};

use super::failure::{Exit, Failure};

const NAME: &str = "portner.sock";
/// A declarative file with tens of thousands of people fits.
const MAX_REQUEST: u64 = 32 * 1024 * 1024;
const MAX_REPLY: u64 = 256 * 1024 * 1024;
/// Commands at work at the same time.
const MAX_AT_ONCE: usize = 8;
/// The other side is on this machine: what does not come at once does not come.
const PATIENCE: Duration = Duration::from_secs(5);
/// The name of a socket must fit into `sockaddr_un`.
const LONGEST_PATH: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// Both sides speak the same version, or not at all.
    version: String,
    command: Command,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Answer(Answer),
    Refusal(Refusal),
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// A socket's path, through an open directory where its name alone would be too long.
struct Place {
    path: PathBuf,
    /// Keeps a shortened path valid.
    _dir: Option<File>,
}

impl Place {
    fn of(dir: &Path, name: &str) -> io::Result<Self> {
        let path = dir.join(name);
        if path.as_os_str().len() <= LONGEST_PATH {
            return Ok(Self { path, _dir: None });
        }
        let dir = File::open(dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(name);
        Ok(Self { path, _dir: Some(dir) })
    }
}

// ---- the server's side ----

/// Answers commands until it is dropped.
pub struct SocketServer {
    data_dir: PathBuf,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

/// Opens the socket. The caller holds the data directory's lock, so whatever stands there is stale.
pub fn listen(data_dir: &Path, host: Arc<Host>) -> io::Result<SocketServer> {
    let listener = bind(data_dir)?;
    let stopping = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stopping);
    let acceptor = thread::Builder::new().name("commands".to_owned()).spawn(move || accept(&listener, &host, &seen))?;
    Ok(SocketServer { data_dir: data_dir.to_owned(), stopping, acceptor: Some(acceptor) })
}

/// Made in a private folder and moved into place, so that it is never open to others, not for a moment.
fn bind(data_dir: &Path) -> io::Result<UnixListener> {
    let private = data_dir.join("socket.new");
    match fs::remove_dir_all(&private) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().mode(0o700).create(&private)?;
    let place = Place::of(&private, NAME)?;
    let listener = UnixListener::bind(&place.path)?;
    fs::set_permissions(&place.path, Permissions::from_mode(0o600))?;
    fs::rename(private.join(NAME), data_dir.join(NAME))?;
    fs::remove_dir(&private)?;
    Ok(listener)
}

impl Drop for SocketServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // The acceptor waits for somebody: a last visitor wakes it.
        let woken = Place::of(&self.data_dir, NAME).and_then(|place| UnixStream::connect(place.path));
        if let (Ok(_), Some(acceptor)) = (woken, self.acceptor.take())
            && acceptor.join().is_err()
        {
            tracing::error!("the command socket's thread panicked");
        }
        if let Err(error) = fs::remove_file(self.data_dir.join(NAME)) {
            tracing::warn!(%error, "the command socket could not be removed");
        }
    }
}

fn accept(listener: &UnixListener, host: &Arc<Host>, stopping: &AtomicBool) {
    let mut working: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if stopping.load(Ordering::Relaxed) {
            break;
        }
        working.retain(|worker| !worker.is_finished());
        match stream {
            Ok(stream) if working.len() >= MAX_AT_ONCE => turn_away(&stream),
            Ok(stream) => {
                let host = Arc::clone(host);
                let worker = thread::Builder::new().name("command".to_owned()).spawn(move || serve(&stream, &host));
                match worker {
                    Ok(worker) => working.push(worker),
                    Err(error) => tracing::error!(%error, "a command could not be started"),
                }
            }
            Err(error) => tracing::warn!(%error, "a command could not be accepted"),
        }
    }
    for worker in working {
        if worker.join().is_err() {
            tracing::error!("a command panicked");
        }
    }
}

fn turn_away(stream: &UnixStream) {
    let refusal = Refusal {
        kind: RefusalKind::Unavailable,
        message: "too many commands are at work".to_owned(),
        advice: "Try again in a moment.".to_owned(),
        problems: Vec::new(),
        applied: Vec::new(),
    };
    send(stream, &Reply::Refusal(refusal));
}

fn serve(stream: &UnixStream, host: &Host) {
    let reply = match receive(stream) {
        Ok(Some(command)) => match admin::execute(host, command, &Origin::default()) {
            Ok(answer) => Reply::Answer(answer),
            Err(error) => {
                tracing::info!(%error, "a command was refused");
                Reply::Refusal(error.into())
            }
        },
        // Nothing was asked: somebody only looked whether anyone is at home.
        Ok(None) => return,
        Err(refusal) => Reply::Refusal(refusal),
    };
    send(stream, &reply);
}

fn send(stream: &UnixStream, reply: &Reply) {
    let sent = stream.set_write_timeout(Some(PATIENCE)).and_then(|()| write_line(stream, reply));
    if let Err(error) = sent {
        tracing::info!(%error, "a command's answer was not taken");
    }
}

fn receive(stream: &UnixStream) -> Result<Option<Command>, Refusal> {
    let refuse = |message: String| Refusal {
        kind: RefusalKind::Failed,
        message,
        advice: "Use the program of the same version as the server.".to_owned(),
        problems: Vec::new(),
        applied: Vec::new(),
    };
    stream.set_read_timeout(Some(PATIENCE)).map_err(|error| refuse(error.to_string()))?;
    let line =
        read_line(stream, MAX_REQUEST).map_err(|error| refuse(format!("the command was not understood: {error}")))?;
    if line.is_empty() {
        return Ok(None);
    }
    // The version first: the rest may be in words that only the other version knows.
    let said = serde_json::from_slice::<serde_json::Value>(&line).ok();
    let theirs = said.as_ref().and_then(|said| said.get("version")?.as_str().map(str::to_owned)).unwrap_or_default();
    if theirs != version() {
        return Err(refuse(format!("the server is Portner {}, the command line {theirs:?}", version())));
    }
    let request: Request =
        serde_json::from_slice(&line).map_err(|error| refuse(format!("the command was not understood: {error}")))?;
    Ok(Some(request.command))
}

// ---- the command line's side ----

/// A running server, if there is one.
pub fn connect(data_dir: &Path) -> Result<Option<UnixStream>, Failure> {
    let stream = Place::of(data_dir, NAME).and_then(|place| UnixStream::connect(place.path));
    match stream {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let message = format!("the socket {} may not be opened", data_dir.join(NAME).display());
            Err(Failure::new(Exit::NotAllowed, message, "Run the command as the user that the server runs as."))
        }
        // No socket, or one that a killed server left behind.
        Err(_nobody) => Ok(None),
    }
}

/// Sends a command to the server and waits for what it says; a large file may take a while.
pub fn ask(stream: &UnixStream, command: Command) -> Result<Answer, Failure> {
    let lost = |error: io::Error| {
        let message = format!("the server did not answer: {error}");
        Failure::new(Exit::Unavailable, message, "Look at the server's log, then try again.")
    };
    // Only writing has a limit: a server that is stopping may still finish what was asked.
    stream.set_write_timeout(Some(PATIENCE)).map_err(lost)?;
    write_line(stream, &Request { version: version(), command }).map_err(lost)?;
    let line = read_line(stream, MAX_REPLY).map_err(lost)?;
    if line.is_empty() {
        return Err(lost(ErrorKind::UnexpectedEof.into()));
    }
    match serde_json::from_slice(&line) {
        Ok(Reply::Answer(answer)) => Ok(answer),
        Ok(Reply::Refusal(refusal)) => Err(refusal.into()),
        Err(error) => Err(lost(error.into())),
    }
}

// ---- both ----

fn write_line(mut stream: &UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// One line without its end; empty when the other side says nothing.
fn read_line(stream: &UnixStream, limit: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let read = BufReader::new(stream.take(limit.saturating_add(1))).read_until(b'\n', &mut line)?;
    if u64::try_from(read).is_ok_and(|read| read > limit) {
        return Err(io::Error::new(ErrorKind::InvalidData, "the line is too long"));
    }
    if line.pop_if(|last| *last == b'\n').is_none() && !line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}
