//! The streams of one HTTP/2 connection, and their limits.

use std::time::Duration;

use axum::body::Body;
use engine::Limits;
use http_body_util::BodyExt;
use serde_json::json;
use server::{Loopback, Options, Rates};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::{app_with, soon};
use crate::secure::Secure;

fn limits() -> Limits {
    Limits { stalled_max: Duration::from_millis(200), ..Limits::default() }
}

async fn server_with(limits: Limits) -> Secure {
    Secure::serve(app_with(limits, Default::default(), Default::default())).await
}

/// Adds books of `bytes` of JSON each.
async fn fill(secure: &Secure, books: usize, bytes: usize) {
    let mut client = secure.http2().await;
    let mut socket = client.websocket().await;
    for id in 0..books {
        let book = json!({"title": "x", "description": "y".repeat(bytes)});
        let call = json!({"jsonrpc": "2.0", "id": id, "method": "books.create", "params": {"book": book}});
        socket.send(&call.to_string()).await;
        assert!(socket.message().await["result"].is_object());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_read_holds_back_no_other_and_is_cut() {
    let secure = server_with(Limits { header_timeout: Duration::from_millis(100), ..limits() }).await;
    fill(&secure, 50, 19_000).await;
    let mut client = secure.http2_with(|http| _ = http.initial_stream_window_size(64 * 1024)).await;
    let list = client.request("GET", "/books").body(Body::empty()).unwrap();
    let unread = client.send(list).await.into_body();
    let (status, all) = client.get("/books").await;
    assert_eq!((status.as_u16(), all.matches("\"revision\":").count()), (200, 50), "the other one arrives whole");
    // Its last stream is cut: the connection is idle then, and ends.
    let _ = soon(client.ended).await.unwrap();
    soon(unread.collect()).await.expect_err("the list is cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_is_not_read_is_let_go_and_the_connection_lasts() {
    let secure = server_with(limits()).await;
    fill(&secure, 30, 19_000).await;
    let mut client = secure.http2_with(|http| _ = http.initial_stream_window_size(64 * 1024)).await;
    let mut deaf = client.websocket().await;
    for id in 0..100 {
        deaf.send(&json!({"jsonrpc": "2.0", "id": id, "method": "books.list"}).to_string()).await;
    }
    let mut other = client.websocket().await;
    loop {
        other.send(r#"{"jsonrpc":"2.0","id":1,"method":"server.info"}"#).await;
        if other.message().await["result"]["clients"] == 1 {
            break;
        }
    }
}

#[tokio::test]
async fn a_connection_without_a_stream_ends_in_time() {
    let limits = Limits { header_timeout: Duration::from_millis(100), ..Limits::default() };
    let secure = server_with(limits).await;
    let mut client = secure.http2().await;
    assert_eq!(client.get("/health").await.0, 200);
    soon(client.ended).await.unwrap().expect("with a goodbye");

    let mut silent = secure.connect(&["h2"]).await;
    let mut received = Vec::new();
    let _ = soon(silent.read_to_end(&mut received)).await;
    let mut slow = secure.connect(&["h2"]).await;
    slow.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let _ = soon(slow.read_to_end(&mut received)).await;
}

#[tokio::test]
async fn a_connection_with_a_websocket_stays() {
    let limits = Limits { header_timeout: Duration::from_millis(100), ..Limits::default() };
    let secure = server_with(limits).await;
    let mut client = secure.http2().await;
    let mut socket = client.websocket().await;
    let mut second = secure.http2().await;
    assert_eq!(second.get("/health").await.0, 200);
    soon(second.ended).await.unwrap().unwrap();
    socket.send("[]").await;
    assert_eq!(socket.message().await["error"]["code"], -32600);
}

#[tokio::test]
async fn there_are_as_many_websockets_as_there_may_be_connections() {
    let secure = server_with(Limits { connections_max: 2, ..Limits::default() }).await;
    let mut client = secure.http2().await;
    let _first = client.websocket().await;
    let mut second = client.websocket().await;
    // An answer: both conversations have begun.
    second.send("[]").await;
    second.message().await;
    let third = client.extended_connect(&[]).await;
    assert_eq!((third.status().as_u16(), &third.headers()["retry-after"]), (503, &"1".parse().unwrap()));
}

#[tokio::test]
async fn each_stream_counts_for_its_address_until_it_ends() {
    let rates = Rates { connections_per_address: Some(3), loopback: Loopback::Limited, ..Rates::default() };
    let options = Options { rates, ..Options::default() };
    let secure = Secure::serve(app_with(Default::default(), Default::default(), options)).await;
    let mut client = secure.http2().await;
    let _first = client.websocket().await;
    let mut second = client.websocket().await;
    assert_eq!(client.get("/health").await.0, 503, "the connection and two WebSockets are three");
    second.0.close(None).await.unwrap();
    while client.get("/health").await.0 != 200 {}
}

#[tokio::test]
async fn streams_opened_and_reset_in_haste_end_the_connection() {
    let secure = server_with(Limits::default()).await;
    let mut stream = secure.connect(&["h2"]).await;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    // HPACK: GET, https, /, and a literal :authority.
    let headers = b"\x82\x87\x84\x41\x09localhost";
    let mut flood = Vec::new();
    for stream in (1..4_000_u32).step_by(2) {
        flood.extend([0, 0, headers.len() as u8, 1, 0x5]);
        flood.extend(stream.to_be_bytes());
        flood.extend(headers);
        flood.extend([0, 0, 4, 3, 0]);
        flood.extend(stream.to_be_bytes());
        flood.extend([0, 0, 0, 8]);
    }
    // It may be cut before all is sent.
    let _ = stream.write_all(&flood).await;
    let mut received = Vec::new();
    let _ = soon(stream.read_to_end(&mut received)).await;
    let goaway = received.windows(17).any(|frame| frame[3] == 7 && frame[13..17] == [0, 0, 0, 11]);
    assert!(goaway, "GOAWAY: ENHANCE_YOUR_CALM");
}

#[tokio::test]
async fn headers_beyond_all_bounds_are_refused_in_http_2() {
    let secure = server_with(Limits::default()).await;
    let mut client = secure.http2().await;
    for bytes in [40_000, 100_000] {
        let request = client.request("GET", "/health").header("x-long", "x".repeat(bytes)).body(Body::empty()).unwrap();
        soon(client.requests.ready()).await.unwrap();
        // The longer ones do not even leave a client that keeps to what the server announced.
        if let Ok(response) = soon(client.requests.send_request(request)).await {
            assert_eq!(response.status(), 431);
        }
        assert_eq!(client.get("/health").await.0, 200);
    }
}
