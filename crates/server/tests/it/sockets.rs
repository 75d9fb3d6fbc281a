//! HTTP on real sockets: what lies below the routes.

use std::time::Duration;

use engine::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Server, app_with, soon};
use crate::http::Http;

/// Sends bytes and reads to the end of the connection.
pub(crate) async fn exchange(server: &Server, bytes: &str) -> String {
    let mut stream = server.raw().await;
    stream.write_all(bytes.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    // A connection may be cut; what came before counts.
    let _ = soon(stream.read_to_end(&mut received)).await;
    String::from_utf8_lossy(&received).into_owned()
}

pub(crate) fn statuses(received: &str) -> Vec<&str> {
    received.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
}

#[tokio::test]
async fn headers_must_be_complete_in_time() {
    let server = Server::start_with(Limits { header_timeout: Duration::from_millis(100), ..Limits::default() }).await;
    assert_eq!(exchange(&server, "").await, "", "who asked for nothing is told nothing");
    for beginning in ["GET /health HTTP/1.1\r\n", "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let received = exchange(&server, beginning).await;
        assert_eq!(statuses(&received), ["408"], "{received}");
        assert!(received.contains("connection: close") && received.ends_with('}'), "{received}");
    }
}

#[tokio::test]
async fn the_time_for_headers_begins_anew_with_each_request() {
    let server = Server::start_with(Limits { header_timeout: Duration::from_millis(100), ..Limits::default() }).await;
    let mut stream = server.raw().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHo").await.unwrap();
    assert_eq!(statuses(&rest(&mut stream).await)[0], "200");
}

#[tokio::test]
async fn who_sends_nothing_more_is_answered_all_the_same() {
    let server = Server::start().await;
    let post =
        "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n";
    for request in [format!("{post}{{\"title\":\"x\"}}"), "GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned()] {
        let mut stream = server.raw().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let received = rest(&mut stream).await;
        assert!(["200", "201"].contains(&statuses(&received)[0]), "{received}");
        assert!(received.contains("\"title\":\"x\""), "{received}");
    }
}

#[tokio::test]
async fn a_request_of_two_lengths_is_not_taken_for_two_requests() {
    let server = Server::start().await;
    let hidden = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let post = "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let both = format!("{post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
    let received = exchange(&server, &both).await;
    assert_eq!(statuses(&received), ["400"], "{received}");
    let differing = format!("{post}Content-Length: 2\r\nContent-Length: 30\r\n\r\n{{}}{hidden}");
    let received = exchange(&server, &differing).await;
    assert_eq!(statuses(&received), ["400"], "{received}");
}

#[tokio::test]
async fn headers_beyond_all_bounds_are_cut_off() {
    let server = Server::start().await;
    let long = format!("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(1024 * 1024));
    let received = exchange(&server, &long).await;
    assert!(received.is_empty() || statuses(&received) == ["431"], "{received}");
    let many = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-Many: x\r\n".repeat(2_000));
    assert_eq!(statuses(&exchange(&server, &many).await), ["431"]);
}

#[tokio::test]
async fn a_request_needs_one_host() {
    let server = Server::start().await;
    let none = exchange(&server, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert_eq!(statuses(&none), ["400"], "{none}");
    let absolute = "GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&exchange(&server, absolute).await), ["421"]);
}

#[tokio::test]
async fn who_sends_too_much_reads_the_refusal() {
    let server = Server::start().await;
    let mut stream = server.raw().await;
    let head =
        "POST /books HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // The rest may not be taken any more.
    let _ = stream.write_all(&vec![b' '; 8_000_000]).await;
    let received = rest(&mut stream).await;
    assert_eq!(statuses(&received), ["413"], "{received}");
}

#[tokio::test]
async fn a_long_list_arrives_whole_and_the_connection_is_kept() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for _ in 0..100 {
        let book = serde_json::json!({"title": "x", "description": "y".repeat(19_000)});
        client.call("books.create", serde_json::json!({"book": book})).await;
    }
    let twice = "GET /books HTTP/1.1\r\nHost: localhost\r\n\r\nGET /books/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let received = exchange(&server, twice).await;
    assert_eq!(statuses(&received), ["200", "200"]);
    assert_eq!(received.matches("\"revision\":").count(), 101);
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_to_come_again() {
    let server = Server::start_with(Limits { connections_max: 2, ..Limits::default() }).await;
    let mut first = server.client().await;
    first.add("Saman").await;
    let _second = server.client().await;
    let received = exchange(&server, "").await;
    assert_eq!(statuses(&received), ["503"], "{received}");
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("x-content-type-options: nosniff"), "{received}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{received}");
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["type"], "/problems/unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_a_long_answer_is_cut() {
    let limits = Limits { stalled_max: Duration::from_millis(200), ..Limits::default() };
    let app = app_with(limits, Default::default(), Default::default());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut client = server.client().await;
    for _ in 0..300 {
        let book = serde_json::json!({"title": "x", "description": "本".repeat(19_000)});
        client.call("books.create", serde_json::json!({"book": book})).await;
    }
    let mut deaf = server.raw().await;
    deaf.write_all(b"GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 2") {} }).await;
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 1") {} }).await;
    assert!(!rest(&mut deaf).await.ends_with("0\r\n\r\n"), "the list is cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_his_time_over_an_answer_is_cut_when_the_server_has_stopped() {
    let limits =
        Limits { stalled_max: Duration::from_secs(600), stop_timeout: Duration::from_millis(400), ..Limits::default() };
    let app = app_with(limits, Default::default(), Default::default());
    let http = Http::of(app.clone());
    let mut server = Server::serve(app).await;
    for _ in 0..300 {
        let book = serde_json::json!({"title": "x", "description": "本".repeat(19_000)});
        http.send("POST /books", &[], book).await;
    }
    let mut deaf = server.raw().await;
    deaf.write_all(b"GET /books HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    deaf.readable().await.unwrap();
    soon(server.stop()).await.unwrap().unwrap();
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 0") {} }).await;
    assert!(!rest(&mut deaf).await.ends_with("0\r\n\r\n"), "the list is cut");
}

#[tokio::test]
async fn a_stop_ends_event_streams_and_idle_connections() {
    let mut server = Server::start().await;
    let mut events = server.raw().await;
    events.write_all(b"GET /books/changes HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut some = [0; 64];
    assert!(soon(events.read(&mut some)).await.unwrap() > 0);
    let mut idle = server.raw().await;
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(soon(idle.read(&mut some)).await.unwrap() > 0);
    let stopped = server.stop();
    assert!(rest(&mut events).await.ends_with("0\r\n\r\n"), "the stream ends in order");
    rest(&mut idle).await;
    soon(stopped).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connected_just_before_a_stop_is_answered() {
    // A fortieth of it is the moment in which a first request may still come: long enough for a slow machine.
    let limits = Limits { stop_timeout: Duration::from_secs(400), ..Limits::default() };
    let app = app_with(limits, Default::default(), Default::default());
    let http = Http::of(app.clone());
    let mut server = Server::serve(app).await;
    let mut stream = server.raw().await;
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 1") {} }).await;
    let stopped = server.stop();
    soon(async { while server.raw_or_nothing().await.is_some() {} }).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let received = rest(&mut stream).await;
    assert_eq!(statuses(&received), ["200"], "{received}");
    soon(stopped).await.unwrap().unwrap();
}
