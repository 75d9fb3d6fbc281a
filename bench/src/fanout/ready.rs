//! The yardstick: a server that knows nothing and hands each frame it gets, as it is, to everybody else.
//!
//! It is the least that delivery over this WebSocket library costs: all of a burst fed, then one flush.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use crate::process::Process;
use crate::report::Report;

/// As our server has it.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Bursts that may wait for one subscriber.
const BURSTS_MAX: usize = 64;
const READY: &str = "ready frames: listening on ";

/// The frames that came together.
type Burst = Arc<[Utf8Bytes]>;

/// The server as a process of its own.
pub(super) struct Yardstick {
    pub(super) address: SocketAddr,
    pub(super) process: Process,
    /// Ends with it.
    _child: Child,
}

impl Yardstick {
    pub(super) async fn start() -> anyhow::Result<Yardstick> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("ready-frames").stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut ready = String::new();
        BufReader::new(child.stdout.take().context("its output is ours")?).read_line(&mut ready).await?;
        let address = ready.trim().strip_prefix(READY).context("the yardstick did not start")?.parse()?;
        let process = Process(child.id().context("the yardstick has ended already")?);
        Ok(Yardstick { address, process, _child: child })
    }
}

/// Serves until the process is ended.
pub(crate) async fn serve() -> anyhow::Result<Report> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{READY}{}", listener.local_addr()?);
    let bursts = broadcast::Sender::new(BURSTS_MAX);
    loop {
        let (stream, _) = listener.accept().await?;
        let bursts = bursts.clone();
        tokio::spawn(async move {
            // Whoever goes away is of no interest.
            let _ = converse(stream, bursts).await;
        });
    }
}

/// Who says something is told nothing any more.
async fn converse(stream: TcpStream, bursts: broadcast::Sender<Burst>) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(WRITE_BUFFER_BYTES);
    let mut told = bursts.subscribe();
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await?;
    let first = loop {
        tokio::select! {
            burst = told.recv() => {
                let Ok(burst) = burst else { return Ok(()) };
                for frame in &*burst {
                    socket.feed(Message::Text(frame.clone())).await?;
                }
                socket.flush().await?;
            }
            message = socket.next() => match message {
                Some(message) => break message?,
                None => return Ok(()),
            },
        }
    };
    drop(told);
    let mut next = Some(Ok(first));
    while let Some(message) = next {
        let mut burst: Vec<Utf8Bytes> = frame(message?).into_iter().collect();
        while let Some(Some(more)) = socket.next().now_or_never() {
            burst.extend(frame(more?));
        }
        // Nobody may be there.
        let _ = bursts.send(burst.into());
        next = socket.next().await;
    }
    Ok(())
}

fn frame(message: Message) -> Option<Utf8Bytes> {
    if let Message::Text(text) = message { Some(text) } else { None }
}
