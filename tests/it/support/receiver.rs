//! An application's server that takes what is posted to it, and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::eventually;

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Status(u16),
    /// Not at all: whoever asks has to give up.
    Silent,
}

#[derive(Clone, Debug)]
pub struct Posted {
    pub path: String,
    pub content_type: String,
    pub fields: Vec<(String, String)>,
}

impl Posted {
    pub fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map_or_else(|| panic!("no {name} in {self:?}"), |(_, value)| value.as_str())
    }
}

#[derive(Clone)]
pub struct Receiver {
    port: u16,
    manner: Arc<Mutex<Manner>>,
    posted: Arc<Mutex<Vec<Posted>>>,
    given_up: Arc<AtomicUsize>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let receiver = Self {
            port: listener.local_addr().expect("it is bound").port(),
            manner: Arc::new(Mutex::new(Manner::Status(200))),
            posted: Arc::default(),
            given_up: Arc::default(),
        };
        let serving = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&stream));
            }
        });
        receiver
    }
    /// An address of it; each application has a path of its own.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
    pub fn answer(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
    pub fn posted(&self, path: &str) -> Vec<Posted> {
        self.posted.lock().unwrap().iter().filter(|posted| posted.path == path).cloned().collect()
    }
    /// How many were not answered, and have hung up.
    pub fn given_up(&self) -> usize {
        self.given_up.load(Ordering::SeqCst)
    }
    /// Waits for so many posts to a path.
    pub fn await_posts(&self, path: &str, count: usize) -> Vec<Posted> {
        eventually(&format!("{count} posts to {path}"), || self.posted(path).len() >= count);
        self.posted(path)
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut content_type) = (0, String::new());
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "content-type" => value.trim().clone_into(&mut content_type),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let fields = url::form_urlencoded::parse(&body).into_owned().collect();
        let manner = *self.manner.lock().unwrap();
        self.posted.lock().unwrap().push(Posted { path, content_type, fields });
        let status = match manner {
            Manner::Status(status) => status,
            Manner::Silent => {
                // Nothing comes but the end.
                let _end = reader.read(&mut [0]);
                self.given_up.fetch_add(1, Ordering::SeqCst);
                return;
            }
        };
        let reply = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let mut stream = stream;
        drop(stream.write_all(reply.as_bytes()));
    }
}
