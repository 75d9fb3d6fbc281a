//! Servers that do less than ours, to be measured beside it: the same library, buffers, runtime and build.

mod echo;
mod frames;
mod limit;

use std::io::Write;
use std::net::Ipv4Addr;

use futures_util::{Sink, StreamExt};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use crate::args;

/// As in our server.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
const WORKERS: usize = 2;

/// Serves until it is killed; the first line on stdout is the address.
pub(crate) fn serve(args: &args::Yardstick) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let shelf = limit::Shelf::new(args.books);
        let bursts = frames::Bursts::new();
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            match args.kind {
                args::YardstickKind::Echo => drop(tokio::spawn(answer(stream, echo::answer))),
                args::YardstickKind::Frames => drop(tokio::spawn(frames::hand_out(stream, bursts.clone()))),
                args::YardstickKind::Limit => {
                    let shelf = shelf.clone();
                    drop(tokio::spawn(answer(stream, move |text| shelf.answer(&text))));
                }
            }
        }
    })
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(WRITE_BUFFER_BYTES)
}

/// Answers all that is there, then sends it: one write for a burst.
async fn answer(stream: TcpStream, answer: impl Fn(Utf8Bytes) -> Utf8Bytes) -> Result<(), Error> {
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(config())).await?;
    while let Some(message) = next_or_flush(&mut socket).await {
        if let Message::Text(text) = message? {
            poll_fn(|cx| Pin::new(&mut socket).poll_ready(cx)).await?;
            Pin::new(&mut socket).start_send(Message::Text(answer(text)))?;
        }
    }
    Ok(())
}

/// The next message; only when there is none yet, what was fed goes out.
async fn next_or_flush(socket: &mut WebSocketStream<TcpStream>) -> Option<Result<Message, Error>> {
    poll_fn(|cx| match socket.poll_next_unpin(cx) {
        Poll::Pending => match Pin::new(&mut *socket).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            _ => Poll::Pending,
        },
        ready => ready,
    })
    .await
}
