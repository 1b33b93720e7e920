//! A mail server of our own (RFC 5321 in outline) that keeps what it is given, and refuses when it is told to.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone, Debug, Default)]
pub struct Received {
    pub from: String,
    pub to: String,
    /// Headers and body as they came.
    pub data: String,
}

impl Received {
    /// Headers, with folded lines joined.
    pub fn head(&self) -> String {
        self.data.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ")
    }
    /// Everything, quoted-printable (RFC 2045 §6.7) undone.
    pub fn text(&self) -> String {
        let joined = self.data.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let code = std::str::from_utf8(&tail[..tail.len().min(2)]).ok();
            let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            if let Some(byte) = byte.filter(|_| *first == b'=' && tail.len() > 1) {
                bytes.push(byte);
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
    /// The link it carries.
    pub fn link(&self) -> String {
        link_in(&self.text())
    }
}

/// The first mailed link of a text.
pub fn link_in(text: &str) -> String {
    let at = text.find("http").unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].split(|c: char| c.is_whitespace() || c == '"' || c == '<').next().unwrap_or_default().to_owned()
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<Received>>,
    refusing: AtomicBool,
}

pub struct Mailbox {
    pub port: u16,
    state: Arc<State>,
}

impl Mailbox {
    pub fn open() -> Self {
        Self::at(0)
    }
    /// On a port that was closed until now.
    pub fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || drop(converse(&stream, &state)));
            }
        });
        Self { port, state }
    }
    /// A port where nobody listens yet.
    pub fn closed_port() -> u16 {
        super::server::free_port()
    }
    /// Every recipient is refused for good, or none is.
    pub fn refuse(&self, refusing: bool) {
        self.state.refusing.store(refusing, Ordering::SeqCst);
    }
    pub fn mails(&self) -> Vec<Received> {
        self.state.mails.lock().expect("unpoisoned").clone()
    }
    /// The section of the configuration that leads here.
    pub fn config(port: u16) -> String {
        format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\nfrom = \"Portner <no-reply@acme.example>\"\n")
    }
}

fn converse(stream: &TcpStream, state: &State) -> io::Result<()> {
    let mut out = stream;
    let mut lines = BufReader::new(stream).lines();
    let mut mail = Received::default();
    out.write_all(b"220 mailbox ESMTP\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" | "RSET" | "NOOP" => b"250 mailbox\r\n",
            "MAIL" => {
                mail = Received { from: line, ..Received::default() };
                b"250 ok\r\n"
            }
            "RCPT" if state.refusing.load(Ordering::SeqCst) => b"550 no such person\r\n",
            "RCPT" => {
                mail.to = line;
                b"250 ok\r\n"
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push_str("\r\n");
                }
                state.mails.lock().expect("unpoisoned").push(std::mem::take(&mut mail));
                b"250 kept\r\n"
            }
            "QUIT" => {
                out.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => b"502 what\r\n",
        };
        out.write_all(reply)?;
    }
    Ok(())
}
