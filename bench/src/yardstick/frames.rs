//! Hands each frame it gets, as it is, to everybody else: the least that delivery over this WebSocket library costs. All of
//! a burst is fed, then comes one flush.

use std::sync::Arc;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::config;

/// Bursts that may wait for one subscriber.
const BURSTS_MAX: usize = 64;

/// The frames that came together.
type Burst = Arc<[Utf8Bytes]>;

/// Where bursts go; clones are the same.
#[derive(Clone)]
pub(super) struct Bursts(broadcast::Sender<Burst>);

impl Bursts {
    pub(super) fn new() -> Self {
        Bursts(broadcast::Sender::new(BURSTS_MAX))
    }
}

/// Who says something is told nothing any more.
pub(super) async fn hand_out(stream: TcpStream, bursts: Bursts) -> Result<(), Error> {
    let mut told = bursts.0.subscribe();
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config())).await?;
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
        let _ = bursts.0.send(burst.into());
        next = socket.next().await;
    }
    Ok(())
}

fn frame(message: Message) -> Option<Utf8Bytes> {
    if let Message::Text(text) = message { Some(text) } else { None }
}
