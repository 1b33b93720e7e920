//! A small HTTP/1.1 client that hides nothing: a request can be as wrong as a test wants it to be.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

const TIMEOUT: Duration = Duration::from_mins(4);

/// What comes back, kept as it was sent.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The one value of a header; a second one of the same name is an error in these answers.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let first = found.next().map(|(_, value)| value.as_str());
        assert!(
            name.eq_ignore_ascii_case("set-cookie") || found.next().is_none(),
            "the header {name} is sent twice: {:?}",
            self.headers
        );
        first
    }
    pub fn cookies(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie")).map(|(_, value)| value.as_str())
    }
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no Location in {} {:?}", self.status, self.headers))
    }
    /// The OAuth error code of a JSON body.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_else(|| panic!("no error in {self:?}")).to_owned()
    }
}

/// A request to be sent as it stands.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }
    /// A form, as a browser or a client sends it.
    pub fn form(target: &str, fields: &[(&str, &str)]) -> Self {
        Self::new("POST", target).body("application/x-www-form-urlencoded", encode(fields).into_bytes())
    }
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }
    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64::Engine as _;
        let pair = format!("{}:{}", component(user), component(password));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
        self.header("Authorization", format!("Basic {encoded}"))
    }
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let named = |name: &str| self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !named("host") {
            out.extend(format!("Host: {host}\r\n").bytes());
        }
        if !named("content-length") && !named("transfer-encoding") && (self.method == "POST" || !self.body.is_empty()) {
            out.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes());
        }
        if !named("connection") {
            out.extend(b"Connection: close\r\n");
        }
        for (name, value) in &self.headers {
            out.extend(name.bytes().chain(*b": ").chain(value.iter().copied()).chain(*b"\r\n"));
        }
        out.extend(b"\r\n");
        out.extend(&self.body);
        out
    }

    /// Sends it to `127.0.0.1:port` and reads the whole answer.
    pub fn send(&self, port: u16) -> io::Result<Reply> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        exchange(stream, &self.bytes(&format!("localhost:{port}")))
    }
}

/// Sends bytes that need not be HTTP at all. `Err` when the peer hangs up without an answer.
pub fn raw(port: u16, bytes: &[u8]) -> io::Result<Reply> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    exchange(stream, bytes)
}

/// One request and its answer over any stream, TLS included.
pub fn exchange(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Reply> {
    // A server may answer and close before it has read everything: its answer still counts.
    let sent = stream.write_all(request).and_then(|()| stream.flush());
    let mut reader = BufReader::new(stream);
    match read_reply(&mut reader, request.starts_with(b"HEAD ")) {
        Ok(reply) => Ok(reply),
        Err(error) => sent.and(Err(error)),
    }
}

fn read_reply(reader: &mut impl BufRead, head: bool) -> io::Result<Reply> {
    let line = read_line(reader)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| invalid(&line))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid(&line))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if status == 100 {
        return read_reply(reader, head);
    }
    let find = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if head || status == 204 || status == 304 {
    } else if find("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        read_chunks(reader, &mut body)?;
    } else if let Some(length) = find("content-length") {
        let length: u64 = length.parse().map_err(|_error| invalid(length))?;
        reader.take(length).read_to_end(&mut body)?;
    } else {
        reader.read_to_end(&mut body)?;
    }
    Ok(Reply { status, headers, body })
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let line = read_line(reader)?;
        let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
            .map_err(|_error| invalid(&line))?;
        reader.by_ref().take(size).read_to_end(body)?;
        read_line(reader)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed"));
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what:?}"))
}

/// `application/x-www-form-urlencoded`.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub fn component(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
