//! A WebSocket echo over the server's own code, for the conformance suite that `e2e/autobahn` runs.

use std::sync::Arc;

use engine::{Config, Engine, Limits, SystemClock};
use journal::MemoryJournal;
use server::{App, Options};
use tokio::net::TcpListener;

/// The suite's largest message.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let limits = Limits { message_bytes_max: MESSAGE_BYTES_MAX, ..Limits::default() };
    let config = Config { rules: Default::default(), limits, clock: Arc::new(SystemClock) };
    let engine = Engine::start(MemoryJournal::new("echo").open(), config);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}/ws", listener.local_addr()?);
    let interrupted = async {
        // Where signals cannot be waited for there is no end but being killed.
        let _ = tokio::signal::ctrl_c().await;
    };
    server::run(listener, App::new(engine, Options::default()).echoing(), interrupted).await
}
