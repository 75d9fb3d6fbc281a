//! Before the catalogue is read.

use std::net::SocketAddr;

use server::Listening;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::soon;

async fn answer(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    let mut received = String::new();
    soon(stream.read_to_string(&mut received)).await.unwrap();
    received
}

#[tokio::test]
async fn a_server_that_starts_is_alive_and_not_ready() {
    let listening = Listening::from(TcpListener::bind("127.0.0.1:0").await.unwrap());
    let asking = async {
        for (path, status, says) in [
            ("/health", "200", r#"{"status":"ok"}"#),
            ("/ready", "503", "/problems/unavailable"),
            ("/books", "503", "the server is starting"),
            ("/ws", "503", "the server is starting"),
        ] {
            let received = answer(listening.address().unwrap(), path).await;
            assert!(received.starts_with(&format!("HTTP/1.1 {status} ")) && received.contains(says), "{received}");
            assert_eq!(received.contains("retry-after: 1"), status == "503", "{received}");
        }
    };
    tokio::select! {
        () = server::starting(&listening) => unreachable!("it never ends by itself"),
        () = asking => {}
    }
}
