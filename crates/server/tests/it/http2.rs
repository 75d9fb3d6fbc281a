//! HTTP/2, and WebSocket over it (RFC 8441), with hyper as the client.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use server::{Loopback, Options, Rates};

use crate::fixture::{app_with, soon};
use crate::secure::{Secure, text};

const SUBSCRIBE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"books.subscribe"}"#;

fn create(id: u64) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": "books.create", "params": {"book": {"title": "Saman"}}}).to_string()
}

#[tokio::test]
async fn every_route_is_served_over_http_2() {
    let secure = Secure::start().await;
    let mut client = secure.http2().await;
    let request = client.request("POST", "/books").header("content-type", "application/json");
    let response = client.send(request.body(Body::from(r#"{"title":"Saman"}"#)).unwrap()).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "/books/1");
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    let (status, books) = client.get("/books").await;
    assert!(status == 200 && books.contains("Saman"), "{books}");
    assert_eq!(client.get("/books/2").await.0, 404);
    assert_eq!(client.get("/ws").await.0, 426, "a GET asks for no WebSocket here");
}

#[tokio::test]
async fn a_websocket_is_a_stream_of_http_2() {
    let secure = Secure::start().await;
    let mut client = secure.http2().await;
    let mut watcher = client.websocket().await;
    watcher.send(SUBSCRIBE).await;
    assert!(watcher.message().await["result"].is_string());
    assert_eq!(watcher.message().await["params"]["result"]["type"], "current");
    let mut writer = client.websocket().await;
    writer.send(&create(1)).await;
    assert_eq!(writer.message().await["result"]["revision"], 1);
    assert_eq!(watcher.message().await["params"]["result"]["changes"][0]["kind"], "created");
    assert!(client.get("/books").await.1.contains("Saman"), "requests go on beside it");
}

#[tokio::test]
async fn our_subprotocol_is_confirmed_without_what_http_1_needs() {
    let secure = Secure::start().await;
    let mut client = secure.http2().await;
    let response = client.extended_connect(&[("sec-websocket-protocol", "soap, bookstore.v1+json")]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["sec-websocket-protocol"], "bookstore.v1+json");
    for name in ["upgrade", "connection", "sec-websocket-accept", "content-length"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    let without = client.extended_connect(&[]).await;
    assert!(!without.headers().contains_key("sec-websocket-protocol"));
}

#[tokio::test]
async fn a_connect_for_something_else_is_refused() {
    let secure = Secure::start().await;
    let mut client = secure.http2().await;
    assert_eq!(client.extended_connect(&[("sec-websocket-version", "8")]).await.status(), 426);
    assert_eq!(client.extended_connect_for("connect-udp", &[]).await.status(), 426);
    let plain = client.request("CONNECT", "/ws").header("sec-websocket-version", "13").body(Body::empty()).unwrap();
    assert_eq!(client.send(plain).await.status().as_u16() / 100, 4, "without a protocol it is a proxy's CONNECT");
}

#[tokio::test]
async fn host_and_origin_hold_in_http_2_as_well() {
    let options = Options { allow_origins: vec!["https://till.example".parse().unwrap()], ..Options::default() };
    let secure = Secure::serve(app_with(Default::default(), Default::default(), options)).await;
    let mut client = secure.http2().await;
    let own = format!("https://{}", client.authority);
    for (origin, status) in [
        (own.as_str(), 200),
        ("https://till.example", 200),
        ("https://evil.example", 403),
        (&own.replace("https", "http"), 403),
        ("null", 403),
    ] {
        assert_eq!(client.extended_connect(&[("origin", origin)]).await.status(), status, "{origin}");
    }
    for (host, origin) in [("evil.example", "https://localhost"), ("localhost", "https://evil.example")] {
        let response = client.extended_connect(&[("host", host), ("origin", origin)]).await;
        assert_eq!(response.status(), 403, "only :authority says where this went");
    }
    client.authority = "evil.example".to_owned();
    assert_eq!(client.extended_connect(&[]).await.status(), StatusCode::MISDIRECTED_REQUEST);
    let request = Request::get("https://evil.example/books").body(Body::empty()).unwrap();
    assert!(text(client.send(request).await).await.contains("/problems/misdirected"));
}

#[tokio::test]
async fn the_streams_of_a_proxy_do_not_count_for_its_address() {
    let rates = Rates { connections_per_address: Some(2), loopback: Loopback::Limited, ..Rates::default() };
    for (trusted_proxies, second) in [(Vec::new(), 503), (vec!["127.0.0.1".parse().unwrap()], 200)] {
        let options = Options { rates, trusted_proxies, ..Options::default() };
        let secure = Secure::serve(app_with(Default::default(), Default::default(), options)).await;
        let mut client = secure.http2().await;
        let _first = client.websocket().await;
        let _another = client.extended_connect(&[]).await;
        assert_eq!(client.extended_connect(&[]).await.status(), second);
    }
}

#[tokio::test]
async fn a_stop_ends_websockets_with_1001_and_the_connection_behind_them() {
    let mut secure = Secure::start().await;
    let mut client = secure.http2().await;
    let mut idle = client.websocket().await;
    idle.send(SUBSCRIBE).await;
    idle.message().await;
    let mut busy = client.websocket().await;
    for id in 1..=20 {
        busy.send(&create(id)).await;
    }
    assert_eq!(busy.message().await["id"], 1);
    let events = client.request("GET", "/books/changes").body(Body::empty()).unwrap();
    let events = client.send(events).await;
    let stopped = secure.server.stop();
    for id in 2..=20 {
        assert_eq!(busy.message().await["id"], id, "what was read is answered");
    }
    assert_eq!(busy.close_code().await, Some(1001));
    assert_eq!(idle.close_code().await, Some(1001));
    assert!(text(events).await.contains("current"), "the event stream ends in order");
    soon(stopped).await.unwrap().unwrap();
    soon(client.ended).await.unwrap().expect("a GOAWAY, no cut");
}
