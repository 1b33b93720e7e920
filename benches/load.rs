//! A closed-loop load generator: so many kept-alive HTTP/1.1 connections, each sending its next request when the
//! last one is answered. All of them on one thread of events, so that the clients take as little as possible of
//! the cores that the server needs too. Only towards 127.0.0.1.

use std::io;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::LocalSet;

/// What one connection asks, over and over.
pub trait Client {
    /// Appends the next request.
    fn ask(&mut self, out: &mut Vec<u8>);
    /// Looks at its answer; `Err` ends the measurement.
    fn hear(&mut self, answer: &Answer<'_>) -> Result<(), String>;
}

pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// What came of it.
pub struct Load {
    pub elapsed: Duration,
    /// From the first byte sent to the last one read, in no order.
    pub times: Vec<Duration>,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// The same request each time; any success will do.
#[derive(Clone)]
pub struct Repeat(pub Vec<u8>);

impl Client for Repeat {
    fn ask(&mut self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }
    fn hear(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        if answer.status == 200 { Ok(()) } else { Err(complaint(answer)) }
    }
}

pub fn complaint(answer: &Answer<'_>) -> String {
    format!("{} {}", answer.status, String::from_utf8_lossy(answer.body))
}

/// Lets the clients ask for so long. Requests under way at the end are waited for and counted.
pub fn run<C: Client + 'static>(port: u16, clients: &mut Vec<C>, time: Duration) -> Load {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(LocalSet::new().run_until(async {
        let mut open = Vec::new();
        for client in clients.drain(..) {
            open.push((client, Connection::open(port).await.expect("the server accepts connections")));
        }
        let began = Instant::now();
        let running: Vec<_> = open
            .into_iter()
            .map(|(client, connection)| tokio::task::spawn_local(repeat(client, connection, began + time)))
            .collect();
        let mut times = Vec::new();
        for task in running {
            let (client, own) = task.await.expect("no client panics");
            clients.push(client);
            times.extend(own);
        }
        Load { elapsed: began.elapsed(), times }
    }))
}

async fn repeat<C: Client>(mut client: C, mut connection: Connection, until: Instant) -> (C, Vec<Duration>) {
    let mut times = Vec::with_capacity(1 << 14);
    let mut request = Vec::with_capacity(2048);
    loop {
        let began = Instant::now();
        if began >= until {
            return (client, times);
        }
        request.clear();
        client.ask(&mut request);
        let answer = connection.exchange(&request).await.expect("the server answers");
        times.push(began.elapsed());
        client.hear(&answer).unwrap_or_else(|fault| panic!("not the answer that is measured: {fault}"));
    }
}

struct Connection {
    stream: TcpStream,
    /// What has come of the answer.
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.buffer.clear();
        self.send(request).await?;
        loop {
            if let Some((status, start, end)) = complete(&self.buffer)? {
                return Ok(Answer { status, body: &self.buffer[start..end] });
            }
            self.stream.readable().await?;
            match self.stream.try_read_buf(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(early) if early.kind() == io::ErrorKind::WouldBlock => {}
                Err(fault) => return Err(fault),
            }
        }
    }

    async fn send(&self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }
}

/// Status, and where the body begins and ends, once all of it is there. Chunked answers are not ours.
fn complete(buffer: &[u8]) -> io::Result<Option<(u16, usize, usize)>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&buffer[..end]).map_err(io::Error::other)?;
    let status = head.get(9..12).and_then(|code| code.parse().ok());
    let status: u16 = status.ok_or_else(|| io::Error::other(format!("not an answer: {head}")))?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = match (status, length) {
        (204 | 304, _) => 0,
        (_, Some(length)) => length,
        (_, None) => return Err(io::Error::other(format!("no length: {head}"))),
    };
    let start = end + 4;
    Ok((buffer.len() >= start + length).then_some((status, start, start + length)))
}
