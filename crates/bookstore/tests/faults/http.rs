//! A GET, as a load balancer or a browser would send it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::patience::soon;
use crate::server::Server;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Headers and body.
    pub(crate) text: String,
}

/// Gets a path.
pub(crate) async fn get(server: &Server, path: &str) -> Answer {
    let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: */*\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer { status: status.unwrap_or_else(|| panic!("no answer to {path}: {text:?}")), text }
}

/// Waits until `/ready` answers with that status.
pub(crate) async fn until_ready_is(server: &Server, status: u16) {
    let asking = async {
        while get(server, "/ready").await.status != status {
            tokio::task::yield_now().await;
        }
    };
    soon(&format!("{status} from /ready"), asking).await;
}
