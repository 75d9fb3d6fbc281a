//! Many connections in one thread, each with so many calls under way: the client must cost little beside the server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::calls::{Calls, Subject};
use super::framing::{Wire, echoed_id, result_id};
use crate::latencies;

/// How long one burst may take.
const PATIENCE: Duration = Duration::from_secs(30);
const BUFFER_BYTES: usize = 64 * 1024;

/// How a server is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) subject: Subject,
    pub(crate) connections: u64,
    /// Calls of a connection that are sent together; the next ones when all are answered.
    pub(crate) pipeline: usize,
    pub(crate) echoes: bool,
}

/// What a client saw.
pub(crate) struct Seen {
    pub(crate) took: Duration,
    /// In nanoseconds, from a burst's sending to each of its replies.
    pub(crate) latencies: Histogram<u64>,
}

/// The connections of a load, on a runtime of one thread.
pub(crate) struct Crew {
    runtime: tokio::runtime::Runtime,
    connections: Vec<Connection>,
    pipeline: usize,
}

struct Connection {
    stream: TcpStream,
    wire: Wire,
    echoes: bool,
    calls: Calls,
    position: usize,
    buffer: Vec<u8>,
    filled: usize,
    latencies: Histogram<u64>,
}

impl Crew {
    /// Connects, and has each connection ask once and read the answer to the letter.
    pub(crate) fn connect(load: Load) -> anyhow::Result<Crew> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connections = runtime.block_on(async {
            let mut connections = try_join_all((0..load.connections).map(|who| Connection::connect(load, who))).await?;
            for connection in &mut connections {
                connection.check(load.pipeline).await.context("the first answers are not right")?;
            }
            Ok::<_, anyhow::Error>(connections)
        })?;
        Ok(Crew { runtime, connections, pipeline: load.pipeline })
    }

    /// Calls as fast as answers come, for so long.
    pub(crate) fn run(&mut self, how_long: Duration) -> anyhow::Result<Seen> {
        let began = Instant::now();
        let until = began + how_long;
        let pipeline = self.pipeline;
        let running = self.connections.iter_mut().map(|connection| connection.run(pipeline, until));
        self.runtime.block_on(try_join_all(running))?;
        let took = began.elapsed();
        let mut all = latencies::nanos();
        for connection in &mut self.connections {
            all.add(&connection.latencies).context("all have the same bounds")?;
            connection.latencies.reset();
        }
        Ok(Seen { took, latencies: all })
    }
}

impl Connection {
    async fn connect(load: Load, who: u64) -> anyhow::Result<Connection> {
        let mut stream = TcpStream::connect(load.address).await.context("no connection")?;
        stream.set_nodelay(true)?;
        if load.subject.wire == Wire::WebSocket {
            shake_hands(&mut stream, load.address).await?;
        }
        Ok(Connection {
            stream,
            wire: load.subject.wire,
            echoes: load.echoes,
            calls: Calls::new(load.subject, who),
            position: 0,
            buffer: vec![0; BUFFER_BYTES],
            filled: 0,
            latencies: latencies::nanos(),
        })
    }

    async fn run(&mut self, pipeline: usize, until: Instant) -> anyhow::Result<()> {
        while Instant::now() < until {
            self.burst(pipeline, |_, _| Ok(())).await?;
        }
        Ok(())
    }

    /// One burst whose replies are parsed.
    async fn check(&mut self, pipeline: usize) -> anyhow::Result<()> {
        let about: Vec<u64> = (0..pipeline).map(|number| self.calls.about(self.position + number)).collect();
        let (wire, echoes) = (self.wire, self.echoes);
        self.burst(pipeline, |number, payload| check(wire, echoes, about[number], payload)).await?;
        self.latencies.reset();
        Ok(())
    }

    async fn burst(
        &mut self,
        pipeline: usize,
        look: impl Fn(usize, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.position + pipeline > self.calls.len() {
            self.position = 0;
        }
        let sent = Instant::now();
        self.stream.write_all(self.calls.burst(self.position, pipeline)).await?;
        let mut answered = 0;
        while answered < pipeline {
            self.receive().await?;
            let took = u64::try_from(sent.elapsed().as_nanos())?;
            let mut read = 0;
            while let Some(found) = self.wire.find(&self.buffer[read..self.filled])? {
                ensure!(answered < pipeline, "more answers than calls");
                expect(self.wire, self.echoes, (self.position + answered + 1) as u64, found.payload)?;
                look(answered, found.payload)?;
                self.latencies.saturating_record(took);
                answered += 1;
                read += found.bytes;
            }
            self.buffer.copy_within(read..self.filled, 0);
            self.filled -= read;
        }
        self.position += pipeline;
        Ok(())
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
        ensure!(read > 0, "the server has ended the connection");
        self.filled += read;
        Ok(())
    }
}

/// The cheap look at every reply: the right kind, to the call whose turn it is.
fn expect(wire: Wire, echoes: bool, id: u64, payload: &[u8]) -> anyhow::Result<()> {
    let is_right = match wire {
        Wire::WebSocket if echoes => echoed_id(payload) == Some(id),
        Wire::WebSocket => result_id(payload) == Some(id),
        Wire::Resp => payload == b"+OK",
        Wire::Http => true,
    };
    ensure!(is_right, "not the answer to call {id}: {}", String::from_utf8_lossy(payload));
    Ok(())
}

/// The whole look: is the answer about the book that was asked for?
fn check(wire: Wire, echoes: bool, about: u64, payload: &[u8]) -> anyhow::Result<()> {
    if echoes || wire == Wire::Resp {
        return Ok(());
    }
    let reply: Value = serde_json::from_slice(payload)?;
    let book = if wire == Wire::Http { &reply } else { &reply["result"]["book"] };
    let is_new = reply["result"]["revision"] == book["revision"];
    match (book["id"].as_u64(), reply["result"]["results"].as_array()) {
        (Some(id), _) if id == about || is_new => Ok(()),
        (None, Some(results)) if results.iter().all(|one| one["book"]["id"].is_u64()) => Ok(()),
        _ => bail!("asked about book {about}, answered {reply}"),
    }
}

async fn shake_hands(stream: &mut TcpStream, address: SocketAddr) -> anyhow::Result<()> {
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        // By single bytes: what comes behind is no part of it.
        answer.push(timeout(PATIENCE, stream.read_u8()).await.context("no handshake")??);
    }
    ensure!(answer.starts_with(b"HTTP/1.1 101 "), "no handshake: {}", String::from_utf8_lossy(&answer));
    Ok(())
}
