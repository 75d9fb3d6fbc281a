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
use super::framing::Wire;
use super::replies::Replies;
use crate::args::Work;
use crate::latencies;

/// How long a handshake or a burst may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a server is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) subject: Subject,
    pub(crate) connections: u64,
    /// Calls of a connection that are sent together; the next ones when all are answered.
    pub(crate) pipeline: usize,
}

/// What a client saw.
pub(super) struct Seen {
    pub(super) took: Duration,
    /// In nanoseconds, from a burst's sending to each of its replies.
    pub(super) latencies: Histogram<u64>,
}

/// The connections of a load, on a runtime of one thread.
pub(super) struct Crew {
    runtime: tokio::runtime::Runtime,
    connections: Vec<Connection>,
    pipeline: usize,
}

/// A connection with calls made ready for it.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) calls: Calls,
    pub(crate) replies: Replies,
    latencies: Histogram<u64>,
}

impl Crew {
    /// Connects, and has each connection ask once and read the answers to the letter.
    pub(super) fn connect(load: Load) -> anyhow::Result<Crew> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connections = runtime.block_on(Connection::connect_all(load))?;
        Ok(Crew { runtime, connections, pipeline: load.pipeline })
    }

    /// Calls as fast as answers come, for so long.
    pub(super) fn run(&mut self, how_long: Duration) -> anyhow::Result<Seen> {
        let began = Instant::now();
        let until = began + how_long;
        let pipeline = self.pipeline;
        let running = self.connections.iter_mut().map(|connection| connection.run(pipeline, until));
        self.runtime.block_on(async { timeout(how_long + PATIENCE, try_join_all(running)).await })??;
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
    /// All connections of a load, each of which has asked once and been answered rightly.
    pub(crate) async fn connect_all(load: Load) -> anyhow::Result<Vec<Connection>> {
        let mut connections = try_join_all((0..load.connections).map(|who| Connection::connect(load, who))).await?;
        for connection in &mut connections {
            connection.check(load).await.context("the first answers are not right")?;
        }
        Ok(connections)
    }

    async fn connect(load: Load, who: u64) -> anyhow::Result<Connection> {
        let mut stream = TcpStream::connect(load.address).await.context("no connection")?;
        stream.set_nodelay(true)?;
        if load.subject.wire.is_websocket() {
            timeout(PATIENCE, shake_hands(&mut stream, load.address)).await.context("no handshake")??;
        }
        let calls = Calls::new(load.subject, who, load.pipeline);
        let replies = Replies::new(load.subject.wire, calls.len());
        Ok(Connection { stream, calls, replies, latencies: latencies::nanos() })
    }

    async fn run(&mut self, pipeline: usize, until: Instant) -> anyhow::Result<()> {
        while Instant::now() < until {
            let sent = Instant::now();
            self.stream.write_all(self.calls.next(pipeline)).await?;
            let mut answered = 0;
            while answered < pipeline {
                let replies = self.replies.receive(&mut self.stream, |_| Ok(())).await?;
                let took = u64::try_from(sent.elapsed().as_nanos())?;
                self.latencies.saturating_record_n(took, replies as u64);
                answered += replies;
            }
            ensure!(answered == pipeline, "more answers than calls");
        }
        Ok(())
    }

    /// One burst whose replies are parsed.
    async fn check(&mut self, load: Load) -> anyhow::Result<()> {
        let about: Vec<u64> = (0..load.pipeline).map(|number| self.calls.about(number)).collect();
        self.stream.write_all(self.calls.next(load.pipeline)).await?;
        let mut about = about.into_iter();
        while about.len() > 0 {
            let each = |payload: &[u8]| check(load, about.next().context("more answers than calls")?, payload);
            timeout(PATIENCE, self.replies.receive(&mut self.stream, each)).await??;
        }
        Ok(())
    }
}

/// The whole look: is the answer about the book that was asked for?
fn check(load: Load, about: u64, payload: &[u8]) -> anyhow::Result<()> {
    let wire = load.subject.wire;
    if matches!(wire, Wire::Echo | Wire::Resp) {
        return Ok(());
    }
    let reply: Value = serde_json::from_slice(payload)?;
    let book = if wire == Wire::Http { &reply } else { &reply["result"]["book"] };
    // Which number a new book got only the server knows.
    let is_new = load.subject.work == Work::Create && reply["result"]["revision"] == book["revision"];
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
        answer.push(stream.read_u8().await?);
    }
    ensure!(answer.starts_with(b"HTTP/1.1 101 "), "no handshake: {}", String::from_utf8_lossy(&answer));
    Ok(())
}
