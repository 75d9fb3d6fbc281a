//! A fault of ours, planted by a journal that panics when it is asked for its name: who met it is told, nobody else
//! notices, and what he held is given back.

use engine::Limits;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::{Server, app_over, soon};
use crate::gated::Gate;
use crate::http::Http;

fn gate() -> (Gate, journal::Opened) {
    let (gate, opened) = Gate::closed();
    gate.open();
    (gate, opened)
}

#[tokio::test]
async fn a_panic_on_one_websocket_closes_it_with_1011_and_touches_no_other() {
    let (gate, opened) = gate();
    let app = app_over(opened, Limits { connections_max: 3, ..Limits::default() });
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let (mut unlucky, mut reader, mut writer) = (server.client().await, server.client().await, server.client().await);
    for client in [&mut unlucky, &mut reader] {
        client.call("books.subscribe", json!({})).await;
        assert_eq!(client.event().await["type"], "current");
    }
    gate.break_down();
    unlucky.begin("server.info", json!({})).await;
    assert_eq!(unlucky.close_code().await, Some(1011));
    drop(unlucky);

    writer.add("Saman").await;
    let change = reader.event().await;
    assert_eq!((&change["type"], &change["revision"]), (&json!("change"), &json!(1)), "nothing was missed");
    soon(async { while writer.call("server.info", json!({})).await["clients"] != 2 {} }).await;
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 2\n") {} }).await;
    let mut next = server.client().await;
    assert_eq!(next.call("books.get", json!({"id": 1})).await["book"]["title"], "Saman", "its place is free again");
}

#[tokio::test]
async fn writes_of_a_connection_that_panics_are_carried_out_all_the_same() {
    let (gate, opened) = Gate::closed();
    let server = Server::serve(app_over(opened, Limits::default())).await;
    let (mut unlucky, mut reader) = (server.client().await, server.client().await);
    reader.call("books.subscribe", json!({})).await;
    assert_eq!(reader.event().await["type"], "current");
    for title in ["Saman", "Larung"] {
        unlucky.begin("books.create", json!({"book": {"title": title}})).await;
    }
    unlucky.begin("server.info", json!({})).await;
    gate.break_down();
    gate.open();
    // The answers of what went before the fault are there before the goodbye.
    assert_eq!(unlucky.answer(1).await["result"]["revision"], 1);
    assert_eq!(unlucky.answer(2).await["result"]["revision"], 2);
    assert_eq!(unlucky.close_code().await, Some(1011));
    assert_eq!(
        (reader.event().await["revision"].clone(), reader.event().await["revision"].clone()),
        (1.into(), 2.into())
    );
}

#[tokio::test]
async fn a_panic_in_one_request_is_answered_500_and_its_connection_goes_on() {
    let (gate, opened) = gate();
    let server = Server::serve(app_over(opened, Limits::default())).await;
    let mut stream = server.raw().await;
    gate.break_down();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n";
    let broken = answer_to(&mut stream, request).await;
    assert!(broken.starts_with("HTTP/1.1 500 "), "{broken}");
    assert!(broken.contains("application/problem+json") && broken.contains("/problems/internal"), "{broken}");
    assert!(answer_to(&mut stream, request).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_panic_in_one_event_stream_breaks_it_off_and_no_other() {
    let (gate, opened) = gate();
    let http = Http::of(app_over(opened, Limits::default()));
    let mut streams = Vec::new();
    for _ in 0..2 {
        let (status, _, mut body) = http.begin("GET /books/changes", &[]).await;
        assert_eq!(status, 200);
        for beginning in ["retry: ", "id: store-0\n"] {
            assert!(next(&mut body).await.is_some_and(|text| text.starts_with(beginning)));
        }
        streams.push(body);
    }
    gate.break_down();
    http.add("Saman").await;
    // Events of an entry have their id from the store: who asks first breaks off.
    assert_eq!(next(&mut streams[0]).await, None);
    assert!(next(&mut streams[1]).await.is_some_and(|text| text.starts_with("id: store-1\n")));
    assert!(http.get("/metrics").await.text().contains("bookstore_clients 1\n"), "the broken one is counted out");
}

#[tokio::test]
async fn who_reads_a_broken_event_stream_sees_that_it_is_not_the_end() {
    let (gate, opened) = gate();
    let app = app_over(opened, Limits::default());
    let http = Http::of(app.clone());
    let server = Server::serve(app).await;
    let mut stream = server.raw().await;
    stream.write_all(b"GET /books/changes HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    read_until(&mut stream, "\n\n\r\n").await;
    gate.break_down();
    http.add("Saman").await;
    let mut rest = String::new();
    // A reset would be as good.
    let _ = soon(stream.read_to_string(&mut rest)).await;
    assert!(!rest.ends_with("0\r\n\r\n"), "{rest}");
    soon(async { while !http.get("/metrics").await.text().contains("bookstore_connections 0\n") {} }).await;
}

/// The next piece of a stream, `None` where it breaks off.
async fn next(body: &mut axum::body::Body) -> Option<String> {
    let frame = soon(body.frame()).await.expect("it does not end in order").ok()?;
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

async fn answer_to(stream: &mut tokio::net::TcpStream, request: &[u8]) -> String {
    stream.write_all(request).await.unwrap();
    let head = read_until(stream, "\r\n\r\n").await;
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length").parse().unwrap();
    let mut body = vec![0; length];
    soon(stream.read_exact(&mut body)).await.unwrap();
    head + &String::from_utf8_lossy(&body)
}

async fn read_until(stream: &mut tokio::net::TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        text.push(soon(stream.read_u8()).await.unwrap().into());
    }
    text
}
