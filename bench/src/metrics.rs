//! What the server says of itself, and other requests over plain HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The gauge `name` of `/metrics`.
pub(crate) async fn gauge(address: SocketAddr, name: &str) -> anyhow::Result<f64> {
    let text = get(address, "/metrics").await?;
    value(&text, name).with_context(|| format!("/metrics shows no {name}"))
}

/// The gauge or counter `name` in the text of `/metrics`.
pub(crate) fn value(text: &str, name: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    value.trim().parse().ok()
}

/// The whole answer to a request on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    Ok(timeout(PATIENCE, asking).await.with_context(|| format!("no answer to GET {path}"))??)
}
