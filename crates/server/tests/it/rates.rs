//! How much one client may ask for, on real sockets: this machine counts as any other here.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use serde_json::json;
use server::{Loopback, Options, Rates};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::fixture::{Server, app_with, soon};
use crate::raw::{FIN, PING, Raw, TEXT, frame};

/// A connection holds 100 units, its address 400; ten a second flow in.
const PER_SECOND: u32 = 10;

pub(crate) async fn limited(rates: Rates) -> Server {
    let options = Options { rates: Rates { loopback: Loopback::Limited, ..rates }, ..Options::default() };
    Server::serve(app_with(Default::default(), Default::default(), options)).await
}

async fn slow() -> Server {
    limited(Rates { per_second: NonZeroU32::new(PER_SECOND), ..Rates::default() }).await
}

/// A connection from an address of its own, though it is the same machine.
async fn from(address: &str, server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    let address: SocketAddr = format!("{address}:0").parse().unwrap();
    socket.bind(address).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Status and headers of one request.
async fn get(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn too_many_calls_are_refused_with_a_time_to_wait() {
    let server = slow().await;
    let mut client = server.client().await;
    let refused = loop {
        let id = client.begin("books.list", json!({"sort": "title"})).await;
        let answer = client.answer(id).await;
        if let Some(error) = answer.get("error") {
            break error.clone();
        }
        assert!(id <= 20, "a bucket of 100 units is not enough for {id} scans of ten");
    };
    assert_eq!((&refused["code"], &refused["data"]["type"]), (&json!(-32006), &json!("too_many_requests")));
    assert!((1..=2).contains(&refused["data"]["retry_after"].as_u64().unwrap()), "{refused}");
}

#[tokio::test]
async fn a_write_that_is_refused_is_not_carried_out_and_replies_keep_their_order() {
    let server = slow().await;
    let mut client = server.client().await;
    let mut ids = Vec::new();
    for _ in 0..80 {
        ids.push(client.begin("books.create", json!({"book": {"title": "x"}})).await);
    }
    let mut created = 0;
    for id in ids {
        created += u64::from(client.answer(id).await.get("result").is_some());
    }
    assert!((49..80).contains(&created), "100 units, two a write: {created}");
    let mut other = server.client().await;
    assert_eq!(other.call("server.info", json!({})).await["books"], created);
}

#[tokio::test]
async fn a_call_of_a_batch_is_refused_by_itself() {
    let server = slow().await;
    let mut client = server.client().await;
    let scan = |id: usize| json!({"jsonrpc": "2.0", "id": id, "method": "books.list", "params": {"sort": "title"}});
    let batch: Vec<_> = (0..15).map(scan).collect();
    client.send(serde_json::Value::from(batch).to_string()).await;
    let answers = client.message().await;
    let refused = answers.as_array().unwrap().iter().filter(|answer| answer["error"]["code"] == -32006).count();
    assert!((4..=5).contains(&refused), "{answers}");
}

#[tokio::test]
async fn who_floods_on_is_closed_with_1013_and_others_are_served() {
    let server = slow().await;
    for flood in [
        frame(FIN | TEXT, br#"{"jsonrpc":"2.0","id":1,"method":"books.list","params":{"sort":"title"}}"#),
        frame(FIN | TEXT, b"{"),
        frame(FIN | PING, b""),
    ] {
        let mut peer = Raw::connect(&server).await;
        peer.send(&flood.repeat(1_000)).await;
        assert_eq!(peer.closed_with().await, 1013);
    }
    let mut other = from("127.0.0.2", &server).await;
    let answer = get(&mut other, "/books").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn http_answers_429_and_tells_the_limit_beforehand() {
    let server = slow().await;
    let first = get(&mut server.raw().await, "/books/1").await;
    assert!(first.starts_with("HTTP/1.1 404 "), "{first}");
    assert!(first.contains("\r\nratelimit-policy: \"calls\";q=400;w=10\r\n"), "{first}");
    assert!(first.contains("\r\nratelimit: \"calls\";r=399;t=1\r\n"), "{first}");
    let refused = loop {
        let answer = get(&mut server.raw().await, "/books").await;
        if !answer.starts_with("HTTP/1.1 200 ") {
            break answer;
        }
    };
    assert!(refused.starts_with("HTTP/1.1 429 "), "{refused}");
    assert!(refused.contains("\r\nretry-after: ") && refused.contains("\"calls\";r=0;t="), "{refused}");
    assert!(refused.contains("/problems/too_many_requests"), "{refused}");
    let other = get(&mut from("127.0.0.2", &server).await, "/books").await;
    assert!(other.starts_with("HTTP/1.1 200 "), "{other}");
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_others_have_theirs() {
    let server = limited(Rates { connections_per_address: Some(2), ..Rates::default() }).await;
    let mut first = server.client().await;
    first.add("Saman").await;
    let _second = Raw::connect(&server).await;
    let mut third = String::new();
    soon(server.raw().await.read_to_string(&mut third)).await.unwrap();
    assert!(third.starts_with("HTTP/1.1 503 ") && third.contains("/problems/unavailable"), "{third}");
    let other = get(&mut from("127.0.0.2", &server).await, "/books/1").await;
    assert!(other.starts_with("HTTP/1.1 200 "), "{other}");
    first.socket.close(None).await.unwrap();
    drop(first);
    soon(async { while !get(&mut server.raw().await, "/books/1").await.starts_with("HTTP/1.1 200 ") {} }).await;
}

#[tokio::test]
async fn this_machine_is_not_limited_by_default() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for _ in 0..1_500 {
        client.begin("books.get", json!({"id": 1})).await;
    }
    for id in 1..=1_500 {
        assert_eq!(client.answer(id).await["error"]["code"], -32001);
    }
    let answer = get(&mut server.raw().await, "/books").await;
    assert!(!answer.contains("ratelimit"), "{answer}");
}
